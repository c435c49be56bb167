"""Builds the one statement that turns files into typed rows: read, join, map, cast, and say of each row what is wrong with it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import duckdb

from connectors.casts import Zones, cast
from connectors.mapping import THIS, Bound, Mapped
from connectors.reading import spelled
from connectors.shaping import Check, Shape
from connectors.sql import quoted
from data.schema import Table

#: The temporary table of typed rows, and the one that numbers the lines of files that are joined to others.
STAGE, LINES = "stage_", "lines_"


@dataclass(frozen=True)
class Stage:
    """A stage ready to run: its statements, and what its columns mean.

    `columns` are the table's columns that it fills, `checks` what `problem_` counts, `audits`, `joins` and `unknown` the flags
    `audit<n>_`, `miss<n>_` and `unknown<n>_`. `row` is the SQL of a row's place in the order of the files.
    """

    mapped: Mapped
    statements: tuple[str, ...]
    values: dict[str, Any]
    columns: tuple[str, ...]
    checks: tuple[Check, ...]
    audits: tuple[str, ...]
    joins: tuple[str, ...]
    unknown: tuple[str, ...]
    row: str

    @property
    def table(self) -> Table:
        """The canonical table that the stage fills."""
        return self.mapped.filling.table


def build(
    connection: duckdb.DuckDBPyConnection, mapped: Mapped, zones: Zones, *, currency: str, salt: str, rejects: str, with_attrs: bool
) -> Stage:
    """The stage of a block; `with_attrs` fills attrs also where the block has none. Raises Problem at what DuckDB refuses.

    Lines that cannot be read go to `<rejects>_error`; `currency` stands in for a currency that no column gives, `salt` goes
    into the hash of an e-mail address.
    """
    return _Builder(mapped, zones, rejects, Shape(mapped, zones, currency, salt, with_attrs)).build(connection)


@dataclass
class _Builder:
    mapped: Mapped
    zones: Zones
    rejects: str
    shape: Shape
    carried: dict[str, str] = field(default_factory=dict)

    def build(self, connection: duckdb.DuckDBPyConnection) -> Stage:
        joined = bool(self.mapped.filling.joins)
        if joined:
            connection.execute(f"CREATE OR REPLACE TEMP TABLE {LINES} AS FROM ({self._scan(THIS)}) LIMIT 0")
        ctes = [self._source(alias) for alias in self.mapped.sources]
        self._carry()
        ctes.append(f"mapped AS (\n  SELECT {_listed(self.carried)}\n  FROM {self._from()}\n)")
        self.shape.columns(self._types(connection, ctes))
        ctes += [
            f"valued AS (\n  SELECT *, {_listed(self.shape.values)}\n  FROM mapped\n)",
            f"judged AS (\n  SELECT *, {self._problem()} AS problem_\n  FROM valued\n)",
        ]
        together = ",\n".join(ctes)
        create = f"CREATE OR REPLACE TEMP TABLE {STAGE} AS\nWITH {together}\nSELECT\n  {self._selected()}\nFROM judged"
        return Stage(
            mapped=self.mapped,
            statements=(f"CREATE OR REPLACE TEMP TABLE {LINES} AS\n{self._scan(THIS)}", create) if joined else (create,),
            values=self.shape.parameters,
            columns=tuple(self.shape.filled),
            checks=tuple(self.shape.checks),
            audits=tuple(audit.name for audit in self.mapped.audits),
            joins=tuple(self.mapped.filling.joins),
            unknown=tuple(self.shape.unknown),
            row="row_" if joined else "rowid",
        )

    def _scan(self, alias: str) -> str:
        names = self.mapped.names.get(alias, [])
        source = self.mapped.sources[alias]
        return source.scan(names, self.mapped.raw, self.rejects) if alias == THIS else source.scan(names)

    def _source(self, alias: str) -> str:
        source = self.mapped.sources[alias]
        scan = f"SELECT *, rowid AS row_ FROM {LINES}" if alias == THIS and self.mapped.filling.joins else self._scan(alias)
        names = dict.fromkeys(spelled(name) for name in self.mapped.names.get(alias, []))
        typed = {name: source.types[name] for name in names if name in source.types}
        if not typed:
            return f"{quoted(alias)} AS (\n  {scan}\n)"
        replaced = ", ".join(f"{self._typed(alias, name, kind)} AS {quoted(name)}" for name, kind in typed.items())
        kept = ", ".join(f"{quoted(name)} AS {quoted(name + ' text')}" for name in typed)
        return f"{quoted(alias)} AS (\n  SELECT * REPLACE ({replaced}), {kept}\n  FROM (\n  {scan}\n  )\n)"

    def _typed(self, alias: str, name: str, kind: str) -> str:
        """A column that `types:` types: cast as it is read; its text goes along for the rejects."""
        given = self.mapped.sources[alias].natural.get(name, "VARCHAR")
        text, value = f"t{len(self.carried)}", f"t{len(self.carried) + 1}"
        self.carried |= {text: f"{quoted(alias)}.{quoted(name + ' text')}", value: f"{quoted(alias)}.{quoted(name)}"}
        made = cast(text, value, given, kind, self.zones)
        self.shape.refuse(name if alias == THIS else f"{alias}.{name}", text, made.failed, made.changed, kind)
        return cast(quoted(name), value, given, kind, self.zones).value

    def _carry(self) -> None:
        this = quoted(THIS)
        self.carried = {"file_": f"{this}.file_"} | self.carried
        if self.mapped.filling.joins:
            self.carried["row_"] = f"{this}.row_"
        if self.mapped.this.dialect.format == "jsonl":
            self.shape.checks.insert(0, Check(None, "NULL", "broken_", "malformed_line", "holds none of the columns"))
            self.carried["broken_"] = f"{this}.broken_"
        for prefix, bounds in (("x", self.mapped.columns), ("y", self.mapped.attrs)):
            for index, bound in enumerate(bounds):
                self._expression(f"{prefix}{index}", bound, f"attrs.{bound.name}" if prefix == "y" else bound.name)
        for index, audit in enumerate(self.mapped.audits):
            self.carried[f"a{index}"] = _tried(audit.sql)
        for index, (alias, join) in enumerate(self.mapped.filling.joins.items()):
            other = self.mapped.sources[alias].column(join.pairs()[0][1]) or ""
            self.carried[f"m{index}"] = f"{quoted(alias)}.{quoted(other)} IS NULL"
        if self.mapped.where:
            self.carried |= {"w": _tried(self.mapped.where.sql), "w_text": self.mapped.where.shown}
            said = f"{self.mapped.where.text} cannot be computed"
            self.shape.checks.append(Check("where", "w_text", "w IS NULL", "bad_value", said))

    def _expression(self, name: str, bound: Bound, column: str) -> None:
        if bound.plain:
            self.carried[name] = bound.sql
            return
        self.carried |= {f"{name}_tried": _tried(bound.sql), f"{name}_text": bound.shown, name: f"struct_extract({name}_tried, 'v')"}
        self.shape.checks.append(Check(column, f"{name}_text", f"{name}_tried IS NULL", "bad_value", f"{bound.text} cannot be computed"))

    def _from(self) -> str:
        found = [f"{quoted(THIS)}"]
        for alias, join in self.mapped.filling.joins.items():
            pairs = [(self.mapped.this.column(own), self.mapped.sources[alias].column(other)) for own, other in join.pairs()]
            on = " AND ".join(f"{quoted(THIS)}.{quoted(own or '')} = {quoted(alias)}.{quoted(other or '')}" for own, other in pairs)
            found.append(f"LEFT JOIN {quoted(alias)} ON {on}")
        return " ".join(found)

    def _types(self, connection: duckdb.DuckDBPyConnection, ctes: list[str]) -> dict[str, str]:
        try:
            rows = connection.execute(f"DESCRIBE WITH {', '.join(ctes)} FROM mapped").fetchall()
        except duckdb.Error as error:
            raise self._culprit(connection, ctes[:-1], error) from None
        return {str(row[0]): str(row[1]) for row in rows}

    def _culprit(self, connection: duckdb.DuckDBPyConnection, ctes: list[str], error: duckdb.Error) -> Exception:
        """The one expression that cannot be bound, found by binding each alone."""
        where = [self.mapped.where] if self.mapped.where else []
        for bound in (*self.mapped.columns, *self.mapped.attrs, *self.mapped.audits, *where):
            try:
                connection.execute(f"DESCRIBE WITH {', '.join(ctes)} SELECT {bound.sql} FROM {self._from()}")
            except duckdb.Error as refused:
                said = str(refused).splitlines()[0].partition(": ")[2]
                remedy = "Columns are text unless types: {column: TYPE} says otherwise." if "VARCHAR" in str(refused) else None
                return bound.problem(f"{bound.text} does not work: {said}", remedy)
        return error

    def _problem(self) -> str:
        branches = " ".join(f"WHEN {check.condition} THEN {index}" for index, check in enumerate(self.shape.checks))
        return f"CASE {branches} END" if branches else "CAST(NULL AS INTEGER)"

    def _selected(self) -> str:
        shown = " ".join(f"WHEN {index} THEN CAST({check.text} AS VARCHAR)" for index, check in enumerate(self.shape.checks))
        payload = ", ".join(f"{quoted(name)} := CAST({text} AS VARCHAR)" for name, text in self.shape.texts.items())
        found: dict[str, str] = {name: name for name in ("file_", "row_") if name in self.carried}
        found |= {quoted(name): sql for name, sql in self.shape.filled.items()}
        found["problem_"] = "problem_"
        found["value_"] = f"CASE problem_ {shown} END" if shown else "CAST(NULL AS VARCHAR)"
        found["payload_"] = f"CASE WHEN problem_ IS NOT NULL THEN to_json(struct_pack({payload})) END"
        found |= {f"audit{index}_": f"NOT a{index}.v" for index in range(len(self.mapped.audits))}
        found |= {f"miss{index}_": f"m{index}" for index in range(len(self.mapped.filling.joins))}
        found |= {f"unknown{index}_": sql for index, sql in enumerate(self.shape.unknown.values())}
        if self.mapped.where:
            broken = "NOT broken_ AND " if "broken_" in self.carried else ""
            found["skip_"] = f"{broken}w IS NOT NULL AND w.v IS NOT TRUE"
        return ",\n  ".join(f"{sql} AS {name}" for name, sql in found.items())


def _listed(items: dict[str, str]) -> str:
    return ", ".join(f"{sql} AS {name}" for name, sql in items.items()) or "NULL AS nothing_"


def _tried(sql: str) -> str:
    """An expression that fails on one row must not fail on all: NULL then, and a struct otherwise."""
    return f"TRY(struct_pack(v := {sql}))"
