"""The database connector: tables and queries of PostgreSQL and any other database that SQLAlchemy knows, read and never written."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime
from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Field

from connectors import api, arrivals, files, prepare, privacy, queries, received, snapshot, state
from connectors import inbox as boxes
from connectors.blocks import EMAIL
from connectors.casts import Zones
from connectors.context import Context, Loaded
from connectors.extract import Extract, leftovers
from connectors.inbox import RECEIPT, Inbox
from connectors.queries import Query
from connectors.settings import Settings, Timezone
from connectors.sql import transaction, zoned
from connectors.state import Cursor
from data.errors import Problem
from data.schema import TABLES
from data.yaml_file import Mapping

SUMMARY = "PostgreSQL, SQLite and other databases: tables and queries of your own product"

TEMPLATE = """\
  {name}:
    connector: database
    url: ${{APP_DATABASE_URL}}     # postgresql://reader:PASSWORD@db.example:5432/app, from the environment or .streamlit/secrets.toml
    # timezone: Europe/Paris     # of times that name no zone; default: the company's
    tables:
      event:                     # every table and column: docs/connectors/files.md
        query: SELECT id, created_at, name, user_id, account_id FROM app.events
        cursor: created_at       # only what follows is read at the next sync
        columns: {{event_id: id, occurred_at: created_at, event_name: name, person_id: user_id, account_id: account_id}}
      # account:
      #   from: app.accounts
      #   mode: snapshot         # read whole at each sync, so that what is gone is noticed
      #   columns: {{account_id: id, name: name, plan: lower(plan)}}
"""


class Config(Settings):
    """A source of the `database` connector."""

    connector: Literal["database"] = Field(description="database")
    url: str = Field(description="The address of the database, as ${NAME} from the environment or .streamlit/secrets.toml.")
    timezone: Timezone = Field(None, description="The zone of times that name none; the company's when left out.")
    batch: int = Field(200_000, ge=1, description="How many rows are received in one file.")
    every: str | None = Field(None, description="How long between two looks, such as 30s, 15m, 6h; at each sync when left out.")
    accounts: dict[str, Annotated[str, BeforeValidator(str)]] = Field(
        {}, description="Accounts by hand: {this source's id: the account it belongs to}."
    )
    tables: dict[str, Any] = Field(description="What fills each table: {table: block or list of blocks}.")


def receive(context: Context) -> None:
    """Brings what is new into the inbox, as the database is at this moment. Raises Problem for the first query that failed."""
    config, found, zones = _read(context)
    url = api.secret(context, "url")
    box = Inbox.of(context.landing.folder, context.workspace.root)
    with box.lock():
        known = state.read(context.connection, context.name)
        box.drop(known.get(RECEIPT, {}).get("loaded", ()))
        box.drop(leftovers(box))
        begun = datetime.now(UTC)
        with _told(context.block, "url", url), snapshot.opened(url, context.workspace.root) as database:
            extract = Extract(context, database, box, zones, config.batch)
            tried = [_extract(extract, each, known, url) for each in found.values()]
        if failed := [problem for problem in tried if problem]:
            raise failed[0]
        box.write(RECEIPT, (), {"until": begun.isoformat()})


def pending(context: Context) -> bool:
    """Whether loading the inbox would change anything. `context.connection` may be read-only."""
    _read(context)
    box = Inbox.of(context.landing.folder, context.workspace.root)
    with box.lock():
        known = state.read(context.connection, context.name).get(RECEIPT, {})
        loaded = set(known.get("loaded", ()))
        waiting = [path for path in box.waiting() if path.name not in loaded]
        if arrivals.is_stale(waiting, known.get("until")) or any("cursor" in boxes.head(path) for path in waiting):
            return True
        if received.lost(context, loaded):
            return True
        box.drop(path.name for path in waiting)
        return False


def load(context: Context) -> Loaded:
    """Loads the inbox in one transaction: rows, refused rows and cursors. Raises Problem with file and line of sources.yml."""
    _, found, zones = _read(context)
    connection, known = context.connection, state.read(context.connection, context.name)
    taken = received.take(context, set(known.get(RECEIPT, {}).get("loaded", ())))
    plans = {name: plan for name, each in found.items() if (plan := received.plan(context, TABLES[name], each, taken, zones))}
    has_email = any(EMAIL in query.rows.columns for each in found.values() for query in each)
    salt = privacy.salt(context.workspace.root) if has_email else ""
    with zoned(connection, zones.source, zones.company):
        prepared = [(plan, prepare.prepare(context, plan, zones, salt)) for plan in plans.values()]
        with transaction(connection):
            for name, plan in plans.items():
                received.forget_earlier(context, plan, found[name], taken)
            loaded = files.fill(context, prepared)
            for plan in plans.values():
                received.forgive(context, plan.table)
            until = received.write_cursors(context, taken, known)
    return replace(
        loaded,
        changed=bool(taken.heads),
        tables=tuple(found),
        loaded_until=datetime.fromisoformat(until) if until else None,
        landed=frozenset(taken.held),
    )


def _read(context: Context) -> tuple[Config, dict[str, list[Query]], Zones]:
    config = api.config_of(Config, context)
    company = context.workspace.company.timezone
    return config, queries.of(context.block), Zones(company, config.timezone or company)


def _extract(extract: Extract, found: list[Query], known: dict[str, Cursor], url: str) -> Problem | None:
    """Reads the queries of one table; what goes wrong there leaves the others as they are."""
    followed = [query for query in found if query.rows.cursor and not extract.context.sample]
    whole = [query for query in found if query not in followed]
    table = found[0].filling.table.name
    for group in [*([query] for query in followed), *([whole] if whole else [])]:
        try:
            with _told(group[0].at, group[0].key, url), extract.snapshot.apart():
                before = _before(extract, known, group, table)
                if group is whole:
                    extract.whole(whole, before)
                else:
                    extract.changes(group[0], before)
        except Problem as problem:
            return problem
    return None


def _before(extract: Extract, known: dict[str, Cursor], group: list[Query], table: str) -> Cursor:
    """How far these queries have been read; nothing counts when their block reads otherwise now, or was not there for a time."""
    stream, wording = group[0].stream, [query.wording(extract.zones) for query in group]
    cursor = boxes.cursors(extract.box.heads(), {stream: known.get(f"{stream}*", {})})[stream]
    retired = any(resource.startswith(f"{table}:") and not told["wording"] for resource, told in known.items())
    return {} if extract.context.full or retired or cursor.get("wording") != wording else cursor


@contextmanager
def _told(at: Mapping, key: str, url: str) -> Iterator[None]:
    """What a database says as a Problem at its place in sources.yml, without any secret."""
    try:
        yield
    except snapshot.ERRORS as error:
        remedy = "See the address, and that the role may SELECT; the next sync goes on where this one ended."
        raise at.problem(key, f"the database says: {snapshot.told(error, url)}", remedy, value=True) from None
    except Problem as problem:
        raise problem if problem.line else at.problem(key, problem.message, problem.remedy, value=True) from None
