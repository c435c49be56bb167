"""Signals of a company's metrics: which periods are judged, what stands behind a value, what a definition may say about it."""

from __future__ import annotations

import json
import random
from datetime import date, timedelta

import pytest

import metrics
from data import workspace
from data.errors import Problem
from metrics import load, recipe
from metrics.__main__ import main
from metrics.definition import Metric
from metrics.insight import signal
from metrics.layer import Layer
from pages.components import board as boards
from pages.components import i18n, present, signal_chart
from pages.components.board import Board
from pages.components.filters import Filters
from tests import warehouse
from tests.company import Company

FIRST, WEEKS = date(2024, 1, 1), 110  # a Monday
LAST = FIRST + timedelta(weeks=WEEKS - 1)
SHIFTED = WEEKS - 5


def tickets() -> list[dict[str, object]]:
    """Some 20 tickets a week, 34 in the last five whole weeks; of the week after only Monday, with one."""
    drawn, rows = random.Random(6), []
    for week in range(WEEKS):
        for _ in range((34 if week >= SHIFTED else 20) + drawn.randrange(-4, 5)):
            day = FIRST + timedelta(weeks=week, days=drawn.randrange(7))
            rows.append((day, "chat" if drawn.random() < 0.1 else "email", drawn.randrange(20, 60)))
    rows.append((LAST + timedelta(weeks=1), "email", 30))
    return [
        {"ticket_id": f"t{number}", "account_id": "a1", "created_at": f"{day}T09:00", "channel": channel, "first_response_minutes": minutes}
        for number, (day, channel, minutes) in enumerate(rows)
    ]


OWN = {
    "tickets_opened": {"label": "Tickets opened", "count": "*", "in": "tickets", "good": "down"},
    "by_chat": {"count": "*", "in": "tickets", "where": "channel = 'chat'"},
    "chat_share": {"ratio": "by_chat", "to": "tickets_opened", "format": "percent", "good": "neutral"},
    "careful_share": {"ratio": "by_chat", "to": "tickets_opened", "minimum_n": 1000},
    "chat_answer": {"median": "first_response_minutes", "in": "tickets", "where": "channel = 'chat'"},
    "tickets_28d": {"count": "*", "in": "tickets", "over_last": "28 days"},
    "coarse": {"count": "*", "in": "tickets", "materiality": "0%"},
    "spread": {"funnel": {"steps": [{"a": "event = 'a'"}, {"b": "event = 'b'"}], "within": "1 days"}, "in": "events"},
}  # fmt: skip


@pytest.fixture(scope="module")
def layer(tmp_path_factory: pytest.TempPathFactory) -> Layer:
    company = Company(
        tables={"ticket": tickets(), "event": [], "account": [{"account_id": "a1", "name": "Alder", "created_at": "2023-01-01"}]},
        loaded_since="2024-01-01",
        loaded_until=f"{LAST + timedelta(weeks=1)}T12:00",
        metrics=OWN,
    )
    return metrics.open(workspace.load(warehouse.build(company, tmp_path_factory.mktemp("tickets"))))


def test_the_last_whole_week_is_judged_and_the_shift_dated(layer: Layer) -> None:
    found = signal.judge(layer, "tickets_opened")

    assert (found.last, found.since) == (LAST, FIRST + timedelta(weeks=SHIFTED))
    assert (found.told.verdict, found.told.reason, found.told.direction, found.told.periods) == ("signal", "shift", 1, 5)
    assert found.good is False
    assert found.told.size == pytest.approx(14, abs=4)


def test_judged_at_the_end_of_an_earlier_week_it_knows_nothing_of_later_ones(layer: Layer) -> None:
    before = signal.judge(layer, "tickets_opened", until=FIRST + timedelta(weeks=SHIFTED))

    assert before.last == FIRST + timedelta(weeks=SHIFTED - 1)
    assert before.told.verdict == "usual"


def test_a_week_that_is_not_over_is_not_judged(layer: Layer) -> None:
    found = signal.judge(layer, "tickets_opened", until=LAST + timedelta(weeks=1, days=1))

    assert found.last == LAST


def test_what_stands_behind_a_value_comes_from_the_layer(layer: Layer) -> None:
    share, careful = signal.judge(layer, "chat_share"), signal.judge(layer, "careful_share")
    counted = [row["tickets_opened"] for row in layer.query("tickets_opened", grain="week", since=LAST, until=LAST + timedelta(7)).rows]

    assert share.told.verdict == "usual"
    assert share.good is None
    assert (careful.told.reason, careful.told.numbers) == ("small_n", {"found": float(counted[0]), "needed": 1000})
    few = signal.judge(layer, "chat_answer", until=FIRST + timedelta(weeks=60))
    assert few.told.reason == "small_n"
    assert few.told.numbers["found"] < few.told.numbers["needed"] == signal.MINIMUM_N


def test_windows_that_overlap_are_compared_only_where_they_do_not(layer: Layer) -> None:
    found = signal.judge(layer, "tickets_28d")

    assert found.every == 4
    steps = {later - earlier for earlier, later in zip(found.periods, found.periods[1:], strict=False)}
    assert (found.last, steps) == (LAST, {timedelta(weeks=4)})


def test_a_floor_in_the_definition_makes_a_shift_immaterial(layer: Layer) -> None:
    assert layer.metrics["coarse"].materiality == 0.0
    strict = layer.over({"coarse": {"count": "*", "in": "tickets", "materiality": 1}})

    assert signal.judge(layer, "coarse").told.verdict == "signal"
    assert (signal.judge(strict, "coarse").told.verdict, signal.judge(strict, "coarse").told.reason) == ("usual", "immaterial")


def test_what_has_no_value_a_period_cannot_be_told(layer: Layer) -> None:
    assert signal.judge(layer, "spread").told.reason == "shaped"
    with pytest.raises(Problem, match="unknown metric"):
        signal.judge(layer, "ticket_opened")
    with pytest.raises(Problem, match="a hour cannot be judged"):
        signal.judge(layer, "tickets_opened", grain="hour")


def test_many_are_judged_as_each_alone(layer: Layer) -> None:
    names = ("tickets_opened", "chat_share", "chat_answer", "tickets_28d", "spread")
    together = signal.judge_all(layer, names)

    assert list(together) == list(names)
    for name in names:
        alone = signal.judge(layer, name)
        assert (together[name].told.verdict, together[name].told.reason, together[name].since) == (
            alone.told.verdict, alone.told.reason, alone.since,
        )  # fmt: skip


@pytest.mark.parametrize(("told", "share"), [("2%", 0.02), ("0.5 %", 0.005), (0.03, 0.03), (0, 0.0)])
def test_materiality_is_read_as_a_share(told: object, share: float) -> None:
    block = {"count": "*", "in": "tickets", "materiality": told, "minimum_n": 7}
    metric: Metric = load.over({}, {"m": block})["m"]

    assert (metric.materiality, metric.minimum_n) == (share, 7)
    kept = recipe.of(metric)
    assert kept is not None
    assert recipe.keys(kept) == block


@pytest.mark.parametrize(
    ("key", "told", "said"),
    [
        ("materiality", "much", "materiality is a share of the level"),
        ("materiality", 2, "materiality is a share of the level"),
        ("materiality", True, "materiality is a share of the level"),
        ("minimum_n", -1, "minimum_n is a whole number"),
        ("minimum_n", "30", "minimum_n is a whole number"),
    ],
)
def test_a_wrong_floor_is_told_where_it_stands(key: str, told: object, said: str) -> None:
    with pytest.raises(Problem, match=said) as found:
        load.over({}, json.dumps({"m": {"count": "*", "in": "tickets", key: told}}))

    assert found.value.field == key


@pytest.fixture
def board(layer: Layer) -> Board:
    until = LAST + timedelta(weeks=1)
    return Board(layer, Filters(until - timedelta(days=28), until, "28d"), 1, boards.reach(layer, 1), layer.metrics)


def test_a_card_says_the_signal_and_why(board: Board) -> None:
    with i18n.use("en"):
        card = present.card(board, "tickets_opened")

    assert (card.signal, card.news) == ("Signal: 5 weeks above its mean", "bad")
    assert "Week of" in card.reason
    assert "usual are" in card.reason


def test_it_says_so_in_french(board: Board) -> None:
    with i18n.use("fr"):
        assert present.card(board, "tickets_opened").signal == "Signal : 5 semaines au-dessus de sa moyenne"
        assert present.card(board, "chat_share").signal == "Dans sa plage habituelle"


def test_what_cannot_be_told_is_silent_on_the_card_and_said_in_its_title(board: Board) -> None:
    with i18n.use("en"):
        card = present.card(board, "careful_share")

    assert (card.signal, card.news) == ("", "")
    assert card.reason.startswith("Cannot tell a signal: ")
    assert "it takes 1,000" in card.reason


def test_the_chart_shows_values_limits_and_the_stretch_of_the_signal(board: Board) -> None:
    with i18n.use("en"):
        chart = signal_chart.chart(board, "tickets_opened")

    assert chart is not None
    values, expected, upper, lower = (series.values for series in chart.series)
    assert len(chart.periods) == len(values) == 104
    assert (chart.bands[0].first, chart.bands[0].last) == (99, 103)
    assert all(one > upper[-1] for one in values[99:])  # type: ignore[operator]
    assert lower[-1] < expected[-1] < upper[-1]  # type: ignore[operator]
    assert chart.alt.startswith("Signal: 5 weeks above its mean")


def test_the_command_line_gives_the_same(layer: Layer, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setenv("TRANSVERSE_WORKSPACE", str(layer.workspace.root))
    assert main(["signal", "tickets_opened", "--json"]) == 0
    told = json.loads(capsys.readouterr().out)

    assert (told["verdict"], told["reason"], told["since"], told["periods"], told["direction"], told["good"]) == (
        "signal", "shift", (FIRST + timedelta(weeks=SHIFTED)).isoformat(), 5, "up", False,
    )  # fmt: skip
    assert told["signals"] == [100, 101, 102, 103, 104]
    assert [point["index"] for point in told["points"] if point["signal"]] == told["signals"]
    assert main(["signal", "careful_share"]) == 0
    assert "cannot tell" in capsys.readouterr().out
