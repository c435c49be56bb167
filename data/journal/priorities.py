"""Priorities: candidates written by hand, values that somebody put over the data's, and what was chosen, frozen as it was scored.

Nothing is overwritten: the latest word holds, and taking one back is a word of its own.
"""

from __future__ import annotations

import math
from collections.abc import Collection, Mapping, Sequence
from datetime import date
from typing import Any

from sqlalchemy import JSON, Boolean, Date, Double, Integer, String, Text, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from data.errors import Problem
from data.journal.base import Base, Begin, Entry, found, mark, said

#: Where a candidate that was written down comes from: by hand, or accepted elsewhere (`ref` is its id there).
KINDS = ("hand", "recommendation")
#: The longest key of a candidate, `kind:id`.
LONGEST_KEY = 500


class PriorityItem(Entry, Base):
    """A candidate that no source tells of; with a `feature_id` the data of that feature prefills it."""

    __tablename__ = "priority_item"

    kind: Mapped[str] = mapped_column(String(20), default="hand")
    ref: Mapped[str] = mapped_column(String(200), default="")
    name: Mapped[str] = mapped_column(String(200))
    feature_id: Mapped[str | None] = mapped_column(String(200), default=None)


class PriorityValue(Entry, Base):
    """A field of a candidate as somebody set it; without a value the data's holds again.

    `told` is what the data said at that moment (value, metric, span, as of), `undoes` the entry that this one took back.
    """

    __tablename__ = "priority_value"

    framework: Mapped[str] = mapped_column(String(100))
    candidate: Mapped[str] = mapped_column(String(LONGEST_KEY), index=True)
    field: Mapped[str] = mapped_column(String(100))
    value: Mapped[float | None] = mapped_column(Double, default=None)
    reason: Mapped[str] = mapped_column(Text)
    told: Mapped[dict[str, Any] | None] = mapped_column(JSON, default=None)
    undoes: Mapped[str | None] = mapped_column(String(32), default=None)

    @property
    def place(self) -> tuple[str, str, str]:
        """What it is the value of: framework, candidate, field."""
        return (self.framework, self.candidate, self.field)


class PriorityChoice(Entry, Base):
    """A candidate chosen, or not any more. `frozen` holds, by framework, its score, rank and values at that moment."""

    __tablename__ = "priority_choice"

    candidate: Mapped[str] = mapped_column(String(LONGEST_KEY), index=True)
    name: Mapped[str] = mapped_column(String(200))
    chosen: Mapped[bool] = mapped_column(Boolean)
    reason: Mapped[str] = mapped_column(Text, default="")
    features: Mapped[list[str]] = mapped_column(JSON, default=list)
    since: Mapped[date | None] = mapped_column(Date, default=None)
    until: Mapped[date | None] = mapped_column(Date, default=None)
    generation: Mapped[int] = mapped_column(Integer, default=0)
    frozen: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict)


class Priorities:
    """What people wrote of the priorities of a workspace."""

    def __init__(self, begin: Begin) -> None:
        self._begin = begin

    def items(self) -> list[PriorityItem]:
        """Every candidate that was written down, the oldest first."""
        with self._begin() as session:
            told = select(PriorityItem).where(PriorityItem.removed_at.is_(None)).order_by(PriorityItem.written_at, PriorityItem.id)
            return list(session.scalars(told))

    def add(self, name: str, *, author: str, kind: str = "hand", ref: str = "", feature_id: str | None = None) -> PriorityItem:
        """A new candidate; the same `ref` of a kind once. Raises Problem without a name or an author, or for an unknown kind."""
        name, author = said(name, "name"), said(author, "author")
        if kind not in KINDS:
            raise Problem(f'a candidate that is written down is {" or ".join(KINDS)}, not "{kind}"', field="kind")
        with self._begin() as session:
            same = select(PriorityItem).where(PriorityItem.kind == kind, PriorityItem.ref == ref, PriorityItem.removed_at.is_(None))
            if ref and (there := session.scalar(same)):
                return there
            made = PriorityItem(name=name, kind=kind, ref=ref, feature_id=feature_id, author=author)
            session.add(made)
            return made

    def remove(self, key: str) -> None:
        """Takes a candidate off the list; `restore` brings it back."""
        mark(self._begin, PriorityItem, key, removed=True)

    def restore(self, key: str) -> None:
        """Brings back a candidate that was taken off the list."""
        mark(self._begin, PriorityItem, key, removed=False)

    def set(
        self, framework: str, candidate: str, field: str, value: float | None, *, author: str, reason: str,
        told: Mapping[str, Any] | None = None,
    ) -> PriorityValue:  # fmt: skip
        """Puts a value over the data's; None gives the field back to the data.

        Raises Problem without an author or a reason, and for what is no number.
        """
        author, reason = said(author, "author"), said(reason, "reason", 1000)
        if value is not None and not math.isfinite(value):
            raise Problem("the value is no number", remedy="Write a number.", field="value")
        with self._begin() as session:
            made = PriorityValue(
                framework=framework, candidate=candidate, field=field, value=value, author=author, reason=reason,
                told=dict(told) if told is not None else None,
            )  # fmt: skip
            session.add(made)
            return made

    def undo(self, key: str, *, author: str) -> PriorityValue:
        """Takes back an entry that is in force: what held before holds again. Raises Problem for one that is not the latest word."""
        author = said(author, "author")
        with self._begin() as session:
            entry: PriorityValue = found(session, PriorityValue, key)
            written = _of_place(session, entry.place)
            standing = _standing(written)
            if standing is None or standing.id != key:
                raise Problem("this value does not hold any more", remedy="Look at the history again, and undo the latest.")
            before = _standing(written, without={key})
            made = PriorityValue(
                framework=entry.framework, candidate=entry.candidate, field=entry.field, value=before.value if before else None,
                author=author, reason=entry.reason, told=entry.told, undoes=key,
            )  # fmt: skip
            session.add(made)
            return made

    def in_force(self) -> dict[tuple[str, str, str], PriorityValue]:
        """What somebody set and nobody took back, by framework, candidate and field."""
        places: dict[tuple[str, str, str], list[PriorityValue]] = {}
        for one in self.history():
            places.setdefault(one.place, []).append(one)
        standing = {place: _standing(listed) for place, listed in places.items()}
        return {place: one for place, one in standing.items() if one is not None and one.value is not None}

    def history(self, candidate: str | None = None) -> list[PriorityValue]:
        """Everything that was set and taken back, the latest first; of one candidate, or of all."""
        told = select(PriorityValue).order_by(PriorityValue.written_at.desc(), PriorityValue.id)
        with self._begin() as session:
            return list(session.scalars(told.where(PriorityValue.candidate == candidate) if candidate else told))

    def choose(
        self, candidate: str, name: str, *, author: str, frozen: Mapping[str, Any], features: Sequence[str] = (),
        since: date | None = None, until: date | None = None, generation: int = 0, reason: str = "",
    ) -> PriorityChoice:  # fmt: skip
        """Marks a candidate as chosen, with its scores as they are now. Raises Problem without an author, or when it is chosen already."""
        author = said(author, "author")
        if any(one.candidate == candidate for one in self.chosen()):
            raise Problem(f"{name} is chosen already", remedy="Take the choice back first; its score is kept from then.")
        with self._begin() as session:
            made = PriorityChoice(
                candidate=candidate, name=name[:200], chosen=True, author=author, reason=reason, features=list(features),
                since=since, until=until, generation=generation, frozen=dict(frozen),
            )  # fmt: skip
            session.add(made)
            return made

    def unchoose(self, candidate: str, *, author: str, reason: str = "") -> PriorityChoice:
        """Takes a choice back; that it was made, and as what, stays. Raises Problem when it is not chosen."""
        author = said(author, "author")
        standing = next((one for one in self.chosen() if one.candidate == candidate), None)
        if standing is None:
            raise Problem("this candidate is not chosen", remedy="Somebody may have taken the choice back: open the page again.")
        with self._begin() as session:
            made = PriorityChoice(
                candidate=candidate, name=standing.name, chosen=False, author=author, reason=reason, frozen={}, features=[]
            )
            session.add(made)
            return made

    def chosen(self) -> list[PriorityChoice]:
        """What is chosen, the latest first."""
        latest: dict[str, PriorityChoice] = {}
        for one in self.choices():
            latest.setdefault(one.candidate, one)
        return [one for one in latest.values() if one.chosen]

    def choices(self) -> list[PriorityChoice]:
        """Every choice, and every one that was taken back, the latest first."""
        with self._begin() as session:
            return list(session.scalars(select(PriorityChoice).order_by(PriorityChoice.written_at.desc(), PriorityChoice.id)))


def _of_place(session: Session, place: tuple[str, str, str]) -> list[PriorityValue]:
    framework, candidate, field = place
    told = select(PriorityValue).where(
        PriorityValue.framework == framework, PriorityValue.candidate == candidate, PriorityValue.field == field
    )
    return list(session.scalars(told.order_by(PriorityValue.written_at.desc(), PriorityValue.id)))


def _standing(listed: Sequence[PriorityValue], without: Collection[str] = ()) -> PriorityValue | None:
    """The latest word that nobody took back, of entries that come latest first."""
    gone = {one.undoes for one in listed} | set(without)
    return next((one for one in listed if one.id not in gone and one.undoes is None), None)
