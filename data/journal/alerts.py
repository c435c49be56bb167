"""What alerts found, what was sent to whom, and what people said to it: each alert once for a rule, a member and a period.

A run writes in one transaction what fired and the messages about it (`Alerts.kept`); who sends takes a message for a while,
and says how it went. So a crash loses nothing, and a second worker finds that it is done already.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, cast
from uuid import uuid4

from sqlalchemy import CursorResult, or_, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from data.errors import Problem
from data.journal.alert_rows import Alert, Check, Delivery, Snooze
from data.journal.base import Begin, found, mark, now, said

#: Who sends a message and was silent for so long has died: it is sent again.
LEASE = timedelta(minutes=2)
#: How long a message waits after each try that failed; after the last it has failed for good.
PAUSES = (timedelta(minutes=1), timedelta(minutes=5), timedelta(minutes=30), timedelta(hours=2))
#: The name of the check that tells of the runs themselves.
RUNS = "*"


class Alerts:
    """The alerts of a workspace."""

    def __init__(self, begin: Begin) -> None:
        self._begin = begin

    def keep(self, write: Callable[[Entries], None]) -> bool:
        """Writes what a run found, all of it or nothing; False when another worker wrote the same at this moment."""
        try:
            with self._begin() as session:
                write(Entries(session))
        except Problem as problem:
            if isinstance(problem.__cause__, IntegrityError):
                return False
            raise
        return True

    def fired(self, rule: str | None = None, *, since: datetime | None = None, most: int | None = None) -> list[Alert]:
        """What was found, newest first; of one rule or all."""
        told = select(Alert).where(Alert.removed_at.is_(None)).order_by(Alert.period.desc(), Alert.size.desc(), Alert.id)
        told = told.where(Alert.rule == rule) if rule else told
        told = told.where(Alert.written_at >= since) if since else told
        with self._begin() as session:
            return list(session.scalars(told.limit(most) if most else told))

    def acknowledge(self, keys: Iterable[str], *, author: str) -> None:
        """Says that somebody has seen alerts. Raises Problem without an author."""
        author = said(author, "author")
        with self._begin() as session:
            for key in keys:
                found(session, Alert, key).acknowledged_at, found(session, Alert, key).acknowledged_by = now(), author

    def checks(self) -> dict[str, Check]:
        """How the last run of each rule went, by its name; RUNS tells when alerts ran at all."""
        with self._begin() as session:
            return {one.rule: one for one in session.scalars(select(Check))}

    def snooze(self, rule: str, until: datetime, *, member: str | None = None, reason: str = "", author: str = "") -> Snooze:
        """Lets a rule (or one member of it) be silent until a moment. Raises Problem when that is over."""
        if until <= now():
            raise Problem("this moment is over", remedy="Choose a later one.", field="until")
        with self._begin() as session:
            made = Snooze(rule=rule, member=member, until=until, reason=reason, author=author)
            session.add(made)
            return made

    def snoozes(self, moment: datetime | None = None) -> list[Snooze]:
        """The snoozes in force."""
        told = select(Snooze).where(Snooze.removed_at.is_(None), Snooze.until > (moment or now())).order_by(Snooze.written_at)
        with self._begin() as session:
            return list(session.scalars(told))

    def remove(self, key: str) -> None:
        """Ends a snooze; `restore` brings it back."""
        mark(self._begin, Snooze, key, removed=True)

    def restore(self, key: str) -> None:
        """Brings back a snooze that was ended."""
        mark(self._begin, Snooze, key, removed=False)

    def deliveries(self, most: int = 100) -> list[Delivery]:
        """The messages, newest first."""
        with self._begin() as session:
            return list(session.scalars(select(Delivery).order_by(Delivery.written_at.desc(), Delivery.id).limit(most)))

    def test(self, channel: str, message: Mapping[str, str], *, author: str = "") -> Delivery:
        """Asks for a test of a channel; while one waits, that one."""
        waits = select(Delivery).where(Delivery.channel == channel, Delivery.kind == "test", Delivery.state.in_(("waiting", "sending")))
        with self._begin() as session:
            made = session.scalar(waits) or Delivery(channel=channel, kind="test", message=dict(message), author=author)
            made.key = made.key or f"test:{channel}:{uuid4().hex}"
            made.held_until = made.held_until if made.state == "sending" else None
            session.add(made)
            return made

    def take(self, moment: datetime | None = None) -> Delivery | None:
        """The oldest message that is to be sent now, or whose sender died; it is held until its sender was silent too long."""
        moment = moment or now()
        due = or_(Delivery.held_until.is_(None), Delivery.held_until <= moment)
        told = select(Delivery).where(Delivery.state.in_(("waiting", "sending")), due).order_by(Delivery.written_at, Delivery.id)
        with self._begin() as session:
            for one in session.scalars(told).all():
                same = (Delivery.id == one.id, Delivery.state == one.state, Delivery.tries == one.tries)
                held = {"state": "sending", "tries": one.tries + 1, "held_until": moment + LEASE}
                if cast("CursorResult[Any]", session.execute(update(Delivery).where(*same).values(held))).rowcount:
                    return session.get(Delivery, one.id, populate_existing=True)
        return None

    def sent(self, key: str) -> Delivery:
        """A message was taken by its receiver."""
        with self._begin() as session:
            one: Delivery = found(session, Delivery, key)
            one.state, one.sent_at, one.held_until, one.error = "sent", now(), None, None
            return one

    def refused(self, key: str, error: str, *, moment: datetime | None = None, for_good: bool = False) -> Delivery:
        """A message was not taken; it is tried again after a while, unless it was tried often enough."""
        with self._begin() as session:
            one: Delivery = found(session, Delivery, key)
            over = for_good or one.tries > len(PAUSES)
            pause = None if over else (moment or now()) + PAUSES[one.tries - 1]
            one.state, one.error, one.held_until = "failed" if over else "waiting", error, pause
            return one


class Entries:
    """What one run writes, in the transaction that `Alerts.keep` opens."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def fresh(self, found_now: Sequence[Alert]) -> list[Alert]:
        """Keeps those of the alerts that are not kept yet, and gives them."""
        kept = select(Alert.rule, Alert.member, Alert.period).where(Alert.rule.in_(list({one.rule for one in found_now})))
        there = {tuple(row) for row in self._session.execute(kept)}
        made = [one for one in found_now if (one.rule, one.member, one.period) not in there]
        self._session.add_all(made)
        self._session.flush()
        return made

    def waiting(self, channel: str, rules: Iterable[str]) -> list[Alert]:
        """The alerts of rules that wait for the digest of a channel; from now on they do not."""
        told = select(Alert).where(Alert.rule.in_(list(rules)), Alert.state == "fired", Alert.removed_at.is_(None))
        found_now = [one for one in self._session.scalars(told) if channel in one.waiting]
        for one in found_now:
            one.waiting = [name for name in one.waiting if name != channel]
        return found_now

    def post(self, key: str, channel: str, kind: str, message: Mapping[str, str], alerts: Sequence[Alert] = ()) -> None:
        """Writes a message to be sent; its key must be new."""
        self._session.add(Delivery(key=key, channel=channel, kind=kind, message=dict(message), alerts=[one.id for one in alerts]))

    def ran(self, name: str, moment: datetime) -> None:
        """Says when something ran."""
        self._check(name).ran_at = moment

    def reached(self, name: str, period: str) -> None:
        """Says up to which period a rule is judged."""
        self._check(name).reached = period

    def turned(self, name: str, old: Check | None, moment: datetime, *, code: str = "", why: str = "", reached: str | None = None) -> bool:
        """Writes how something fared, and says whether this made it another than `old`: of several workers, one hears yes.

        What is new has changed when it is in trouble.
        """
        if old is None:
            one = self._check(name)
            one.ran_at, one.code, one.said, one.reached, one.since = moment, code, why, reached or "", moment if code else None
            self._session.flush()
            return bool(code)
        reached = old.reached if reached is None else reached
        same = (Check.rule == name, Check.code == old.code, Check.reached == old.reached)
        values = {"ran_at": moment, "code": code, "said": why, "reached": reached}
        values |= {"since": moment if code else None} if code != old.code else {}
        done = cast("CursorResult[Any]", self._session.execute(update(Check).where(*same).values(values))).rowcount
        return bool(done) and (code, reached) != (old.code, old.reached)

    def _check(self, name: str) -> Check:
        known = self._session.scalar(select(Check).where(Check.rule == name))
        made = known or Check(rule=name, ran_at=now(), reached="", code="", said="")
        self._session.add(made)
        return made
