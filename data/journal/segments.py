"""Segments: sets of accounts with a name, which narrow every page."""

from __future__ import annotations

from collections.abc import Iterable

from sqlalchemy import JSON, String, Text, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from data.errors import Problem
from data.journal.base import Base, Begin, Entry, mark, said

#: A condition that lists more accounts would be slow to read for every number of a page.
MOST = 5_000


class Segment(Entry, Base):
    """A named set of accounts; `origin` says in words where it was made."""

    __tablename__ = "segment"

    name: Mapped[str] = mapped_column(String(200))
    origin: Mapped[str] = mapped_column(Text, default="")
    accounts: Mapped[list[str]] = mapped_column(JSON, default=list)


class Segments:
    """The segments of a workspace."""

    def __init__(self, begin: Begin) -> None:
        self._begin = begin

    def all(self) -> list[Segment]:
        """Every segment, by name."""
        with self._begin() as session:
            told = select(Segment).where(Segment.removed_at.is_(None)).order_by(Segment.name)
            return list(session.scalars(told))

    def save(self, name: str, accounts: Iterable[str], *, author: str = "", origin: str = "") -> Segment:
        """A new segment. Raises Problem for an empty or taken name, for no account, and for more than 5,000."""
        name, chosen = said(name, "name"), sorted(set(accounts))
        if not chosen:
            raise Problem("the segment has no account", remedy="Choose at least one.")
        if len(chosen) > MOST:
            raise Problem(f"the segment has {len(chosen):,} accounts", remedy=f"Narrow it: {MOST:,} at most.")
        with self._begin() as session:
            self._free(session, name)
            made = Segment(name=name, accounts=chosen, author=author, origin=origin)
            session.add(made)
            return made

    def remove(self, key: str) -> None:
        """Takes a segment away; `restore` brings it back."""
        mark(self._begin, Segment, key, removed=True)

    def restore(self, key: str) -> None:
        """Brings back a segment that was taken away. Raises Problem when its name was given to another meanwhile."""
        with self._begin() as session:
            if gone := session.get(Segment, key):
                self._free(session, gone.name)
        mark(self._begin, Segment, key, removed=False)

    def _free(self, session: Session, name: str) -> None:
        if session.scalar(select(Segment.id).where(Segment.name == name, Segment.removed_at.is_(None))):
            raise Problem(f'there is a segment "{name}" already', remedy="Take another name.", field="name")
