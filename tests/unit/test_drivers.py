"""Which metric is the North Star, and the tree of what drives it."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import pytest

from data import workspace
from data.errors import Problem
from metrics import drivers, load, validate
from metrics.definition import Metric
from metrics.drivers import Branch


def known(**driving: str) -> dict[str, Metric]:
    """Metrics with nothing but their drivers, told as one word each."""
    told = {name: {"count": "*", "in": "events", "drivers": names.split()} for name, names in driving.items()}
    return load.over({}, told)


def told(root: Path, head: str = "") -> workspace.Workspace:
    (root / "sources.yml").write_text(f"company:\n  name: Acme\n{head}")
    return workspace.load(root)


def test_drivers_and_their_drivers_make_a_tree_of_three_levels() -> None:
    found = drivers.tree("a", known(a="b c", b="d", c="", d="e", e=""))

    assert found == Branch("a", (Branch("b", (Branch("d"),)), Branch("c")))
    assert list(found.names()) == ["a", "b", "d", "c"]


def test_each_metric_stands_once_where_it_is_nearest_to_the_root() -> None:
    assert drivers.tree("a", known(a="b c", b="c d", c="d", d="")) == Branch("a", (Branch("b", (Branch("d"),)), Branch("c")))


def test_drivers_that_lead_back_end_there() -> None:
    assert drivers.tree("a", known(a="b", b="a c", c="b"), levels=9) == Branch("a", (Branch("b", (Branch("c"),)),))


def test_what_has_no_single_value_or_no_definition_is_left_out() -> None:
    metrics = load.over(known(a="path lost b", b=""), {"path": {"paths": {"from": "x", "within": "session"}, "in": "events"}})

    assert drivers.tree("a", metrics) == Branch("a", (Branch("b"),))


@pytest.mark.parametrize(
    ("metrics", "star"),
    [
        (known(weekly_active_accounts="", a="b", b=""), "weekly_active_accounts"),
        (known(b="", a="b"), "a"),
        (known(b=""), None),
    ],
)
def test_without_a_word_the_usual_one_leads_else_the_first_with_drivers(
    tmp_path: Path, metrics: Mapping[str, Metric], star: str | None
) -> None:
    assert drivers.north_star(told(tmp_path), metrics) == star


def test_sources_yml_names_the_north_star(tmp_path: Path) -> None:
    assert drivers.north_star(told(tmp_path, "  north_star: mrr\n"), load.catalogue()) == "mrr"


@pytest.mark.parametrize(
    ("name", "said", "remedy"),
    [("mrrr", 'unknown metric "mrrr"', "mrr"), ("account_lifecycle", "account_lifecycle is a table", "one value")],
)
def test_a_wrong_name_is_told_with_its_place_and_a_remedy(tmp_path: Path, name: str, said: str, remedy: str) -> None:
    space = told(tmp_path, f"  north_star: {name}\n")

    with pytest.raises(Problem, match=said) as raised:
        drivers.north_star(space, load.catalogue())

    assert (raised.value.file, raised.value.line, raised.value.column) == ("sources.yml", 3, 15)
    assert remedy in (raised.value.remedy or "")
    assert said in "".join(one.problem.message for one in validate.findings(space) if one.level == "error")


def test_what_is_no_name_is_refused_when_the_workspace_is_read(tmp_path: Path) -> None:
    with pytest.raises(Problem, match="north_star is the name of a metric"):
        told(tmp_path, "  north_star: [mrr]\n")


def test_the_built_in_drivers_lead_nowhere_in_a_circle() -> None:
    metrics = load.catalogue()
    tree = drivers.tree("weekly_active_accounts", metrics)

    assert [name for name, one in metrics.items() if list(validate.lint.driven_by_itself(one, metrics))] == []
    assert len(tree.inputs) >= 3
    assert any(branch.inputs for branch in tree.inputs)


def test_a_circle_of_drivers_is_told_once(tmp_path: Path) -> None:
    (tmp_path / "metrics").mkdir()
    text = "one: {count: '*', in: events, drivers: [two]}\ntwo: {count: '*', in: tickets, drivers: [one]}\n"
    (tmp_path / "metrics" / "own.yml").write_text(text)

    found = [one.problem for one in validate.findings(told(tmp_path)) if "driven by itself" in one.problem.message]

    assert [(one.message, one.line) for one in found] == [("one: is driven by itself (one → two → one)", 1)]
