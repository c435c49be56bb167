"""The history of definitions: who changed a metric, when, why, and what it was before."""

from __future__ import annotations

from sqlalchemy import String, Text, select
from sqlalchemy.orm import Mapped, mapped_column

from data.errors import Problem
from data.journal.base import Base, Begin, Entry, found, said


class Change(Entry, Base):
    """A definition before and after, as YAML; None is no definition of this name in the workspace."""

    __tablename__ = "definition_change"

    name: Mapped[str] = mapped_column(String(200), index=True)
    file: Mapped[str] = mapped_column(String(400))
    before: Mapped[str | None] = mapped_column(Text, default=None)
    after: Mapped[str | None] = mapped_column(Text, default=None)
    reason: Mapped[str] = mapped_column(Text)


class Definitions:
    """The changes of a workspace's definitions; nothing is ever taken out of it."""

    def __init__(self, begin: Begin) -> None:
        self._begin = begin

    def record(self, *, name: str, file: str, before: str | None, after: str | None, author: str, reason: str) -> Change:
        """Notes a change. Raises Problem without an author or a reason, or when nothing changed."""
        if before == after:
            raise Problem(f"{name} did not change", remedy="There is nothing to save.")
        author, reason = said(author, "author"), said(reason, "reason", 1000)
        with self._begin() as session:
            made = Change(name=name, file=file, before=before, after=after, author=author, reason=reason)
            session.add(made)
            return made

    def history(self, name: str | None = None, folder: str = "metrics") -> list[Change]:
        """The changes, newest first; of one metric (or, in the folder of playbooks, of one of these), or of all."""
        told = select(Change).where(Change.file.startswith(f"{folder}/")).order_by(Change.written_at.desc(), Change.id)
        with self._begin() as session:
            return list(session.scalars(told.where(Change.name == name) if name else told))

    def get(self, key: str) -> Change:
        """One change. Raises Problem when there is none."""
        with self._begin() as session:
            change: Change = found(session, Change, key)
            return change
