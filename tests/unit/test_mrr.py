"""MRR by day and its movements: half-open periods, active and past due only, netted per account and day."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from pathlib import Path

import duckdb
import pytest

from data import derive
from data.workspace import Workspace
from tests.drafts import draft_of, insert, make_workspace, period

TODAY = date(2026, 3, 31)


class Books:
    """A draft with subscription periods, derived."""

    def __init__(self, connection: duckdb.DuckDBPyConnection, workspace: Workspace) -> None:
        self.connection, self.workspace = connection, workspace

    def load(self, *periods: dict) -> Books:
        insert(self.connection, "subscription_period", *periods)
        derive.run(self.connection, self.workspace, today=TODAY)
        return self

    def mrr(self, day: str) -> int:
        found = self.connection.execute("SELECT coalesce(sum(mrr), 0) FROM mrr_day WHERE day = $1", [day]).fetchone()
        return int(found[0])

    def movements(self) -> list[tuple[str, str, str, int]]:
        found = self.connection.execute("SELECT account_id, CAST(day AS VARCHAR), kind, amount FROM mrr_movement ORDER BY 2, 1, 3, 4")
        return [(*row[:3], int(row[3])) for row in found.fetchall()]


@pytest.fixture
def books(tmp_path: Path) -> Iterator[Books]:
    workspace = make_workspace(tmp_path)
    with draft_of(workspace) as draft:
        yield Books(draft.connection, workspace)


def test_a_period_counts_from_its_first_day_until_before_its_end(books: Books) -> None:
    books.load(period("s", 100, "2026-01-10", "2026-01-12"))
    assert [books.mrr(f"2026-01-{day:02}") for day in (9, 10, 11, 12, 13)] == [0, 100, 100, 0, 0]


def test_a_period_without_end_counts_on_every_later_day(books: Books) -> None:
    books.load(period("s", 100, "2026-01-10"))
    assert [books.mrr(day) for day in ("2026-01-10", "2026-03-31", "2027-12-31")] == [100, 100, 100]


@pytest.mark.parametrize(
    ("status", "counts"),
    [("active", True), ("past_due", True), (None, True), ("trial", False), ("paused", False), ("cancelled", False)],
)
def test_only_what_is_active_or_past_due_counts(books: Books, status: str | None, counts: bool) -> None:
    books.load(period("s", 100, "2026-01-10", status=status))
    assert books.mrr("2026-01-15") == (100 if counts else 0)
    assert len(books.movements()) == counts


def test_deleted_and_zero_length_periods_are_none(books: Books) -> None:
    books.load(
        period("s", 100, "2026-01-10", deleted_at="2026-01-11"),
        period("t", 50, "2026-01-10", "2026-01-10"),
        period("u", 20, "2026-01-10", "2026-01-08"),
    )
    assert [books.mrr(f"2026-01-{day:02}") for day in (8, 9, 10, 11)] == [0, 0, 0, 0]
    assert books.movements() == []


def test_a_period_within_one_day_counts_on_no_day_and_moves_nothing(books: Books) -> None:
    books.load(period("s", 100, "2026-01-10 09:00+00", "2026-01-10 17:00+00"))
    assert books.mrr("2026-01-10") == 0
    assert books.movements() == []


def test_days_are_the_companys(tmp_path: Path) -> None:
    workspace = make_workspace(tmp_path, "{timezone: Asia/Tokyo, currency: EUR}")
    with draft_of(workspace) as draft:
        books = Books(draft.connection, workspace).load(period("s", 100, "2026-01-09 16:00+00"))
        assert [books.mrr("2026-01-09"), books.mrr("2026-01-10")] == [0, 100]
        assert books.movements() == [("a", "2026-01-10", "new", 100)]


def test_all_five_movements(books: Books) -> None:
    books.load(
        period("s", 100, "2026-01-01", "2026-02-01"),
        period("s", 150, "2026-02-01", "2026-02-10"),
        period("s", 120, "2026-02-10", "2026-02-20"),
        period("s", 80, "2026-03-01"),
    )
    assert books.movements() == [
        ("a", "2026-01-01", "new", 100),
        ("a", "2026-02-01", "expansion", 50),
        ("a", "2026-02-10", "contraction", -30),
        ("a", "2026-02-20", "churn", -120),
        ("a", "2026-03-01", "reactivation", 80),
    ]


def test_ending_one_of_two_subscriptions_is_contraction_not_churn(books: Books) -> None:
    books.load(period("s", 100, "2026-01-01", "2026-02-01"), period("t", 40, "2026-01-01"))
    assert books.movements() == [("a", "2026-01-01", "new", 140), ("a", "2026-02-01", "contraction", -100)]


def test_movements_of_an_account_are_netted_per_day(books: Books) -> None:
    books.load(
        period("s", 100, "2026-01-01", "2026-02-01"),
        period("t", 100, "2026-02-01", "2026-03-01"),
        period("u", 130, "2026-03-01"),
    )
    assert books.movements() == [("a", "2026-01-01", "new", 100), ("a", "2026-03-01", "expansion", 30)]


def test_accounts_are_netted_apart(books: Books) -> None:
    books.load(
        period("s", 100, "2026-01-01", "2026-02-01"),
        period("t", 100, "2026-02-01", account_id="b"),
        period("u", 10, "2026-01-05", account_id=None),
        period("v", 20, "2026-01-05", account_id=None),
    )
    assert books.movements() == [
        ("a", "2026-01-01", "new", 100),
        (None, "2026-01-05", "new", 10),
        (None, "2026-01-05", "new", 20),
        ("a", "2026-02-01", "churn", -100),
        ("b", "2026-02-01", "new", 100),
    ]


def test_a_free_period_is_not_the_beginning(books: Books) -> None:
    books.load(period("s", 0, "2026-01-01", "2026-02-01"), period("s", 50, "2026-02-01"))
    assert books.movements() == [("a", "2026-02-01", "new", 50)]


def test_the_calendar_reaches_from_the_first_period_past_today(books: Books) -> None:
    books.load(period("s", 100, "2025-12-24"))
    first, last, days = books.connection.execute("SELECT min(day), max(day), count(*) FROM calendar_day").fetchone()
    assert (first, last) == (date(2025, 12, 24), date(2028, 3, 31))
    assert days == (last - first).days + 1


@pytest.mark.parametrize("absurd", ["0001-01-01", "1899-12-30"])
def test_an_absurd_date_does_not_blow_up_the_calendar(books: Books, absurd: str) -> None:
    books.load(period("s", 100, absurd, "9999-12-31"))
    assert books.connection.execute("SELECT min(day) FROM calendar_day").fetchone() == (date(1970, 1, 1),)
    assert books.mrr("2026-01-01") == 100


def test_deriving_again_changes_nothing(books: Books) -> None:
    books.load(period("s", 100, "2026-01-01", "2026-02-01"), period("s", 150, "2026-02-01"))
    once = books.movements(), books.mrr("2026-02-02")
    derive.run(books.connection, books.workspace, today=TODAY)
    assert (books.movements(), books.mrr("2026-02-02")) == once


def test_mrr_is_told_in_the_reporting_currency(books: Books) -> None:
    insert(books.connection, "fx_rate", {"day": "2026-01-01", "currency": "USD", "rate": 0.9})
    books.load(period("s", 100, "2026-01-01", currency="USD"), period("t", 7, "2026-01-01"))
    assert books.mrr("2026-01-01") == 97
    assert books.connection.execute("SELECT sum(amount) FROM mrr_movement").fetchone() == (Decimal("97.0000"),)
