"""Behind the preview of a definition: who makes up its number, rows, SQL, what its tests find, what a change does to twelve months."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from html import escape
from typing import Any

import pandas as pd
import streamlit as st

from metrics import checks
from metrics.diff import Affected, Diff, diff
from metrics.explain import runnable
from metrics.made_of import is_shaped
from pages.components import format as fmt
from pages.components import present, reach, trust
from pages.components.board import Board
from pages.components.chart_card import chart_card
from pages.components.chart_model import Chart, Series
from pages.components.choice import choice, toggle
from pages.components.i18n import N_, _, ngettext
from pages.components.ranked import ranked
from pages.components.relay import relayed
from pages.components.states import guarded, notice

LOOKS = {"members": N_("Who"), "rows": N_("Rows"), "sql": N_("SQL"), "tests": N_("Tests"), "effect": N_("Effect")}
#: What is offered first to tell whom a number is made up of.
_FIRST = ("account.plan", "account.segment", "account.name", "feature.name")
_ROWS, _MEMBERS = 50, 6


@dataclass(frozen=True)
class Preview:
    """A board on which an unsaved definition holds, and the saved one. `first` and `end` are the last finished period, half open."""

    board: Board
    saved: Board
    name: str
    text: str
    first: date
    end: date

    @property
    def last(self) -> Board:
        """The board of the last finished period alone."""
        return self.board.narrowed(since=self.first, until=self.end, comparison="none")


def show(seen: Preview) -> None:
    """Draws the card in which the reader chooses what to look at."""
    look = toggle(_("Look at"), _offered(seen), key="look", word=lambda one: _(LOOKS[one]))
    with st.container(key="card-look", gap="small"), guarded():
        {"members": _members, "rows": _rows, "sql": _sql, "tests": _tests, "effect": _effect}[look](seen)


def _offered(seen: Preview) -> list[str]:
    """An effect has what was there before; members have a number."""
    without = {"members"} if is_shaped(seen.board.metric(seen.name)) else set()
    return [one for one in LOOKS if one not in without and (one != "effect" or seen.saved.has(seen.name))]


def _members(seen: Preview) -> None:
    known = seen.board.dimensions(seen.name)
    ordered = [one for one in _FIRST if one in known] + [one for one in known if one not in _FIRST]
    if not ordered:
        notice(_("Nothing to show"), _("This number cannot be split."))
        return
    by = choice(_("By"), ordered, key="by", word=lambda one: one)
    found = present.ranked(seen.last, seen.name, by, top=_MEMBERS, curves=False)
    if not found:
        notice(_("Nothing to show"), _("Nothing was counted here in this range."))
        return
    ranked(found, key="look-members", title=_("By {dimension}").format(dimension=by))


def _rows(seen: Preview) -> None:
    found = seen.board.layer.rows(seen.name, since=seen.first, until=seen.end, limit=_ROWS)
    if not found.total:
        notice(_("No rows"), _("Nothing was counted here in this range."))
        return
    said = ngettext("{total} row", "{total} rows", found.total).format(total=fmt.full(found.total, "integer"))
    st.caption(said if found.total <= _ROWS else _("The newest {shown} of {said}").format(shown=_ROWS, said=said))
    st.dataframe(found.frame.dropna(axis="columns", how="all"), hide_index=True, height=300, alt=_("The rows behind this number"))


def _sql(seen: Preview) -> None:
    chosen = seen.board.filters
    grain = None if is_shaped(seen.board.metric(seen.name)) else chosen.grain
    compiled = seen.board.layer.compile(seen.name, grain=grain, since=chosen.since, until=chosen.until)
    st.code(runnable(compiled.sql, compiled.parameters), language="sql", wrap_lines=True)


def _tests(seen: Preview) -> None:
    """What the tests of the definition find on its last twelve months, and its examples on their own rows."""
    metric = seen.board.metric(seen.name)
    verdict = checks.judge(seen.board.layer, [metric])[seen.name]
    if not verdict.outcomes:
        notice(_("No test"), _("Say what must always hold: a bound below or above, or an example worked out by hand."))
        return
    ended = {one.test: f"{trust.word()}: {trust.summed(one.failures)}" if one.failures else _("holds") for one in verdict.outcomes}
    rows = "".join(f"<dt><code>{escape(test)}</code></dt><dd>{escape(said)}</dd>" for test, said in ended.items())
    st.html(f'<dl class="tv-facts">{rows}</dl>')
    for test in metric.tests:
        if "equals" in test:
            _example(test["equals"])
    st.caption(_("Tried on the last twelve months; an example is tried on its own rows."))


def _example(told: Mapping[str, Any]) -> None:
    """The rows of an example, table by table, and what they must give."""
    for table, rows in told["rows"].items():
        st.dataframe(pd.DataFrame(rows), hide_index=True, alt=_("The rows of the example"))
        st.caption(_("These rows of {table} must give {numbers}.").format(table=table, numbers=told["gives"]))


def _effect(seen: Preview) -> None:
    """Each month as it is and as it would be, and what else changes with it."""
    found = diff(seen.saved.layer, seen.name, seen.text)
    changed = sum(row.differs for row in found.rows)
    said = ngettext("{count} of the last {all} months changes.", "{count} of the last {all} months change.", changed)
    st.html(f'<p class="tv-ask">{escape(said.format(count=changed, all=len(found.rows)))}</p>')
    if not is_shaped(seen.board.metric(seen.name)):
        chart_card(seen.board, _before_and_after(seen, found), key="effect", height=240)
    for one in found.affected:
        _also(one)


def _before_and_after(seen: Preview, found: Diff) -> Chart:
    metric = seen.board.metric(seen.name)
    sides = (
        (_("As it is saved"), "previous", [row.before for row in found.rows]),
        (_("As it would be"), "current", [row.after for row in found.rows]),
    )
    return Chart(
        title=_("The last twelve months"),
        kind="line",
        periods=reach.periods(seen.board, found.result),
        series=tuple(Series(name, tuple(map(present.number, values)), role) for name, role, values in reversed(sides)),
        format=metric.format,
        currency=seen.board.currency,
        grain="month",
    )


def _also(one: Affected) -> None:
    """A metric that is computed from this one."""
    changed = sum(row.differs for row in one.rows)
    if one.problem:
        st.caption(_("{label} cannot be computed any more: {problem}").format(label=one.metric.label, problem=relayed(one.problem)))
    elif changed:
        said = ngettext("{label} changes too, in {count} month.", "{label} changes too, in {count} months.", changed)
        st.caption(said.format(label=one.metric.label, count=changed))
