"""Amounts in the reporting currency: the rate of the row's day, from a source or a file; never a guess."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path

import duckdb
import pytest

from data import derive
from data.errors import Problem
from tests.drafts import draft_of, insert, make_workspace, period


def amounts(connection: duckdb.DuckDBPyConnection) -> dict[str, Decimal | None]:
    return dict(connection.execute("SELECT subscription_id, mrr_reporting FROM subscription_period").fetchall())


def findings(connection: duckdb.DuckDBPyConnection) -> list[tuple[str, str, int]]:
    return connection.execute("SELECT name, table_name, row_count FROM finding ORDER BY 1, 2").fetchall()


def test_the_companys_own_currency_and_none_are_taken_as_they_are(tmp_path: Path) -> None:
    workspace = make_workspace(tmp_path)
    with draft_of(workspace) as draft:
        insert(
            draft.connection,
            "subscription_period",
            period("own", 12.3456, "2026-01-01"),
            period("none", 5, "2026-01-01", currency=None),
            period("small", 7, "2026-01-01", currency=" eur"),
        )
        derive.run(draft.connection, workspace)
        assert amounts(draft.connection) == {"own": Decimal("12.3456"), "none": 5, "small": 7}
        assert ("missing_rate", "subscription_period", 1) not in findings(draft.connection)


def test_a_foreign_amount_takes_the_rate_of_its_day(tmp_path: Path) -> None:
    workspace = make_workspace(tmp_path)
    with draft_of(workspace) as draft:
        rates = [("2026-01-01", 0.9), ("2026-01-05", 0.8), ("2026-01-06", 0.7)]
        insert(draft.connection, "fx_rate", *({"day": day, "currency": "USD", "rate": rate} for day, rate in rates))
        insert(
            draft.connection,
            "subscription_period",
            period("on the day", 100, "2026-01-05", currency="USD"),
            period("weekend", 100, "2026-01-03", currency="USD"),
            period("before any", 100, "2025-12-31", currency="USD"),
            period("too late", 100, "2026-02-07", currency="USD"),
            period("no rate", 100, "2026-01-05", currency="GBP"),
        )
        derive.run(draft.connection, workspace)
        found = amounts(draft.connection)
    assert found == {"on the day": 80, "weekend": 90, "before any": None, "too late": None, "no rate": None}


def test_a_missing_rate_is_a_finding_with_examples(tmp_path: Path) -> None:
    workspace = make_workspace(tmp_path)
    with draft_of(workspace) as draft:
        insert(draft.connection, "opportunity", {"opportunity_id": "o", "amount": 10, "currency": "GBP", "created_at": "2026-01-01"})
        derive.run(draft.connection, workspace)
        found = draft.connection.execute("SELECT name, table_name, severity, row_count, examples FROM finding").fetchall()
    assert [row[:4] for row in found] == [("missing_rate", "opportunity", "warning", 1)]
    assert '"opportunity_id":"o"' in found[0][4]
    assert '"currency":"GBP"' in found[0][4]


def test_rates_come_from_the_companys_file_and_a_source_wins_over_it(tmp_path: Path) -> None:
    workspace = make_workspace(tmp_path, "{currency: EUR, rates: fx.csv}")
    (tmp_path / "fx.csv").write_text("day,currency,rate\n2026-01-01,USD,0.5\n2026-01-01,CHF,1.05\n")
    with draft_of(workspace) as draft:
        insert(draft.connection, "fx_rate", {"day": "2026-01-01", "currency": "USD", "rate": 0.9})
        insert(
            draft.connection,
            "subscription_period",
            period("dollars", 100, "2026-01-01", currency="USD"),
            period("francs", 100, "2026-01-01", currency="CHF"),
        )
        for _ in range(2):
            derive.run(draft.connection, workspace)
        assert amounts(draft.connection) == {"dollars": 90, "francs": 105}
        assert draft.connection.execute("SELECT count(*) FROM fx_rate").fetchone() == (3,)


def test_a_corrected_rate_changes_the_amounts(tmp_path: Path) -> None:
    workspace = make_workspace(tmp_path, "{currency: EUR, rates: fx.csv}")
    with draft_of(workspace) as draft:
        insert(draft.connection, "subscription_period", period("s", 100, "2026-01-01", currency="USD"))
        for rate, expected in (("0.5", 50), ("0.6", 60)):
            (tmp_path / "fx.csv").write_text(f"currency,day,rate\nUSD,2026-01-01,{rate}\n")
            derive.run(draft.connection, workspace)
            assert amounts(draft.connection) == {"s": expected}


@pytest.mark.parametrize(
    ("content", "said"),
    [(None, "sources.yml company.rates names"), ("day,money\n2026-01-01,3\n", "fx.csv"), ("day,currency,rate\nsoon,USD,1\n", "fx.csv")],
)
def test_rates_that_cannot_be_read_are_named(tmp_path: Path, content: str | None, said: str) -> None:
    workspace = make_workspace(tmp_path, "{currency: EUR, rates: fx.csv}")
    if content is not None:
        (tmp_path / "fx.csv").write_text(content)
    with draft_of(workspace) as draft, pytest.raises(Problem) as raised:
        derive.run(draft.connection, workspace)
    assert said in str(raised.value)


def test_a_subscription_keeps_the_rate_of_its_first_day(tmp_path: Path) -> None:
    workspace = make_workspace(tmp_path)
    with draft_of(workspace) as draft:
        for day, dollar, pound in (("2026-01-01", 0.9, 1.2), ("2026-02-01", 0.8, 1.1), ("2026-03-01", 0.7, 1.0)):
            rates = [{"day": day, "currency": "USD", "rate": dollar}, {"day": day, "currency": "GBP", "rate": pound}]
            insert(draft.connection, "fx_rate", *rates)
        insert(
            draft.connection,
            "subscription_period",
            period("dollars", 100, "2026-01-05", "2026-02-05", currency="USD"),
            period("dollars", 100, "2026-02-05", "2026-03-05", currency="USD"),
            period("dollars", 120, "2026-03-05", currency="USD"),
            period("late", 100, "2026-02-05", "2026-03-05", currency="USD"),
            period("moves to pounds", 100, "2026-01-05", "2026-02-05", currency="USD"),
            period("moves to pounds", 100, "2026-02-05", "2026-03-05", currency="GBP"),
            period("moves to pounds", 100, "2026-03-05", currency="GBP"),
            period("deleted first", 100, "2026-01-05", "2026-02-05", currency="USD", deleted_at="2026-02-01"),
            period("deleted first", 100, "2026-02-05", currency="USD"),
        )
        derive.run(draft.connection, workspace)
        shown = "SELECT subscription_id, CAST(valid_from_day AS VARCHAR), mrr_reporting FROM subscription_period WHERE deleted_at IS NULL"
        found = {(name, day[5:7]): int(amount) for name, day, amount in draft.connection.execute(shown).fetchall()}
        moved = draft.connection.execute("SELECT kind, amount FROM mrr_movement WHERE day = '2026-02-05' ORDER BY ALL").fetchall()
    assert found == {
        ("dollars", "01"): 90,
        ("dollars", "02"): 90,
        ("dollars", "03"): 108,
        ("late", "02"): 80,
        ("moves to pounds", "01"): 90,
        ("moves to pounds", "02"): 110,
        ("moves to pounds", "03"): 110,
        ("deleted first", "02"): 80,
    }
    # All belong to one account, which gains what begins (80 + 80) and 20 by its change to pounds; the dollar that falls moves nothing.
    assert moved == [("expansion", Decimal(180))]


def test_before_the_first_rate_a_subscription_has_no_amount_and_after_it_keeps_that_rate(tmp_path: Path) -> None:
    workspace = make_workspace(tmp_path)
    with draft_of(workspace) as draft:
        insert(draft.connection, "fx_rate", {"day": "2026-02-01", "currency": "USD", "rate": 0.8})
        insert(
            draft.connection,
            "subscription_period",
            period("s", 100, "2026-01-05", "2026-02-05", currency="USD"),
            period("s", 100, "2026-02-05", "2026-06-05", currency="USD"),
            period("s", 50, "2026-06-05", currency="USD"),
        )
        derive.run(draft.connection, workspace)
        found = draft.connection.execute("SELECT mrr_reporting FROM subscription_period ORDER BY valid_from").fetchall()
    assert found == [(None,), (Decimal(80),), (Decimal(40),)]
