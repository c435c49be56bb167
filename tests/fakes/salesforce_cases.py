"""Cases of the fake Salesforce: their status and its history, the e-mails in them; what tickets they must become."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from tests.fakes.soql import moment, shown, written

if TYPE_CHECKING:
    from tests.fakes.salesforce import Salesforce

COMPARED = (
    *("ticket_id", "account_id", "person_id", "subject", "channel", "priority", "status", "status_raw", "created_at"),
    *("first_response_at", "first_resolved_at", "last_resolved_at", "reopens", "attrs.assignee"),
)
FIELDS = {
    "Case": "AccountId ContactId Subject Description Status IsClosed Priority Origin OwnerId ClosedDate",
    "CaseHistory": "CaseId Field OldValue NewValue",
    "CaseStatus": "ApiName MasterLabel IsClosed",
    "EmailMessage": "ParentId Incoming Status MessageDate Subject TextBody",
}
PREFIX = {"Case": "500", "CaseHistory": "017", "CaseStatus": "01J", "EmailMessage": "02s"}
#: The org's statuses: what their label is, whether they are an end, and our word for them.
STATUSES = {
    "New": ("New", False, "new"),
    "Working": ("Working", False, "open"),
    "On Hold": ("On Hold", False, "pending"),
    "Waiting on Customer": ("Waits for the customer", False, "pending"),
    "Closed": ("Closed", True, "closed"),
    "Resolved": ("Resolved", True, "solved"),
    "Duplicate_1": ("Closed as a duplicate", True, "closed"),
}
_DRAFT, _SENT = "5", "3"


def begin(fake: Salesforce) -> None:
    """The statuses that the org has."""
    for name, (label, closed, _) in STATUSES.items():
        fake.put("CaseStatus", None, ApiName=name, MasterLabel=label, IsClosed=closed)


def edit(fake: Salesforce) -> None:
    """One random change of a case: a new one, another status or subject, a letter, into the bin and out of it."""
    pick = fake.random
    known = [key for key, row in fake.rows["Case"].items() if not row["IsDeleted"]]
    if not known or pick.random() < 0.25:
        opened(fake)
        return
    key = pick.choice(known)
    change = pick.choice(["status", "status", "status", "letter", "letter", "letter", "subject", "track", "delete", "restore"])
    if change == "status":
        moved(fake, key, pick.choice([*STATUSES]))
    elif change == "letter":
        letter(fake, pick.choice([*[key] * 5, None]))
    elif change == "subject":
        fake.put("Case", key, Subject=f"Help {fake.number()}", Priority=pick.choice(["Low", "High"]))
    elif change == "track":
        _traced(fake, key, "Priority", "Low", "High", fake.now())
    elif change == "delete":
        fake.delete("Case", key)
    else:
        _restored(fake)


def opened(fake: Salesforce, status: str = "New", hours: int | None = None) -> str:
    """A case that was created some hours ago and comes to light now; its id. Salesforce tells its first status in no history."""
    pick = fake.random
    at = written(fake.now() - timedelta(hours=hours or pick.randrange(5, 50)))
    accounts = [key for key, row in fake.rows["Account"].items() if not row["IsDeleted"]]
    people = [key for key, row in fake.rows["Contact"].items() if not row["IsDeleted"]]
    account, closed = pick.choice([*accounts, None]), STATUSES[status][1]
    row = fake.put(
        "Case", None, CreatedDate=at, Subject=pick.choice([f"Help {fake.number()} é", None]), Description="What they wrote",
        Status=status, IsClosed=closed, ClosedDate=at if closed else None, Priority=pick.choice(["Low", "High", None]),
        Origin=pick.choice(["Email", "Web", "Phone", None]), OwnerId=pick.choice([*fake.rows["User"], "00G00000000000001A"]),
        AccountId=account, ContactId=pick.choice([*people, None]) if account else None,
    )  # fmt: skip
    return str(row["Id"])


def moved(fake: Salesforce, key: str, status: str) -> None:
    """Another status. What a transaction writes has the time at which it began, some minutes before others can see it."""
    row = fake.rows["Case"][key]
    before, (label, closed, _) = row["Status"], STATUSES[status]
    if status == before:
        return
    earlier = [moment(one["CreatedDate"]) for one in fake.rows["CaseHistory"].values() if one["CaseId"] == key]
    at = max([fake.now() - timedelta(minutes=fake.random.randrange(8)), *earlier])
    ends = row["ClosedDate"] if row["IsClosed"] else written(at)
    fake.put("Case", key, Status=status, IsClosed=closed, ClosedDate=ends if closed else None)
    named = fake.random.random() < 0.5  # by its name or by its label
    _traced(fake, key, "Status", before if named else STATUSES[before][0], status if named else label, at)


def letter(fake: Salesforce, key: str | None) -> None:
    """An e-mail of a case, or of none: sent, received or a draft; that of a draft may be sent later."""
    pick = fake.random
    drafts = [one for one, row in fake.rows["EmailMessage"].items() if row["Status"] == _DRAFT and not row["IsDeleted"]]
    if drafts and pick.random() < 0.5:
        fake.put("EmailMessage", pick.choice(drafts), Status=_SENT)
        return
    at = fake.now() - timedelta(minutes=pick.randrange(40 * 60))
    fake.put(
        "EmailMessage", None, ParentId=key, Incoming=pick.random() < 0.3, Status=pick.choice([_SENT, _SENT, _DRAFT]),
        MessageDate=pick.choice([written(at), written(at), None]), Subject="Re: help", TextBody="What they wrote",
    )  # fmt: skip


def _traced(fake: Salesforce, key: str, field: str, old: str, new: str, at: datetime) -> None:
    fake.put("CaseHistory", None, CaseId=key, Field=field, OldValue=old, NewValue=new, CreatedDate=written(at))


def _restored(fake: Salesforce) -> None:
    """One comes out of the bin, with what lies in it."""
    gone = [key for key, row in fake.rows["Case"].items() if row["IsDeleted"]]
    if gone:
        key = fake.random.choice(gone)
        fake.put("Case", key, IsDeleted=False)
        for child, named in (("CaseHistory", "CaseId"), ("EmailMessage", "ParentId")):
            for row in [row for row in fake.rows[child].values() if row[named] == key]:
                fake.put(child, row["Id"], IsDeleted=False)


def expected(fake: Salesforce) -> set[tuple[Any, ...]]:
    """The tickets that the cases outside the bin must be."""
    return {_ticket(fake, row) for row in fake.rows["Case"].values() if not row["IsDeleted"]}


def _ticket(fake: Salesforce, row: dict[str, Any]) -> tuple[Any, ...]:
    closings, reopens = _past(fake, row["Id"])
    ends = closings or ([row["ClosedDate"]] if row["IsClosed"] else [])
    owner = fake.rows["User"].get(row["OwnerId"])
    return (
        row["Id"], row["AccountId"], row["ContactId"], row["Subject"], row["Origin"], row["Priority"], STATUSES[row["Status"]][2],
        row["Status"], shown(row["CreatedDate"]), _answered(fake, row), shown(ends[0] if ends else None),
        shown(ends[-1] if row["IsClosed"] else None), reopens, owner and owner["Name"],
    )  # fmt: skip


def _past(fake: Salesforce, key: str) -> tuple[list[str], str | None]:
    """When a case was closed, and how often it was opened again (None when nobody knows, for there is no history at all)."""
    ends = {word for name, (label, closed, _) in STATUSES.items() if closed for word in (name, label)}
    history = [row for row in fake.rows["CaseHistory"].values() if row["Field"] == "Status"]
    turns = [(row["CreatedDate"], row["OldValue"] in ends, row["NewValue"] in ends) for row in history if row["CaseId"] == key]
    closings = sorted(at for at, was, now in turns if now and not was)
    return closings, str(sum(was and not now for _, was, now in turns)) if history else None


def _answered(fake: Salesforce, case: dict[str, Any]) -> str | None:
    sent = [
        row["MessageDate"] or row["CreatedDate"]
        for row in fake.rows["EmailMessage"].values()
        if row["ParentId"] == case["Id"] and not row["Incoming"] and row["Status"] != _DRAFT and not row["IsDeleted"]
    ]
    return shown(min((at for at in sent if moment(at) > moment(case["CreatedDate"])), default=None))
