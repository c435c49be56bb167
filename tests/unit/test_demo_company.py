"""The demo company behaves like a company: sizes, growth, movements, rhythm, and the figures a leader would expect.

Measured with plain SQL over the files as written.
"""

from datetime import date, datetime, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import duckdb
import pytest

from data import demo, workspace, yaml_file

UNTIL = datetime(2026, 11, 1)
CUSTOMERS = """
    SELECT DISTINCT "Customer" AS account_id FROM subscription
    WHERE "Status" <> 'trialing' AND "From" <= '{0}' AND coalesce("To", '9999') > '{0}'"""


@pytest.fixture(scope="module")
def root(tmp_path_factory):
    folder = tmp_path_factory.mktemp("company")
    demo.write(folder, accounts=400, events=250_000, until=UNTIL)
    return folder


@pytest.fixture(scope="module")
def ask(root):
    """Runs SQL over one view per file, and gives the only row."""
    connection = duckdb.connect()
    read = {
        "event": "read_parquet('{}/product/*.parquet')",
        "account": "read_csv('{}/app/accounts.csv', all_varchar=true) WHERE NOT account_id LIKE 'acc_test%' AND created_at IS NOT NULL",
        "person": "read_csv('{}/app/users.csv', all_varchar=true) WHERE is_staff = 'false'",
        "subscription": "read_csv('{}/billing/subscriptions.csv', all_varchar=true) WHERE \"Subscription\" NOT LIKE 'sub_by%'",
        "deal": "read_csv('{}/crm/deals.csv') WHERE deal_name NOT LIKE '%(copy)'",
        "ticket": "read_json('{}/helpdesk/tickets-2*.jsonl.gz')",
        "csat": "read_csv('{}/surveys/csat.tsv', delim='\t')",
        "nps": "read_csv('{}/surveys/nps.tsv', delim='\t') WHERE response_id <> 'nps-by-hand'",
    }
    for name, source in read.items():
        connection.execute(f"CREATE VIEW {name} AS SELECT * FROM {source.format(root)}")
    return lambda sql: connection.execute(sql).fetchone()


def test_the_sizes_are_those_that_were_asked_for(ask, root):
    assert ask("SELECT count(*) FROM account")[0] == pytest.approx(400, rel=0.03)
    assert ask("SELECT count(*) FROM person")[0] == pytest.approx(6000, rel=0.05)
    assert ask("SELECT count(*) FROM event")[0] == pytest.approx(250_000, rel=0.06)
    assert ask("SELECT count(*) - count(DISTINCT event_id) FROM event") == (0,)
    assert ask("SELECT min(occurred_at) >= '2025-05-01' AND max(received_at) < '2026-11-01' FROM event") == (True,)
    features = workspace.load(root).features.values()
    assert len(features) == 24
    assert len({feature.area for feature in features}) == 6


def test_names_and_addresses_are_unique_and_invented(ask):
    assert ask("SELECT count(*) - count(DISTINCT company) FROM account") == (0,)
    assert ask("SELECT count(*) - count(DISTINCT email) FROM person") == (0,)
    assert ask("SELECT count(*) FROM person WHERE email NOT LIKE '%.example'") == (0,)


def test_sizes_of_accounts_are_skewed(ask):
    mean, median = ask("SELECT avg(seats::INT), median(seats::INT) FROM account")

    assert mean > 1.8 * median


def mrr(ask, day):
    return ask(f"""
        SELECT sum("Monthly amount"::DOUBLE) FROM subscription
        WHERE "Status" <> 'trialing' AND "From" <= '{day}' AND coalesce("To", '9999') > '{day}'""")[0]


def test_mrr_grows_two_to_four_percent_a_month(ask):
    months = [date(2025, 11 + i, 1) if i < 2 else date(2026, i - 1, 1) for i in range(12)]
    values = [mrr(ask, month) for month in months]
    growth = (values[-1] / values[0]) ** (1 / 11) - 1

    assert 300_000 < values[-1] < 600_000
    assert 0.015 < growth < 0.04


def test_all_five_movements_of_mrr_happen(ask):
    """By hand: what each account pays on the first of each month, against the month before."""
    firsts = [f"{2025 + (4 + i) // 12}-{(4 + i) % 12 + 1:02d}-01" for i in range(18)]
    paid = [dict(_paid(ask, first)) for first in firsts]
    kinds, had = set(), set(paid[0])
    for before, now in pairwise(paid):
        for account in before.keys() | now.keys():
            was, is_now = before.get(account, 0), now.get(account, 0)
            if is_now > was:
                kinds.add("expansion" if was else "reactivation" if account in had else "new")
            elif is_now < was:
                kinds.add("contraction" if is_now else "churn")
        had |= set(now)

    assert kinds == {"new", "expansion", "contraction", "churn", "reactivation"}


def _paid(ask, day):
    found = ask(f"""
        SELECT list((a, m)) FROM (
          SELECT "Customer" AS a, sum("Monthly amount"::DOUBLE) AS m FROM subscription
          WHERE "Status" <> 'trialing' AND "From" <= '{day}' AND coalesce("To", '9999') > '{day}' GROUP BY ALL)""")[0]
    return [tuple(pair.values()) if isinstance(pair, dict) else pair for pair in found]


def test_one_to_two_percent_of_customers_leave_a_month(ask):
    at_the_start = ask(f"SELECT count(*) FROM ({CUSTOMERS.format('2025-11-01')})")[0]
    left = ask("SELECT count(*) FROM account WHERE lifecycle = 'churned' AND churned_on >= '2025-11-01'")[0]

    assert 0.008 < left / at_the_start / 12 < 0.02


def test_some_accounts_have_two_subscriptions_and_some_pay_late(ask):
    two = ask("""SELECT count(*) FROM (SELECT "Customer" FROM subscription WHERE "To" IS NULL GROUP BY ALL HAVING count(*) > 1)""")[0]

    assert two >= 10
    assert ask("""SELECT list_sort(list(DISTINCT "Status")) FROM subscription""")[0] == ["active", "past_due", "trialing"]


def test_weekends_are_quiet_and_august_and_december_are_slow(ask):
    weekend, week = ask("SELECT count(*) FILTER (isodow(occurred_at) > 5) / 2, count(*) FILTER (isodow(occurred_at) < 6) / 5 FROM event")
    assert weekend < 0.12 * week

    def per_day(month):
        return ask(f"SELECT count(*) / count(DISTINCT occurred_at::DATE) FROM event WHERE date_trunc('month', occurred_at) = '{month}'")[0]

    assert per_day("2026-08-01") < 0.9 * (per_day("2026-07-01") + per_day("2026-09-01")) / 2
    assert per_day("2025-12-01") < 0.95 * (per_day("2025-11-01") + per_day("2026-01-01")) / 2
    assert per_day("2026-10-01") > 1.5 * per_day("2025-06-01")


def test_most_customers_are_active_in_a_week(ask):
    for week in ("2025-10-06", "2026-03-09", "2026-10-05"):
        shares = ask(f"""
            WITH customer AS ({CUSTOMERS.format(week)}),
            active AS (SELECT DISTINCT account_id FROM event WHERE feature IS NOT NULL
              AND occurred_at >= DATE '{week}' AND occurred_at < DATE '{week}' + 7)
            SELECT count(*) FILTER (account_id IN (FROM active)) / count(*) FROM customer""")
        assert 0.68 < shares[0] < 0.88


def test_features_are_adopted_over_weeks_and_never_before_their_release_or_beyond_their_plans(ask, root):
    for name, feature in workspace.load(root).features.items():
        first = ask(f"SELECT min(occurred_at)::DATE FROM event WHERE feature = '{name}'")[0]
        assert first is None or first >= feature.released_at

    eligible = f"SELECT account_id FROM account WHERE plan_code <> 'starter' AND account_id IN ({CUSTOMERS.format('2026-10-31')})"
    users = "SELECT DISTINCT account_id FROM event WHERE feature = 'forecast' AND occurred_at < DATE '2026-03-17' + {}"
    after = [ask(f"SELECT count(*) FROM ({users.format(days)})")[0] for days in (14, 60, 120, 200)]
    assert after[0] < 0.35 * after[2] < after[2] <= after[3]
    assert (
        ask(f"SELECT count(*) FROM ({users.format(225)}) WHERE account_id IN ({eligible})")[0]
        < 0.6 * ask(f"SELECT count(*) FROM ({eligible})")[0]
    )


def test_a_few_events_are_received_a_day_or_two_later(ask):
    late = ask(
        "SELECT count(*) FILTER (received_at - occurred_at > INTERVAL 12 HOURS) / count(*), max(received_at - occurred_at) FROM event"
    )

    assert late[0] == pytest.approx(0.014, abs=0.002)
    assert late[1] < timedelta(days=3)


def test_sales_win_about_three_in_ten(ask):
    won = ask("SELECT count(*) FILTER (is_won) / count(*) FROM deal WHERE is_closed AND closed_at >= '2025-11-01'")[0]

    assert 0.24 < won < 0.36
    assert ask("SELECT list_sort(list(DISTINCT deal_type)) FROM deal")[0] == ["expansion", "new", "renewal"]
    assert ask("SELECT count(*) FROM deal WHERE is_closed <> (closed_at IS NOT NULL) OR closed_at < created_at") == (0,)


def test_customers_are_mostly_content(ask):
    nps = ask("SELECT 100 * (count(*) FILTER (score::INT > 8) - count(*) FILTER (score::INT < 7)) / count(*) FROM nps")[0]

    assert 4.0 < ask("SELECT avg(score) FROM csat")[0] < 4.4
    assert 28 < nps < 42


def test_first_answers_take_one_to_three_business_hours(ask):
    assert 60 < ask("SELECT median(first_response_business_minutes) FROM ticket")[0] < 180


def test_business_minutes_follow_the_office_hours(root):
    """Counted minute by minute on Paris clocks, Monday to Friday from 9 to 18 without holidays."""
    zone, schedule = ZoneInfo("Europe/Paris"), yaml_file.read(root / "sources.yml")["schedules"]["default"]
    holidays = {str(day) for day in schedule["holidays"]}
    rows = (
        duckdb.connect()
        .execute(
            f"SELECT created_at, first_response_at, first_response_business_minutes, first_response_minutes"
            f" FROM read_json('{root}/helpdesk/tickets-2*.jsonl.gz') WHERE first_response_at IS NOT NULL USING SAMPLE 120 (reservoir, 1)"
        )
        .fetchall()
    )

    assert len(rows) == 120
    for asked, answered, business, calendar in rows:
        minute, counted = asked.replace(tzinfo=ZoneInfo("UTC")), 0
        while minute < answered.replace(tzinfo=ZoneInfo("UTC")):
            local = minute.astimezone(zone)
            counted += local.isoweekday() < 6 and 9 <= local.hour < 18 and str(local.date()) not in holidays
            minute += timedelta(minutes=1)
        assert counted == business
        assert (answered - asked).total_seconds() / 60 == calendar


def test_tickets_are_told_as_they_stand(ask):
    assert ask("SELECT list_sort(list(DISTINCT status)) FROM ticket")[0] == ["closed", "new", "open", "pending", "solved"]
    assert ask("SELECT count(*) FROM ticket WHERE (status IN ('solved', 'closed')) <> (last_solved_at IS NOT NULL)") == (0,)
    assert ask("SELECT count(*) FROM ticket WHERE (status = 'new') <> (first_response_at IS NULL)") == (0,)
    assert ask("SELECT count(*) FROM ticket WHERE first_response_at < created_at OR last_solved_at < first_solved_at") == (0,)
