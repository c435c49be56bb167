"""What values mean: times and days, words, joins, audits, addresses, and how far the data reaches."""

from __future__ import annotations

import json
import stat
from datetime import UTC, datetime
from pathlib import Path

import duckdb
import pytest

from tests.loads import Company

PARIS = "timezone: Europe/Paris, currency: EUR"


@pytest.fixture
def company(tmp_path: Path) -> Company:
    return Company(tmp_path)


def moment(company: Company, value: str, *, head: str = "", zone: str = PARIS) -> tuple[str, str]:
    """(the moment in UTC, the company's day) that a value stands for."""
    company.write("e.csv", f'id,time\n1,"{value}"\n')
    company.says("event: {file: e.csv, columns: {event_id: id, occurred_at: time}}", head=head, company=zone)
    company.load()
    assert company.rejects() == []
    statement = "SELECT strftime(timezone('UTC', occurred_at), '%Y-%m-%d %H:%M'), occurred_at_day::VARCHAR FROM event"
    return company.rows(statement)[0]


@pytest.mark.parametrize(
    ("value", "utc", "day"),
    [
        ("2026-07-14", "2026-07-13 22:00", "2026-07-14"),  # a day is the company's day, in summer
        ("2026-01-14", "2026-01-13 23:00", "2026-01-14"),  # and in winter
        ("2026-07-14 00:30:00", "2026-07-13 22:30", "2026-07-14"),
        ("2026-07-14T00:30:00Z", "2026-07-14 00:30", "2026-07-14"),
        ("2026-07-14T23:30:00Z", "2026-07-14 23:30", "2026-07-15"),
        ("2026-07-14T00:30:00+05:30", "2026-07-13 19:00", "2026-07-13"),
        ("2026-07-14T00:00:00.000+0000", "2026-07-14 00:00", "2026-07-14"),
        ("2026-10-25 01:30:00", "2026-10-24 23:30", "2026-10-25"),  # the night with 25 hours
        ("2026-7-4 3:05", "2026-07-04 01:05", "2026-07-04"),
    ],
)
def test_a_time_without_a_zone_is_the_companys(company: Company, value: str, utc: str, day: str) -> None:
    assert moment(company, value) == (utc, day)


@pytest.mark.parametrize(
    ("value", "utc", "day"),
    [
        ("2026-07-14", "2026-07-13 22:00", "2026-07-14"),  # still the company's day
        ("2026-07-14 20:00:00", "2026-07-15 00:00", "2026-07-15"),  # eight in the evening in New York
        ("2026-07-14T20:00:00Z", "2026-07-14 20:00", "2026-07-14"),
    ],
)
def test_a_source_may_have_a_zone_of_its_own(company: Company, value: str, utc: str, day: str) -> None:
    assert moment(company, value, head="timezone: America/New_York") == (utc, day)


def test_typed_times_of_parquet_and_of_types_mean_the_same(company: Company) -> None:
    import duckdb

    company.exports.mkdir()
    with duckdb.connect() as connection:
        connection.execute("SET TimeZone = 'UTC'")
        connection.execute(
            f"""COPY (SELECT 1 AS id, DATE '2026-07-14' AS day, TIMESTAMP '2026-07-14 20:00:00' AS naive,
            TIMESTAMPTZ '2026-07-14 20:00:00+00' AS exact) TO '{company.exports}/p.parquet' (FORMAT parquet)"""
        )
    company.says(
        "ticket: {file: p.parquet, columns: {ticket_id: id, created_at: day, first_response_at: naive, first_resolved_at: exact}}",
        head="timezone: America/New_York",
        company=PARIS,
    )
    company.load()

    names = ("created_at", "first_response_at", "first_resolved_at")
    said = company.rows(f"SELECT {', '.join(f'''strftime(timezone('UTC', {name}), '%d %H:%M')''' for name in names)} FROM ticket")
    assert said == [("13 22:00", "15 00:00", "14 20:00")]


@pytest.mark.parametrize(
    ("word", "status"),
    [
        ("Active", "active"),
        ("canceled", "cancelled"),
        ("trialing", "trial"),
        ("past due", "past_due"),
        ("PAST-DUE", "past_due"),
        ("sleeping", None),
    ],
)
def test_vendors_words_are_understood_and_kept(company: Company, word: str, status: str | None) -> None:
    company.write("s.csv", f"id,start,status\n1,2026-01-01,{word}\n")
    company.says("subscription_period: {file: s.csv, columns: {subscription_id: id, valid_from: start, status: status}}")

    company.load()

    assert company.rows("SELECT status, status_raw FROM subscription_period") == [(status, word)]
    assert company.findings() == ([] if status else [("subscription_period", "unknown_word:status", 1)])


def test_a_word_without_a_column_of_its_own_is_kept_in_attrs(company: Company) -> None:
    company.write("s.csv", "id,time,kind\n1,2026-01-01,NPS\n2,2026-01-01,stars\n")
    company.says("survey_response: {file: s.csv, columns: {response_id: id, responded_at: time, kind: kind}}")

    company.load()

    assert company.rows("SELECT kind, attrs FROM survey_response ORDER BY response_id") == [("nps", None), (None, '{"kind_raw":"stars"}')]


def test_a_price_without_a_status_is_active_and_in_the_companys_currency(company: Company) -> None:
    company.write("s.csv", "id,start,mrr\n1,2026-01-01,10\n")
    company.says("subscription_period: {file: s.csv, columns: {subscription_id: id, valid_from: start, mrr: mrr}}", company=PARIS)

    company.load()

    assert company.rows("SELECT status, currency FROM subscription_period") == [("active", "EUR")]


def test_attrs_keep_numbers_and_truth(company: Company) -> None:
    company.write("a.jsonl", '{"id": 1, "size": 5, "beta": true, "note": "x", "gone": null}\n')
    company.write("a.csv", "id,size,beta,note\n2,5,true,x\n")
    block = "{{file: {}, types: {}, columns: {{account_id: id}}, attrs: {{size: size, beta: beta, note: note{}}}}}"
    company.says(
        f"account: [{block.format('a.jsonl', '{}', ', gone: gone')}, {block.format('a.csv', '{size: BIGINT, beta: BOOLEAN}', '')}]"
    )

    company.load()

    rows = [json.loads(attrs) for (attrs,) in company.rows("SELECT attrs FROM account ORDER BY account_id")]
    assert rows == [{"size": 5, "beta": True, "note": "x"}] * 2


@pytest.mark.parametrize("file", ["e.csv", "e.jsonl", "e.parquet"])
def test_each_value_of_an_object_can_become_one_of_attrs(company: Company, file: str) -> None:
    company.says(f'event: {{file: {file}, columns: {{event_id: id}}, attrs: {{"*": about, plan: "\'own\'"}}}}')
    told = """(VALUES (1, '{"plan": "theirs", "n": 2, "no": null, "in": {"x": [1]}}'), (2, NULL), (3, '[1]')) AS row(id, about)"""
    column = "about" if file == "e.csv" else "CAST(about AS JSON) AS about"
    how = {"e.csv": "csv", "e.jsonl": "json", "e.parquet": "parquet"}[file]
    with duckdb.connect() as connection:
        connection.execute(f"COPY (SELECT id, {column} FROM {told}) TO '{company.exports / file}' (FORMAT {how})")

    company.load()

    rows = [(key, json.loads(attrs)) for key, attrs in company.rows("SELECT event_id, attrs FROM event ORDER BY event_id")]
    assert rows == [("1", {"plan": "own", "n": 2, "in": {"x": [1]}}), ("2", {"plan": "own"})]
    assert [reject[2:] for reject in company.rejects()] == [("attrs.*", "[1]", "bad_value")]


def test_a_join_looks_rows_up_and_tells_of_misses(company: Company) -> None:
    company.write("e.csv", "id,time,who\n1,2026-01-01,u1\n2,2026-01-01,nobody\n3,2026-01-01,\n")
    company.write("u.csv", "id,account,seats\nu1,A,7\nu2,B,8\n")
    company.says(
        """
        event:
          file: e.csv
          join: {user: {file: u.csv, on: {who: id}, types: {seats: BIGINT}}}
          columns: {event_id: id, occurred_at: time, account_id: account, value: user.seats * 2}
        """
    )

    company.load()

    rows = company.rows("SELECT event_id, account_id, value FROM event ORDER BY 1")
    assert rows == [("1", "A", 14.0), ("2", None, None), ("3", None, None)]
    assert company.findings() == [("event", "no_match:user", 2)]


def test_a_join_by_two_columns(company: Company) -> None:
    company.write("e.csv", "id,time,org,who\n1,2026-01-01,x,1\n2,2026-01-01,y,1\n")
    company.write("u.csv", "org,who,account\nx,1,A\ny,1,B\n")
    company.says(
        "event: {file: e.csv, join: {u: {file: u.csv, on: [org, who]}}, columns: {event_id: id, occurred_at: time, account_id: u.account}}"
    )

    company.load()

    assert company.rows("SELECT account_id FROM event ORDER BY event_id") == [("A",), ("B",)]


def test_audits_report_and_rows_load(company: Company) -> None:
    company.write("events/1.csv", "id,time,n\n1,2026-01-01,5\n2,2026-01-01,-1\n3,2026-01-01,\n")
    company.says(
        """
        event:
          file: events
          types: {n: BIGINT}
          columns: {event_id: id, occurred_at: time, value: n}
          audits: {not_negative: n >= 0}
        """
    )
    company.load()
    company.write("events/2.csv", "id,time,n\n4,2026-01-01,-7\n5,2026-01-01,8\n")
    company.load()

    assert company.rows("SELECT count(*) FROM event") == [(5,)]
    assert company.findings() == [("event", "not_negative", 2)]
    ((severity, examples),) = company.rows("SELECT severity, examples FROM finding WHERE name = 'not_negative'")
    assert severity == "warning"
    assert [(each["event_id"], each["value"]) for each in json.loads(examples)] == [("2", -1.0), ("4", -7.0)]


def test_a_finding_goes_when_its_cause_is_gone(company: Company) -> None:
    company.says("event: {file: e.csv, types: {n: BIGINT}, columns: {event_id: id, occurred_at: time}, audits: {positive: n > 0}}")
    company.write("e.csv", "id,time,n\n1,2026-01-01,-1\n")
    company.load()
    assert company.findings() == [("event", "positive", 1)]

    company.write("e.csv", "id,time,n\n1,2026-01-01,1\n")
    company.load()

    assert company.findings() == []


def test_an_address_is_kept_as_a_salted_hash_and_a_domain(company: Company) -> None:
    company.write("p.csv", "id,mail,note\n1,Ana@Acme.com,a\n2, ana@acme.com ,b\n3,nobody,c\n")
    company.write("t.csv", "id,time,mail,n\n9,2026-01-01,ANA@acme.com,x@y.com\n")
    company.says(
        """
        person: {file: p.csv, columns: {person_id: id, email: mail, role: note}}
        ticket: {file: t.csv, columns: {ticket_id: id, created_at: time, email: mail, reopens: n}}
        """
    )

    company.load()

    people = company.rows("SELECT person_id, email_hash, email_domain FROM person ORDER BY 1")
    assert [(key, domain) for key, _, domain in people] == [("1", "acme.com"), ("2", "acme.com")]
    assert people[0][1] == people[1][1]
    assert len(people[0][1]) == 64
    everything = str([company.rows(f"FROM {table}") for table in ("person", "ticket", "reject", "staged.person", "sync_state", "finding")])
    assert "ana@" not in everything.lower()
    assert "nobody" not in everything
    assert "x@" not in everything
    salt = company.root / ".email-salt"
    assert stat.S_IMODE(salt.stat().st_mode) == 0o600


def test_an_address_that_is_none_is_kept_nowhere_either(company: Company) -> None:
    company.write("p.jsonl", '{"id": 1, "mail": "secretword"}\n{"id": 2, "mail": "a@b.com"}\n{"mail": "hidden@b.com"}\n')
    company.says("person: {file: p.jsonl, columns: {person_id: id, email: mail}}")

    company.load()

    assert [(line, reason) for _, line, _, _, reason in company.rejects()] == [(1, "bad_value"), (3, "missing_key")]
    assert "secretword" not in str(company.rows("FROM reject"))
    assert "hidden" not in str(company.rows("FROM reject"))


def test_a_ticket_finds_its_person_and_account_by_the_address(company: Company) -> None:
    company.write("p.csv", "id,mail,account\nu1,ana@acme.com,A\nu2,bob@gmail.com,B\n")
    company.write("t.csv", "id,time,mail\n1,2026-01-01,Ana@acme.com\n2,2026-01-01,new@acme.com\n3,2026-01-01,eve@gmail.com\n")
    company.says(
        """
        person: {file: p.csv, columns: {person_id: id, email: mail, account_id: account}}
        ticket: {file: t.csv, columns: {ticket_id: id, created_at: time, email: mail}}
        """
    )

    company.load()

    assert company.rows("SELECT person_id, account_id FROM ticket ORDER BY ticket_id") == [("u1", "A"), (None, "A"), (None, None)]


def until(company: Company) -> datetime:
    return company.rows("SELECT DISTINCT loaded_until FROM freshness")[0][0].astimezone(UTC)


def test_as_of_a_day_reaches_to_its_end_in_the_companys_zone(company: Company) -> None:
    company.write("e.csv", "id,time\n1,2026-01-01\n")
    company.says("event: {file: e.csv, columns: {event_id: id, occurred_at: time}}", head="as_of: 2026-07-14", company=PARIS)

    company.load()

    assert until(company) == datetime(2026, 7, 14, 22, tzinfo=UTC)


@pytest.mark.parametrize(
    ("text", "expected"), [("2026-07-14\n", (14, 22, 0)), ("2026-07-14T10:30:00Z", (14, 10, 30)), ("2026-07-14 10:30", (14, 8, 30))]
)
def test_as_of_may_stand_in_a_file(company: Company, text: str, expected: tuple[int, int, int]) -> None:
    company.write("e.csv", "id,time\n1,2026-01-01\n")
    company.write("until.txt", text)
    company.says("event: {file: e.csv, columns: {event_id: id, occurred_at: time}}", head="as_of: {file: until.txt}", company=PARIS)

    company.load()

    assert until(company) == datetime(2026, 7, *expected, tzinfo=UTC)


def test_a_later_as_of_is_published_although_no_row_changed(company: Company) -> None:
    company.write("e.csv", "id,time\n1,2026-01-01\n")
    company.write("until.txt", "2026-07-14")
    company.says("event: {file: e.csv, columns: {event_id: id, occurred_at: time}}", head="as_of: {file: until.txt}")
    company.load()
    company.write("until.txt", "2026-07-15")

    assert company.load().published
    assert until(company) == datetime(2026, 7, 16, tzinfo=UTC)


def test_without_as_of_the_latest_time_of_the_source_counts(company: Company) -> None:
    company.write("e.csv", "id,time\n1,2026-01-01\n2,2026-03-04T05:06:07Z\n3,2999-01-01\n")
    company.write("t.csv", "id,time\n1,2026-02-01\n")
    company.says(
        """
        event: {file: e.csv, columns: {event_id: id, occurred_at: time}}
        ticket: {file: t.csv, columns: {ticket_id: id, created_at: time}}
        """
    )

    company.load()

    assert until(company) == datetime(2026, 3, 4, 5, 6, 7, tzinfo=UTC)
    assert company.rows("SELECT DISTINCT table_name FROM freshness ORDER BY 1") == [("event",), ("ticket",)]


def test_what_an_account_was_is_remembered(company: Company) -> None:
    company.says("account: {file: a.csv, columns: {account_id: id, plan: plan, name: name}}")
    company.write("a.csv", "id,plan,name\n1,basic,one\n2,pro,two\n")
    company.load()
    company.write("a.csv", "id,plan,name\n1,pro,one\n2,pro,renamed\n")
    company.load()

    rows = company.rows("SELECT account_id, plan, valid_from_day::VARCHAR, valid_to IS NULL FROM account_history ORDER BY 1, valid_from")
    today = company.rows("SELECT timezone('UTC', max(valid_from))::DATE::VARCHAR FROM account_history")[0][0]
    assert rows == [("1", "basic", "1900-01-01", False), ("1", "pro", today, True), ("2", "pro", "1900-01-01", True)]
    assert company.rows("SELECT count(*) FROM account_history AS a JOIN account_history AS b ON a.valid_to = b.valid_from") == [(1,)]


def test_a_history_that_a_source_tells_is_left_alone(company: Company) -> None:
    company.says(
        """
        account: {file: a.csv, columns: {account_id: id, plan: plan}}
        account_history: {file: h.csv, columns: {account_id: id, plan: plan, valid_from: from, valid_to: to}}
        """
    )
    company.write("a.csv", "id,plan\n1,pro\n")
    company.write("h.csv", "id,plan,from,to\n1,basic,2025-01-01,2026-01-01\n1,pro,2026-01-01,\n")

    company.load()

    assert company.rows("SELECT plan FROM account_history ORDER BY valid_from") == [("basic",), ("pro",)]


def test_minutes_of_a_ticket_follow_from_its_times(company: Company) -> None:
    company.write(
        "t.csv",
        "id,made,answered,solved\n1,2026-01-01 10:00,2026-01-01 10:30:30,2026-01-02 10:00\n2,2026-01-01,,\n3,2026-01-02,2026-01-01,\n",
    )
    company.says("ticket: {file: t.csv, columns: {ticket_id: id, created_at: made, first_response_at: answered, last_resolved_at: solved}}")

    company.load()

    rows = company.rows("SELECT first_response_minutes, resolution_minutes FROM ticket ORDER BY ticket_id")
    assert rows == [(30.5, 1440.0), (None, None), (0.0, None)]
