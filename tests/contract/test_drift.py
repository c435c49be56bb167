"""What changes at a source without anybody saying so is told: fields, kinds of values, rows that go all at once."""

from __future__ import annotations

from pathlib import Path

from tests.contract.api_company import made
from tests.fakes.hubspot import HubSpot
from tests.loads import Company

CHANGES = "SELECT source, name, place, field, was, now FROM source_change ORDER BY ALL"


def firms(fake: HubSpot, first: int, count: int, **said: object) -> None:
    for number in range(first, first + count):
        fake.put("companies", str(number), name=f"Firm {number}", createdate="2026-01-01T00:00:00Z", **said)


def test_what_comes_at_first_is_no_change_and_a_new_field_of_a_vendor_is(tmp_path: Path) -> None:
    fake = HubSpot(1)
    firms(fake, 1, 25, domain="one.example")
    with fake.serve():
        company = made(tmp_path, "hubspot", fake)
        company.load()
        assert company.rows(CHANGES) == []

        firms(fake, 26, 1, domain="two.example", country="FR")
        company.load()
        assert company.rows(CHANGES) == [("hubspot", "new_field", "companies", "properties.country", "", "text")]


def test_a_field_that_nearly_all_had_and_none_has_any_more_is_lost_until_it_comes_again(tmp_path: Path) -> None:
    fake = HubSpot(1)
    firms(fake, 1, 30, domain="one.example")
    with fake.serve():
        company = made(tmp_path, "hubspot", fake)
        company.load()
        firms(fake, 31, 19)
        company.load()
        assert company.rows(CHANGES) == []  # nineteen may well have none

        firms(fake, 50, 1)
        company.load()
        assert company.rows(CHANGES) == [("hubspot", "lost_field", "companies", "properties.domain", "text", "")]
        firms(fake, 51, 1)
        company.load()
        assert len(company.rows(CHANGES)) == 1  # told once

        firms(fake, 52, 1, domain="one.example")
        company.load()
        assert company.rows(CHANGES)[1] == ("hubspot", "new_field", "companies", "properties.domain", "", "text")


def test_a_value_of_another_kind_is_told(tmp_path: Path) -> None:
    fake = HubSpot(1)
    firms(fake, 1, 3, domain="one.example")
    with fake.serve():
        company = made(tmp_path, "hubspot", fake)
        company.load()
        firms(fake, 4, 1, domain=17)
        company.load()

    assert company.rows(CHANGES) == [("hubspot", "other_kind", "companies", "properties.domain", "text", "number")]


def test_columns_that_come_and_go_in_files_are_told(tmp_path: Path) -> None:
    company = Company(tmp_path)
    company.write("accounts.csv", "id,name,seats,old\na1,Alder,3,x\n")
    company.says("account: {file: accounts.csv, mode: snapshot, columns: {account_id: id, name: name}}")
    company.load()
    assert company.rows(CHANGES) == []

    company.write("accounts.csv", "id,name,seats,owner\na1,Alder,3,Ana\n")
    company.load()
    company.write("accounts.csv", "id,name,seats,owner\na1,Alder & Co,3,Ana\n")
    company.load()

    assert company.rows(CHANGES) == [
        ("exports", "lost_field", "account", "old", "", ""),
        ("exports", "new_field", "account", "owner", "", ""),
    ]


def test_files_that_stand_side_by_side_with_other_columns_are_no_change(tmp_path: Path) -> None:
    company = Company(tmp_path)
    company.write("events/1.csv", "id,time,name,extra\n1,2026-01-01,open,x\n", at=1_000)
    company.write("events/2.csv", "id,time,name\n2,2026-01-01,open\n", at=2_000)
    company.says("event: {file: events, columns: {event_id: id, occurred_at: time, event_name: name}}")
    company.load()
    company.write("events/3.csv", "id,time,name\n3,2026-01-02,open\n", at=3_000)
    company.load()

    assert company.rows(CHANGES) == []


def test_that_most_rows_went_at_once_is_told(tmp_path: Path) -> None:
    company = Company(tmp_path)
    rows = [f"a{number},Firm {number}" for number in range(40)]
    company.write("accounts.csv", "\n".join(["id,name", *rows]) + "\n")
    company.says("account: {file: accounts.csv, mode: snapshot, columns: {account_id: id, name: name}}")
    company.load()
    company.write("accounts.csv", "\n".join(["id,name", *rows[:20]]) + "\n")
    company.load()
    assert company.rows(CHANGES) == []  # half may go

    company.write("accounts.csv", "\n".join(["id,name", *rows[:9]]) + "\n")
    company.load()

    assert company.rows(CHANGES) == [("exports", "rows_gone", "account", "", "20", "9")]
