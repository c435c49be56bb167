"""Zendesk: tickets with their metrics, ratings and messages, users and organizations, by the incremental exports."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from datetime import datetime, timedelta
from functools import partial
from typing import Any, Literal

from pydantic import Field

from connectors import api, arrivals
from connectors.api import Api, Source
from connectors.context import Context
from connectors.inbox import Record
from connectors.streams import Page, Stream, dated, following
from connectors.web import Web

SUMMARY = "Zendesk: tickets with their metrics, ratings and messages, users and organizations"

TEMPLATE = """\
  {name}:
    connector: zendesk
    subdomain: acme                # of acme.zendesk.com
    email: ops@acme.example        # whose token it is
    token: ${{ZENDESK_TOKEN}}      # an API token of an admin; never written here itself
    # every: 15m                   # how long between two looks; at each sync when left out
    # messages: true               # who wrote when, too
    # account:                     # fields of your organizations that say more of an account
    #   segment: customer_segment
    #   plan: plan
"""

#: Exports answer ten requests a minute, and leave out the last minute.
RATE, _LAG = 10 / 60, timedelta(minutes=1)
_OVERLAP = timedelta(minutes=5)
#: Exports tell what is deleted, and are not meant to be read whole again and again.
_AGAIN = timedelta(days=30)
_PAGE, _RATINGS_PAGE = 1000, 100
_KEPT = {
    "ticket": "organization_id requester_id assignee_id subject priority status tags type created_at updated_at generated_timestamp",
    "metrics": "reopens replies solved_at reply_time_in_minutes first_resolution_time_in_minutes full_resolution_time_in_minutes",
    "user": "organization_id email role external_id created_at updated_at",
    "organization": "name domain_names external_id organization_fields created_at updated_at",
    "rating": "ticket_id requester_id score created_at updated_at",
}
_Ask = Callable[[Any], tuple[Sequence[Record], Any]]


class Config(Api):
    """A source of the `zendesk` connector."""

    connector: Literal["zendesk"] = Field(description="zendesk")
    subdomain: str = Field(pattern=r"^[a-z0-9-]+$", description="The first part of your address: acme of acme.zendesk.com.")
    email: str = Field(description="The e-mail address of the admin whose token it is.")
    token: str = Field(description="An API token, as ${NAME} from the environment or .streamlit/secrets.toml.")
    messages: bool = Field(False, description="Whether who wrote when is loaded too, from the export of all events of tickets.")
    account: dict[Literal["segment", "plan", "region"], str] = Field(
        {}, description="Fields of organizations: {segment: KEY, plan: …, region: …}."
    )


def receive(context: Context) -> None:
    """Asks Zendesk for what is new. Raises Problem for a token that is refused."""
    config, token = api.config_of(Config, context), api.secret(context, "token")
    url = f"https://{config.subdomain}.zendesk.com"
    web = api.way(config, url, rate=RATE, secrets=(token,), auth=(f"{config.email}/token", token))
    api.receive(context, web, _source(context))


def _source(context: Context) -> Source:
    config = api.config_of(Config, context)
    streams = [
        _stream("organizations", _all_organizations, _changed_organizations),
        _stream("users", partial(_exported, "users", _user), _changed_users),
        _stream("tickets", partial(_exported, "tickets", _ticket), _changed_tickets),
        _stream("ratings", _all_ratings, _new_ratings),
        # Messages are never taken back; those of a ticket that is gone are not loaded any more.
        Stream(
            "comments",
            _all_comments if config.messages else _nothing,
            _new_comments if config.messages else None,
            overlap=_OVERLAP,
            grows=True,
            wording="messages" if config.messages else "",
        ),
    ]
    words = {"segment": "segment", "plan": "plan", "region": "region"} | dict(config.account)
    return Source("zendesk", streams, words, lag=_LAG)


pending, load = arrivals.exposed(_source)


def _stream(name: str, everything: Callable[[Web, Any], Iterator[Page]], changes: Callable[[Web, datetime], Iterator[Page]]) -> Stream:
    return Stream(name, everything, changes, again=_AGAIN, overlap=_OVERLAP, scope="the token of an admin")


def _kept(kind: str, row: dict[str, Any]) -> dict[str, Any]:
    return {name: row.get(name) for name in _KEPT[kind].split()}


def _seconds(moment: datetime) -> int:
    return max(0, int(moment.timestamp()))


def _exported(kind: str, record: Callable[[dict[str, Any]], Record], web: Web, at: Any, since: int = 0) -> Iterator[Page]:
    """An export by cursor: what has changed since a moment (in seconds), in the order of its changes."""

    def ask(cursor: Any) -> tuple[Sequence[Record], Any]:
        place = {"cursor": cursor} if cursor else {"start_time": since}
        include = {"include": "metric_sets"} if kind == "tickets" else {}
        found = web.get(f"api/v2/incremental/{kind}/cursor", **place, **include, per_page=_PAGE)
        return [record(row) for row in found[kind]], None if found["end_of_stream"] else found["after_cursor"]

    return following(ask, at)


def _changed_tickets(web: Web, since: datetime) -> Iterator[Page]:
    pages = _exported("tickets", _ticket, web, None, _seconds(since))
    return dated(pages, lambda record: (record.payload or {}).get("generated_timestamp"), ascending=True)


def _changed_users(web: Web, since: datetime) -> Iterator[Page]:
    pages = _exported("users", _user, web, None, _seconds(since))
    return dated(pages, lambda record: (record.payload or {}).get("updated_at"), ascending=False)


def _ticket(row: dict[str, Any]) -> Record:
    """Without what people wrote, but for the subject. Of a deleted one only that is kept, and when."""
    key = str(row["id"])
    if row.get("status") == "deleted":
        return Record(key, {"generated_timestamp": row.get("generated_timestamp")}, deleted=True)
    metrics = _kept("metrics", row.get("metric_set") or {})
    return Record(key, _kept("ticket", row) | {"channel": (row.get("via") or {}).get("channel"), "metrics": metrics})


def _user(row: dict[str, Any]) -> Record:
    """Names are kept of agents only, who are no customers; of who was deleted only whose tickets theirs are."""
    key = str(row["id"])
    if row.get("active") is False:
        return Record(key, {name: row.get(name) for name in ("active", "organization_id", "role", "updated_at")})
    name = {} if row.get("role") == "end-user" else {"name": row.get("name")}
    return Record(key, _kept("user", row) | name)


def _timed(kind: str, records: Callable[[dict[str, Any]], list[Record]], web: Web, start: Any, **more: str) -> Iterator[Page]:
    """An export by time: the next page begins at the last moment of the one before, whose things come twice."""

    def ask(start_time: Any) -> tuple[Sequence[Record], Any]:
        found = web.get(f"api/v2/incremental/{kind}", start_time=start_time or 0, per_page=_PAGE, **more)
        return [record for row in found[kind] for record in records(row)], None if found["end_of_stream"] else found["end_time"]

    return following(ask, start)


def _all_organizations(web: Web, at: Any) -> Iterator[Page]:
    return _timed("organizations", _organization, web, at)


def _changed_organizations(web: Web, since: datetime) -> Iterator[Page]:
    found = _timed("organizations", _organization, web, _seconds(since))
    return dated(found, lambda record: (record.payload or {}).get("updated_at"), ascending=False)


def _organization(row: dict[str, Any]) -> list[Record]:
    return [Record(str(row["id"]), _kept("organization", row), deleted=bool(row.get("deleted_at")))]


def _nothing(_web: Web, _at: Any) -> Iterator[Page]:
    return iter(())


def _all_comments(web: Web, at: Any) -> Iterator[Page]:
    return _timed("ticket_events", _comments, web, at, include="comment_events")


def _new_comments(web: Web, since: datetime) -> Iterator[Page]:
    found = _timed("ticket_events", _comments, web, _seconds(since), include="comment_events")
    return dated(found, lambda record: (record.payload or {}).get("created_at"), ascending=False)


def _comments(event: dict[str, Any]) -> list[Record]:
    """Who wrote when, without what."""
    return [
        Record(
            str(child["id"]),
            {"ticket_id": event["ticket_id"], "created_at": event.get("created_at"), "author_id": child.get("author_id")}
            | {"public": child.get("public"), "channel": (child.get("via") or event.get("via") or {}).get("channel")},
        )
        for child in event.get("child_events", [])
        if child.get("event_type") == "Comment"
    ]


def _all_ratings(web: Web, at: Any) -> Iterator[Page]:
    return _ratings(web, at)


def _new_ratings(web: Web, since: datetime) -> Iterator[Page]:
    """A rating that is changed is a new one there, so that asking by the time of creation misses none."""
    return dated(_ratings(web, None, _seconds(since)), lambda record: (record.payload or {}).get("created_at"), ascending=False)


def _ratings(web: Web, at: Any, since: int | None = None) -> Iterator[Page]:
    def ask(after: Any) -> tuple[Sequence[Record], Any]:
        asked = {"page[size]": _RATINGS_PAGE, "page[after]": after, "start_time": since, "score": "received"}
        found = web.get("api/v2/satisfaction_ratings", **asked)
        rows = [Record(str(row["id"]), _kept("rating", row)) for row in found["satisfaction_ratings"]]
        return rows, found["meta"]["after_cursor"] if found["meta"]["has_more"] else None

    return following(ask, at)
