"""A company in good health as plain rows, and troubles to plant in it, each as SQL on its tables: what playbooks are judged by.

24 customers, their last weeks full and all alike, so that every number of the healthy company is known without computing it: each
uses all three features, pays 100 a month, opens one ticket in four weeks that is answered within the hour and gives one idea that is
worked through. Whatever a playbook finds in it would be a false alarm.
"""

from __future__ import annotations

import shutil
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, date, datetime, timedelta
from itertools import count
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa

from data import derive, schema
from data.reader import Held
from data.schema import TABLES, TIME
from data.workspace import Workspace
from metrics import load as definitions
from metrics.layer import Layer

#: The first day that is not loaded, a Monday.
UNTIL = date(2026, 6, 1)
FEATURES = ("export", "import", "alerts")
#: Weeks before the end in which people use the product; some playbooks look a quarter back.
_WEEKS = (*range(8), *range(13, 17))
_BEGAN = "2025-01-01"


def ago(days: int) -> date:
    """The day so many days before the end."""
    return UNTIL - timedelta(days=days)


def rows() -> dict[str, list[dict[str, Any]]]:
    """The healthy company by table."""
    customers = [f"c{place:02}" for place in range(24)]
    return {
        "account": _accounts(customers),
        "person": _people(customers),
        "feature": [{"feature_id": one, "name": one.title(), "owner": "ines", "released_at": _BEGAN} for one in FEATURES],
        "event": [event for account in customers for event in _events(account)] + _first_uses(),
        "subscription_period": [
            {"account_id": one, "subscription_id": f"s-{one}", "plan": _plan(place), "mrr": 100, "currency": "EUR", "valid_from": _BEGAN}
            for place, one in enumerate(customers)
        ],
        **_support(customers),
        "idea": list(_ideas(customers)),
        "opportunity": [*_closed(customers), *_open(customers)],
        **_delivery(),
    }


def _plan(place: int) -> str:
    return "solo" if place >= 20 else "basic" if place % 2 else "pro"


def _accounts(customers: list[str]) -> list[dict[str, Any]]:
    told = [
        {"account_id": one, "name": one.upper(), "segment": ("small", "large")[place % 2], "region": ("north", "south", "west")[place % 3],
         "plan": _plan(place), "created_at": _BEGAN}
        for place, one in enumerate(customers)
    ]  # fmt: skip
    return told + [{"account_id": f"n{place:02}", "name": f"N{place:02}", "created_at": _new(place)} for place in range(20)]


def _new(place: int) -> date:
    """When a new account was made: ten in the four weeks before the last, ten in the four before those."""
    return ago(8 + 2 * (place % 10) + 28 * (place // 10))


def _people(customers: list[str]) -> list[dict[str, Any]]:
    told = [{"person_id": f"{one}-{who}", "account_id": one, "first_seen_at": _BEGAN} for one in customers for who in ("a", "b", "c")]
    return told + [{"person_id": f"n{place:02}-a", "account_id": f"n{place:02}", "first_seen_at": _new(place)} for place in range(20)]


def _events(account: str) -> Iterator[dict[str, Any]]:
    """Three people, each feature once a week."""
    for week in _WEEKS:
        for who in ("a", "b", "c"):
            for place, feature in enumerate(FEATURES):
                at = datetime.combine(ago(7 * week + 5 - place), datetime.min.time()) + timedelta(hours=9)
                yield {
                    "event_id": f"{account}-{who}-{week}-{place}", "occurred_at": at, "event_name": "used", "person_id": f"{account}-{who}",
                    "account_id": account, "feature_id": feature, "is_meaningful": True,
                }  # fmt: skip


def _first_uses() -> list[dict[str, Any]]:
    """Each new account looks around two days after it was made."""
    return [
        {"event_id": f"n-{place}", "occurred_at": _new(place) + timedelta(days=2), "event_name": "looked", "person_id": f"n{place:02}-a",
         "account_id": f"n{place:02}", "is_meaningful": True}
        for place in range(20)
    ]  # fmt: skip


def _support(customers: list[str]) -> dict[str, list[dict[str, Any]]]:
    """One ticket each in every four weeks, by two channels, about the features in turn; answered within the hour, rated 5."""
    tickets, answers = [], []
    for month in range(5):
        for place, account in enumerate(customers):
            opened = datetime.combine(ago(28 * month + 3 + place), datetime.min.time()) + timedelta(hours=10)
            key = f"t-{account}-{month}"
            tickets.append(
                {"ticket_id": key, "account_id": account, "feature_id": FEATURES[place % 3], "channel": ("email", "chat")[place // 3 % 2],
                 "status": "closed", "created_at": opened, "first_response_at": opened + timedelta(hours=1),
                 "first_resolved_at": opened + timedelta(hours=5), "last_resolved_at": opened + timedelta(hours=5), "reopens": 0,
                 "first_response_minutes": 60, "first_response_business_minutes": 60}
            )  # fmt: skip
            answers.append(
                {"response_id": key, "kind": "csat", "score": 5, "account_id": account, "responded_at": opened + timedelta(hours=8)}
            )
    return {"ticket": tickets, "survey_response": answers}


def _ideas(customers: list[str]) -> Iterator[dict[str, Any]]:
    for month in range(7):
        for place, account in enumerate(customers):
            day = ago(28 * month + 2 + place)
            yield {
                "idea_id": f"i-{account}-{month}", "account_id": account, "feature_id": FEATURES[place % 3], "title": "Faster",
                "created_at": day, "processed_at": day + timedelta(days=1),
            }  # fmt: skip


def _closed(customers: list[str]) -> Iterator[dict[str, Any]]:
    """Sixteen deals closed in each quarter, eight of each segment, of which every other one was won."""
    for quarter in range(2):
        for place in range(16):
            closed = ago(91 * quarter + 5 + 5 * place)
            yield {
                "opportunity_id": f"d-{quarter}-{place}", "account_id": customers[place], "amount": 1200, "currency": "EUR", "type": "new",
                "stage": "Closed", "is_closed": True, "is_won": place % 4 < 2, "created_at": closed - timedelta(days=30),
                "closed_at": closed,
            }  # fmt: skip


def _open(customers: list[str]) -> Iterator[dict[str, Any]]:
    """A deal is open at every customer but two, and was a quarter ago: three times of what is won in a quarter."""
    for place, account in enumerate(customers[:22]):
        shared = {"account_id": account, "amount": 1200, "currency": "EUR", "type": "expansion", "stage": "Talks", "is_won": False}
        yield {**shared, "opportunity_id": f"o-{place}", "created_at": ago(60 + place), "is_closed": False}


def _delivery() -> dict[str, list[dict[str, Any]]]:
    """Two teams finish six pieces each in four weeks, in three days each, one of them a bug, all for one objective; four are begun."""
    work = []
    for team in ("core", "web"):
        for month in range(6):
            for place in range(6):
                done = ago(28 * month + 2 + 4 * place)
                work.append(
                    {"work_item_id": f"w-{team}-{month}-{place}", "team": team, "kind": "bug" if place == 0 else "feature",
                     "objective_id": "o1", "state_type": "completed", "created_at": done - timedelta(days=6),
                     "started_at": done - timedelta(days=3), "completed_at": done}
                )  # fmt: skip
        for place in range(4):
            work.append(
                {"work_item_id": f"g-{team}-{place}", "team": team, "kind": "feature", "objective_id": "o1", "state_type": "started",
                 "created_at": ago(6), "started_at": ago(3)}
            )  # fmt: skip
    releases = [
        {"release_id": f"r-{quarter}-{place}", "name": f"R{quarter}{place}", "planned_at": ago(91 * quarter + 10 + 20 * place),
         "released_at": ago(91 * quarter + 11 + 20 * place)}
        for quarter in range(2)
        for place in range(4)
    ]  # fmt: skip
    objective = {"objective_id": "o1", "name": "Fewer clicks", "owner": "asta", "starts_on": "2026-01-01", "ends_on": "2026-12-31"}
    return {"work_item": work, "release": releases, "objective": [objective]}


class Health:
    """The healthy company in a file. `with health.planted(sql) as layer` gives a layer on a copy of it with a trouble planted."""

    def __init__(self, folder: Path) -> None:
        self.folder, self._copies = folder, count()
        with duckdb.connect(str(folder / "healthy.duckdb")) as connection:
            connection.execute("SET GLOBAL timezone = 'UTC'")
            for statement in (*(table.ddl() for table in TABLES.values()), *schema.BOOKKEEPING):
                connection.execute(statement)
            load(connection)

    @contextmanager
    def planted(self, *statements: str) -> Iterator[Layer]:
        """A layer on the company with these statements carried out."""
        copy = self.folder / f"planted-{next(self._copies)}.duckdb"
        shutil.copy(self.folder / "healthy.duckdb", copy)
        workspace = Workspace(self.folder)
        with duckdb.connect(str(copy)) as connection:
            connection.execute("SET GLOBAL timezone = 'UTC'")
            for statement in statements:
                connection.execute(statement)
            derive.make(connection, workspace, today=UNTIL)
            yield Layer(workspace, Held(connection, apart=True), definitions.catalogue())
        copy.unlink()


def load(connection: duckdb.DuckDBPyConnection) -> None:
    """Puts the healthy company into empty tables."""
    for table, told in rows().items():
        fill(connection, table, told)
    until = datetime.combine(UNTIL, datetime.min.time(), UTC)
    for table in TABLES:
        connection.execute("INSERT INTO freshness VALUES ('books', ?, '2025-01-01', ?, 0)", [table, until])


def fill(connection: duckdb.DuckDBPyConnection, table: str, told: list[Mapping[str, Any]] | list[dict[str, Any]]) -> None:
    """Inserts rows, all of the same columns or fewer; the local day is put beside each time."""
    known = TABLES[table].columns
    names = list(dict.fromkeys(name for row in told for name in row))
    given = pa.table({name: [None if row.get(name) is None else str(row[name]) for row in told] for name in names})
    values = {"source": "'books'", **{name: f"CAST({name} AS {known[name]})" for name in names}}
    values |= {f"{name}_day": f"CAST({name} AS DATE)" for name in names if known[name] == TIME and f"{name}_day" in known}
    values |= {f"{name}_reporting": values[name] for name in TABLES[table].money if name in names}
    connection.execute(f"INSERT INTO {table} ({', '.join(values)}) SELECT {', '.join(values.values())} FROM given")
    del given
