"""Medians cannot be added up: which member moved one is seen by leaving it out, and said only where chance does not do as much."""

from __future__ import annotations

import random
from datetime import date, timedelta
from typing import Any

import pytest

import metrics
from data import workspace
from metrics.insight.why import Why, why
from metrics.insight.why.spans import Span
from tests import warehouse
from tests.company import Company

METRICS: dict[str, Any] = {
    "wait": {"median": "first_response_minutes", "in": "tickets", "format": "duration"},
    "wait_p80": {"percentile": "first_response_minutes", "at": 0.8, "in": "tickets", "format": "duration"},
    "most": {"max": "first_response_minutes", "in": "tickets", "format": "duration"},
}
CHANNELS, PRIORITIES = ("chat", "mail", "phone"), ("high", "normal", "low")
FIRST, EACH, MONTHS = date(2026, 1, 5), 28, 8


def month(number: int) -> Span:
    since = FIRST + timedelta(days=EACH * number)
    return Span(since, since + timedelta(days=EACH))


def tickets() -> list[dict[str, Any]]:
    """Waits of the same law in every month but the last, in which mail alone takes twice as long."""
    dice, made = random.Random(11), []
    for number in range(MONTHS * 300):
        late, channel = number // 300 == MONTHS - 1, dice.choice(CHANNELS)
        minutes = min(round(60 * dice.lognormvariate(0, 0.6) * (2 if late and channel == "mail" else 1)), 600)
        at = month(number // 300).since + timedelta(days=number % EACH)
        row = {"ticket_id": f"t{number}", "account_id": f"a{dice.randrange(40)}", "channel": channel, "priority": dice.choice(PRIORITIES)}
        made.append({**row, "created_at": f"{at}T10:00", "first_response_at": f"{at}T{10 + minutes // 60:02}:{minutes % 60:02}"})
    return made


@pytest.fixture(scope="module")
def layer(tmp_path_factory: pytest.TempPathFactory) -> metrics.Layer:
    made = Company({"ticket": tickets()}, loaded_since="2026-01-01", loaded_until="2026-12-01", metrics=METRICS)
    return metrics.open(workspace.load(warehouse.build(made, tmp_path_factory.mktemp("medians"))))


def named(told: Why) -> str | None:
    return told.cause.lead.member if told.cause and told.cause.lead else None


@pytest.mark.parametrize("name", ["wait", "wait_p80"])
def test_the_channel_that_took_twice_as_long_is_named(layer: metrics.Layer, name: str) -> None:
    told = why(layer, name, now=month(MONTHS - 1), then=month(MONTHS - 2))

    assert told.change > 0
    assert named(told) == "mail"
    assert told.cause is not None
    assert told.cause.excess.verdict == "clear"


def test_where_only_chance_moved_a_median_nothing_stands_out(layer: metrics.Layer) -> None:
    """ "May be chance" is said of one comparison in ten or so; here of one in six at most."""
    told = [why(layer, "wait", now=month(number), then=month(number - 1)) for number in range(1, MONTHS - 1)]

    assert all(one.change for one in told)
    assert all(one.cause is None or one.cause.excess.verdict == "faint" for one in told)
    assert sum(one.cause is not None for one in told) <= 1


def test_what_has_no_measure_of_chance_names_nobody(layer: metrics.Layer) -> None:
    told = why(layer, "most", now=month(MONTHS - 1), then=month(MONTHS - 2), by=("channel",))

    assert told.cause is None
    assert {part.member for part in told.breakdowns[0].found.parts} == {*CHANNELS}
