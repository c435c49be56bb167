"""From a vendor's words to the canonical tables: runs the SQL that lies beside a connector and loads its rows as any other file.

`<connector>.sql` holds a statement for each table that it fills, after a line `-- table: NAME`. It reads `raw.<stream>` (id, payload of
what is not deleted) and gives columns under the table's names; `email` is hashed, any other name goes into `attrs`, and so does each value
of an object `attrs` under its own name. Values are text as the vendor writes them: the loader casts them, and what does not fit goes to
the rejects. After `-- table: NAME, added` only what has arrived now is read (`arrived.<stream>`), for streams that only grow.
What several statements need stands once, after `-- part: NAME`, and is read as `part.NAME`.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Iterator, Sequence
from collections.abc import Mapping as AnyMapping
from dataclasses import dataclass, replace
from pathlib import Path

import duckdb
import yaml

from connectors import blocks, loading, prepare, privacy, raw, state
from connectors import plan as planning
from connectors.blocks import columns_of
from connectors.casts import Zones
from connectors.context import Context
from connectors.folder import Found
from connectors.landing import Landing
from connectors.loading import Done
from connectors.plan import Item, TablePlan
from connectors.sql import literal
from data import yaml_file
from data.errors import Problem
from data.schema import TABLES, VERSION

_HEAD = re.compile(r"^-- (table|part): (\w+)(, added)?$", re.MULTILINE)
_PART = re.compile(r"(?<=FROM |JOIN )part\.(\w+)")
_STREAM = re.compile(r"\b(raw|arrived)\.(\w+)")
MACROS = (
    # A vendor's number of seconds or milliseconds since 1970 as a time; what is no number stays as it is, and is refused as one.
    """CREATE OR REPLACE TEMP MACRO from_epoch(told, per_second) AS CASE
         WHEN TRY_CAST(told AS DOUBLE) IS NULL THEN told
         ELSE CAST(make_timestamptz(CAST(CAST(told AS DOUBLE) / per_second * 1000000 AS BIGINT)) AS VARCHAR)
       END""",
    # When a call of Segment's kind happened: its `timestamp`, else the device's time put right by how far its clock was off on sending.
    """CREATE OR REPLACE TEMP MACRO from_device(call) AS coalesce(
         nullif(call ->> '$.timestamp', ''),
         CAST(TRY_CAST(call ->> '$.receivedAt' AS TIMESTAMPTZ)
           - (TRY_CAST(call ->> '$.sentAt' AS TIMESTAMPTZ) - TRY_CAST(call ->> '$.originalTimestamp' AS TIMESTAMPTZ)) AS VARCHAR),
         call ->> '$.originalTimestamp',
         call ->> '$.receivedAt'
       )""",
    # An amount in a currency's smallest unit as one of the currency: most have a hundred, some none, some a thousand.
    """CREATE OR REPLACE TEMP MACRO from_minor(told, currency) AS CASE
         WHEN TRY_CAST(told AS DECIMAL(18, 4)) IS NULL THEN told
         WHEN upper(currency) IN ('BIF','CLP','DJF','GNF','JPY','KMF','KRW','MGA','PYG','RWF','UGX','VND','VUV','XAF','XOF','XPF') THEN told
         WHEN upper(currency) IN ('BHD','JOD','KWD','OMR','TND') THEN CAST(CAST(told AS DECIMAL(18, 4)) / 1000 AS VARCHAR)
         ELSE CAST(CAST(told AS DECIMAL(18, 4)) / 100 AS VARCHAR)
       END""",
    # The moment that lies some minutes after another; what is no number of minutes stays as it is, and is refused as a time.
    """CREATE OR REPLACE TEMP MACRO after_minutes(moment, minutes) AS CASE
         WHEN minutes IS NULL THEN NULL
         WHEN TRY_CAST(moment AS TIMESTAMPTZ) IS NULL OR TRY_CAST(minutes AS DOUBLE) IS NULL THEN minutes
         ELSE CAST(TRY_CAST(moment AS TIMESTAMPTZ) + to_seconds(60 * TRY_CAST(minutes AS DOUBLE)) AS VARCHAR)
       END""",
)


@dataclass(frozen=True)
class Tables:
    """Which tables are filled, and how: `fill(context, anew)` loads each of them, all that was received when the `wording` has changed."""

    names: Sequence[str]
    wording: str
    fill: Callable[[Context, bool], Iterator[tuple[str, Done]]]


@dataclass(frozen=True)
class Statement:
    """How one table is filled."""

    table: str
    added: bool
    sql: str


def statements(text: str, name: str) -> list[Statement]:
    """The statements of a mapping, with the parts that they name. Raises Problem for a table that does not exist."""
    found, parts = list[Statement](), dict[str, str]()
    heads = [*_HEAD.finditer(text)]
    for head, after in zip(heads, [*heads[1:], None], strict=True):
        sql = text[head.end() : after.start() if after else len(text)].strip().rstrip(";")
        if head[1] == "part":
            parts[head[2]] = sql
        elif head[2] not in TABLES:
            raise Problem(f'there is no table "{head[2]}"', name, text.count("\n", 0, head.start()) + 1)
        else:
            found.append(
                Statement(head[2], bool(head[3]), _PART.sub(lambda match: f"({parts[match[1]]})" if match[1] in parts else match[0], sql))
            )
    return found


def of(connector: str, words: AnyMapping[str, str]) -> tuple[str, list[Statement]]:
    """The mapping of a connector: the name of its file, and its statements, with a text for each `:name` among the words."""
    path = Path(__file__).with_name(f"{connector}.sql")
    text = path.read_text(encoding="utf-8")
    for name, word in words.items():
        text = re.sub(rf"(?<!:):{name}\b", literal(word).replace("\\", r"\\"), text)
    return path.name, statements(text, path.name)


def tables(context: Context, connector: str, words: AnyMapping[str, str]) -> Tables:
    """The tables that the SQL beside a connector fills."""
    company = context.workspace.company
    name, found = of(connector, {"company_currency": company.currency} | dict(words))
    names = tuple(dict.fromkeys(each.table for each in found))
    return Tables(names, wording(found, company.timezone), lambda given, anew: load(given, name, found, anew=anew))


def shown(sql: str, source: str, *, anew: bool = False) -> str:
    """A statement as it runs for a source; `anew` reads all that was received, not only what has arrived now."""

    def stream(match: re.Match[str]) -> str:
        kept = f"SELECT id, payload FROM {raw.table(source, match[2])} WHERE deleted_at IS NULL"
        now = f" AND id IN (SELECT id FROM arrived_ WHERE stream = {literal(match[2])})" if match[1] == "arrived" and not anew else ""
        return f"({kept}{now})"

    return _STREAM.sub(stream, sql)


def load(context: Context, name: str, found: list[Statement], *, anew: bool = False) -> Iterator[tuple[str, Done]]:
    """Fills the tables, inside the caller's transaction, whose TimeZone is UTC. After a change of the mapping all is mapped `anew`.
    Raises Problem when a statement fails."""
    zones = Zones(context.workspace.company.timezone, "UTC")
    landing = Landing(context.work / f"mapped-{context.name}")
    landing.folder.mkdir(parents=True, exist_ok=True)
    made = replace(context, landing=landing)
    for macro in MACROS:
        context.connection.execute(macro)
    for number, each in enumerate(found):
        context.progress(f"{context.name}: {each.table}", number / len(found))
        yield each.table, _fill(made, name, each, zones, anew)


def wording(found: list[Statement], company: str) -> str:
    """What changes when the mapping or the company's time zone does, so that everything is mapped anew."""
    return hashlib.sha256(f"{VERSION} {company} {[(each.table, each.sql) for each in found]}".encode()).hexdigest()[:16]


def _fill(context: Context, name: str, statement: Statement, zones: Zones, anew: bool) -> Done:
    path = context.landing.folder / f"{statement.table}.parquet"
    sql = shown(statement.sql, context.name, anew=anew)
    try:
        context.connection.execute(f"COPY (\n{sql}\n) TO {literal(str(path))} (FORMAT parquet, COMPRESSION uncompressed)")
    except duckdb.Error as error:
        raise Problem(f"{statement.table} cannot be made: {str(error).splitlines()[0]}", name) from error
    plan = _plan(context, name, statement, path, zones)
    if statement.added and anew:
        context.connection.execute("DELETE FROM reject WHERE source = $1 AND table_name = $2", [context.name, statement.table])
    done = loading.load(context, plan, prepare.prepare(context, plan, zones, privacy.salt(context.workspace.root)))
    state.forget(context.connection, context.name, [each for each in plan.states if each != plan.items[0].resource])
    return done


def _plan(context: Context, name: str, statement: Statement, path: Path, zones: Zones) -> TablePlan:
    """The rows as a file of the `files` connector: each column fills the one of its name.

    What is added comes in a file of its own at each load, so that what was refused of earlier ones stays.
    """
    rows = context.connection.execute(f"DESCRIBE FROM read_parquet({literal(str(path))})").fetchall()
    known = set(columns_of(TABLES[statement.table]))
    given = [str(row[0]) for row in rows]
    block = {
        "file": statement.table,
        "format": "parquet",
        "mode": "append" if statement.added else "snapshot",
        "columns": {column: f'"{column}"' for column in given if column in known},
        "attrs": {blocks.ALL if column == "attrs" else column: f'"{column}"' for column in given if column not in known},
    }
    at = yaml_file.parse(yaml.safe_dump({"tables": {statement.table: block}}, width=1000), name)
    (filling,) = blocks.fillings(at)[statement.table]
    copy = context.landing.receive(path, f"{statement.table} {context.run_id}" if statement.added else statement.table)
    item = Item(filling, Found(copy.mtime_ns, copy.path, copy.size, path), copy)
    states = {key: value for key, value in state.read(context.connection, context.name).items() if key.startswith(f"{statement.table}:")}
    return TablePlan(TABLES[statement.table], [filling], planning.wording_of([filling], zones), items=[item], states=states)
