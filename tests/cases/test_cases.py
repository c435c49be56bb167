"""Runs tests/cases/*.yml: rows in, a request, and the rows that must come out, written by hand or by independent SQL."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from data.errors import Problem
from tests import asking, case_files
from tests.case_files import Case
from tests.evaluator import evaluate

CASES = case_files.every()


@pytest.fixture(scope="session")
def companies(tmp_path_factory: pytest.TempPathFactory) -> asking.Companies:
    """The workspaces of the cases, each built once."""
    return asking.Companies(tmp_path_factory.mktemp("cases"))


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.id)
def test_the_layer_answers_as_by_hand(case: Case, companies: asking.Companies) -> None:
    layer = companies.layer(case.company)
    if case.problem is not None:
        with pytest.raises(Problem) as said:
            asking.rows(layer, case.ask)
        assert all(word.lower() in str(said.value).lower() for word in case.problem), f"{case.why}\nIt said: {said.value}"
        return
    expected = case.rows if case.sql is None else companies.select(case.company, case.sql)
    asking.same(asking.rows(layer, case.ask), expected, case.ask, case.why)


@pytest.mark.parametrize("case", [case for case in CASES if case.rows is not None], ids=lambda case: case.id)
def test_the_evaluator_answers_as_by_hand(case: Case) -> None:
    if _wheres(case) - set(case.expressions):
        pytest.fail(f"say in Python, under `expressions`, what these mean: {_wheres(case) - set(case.expressions)}")
    asking.same(evaluate(case.company, case.ask, case.expressions), case.rows, case.ask, case.why)


@pytest.mark.parametrize("case", [case for case in CASES if case.problem is None], ids=lambda case: case.id)
def test_the_sql_that_is_shown_gives_the_numbers(case: Case, companies: asking.Companies) -> None:
    asking.shown_sql_agrees(companies.layer(case.company), case, companies)


def test_there_are_enough_cases_and_none_twice() -> None:
    names = [case.id for case in CASES]

    assert len(names) >= 100
    assert len(set(names)) == len(names)


def test_every_file_says_what_it_is_about() -> None:
    unexplained = [path.name for path in Path(__file__).parent.glob("*.yml") if not re.match("# .+", path.read_text(encoding="utf-8"))]

    assert unexplained == []


def _wheres(case: Case) -> set[str]:
    asked = {case.ask["where"]} if "where" in case.ask else set()
    return asked | {
        str(definition["where"]) for name, definition in case.company.metrics.items() if "where" in definition and name in _used(case)
    }


def _used(case: Case) -> set[str]:
    waiting, used = list(case.ask["metrics"]), set()
    while waiting:
        name = waiting.pop()
        used.add(name)
        definition = case.company.metrics[name]
        waiting += [definition[key] for key in ("ratio", "to", "cumulative", "converted_to") if key in definition]
        waiting += [definition["in"]] if "converted_to" in definition else []
        waiting += [definition["movements"]["of"]] if "movements" in definition else []
        waiting += [word for word in re.findall(r"[a-z_]+", definition.get("formula", "")) if word in case.company.metrics]
    return used
