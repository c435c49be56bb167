"""What a release's effects are reckoned from, asked of the layer: its weeks, its adopters and everyone else, and their numbers."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cached_property
from typing import Any
from zoneinfo import ZoneInfo

import numpy as np

from metrics.calendar import Calendar
from metrics.insight.impact.effects import Array
from metrics.insight.impact.matching import Flags
from metrics.layer import Layer
from metrics.releases import Release
from metrics.sql import literal

#: Who used the feature within so many weeks of the release has adopted it; what follows is measured from then on.
ADOPTING = 4
#: The weeks before a release that accounts are compared in, and those that a series' own forecast is fitted to, where they are loaded.
BEFORE, BEFORE_SERIES = 26, 52
_WEEK = timedelta(days=7)
_WHO = ("account_id", "account.name", "account.segment", "account.plan")


@dataclass(frozen=True)
class Member:
    """An account: what it is called, and its segment and plan on the day before the release."""

    account_id: str
    name: str
    segment: str
    plan: str


@dataclass(frozen=True)
class Weeks:
    """Whole calendar weeks around a release. The week in which it came is left out unless it came on that week's first day."""

    day: date
    before_ends: date
    start: date

    @classmethod
    def around(cls, layer: Layer, day: date) -> Weeks:
        """The weeks around a day, by the company's calendar."""
        company = layer.workspace.company
        calendar = Calendar(ZoneInfo(company.timezone), company.week_start, company.fiscal_year_start)
        first = calendar.floor(calendar.midnight(day), "week").date()
        return cls(day, first, first if first == day else first + _WEEK)

    @property
    def landmark(self) -> date:
        """The day on which it is settled who has adopted."""
        return self.after(ADOPTING)

    def before(self, count: int) -> date:
        """The first day of the week that lies `count` weeks before the release."""
        return self.before_ends - count * _WEEK

    def after(self, count: int) -> date:
        """The first day of the week `count` weeks after the first whole one."""
        return self.start + count * _WEEK


@dataclass(frozen=True)
class Accounts:
    """The accounts that a release can be judged by, and in their order whether each adopted. `out` counts those left out, by why."""

    members: tuple[Member, ...]
    adopters: Flags
    late: int
    eligible: int
    reached: int
    out: Mapping[str, int]

    @cached_property
    def strata(self) -> np.ndarray[Any, np.dtype[np.int_]]:
        """A number for each segment and plan."""
        kinds = sorted({(one.segment, one.plan) for one in self.members})
        return np.array([kinds.index((one.segment, one.plan)) for one in self.members], dtype=int)


@dataclass(frozen=True)
class Panel:
    """The layer seen from one release."""

    layer: Layer
    release: Release
    weeks: Weeks

    @cached_property
    def before(self) -> int:
        """How many whole weeks before the release are loaded of what is used, up to those that accounts are compared in."""
        seen = self.series("meaningful_events", self.weeks.before(BEFORE + 1), self.weeks.before_ends)
        # The oldest week that is known may have begun before the data did.
        return max(next((count for count, value in enumerate(reversed(seen)) if value is None), len(seen)) - 1, 0)

    @cached_property
    def about(self) -> str | None:
        """The condition that a row belongs to the release's features."""
        return f"feature_id in ({', '.join(map(literal, self.release.features))})" if self.release.features else None

    def accounts(self, until: date) -> Accounts:
        """Who adopted by the landmark and who did not: of the accounts that may use the features, are old enough, and were there.

        An account that did nothing at all in the weeks of adopting could not adopt; it is left out of both sides, lest those who had
        gone by then make adopters look alive (the landmark of Anderson, Cain and Gelber, Journal of Clinical Oncology 1 (1983)).
        """
        day, landmark = self.weeks.day, self.weeks.landmark
        then = {row["account_id"]: Member(*(str(row[one]) for one in _WHO)) for row in self._who("all_accounts", day - timedelta(days=1))}
        may = {row["account_id"] for row in self._who("eligible_accounts", landmark - timedelta(days=1), self.about)}
        used = self._positive("feature_events", day, landmark, self.about)
        there = self._positive("meaningful_events", day, landmark, None) | used
        old = {row["account_id"] for row in self._who("all_accounts", self.weeks.before(self.before))}
        offered = may | used if may else set(then)
        members = [one for one in then.values() if one.account_id in offered & there & old]
        later = self._positive("feature_events", landmark, until, self.about) - used if until > landmark else set()
        kept = {one.account_id for one in members}
        out = {"inactive": len(offered - there), "young": len((offered & there) - kept)}
        adopters = np.array([one.account_id in used for one in members], dtype=bool)
        return Accounts(tuple(members), adopters, len(later & kept), len(offered), len(used & offered), out)

    def by_account(self, metric: str, members: tuple[Member, ...], since: date, until: date) -> Array:
        """A metric of each account in each whole week (accounts × weeks), without the week of the release; nothing counts as zero."""
        rows = self.layer.query(metric, grain="week", since=since, until=until, by=("account_id",)).rows
        places = {one.account_id: place for place, one in enumerate(members)}
        weeks = self._columns(since, until)
        found = np.zeros((len(members), len(weeks)))
        for row in rows:
            place, week = places.get(row["account_id"]), weeks.get(row["period"])
            if place is not None and week is not None:
                found[place, week] = float(row[metric] or 0.0)
        return found

    def series(self, metric: str, since: date, until: date, where: str | None = None) -> list[float | None]:
        """A metric of everyone in each whole week that is final, without the week of the release; None where it is not known."""
        rows = self.layer.query(metric, grain="week", since=since, until=until, where=where).rows
        weeks = self._columns(since, until)
        found: list[float | None] = [None] * len(weeks)
        for row in rows:
            if (week := weeks.get(row["period"])) is not None and row["complete"] and row[metric] is not None:
                found[week] = float(row[metric])
        return found

    def _columns(self, since: date, until: date) -> dict[date, int]:
        days = [since + place * _WEEK for place in range((until - since) // _WEEK)]
        return {day: place for place, day in enumerate(day for day in days if not self.weeks.before_ends <= day < self.weeks.start)}

    def _who(self, metric: str, day: date, where: str | None = None) -> tuple[Mapping[str, Any], ...]:
        rows = self.layer.query(metric, since=day, until=day + timedelta(days=1), by=_WHO, where=where).rows
        return tuple(row for row in rows if row[metric])

    def _positive(self, metric: str, since: date, until: date, where: str | None) -> set[str]:
        rows = self.layer.query(metric, since=since, until=until, by=("account_id",), where=where).rows
        return {str(row["account_id"]) for row in rows if row[metric]}
