"""Every place where people may write an expression or a definition: nothing that is no condition gets past any of them.

For each the whole corpus is tried. Each text is refused with one Problem that can be read, and the engine hears of none of it.
The refusal may cost as much as some hundred readings of an ordinary condition: 50 ms of a machine that reads one in half a millisecond,
and as much more on a slower or a watched one.
"""

from __future__ import annotations

import io
import json
import re
import time
import timeit
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import cache, partial
from pathlib import Path
from typing import Any

import duckdb
import pytest

import metrics
from connectors import blocks, mapping
from connectors.dialect import find
from connectors.reading import Source
from data import expressions, features, workspace, yaml_file
from data.errors import Problem
from data.reader import Reader, Snapshot
from metrics import load
from metrics.__main__ import main
from metrics.definition import NAME
from metrics.kinds import KINDS
from tests import asking, case_files
from tests.company import Company
from tests.hostile import HUGE, NAMES, OPTIONS, SMALL
from tests.hostile_files import TEXTS

READINGS = 100
ORDINARY = "event = 'open' AND value BETWEEN 1 AND 20 AND (lower(event) LIKE '%save%' OR attrs.plan IN ('pro', 'free')) AND is_meaningful"
RANGE = {"since": "2026-01-01", "until": "2026-02-01"}
TEXT_OF = {**{text: text for text in (*SMALL, *NAMES)}, **HUGE}
COMPANY = Company(
    {"event": [{"event_id": "e1", "occurred_at": "2026-01-05", "event_name": "open", "value": 1}], "account": []},
    "2026-02-01",
    metrics={"actions": {"count": "*", "in": "events"}},
)

#: Keys whose texts are for people.
SAID = ("label", "description", "owner", "objective", "synonyms", "drivers", "tests", "targets", "valid_since")

#: For kinds that the cases and the library may not have.
MORE: list[dict[str, Any]] = [
    {"retained": "mrr", "in": "mrr_day", "compared_to": "12 months ago", "gross": True},
    {"movements": {"of": "mrr", "at": "day"}, "in": "mrr_day"},
    {"converted_to": "actions", "in": "actions", "within": "7 days"},
    {"cumulative": "actions"},
]

#: Ranges and shifts beyond any calendar.
FAR = ["0001-01-01", "9999-12-31", "999-12-31", "99999999999d", "10000y", "2026-01-01T00:00:00+99:99", "2026-W99-1", "1e5", "-1d", "٣d"]

Attempt = Callable[[str], Any]


class Recorder:
    """A cursor or a connection that writes down what it is asked to run."""

    def __init__(self, within: Any, ran: list[str]) -> None:
        self._within, self._ran = within, ran

    def execute(self, sql: str, *values: Any) -> Any:
        self._ran.append(sql)
        return self._within.execute(sql, *values)

    def sql(self, sql: str, **values: Any) -> Any:
        self._ran.append(sql)
        return self._within.sql(sql, **values)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._within, name)


@dataclass(frozen=True)
class Tried:
    """What came of one text at one door."""

    text: str
    said: str
    seconds: float
    is_problem: bool

    @property
    def wrong(self) -> str | None:
        if not self.is_problem:
            return self.said
        if self.seconds > limit():
            return f"took {self.seconds * 1000:.0f} ms, and {limit() * 1000:.0f} are allowed here"
        return None if 5 < len(self.said) < 2500 and "\n" not in self.said else f"not to be read: {self.said[:200]}"


def tried(attempt: Attempt, text: str) -> Tried:
    """Tries a text; what is slow is tried again, for the collection of garbage falls where it will."""
    found = _once(attempt, text)
    return found if found.seconds <= limit() else min((_once(attempt, text) for _ in range(3)), key=lambda one: one.seconds)


@cache
def limit() -> float:
    """How many seconds of computing a refusal may take here."""
    return READINGS * min(timeit.repeat(lambda: expressions.check(ORDINARY), timer=time.thread_time, number=5, repeat=20)) / 5


def _once(attempt: Attempt, text: str) -> Tried:
    begun = time.thread_time()
    try:
        gave = attempt(text)
    except Problem as problem:
        return Tried(text, str(problem), time.thread_time() - begun, True)
    except Exception as error:
        return Tried(text, f"died of {error!r}"[:200], time.thread_time() - begun, False)
    return Tried(text, f"was answered: {gave!r}"[:200], time.thread_time() - begun, False)


def wrong(attempt: Attempt, texts: dict[str, str]) -> dict[str, str]:
    """Everything that was not refused as it should be."""
    return {ascii(name)[:60]: said for name, text in texts.items() if (said := tried(attempt, text).wrong)}


@pytest.fixture(scope="module")
def layer(tmp_path_factory: pytest.TempPathFactory) -> metrics.Layer:
    """A layer that has answered once, so that all it needs to know of the store is known."""
    made = asking.Companies(tmp_path_factory.mktemp("doors")).layer(COMPANY)
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


def defined(layer: metrics.Layer, **definition: Any) -> Any:
    return layer.query("mine", definitions={"mine": {"in": "events", **definition}}, **RANGE)


def derived(layer: metrics.Layer, **definition: Any) -> Any:
    return layer.query("mine", definitions={"mine": definition}, **RANGE)


DOORS: dict[str, Callable[[metrics.Layer, str], Any]] = {
    "--where": lambda layer, text: layer.query("actions", where=text, **RANGE),
    "--where of rows": lambda layer, text: layer.rows("actions", where=text, **RANGE),
    "--where of explain": lambda layer, text: layer.explain("actions", where=text, **RANGE),
    "--by": lambda layer, text: layer.query("actions", by=(text,), **RANGE),
    "--by with --top": lambda layer, text: layer.query("actions", by=(text,), top=3, **RANGE),
    "a member": lambda layer, text: layer.rows("actions", members={text: "x"}, **RANGE),
    "members": lambda layer, text: layer.members(text),
    "where": lambda layer, text: defined(layer, count="*", where=text),
    **{
        verb: (lambda layer, text, verb=verb: defined(layer, **{verb: text}))
        for verb in ("count_distinct", "sum", "average", "median", "min", "max")
    },
    "percentile": lambda layer, text: defined(layer, percentile=text, at=0.5),
    "snapshot": lambda layer, text: layer.query("mine", definitions={"mine": {"snapshot": text, "in": "mrr_day"}}, **RANGE),
    "in": lambda layer, text: defined(layer, **{"count": "*", "in": text}),
    "time": lambda layer, text: defined(layer, count="*", time=text),
    "per": lambda layer, text: defined(layer, count="*", per=text),
    "over_last": lambda layer, text: defined(layer, count_distinct="account_id", over_last=text),
    "include": lambda layer, text: defined(layer, count="*", include=[text]),
    "formula": lambda layer, text: derived(layer, formula=text),
    "part of a formula": lambda layer, text: derived(layer, formula=f"actions + {text}"),
    "ratio": lambda layer, text: derived(layer, ratio=text, to="actions"),
    "to": lambda layer, text: derived(layer, ratio="actions", to=text),
    "event of stickiness": lambda layer, text: defined(layer, stickiness={"event": text}),
    "entity of stickiness": lambda layer, text: defined(layer, stickiness={"entity": text}),
    "each of stickiness": lambda layer, text: defined(layer, stickiness={"each": text}),
    "a verb": lambda layer, text: defined(layer, **{text: "*"}),
    "a key": lambda layer, text: defined(layer, **{"count": "*", text: "x"}),
    "a name of a metric": lambda layer, text: layer.query(text, definitions={text: {"count": "*", "in": "events"}}, **RANGE),
    "a metric that is asked for": lambda layer, text: layer.query(text, **RANGE),
    "a definition": lambda layer, text: layer.query("mine", definitions=text, **RANGE),
}


@pytest.mark.parametrize("door", DOORS)
def test_no_door_lets_any_of_it_through(door: str, layer: metrics.Layer, ran: list[str]) -> None:
    assert len(TEXT_OF) >= 500

    texts = {name: text for name, text in TEXT_OF.items() if door != "a name of a metric" or not NAME.fullmatch(text)}
    assert wrong(lambda text: DOORS[door](layer, text), texts) == {}
    assert ran == []


@pytest.mark.parametrize("name", ["by", "timezone", "week_start", "compare", "grain", "since", "until"])
def test_no_option_lets_any_of_it_through(name: str, layer: metrics.Layer, ran: list[str]) -> None:
    texts = {**TEXT_OF, **{text: text for text in (*OPTIONS, *FAR)}}

    def attempt(text: str) -> object:
        return layer.query("actions", **{"grain": "day", **RANGE, name: (text,) if name == "by" else text})

    found = wrong(attempt, {key: text for key, text in texts.items() if text})

    assert found == {}
    assert ran == []


@pytest.mark.parametrize("name", TEXTS)
def test_no_file_of_definitions_lets_it_through(name: str, layer: metrics.Layer, ran: list[str]) -> None:
    assert wrong(lambda text: layer.query("m", definitions=text, **RANGE), {name: TEXTS[name]}) == {}
    assert ran == []


def test_the_command_line_ends_with_one_line(
    layer: metrics.Layer, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("TRANSVERSE_WORKSPACE", str(layer.workspace.root))
    for text in [*SMALL[::40], *list(HUGE.values())[:4]]:
        assert main(["query", "actions", "--where", text]) == 2
        monkeypatch.setattr("sys.stdin", io.StringIO(json.dumps({"mine": {"sum": text, "in": "events"}})))
        assert main(["query", "mine", "--definition", "-"]) == 2
        said = capsys.readouterr()
        assert said.out == ""
        assert said.err.count("\n") == 2


def test_a_quoted_key_of_attrs_is_text_and_nothing_else(layer: metrics.Layer, ran: list[str]) -> None:
    """Any text may be a key, so it may reach the engine: as one literal of a statement that is the same for every key."""
    shapes = set()
    for text in SMALL[::3]:
        if "\x00" in text or not text.strip() or "\ud83d" in text:
            continue
        quoted = text.replace('"', '""')
        rows = layer.query("actions", where=f"attrs.\"{quoted}\" = 'x'", **RANGE).rows
        assert [row["actions"] for row in rows] == [0], ascii(text)
        shapes.add(shape(ran[-1]))
    assert len(shapes) == 1, shapes


def shape(sql: str) -> str:
    """A statement with its literals left out; it must be one, and a SELECT."""
    statements = duckdb.extract_statements(sql)
    assert [one.type for one in statements] == [duckdb.StatementType.SELECT]
    return re.sub(r"[()]", "", re.sub(r"'(?:[^']|'')*'", "?", sql))


def test_features_let_none_of_it_through(tmp_path: Path) -> None:
    """Whoever wrote it, none of features.yml reaches the draft."""
    ran: list[str] = []
    connection: Any = Recorder(duckdb.connect(), ran)

    def attempt(text: str) -> None:
        told = {"features": {"export": {"events": ["open"], "where": text}}}
        (tmp_path / "features.yml").write_text(json.dumps(told), encoding="utf-8")
        features.fill(connection, workspace.load(tmp_path))

    texts = {name: text for name, text in TEXT_OF.items() if text not in NAMES or "." in text or " " in text}
    known = {"deleted_at IS NULL", "loaded_at IS NULL"}
    assert wrong(attempt, {name: text for name, text in texts.items() if text not in known}) == {}
    assert ran == []


@pytest.mark.parametrize("place", ["columns", "attrs", "where", "audits"])
def test_sources_let_none_of_it_through(place: str, tmp_path: Path) -> None:
    (tmp_path / "e.csv").write_text("id,at,event,value\n1,2026-01-05,open,2\n")
    allowed = expressions.LOADING_FUNCTIONS - expressions.FUNCTIONS

    def attempt(text: str) -> object:
        block: dict[str, Any] = {"file": "e.csv", "columns": {"event_id": "id", "occurred_at": "at"}}
        if place == "where":
            block["where"] = text
        else:
            block.setdefault(place, {})["session_id" if place == "columns" else "x"] = text
        at = yaml_file.parse(json.dumps({"tables": {"event": block}}), "sources.yml")
        filling = blocks.fillings(at)["event"][0]
        source = Source("e.csv", (tmp_path / "e.csv",), find(tmp_path / "e.csv", "e.csv", filling.block), (), {})
        return mapping.bind(filling, {mapping.THIS: source})

    calls = [f"{function}(" for function in allowed] + [f" {function} " for function in allowed]
    texts = {name: text for name, text in TEXT_OF.items() if not any(call in f" {text.lower()} " for call in calls)}
    assert len(texts) > 480
    assert wrong(attempt, texts) == {}


@pytest.mark.parametrize("verb", KINDS)
def test_no_text_of_any_kind_lets_it_through(verb: str, layer: metrics.Layer, ran: list[str]) -> None:
    """Conditions of steps, entities, windows, modes: wherever a definition of this kind holds a text."""
    texts = {text: text for text in SMALL[::18] if not NAME.fullmatch(text)}
    for definition in definitions_of(verb):
        for path in [path for path in paths(definition) if isinstance(at(definition, path), str) and path[0] not in SAID]:
            changed = partial(told, definition, path)
            assert wrong(lambda text, changed=changed: layer.query("mine", definitions=changed(text), **RANGE), texts) == {}, path
    assert ran == []


def test_the_name_of_a_step_is_text_and_nothing_else(layer: metrics.Layer, ran: list[str]) -> None:
    """Steps are called as their owner likes: the name stands in the rows, and as one literal in the statement."""
    shapes = set()
    for text in SMALL[::3]:
        if "\x00" not in text and text.isprintable() and text.strip():
            steps = [{text: "event = 'open'"}, {"second": "event = 'save'"}]
            rows = layer.query("mine", definitions={"mine": {"funnel": {"steps": steps, "within": "7 days"}, "in": "events"}}, **RANGE).rows
            assert rows[0]["name"] == text
            shapes.add(shape(ran[-1]))
    assert len(shapes) == 1, shapes


def told(definition: dict[str, Any], path: tuple[Any, ...], text: str) -> str:
    changed = json.loads(json.dumps(definition))
    put(changed, path, text)
    return json.dumps({"mine": changed})


def at(value: Any, path: tuple[Any, ...]) -> Any:
    for key in path:
        value = value[key]
    return value


def test_json_may_hold_any_sign() -> None:
    said = "💣 \\ud83d\\udca3 \\\\ 😀"

    assert load.over({}, json.dumps({"mine": {"count": "*", "in": "events", "description": said}}))["mine"].description == said


@pytest.mark.parametrize("verb", KINDS)
def test_a_value_of_a_wrong_sort_anywhere_in_a_definition_is_a_problem_at_most(verb: str, layer: metrics.Layer) -> None:
    """Python's own errors reach nobody: what is wrong with a definition is said as a Problem, or it is computed."""
    odd = [None, True, 0, -1, 1.5, 10**30, "", "x", "*", [], [1], ["x"], [None], {}, {"x": 1}, {"a": {"b": [1]}}, "2026-01-01"]
    for definition in definitions_of(verb):
        for path in paths(definition):
            for value in odd:
                changed = json.loads(json.dumps(definition, default=str))
                put(changed, path, value)
                said = tried(lambda text: layer.query("mine", definitions=text, **RANGE), json.dumps({"mine": changed}))
                assert said.is_problem or said.said.startswith("was answered"), (changed, said.said)


def definitions_of(verb: str) -> list[dict[str, Any]]:
    """The longest definitions of that verb that the cases and the library have."""
    found = {told for told in every_definition() if verb in json.loads(told)}
    assert found, f"nothing has {verb}"
    return [json.loads(text) for text in sorted(found, key=len)[-2:]]


@cache
def every_definition() -> list[str]:
    """The definitions that the cases and the library have, and MORE, as JSON."""
    of_cases = [each for case in case_files.every() for each in case.company.metrics.values()]
    return [json.dumps(each, default=str) for each in [*of_cases, *(one.block for one in load.catalogue().values()), *MORE]]


def paths(value: Any, before: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    """Every place in a definition."""
    inside = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    return [path for key, one in inside for path in ((*before, key), *paths(one, (*before, key)))]


def put(definition: Any, path: tuple[Any, ...], value: Any) -> None:
    for key in path[:-1]:
        definition = definition[key]
    definition[path[-1]] = value


def test_the_company_is_unharmed(layer: metrics.Layer) -> None:
    assert layer.query("actions", **RANGE).rows[0]["actions"] == 1
