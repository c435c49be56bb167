"""Whose is it: ids, links, domains and addresses of several tools come to one account, whatever the order they arrive in."""

from __future__ import annotations

import itertools
from pathlib import Path

import pytest

from tests.loads import Company

BLOCKS = {
    "crm": "account: {file: crm.csv, columns: {account_id: id, name: name, domain: domain, region: region}}",
    "billing": (
        "account: {file: billing.csv, columns: {account_id: id, name: name, domain: domain, plan: plan}, attrs: {crm_id: crm}}\n"
        "      subscription_period: {file: subs.csv, columns: {subscription_id: id, account_id: customer, valid_from: start, mrr: mrr}}"
    ),
    "desk": (
        "account: {file: orgs.csv, columns: {account_id: id, name: name}}\n"
        "      person: {file: people.csv, columns: {person_id: id, account_id: org, email: mail}}\n"
        "      ticket: {file: tickets.csv, columns: {ticket_id: id, account_id: org, person_id: who, created_at: time}}"
    ),
}
FILES = {
    "crm.csv": "id,name,domain,region\nA-1,Acme,acme.com,EU\nA-2,Beta,www.beta.io,US\nA-3,Gamma,gmail.com,EU\nA-4,Delta,,EU\n",
    "billing.csv": (
        "id,name,domain,plan,crm\n"
        "cus_1,ACME Inc,https://acme.com/about,pro,\n"  # by its domain
        "cus_2,Beta BV,,basic,A-2\n"  # by the CRM's id
        "cus_3,Someone,gmail.com,basic,\n"  # a free mail domain ties nothing
        "A-4,Delta,,pro,\n"  # by the same id
    ),
    "subs.csv": "id,customer,start,mrr\ns1,cus_1,2026-01-01,10\ns2,cus_2,2026-01-01,20\ns3,cus_3,2026-01-01,30\ns4,A-4,2026-01-01,40\n",
    "orgs.csv": "id,name\norg1,Acme Support\norg2,Unknown\n",
    "people.csv": "id,org,mail\nu1,org1,a@acme.com\nu2,org1,b@acme.com\nu3,org1,c@gmail.com\nu4,,d@beta.io\nu5,org2,e@gmail.com\n",
    "tickets.csv": "id,org,who,time\nt1,org1,u1,2026-01-01\nt2,,u4,2026-01-01\nt3,org2,u5,2026-01-01\nt4,,,2026-01-01\n",
}


def company(root: Path, *, by_hand: str = "{}", order: tuple[str, ...] = ("crm", "billing", "desk")) -> Company:
    made = Company(root)
    for name, text in FILES.items():
        made.write(name, text)
    lines = ["sources:"]
    for name in order:
        accounts = f"\n    accounts: {by_hand}" if name == "desk" else ""
        lines.append(f"  {name}:\n    connector: files\n    path: exports{accounts}\n    tables:\n      {BLOCKS[name]}")
    (root / "sources.yml").write_text("\n".join(lines) + "\n")
    return made


def whole(made: Company) -> dict[str, list[tuple[object, ...]]]:
    """Everything that resolution decides."""
    return {
        "account": made.rows("SELECT account_id, name, domain, plan, region, source FROM account ORDER BY ALL"),
        "subscription_period": made.rows("SELECT subscription_id, account_id, attrs FROM subscription_period ORDER BY ALL"),
        "ticket": made.rows("SELECT ticket_id, account_id FROM ticket ORDER BY ALL"),
        "person": made.rows("SELECT person_id, account_id FROM person ORDER BY ALL"),
        "xref": made.rows("SELECT source, source_id, account_id, method FROM account_xref ORDER BY ALL"),
    }


def test_accounts_of_three_tools_come_together(tmp_path: Path) -> None:
    made = company(tmp_path)

    made.load()
    found = whole(made)

    assert found["account"] == [
        ("A-1", "Acme", "acme.com", "pro", "EU", "crm"),
        ("A-2", "Beta", "beta.io", "basic", "US", "crm"),
        ("A-3", "Gamma", "gmail.com", None, "EU", "crm"),
        ("A-4", "Delta", None, "pro", "EU", "crm"),
        ("cus_3", "Someone", "gmail.com", "basic", None, "billing"),
        ("org2", "Unknown", None, None, None, "desk"),
    ]
    assert found["subscription_period"] == [
        ("s1", "A-1", '{"source_account_id":"cus_1"}'),
        ("s2", "A-2", '{"source_account_id":"cus_2"}'),
        ("s3", "cus_3", None),
        ("s4", "A-4", None),
    ]
    assert found["ticket"] == [("t1", "A-1"), ("t2", "A-2"), ("t3", "org2"), ("t4", None)]
    assert found["person"] == [("u1", "A-1"), ("u2", "A-1"), ("u3", "A-1"), ("u4", "A-2"), ("u5", "org2")]
    methods = {(source, own): method for source, own, _, method in found["xref"]}
    assert methods["billing", "cus_1"] == "domain"
    assert methods["billing", "cus_2"] == "crm_link"
    assert methods["billing", "A-4"] == "external_id"
    assert methods["desk", "org1"] == "email_domain"
    assert methods["crm", "A-1"] == "external_id"


def test_resolving_again_changes_nothing(tmp_path: Path) -> None:
    made = company(tmp_path)
    made.load()
    before = whole(made)

    assert not made.load().published
    assert not made.load(full=True).published
    assert whole(made) == before


@pytest.mark.parametrize("order", list(itertools.permutations(("crm", "billing", "desk")))[1::2])
def test_the_order_of_arrival_does_not_matter(tmp_path: Path, order: tuple[str, ...]) -> None:
    at_once, one_by_one = company(tmp_path / "a"), company(tmp_path / "b")
    at_once.load()

    for name in order:
        one_by_one.load(name)

    assert whole(one_by_one) == whole(at_once)


def test_by_hand_wins_over_what_a_method_finds(tmp_path: Path) -> None:
    made = company(tmp_path, by_hand="{org2: A-3, org1: A-4}")

    made.load()

    tickets = made.rows("SELECT ticket_id, account_id FROM ticket WHERE ticket_id IN ('t1', 't3') ORDER BY 1")
    assert tickets == [("t1", "A-4"), ("t3", "A-3")]
    hits = made.rows("SELECT account_id, method FROM account_xref WHERE source = 'desk' AND source_id = 'org1' ORDER BY 2")
    assert hits == [("A-1", "email_domain"), ("A-4", "manual")]


def test_a_changed_hand_moves_the_rows_back_and_forth(tmp_path: Path) -> None:
    made = company(tmp_path, by_hand="{org2: A-3}")
    made.load()
    company(tmp_path, by_hand="{}")

    made.load()
    assert made.rows("SELECT account_id, attrs FROM ticket WHERE ticket_id = 't3'") == [("org2", None)]

    company(tmp_path, by_hand="{org2: A-4}")
    made.load()
    assert made.rows("SELECT account_id FROM ticket WHERE ticket_id = 't3'") == [("A-4",)]


def test_two_accounts_of_one_domain_tie_nothing(tmp_path: Path) -> None:
    made = company(tmp_path)
    made.write("crm.csv", "id,name,domain,region\nA-1,Acme,acme.com,EU\nA-9,Acme US,acme.com,US\n")

    made.load()

    assert ("cus_1",) in made.rows("SELECT account_id FROM account")


def test_an_account_stays_while_one_source_has_it(tmp_path: Path) -> None:
    made = Company(tmp_path)
    made.write("one.csv", "id,name\nA,from one\nB,both\n")
    made.write("two.csv", "id,name,plan\nB,from two,pro\n")
    (tmp_path / "sources.yml").write_text(
        """
sources:
  one: {connector: files, path: exports, tables: {account: {file: one.csv, mode: snapshot, columns: {account_id: id, name: name}}}}
  two: {connector: files, path: exports, tables: {account: {file: two.csv, columns: {account_id: id, name: name, plan: plan}}}}
"""
    )
    made.load()
    assert made.rows("SELECT account_id, name, plan FROM account ORDER BY 1") == [("A", "from one", None), ("B", "both", "pro")]

    made.write("one.csv", "id,name\nC,new\n")
    made.load()

    rows = made.rows("SELECT account_id, name, plan, source, deleted_at IS NULL FROM account ORDER BY 1")
    assert rows == [("A", "from one", None, "one", False), ("B", "from two", "pro", "two", True), ("C", "new", None, "one", True)]


MOVING = """
company: {timezone: UTC}
sources:
  app:
    connector: files
    path: exports
    tables:
      account: {file: accounts.csv, mode: snapshot, columns: {account_id: id, name: name, domain: domain}}
      person: {file: people.csv, mode: snapshot, columns: {person_id: id, account_id: account}}
  desk:
    connector: files
    path: exports
    tables:
      ticket: {file: tickets.csv, columns: {ticket_id: id, account_id: firm, person_id: who, email: mail, created_at: time}}
      event: {file: events.csv, columns: {event_id: id, person_id: who, occurred_at: time, event_name: name}}
"""


def test_what_belongs_to_a_person_or_an_address_goes_with_them_at_once(tmp_path: Path) -> None:
    made = Company(tmp_path)
    made.write("accounts.csv", "id,name,domain\nA,Alder,alder.example\nB,Birch,birch.example\n")
    made.write("people.csv", "id,account\np,A\nq,\n")
    made.write(
        "tickets.csv", "id,firm,who,mail,time\nby person,,p,,2026-01-01\ntold,A,p,,2026-01-01\nby address,,,x@alder.example,2026-01-01\n"
    )
    made.write("events.csv", "id,who,time,name\n1,p,2026-01-01,open\n2,q,2026-01-01,open\n")
    (tmp_path / "sources.yml").write_text(MOVING)
    made.load()
    rows = "SELECT ticket_id, account_id FROM ticket UNION ALL SELECT event_id, account_id FROM event ORDER BY ALL"
    assert made.rows(rows) == [("1", "A"), ("2", None), ("by address", "A"), ("by person", "A"), ("told", "A")]

    made.write("accounts.csv", "id,name,domain\nA,Alder,alder.org\nB,Birch,alder.example\n")
    made.write("people.csv", "id,account\np,B\nq,A\n")
    made.load("app")
    moved = [("1", "B"), ("2", "A"), ("by address", "B"), ("by person", "B"), ("told", "A")]
    assert made.rows(rows) == moved
    made.load(full=True)
    assert made.rows(rows) == moved

    made.write("people.csv", "id,account\np,\nq,A\n")
    made.load()
    assert made.rows(rows) == [("1", None), ("2", "A"), ("by address", "B"), ("by person", None), ("told", "A")]
