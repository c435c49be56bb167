"""Movements reconcile to the cent: opening + movements = closing, for every account and day, however periods lie."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from datetime import date, timedelta
from decimal import Decimal

import duckdb
import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from data import derive
from data.workspace import Workspace
from tests.drafts import draft_of, insert, make_workspace

FIRST, DAYS = date(2026, 1, 1), 25
COUNTED = ("active", "past_due", None)

periods = st.lists(
    st.tuples(
        st.sampled_from(["a", "b", None]),
        st.sampled_from(["s", "t"]),
        st.integers(0, DAYS),
        st.none() | st.integers(0, DAYS),
        st.integers(0, 40000).map(lambda cents: Decimal(cents) / 100),
        st.sampled_from(["active", "past_due", None, "trial", "cancelled"]),
    ),
    max_size=8,
)


@pytest.fixture(scope="module")
def books(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[duckdb.DuckDBPyConnection, Workspace]]:
    workspace = make_workspace(tmp_path_factory.mktemp("books"))
    with draft_of(workspace) as draft:
        yield draft.connection, workspace


def level(rows: list[tuple], account: str | None, day: date) -> Decimal:
    """What an account pays on a day, by the rule as it is told: half-open, counted when its status counts."""
    return sum(
        (
            mrr
            for owner, _, start, end, mrr, status in rows
            if owner == account and status in COUNTED
            if FIRST + timedelta(start) <= day and (end is None or day < FIRST + timedelta(end))
        ),
        Decimal(0),
    )


@settings(max_examples=8, suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture])
@given(rows=periods)
@example(rows=[("a", "s", 3, 3, Decimal(5), "active"), ("a", "s", 3, 9, Decimal(7), "active"), ("a", "t", 9, None, Decimal(7), "active")])
def test_opening_plus_movements_is_closing(books: tuple[duckdb.DuckDBPyConnection, Workspace], rows: list[tuple]) -> None:
    connection, workspace = books
    connection.execute("DELETE FROM subscription_period")
    for account, subscription, start, end, mrr, status in rows:
        times = {"valid_from": str(FIRST + timedelta(start)), "valid_to": None if end is None else str(FIRST + timedelta(end))}
        row = {"account_id": account, "subscription_id": f"{account}-{subscription}", "mrr": mrr, "status": status, **times}
        insert(connection, "subscription_period", row)
    derive.run(connection, workspace, today=FIRST + timedelta(DAYS + 5))

    moved = defaultdict(Decimal)
    kinds = {}
    for account, day, kind, amount in connection.execute("SELECT account_id, day, kind, amount FROM mrr_movement").fetchall():
        moved[account, day] += amount
        kinds[account, day] = kind
    by_day = dict(connection.execute("SELECT (account_id, day), sum(mrr) FROM mrr_day GROUP BY ALL").fetchall())

    for account in ("a", "b", None):
        paid_before = False
        for number in range(DAYS + 3):
            day = FIRST + timedelta(number)
            opening, closing = level(rows, account, day - timedelta(1)), level(rows, account, day)
            assert opening + moved[account, day] == closing
            assert by_day.get((account, day), Decimal(0)) == closing
            if account is not None and opening != closing:
                assert kinds[account, day] == kind_of(opening, closing, paid_before)
            paid_before = paid_before or closing > 0


def kind_of(opening: Decimal, closing: Decimal, paid_before: bool) -> str:
    if opening == 0:
        return "reactivation" if paid_before else "new"
    if closing == 0:
        return "churn"
    return "expansion" if closing > opening else "contraction"
