"""As much SOQL as is asked of the fake Salesforce: some fields of an object, conditions that must all hold, an order; and its times."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

_QUERY = re.compile(
    r"SELECT (?P<fields>\w+(?:, \w+)*) FROM (?P<kind>\w+)(?: WHERE (?P<where>.+))? ORDER BY (?P<order>\w+(?:, \w+)*)",
)
_CONDITION = re.compile(r"(?P<field>\w+) (?P<sign>=|!=|>|>=) (?:'(?P<text>[^']*)'|(?P<time>\d[\dT:.Z-]+)|(?P<word>true|false|null))")
_WORDS = {"true": True, "false": False, "null": None}
_SIGNS: dict[str, Callable[[Any, Any], bool]] = {
    "=": lambda value, told: value == told,
    "!=": lambda value, told: value != told,
    ">": lambda value, told: value > told,
    ">=": lambda value, told: value >= told,
}


@dataclass(frozen=True)
class Condition:
    """What a field must be."""

    field: str
    sign: str
    told: Any

    def holds(self, row: dict[str, Any]) -> bool:
        """Whether it is so in a row."""
        value = row[self.field]
        return _SIGNS[self.sign](datetime.fromisoformat(value) if isinstance(self.told, datetime) else value, self.told)


@dataclass(frozen=True)
class Query:
    """What is asked for."""

    kind: str
    fields: tuple[str, ...]
    conditions: tuple[Condition, ...]
    order: tuple[str, ...]

    @property
    def named(self) -> set[str]:
        """All fields that it names."""
        return {*self.fields, *self.order, *(each.field for each in self.conditions)}

    def of(self, rows: Iterable[dict[str, Any]]) -> list[dict[str, Any]]:
        """What it gives of these rows."""
        found = [row for row in rows if all(each.holds(row) for each in self.conditions)]
        return [{name: row[name] for name in self.fields} for row in sorted(found, key=lambda row: [row[name] for name in self.order])]


def parsed(text: str) -> Query:
    """A query. Raises ValueError for one that is not understood."""
    found = _QUERY.fullmatch(text)
    if not found:
        raise ValueError("unexpected token")
    conditions = tuple(_condition(each) for each in (found["where"] or "").split(" AND ") if each)
    return Query(found["kind"], tuple(found["fields"].split(", ")), conditions, tuple(found["order"].split(", ")))


def _condition(text: str) -> Condition:
    found = _CONDITION.fullmatch(text)
    if not found:
        raise ValueError(f"unexpected token in {text}")
    told: Any = _WORDS[found["word"]] if found["word"] else found["text"]
    return Condition(found["field"], found["sign"], datetime.fromisoformat(found["time"]) if found["time"] else told)


def written(moment: datetime) -> str:
    """A time as Salesforce writes it."""
    return moment.strftime("%Y-%m-%dT%H:%M:%S.000+0000")


def moment(text: str) -> datetime:
    """A time that Salesforce wrote."""
    return datetime.fromisoformat(text)


def shown(text: str | None) -> str | None:
    """A time that Salesforce wrote, as it is compared."""
    return moment(text).strftime("%Y-%m-%d %H:%M:%S+00") if text else None
