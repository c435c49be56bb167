"""Deciding about a recommendation: accept, assign, snooze, reject, done; sending it to another tool; what was decided, and undo."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date, datetime, timedelta
from html import escape

import streamlit as st

from data.journal import Decision, Job, Journal
from data.journal.decisions import TAKEN_UP
from metrics.insight.actions import outcome
from metrics.insight.actions.action import Action
from metrics.insight.actions.standing import Standing
from pages.components import filters, plays, report, saved, section
from pages.components import format as fmt
from pages.components.board import Board
from pages.components.i18n import N_, _
from pages.components.relay import relayed

STATES = {
    "open": N_("To decide"),
    "accepted": N_("Accepted"),
    "assigned": N_("Assigned"),
    "done": N_("Done"),
    "snoozed": N_("Snoozed"),
    "rejected": N_("Rejected"),
}
_REASON, _UNTIL, _WHO, _TOOL = "decide-reason", "decide-until", "decide-who", "decide-tool"
_SNOOZE = timedelta(days=28)
#: By connector what something becomes there; `app.py` says which, since pages know no connector.
_takes: Callable[[], Mapping[str, str]] = dict
_BECOMES = {"issue": N_("Send it to {source} as an issue"), "note": N_("Send it to {source} as a note")}


def offer(found: Callable[[], Mapping[str, str]]) -> None:
    """Says which connectors take something, and what it becomes there."""
    global _takes
    _takes = found


def show(board: Board, standing: Standing) -> None:
    """Draws the card in which somebody decides."""
    book = board.book
    report.note(report.Chapter(_("Decide"), state(board, standing)))
    with section.plain_card(key="decide", title=_("Decide"), subtitle=state(board, standing)):
        if book is None:
            st.caption(_("It cannot be saved while the journal is out of reach."))
            return
        left, right = st.columns([1, 1.8], gap="small")
        left.text_input(_("Who are you?"), key=saved.AUTHOR, persist_state="session", autocomplete="name")
        right.text_input(_("Why? A rejection needs a reason."), key=_REASON)
        _buttons(board, book, standing)
        if standing.state in TAKEN_UP and standing.decision is not None:
            _sending(board, book, standing.action)
        _history(board, book, standing.action)


def state(board: Board, standing: Standing) -> str:
    """How it stands, in words."""
    one = standing.decision
    if one is None or (standing.state == "open" and not standing.again):
        return _("Nobody has decided yet.")
    said = _("{state} by {author} on {day}").format(state=_(STATES[one.state]), author=one.author, day=_day(board, one))
    more = {
        "assigned": _("{name} looks after it.").format(name=one.assignee),
        "snoozed": _("It comes back on {day}.").format(day=fmt.day(one.until)) if one.until else "",
    }.get(one.state, "")
    again = _("The time for it is over, and the numbers still say the same.") if standing.again else ""
    reason = f"{one.reason.rstrip('.')}." if one.reason else ""
    return " ".join(part for part in (f"{said}.", reason, more, again) if part)


def _day(board: Board, one: Decision) -> str:
    return fmt.day(one.written_at.astimezone(board.zone).date())


def _buttons(board: Board, book: Journal, standing: Standing) -> None:
    """Accept first; what needs a name or a day asks for it beside its button."""

    def decide(state: str) -> Callable[[], None]:
        return lambda: _decide(board, book, standing.action, state)

    with st.container(key="decisions", horizontal=True, gap="small", vertical_alignment="bottom"):
        taken = standing.state in TAKEN_UP
        st.button(_("Accept"), type="primary", icon=":material/check:", key="accept", disabled=taken, on_click=decide("accepted"))
        with st.popover(_("Assign"), icon=":material/person:", key="assign-box"):
            st.text_input(_("To whom?"), key=_WHO)
            st.button(_("Assign"), key="assign", on_click=decide("assigned"))
        with st.popover(_("Snooze"), icon=":material/snooze:", key="snooze-box"):
            st.date_input(_("Until"), value=_today(board) + _SNOOZE, min_value=_tomorrow(board), key=_UNTIL, format=filters.date_order())
            st.button(_("Snooze"), key="snooze", on_click=decide("snoozed"))
        st.button(_("Reject"), icon=":material/close:", key="reject", disabled=standing.state == "rejected", on_click=decide("rejected"))
        st.button(
            _("Done"),
            icon=":material/done_all:",
            key="done",
            disabled=standing.state not in ("accepted", "assigned"),
            on_click=decide("done"),
        )


def _decide(board: Board, book: Journal, action: Action, chosen: str) -> None:
    """Keeps the decision with the evidence as it is now; what was refused is told."""
    told = st.session_state
    until: date | None = told.get(_UNTIL) if chosen == "snoozed" else None
    done = saved.kept(
        lambda: book.decisions.take(
            action.id,
            chosen,
            playbook=action.playbook.name,
            author=str(told.get(saved.AUTHOR) or ""),
            reason=str(told.get(_REASON) or ""),
            until=until,
            assignee=str(told.get(_WHO) or ""),
            frozen=outcome.frozen(board.layer, action),
        )
    )
    if done is not None:
        told[_REASON] = ""
        st.toast(_("{state}: {what}").format(state=_(STATES[chosen]), what=plays.subject(action)), icon=":material/check:")


def _sending(board: Board, book: Journal, action: Action) -> None:
    """The tools that take it, and what is there already."""
    takes, sources = _takes(), board.layer.workspace.sources
    tools = {
        name: takes[block["connector"]] for name, block in sources.items() if isinstance(block, dict) and block.get("connector") in takes
    }
    if not tools:
        st.caption(_("Connect Linear or Productboard to send it there."))
        return
    with st.container(key="sending", horizontal=True, gap="small", vertical_alignment="center"):
        for name, becomes in tools.items():
            _tool(board, book, action, name, becomes)


def _tool(board: Board, book: Journal, action: Action, name: str, becomes: str) -> None:
    key = _key(book, action, name)
    job = book.jobs.latest(key)
    if job is not None and job.state == "done" and job.result:
        told = job.result
        said = _("{name} in {source}").format(name=told["name"], source=name)
        if told["url"]:
            st.link_button(said, told["url"], icon=":material/open_in_new:")
        else:
            st.caption(said, width="content")
        return

    def send() -> None:
        title, body = plays.letter(board, action)
        arguments = {"name": name, "key": key, "title": title, "body": body}
        saved.kept(lambda: book.jobs.request("push", arguments, key=key, author=str(st.session_state.get(saved.AUTHOR) or "")))

    label = _(_BECOMES[becomes]).format(source=name)
    st.button(label, icon=":material/send:", key=f"send-{name}", disabled=bool(job and job.open), on_click=send)
    if job is not None:
        _job(book, job)


def _key(book: Journal, action: Action, name: str) -> str:
    """One thing for each time that a recommendation was taken up, in each tool."""
    began = next((first for first, _last in book.decisions.taken_up() if first.action == action.id), None)
    return f"push:{name}:{began.id if began else action.id}"


def _job(book: Journal, job: Job) -> None:
    """The state of what was asked for; looked at again each second while it is open."""

    @st.fragment(run_every=1 if job.open else None)
    def look() -> None:
        now = book.jobs.get(job.id)
        if job.open and not now.open:
            st.rerun()
        if now.open:
            st.caption(_("Waits for the worker …"))
        elif now.error:
            title = _("It could not be sent")
            st.html(f'<section class="tv-state problem" role="alert"><h3>{escape(title)}</h3><p>{escape(relayed(now.error))}</p></section>')

    look()


def _history(board: Board, book: Journal, action: Action) -> None:
    """What was decided, the latest first; the latest can be undone."""
    found = book.decisions.history(action.id)
    if not found:
        return
    with st.expander(_("What was decided"), key="decided"):
        for place, one in enumerate(found):
            with st.container(horizontal=True, horizontal_alignment="distribute", vertical_alignment="center", gap="small"):
                facts = " · ".join(part for part in (_day(board, one), one.author, one.assignee, one.reason) if part)
                st.html(f'<p class="tv-kept"><b>{escape(_(STATES[one.state]))}</b><small>{escape(facts)}</small></p>', width="stretch")
                if place == 0:
                    st.button(_("Undo"), icon=":material/undo:", key=f"undo-{one.id}", on_click=book.decisions.undo, args=(one.id,))


def _today(board: Board) -> date:
    return datetime.now(board.zone).date()


def _tomorrow(board: Board) -> date:
    return _today(board) + timedelta(days=1)
