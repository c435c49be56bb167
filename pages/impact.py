"""Impact: what did this release do to adoption, revenue and support?"""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from datetime import date, timedelta
from functools import partial
from html import escape

import pandas as pd
import streamlit as st

from metrics.insight import impact as impacts
from metrics.insight.impact import Impact
from metrics.insight.impact.outcomes import Outcome
from metrics.insight.impact.release_panel import Member
from metrics.releases import Release
from pages.components import adopting, cards, effect_charts, places, report, section
from pages.components import effect_words as words
from pages.components import format as fmt
from pages.components.board import Board
from pages.components.chart_card import beside, chart_card
from pages.components.choice import choice
from pages.components.drawer import Ask, ask
from pages.components.i18n import N_, _, ngettext
from pages.components.memory import Memory
from pages.components.roster import Cell, Heading, Line, roster
from pages.components.section import plain_card
from pages.components.states import guarded, notice
from pages.components.table import Column, table

TITLE = N_("Impact")
QUESTION = N_("What did this release do to adoption, revenue and support?")
ICON = ":material/flag:"
#: A release has its own weeks, and is judged over all accounts.
FILTERED, SHARED = False, True

BY_HAND = "by_hand"
WINDOWS = ("8", "4", "13", "26")
#: Accounts of each side that are shown; the table has them all.
SHOWN = 8
#: Of what else happened, so much is listed.
MOST = 12
#: A release of features that came so long ago is what the page opens with, first one that improved them: something can be told of it.
_TOLD = timedelta(weeks=13)
_judged = Memory(100)
LIMITS = (
    N_("Who adopts chooses to. The weights and the line before take off what segments, plans, level and course tell of that; what they "
       "do not tell, such as a new champion in the account, stays in the effect."),
    N_("Accounts that adopted after four weeks count among the others, which makes effects look smaller than they are."),
    N_("A number of everyone is compared with its own course alone: whatever else happened in these weeks is in it too."),
    N_("All outcomes are looked at together, so their p are corrected (Holm): one false call in twenty releases at most."),
)  # fmt: skip


def show(board: Board) -> None:
    """Draws the page."""
    known = [one for one in board.layer.releases(most=500) if one.shipped]
    with st.container(key="chooser", horizontal=True, vertical_alignment="bottom", gap="small"):
        release = _chosen(board, known)
        window = choice(_("Weeks looked at"), WINDOWS, key="window", word=lambda one: _("{count} weeks").format(count=one), width=140)
    if release is None:
        said = _("Load a table of releases whose feature_ids name the features that they changed, or choose a day and a feature.")
        notice(_("No releases yet"), said)
        return
    found = _found(board, release, int(window))
    section.lead(words.sentence(board, found), [])
    with guarded():
        picked = _outcomes(board, found)
        _chart(board, picked)
        left, right = st.columns(2, gap="small")
        with left:
            _checks(board, picked)
        with right:
            _happened(found)
    _accounts(board, found)
    _method(found)


def _chosen(board: Board, known: Sequence[Release]) -> Release | None:
    """The release that is looked at: of those that are loaded, or of a day and a feature that the reader gives."""
    by_id = {one.release_id: one for one in known}
    told = [one for one in known if one.features and one.shipped and one.shipped <= board.last_day - _TOLD]
    first = next((one.release_id for one in [*filter(partial(_improves, board), told), *told]), None)
    options = [*([first] if first else []), *(one for one in by_id if one != first), BY_HAND]

    def word(one: str) -> str:
        release = by_id.get(one)
        return f"{release.name}, {fmt.day(release.shipped)}" if release and release.shipped else _("Another day and feature")

    picked = choice(_("Release"), options, key="release", word=word, width=420)
    return by_id.get(picked) or _by_hand(board)


def _improves(board: Board, release: Release) -> bool:
    """Whether a feature of it was there before, so that there is a before to compare with."""
    features = board.layer.workspace.features
    since = [features[one].released_at for one in release.features if one in features]
    return any(not isinstance(day, date) or (release.shipped is not None and day < release.shipped) for day in since)


def _by_hand(board: Board) -> Release | None:
    features = adopting.features(board)
    if not features:
        return None
    feature = choice(_("Feature"), list(features), key="feature", word=lambda one: features[one], width=200)
    day = st.date_input(
        _("Day"), value=board.last_day - _TOLD, max_value=board.last_day, key="day", bind="query-params", width=160, format="YYYY-MM-DD"
    )
    return impacts.by_hand(board.layer, day, [feature]) if isinstance(day, date) else None


def _found(board: Board, release: Release, window: int) -> Impact:
    """The effects, reckoned once for each generation; what is loading meanwhile keeps the room of the page."""
    notes: Hashable = tuple((note.day, note.text) for note in board.notes)
    key = (board.layer, board.generation, release, window, notes)
    with st.skeleton(height=900):
        return _judged.recall(key, board.known, lambda: impacts.impact(board.layer, release, window=window, notes=board.notes))


def _outcomes(board: Board, found: Impact) -> Outcome:
    """The cards; gives the outcome that is picked."""
    by_id = {one.metric: one for one in found.outcomes}

    def asked(name: str, what: str) -> None:
        ask(Ask("explain" if what == "explain" else "rows", name, found.day, found.until))

    shown = [words.tile(board, one) for one in found.outcomes]
    return by_id[cards.tiles(shown, key="outcome", columns=3, on_ask=asked)]


def _chart(board: Board, one: Outcome) -> None:
    if one.estimate is None:
        with plain_card(key="study", title=words.label(board, one)):
            notice(_("Cannot tell"), f"{words.why_not(one.verdict)[:1].upper()}{words.why_not(one.verdict)[1:]}.")
        return
    chart_card(board, effect_charts.chart(board, one), key="study", height=320, subtitle=effect_charts.subtitle(one))


def _checks(board: Board, one: Outcome) -> None:
    """What speaks for the design of the picked outcome, and what it finds where nothing was released."""
    with plain_card(key="checks", title=_("Can this be trusted?"), subtitle=words.design(one)):
        found = words.checks(board, one)
        if not found:
            notice(_("Nothing was measured"), _("There is no estimate to check."))
            return
        report.written(_("Can this be trusted?"), words.design(one), [said for _fine, said in found])
        rows = "".join(f'<li><span class="tv-mark {"" if fine else "warn"}"></span>{escape(said)}</li>' for fine, said in found)
        st.html(f'<ul class="tv-findings">{rows}</ul>')
        lines = [
            (
                _("{count} weeks before").format(count=each.weeks_before),
                words.size(board, one, each.found.value),
                words.interval(board, one, each.found),
            )
            for each in one.placebos
        ]
        columns = (Column(_("Days without a release")), Column(_("Effect"), True), Column(_("95 % interval"), True))
        table(columns, lines, title=_("Days without a release"))


def _happened(found: Impact) -> None:
    with plain_card(
        key="happened", title=_("What else happened then"), subtitle=_("From four weeks before it, to the end of what is looked at")
    ):
        rows = [words.happened(one) for one in found.happenings]
        if not rows:
            notice(_("Nothing else is known"), _("Notes at a day, which anybody can add, are listed here too."))
            return
        columns = (Column(_("Day")), Column(_("What")), Column(_("Name")))
        table(columns, rows[:MOST], title=_("What else happened then"))
        if len(rows) > MOST:
            left = len(rows) - MOST
            st.caption(ngettext("and {count} more", "and {count} more", left).format(count=left))


def _accounts(board: Board, found: Impact) -> None:
    """Who counts as having adopted it, and who it is compared with; a row opens the account."""
    if not found.release.features:
        return
    with plain_card(key="sides", title=_("Who is compared with whom"), subtitle=words.reached(found)):
        sides = [(_("Adopted it"), found.adopters), (_("Did not"), found.others)]
        if not any(members for _side, members in sides):
            notice(_("Nobody to compare"), _("No account is old enough, may use it, and did something in these weeks."))
            return
        lines = [_line(side, one) for side, members in sides for one in members[:SHOWN]]
        headings = [
            Heading("name", _("Account"), number=False), Heading("side", _("Side"), number=False),
            Heading("segment", _("Segment"), number=False), Heading("plan", _("Plan"), number=False),
        ]  # fmt: skip
        opened = roster(
            lines, headings, key="members", title=_("Who is compared with whom"), sorted_by=("side", False), on_sort=lambda _id: None,
            own=("release", "outcome", "window"),
        )  # fmt: skip
        rows = [(side, one.name, one.account_id, one.segment, one.plan) for side, members in sides for one in members]
        frame = pd.DataFrame(rows, columns=[_("Side"), _("Account"), "account_id", _("Segment"), _("Plan")])
        count = ngettext("{count} account", "{count} accounts", len(rows)).format(count=len(rows))
        beside(
            board, frame, count, title=_("Who is compared with whom"), key="members", file="impact", names=("feature_events",), ranged=False
        )
    if opened:
        places.go("account", id=opened)


def _line(side: str, one: Member) -> Line:
    href = f"account?id={one.account_id}"
    return Line(one.account_id, one.name, one.account_id, href, (Cell(side), Cell(one.segment), Cell(one.plan)))


def _method(found: Impact) -> None:
    limits = [_(limit) for limit in LIMITS]
    with plain_card(key="method", title=_("What this can and cannot show"), subtitle=words.settled(found.settled)):
        report.written(_("What this can and cannot show"), words.settled(found.settled), limits)
        st.html(f'<ul class="tv-findings">{"".join(f"<li>{escape(limit)}</li>" for limit in limits)}</ul>')
