"""Vendors count from 1: their ids tie nothing. What ties are the company's own ids, domains and addresses, and what people say by hand."""

from __future__ import annotations

import itertools
import os
from pathlib import Path

import pytest

from tests.fakes import hubspot
from tests.loads import Company

CRM = "crm: {connector: hubspot, token: '${HUBSPOT_TOKEN}', base_url: URL, pause: 0.01, rate: 1000, account: {external_id: own}HAND}"
SECOND = "second: {connector: hubspot, token: '${HUBSPOT_TOKEN}', base_url: OTHER, pause: 0.01, rate: 1000}"
PRODUCT = """product:
    connector: files
    path: exports
    tables:
      account: {file: accounts.csv, columns: {account_id: id, name: name, domain: domain}}
      person: {file: people.csv, columns: {person_id: id, account_id: account, email: mail}}
      ticket: {file: tickets.csv, columns: {ticket_id: id, person_id: who, created_at: time}}"""


def company(root: Path, urls: tuple[str, str], *, hand: str = "", order: tuple[int, ...] = (0, 1, 2)) -> Company:
    os.environ.update(hubspot.SECRETS)
    made = Company(root)
    made.write("accounts.csv", "id,name,domain\nacme,Acme,\nbeta,Beta,beta.example\n1002,Looks like a vendor's,\n")
    made.write("people.csv", "id,account,mail\nu1,acme,ana@acme.example\nu2,beta,bo@beta.example\n")
    made.write("tickets.csv", "id,who,time\nt1,u1,2026-01-01\n")
    blocks = [CRM.replace("URL", urls[0]).replace("HAND", hand), SECOND.replace("OTHER", urls[1]), PRODUCT]
    text = "\n".join(f"  {blocks[place]}" for place in order)
    (root / "sources.yml").write_text(f"company: {{timezone: UTC, currency: EUR}}\nsources:\n{text}\n", encoding="utf-8")
    return made


def vendors() -> tuple[hubspot.HubSpot, hubspot.HubSpot]:
    """Two that know different firms and people by the same ids."""
    one, two = hubspot.HubSpot(1), hubspot.HubSpot(2)
    one.put("companies", "1001", name="Acme Inc", domain="acme.example", own="acme")
    one.put("companies", "1002", name="Beta BV", domain="beta.example")
    one.put("companies", "1003", name="Gamma", domain="gamma.example")
    one.put("contacts", "7", email="ANA@acme.example", associatedcompanyid="1001")
    one.put("deals", "50", dealname="Big", amount="10", dealstage="s1", dealtype="newbusiness")["companies"] = ["1001"]
    two.put("companies", "1001", name="Gamma Ltd", domain="www.gamma.example")
    two.put("companies", "1003", name="Delta", domain="delta.example")
    two.put("contacts", "7", email="dee@delta.example", associatedcompanyid="1003")
    return one, two


@pytest.mark.parametrize("order", list(itertools.permutations(range(3)))[::3])
def test_equal_ids_of_vendors_mean_nothing_and_own_ids_domains_and_addresses_tie(tmp_path: Path, order: tuple[int, ...]) -> None:
    one, two = vendors()
    with one.serve() as first, two.serve() as second:
        made = company(tmp_path, (first, second), order=order)
        made.load()
        again = made.load()

    found = dict(
        made.rows("SELECT source || ' ' || source_id, any_value(account_id ORDER BY confidence DESC) FROM account_xref GROUP BY ALL")
    )
    names = {name for (name,) in made.rows("SELECT account_id FROM account")}
    assert found["crm 1001"] == "acme"
    assert names >= {"acme", "1002"}
    assert len(names) == 5, "Acme, Beta, Gamma, Delta and the one that looks like a vendor's"
    assert made.rows("SELECT account_id FROM opportunity") == [("acme",)]
    persons = dict(made.rows("SELECT source || ' ' || source_id, person_id FROM person_xref"))
    assert persons["crm 7"] == "u1"
    assert persons["second 7"] == "second:7"
    assert made.rows("SELECT person_id, account_id FROM ticket") == [("u1", "acme")]
    assert not again.published


def test_by_hand_wins_over_an_explicit_id(tmp_path: Path) -> None:
    one, two = vendors()
    with one.serve() as first, two.serve() as second:
        company(tmp_path, (first, second)).load()
        made = company(tmp_path, (first, second), hand=", accounts: {'1001': beta}")
        made.load()

    assert made.rows("SELECT account_id FROM opportunity") == [("beta",)]


def test_what_the_methods_do_not_agree_on_is_listed_until_a_hand_decides(tmp_path: Path) -> None:
    one, two = vendors()
    one.put("companies", "1002", name="Beta BV", domain="beta.example", own="acme")
    one.put("companies", "1004", name="Gamma US", domain="gamma.example")
    with one.serve() as first, two.serve() as second:
        company(tmp_path, (first, second)).load()
        told = "SELECT name, source, row_count FROM finding WHERE name IN ('two_accounts', 'shared_domain') ORDER BY ALL"
        listed = company(tmp_path, (first, second)).rows(told)
        made = company(tmp_path, (first, second), hand=", accounts: {'1002': beta}")
        made.load()

    assert ("shared_domain", "crm", 2) in listed, "both Gammas"
    assert any(name == "two_accounts" for name, _, _ in listed), "Beta BV names Acme's id, and has Beta's domain"
    assert not any(name == "two_accounts" for name, _, _ in made.rows(told))
