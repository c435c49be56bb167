"""All accounts side by side: the numbers of adoption, revenue and support of each, and the marks where these disagree."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any
from urllib.parse import quote

import pandas as pd

from data.errors import Problem
from pages.components import format as fmt
from pages.components import plays, present
from pages.components.board import Board
from pages.components.export import Sheet
from pages.components.export_facts import facts
from pages.components.filters import NONE
from pages.components.i18n import N_, _, plain
from pages.components.present import TREND
from pages.components.roster import Cell, Heading, Line, Mark

ID, NAME, PLAN, SEGMENT, REGION, OWNER = (
    "account_id", "account.name", "account.plan", "account.segment", "account.region", "account.owner",
)  # fmt: skip
_EVERY = "all_accounts"
_USE = "meaningful_events"
#: The columns of numbers: metric, the word over it, its group; `~` before a metric is its change.
COLUMNS = (
    ("active_users", N_("People"), N_("Adoption")),
    ("features_used", N_("Features"), N_("Adoption")),
    (_USE, N_("Use"), N_("Adoption")),
    (f"~{_USE}", N_("Change"), N_("Adoption")),
    ("mrr", N_("MRR"), N_("Revenue")),
    ("~mrr", N_("Change"), N_("Revenue")),
    ("tickets_created", N_("Tickets"), N_("Support")),
    ("backlog", N_("Open"), N_("Support")),
    ("csat", N_("CSAT"), N_("Support")),
)


@dataclass(frozen=True)
class Customer:
    """An account with its numbers: `values` by metric, those of the period compared with under `<metric>_compared`.

    `marks` are names of playbooks that mark it, the most urgent first; `urgency` is higher for what is more urgent.
    """

    id: str
    name: str
    plan: str = ""
    segment: str = ""
    region: str = ""
    owner: str = ""
    values: Mapping[str, float | None] = field(default_factory=dict)
    curve: tuple[float | None, ...] = ()
    marks: tuple[str, ...] = ()
    urgency: int | None = None


def customers(board: Board) -> list[Customer]:
    """Every account that the reader's filters let through, in a query or two for all of them."""
    told = board.ask(_EVERY, by=(ID, NAME, PLAN, SEGMENT, REGION, OWNER)).rows
    names = [name for name, *_words in columns(board) if not name.startswith("~")]
    values = {str(row[ID]): row for row in board.ask(*names, by=(ID,), compare=board.filters.compare).rows} if names else {}
    curves, marked = _curves(board), plays.marks(board)
    urgent = {kind: -place for place, kind in enumerate(plays.marking(board))}
    found = {}
    for row in told:
        account = str(row[ID])
        if row[_EVERY] and account != NONE:
            numbers = {key: present.number(value) for key, value in values.get(account, {}).items() if key not in (ID, "complete")}
            name, plan, segment, region, owner = (_said(row[dimension]) for dimension in (NAME, PLAN, SEGMENT, REGION, OWNER))
            curve, kinds = curves.get(account, ()), tuple(marked.get(account, ()))
            found[account] = Customer(
                account, name or account, plan, segment, region, owner, numbers, curve, kinds, urgent[kinds[0]] if kinds else None
            )
    return list(found.values())


def columns(board: Board) -> list[tuple[str, str, str]]:
    """The columns whose metrics are defined here; those of a change are left out where nothing is compared."""
    compared = board.filters.compare is not None
    return [one for one in COLUMNS if board.has(one[0].lstrip("~")) and (compared or not one[0].startswith("~"))]


def headings(board: Board) -> list[Heading]:
    """The head of the table."""
    found = [Heading("name", _("Account"), number=False), Heading("marks", _("Disagreement"), number=False)]
    for name, word, group in columns(board):
        label = board.label(name.lstrip("~"))
        spoken = _("Change of {metric}").format(metric=label) if name.startswith("~") else label
        found.append(Heading(name, _(word), _(group), spoken=spoken))
    return found


def counted(board: Board, name: str) -> set[str]:
    """The ids of the accounts that a metric counts, or of which it is more than nothing."""
    return {str(row[ID]) for row in board.ask(name, by=(ID,)).rows if row[name]}


def chosen(found: Sequence[Customer], asked: str, mark: str) -> list[Customer]:
    """The accounts in whose name, or whose owner's, each word that was asked for stands, and that carry the mark where one is named."""
    words = plain(asked).split()
    return [
        one for one in found if (not mark or mark in one.marks) and all(word in plain(f"{one.name} {one.id} {one.owner}") for word in words)
    ]


def ordered(found: Sequence[Customer], column: str, falling: bool) -> list[Customer]:
    """In the order of a column; those without a value come last, whichever way."""
    by_name = sorted(found, key=lambda one: (plain(one.name), one.id))
    known = [one for one in by_name if _rank(one, column) is not None]
    rest = [one for one in by_name if _rank(one, column) is None]
    return sorted(known, key=lambda one: _rank(one, column), reverse=falling) + rest


def lines(board: Board, found: Sequence[Customer]) -> list[Line]:
    """The rows of the table."""
    named = [name for name, *_words in columns(board)]
    signs = {kind: Mark(plays.words(one.mark.label), one.mark.tone) for kind, one in plays.marking(board).items() if one.mark}
    return [
        Line(
            one.id,
            one.name,
            " · ".join(part for part in (one.plan, one.segment) if part) or _("no plan"),
            f"account?id={quote(one.id, safe='')}",
            (Cell(marks=tuple(signs[kind] for kind in one.marks)), *(_cell(board, one, name) for name in named)),
        )
        for one in found
    ]


def sheet(board: Board, found: Sequence[Customer]) -> Sheet:
    """All of it with full figures, to take away."""
    named = [name for name, *_words in columns(board)]
    signs = {kind: plays.words(told.mark.label) for kind, told in plays.marking(board).items() if told.mark}
    rows = []
    for one in found:
        texts = {"account_id": one.id, "name": one.name, "plan": one.plan, "segment": one.segment, "region": one.region, "owner": one.owner}
        said = "; ".join(signs[kind] for kind in one.marks)
        rows.append(texts | {"disagreement": said} | {_title(name): _value(one, name) for name in named})
    heads = ["account_id", "name", "plan", "segment", "region", "owner", "disagreement", *map(_title, named)]
    metrics = list(dict.fromkeys(name.lstrip("~") for name in named))
    formats = {_title(name): board.metric(name.lstrip("~")).format for name in named}
    title = _("Adoption, revenue and support of each account")
    told = facts(board, title, metrics, by=(ID,), compare=board.filters.compare)
    return Sheet(title, pd.DataFrame(rows, columns=heads), told, formats, board.currency, board.zone)


def _curves(board: Board) -> dict[str, tuple[float | None, ...]]:
    """The use of each account by the week, over twelve weeks at least; weeks that are not over are not drawn."""
    if not board.has(_USE):
        return {}
    since = min(board.filters.since, board.filters.until - timedelta(days=TREND))
    grain = "week" if board.filters.days <= 190 else "month"
    try:
        rows = board.narrowed(since=since).series(_USE, by=(ID,), grain=grain).rows
    except Problem:
        return {}
    over = {row["period"] for row in rows if row["complete"]} or {row["period"] for row in rows}
    found: dict[str, list[float | None]] = {}
    for row in rows:
        if row["period"] in over:
            found.setdefault(str(row[ID]), []).append(present.number(row[_USE]))
    return {account: tuple(curve) for account, curve in found.items()}


def _cell(board: Board, one: Customer, name: str) -> Cell:
    metric = board.metric(name.lstrip("~"))
    now = one.values.get(metric.name)
    if name.startswith("~"):
        said, direction, tone = present.change(board, metric, now, one.values.get(f"{metric.name}_compared"))
        arrow = {"up": "↑", "down": "↓", "flat": "→"}[direction]
        return Cell(f"{arrow} {said}" if said and direction != "flat" else arrow if said else "", tone)
    spark = one.curve if name == _USE else ()
    return Cell(fmt.short(now, metric.format, board.currency), "" if now else "flat", spark)


def _rank(one: Customer, column: str) -> Any:
    if column == "name":
        return plain(one.name)
    if column == "marks":
        return one.urgency
    return _value(one, column)


def _value(one: Customer, column: str) -> float | None:
    return one.values.get(f"{column[1:]}_change" if column.startswith("~") else column)


def _said(value: Any) -> str:
    return "" if value in (None, NONE) else str(value)


def _title(name: str) -> str:
    return f"{name[1:]}_change" if name.startswith("~") else name
