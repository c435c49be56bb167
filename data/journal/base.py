"""What all that is written in the journal has in common: who wrote it, when, and whether it was taken back."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import UTC, datetime
from typing import Any
from uuid import uuid4

from sqlalchemy import DateTime, Dialect, MetaData, String, TypeDecorator
from sqlalchemy.orm import DeclarativeBase, Mapped, Session, mapped_column

from data.errors import Problem

#: Opens a transaction that is committed when its block ends, and taken back when the block fails.
Begin = Callable[[], AbstractContextManager[Session]]


class Moment(TypeDecorator[datetime]):
    """A moment in UTC, with its zone in Python also where the database keeps none (SQLite)."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """As the database keeps it."""
        if value is None:
            return None
        utc = value.astimezone(UTC)
        return utc.replace(tzinfo=None) if dialect.name == "sqlite" else utc

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:  # noqa: ARG002
        """As Python sees it."""
        return None if value is None else value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


class Base(DeclarativeBase):
    """The tables of the journal. Names of constraints are told, so that migrations can name them on every database."""

    metadata = MetaData(
        naming_convention={
            "ix": "ix_%(table_name)s_%(column_0_name)s",
            "uq": "uq_%(table_name)s_%(column_0_name)s",
            "pk": "pk_%(table_name)s",
        }
    )


def now() -> datetime:
    """This moment in UTC."""
    return datetime.now(UTC)


class Entry:
    """Columns of every entry. What is removed stays, so that it can be brought back."""

    id: Mapped[str] = mapped_column(String(32), primary_key=True, default=lambda: uuid4().hex)
    author: Mapped[str] = mapped_column(String(200), default="")
    written_at: Mapped[datetime] = mapped_column(Moment, default=now)
    removed_at: Mapped[datetime | None] = mapped_column(Moment, default=None)


def found(session: Session, kind: type[Any], key: str) -> Any:
    """The entry with this id. Raises Problem when there is none."""
    entry = session.get(kind, key)
    if entry is None:
        raise Problem(f"the journal has no {kind.__tablename__} {key}", remedy="Somebody may have removed it: open the page again.")
    return entry


def mark(begin: Begin, kind: type[Any], key: str, *, removed: bool) -> None:
    """Takes an entry back, or brings it back."""
    with begin() as session:
        found(session, kind, key).removed_at = now() if removed else None


def said(text: str, field: str, longest: int = 200) -> str:
    """A text that somebody wrote, trimmed. Raises Problem when it is empty or too long."""
    trimmed = " ".join(text.split())
    if not trimmed:
        raise Problem(f"{field} is empty", remedy="Write something.", field=field)
    if len(trimmed) > longest:
        raise Problem(f"{field} has {len(trimmed)} characters", remedy=f"Use {longest} at most.", field=field)
    return trimmed
