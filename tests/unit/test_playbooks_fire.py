"""Each built-in playbook finds the trouble that was planted in a healthy company, and says nothing of the company without it."""

from functools import cache
from pathlib import Path

import pytest

from data.workspace import Workspace
from metrics import load
from metrics.insight import actions, playbooks
from metrics.insight.playbook import TEAMS
from tests.planted import Health
from tests.troubles import PLANTED, TOGETHER

CATALOGUE = load.catalogue()


@pytest.fixture(scope="module")
def health(tmp_path_factory):
    return Health(tmp_path_factory.mktemp("planted"))


@pytest.fixture(scope="module")
def fired(health):
    """What is found in the company with these troubles: the ids of recommendations, and of those that others stand for."""

    @cache
    def of(names):
        with health.planted(*(statement for name in names for statement in PLANTED[name][0])) as layer:
            found = actions.actions(layer, playbooks.load(layer.workspace, CATALOGUE).values())
            return {one.id: one for action in found for one in (action, *action.also)}

    return of


def built_in():
    return sorted(name for path, shown in playbooks.files() for name in playbooks.names(path, shown))


@pytest.mark.parametrize("name", built_in())
def test_a_planted_trouble_is_found(name, fired):
    assert name in PLANTED, "a playbook without a company that it fires on"
    group = next(group for group in TOGETHER if name in group)

    found = fired(group)

    assert PLANTED[name][1] in found
    assert found[PLANTED[name][1]].playbook.name == name


def test_the_healthy_company_is_left_alone(fired):
    assert fired(()) == {}


@pytest.mark.full
@pytest.mark.parametrize("name", built_in())
def test_without_its_trouble_a_playbook_is_silent_in_the_same_company(name, fired):
    group = next(group for group in TOGETHER if name in group)
    twin = fired(tuple(other for other in group if other != name))

    assert [key for key in twin if key.split(":")[0] == name] == []


def test_every_team_has_something_to_do_and_every_playbook_its_counter_evidence():
    known = playbooks.load(Workspace(Path("nowhere")), CATALOGUE)

    assert len(known) >= 25
    assert {one.team for one in known.values()} == set(TEAMS)
    assert all(len(one.against) >= 2 and one.expect and one.expect.within for one in known.values())
    assert [finding.problem for finding in playbooks.findings(Workspace(Path("nowhere")), CATALOGUE)] == []
