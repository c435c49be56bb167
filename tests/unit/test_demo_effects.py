"""Each planted effect of the demo company is in its files, in about the size that ground_truth.json tells.

Measured with plain SQL over the files as written, each against something that the effect does not touch.
"""

from datetime import datetime

import duckdb
import pytest

from data import demo


@pytest.fixture(scope="module")
def company(tmp_path_factory):
    """The ground truth, and a connection with one view per file of a company large enough to see its effects."""
    root = tmp_path_factory.mktemp("effects")
    truth = demo.write(root, accounts=500, events=400_000, until=datetime(2026, 11, 1))
    connection = duckdb.connect()
    read = {
        "event": "read_parquet('{}/product/*.parquet')",
        "account": "read_csv('{}/app/accounts.csv', all_varchar=true)",
        "plan": "read_csv('{}/app/account_plans.csv')",
        "ticket": "read_json('{}/helpdesk/tickets-2*.jsonl.gz')",
        "csat": "read_csv('{}/surveys/csat.tsv', delim='\t', types={{'ticket_id': 'VARCHAR'}})",
        "visits": "read_csv('{}/web/daily_visits.csv')",
    }
    for name, source in read.items():
        connection.execute(f"CREATE VIEW {name} AS SELECT * FROM {source.format(root)}")
    return truth, connection


def planted(company, what):
    return next(effect for effect in company[0]["effects"] if effect["what"].startswith(what))


def ratio(company, of, to, table, day, during, around):
    """How the ratio of two counts differs between two spans: 0.4 when it is 40 % higher during the first."""
    counted = f"SELECT count(*) FILTER ({of}) / count(*) FILTER ({to}) FROM {table} WHERE {day} >= '{{}}' AND {day} < '{{}}'"
    inside, outside = (company[1].execute(counted.format(*span)).fetchone()[0] for span in (during, around))
    return inside / outside - 1


def test_at_least_six_effects_of_all_kinds_are_told(company):
    effects = company[0]["effects"]

    assert {effect["kind"] for effect in effects} == {"release", "drop", "churn_signal"}
    assert len({effect["what"] for effect in effects}) >= 6
    assert {"kind", "what", "metric", "segment", "starts_on", "relative_size"} <= set(effects[0])


def test_the_export_release_lifts_its_use(company):
    effect = planted(company, "Export 2.0")
    mature = ("account_id IN (SELECT account_id FROM account WHERE created_at < '2025-09-01')",)
    measured = ratio(
        company,
        f"feature = 'export' AND {mature[0]}",
        f"feature = 'dashboards' AND {mature[0]}",
        "event",
        "occurred_at",
        (effect["starts_on"], "2026-06-10"),
        ("2025-12-10", effect["starts_on"]),
    )

    assert measured == pytest.approx(effect["relative_size"], abs=0.12)


def test_the_comments_release_changes_nothing(company):
    effect = planted(company, "Comments")
    mature = "account_id IN (SELECT account_id FROM account WHERE created_at < '2025-09-01')"
    measured = ratio(
        company,
        f"feature = 'comments' AND {mature}",
        f"feature = 'dashboards' AND {mature}",
        "event",
        "occurred_at",
        (effect["starts_on"], "2026-08-12"),
        ("2026-02-12", effect["starts_on"]),
    )

    assert effect["relative_size"] == 0
    assert measured == pytest.approx(0, abs=0.08)


def test_the_import_release_brings_tickets_for_six_weeks(company):
    effect = planted(company, "The new import engine")
    about_import = "list_contains(tags, 'import')"
    during = (effect["starts_on"], effect["ends_on"])
    measured = ratio(company, about_import, f"NOT {about_import}", "ticket", "created_at", during, ("2025-10-14", effect["starts_on"]))

    assert measured == pytest.approx(effect["relative_size"], abs=0.7)
    after = ratio(company, about_import, f"NOT {about_import}", "ticket", "created_at", (effect["ends_on"], "2026-10-01"), during)
    assert after < -0.3


def test_the_pricing_page_brings_visitors(company):
    effect = planted(company, "The new pricing page")
    row = company[1].execute(
        "SELECT sum(value) FILTER (name = 'site_visits' AND day >= $1) / sum(value) FILTER (name = 'documentation_visits' AND day >= $1)"
        " / (sum(value) FILTER (name = 'site_visits' AND day < $1) / sum(value) FILTER (name = 'documentation_visits' AND day < $1)) - 1"
        " FROM visits WHERE day >= '2026-07-13' AND day < '2026-11-01'",
        [effect["starts_on"]],
    )

    assert row.fetchone()[0] == pytest.approx(effect["relative_size"], abs=0.04)


def test_north_america_drops_for_five_weeks(company):
    effect = planted(company, "Slow routing")
    american = "account_id IN (SELECT account_id FROM account WHERE region = 'North America' AND created_at < '2026-01-01')"
    european = "account_id IN (SELECT account_id FROM account WHERE region = 'DACH' AND created_at < '2026-01-01')"
    around = ("2026-05-01", effect["starts_on"])
    measured = ratio(company, american, european, "event", "occurred_at", (effect["starts_on"], effect["ends_on"]), around)

    assert measured == pytest.approx(effect["relative_size"], abs=0.12)


def test_starter_plans_drop_for_four_weeks(company):
    effect = planted(company, "Tighter limits")
    company[1].execute("""
        CREATE OR REPLACE TEMP VIEW planned AS
        SELECT e.occurred_at, p.plan_code FROM event e JOIN plan p ON p.account_id = e.account_id
          AND e.occurred_at >= p.valid_from AND (p.valid_to IS NULL OR e.occurred_at < p.valid_to)""")
    during, around = (effect["starts_on"], effect["ends_on"]), ("2025-09-15", effect["starts_on"])
    measured = ratio(company, "plan_code = 'starter'", "plan_code = 'pro'", "planned", "occurred_at", during, around)

    assert measured == pytest.approx(effect["relative_size"], abs=0.12)


def test_chat_satisfaction_drops(company):
    effect = planted(company, "A new chat team")
    rows = company[1].execute(
        "SELECT avg(score) FILTER (created_at >= $1 AND created_at < $2) / avg(score) FILTER (created_at < $1 OR created_at >= $2) - 1"
        " FROM csat JOIN ticket t ON t.id = csat.ticket_id WHERE channel = 'chat'",
        [effect["starts_on"], effect["ends_on"]],
    )

    assert rows.fetchone()[0] == pytest.approx(effect["relative_size"], abs=0.06)


def test_first_answers_take_longer_when_agents_leave(company):
    effect = planted(company, "Two agents left")
    rows = company[1].execute(
        "SELECT median(m) FILTER (created_at >= $1 AND created_at < $2) / median(m) FILTER (created_at < $1 OR created_at >= $2) - 1"
        " FROM (SELECT created_at, first_response_business_minutes AS m FROM ticket)",
        [effect["starts_on"], effect["ends_on"]],
    )

    assert rows.fetchone()[0] == pytest.approx(effect["relative_size"], abs=0.25)


def test_accounts_use_less_before_they_leave(company):
    signals = [effect for effect in company[0]["effects"] if effect["kind"] == "churn_signal" and effect["ends_on"] < "2026-11-01"]
    company[1].execute("CREATE OR REPLACE TEMP TABLE signal (account_id VARCHAR, starts_on DATE, ends_on DATE)")
    rows = [[effect["segment"]["account_id"], effect["starts_on"], effect["ends_on"]] for effect in signals]
    company[1].executemany("INSERT INTO signal VALUES (?, ?, ?)", rows)
    per_day = """
        SELECT sum(n) FILTER (day >= starts_on AND day < ends_on) / sum(ends_on - starts_on)
          / (sum(n) FILTER (day < starts_on) / sum(56)) - 1
        FROM signal LEFT JOIN (SELECT account_id, occurred_at::DATE AS day, count(*) AS n FROM event GROUP BY ALL) USING (account_id)
        WHERE day >= starts_on - 56 AND day < ends_on"""
    fall = company[1].execute(f"WITH s AS ({per_day}) SELECT * FROM s").fetchone()[0]

    assert len(signals) >= 30
    assert all(28 <= (datetime.fromisoformat(e["ends_on"]) - datetime.fromisoformat(e["starts_on"])).days <= 56 for e in signals)
    assert fall == pytest.approx(-0.6, abs=0.15)
