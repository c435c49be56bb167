"""Reviews: frozen ones that never change, comments, and actions that are carried from one to the next until they are done."""

from __future__ import annotations

import hashlib
from datetime import UTC, date, datetime

from sqlalchemy import Date, String, Text, select
from sqlalchemy.orm import Mapped, mapped_column

from data.errors import Problem
from data.journal.base import Base, Begin, Entry, Moment, found, mark, now, said

#: What an action may be.
STATES = ("open", "done", "dropped")


class Snapshot(Entry, Base):
    """A review as it was on the day: `content` is all of it as JSON, `made_of` the hash of that text. Neither is ever written again."""

    __tablename__ = "review_snapshot"

    template: Mapped[str] = mapped_column(String(100), index=True)
    label: Mapped[str] = mapped_column(String(200))
    first: Mapped[date] = mapped_column(Date)
    last: Mapped[date] = mapped_column(Date, index=True)
    generation: Mapped[int | None] = mapped_column(default=None)
    definitions: Mapped[str] = mapped_column(String(64), default="")
    content: Mapped[str] = mapped_column(Text)
    made_of: Mapped[str] = mapped_column(String(64), index=True)

    @property
    def whole(self) -> bool:
        """Whether the content is still what was frozen."""
        return _hash(self.content) == self.made_of


class Comment(Entry, Base):
    """What somebody said of a review: of a metric in a section, of a section, or of the whole."""

    __tablename__ = "review_comment"

    review: Mapped[str] = mapped_column(String(120), index=True)
    section: Mapped[str] = mapped_column(String(200), default="")
    metric: Mapped[str] = mapped_column(String(200), default="")
    text: Mapped[str] = mapped_column(Text)


class Action(Entry, Base):
    """Something to be done, raised in the review that ended on `raised`; whoever closed it and when stands with it."""

    __tablename__ = "review_action"

    template: Mapped[str] = mapped_column(String(100), index=True)
    raised: Mapped[date] = mapped_column(Date)
    text: Mapped[str] = mapped_column(Text)
    owner: Mapped[str] = mapped_column(String(200), default="")
    due: Mapped[date | None] = mapped_column(Date, default=None)
    state: Mapped[str] = mapped_column(String(10), default="open")
    closed_at: Mapped[datetime | None] = mapped_column(Moment, default=None)
    closed_by: Mapped[str] = mapped_column(String(200), default="")

    @property
    def closed_on(self) -> date | None:
        """The day (in UTC) on which it was done or dropped."""
        return self.closed_at.astimezone(UTC).date() if self.closed_at else None


class Reviews:
    """The reviews of a workspace."""

    def __init__(self, begin: Begin) -> None:
        self._begin = begin

    def freeze(
        self,
        content: str,
        *,
        template: str,
        label: str,
        first: date,
        last: date,
        generation: int | None,
        definitions: str,
        author: str,
    ) -> Snapshot:
        """Keeps a review as it is. The same one frozen again is the one that is kept already. Raises Problem without an author."""
        author, made_of = said(author, "author"), _hash(content)
        with self._begin() as session:
            same = session.scalar(select(Snapshot).where(Snapshot.made_of == made_of, Snapshot.removed_at.is_(None)))
            if same is not None:
                return same
            made = Snapshot(
                template=template, label=label, first=first, last=last, generation=generation, definitions=definitions,
                content=content, made_of=made_of, author=author,
            )  # fmt: skip
            session.add(made)
            return made

    def frozen(self, template: str | None = None) -> list[Snapshot]:
        """The reviews that were frozen, the latest days first; of one template, or of all."""
        told = select(Snapshot).where(Snapshot.removed_at.is_(None)).order_by(Snapshot.last.desc(), Snapshot.written_at.desc())
        with self._begin() as session:
            return list(session.scalars(told.where(Snapshot.template == template) if template else told))

    def get(self, key: str) -> Snapshot:
        """One that was frozen. Raises Problem when there is none, or when its content is no longer what was frozen."""
        with self._begin() as session:
            snapshot: Snapshot = found(session, Snapshot, key)
        if not snapshot.whole:
            raise Problem(f"the frozen review {key} was changed in the database", remedy="Restore the journal from a backup.")
        return snapshot

    def comment(self, review: str, text: str, *, author: str, section: str = "", metric: str = "") -> Comment:
        """A new comment. Raises Problem for an empty text, one over 2,000 characters, and without an author."""
        with self._begin() as session:
            made = Comment(review=review, section=section, metric=metric, text=said(text, "comment", 2000), author=said(author, "author"))
            session.add(made)
            return made

    def comments(self, review: str) -> list[Comment]:
        """What was said of a review, in the order in which it was."""
        told = select(Comment).where(Comment.review == review, Comment.removed_at.is_(None)).order_by(Comment.written_at, Comment.id)
        with self._begin() as session:
            return list(session.scalars(told))

    def remove_comment(self, key: str) -> None:
        """Takes a comment away; what was frozen with it keeps it."""
        mark(self._begin, Comment, key, removed=True)

    def act(self, template: str, raised: date, text: str, *, author: str, owner: str = "", due: date | None = None) -> Action:
        """A new action. Raises Problem for an empty text, one over 500 characters, and without an author."""
        with self._begin() as session:
            made = Action(
                template=template, raised=raised, text=said(text, "action", 500), author=said(author, "author"),
                owner=" ".join(owner.split())[:200], due=due,
            )  # fmt: skip
            session.add(made)
            return made

    def actions(self, template: str) -> list[Action]:
        """Every action of a template's reviews, the earliest raised first."""
        told = select(Action).where(Action.template == template, Action.removed_at.is_(None)).order_by(Action.raised, Action.written_at)
        with self._begin() as session:
            return list(session.scalars(told))

    def set_state(self, key: str, state: str, *, author: str) -> Action:
        """Closes an action (done, dropped) or opens it again. Raises Problem for another state, and without an author."""
        if state not in STATES:
            raise Problem(f'an action is {", ".join(STATES)}, not "{state}"')
        author = said(author, "author")
        with self._begin() as session:
            action: Action = found(session, Action, key)
            closed = state != "open"
            action.state, action.closed_at, action.closed_by = state, now() if closed else None, author if closed else ""
            return action


def _hash(content: str) -> str:
    return hashlib.sha256(content.encode()).hexdigest()
