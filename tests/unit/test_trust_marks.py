"""A number whose definition breaks a promise is marked wherever it stands: what tiles, lists, headings and the drawer are given."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

import pytest

import metrics
from connectors.sync import sync
from data import workspace
from metrics import audit, checks
from pages import catalogue
from pages.components import board as boards
from pages.components import cards, changes, i18n, present, trust
from pages.components.board import Board
from pages.components.filters import Filters
from tests import warehouse
from tests.company import Company

DEFINITIONS = {
    "broken": {"count": "*", "in": "tickets", "good": "down", "tests": [{"not_below": 0}, {"not_above": 2}]},
    "kept": {"count_distinct": "account_id", "in": "tickets", "tests": [{"not_below": 0}]},
}
FOUND = "2026-01: 3.00 is above 2"


@pytest.fixture
def layer(tmp_path: Path) -> metrics.Layer:
    """Three tickets of January, tested and published by a sync."""
    days = ("2026-01-06", "2026-01-13", "2026-01-14")
    (tmp_path / "t.csv").write_text("id,at,who\n" + "".join(f"t{number},{day},a1\n" for number, day in enumerate(days)))
    fill = "{ticket: {file: t.csv, columns: {ticket_id: id, created_at: at, account_id: who}}}"
    (tmp_path / "sources.yml").write_text(f"sources: {{desk: {{connector: files, path: '.', tables: {fill}}}}}")
    (tmp_path / "metrics").mkdir()
    (tmp_path / "metrics" / "own.yml").write_text(json.dumps(DEFINITIONS))
    sync(workspace.load(tmp_path), audit=audit.at_publish)
    return metrics.open(workspace.load(tmp_path))


def shown(layer: metrics.Layer) -> Board:
    generation = layer.generation() or 0
    return Board(layer, Filters(date(2026, 1, 12), date(2026, 1, 15), "7d"), generation, boards.reach(layer, generation), layer.metrics)


@pytest.fixture
def board(layer: metrics.Layer) -> Iterator[Board]:
    with i18n.use("en"):
        yield shown(layer)


def test_a_tile_carries_what_was_found_and_says_it(board: Board) -> None:
    broken, kept = present.card(board, "broken"), present.card(board, "kept")

    assert (broken.failing, kept.failing) == (FOUND, "")
    assert cards.spoken(broken).endswith("Test fails")
    assert "Test fails" not in cards.spoken(kept)


def test_a_heading_carries_the_mark_with_shape_word_and_reason(board: Board) -> None:
    assert trust.mark(board, "broken") == f'<span class="tv-fails" title="{FOUND}">Test fails</span>'
    assert trust.mark(board, "kept") == ""
    assert trust.mark(board, "") == ""


def test_of_many_months_the_latest_are_named() -> None:
    with i18n.use("en"):
        assert trust.summed(["1", "2", "3"]) == "3 · 2 · 1"
        assert trust.summed(["1", "2", "3", "4", "5"]) == "5 · 4 · 3 · and 2 more"


def test_the_mark_speaks_the_language_of_the_reader(layer: metrics.Layer) -> None:
    with i18n.use("fr"):
        assert "Test en échec" in trust.mark(shown(layer), "broken")


def test_the_catalogue_marks_it_too(board: Board) -> None:
    totals, series = board.together(list(DEFINITIONS)), board.together(list(DEFINITIONS), grain="day")
    entries = {name: catalogue._entry(board, board.metric(name), totals[name], series[name]) for name in DEFINITIONS}

    assert (entries["broken"].failing, entries["kept"].failing) == (FOUND, "")


def test_what_changed_most_says_so(board: Board) -> None:
    change = changes.Change("broken", "Broken", "2", "1", "1", "up", "bad", 1.0, failing=trust.mark(board, "broken"))

    assert changes.moves([change])[0].tag == "Test fails"
    assert "tv-fails" in changes.headline([change])


def test_the_drawer_lists_each_test_and_how_it_ended(board: Board) -> None:
    assert trust.results(board, board.metric("broken")) == [("not_below 0", "holds", []), ("not_above 2", "Test fails", [FOUND])]


def test_pages_read_what_was_found_and_compute_nothing(board: Board, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(checks, "judge", lambda *_given, **_more: pytest.fail("computed"))

    assert board.failures("broken") == [FOUND]


def test_a_definition_that_changed_since_is_tested_at_once(layer: metrics.Layer) -> None:
    changed = {**DEFINITIONS, "kept": {**DEFINITIONS["kept"], "tests": [{"not_above": 0}]}}
    (layer.workspace.definitions / "own.yml").write_text(json.dumps(changed))

    with i18n.use("en"):
        assert shown(layer).failures("kept") == ["2026-01: 1.00 is above 0"]


def test_where_nothing_was_tested_nothing_is_marked(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    tickets: list[dict[str, Any]] = [{"ticket_id": f"t{number}", "created_at": "2026-01-06"} for number in range(3)]
    layer = metrics.open(workspace.load(warehouse.build(Company({"ticket": tickets}, "2026-02-01", metrics=DEFINITIONS), tmp_path)))
    monkeypatch.setattr(checks, "judge", lambda *_given, **_more: pytest.fail("computed"))

    with i18n.use("en"):
        assert trust.mark(shown(layer), "broken") == ""
        assert trust.results(shown(layer), layer.metrics["kept"]) == [("not_below 0", "not run yet", [])]
