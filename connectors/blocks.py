"""What `sources.yml` says of a table that files fill: the files, how they are read, and an expression for each column."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Field, field_validator

from connectors.settings import Settings, one_or_more, parse
from data.errors import did_you_mean
from data.schema import TABLES, TIME, Table
from data.yaml_file import Mapping


def _text(value: Any) -> Any:
    """YAML's own numbers, dates and truth values, as the expression that a person means by them."""
    if isinstance(value, bool):
        return "TRUE" if value else "FALSE"
    if isinstance(value, date):
        return f"'{value.isoformat()}'"
    return str(value) if isinstance(value, int | float) else value


Expression = Annotated[str, BeforeValidator(_text), Field(min_length=1)]
Named = dict[str, Expression]


class Values(Settings):
    """How the values of a block's rows are read."""

    types: dict[str, str] = Field({}, description="Types of the file's columns, such as {mrr_amount: DECIMAL(18,4)}; else they are text.")
    nulls: list[str] = Field([""], description='Words that mean "no value", such as ["", "NULL"].')
    optional: Annotated[list[str], BeforeValidator(one_or_more)] = Field(
        [], description="Columns that a file may lack; they are then empty."
    )


class Reading(Values):
    """How the files of a block are read. What is left out is found from the first file, and written down."""

    file: str = Field(description="A file name, a pattern such as usage-*.csv.gz, or a folder, under the source's path.")
    format: Literal["csv", "tsv", "jsonl", "parquet"] | None = Field(
        None, description="csv, tsv, jsonl or parquet; else by the file's name."
    )
    delimiter: str | None = Field(None, min_length=1, max_length=1, description="The one character between two columns.")
    quote: str | None = Field(None, max_length=1, description='The character around a value; "" for none.')
    escape: str | None = Field(None, max_length=1, description="The character before a quote inside a value.")
    header: bool = Field(True, description="false when the first line is data; the columns are then column0, column1, …")
    encoding: str | None = Field(None, description="The encoding of the text, such as utf-8 or windows-1252.")

    @field_validator("encoding")
    @classmethod
    def _exists(cls, name: str | None) -> str | None:
        try:
            "".encode(name or "utf-8")
        except LookupError:
            raise ValueError(f'there is no encoding "{name}"; well known are utf-8, utf-16, windows-1252, iso-8859-1') from None
        return name


class Looked(Settings):
    """How rows are looked up for each row of the block: many to one."""

    on: str | list[str] | dict[str, str] = Field(description="The column that both files share, a list, or {this file's: the other's}.")

    def pairs(self) -> list[tuple[str, str]]:
        """(column of the block's file, column of the joined file)."""
        if isinstance(self.on, dict):
            return list(self.on.items())
        return [(name, name) for name in ([self.on] if isinstance(self.on, str) else self.on)]


class Join(Looked, Reading):
    """A file whose rows are looked up."""


class Filled(Settings):
    """What is made of the rows that a block reads: an expression for each column of its table."""

    columns: Named = Field(description="For each column of the table an expression over the file's columns.")
    attrs: Named = Field({}, description="Further values, kept in the table's `attrs` under these names; `*` is an object of values.")
    where: Expression | None = Field(None, description="Which rows of the file belong to the table; all when left out.")
    join: dict[str, Any] = Field({}, description="Files to look up: {name: {file: …, on: …}}, used as name.column.")
    audits: Named = Field({}, description="What must be true of each row: {name: expression}. Rows that fail load, and are reported.")


class Block(Filled, Reading):
    """What fills one canonical table: files, how they are read, and an expression for each column."""

    mode: Literal["append", "snapshot"] = Field(
        "append", description="append: rows are added or changed. snapshot: what is gone is deleted."
    )
    only_latest: bool = Field(False, description="true when only the latest of the matching files counts.")


@dataclass(frozen=True)
class Filling:
    """One block of one table, with where it stands in sources.yml (`at`) for errors."""

    table: Table
    index: int
    block: Block
    joins: dict[str, Join]
    at: Mapping

    @property
    def label(self) -> str:
        """The resource under which sync_state remembers the files of this block."""
        return self.table.name if self.index == 0 else f"{self.table.name}[{self.index}]"

    def wording(self) -> str:
        """Everything that the block says, so that a changed mapping loads its files anew."""
        return json.dumps(self.at, sort_keys=True, default=str)

    def join_at(self, name: str) -> Mapping:
        """Where a joined file stands in sources.yml."""
        found: Mapping = self.at["join"][name]
        return found


#: Columns that a block may fill although the table has them under other names: see docs/connectors/files.md.
EMAIL = "email"
#: The name among `attrs` of an object, each of whose values becomes one of them.
ALL = "*"


#: Reads one block of a table: (what stands there, what it stands in, the table's name).
Parse = Callable[[Any, Mapping, str], tuple[Block, dict[str, Join]]]


def of_files(given: Any, owner: Mapping, table: str) -> tuple[Block, dict[str, Join]]:
    """A block that files fill, and the files that it joins. Raises Problem for what does not fit."""
    block = parse(Block, given, owner, table)
    joins: dict[str, Join] = {}
    for name in block.join:
        if name == "this" or not name.isidentifier():
            raise given["join"].problem(name, f'"{name}" is no name for a joined file', "Use letters, figures and _, such as users.")
        joins[name] = parse(Join, given["join"][name], given["join"], name)
    return block, joins


def fillings(at: Mapping, parsed: Parse = of_files) -> dict[str, list[Filling]]:
    """The blocks of a source by table, in the order of sources.yml. Raises Problem for unknown tables, columns and keys."""
    tables = at["tables"]
    if not isinstance(tables, Mapping) or not tables:
        raise at.problem(
            "tables", "tables must say what fills each table", "For example tables: {account: {file: accounts.csv, columns: …}}."
        )
    found: dict[str, list[Filling]] = {}
    for name in tables:
        if name not in TABLES:
            raise tables.problem(name, f'there is no table "{name}"', did_you_mean(name, TABLES))
        given = tables[name] if isinstance(tables[name], list) else [tables[name]]
        found[name] = [_filling(TABLES[name], index, block, parsed(block, tables, name)) for index, block in enumerate(given)]
        _same_mode(found[name])
    return found


def columns_of(table: Table) -> list[str]:
    """What a block may fill: everything but what the loader computes itself."""
    computed = {f"{name}_day" for name, kind in table.fields.items() if kind == TIME}
    computed |= {f"{name}_reporting" for name in table.money} | set(table.computed) | {"source", "loaded_at", "attrs", "email_hash"}
    return [name for name in table.columns if name not in computed] + ([EMAIL] if takes_email(table) else [])


def takes_email(table: Table) -> bool:
    """Whether a block may give an e-mail address, which is kept as a hash and a domain."""
    return "email_hash" in table.fields or "person_id" in table.fields


def _filling(table: Table, index: int, given: Any, parsed: tuple[Block, dict[str, Join]]) -> Filling:
    block, joins = parsed
    allowed = columns_of(table)
    for column in block.columns:
        if column not in allowed:
            said = f'the table {table.name} has no column "{column}"'
            raise given["columns"].problem(column, said, f"{did_you_mean(column, allowed)} Anything else goes under attrs.")
    needed = [column for column in table.key if column not in block.columns and (table.name, column) not in NULLABLE_KEYS]
    if needed:
        raise given.problem(
            "columns", f"{table.name} needs {' and '.join(needed)}, which tell its rows apart", "Say which column holds it."
        )
    return Filling(table, index, block, joins, given)


#: Keys that may be empty: a figure of the whole company has no account.
NULLABLE_KEYS = {("number", "account_id")}


def _same_mode(blocks: list[Filling]) -> None:
    for filling in blocks[1:]:
        if filling.block.mode != blocks[0].block.mode:
            said = f"the blocks of {filling.table.name} differ in their mode"
            raise filling.at.problem("mode", said, "A table is filled by append or by snapshot, not by both.")
