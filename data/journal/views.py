"""Saved views: pages as somebody left them, with a name."""

from __future__ import annotations

from sqlalchemy import String, Text, select
from sqlalchemy.orm import Mapped, mapped_column

from data.journal.base import Base, Begin, Entry, mark, said


class View(Entry, Base):
    """A page and what its URL asked for (`period=90d&plan=pro`)."""

    __tablename__ = "saved_view"

    name: Mapped[str] = mapped_column(String(200))
    page: Mapped[str] = mapped_column(String(100))
    asked: Mapped[str] = mapped_column(Text, default="")


class Views:
    """The saved views of a workspace."""

    def __init__(self, begin: Begin) -> None:
        self._begin = begin

    def all(self) -> list[View]:
        """Every saved view, by name."""
        with self._begin() as session:
            return list(session.scalars(select(View).where(View.removed_at.is_(None)).order_by(View.name, View.written_at)))

    def save(self, name: str, page: str, asked: str, *, author: str = "") -> View:
        """A new view, or the one of this name on this page as it is now. Raises Problem for an empty name."""
        name = said(name, "name")
        with self._begin() as session:
            same = select(View).where(View.name == name, View.page == page, View.removed_at.is_(None))
            view = session.scalar(same) or View(name=name, page=page)
            view.asked, view.author = asked, author
            session.add(view)
            return view

    def remove(self, key: str) -> None:
        """Takes a view away; `restore` brings it back."""
        mark(self._begin, View, key, removed=True)

    def restore(self, key: str) -> None:
        """Brings back a view that was taken away."""
        mark(self._begin, View, key, removed=False)
