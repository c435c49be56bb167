"""Casts that are noticed: for each one the value, and the conditions under which it failed or changed what stood there."""

from __future__ import annotations

import re
from dataclasses import dataclass

WHOLE = ("TINYINT", "SMALLINT", "INTEGER", "BIGINT", "HUGEINT", "UTINYINT", "USMALLINT", "UINTEGER", "UBIGINT")
MOMENTS = ("TIMESTAMP WITH TIME ZONE", "TIMESTAMPTZ")
#: The types that `types:` may give a column, by any of DuckDB's names for them.
TYPES = re.compile(
    r"(?i)(VARCHAR|TEXT|BOOLEAN|BOOL|DATE|TIME|TIMESTAMP|TIMESTAMPTZ|TIMESTAMP WITH TIME ZONE|DOUBLE|FLOAT|REAL"
    r"|(U?(TINY|SMALL|BIG|HUGE)?INT(EGER)?)|(DECIMAL|NUMERIC)(\(\s*\d+\s*(,\s*\d+\s*)?\))?)"
)


@dataclass(frozen=True)
class Cast:
    """SQL of a cast: its `value`, and when it `failed` or `changed` the value (None when it cannot).

    The conditions are about two columns: the text, and the value under its own name.
    """

    value: str
    failed: str | None = None
    changed: str | None = None


@dataclass(frozen=True)
class Zones:
    """The company's time zone, and the one of a source's times that name none. The session's TimeZone is `source`."""

    company: str
    source: str

    def day(self, text: str, value: str, given: str) -> str:
        """The company's calendar day of a time: the day as it is written where that needs no conversion."""
        if given == "DATE" or (given == "TIMESTAMP" and self.source == self.company):
            return f"CAST({text} AS DATE)"
        return f"CAST(timezone('{self.company}', {value}) AS DATE)"


def cast(text: str, value: str, given: str, wanted: str, zones: Zones) -> Cast:
    """The cast of the column `text`, of type `given`, to the type `wanted`; `value` is the column that will hold the result.

    A date becomes that calendar day in the company's zone; a time without a zone stands in the source's.
    """
    if given == wanted or given == '"NULL"':
        return Cast(f"CAST({text} AS {wanted})", _endless(value, wanted))
    if wanted == "VARCHAR":
        return Cast(f"CAST({text} AS VARCHAR)")
    failed = f"{text} IS NOT NULL AND {value} IS NULL"
    if wanted in MOMENTS:
        return Cast(_moment(text, given, zones), f"({failed}) OR {_endless(value, wanted)}")
    sql = f"TRY_CAST({text} AS {wanted})"
    if given == "VARCHAR":
        endless = _endless(value, wanted)
        return Cast(sql, f"({failed}) OR {endless}" if endless else failed, _changed_text(text, value, wanted))
    return Cast(sql, failed, f"TRY_CAST({value} AS {given}) IS DISTINCT FROM {text}")


def _changed_text(text: str, value: str, wanted: str) -> str | None:
    if wanted in WHOLE:
        exact = f"TRY_CAST({text} AS DECIMAL(38, 12)) IS DISTINCT FROM {value}"
        return f"CAST({value} AS VARCHAR) <> {text} AND ({exact} OR {_tiny(text, value)})"
    if wanted.startswith("DECIMAL"):
        return _cut_decimals(text, value, wanted)
    if wanted in ("DOUBLE", "FLOAT"):
        long = f"length({text}) > 15 AND regexp_full_match({text}, '[-+]?[0-9]{{16,}}')"
        return f"{long} AND TRY_CAST({value} AS HUGEINT) <> TRY_CAST({text} AS HUGEINT)"
    if wanted == "DATE":
        return f"length(trim({text})) > 10 AND TRY_CAST({text} AS TIMESTAMP) <> CAST({value} AS TIMESTAMP)"
    return None


def _tiny(text: str, value: str) -> str:
    """Digits too far behind the point for a decimal, such as 1E-30, are seen by a double; beyond it (1E-324) a nought that was none."""
    nought = f"{value} = 0 AND regexp_matches({text}, '^[^eE]*[1-9]')"
    return f"(TRY_CAST({text} AS DOUBLE) <> TRY_CAST({value} AS DOUBLE) OR ({nought}))"


def _cut_decimals(text: str, value: str, wanted: str) -> str:
    scale = int(re.sub(r".*,\s*(\d+)\).*", r"\1", wanted))
    after = f"length({text}) - position('.' IN {text}) > {scale} AND position('.' IN {text}) > 0"
    digits = f"regexp_matches({text}, '\\.[0-9_]{{{scale}}}[0-9_]*[1-9]')"
    exact = f"TRY_CAST({text} AS DECIMAL(38, 20)) IS DISTINCT FROM {value} OR {_tiny(text, value)}"
    return f"CASE WHEN contains(lower({text}), 'e') THEN {exact} ELSE {after} AND {digits} END"


def _moment(text: str, given: str, zones: Zones) -> str:
    if given == "DATE":
        return f"timezone('{zones.company}', CAST({text} AS TIMESTAMP))"
    if given in ("TIMESTAMP", "TIMESTAMP_S", "TIMESTAMP_MS", "TIMESTAMP_NS"):
        return f"timezone('{zones.source}', CAST({text} AS TIMESTAMP))"
    if given != "VARCHAR" or zones.source == zones.company:
        return f"TRY_CAST({text} AS TIMESTAMPTZ)"
    day = f"timezone('{zones.company}', TRY_CAST({text} AS TIMESTAMP))"
    return f"CASE WHEN length(trim({text})) <= 10 THEN {day} ELSE TRY_CAST({text} AS TIMESTAMPTZ) END"


def _endless(value: str, wanted: str) -> str | None:
    """NaN and infinity are no figures and no days."""
    return f"NOT isfinite({value})" if wanted in ("DOUBLE", "FLOAT", "DATE", *MOMENTS) else None
