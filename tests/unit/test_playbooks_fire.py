"""Each built-in playbook finds the trouble that was planted in a healthy company, and says nothing of the company without it."""

from functools import cache
from pathlib import Path

import pytest

from data.workspace import Workspace
from metrics import load
from metrics.insight import actions
from metrics.insight.actions import playbooks
from metrics.insight.actions.playbook import TEAMS
from tests.troubles import PLANTED, TOGETHER

CATALOGUE = load.catalogue()
KNOWN = playbooks.load(Workspace(Path("nowhere")), CATALOGUE)


@pytest.fixture(scope="module")
def fired(health):
    """What some playbooks find in the company with these troubles: the ids, also of those that others stand for."""

    @cache
    def of(names, judged):
        with health.planted(*(statement for name in names for statement in PLANTED[name][0])) as layer:
            found = actions.actions(layer, [KNOWN[name] for name in judged])
            return {one.id: one for action in found for one in (action, *action.also)}

    return of


def built_in():
    return sorted(name for path, shown in playbooks.files() for name in playbooks.names(path, shown))


@pytest.mark.parametrize("name", built_in())
def test_a_planted_trouble_is_found(name, fired):
    assert name in PLANTED, "a playbook without a company that it fires on"
    group = next(group for group in TOGETHER if name in group)

    found = fired(group, group)

    assert PLANTED[name][1] in found
    assert found[PLANTED[name][1]].playbook.name == name


def test_the_healthy_company_is_left_alone(fired):
    assert fired((), tuple(KNOWN)) == {}


@pytest.mark.full
@pytest.mark.parametrize("name", built_in())
def test_without_its_trouble_a_playbook_is_silent_in_the_same_company(name, fired):
    group = next(group for group in TOGETHER if name in group)

    assert fired(tuple(other for other in group if other != name), (name,)) == {}


def test_every_team_has_something_to_do_and_every_playbook_its_counter_evidence():
    assert len(KNOWN) >= 25
    assert {one.team for one in KNOWN.values()} == set(TEAMS)
    assert all(len(one.against) >= 2 and one.expect and one.expect.within for one in KNOWN.values())
    assert [finding.problem for finding in playbooks.findings(Workspace(Path("nowhere")), CATALOGUE)] == []
