"""What `sources.yml` says of a table that a query fills: the query, how it is followed, and an expression for each column."""

from __future__ import annotations

import hashlib
import json
import re
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any, Literal

from pydantic import Field

from connectors import blocks
from connectors.blocks import Block, Expression, Filling, Join, Named
from connectors.casts import Zones
from connectors.dialect import Dialect
from connectors.settings import Settings, parse
from data.errors import did_you_mean
from data.schema import VERSION
from data.yaml_file import Mapping

#: How a missing value is written in what is received, so that an empty text stays one: a sign that no text consists of.
NULL = "\x1f"
_PLAIN = re.compile(r"\w+(\.\w+){0,2}")
_UNITS = {"s": "seconds", "m": "minutes", "h": "hours", "d": "days"}


class Rows(Settings):
    """What fills one canonical table: a query, and an expression for each column."""

    query: str | None = Field(None, description="A SELECT that gives the rows.")
    from_: str | None = Field(None, alias="from", description="A table or view in place of a query, such as app.events.")
    cursor: str | None = Field(None, description="A column that grows with each change of a row; only what follows is read then.")
    overlap: str = Field("10m", pattern=r"^\d+[smhd]$", description="How far before the last time of `cursor` the next reading begins.")
    deleted: str | None = Field(None, description="A column with the time at which a row was deleted, or true when it was.")
    columns: Named = Field(description="For each column of the table an expression over the query's columns.")
    attrs: Named = Field({}, description="Further values, kept in the table's `attrs` under these names.")
    where: Expression | None = Field(None, description="Which rows of the query belong to the table; all when left out.")
    mode: Literal["append", "snapshot"] = Field(
        "append", description="append: rows are added or changed. snapshot: what is gone is deleted."
    )
    types: dict[str, str] = Field({}, description="Types of the query's columns; PostgreSQL tells them itself, others give text.")
    nulls: list[str] = Field([], description='Words that mean "no value" beside NULL, such as ["", "N/A"].')
    audits: Named = Field({}, description="What must be true of each row: {name: expression}. Rows that fail load, and are reported.")

    @property
    def back(self) -> timedelta:
        """How far a reading goes back."""
        return timedelta(**{_UNITS[self.overlap[-1]]: int(self.overlap[:-1])})


@dataclass(frozen=True)
class Query:
    """A query of a block, with where it stands in sources.yml for errors."""

    filling: Filling
    rows: Rows

    @property
    def at(self) -> Mapping:
        """Its block."""
        return self.filling.at

    @property
    def key(self) -> str:
        """The key that says what is asked."""
        return "query" if self.rows.query else "from"

    @property
    def stream(self) -> str:
        """The name under which is kept how far it was read; what is read whole is kept for its table as one."""
        table = self.filling.table.name
        return f"{table}-{self.filling.index}" if self.rows.cursor else f"{table}-all"

    def wording(self, zones: Zones) -> str:
        """What changes when the block does, so that everything is read anew."""
        return hashlib.sha256(json.dumps([self.filling.wording(), zones.company, zones.source, VERSION]).encode()).hexdigest()[:16]

    def column(self, key: str, found: dict[str, str | None]) -> str:
        """The column that the block names under `key`, as the query spells it. Raises Problem when it gives none."""
        named = str(getattr(self.rows, key))
        column = next((each for each in found if each.lower() == named.lower()), None)
        if column is None:
            raise self.at.problem(key, f'the query gives no column "{named}"', did_you_mean(named, found), value=True)
        return column

    def read_as(self, found: dict[str, str | None]) -> Filling:
        """The block as one of files, with the types that the database told, and the time of deletion as a column."""
        types = {name: kind for name, kind in found.items() if kind} | self.rows.types
        columns = self.filling.block.columns
        if self.rows.deleted:
            deleted, since = self.column("deleted", found), self.rows.cursor
            if types.get(deleted) == "BOOLEAN" and not since:
                said = "only a cursor tells when a row was deleted"
                raise self.at.problem("deleted", said, "Name a column with the time of deletion.", value=True)
            columns = columns | {
                "deleted_at": f'CASE WHEN "{deleted}" THEN "{since}" END' if types.get(deleted) == "BOOLEAN" else f'"{deleted}"'
            }
        return replace(self.filling, block=self.filling.block.model_copy(update={"types": types, "columns": columns}))


def of(block: Mapping) -> dict[str, list[Query]]:
    """The queries of a source by table. Raises Problem for what does not fit."""
    found = blocks.fillings(block, _as_of_files)
    return {
        table: [Query(filling, parse(Rows, filling.at, block["tables"], table)) for filling in filled] for table, filled in found.items()
    }


def dialect(columns: list[str]) -> Dialect:
    """How what is received is written."""
    return Dialect("csv", delimiter=",", quote='"', escape='"', columns=tuple(columns))


def _as_of_files(given: Any, owner: Mapping, table: str) -> tuple[Block, dict[str, Join]]:
    rows = parse(Rows, given, owner, table)
    _check(rows, given)
    told = {key: getattr(rows, key) for key in ("columns", "attrs", "where", "mode", "types", "audits")}
    return Block(file=rows.from_ or "query", format="csv", nulls=[NULL, *rows.nulls], **told), {}


def _check(rows: Rows, at: Mapping) -> None:
    if (rows.query is None) == (rows.from_ is None):
        raise at.problem(None, "a table takes either query or from", "Write from: schema.table, or query: SELECT ….")
    if rows.from_ and not _PLAIN.fullmatch(rows.from_):
        raise at.problem("from", f'"{rows.from_}" is no table', "Write schema.table; a SELECT goes under query.", value=True)
    if rows.cursor and rows.mode == "snapshot":
        said = "a snapshot is read whole, so that it has no use for a cursor"
        raise at.problem("cursor", said, "Leave cursor out; or mode, and say in `deleted` which rows are deleted.")
    if rows.deleted and "deleted_at" in rows.columns:
        raise at.problem("deleted", "deleted and deleted_at say the same", "Leave one of them out.")
