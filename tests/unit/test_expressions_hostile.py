"""What people (or somebody through them) may type into a condition: nothing but conditions ever reaches the engine."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

import metrics
from data.errors import Problem
from data.expressions import check
from data.reader import Reader, Snapshot
from tests import asking
from tests.company import Company
from tests.hostile import COLUMNS, HARMLESS, HUGE, MISTYPED, NAMES, OPTIONS, SMALL

#: No test of speed: a refusal takes some milliseconds of the processor, and one that takes two seconds hangs.
PATIENCE = 2.0

COMPANY = Company(
    tables={
        "event": [
            {"event_id": "e1", "occurred_at": "2026-01-05", "event_name": "open", "value": 1, "attrs": {"it's": "odd", "key": None}},
            {"event_id": "e2", "occurred_at": "2026-01-05", "event_name": "open", "value": 2, "attrs": {"a.b": "dotted"}},
            {"event_id": "e3", "occurred_at": "2026-01-05", "event_name": "a;b -- c", "value": 3, "attrs": {'say "hi"': "quoted"}},
        ],
        "account": [],
    },
    loaded_until="2026-02-01",
    metrics={"actions": {"count": "*", "in": "events"}},
)
RANGE = {"since": "2026-01-01", "until": "2026-02-01"}


class Recorder:
    """A cursor that writes down what it is asked to run."""

    def __init__(self, cursor: Any, ran: list[str]) -> None:
        self._cursor, self._ran = cursor, ran

    def execute(self, sql: str, *parameters: Any) -> Any:
        self._ran.append(sql)
        return self._cursor.execute(sql, *parameters)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._cursor, name)


@pytest.fixture(scope="module")
def layer(tmp_path_factory: pytest.TempPathFactory) -> metrics.Layer:
    """A layer that has answered once, so that all it needs to know of the store is known."""
    made = asking.Companies(tmp_path_factory.mktemp("hostile")).layer(COMPANY)
    made.query("actions", **RANGE)
    return made


@pytest.fixture
def ran(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Every statement that a reader's cursor runs during the test."""
    statements: list[str] = []
    opened = Reader.open

    @contextmanager
    def recording(self: Reader) -> Iterator[Snapshot]:
        with opened(self) as snapshot:
            yield replace(snapshot, cursor=Recorder(snapshot.cursor, statements))

    monkeypatch.setattr(Reader, "open", recording)
    return statements


def test_the_corpus_is_large() -> None:
    assert len(set(SMALL)) + len(HUGE) + len(NAMES) >= 400


@pytest.mark.parametrize("text", SMALL, ids=ascii)
def test_it_is_refused_with_one_clear_problem(text: str, layer: metrics.Layer, ran: list[str]) -> None:
    _refused_in_time(lambda: check(text))
    _refused_in_time(lambda: layer.query("actions", where=text, **RANGE))

    assert ran == []


@pytest.mark.parametrize("text", HUGE.values(), ids=HUGE)
def test_huge_input_is_refused_in_time(text: str, layer: metrics.Layer, ran: list[str]) -> None:
    _refused_in_time(lambda: check(text))
    _refused_in_time(lambda: layer.query("actions", where=text, **RANGE))

    assert ran == []


@pytest.mark.parametrize("text", NAMES, ids=ascii)
def test_names_that_a_metric_does_not_have_are_refused(text: str, layer: metrics.Layer, ran: list[str]) -> None:
    _refused_in_time(lambda: layer.query("actions", where=text, **RANGE))

    assert ran == []


@pytest.mark.parametrize("text", MISTYPED, ids=ascii)
def test_what_cannot_be_computed_is_one_clear_problem_too(text: str, layer: metrics.Layer) -> None:
    _refused_in_time(lambda: layer.query("actions", where=text, **RANGE))
    _refused_in_time(lambda: layer.query("mine", definitions={"mine": {"count": "*", "in": "events", "where": text}}, **RANGE))


@pytest.mark.parametrize(("text", "count"), HARMLESS.items(), ids=ascii)
def test_text_stays_text(text: str, count: int, layer: metrics.Layer) -> None:
    assert layer.query("actions", where=text, **RANGE).rows[0]["actions"] == count
    assert layer.query("actions", **RANGE).rows[0]["actions"] == 3


@pytest.mark.parametrize("name", ["by", "timezone", "week_start", "compare", "grain", "since", "until"])
@pytest.mark.parametrize("text", OPTIONS, ids=lambda text: ascii(text)[:40])
def test_no_other_option_lets_it_through(name: str, text: str, layer: metrics.Layer, ran: list[str]) -> None:
    options = {"grain": "day", **RANGE, name: (text,) if name == "by" else text}

    _refused_in_time(lambda: layer.query("actions", **options), readable=False)

    assert ran == []


@pytest.mark.parametrize("text", COLUMNS)
@pytest.mark.parametrize("verb", ["count_distinct", "sum", "median", "max"])
def test_a_definition_names_columns_only(verb: str, text: str, layer: metrics.Layer, ran: list[str]) -> None:
    definition = {"mine": {verb: text, "in": "events"}}

    _refused_in_time(lambda: layer.query("mine", definitions=definition, **RANGE))

    assert ran == []


def _refused_in_time(call: Any, *, readable: bool = True) -> None:
    begun = time.thread_time()
    with pytest.raises(Problem) as said:
        call()
    took = time.thread_time() - begun

    assert took < PATIENCE
    assert said.value.message.strip()
    assert not readable or len(str(said.value)) < 1500, "a refusal is to be read"


def test_the_company_is_unharmed(layer: metrics.Layer, tmp_path: Path) -> None:
    assert layer.query("actions", **RANGE).rows[0]["actions"] == 3
    assert not list(tmp_path.iterdir())
