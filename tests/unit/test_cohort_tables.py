"""Cohort tables as they are published from transaction logs: the log is made by formula, the table by counting in plain Python."""

from __future__ import annotations

from collections import Counter
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest

from data.errors import Problem
from tests import asking
from tests.company import Company

FIRST = date(2025, 9, 1)
CUSTOMERS, MONTHS = 48, 6


def orders() -> list[tuple[str, date, int]]:
    """(customer, day, quantity): customers join in turn, order in some months, often twice a day, and send some things back."""
    found = []
    for customer in range(CUSTOMERS):
        for month in range(customer % MONTHS, MONTHS):
            age = month - customer % MONTHS
            if age == 0 or (customer // MONTHS + age * age) % 3 == 0:
                day = FIRST.replace(month=(9 + month - 1) % 12 + 1, year=2025 + (8 + month) // 12, day=1 + (customer * 7 + age) % 28)
                found += [(f"c{customer}", day, 2)] * (1 + customer % 2)
            elif (customer + age) % 4 == 0:
                found.append((f"c{customer}", date(2025 + (8 + month) // 12, (9 + month - 1) % 12 + 1, 15), -1))
    return found


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> asking.metrics.Layer:
    """A shop whose orders are events, with a definition for each published table."""
    rows = [
        {
            "event_id": f"e{place}",
            "occurred_at": f"{day}T{8 + place % 12:02}:00",
            "event_name": "order",
            "person_id": who,
            "value": quantity,
        }
        for place, (who, day, quantity) in enumerate(orders())
    ]
    cohorts = {"mode": "first_time"}
    company = Company(
        {"event": rows, "person": [{"person_id": f"c{number}"} for number in range(CUSTOMERS)]},
        loaded_until="2026-03-01",
        metrics={
            "sales": {"retention": cohorts, "in": "events", "where": "value > 0"},
            "every_row": {"retention": cohorts, "in": "events"},
            "days": {"stickiness": {}, "in": "events", "where": "value > 0"},
        },
    )
    return asking.Companies(tmp_path_factory.mktemp("shop")).layer(company)


def month_of(day: date) -> int:
    return (day.year - FIRST.year) * 12 + day.month - FIRST.month


def table(log: list[tuple[str, date, int]]) -> dict[tuple[int, int], int]:
    """Distinct customers by month of the first order and months since then: the pivot of every tutorial."""
    joined: dict[str, int] = {}
    for who, day, _ in sorted(log, key=lambda order: order[1]):
        joined.setdefault(who, month_of(day))
    seen = {(joined[who], month_of(day) - joined[who], who) for who, day, _ in log}
    counted = Counter((cohort, age) for cohort, age, _ in seen)
    return {(cohort, age): counted[cohort, age] for cohort in range(MONTHS) for age in range(MONTHS - cohort)}


@pytest.mark.parametrize(("metric", "least"), [("sales", 1), ("every_row", -9)])
def test_monthly_cohorts_of_a_log_with_and_without_what_was_sent_back(shop: asking.metrics.Layer, metric: str, least: int) -> None:
    expected = table([order for order in orders() if order[2] >= least])
    found = asking.rows(shop, {"metrics": [metric], "grain": "month", "since": "2025-09-01", "until": "2026-03-01"})

    assert {(month_of(date.fromisoformat(row["cohort"])), row["offset"]): row["retained"] for row in found} == expected
    assert all(row["complete"] and row["size"] == expected[month_of(date.fromisoformat(row["cohort"])), 0] for row in found)


def test_the_two_published_forms_of_such_a_table_differ() -> None:
    assert table(orders()) != table([order for order in orders() if order[2] > 0])


def test_rows_of_one_day_are_one_transaction_and_repeats_are_the_days_after_the_first(shop: asking.metrics.Layer) -> None:
    bought: dict[str, set[date]] = {}
    for who, day, quantity in orders():
        if quantity > 0:
            bought.setdefault(who, set()).add(day)
    repeats = Counter(len(days) - 1 for days in bought.values())
    found = asking.rows(shop, {"metrics": ["days"], "grain": "day", "since": "2025-09-01", "until": "2026-03-01"})

    assert {row["active_periods"] - 1: row["value"] for row in found if row["value"]} == dict(repeats)


def test_every_grain_counts_the_same_customers_once(shop: asking.metrics.Layer) -> None:
    ask: dict[str, Any] = {"metrics": ["sales"], "since": "2025-09-01", "until": "2026-03-01"}
    for grain in ("day", "week", "month", "quarter", "year"):
        sizes = {row["cohort"]: row["size"] for row in asking.rows(shop, {**ask, "grain": grain})}
        assert sum(sizes.values()) == CUSTOMERS
        assert list(sizes) == sorted(sizes)
    hours = {row["cohort"]: row["size"] for row in asking.rows(shop, {**ask, "grain": "hour", "until": "2025-09-08"})}
    assert len(hours) == 7 * 24
    assert sum(hours.values()) == len({who for who, day, quantity in orders() if day < FIRST + timedelta(days=7) and quantity > 0})


def test_more_cells_than_a_table_can_hold_are_refused(shop: asking.metrics.Layer) -> None:
    with pytest.raises(Problem, match="more than 250,000 cells"):
        shop.query("sales", grain="hour", since="2025-09-01", until="2026-03-01")


@pytest.mark.parametrize("grain", [None, "hour", "day", "week", "month", "quarter", "year"])
@pytest.mark.parametrize("by", [(), ("account.plan",), ("event", "attrs.k")])
def test_where_nothing_is_loaded_nothing_is_known(tmp_path_factory: pytest.TempPathFactory, grain: str | None, by: tuple[str, ...]) -> None:
    told = {"back": {"retention": {"periods": 3}, "in": "events"}, "life": {"lifecycle": {"new_means": "created_at"}, "in": "events"}}
    company = Company({}, loaded_until=None, metrics={**told, "sticky": {"stickiness": {"cumulative": True}, "in": "events"}})
    layer = asking.Companies(tmp_path_factory.mktemp("empty")).layer(company)
    ask = {"grain": grain, "since": "2026-01-05", "until": "2026-01-06T12:00", "by": by}

    assert layer.query("back", **ask).rows == ()
    assert all(row["value"] is None and not row["complete"] for row in layer.query("life", **ask).rows)
    assert all(row["value"] == 0 and not row["complete"] for row in layer.query("sticky", **ask).rows)
    assert layer.query("life", since="2026-01-05", until="2026-01-06").rows[0]["status"] == "new"


def test_a_wrong_condition_is_told_at_its_line(shop: asking.metrics.Layer) -> None:
    text = "wrong:\n  in: events\n  retention:\n    start: event = 'order'\n    return: colour > 1\n"
    with pytest.raises(Problem, match="colour") as said:
        shop.query("wrong", definitions=text, since="2025-09-01", until="2026-03-01")
    assert (said.value.line, said.value.column) == (5, 13)


#: Days of activity by person, and what PostHog's own tests (MIT licence) print for them.
RETENTION_DAYS = {"p1": [0, 1, 2, 5, 5, 6], "p2": [1, 2, 3, 6]}
TRIANGLE = [[1, 1, 1, 0, 0, 1, 1], [2, 2, 1, 0, 1, 2], [2, 1, 0, 1, 2], [1, 0, 0, 1], [0, 0, 0], [1, 1], [2]]
LIFECYCLE_DAYS = {"p1": [11, 12, 13, 15, 17, 19], "p2": [9, 12], "p3": [12], "p4": [15]}
STATUSES = {
    "new": [1, 0, 0, 1, 0, 0, 0, 0],
    "returning": [1, 1, 0, 0, 0, 0, 0, 0],
    "resurrecting": [1, 0, 0, 1, 0, 1, 0, 1],
    "dormant": [0, -2, -1, 0, -2, 0, -1, 0],
}


def peer(folder: Path, days: dict[str, list[int]], first: date) -> asking.metrics.Layer:
    """A company in which people are active on these days after the first."""
    seen = [(who, first + timedelta(days=day), place) for who, own in days.items() for place, day in enumerate(own)]
    rows = [{"event_id": f"{who}-{at}-{place}", "occurred_at": f"{at}T12:0{place}", "person_id": who} for who, at, place in seen]
    told = {"back": {"retention": {}, "in": "events"}, "life": {"lifecycle": {}, "in": "events"}}
    return asking.Companies(folder).layer(Company({"event": rows}, loaded_until="2021-01-01", metrics=told))


def test_the_triangle_is_the_peers(tmp_path: Path) -> None:
    layer = peer(tmp_path, RETENTION_DAYS, date(2020, 6, 10))
    found: dict[str, list[int]] = {}
    for row in layer.query("back", grain="day", since="2020-06-10", until="2020-06-17").rows:
        found.setdefault(row["cohort"], []).append(row["retained"])

    assert list(found.values()) == TRIANGLE


def test_the_statuses_are_the_peers(tmp_path: Path) -> None:
    layer = peer(tmp_path, LIFECYCLE_DAYS, date(2020, 1, 1) - timedelta(days=1))
    found: dict[str, list[int]] = {}
    for row in layer.query("life", grain="day", since="2020-01-12", until="2020-01-20").rows:
        found.setdefault(row["status"], []).append(row["value"])

    assert found == STATUSES
