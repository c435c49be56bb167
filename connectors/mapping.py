"""A block of sources.yml against its files: each expression parsed, allowed, and tied to columns that the files really have."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

import duckdb
from sqlglot import exp

from connectors.blocks import Filling, Reading
from connectors.casts import TYPES
from connectors.reading import Name, Source, as_json, spelled
from connectors.sql import first, quoted
from data import expressions
from data.errors import Problem, did_you_mean
from data.yaml_file import Mapping

#: The name of the block's own file in SQL; joined files have the names that the block gives them.
THIS = "this"
FUNCTIONS = expressions.LOADING_FUNCTIONS
#: Words alone, none of which joins others: meant as the heading of a column.
_HEADING = re.compile(r"(?!.*\b(?:CASE|WHEN|AND|OR|NOT|IS|IN|AS|LIKE|BETWEEN)\b)\w+(?: \w+)+", re.IGNORECASE)


@dataclass(frozen=True)
class Bound:
    """An expression of a block as SQL, and as its `text` stands in sources.yml at `at[key]`.

    `plain` is a lone column or a literal, which cannot fail; `shown` is the first column it names, for the rejects.
    """

    name: str
    text: str
    sql: str
    plain: bool
    shown: str
    at: Mapping
    key: str

    def problem(self, message: str, remedy: str | None = None) -> Problem:
        """A Problem at the expression."""
        return self.at.problem(self.key, message, remedy, value=True)


@dataclass(frozen=True)
class Mapped:
    """A block bound to files of one dialect: what to read of each file, and what to make of it."""

    filling: Filling
    sources: dict[str, Source]
    columns: list[Bound]
    attrs: list[Bound]
    audits: list[Bound]
    where: Bound | None
    names: dict[str, list[Name]]
    raw: list[Name]

    @property
    def this(self) -> Source:
        """The block's own files."""
        return self.sources[THIS]


@dataclass
class _Binder:
    filling: Filling
    sources: dict[str, Source]
    names: dict[str, list[Name]] = field(default_factory=dict)
    raw: list[Name] = field(default_factory=list)

    def bind(self, name: str, text: str, at: Mapping, key: str, *, with_type: bool = False) -> Bound:
        lone = self._lone(text)
        tree: exp.Expr = exp.column(text, quoted=True) if lone else self._checked(text, at, key)
        if isinstance(tree, exp.Column) and (lone or with_type):
            return self._column(name, [part.name for part in tree.parts], at, key, with_type)
        shown = "NULL"
        for column in expressions.columns(tree):
            alias, found = self._find([part.name for part in column.parts], at, key)
            replaced = exp.column(spelled(found), table=alias, quoted=True) if found else exp.null()
            shown = expressions.sql(replaced) if shown == "NULL" else shown
            if column is tree:
                tree = replaced
            else:
                column.replace(replaced)
        plain = isinstance(tree, exp.Column | exp.Literal | exp.Null)
        return Bound(name, text, expressions.sql(tree), plain, shown, at, key)

    def _column(self, name: str, parts: list[str], at: Mapping, key: str, with_type: bool) -> Bound:
        alias, found = self._find(parts, at, key)
        source = self.sources[alias]
        sql = f"{quoted(alias)}.{quoted(spelled(found))}" if found else "NULL"
        if found and with_type and alias == THIS and source.dialect.format == "jsonl" and found[-1] not in source.types:
            self.raw.append(found)
            sql = f"{quoted(alias)}.{quoted(as_json(found))}"
        return Bound(name, ".".join(parts), sql, True, sql, at, key)

    def _lone(self, text: str) -> bool:
        """A header with blanks or signs may be written as it stands."""
        return self.sources[THIS].column(text) is not None

    def _checked(self, text: str, at: Mapping, key: str) -> exp.Expr:
        try:
            return expressions.check(text, functions=FUNCTIONS)
        except Problem as problem:
            if _HEADING.fullmatch(text):
                said = f'{self.sources[THIS].name} has no column "{text}"'
                raise at.problem(key, said, self._known(THIS, text), value=True) from None
            raise at.problem(key, problem.message, problem.remedy, value=True) from None

    def _find(self, parts: list[str], at: Mapping, key: str) -> tuple[str, Name | None]:
        if len(parts) > 1 and parts[0] in self.sources:
            return self._in(parts[0], parts[1:], at, key)
        holders = [alias for alias, source in self.sources.items() if source.column(parts[0]) is not None]
        if THIS in holders or len(holders) != 1:
            if THIS not in holders and holders:
                said = f'several files have a column "{parts[0]}"'
                raise at.problem(key, said, f"Write {' or '.join(f'{alias}.{parts[0]}' for alias in holders)}.", value=True)
            return self._in(THIS, parts, at, key)
        return self._in(holders[0], parts, at, key)

    def _in(self, alias: str, parts: list[str], at: Mapping, key: str) -> tuple[str, Name | None]:
        source = self.sources[alias]
        found = source.column(parts[0])
        reading: Reading = self.filling.block if alias == THIS else self.filling.joins[alias]
        if found is None and parts[0].lower() in (name.lower() for name in reading.optional):
            return alias, None
        if found is None:
            raise at.problem(key, f'{source.name} has no column "{parts[0]}"', self._known(alias, parts[0]), value=True)
        if len(parts) > 1 and source.dialect.format not in ("jsonl", "parquet"):
            raise at.problem(
                key, f'"{".".join(parts)}" names no joined file', f"Joined: {', '.join(self.filling.joins) or 'none'}.", value=True
            )
        name = (found, *parts[1:])
        self.names.setdefault(alias, []).append(name)
        return alias, name

    def _known(self, alias: str, name: str) -> str:
        others = [f"{other}.{column}" for other, source in self.sources.items() if other != alias for column in source.dialect.columns]
        sparse = " If it is only sometimes there, name it under optional." if self.sources[alias].dialect.format == "jsonl" else ""
        return did_you_mean(name, [*self.sources[alias].dialect.columns, *others]) + sparse


def bind(filling: Filling, sources: dict[str, Source]) -> Mapped:
    """Ties a block to its files. Raises Problem with file and line for an expression that is not allowed or names no column."""
    binder = _Binder(filling, sources)
    block, at = filling.block, filling.at
    columns = [binder.bind(name, text, at["columns"], name) for name, text in block.columns.items()]
    attrs = [binder.bind(name, text, at["attrs"], name, with_type=True) for name, text in block.attrs.items()]
    audits = [binder.bind(name, text, at["audits"], name) for name, text in block.audits.items()]
    where = binder.bind("where", block.where, at, "where") if block.where else None
    for alias, join in filling.joins.items():
        for own, other in join.pairs():
            binder._in(THIS, [own], filling.join_at(alias), "on")
            binder._in(alias, [other], filling.join_at(alias), "on")
    return Mapped(filling, sources, columns, attrs, audits, where, binder.names, binder.raw)


def types_of(connection: duckdb.DuckDBPyConnection, reading: Reading, at: Mapping, columns: tuple[str, ...]) -> dict[str, str]:
    """The declared types of a file's columns, by DuckDB's own names. Raises Problem for an unknown column or type."""
    found: dict[str, str] = {}
    for name, kind in reading.types.items():
        column = next((each for each in columns if each.lower() == name.lower()), None)
        if column is None and name not in reading.optional:
            raise at["types"].problem(name, f'{reading.file} has no column "{name}"', did_you_mean(name, columns))
        if not TYPES.fullmatch(kind.strip()):
            remedy = "Types are VARCHAR, BOOLEAN, BIGINT, DOUBLE, DECIMAL(18,4), DATE, TIMESTAMP, TIMESTAMPTZ."
            raise at["types"].problem(name, f'there is no type "{kind}"', remedy, value=True)
        if column is not None:
            found[column] = str(first(connection, f"SELECT typeof(CAST(NULL AS {kind}))")[0])
    return found
