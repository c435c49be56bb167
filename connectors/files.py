"""The files connector: CSV, TSV, JSON lines and Parquet files in a folder, loaded as they come."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from typing import Annotated, Any, Literal
from zoneinfo import ZoneInfo

import duckdb
from pydantic import BeforeValidator, Field

from connectors import blocks, drift, folder, loading, prepare, privacy, settings, state
from connectors import plan as planning
from connectors.blocks import EMAIL
from connectors.casts import Zones
from connectors.context import Context, Loaded
from connectors.merge import target
from connectors.plan import TablePlan
from connectors.prepare import Batch
from connectors.settings import Settings, Timezone
from connectors.sql import first, transaction, zoned
from data.schema import DAY, TABLES, TIME
from data.workspace import Workspace
from data.yaml_file import Mapping

SUMMARY = "CSV, TSV, JSON lines and Parquet files (gzip too) in a folder"

TEMPLATE = """\
  {name}:
    connector: files
    path: exports                # the folder with the files; relative to the workspace, or ${{NAME}} from the environment
    # as_of: 2026-01-31          # the files hold everything up to the end of this day; default: the latest time in them
    # timezone: Europe/Paris     # of times that name no zone; default: the company's
    tables:
      account:                   # every table and column: docs/connectors/files.md
        file: accounts.csv       # a name, a pattern such as accounts-*.csv.gz, or a folder
        columns:                 # column of the table: an expression over the file's columns
          account_id: id
          name: name
          plan: lower(plan)
          created_at: created_at
      # event:
      #   file: events/*.csv
      #   columns: {{event_id: id, occurred_at: time, event_name: name, person_id: user_id, account_id: account_id}}
      #   audits: {{has_account: "account_id IS NOT NULL"}}
"""


class Config(Settings):
    """A source of the `files` connector."""

    connector: Literal["files"] = Field(description="files")
    path: str = Field(description="The folder that holds the files; relative to the workspace. ${NAME} is read from the environment.")
    as_of: Any = Field(
        None,
        description="The day up to whose end the files are complete, or {file: NAME} that holds it. Default: their latest time.",
    )
    timezone: Timezone = Field(None, description="The zone of times that name none; the company's when left out.")
    accounts: dict[str, Annotated[str, BeforeValidator(str)]] = Field(
        {}, description="Accounts by hand: {this source's id: the account it belongs to}."
    )
    tables: dict[str, Any] = Field(description="What fills each table: {table: block or list of blocks}.")


def load(context: Context) -> Loaded:
    """Loads what is new in the source's folder, in one transaction. Raises Problem with file and line of sources.yml."""
    config = settings.parse(Config, context.block, context.sources, context.name)
    root = folder.folder(config.path, context.block, context.workspace.root)
    until = as_of(config, context.block, root, context.workspace)
    plans = _plans(context, config, root)
    zones = _zones(config, context.workspace)
    has_email = any(EMAIL in filling.block.columns for each in plans for filling in each.fillings)
    salt = privacy.salt(context.workspace.root) if has_email else ""
    connection = context.connection
    with zoned(connection, zones.source, zones.company):
        prepared = [(each, prepare.prepare(context, each, zones, salt)) for each in plans]
        with transaction(connection):
            loaded = fill(context, prepared)
    tables = tuple(dict.fromkeys(each.table.name for each in plans))
    until = until or _latest(connection, context, tables)
    known = first(connection, "SELECT max(loaded_until) FROM freshness WHERE source = $1", [context.name])
    return replace(loaded, tables=tables, loaded_until=until, changed=loaded.changed or known != (until,))


def fill(context: Context, prepared: list[tuple[TablePlan, list[Batch]]]) -> Loaded:
    """Loads the prepared tables inside the caller's transaction."""
    total, held = Loaded(), set()
    busy = [(each, batches) for each, batches in prepared if batches]
    for number, (each, batches) in enumerate(busy):
        context.progress(f"{context.name}: {each.table.name}", number / len(busy))
        drifted = drift.of_columns(context, each, batches)
        done = loading.load(context, each, batches)
        held |= done.loaded
        total = replace(
            total,
            rows_in=total.rows_in + done.rows_in,
            rows_out=total.rows_out + done.rows_out,
            rejects=total.rejects + done.rejects,
            repeats=total.repeats + done.repeats,
            changed=total.changed or done.changed or drifted,
        )
    notes = tuple(note for each, _ in prepared for note in each.notes)
    return replace(total, notes=notes, landed=frozenset(held))


def receive(context: Context) -> None:
    """Nothing to fetch: files are received as they are loaded."""


def pending(context: Context) -> bool:
    """Whether a sync would find anything to load, told without a draft: `context.connection` may be read-only."""
    config = settings.parse(Config, context.block, context.sources, context.name)
    root = folder.folder(config.path, context.block, context.workspace.root)
    until = as_of(config, context.block, root, context.workspace)
    known = first(context.connection, "SELECT max(loaded_until) FROM freshness WHERE source = $1", [context.name])
    states, zones = state.read(context.connection, context.name), _zones(config, context.workspace)
    tables = blocks.fillings(context.block)
    return known != (until or known[0],) or any(planning.pending(context, root, filled, states, zones) for filled in tables.values())


def as_of(config: Config, block: Mapping, root: Path, workspace: Workspace) -> datetime | None:
    """The moment up to which the files are complete, as far as sources.yml says so. A day means its end, in the company's zone."""
    told = config.as_of
    if told is None:
        return None
    if isinstance(told, dict):
        at = block["as_of"]
        if list(told) != ["file"]:
            raise block.problem("as_of", "as_of is a day, or {file: NAME}", value=True)
        return _moment(folder.read_text(root, told["file"], at, "file"), at, "file", workspace)
    return _moment(str(told), block, "as_of", workspace)


def _moment(text: str, at: Mapping, key: str, workspace: Workspace) -> datetime:
    zone = ZoneInfo(workspace.company.timezone)
    try:
        if len(text) <= 10:
            return datetime.combine(date.fromisoformat(text) + timedelta(days=1), time(), zone).astimezone(UTC)
        told = datetime.fromisoformat(text)
    except ValueError:
        raise at.problem(
            key, f'"{text[:40]}" is neither a day nor a time', "Write 2026-01-31 or 2026-01-31T18:00:00Z.", value=True
        ) from None
    return (told if told.tzinfo else told.replace(tzinfo=zone)).astimezone(UTC)


def _zones(config: Config, workspace: Workspace) -> Zones:
    return Zones(workspace.company.timezone, config.timezone or workspace.company.timezone)


def _plans(context: Context, config: Config, root: Path) -> list[TablePlan]:
    states, zones = state.read(context.connection, context.name), _zones(config, context.workspace)
    return [planning.plan(context, root, TABLES[name], filled, states, zones) for name, filled in blocks.fillings(context.block).items()]


def _latest(connection: duckdb.DuckDBPyConnection, context: Context, tables: tuple[str, ...]) -> datetime | None:
    """The latest moment in the source's rows, at most now. Where that is a day without a time, the day's end."""
    found: list[datetime] = []
    for table in (TABLES[name] for name in tables):
        kind = table.columns.get(table.time or "")
        moment = {TIME: f"{table.time}", DAY: f"CAST({table.time} AS TIMESTAMPTZ)"}.get(kind or "")
        if moment:
            statement = f"SELECT max({moment}) FROM {target(table)} WHERE source = $1 AND deleted_at IS NULL AND {moment} <= $2"
            found += [each for each in first(connection, statement, [context.name, context.now]) if each]
    latest = max(found, default=None)
    local = latest.astimezone(ZoneInfo(context.workspace.company.timezone)) if latest else None
    if local is None or local.time() != time():
        return latest
    return min(datetime.combine(local.date() + timedelta(days=1), time(), local.tzinfo).astimezone(UTC), context.now)
