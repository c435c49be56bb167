"""Annotations: what people note at a day, such as a campaign or an outage; charts show them."""

from __future__ import annotations

from datetime import date

from sqlalchemy import Date, String, Text, select
from sqlalchemy.orm import Mapped, mapped_column

from data.journal.base import Base, Begin, Entry, mark, said


class Annotation(Entry, Base):
    """A note at a day (of the company's zone), about one metric or, without it, about all."""

    __tablename__ = "annotation"

    day: Mapped[date] = mapped_column(Date, index=True)
    text: Mapped[str] = mapped_column(Text)
    metric: Mapped[str | None] = mapped_column(String(200), default=None)


class Annotations:
    """The annotations of a workspace."""

    def __init__(self, begin: Begin) -> None:
        self._begin = begin

    def all(self) -> list[Annotation]:
        """Every annotation, newest day first."""
        with self._begin() as session:
            told = select(Annotation).where(Annotation.removed_at.is_(None)).order_by(Annotation.day.desc(), Annotation.written_at)
            return list(session.scalars(told))

    def add(self, day: date, text: str, *, metric: str | None = None, author: str = "") -> Annotation:
        """A new annotation. Raises Problem for an empty text, or one over 500 characters."""
        with self._begin() as session:
            made = Annotation(day=day, text=said(text, "text", 500), metric=metric, author=author)
            session.add(made)
            return made

    def remove(self, key: str) -> None:
        """Takes an annotation away; `restore` brings it back."""
        mark(self._begin, Annotation, key, removed=True)

    def restore(self, key: str) -> None:
        """Brings back an annotation that was taken away."""
        mark(self._begin, Annotation, key, removed=False)
