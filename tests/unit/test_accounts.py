"""One account across all sources, against rows written by hand: who it is, what happened, where the sources disagree."""

from datetime import date

import pytest

import metrics
from data import workspace
from metrics import accounts, disagree
from tests import warehouse
from tests.company import Company

UNTIL = date(2026, 4, 1)
TABLES = {
    "account": [
        {"account_id": "a1", "name": "Alder", "plan": "pro", "seats": 1, "lifecycle": "active",
         "owner": "Ines", "created_at": "2026-01-02"},
        {"account_id": "a2", "name": "Birch", "lifecycle": "churned", "created_at": "2025-12-01", "churned_at": "2026-02-01"},
        {"account_id": "a3"},
        {"account_id": "a5", "name": "Cedar", "churned_at": "2026-02-01"},
        {"account_id": "a4", "name": "Gone", "deleted_at": "2026-03-01"},
    ],
    "account_history": [
        {"account_id": "a1", "plan": "basic", "valid_from": "2026-01-02", "valid_to": "2026-02-10"},
        {"account_id": "a1", "plan": "pro", "valid_from": "2026-02-10"},
    ],
    "person": [
        {"person_id": "p1", "account_id": "a1", "role": "admin", "first_seen_at": "2026-01-03"},
        {"person_id": "p2", "account_id": "a1", "first_seen_at": "2026-01-03"},
        {"person_id": "us", "account_id": "a1", "is_internal": True, "first_seen_at": "2026-01-03"},
    ],
    "event": [
        {"event_id": "e1", "occurred_at": "2026-01-05", "person_id": "p1", "account_id": "a1", "feature_id": "export"},
        {"event_id": "e2", "occurred_at": "2026-03-10", "person_id": "p1", "account_id": "a1", "feature_id": "export"},
        {"event_id": "e3", "occurred_at": "2026-03-31T23:30", "person_id": "p2", "account_id": "a1"},
        {"event_id": "e4", "occurred_at": "2026-01-04", "person_id": "us", "account_id": "a1", "feature_id": "api"},
        {"event_id": "e6", "occurred_at": "2026-02-02", "account_id": "a5"},
        {"event_id": "e5", "occurred_at": "2026-04-01T00:30", "person_id": "p2", "account_id": "a1", "feature_id": "late"},
    ],
    "feature": [{"feature_id": "export", "name": "Export"}],
    "subscription_period": [
        {"account_id": "a1", "subscription_id": "s1", "plan": "basic", "mrr": 100, "valid_from": "2026-01-10", "valid_to": "2026-03-01"},
        {"account_id": "a1", "subscription_id": "s1", "plan": "basic", "mrr": 160, "valid_from": "2026-03-01"},
        {"account_id": "a2", "subscription_id": "s2", "plan": "pro", "mrr": 40, "valid_from": "2026-01-01"},
    ],
    "opportunity": [
        {"opportunity_id": "o1", "account_id": "a1", "name": "First", "amount": 1200, "type": "new", "stage": "Won", "is_won": True,
         "is_closed": True, "created_at": "2026-01-02", "closed_at": "2026-01-09"},
        {"opportunity_id": "o2", "account_id": "a1", "name": "More", "amount": 300, "stage": "Talks", "created_at": "2026-03-20"},
    ],
    "ticket": [
        {"ticket_id": "t1", "account_id": "a1", "subject": "It fails", "status": "closed", "created_at": "2026-02-01",
         "first_resolved_at": "2026-02-02", "last_resolved_at": "2026-02-05", "reopens": 1},
        {"ticket_id": "t2", "account_id": "a1", "subject": "How?", "status": "open", "created_at": "2026-01-20", "feature_id": "export"},
    ],
    "idea": [{"idea_id": "i1", "account_id": "a1", "title": "A faster export", "created_at": "2026-02-03"}],
    "survey_response": [{"response_id": "r1", "kind": "csat", "score": 4, "account_id": "a1", "responded_at": "2026-02-06"}],
}  # fmt: skip


@pytest.fixture(scope="module")
def snapshot(tmp_path_factory):
    company = Company(tables=TABLES, loaded_until="2026-04-01", loaded_since="2025-12-01", timezone="Europe/Paris")
    layer = metrics.open(workspace.load(warehouse.build(company, tmp_path_factory.mktemp("accounts"))))
    with layer.reader.open() as opened:
        yield opened


def test_an_account_is_told_with_what_it_pays_and_uses_at_the_end_of_the_day(snapshot):
    found = accounts.find(snapshot, "a1", UNTIL)

    assert (found.name, found.plan, found.owner, found.created_on) == ("Alder", "pro", "Ines", date(2026, 1, 2))
    assert (found.mrr, found.billed_plan, found.billed_by) == (160.0, "basic", "books")
    assert (found.uses, found.users, found.last_used_on) == (2, 2, date(2026, 3, 31))


def test_an_earlier_day_shows_what_was_paid_then(snapshot):
    assert accounts.find(snapshot, "a1", date(2026, 3, 1)).mrr == 100.0
    assert accounts.find(snapshot, "a1", date(2026, 1, 10)).mrr == 0.0


@pytest.mark.parametrize("unknown", ["a4", "nobody", "", "' OR 1=1 --"])
def test_an_account_that_no_source_tells_of_or_that_was_deleted_is_none(snapshot, unknown):
    assert accounts.find(snapshot, unknown, UNTIL) is None
    assert accounts.people(snapshot, unknown, UNTIL) == accounts.tickets(snapshot, unknown, UNTIL) == []


def test_an_account_without_anything_has_zeros_and_empty_lists(snapshot):
    found = accounts.find(snapshot, "a3", UNTIL)

    assert (found.name, found.mrr, found.uses, found.users, found.last_used_on) == ("a3", 0.0, 0, 0, None)
    for each in (accounts.happenings, accounts.people, accounts.tickets, accounts.deals):
        assert each(snapshot, "a3", UNTIL) == []
    assert disagree.conflicts(found) == ()


def test_what_happened_comes_from_all_sources_the_newest_first(snapshot):
    told = [(one.day.isoformat(), one.kind, one.subject, one.amount) for one in accounts.happenings(snapshot, "a1", UNTIL)]

    assert told == [
        ("2026-03-20", "deal", "More", 300.0),
        ("2026-03-01", "mrr_expansion", None, 60.0),
        ("2026-02-10", "plan", "pro", None),
        ("2026-02-06", "answer", "CSAT", 4.0),
        ("2026-02-05", "resolved", "It fails", None),
        ("2026-02-03", "idea", "A faster export", None),
        ("2026-02-01", "ticket", "It fails", None),
        ("2026-01-20", "ticket", "How?", None),
        ("2026-01-10", "mrr_new", None, 100.0),
        ("2026-01-09", "won", "First", 1200.0),
        ("2026-01-05", "first_use", "Export", None),
        ("2026-01-03", "people", None, 2.0),
        ("2026-01-02", "created", None, None),
        ("2026-01-02", "deal", "First", 1200.0),
    ]


def test_what_happened_is_narrowed_to_kinds_and_to_a_number(snapshot):
    assert [one.kind for one in accounts.happenings(snapshot, "a1", UNTIL, kinds=("won", "idea"))] == ["idea", "won"]
    assert [one.kind for one in accounts.happenings(snapshot, "a1", UNTIL, most=1)] == ["deal"]


def test_people_of_the_own_company_are_no_people_of_the_account(snapshot):
    told = [(one.person_id, one.role, one.uses, one.last_used_on) for one in accounts.people(snapshot, "a1", UNTIL)]

    assert told == [("p2", None, 1, date(2026, 3, 31)), ("p1", "admin", 1, date(2026, 3, 10))]


def test_tickets_that_wait_and_deals_that_are_open_come_first(snapshot):
    assert [(one.ticket_id, one.feature, one.resolved_on) for one in accounts.tickets(snapshot, "a1", UNTIL)] == [
        ("t2", "Export", None),
        ("t1", None, date(2026, 2, 5)),
    ]
    assert [(one.opportunity_id, one.is_won) for one in accounts.deals(snapshot, "a1", UNTIL)] == [("o2", None), ("o1", True)]


def test_sources_that_disagree_are_told(snapshot):
    assert disagree.conflicts(accounts.find(snapshot, "a1", UNTIL)) == ("plans_differ", "over_seats")
    assert disagree.conflicts(accounts.find(snapshot, "a2", UNTIL)) == ("churned_pays", "no_owner")
    assert disagree.conflicts(accounts.find(snapshot, "a5", UNTIL)) == ("used_after_churn",)
    assert disagree.conflicts(accounts.find(snapshot, "a5", date(2026, 2, 2))) == ()
