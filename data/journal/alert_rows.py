"""What the journal keeps of alerts, a table each: what fired, the messages about it, what is snoozed, and how each rule fares."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, Double, Integer, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from data.journal.base import Base, Entry, Moment


class Alert(Entry, Base):
    """What a rule found of a member ("" is the whole company) in the period that begins on a day.

    `state` is fired, or quiet for what was found while the rule was snoozed; `waiting` are the channels whose digest it waits for.
    """

    __tablename__ = "alert"
    __table_args__ = (UniqueConstraint("rule", "member", "period", name="uq_alert_rule_member_period"),)

    rule: Mapped[str] = mapped_column(String(100), index=True)
    member: Mapped[str] = mapped_column(String(400))
    period: Mapped[str] = mapped_column(String(10))
    state: Mapped[str] = mapped_column(String(10), default="fired")
    size: Mapped[float] = mapped_column(Double, default=0.0)
    facts: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict)
    waiting: Mapped[list[str]] = mapped_column(JSON, default=list)
    acknowledged_at: Mapped[datetime | None] = mapped_column(Moment, default=None)
    acknowledged_by: Mapped[str] = mapped_column(String(200), default="")


class Delivery(Entry, Base):
    """A message to a channel: `state` is waiting, sending, sent or failed. `kind` is publish, daily, weekly, alarm or test.

    `key` tells messages apart that must go out once; `alerts` are the ids of those that it tells of.
    """

    __tablename__ = "alert_delivery"

    key: Mapped[str] = mapped_column(String(200), unique=True)
    channel: Mapped[str] = mapped_column(String(100))
    kind: Mapped[str] = mapped_column(String(10))
    message: Mapped[dict[str, str]] = mapped_column(JSON, default=dict)
    alerts: Mapped[list[str]] = mapped_column(JSON, default=list)
    state: Mapped[str] = mapped_column(String(10), default="waiting", index=True)
    tries: Mapped[int] = mapped_column(Integer, default=0)
    held_until: Mapped[datetime | None] = mapped_column(Moment, default=None)
    sent_at: Mapped[datetime | None] = mapped_column(Moment, default=None)
    error: Mapped[str | None] = mapped_column(Text, default=None)


class Snooze(Entry, Base):
    """Until when a rule (or one member of it) is to be silent, and why."""

    __tablename__ = "alert_snooze"

    rule: Mapped[str] = mapped_column(String(100), index=True)
    member: Mapped[str | None] = mapped_column(String(400), default=None)
    until: Mapped[datetime] = mapped_column(Moment)
    reason: Mapped[str] = mapped_column(Text, default="")


class Check(Entry, Base):
    """How the last run of a rule went: `code` is empty, or says why it cannot run since `since`; `said` is the reason in words.

    `reached` is the last period that was judged, or the moment up to which a digest was sent. The check named RUNS is about all.
    """

    __tablename__ = "alert_check"

    rule: Mapped[str] = mapped_column(String(200), unique=True)
    ran_at: Mapped[datetime] = mapped_column(Moment)
    reached: Mapped[str] = mapped_column(String(40), default="")
    code: Mapped[str] = mapped_column(String(20), default="")
    said: Mapped[str] = mapped_column(Text, default="")
    since: Mapped[datetime | None] = mapped_column(Moment, default=None)
