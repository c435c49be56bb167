"""The tests of a definition as they are written: which there are, and what each takes. metrics/checks.py runs them."""

from __future__ import annotations

import re
from collections.abc import Mapping as AnyMapping
from datetime import date
from typing import Any

from data.errors import did_you_mean
from data.schema import TABLES
from data.yaml_file import Mapping

TESTS = ("not_below", "not_above", "sums_to", "equals", "max_age")
AGE = re.compile(r"^(\d{1,6}) (minute|hour|day|week)s?$", re.ASCII)
_EXAMPLE = ("rows", "ask", "gives", "loaded_until")
_ASK = ("grain", "since", "until", "by", "top", "where", "compare", "week_start", "timezone")
_FORM = (
    "Such as {equals: {rows: {event: [{occurred_at: 2026-01-05, account_id: a1}]}, ask: {since: 2026-01-05, until: 2026-01-12}, gives: 1}}."
)


def check(block: Mapping, name: str) -> None:
    """Raises Problem for tests that are not in form."""
    tests = block.get("tests") or []
    for test in tests if isinstance(tests, list) else [tests]:
        if not isinstance(test, Mapping) or not test or any(key not in TESTS for key in test):
            wrong = next((key for key in test if key not in TESTS), "") if isinstance(test, Mapping) else ""
            said = f"{name}: a test is one of {', '.join(TESTS)}, such as {{not_below: 0}}"
            raise block.problem("tests", said, did_you_mean(wrong, TESTS) if wrong else None, value=True)
        for key in test:
            _FORMS[key](test, key, name)
    if not isinstance(tests, list):
        raise block.problem("tests", f"{name}: tests are a list, such as [{{not_below: 0}}]", value=True)


def shown(test: AnyMapping[str, Any]) -> str:
    """A test in one line, for people; of an example only that it is one."""
    return ", ".join(f"{key} {_short(value)}" for key, value in test.items())


def _short(value: Any) -> str:
    if isinstance(value, dict):
        rows = sum(len(rows) for rows in value["rows"].values())
        return f"an example of {rows} row{'s' if rows != 1 else ''}"
    return " + ".join(map(str, value)) if isinstance(value, list) else str(value)


def _number(test: Mapping, key: str, name: str) -> None:
    if not isinstance(test[key], (int, float)) or isinstance(test[key], bool):
        raise test.problem(key, f"{name}: {key} takes a number", value=True)


def _names(test: Mapping, key: str, name: str) -> None:
    if not isinstance(test[key], list) or not test[key] or not all(isinstance(one, str) for one in test[key]):
        raise test.problem(key, f"{name}: {key} takes a list of metrics", "Such as {sums_to: [mrr_new, mrr_expansion]}.", value=True)


def _age(test: Mapping, key: str, name: str) -> None:
    if not AGE.match(str(test[key])):
        raise test.problem(key, f'{name}: {key} is a stretch such as "2 days"', value=True)


def _example(test: Mapping, key: str, name: str) -> None:
    example = test[key]
    if not isinstance(example, Mapping) or not {"rows", "ask", "gives"} <= set(example):
        raise test.problem(key, f"{name}: equals takes rows, ask and gives", _FORM, value=True)
    for told in example:
        if told not in _EXAMPLE:
            raise example.problem(told, f'{name}: equals has no key "{told}"', did_you_mean(told, _EXAMPLE))
    _rows(example, name)
    ask = example["ask"]
    if not isinstance(ask, Mapping) or "until" not in ask:
        raise example.problem("ask", f"{name}: ask takes the options of a query, until among them", _FORM, value=True)
    for told in ask:
        if told not in _ASK:
            raise ask.problem(told, f'{name}: a query has no option "{told}"', did_you_mean(told, _ASK))
        kinds: Any = {"top": int, "by": list, "since": (str, date), "until": (str, date)}.get(told, str)
        if not isinstance(ask[told], kinds) or isinstance(ask[told], bool):
            raise ask.problem(told, f"{name}: {told} cannot be {ask[told]}", "As in a query.", value=True)
    if not isinstance(example.get("loaded_until", ""), (str, date)):
        raise example.problem("loaded_until", f"{name}: loaded_until is a day or a time", value=True)


def _rows(example: Mapping, name: str) -> None:
    rows = example["rows"]
    if not isinstance(rows, Mapping):
        raise example.problem("rows", f"{name}: rows maps tables to lists of rows", _FORM, value=True)
    for table, listed in rows.items():
        if table not in TABLES:
            raise rows.problem(table, f'{name}: there is no table "{table}"', did_you_mean(table, TABLES))
        if not isinstance(listed, list) or not all(isinstance(row, Mapping) for row in listed):
            raise rows.problem(table, f"{name}: the rows of {table} are a list of mappings", _FORM, value=True)
        for row in listed:
            for column in row:
                if column not in TABLES[table].columns:
                    raise row.problem(column, f'{name}: {table} has no column "{column}"', did_you_mean(column, TABLES[table].columns))


_FORMS = {"not_below": _number, "not_above": _number, "sums_to": _names, "max_age": _age, "equals": _example}
