"""The SQL that reads files as they stand: every column as text (Parquet keeps its types), with the structural errors beside."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import duckdb

from connectors.dialect import Dialect
from connectors.sql import literal, quoted
from data.errors import Problem

#: Whether a line of a JSON lines file is no object.
BROKEN = "coalesce(json_type(json) <> 'OBJECT', true) AS broken_"

#: What a mapping refers to: a column, or a path into a JSON object.
Name = tuple[str, ...]


@dataclass(frozen=True)
class Source:
    """Files of one dialect, read together. `types` are those that the block declares, `natural` those of Parquet columns."""

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

        JSON lines give the names in `raw` as JSON too, under `as_json(name)`, and `broken_` where a line is no object.

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
    top = json.dumps({name[0]: "VARCHAR" for name in names if len(name) == 1})
    fields = [f"{_empty(_json_text(name), source.nulls)} AS {quoted(spelled(name))}" for name in names]
    fields += [f"json_extract(json, {literal(_path(name))}) AS {quoted(as_json(name))}" for name in raw]
    options = f"ignore_errors = true, filename = true, compression = '{'gzip' if source.dialect.gzip else 'uncompressed'}'"
    lines = f"read_ndjson_objects({_paths(source.files)}, {options})"
    objects = f"(SELECT filename, json, json_transform(json, {literal(top)}) AS o FROM {lines})"
    return f"SELECT {', '.join([*fields, BROKEN])} FROM {objects}"


def _json_text(name: Name) -> str:
    return f"o.{quoted(name[0])}" if len(name) == 1 else f"json_extract_string(json, {literal(_path(name))})"


def _path(name: Name) -> str:
    return "$" + "".join('."' + part.replace('"', '\\"') + '"' for part in name)


def _empty(text: str, nulls: tuple[str, ...]) -> str:
    for word in nulls:
        text = f"nullif({text}, {literal(word)})"
    return text
