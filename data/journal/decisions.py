"""Decisions about recommendations: accepted, snoozed, rejected, assigned, done. Nothing is overwritten: the latest word holds."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

from sqlalchemy import JSON, Date, String, Text, select
from sqlalchemy.orm import Mapped, mapped_column

from data.errors import Problem
from data.journal.base import Base, Begin, Entry, mark, said

STATES = ("accepted", "assigned", "done", "snoozed", "rejected")
#: In these somebody has taken it up, and what comes of it is followed.
TAKEN_UP = ("accepted", "assigned", "done")


class Decision(Entry, Base):
    """What somebody decided about a recommendation; `frozen` is the evidence as it was then, and what was expected.

    `action` is the recommendation's id. A snoozed one comes back on the day `until`; an assigned one is the `assignee`'s.
    """

    __tablename__ = "decision"

    action: Mapped[str] = mapped_column(String(200), index=True)
    playbook: Mapped[str] = mapped_column(String(100))
    state: Mapped[str] = mapped_column(String(20))
    reason: Mapped[str] = mapped_column(Text, default="")
    until: Mapped[date | None] = mapped_column(Date, default=None)
    assignee: Mapped[str] = mapped_column(String(200), default="")
    frozen: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict)

    def holds(self, today: date) -> bool:
        """Whether it still stands: a snoozed recommendation is open again on its day."""
        return self.state != "snoozed" or self.until is None or today < self.until


class Decisions:
    """The decisions of a workspace."""

    def __init__(self, begin: Begin) -> None:
        self._begin = begin

    def take(
        self,
        action: str,
        state: str,
        *,
        playbook: str,
        author: str,
        reason: str = "",
        until: date | None = None,
        assignee: str = "",
        frozen: Mapping[str, Any] | None = None,
    ) -> Decision:
        """Notes a decision. Raises Problem without an author, for a rejection without a reason, a snooze without a day, and so on."""
        if state not in STATES:
            raise Problem(f'a recommendation cannot be "{state}"', remedy=f"One of {', '.join(STATES)}.", field="state")
        author = said(author, "author")
        reason = said(reason, "reason", 1000) if reason.strip() or state == "rejected" else ""
        assignee = said(assignee, "assignee") if state == "assigned" else ""
        if (state == "snoozed") != (until is not None):
            raise Problem("a snooze needs the day on which it ends", remedy="Choose a day.", field="until")
        with self._begin() as session:
            told = dict(frozen or {})
            made = Decision(
                action=action, playbook=playbook, state=state, author=author, reason=reason, until=until, assignee=assignee, frozen=told
            )
            session.add(made)
            return made

    def current(self) -> dict[str, Decision]:
        """The latest word about each recommendation, by its id."""
        return {one.action: one for one in reversed(self.history())}

    def history(self, action: str | None = None) -> list[Decision]:
        """What was decided and not undone, the latest first; about one recommendation, or about all."""
        told = select(Decision).where(Decision.removed_at.is_(None)).order_by(Decision.written_at.desc(), Decision.id)
        with self._begin() as session:
            return list(session.scalars(told.where(Decision.action == action) if action else told))

    def taken_up(self) -> list[tuple[Decision, Decision]]:
        """The recommendations that somebody has taken up, the latest first: how that began, and the latest word about it."""
        runs: dict[str, list[Decision]] = {}
        ended: set[str] = set()
        for one in self.history():
            if one.state not in TAKEN_UP:
                ended.add(one.action)  # what lies before this word was another time
            elif one.action not in ended:
                runs.setdefault(one.action, []).append(one)
        return [(run[-1], run[0]) for run in runs.values()]

    def undo(self, key: str) -> None:
        """Takes a decision back: what was decided before it holds again. `restore` brings it back."""
        mark(self._begin, Decision, key, removed=True)

    def restore(self, key: str) -> None:
        """Brings back a decision that was taken back."""
        mark(self._begin, Decision, key, removed=False)
