"""Facts: the tables that metrics count over, read from facts.yml."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from data import yaml_file
from data.schema import TABLES

FILE = Path(__file__).with_name("facts.yml")


@dataclass(frozen=True)
class Join:
    """A table that a fact's row belongs to at most once (many-to-one).

    `history` names the table that holds some columns as they were in time; `left_out` the flag whose rows stay out of
    every metric unless it says `include: [<include>]`.
    """

    name: str
    table: str
    key: str
    columns: dict[str, str]
    history: str | None = None
    historic: tuple[str, ...] = ()
    left_out: str | None = None
    include: str | None = None
    has_attrs: bool = True


@dataclass(frozen=True)
class Fact:
    """A table of rows that happened. `times` maps each moment to the column with its calendar day.

    `fed_by` names the tables whose loading decides how far it is known; `repeats` the columns that stand in several rows of
    one thing, each with the columns that tell such things apart; `money` the columns of what is derived that hold, or follow from,
    amounts which an unknown rate would make wrong.
    """

    name: str
    table: str
    time: str
    times: tuple[str, ...]
    columns: dict[str, str]
    joins: tuple[Join, ...]
    fed_by: tuple[str, ...]
    left_out: dict[str, str]
    every_day: bool
    derived: bool
    repeats: dict[str, tuple[str, ...]]
    money: tuple[str, ...]

    def unconverted(self, column: str) -> str | None:
        """SQL of the currency of a row's amount if it has no amount in the company's; None for a column that holds no money.

        A table has it beside the amount; what is derived carries it along as `unconverted`.
        """
        if self.derived:
            return "f.unconverted" if column in self.money else None
        told = column.removesuffix("_reporting")
        return f"CASE WHEN f.{told} IS NOT NULL AND f.{column} IS NULL THEN f.currency END" if told in TABLES[self.table].money else None

    def joined(self, name: str) -> Join | None:
        """The join of that name, if this fact has it."""
        return next((join for join in self.joins if join.name == name), None)

    def has_clock(self, time: str) -> bool:
        """Whether the moment has a time of day (a daily fact has only dates)."""
        return time != "day"

    def day(self, time: str) -> str:
        """The column that holds the calendar day of a moment."""
        return f"{time}_day" if self.has_clock(time) else time


def _columns(given: Any) -> dict[str, str]:
    return dict(given) if isinstance(given, dict) else {name: name for name in given or ()}


def _join(name: str, block: dict[str, Any]) -> Join:
    history = block.get("history") or {}
    return Join(
        name=name,
        table=block["table"],
        key=block["key"],
        columns=_columns(block["columns"]),
        history=history.get("table"),
        historic=tuple(history.get("columns", ())),
        left_out=block.get("left_out"),
        include=block.get("include"),
    )


def _fact(name: str, block: dict[str, Any], joins: dict[str, Join]) -> Fact:
    time = block["time"]
    return Fact(
        name=name,
        table=block["table"],
        time=time,
        times=(time, *block.get("times", ())),
        columns=_columns(block["columns"]),
        joins=tuple(joins[one] for one in block.get("joins", ())),
        fed_by=(fed,) if isinstance(fed := block.get("fed_by", block["table"]), str) else tuple(fed),
        left_out=dict(block.get("left_out", {})),
        every_day=bool(block.get("every_day", False)),
        derived=block["table"] not in TABLES,
        money=tuple(block.get("money", ())),
        repeats={column: tuple(key) for column, key in block.get("repeats", {}).items()},
    )


@cache
def facts(file: Path = FILE) -> dict[str, Fact]:
    """All facts by name."""
    told = yaml_file.read(file)
    joins = {name: _join(name, block) for name, block in told["joins"].items()}
    return {name: _fact(name, block, joins) for name, block in told["facts"].items()}
