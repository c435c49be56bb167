"""Targets that people set on a page, over those that the definition names. Nothing is overwritten: the latest word holds."""

from __future__ import annotations

import math

from sqlalchemy import Double, String, Text, select
from sqlalchemy.orm import Mapped, mapped_column

from data.errors import Problem
from data.journal.base import Base, Begin, Entry


class Target(Entry, Base):
    """A metric's target for a period (2026, 2026-Q4, 2026-11, 2026-W48, 2026-11-23); without a value the definition's holds again."""

    __tablename__ = "target"

    metric: Mapped[str] = mapped_column(String(200), index=True)
    period: Mapped[str] = mapped_column(String(10))
    value: Mapped[float | None] = mapped_column(Double, default=None)
    reason: Mapped[str] = mapped_column(Text, default="")


class Targets:
    """The targets that were set in a workspace."""

    def __init__(self, begin: Begin) -> None:
        self._begin = begin

    def set(self, metric: str, period: str, value: float | None, *, author: str = "", reason: str = "") -> Target:
        """A metric's target for a period from now on; None gives it back to the definition. Raises Problem for what is no number."""
        if value is not None and not math.isfinite(value):
            raise Problem("the target is no number", remedy="Write a number.", field="value")
        with self._begin() as session:
            made = Target(metric=metric, period=period, value=value, author=author, reason=reason)
            session.add(made)
            return made

    def in_force(self) -> dict[str, dict[str, float]]:
        """What was set last, by metric and period."""
        found: dict[str, dict[str, float]] = {}
        for one in reversed(self.history()):
            of_metric = found.setdefault(one.metric, {})
            of_metric.pop(one.period, None)
            if one.value is not None:
                of_metric[one.period] = one.value
        return {metric: periods for metric, periods in found.items() if periods}

    def history(self, metric: str | None = None) -> list[Target]:
        """What was set, the latest first; of one metric, or of all."""
        told = select(Target).order_by(Target.written_at.desc(), Target.id)
        with self._begin() as session:
            return list(session.scalars(told.where(Target.metric == metric) if metric else told))
