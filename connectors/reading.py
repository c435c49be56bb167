"""The SQL that reads files as they stand: every column as text (Parquet keeps its types), with the structural errors beside."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import duckdb

from connectors.dialect import Dialect
from connectors.sql import literal, quoted
from data.errors import Problem

#: What a mapping refers to: a column, or a path into a JSON object.
Name = tuple[str, ...]


@dataclass(frozen=True)
class Source:
    """Files of one dialect, read together; `name` is the first one's. `types` are declared, `natural` are those of Parquet."""

    name: str
    files: tuple[Path, ...]
    dialect: Dialect
    nulls: tuple[str, ...]
    types: dict[str, str]
    natural: dict[str, str] = field(default_factory=dict)

    def column(self, name: str) -> str | None:
        """The column as the file spells it; None when the file has none of that name. Case does not matter."""
        return next((each for each in self.dialect.columns if each.lower() == name.lower()), None)

    def scan(self, names: Iterable[Name], raw: Iterable[Name] = (), rejects: str | None = None) -> str:
        """A SELECT of these columns, each under `spelled(name)`, with `file_`, the number of the file in `files` (from 1).

        JSON lines give the names in `raw` as JSON too, under `as_json(name)`, and `broken_` where a line says nothing or is no object.

        Lines that cannot be read go to the temporary tables `<rejects>_error` and `<rejects>_scan`; without `rejects` they are
        an error.
        """
        wanted = list(dict.fromkeys(names))
        if self.dialect.format == "parquet":
            body = f"SELECT {_columns(wanted)} FROM read_parquet({_paths(self.files)}, filename = true)"
        elif self.dialect.format == "jsonl":
            body = _json(self, wanted, list(raw))
        else:
            body = f"SELECT {_columns(wanted)} FROM {self._csv(rejects)}"
        return body.replace("SELECT", f"SELECT list_position({_paths(self.files)}, filename) AS file_,", 1)

    def _csv(self, rejects: str | None) -> str:
        columns = ", ".join(f"{literal(name)}: 'VARCHAR'" for name in self.dialect.columns)
        options = [
            f"columns = {{{columns}}}",
            "auto_detect = false",
            f"delim = {literal(self.dialect.delimiter or ',')}",
            f"quote = {literal(self.dialect.quote or '')}",
            f"escape = {literal(self.dialect.escape or '')}",
            f"header = {str(self.dialect.header).lower()}",
            f"nullstr = [{', '.join(map(literal, self.nulls))}]",
            f"compression = '{'gzip' if self.dialect.gzip else 'none'}'",
            "filename = true",
        ]
        if rejects:
            options += ["store_rejects = true", f"rejects_table = '{rejects}_error'", f"rejects_scan = '{rejects}_scan'"]
        return f"read_csv({_paths(self.files)}, {', '.join(options)})"


def parquet_columns(connection: duckdb.DuckDBPyConnection, path: Path, name: str) -> dict[str, str]:
    """The columns of a Parquet file and their types. Raises Problem when it is none, or is damaged."""
    try:
        rows = connection.execute(f"DESCRIBE SELECT * FROM read_parquet({_paths([path])})").fetchall()
    except duckdb.Error as error:
        raise Problem(f"{name} is not a whole Parquet file ({str(error).splitlines()[0]})", remedy="Export it again.") from None
    return {str(row[0]): str(row[1]) for row in rows}


def json_keys(connection: duckdb.DuckDBPyConnection, path: Path, dialect: Dialect) -> tuple[str, ...]:
    """The keys that any line of a JSON lines file has: those of its first lines, then the others by name."""
    compression = "gzip" if dialect.gzip else "uncompressed"
    lines = f"read_ndjson_objects({_paths([path])}, ignore_errors = true, compression = '{compression}')"
    objects = f"SELECT json FROM {lines} WHERE starts_with(ltrim(json), '{{')"
    rows = connection.execute(f"SELECT DISTINCT unnest(json_keys(json)) FROM ({objects}) ORDER BY 1").fetchall()
    return tuple(dict.fromkeys([*dialect.columns, *(str(key) for (key,) in rows)]))


def as_json(name: Name) -> str:
    """The name under which a scan of JSON lines gives a value with its JSON type."""
    return spelled(name) + " as JSON"


def spelled(name: Name) -> str:
    """The one name under which a scan gives a column."""
    return ".".join(name)


def _paths(files: Sequence[Path]) -> str:
    return f"[{', '.join(literal(str(file)) for file in files)}]"


def _columns(names: list[Name]) -> str:
    return ", ".join(f"{'.'.join(map(quoted, name))} AS {quoted(spelled(name))}" for name in names) or "1 AS nothing_"


def _json(source: Source, names: list[Name], raw: list[Name]) -> str:
    """Keys are read as text; those that are wanted with their type or in parts as JSON. A broken line gives a row of nothing."""
    as_they_are = {name[0] for name in names if len(name) > 1} | {name[0] for name in raw}
    keys = dict.fromkeys(name[0] for name in (*names, *raw))
    columns = ", ".join(f"{literal(key)}: '{'JSON' if key in as_they_are else 'VARCHAR'}'" for key in keys) or "'nothing': 'VARCHAR'"
    texts = [f"{_empty(_json_text(name, as_they_are), source.nulls)} AS {quoted(spelled(name))}" for name in names]
    fields = texts + [f"{_json_value(name)} AS {quoted(as_json(name))}" for name in raw]
    fields.append(f"coalesce({', '.join(f'CAST({quoted(key)} AS VARCHAR)' for key in keys) or 'NULL'}) IS NULL AS broken_")
    options = f"ignore_errors = true, filename = true, compression = '{'gzip' if source.dialect.gzip else 'uncompressed'}'"
    options = f"format = 'newline_delimited', columns = {{{columns}}}, {options}"
    return f"SELECT {', '.join(fields)} FROM read_json({_paths(source.files)}, {options})"


def _json_text(name: Name, as_they_are: set[str]) -> str:
    if name[0] in as_they_are:
        return f"json_extract_string({quoted(name[0])}, {literal(_path(name[1:]))})"
    return quoted(name[0])


def _json_value(name: Name) -> str:
    return f"nullif(json_extract({quoted(name[0])}, {literal(_path(name[1:]))}), 'null')"


def _path(parts: Name) -> str:
    return "$" + "".join('."' + part.replace('"', '\\"') + '"' for part in parts)


def _empty(text: str, nulls: tuple[str, ...]) -> str:
    for word in nulls:
        text = f"nullif({text}, {literal(word)})"
    return text
