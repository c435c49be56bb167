"""Jobs: what pages ask of connectors. A page writes the request; a worker takes it up, and writes what came of it."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import JSON, Integer, String, Text, delete, or_, select, update
from sqlalchemy.orm import Mapped, mapped_column

from data.journal.base import Base, Begin, Entry, Moment, found, now

#: A worker that has not said anything for so long has died: its job is taken up again.
LEASE = timedelta(minutes=2)
TRIES = 3
OPEN = ("waiting", "running")


class Job(Entry, Base):
    """A request: `state` is waiting, running, done or failed. `share` (0 to 1) and `step` tell how far it is."""

    __tablename__ = "job"

    kind: Mapped[str] = mapped_column(String(50))
    arguments: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict)
    key: Mapped[str] = mapped_column(String(200), index=True)
    state: Mapped[str] = mapped_column(String(10), default="waiting", index=True)
    tries: Mapped[int] = mapped_column(Integer, default=0)
    share: Mapped[float] = mapped_column(default=0.0)
    step: Mapped[str] = mapped_column(Text, default="")
    held_until: Mapped[datetime | None] = mapped_column(Moment, default=None)
    started_at: Mapped[datetime | None] = mapped_column(Moment, default=None)
    ended_at: Mapped[datetime | None] = mapped_column(Moment, default=None)
    result: Mapped[dict[str, Any] | None] = mapped_column(JSON, default=None)
    error: Mapped[str | None] = mapped_column(Text, default=None)

    @property
    def open(self) -> bool:
        """Whether it is still to be done."""
        return self.state in OPEN


class Jobs:
    """The jobs of a workspace."""

    def __init__(self, begin: Begin) -> None:
        self._begin = begin

    def request(self, kind: str, arguments: Mapping[str, Any] | None = None, *, key: str, author: str = "", again: bool = False) -> Job:
        """Asks for a job. While one with the same key is open, that one is given: asking twice does it once.

        With `again`, for what is asked for over and over by machines, one that already runs does not count (it may have looked
        before there was what it is asked for now), and those that have ended make room.
        """
        with self._begin() as session:
            same = session.scalar(select(Job).where(Job.key == key, Job.state.in_(("waiting",) if again else OPEN)))
            if same is not None:
                return same
            if again:
                session.execute(delete(Job).where(Job.key == key, Job.state.not_in(OPEN)))
            made = Job(kind=kind, arguments=dict(arguments or {}), key=key, author=author)
            session.add(made)
            return made

    def take(self, kinds: Collection[str]) -> Job | None:
        """The oldest job that waits, or that a worker which died had; it is held until its worker was silent too long."""
        with self._begin() as session:
            moment = now()
            free = or_(Job.state == "waiting", (Job.state == "running") & (Job.held_until < moment))
            told = select(Job.id, Job.state, Job.held_until).where(free, Job.kind.in_(list(kinds))).order_by(Job.written_at)
            for key, state, held in session.execute(told).all():
                same = (Job.id == key, Job.state == state, Job.held_until.is_(None) if held is None else Job.held_until == held)
                held_now = {"state": "running", "tries": Job.tries + 1, "held_until": moment + LEASE, "started_at": moment}
                if session.execute(update(Job).where(*same).values(held_now)).rowcount:  # type: ignore[attr-defined]
                    return session.get(Job, key, populate_existing=True)
        return None

    def tell(self, key: str, share: float, step: str) -> None:
        """How far a job is; also says that its worker lives."""
        self._write(key, share=share, step=step, held_until=now() + LEASE)

    def hold(self, key: str) -> None:
        """Says that a job's worker lives."""
        self._write(key, held_until=now() + LEASE)

    def done(self, key: str, result: Mapping[str, Any] | None = None) -> None:
        """A job was done, with this result."""
        self._write(key, state="done", share=1.0, ended_at=now(), held_until=None, result=dict(result or {}), error=None)

    def failed(self, key: str, error: str, *, again: bool = False) -> None:
        """A job failed; `again` lets it be tried again, three times in all."""
        with self._begin() as session:
            job: Job = found(session, Job, key)
            waits = again and job.tries < TRIES
            job.state, job.error, job.held_until = "waiting" if waits else "failed", error, None
            job.ended_at = None if waits else now()

    def get(self, key: str) -> Job:
        """One job as it stands. Raises Problem when there is none."""
        with self._begin() as session:
            job: Job = found(session, Job, key)
            return job

    def latest(self, *keys: str) -> Job | None:
        """The last job with one of these keys, open or ended; None when there was none."""
        with self._begin() as session:
            return session.scalar(select(Job).where(Job.key.in_(keys)).order_by(Job.written_at.desc()).limit(1))

    def _write(self, key: str, **values: Any) -> None:
        with self._begin() as session:
            session.execute(update(Job).where(Job.id == key).values(values))
