"""What is to be done in a review: actions that people raised in it or before, and recommendations that somebody took up."""

from __future__ import annotations

from datetime import date, timedelta

from data.journal import Decision, Journal
from metrics.insight.review.model import Review, ToDo


def to_do(made: Review, journal: Journal) -> tuple[ToDo, ...]:
    """What was to be done when this review was held: raised by then, and not done before its days began."""
    told = [
        ToDo(one.id, one.text, one.owner, one.due, one.state, one.raised, one.raised < made.last, _late(one.state, one.due, made))
        for one in journal.reviews.actions(made.template)
        if _is_due(one.raised, one.closed_on, made)
    ]
    told += [one for pair in journal.decisions.taken_up() if (one := _taken_up(*pair, made)) is not None]
    return tuple(sorted(told, key=lambda one: (one.state != "open", not one.overdue, one.due or date.max, one.raised, one.id)))


def _is_due(raised: date, closed: date | None, made: Review) -> bool:
    return raised <= made.last and (raised == made.last or closed is None or closed > made.previous_last)


def _late(state: str, due: date | None, made: Review) -> bool:
    return state == "open" and due is not None and due < made.last


def _taken_up(began: Decision, latest: Decision, made: Review) -> ToDo | None:
    """A recommendation that somebody took up, to be done by the day on which its outcome was expected; None where it is not due."""
    raised, told = began.written_at.date(), began.frozen
    closed = latest.written_at.date() if latest.state == "done" else None
    if not _is_due(raised, closed, made):
        return None
    expect = told.get("expect")
    due = raised + timedelta(days=int(expect["within_days"])) if expect else None
    state = "done" if closed else "open"
    owner = latest.assignee or str(told.get("owner", ""))
    text = str(told.get("action") or told.get("label") or began.action)
    return ToDo(began.id, text, owner, due, state, raised, raised < made.first, _late(state, due, made), recommended=True)
