"""A question as it is given, and the same with its calendar and range resolved."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from data.errors import Problem, did_you_mean
from data.workspace import Company
from metrics.calendar import GRAINS, Calendar, moment
from metrics.definition import Metric
from metrics.kinds import KINDS
from metrics.made_of import facts_of, leaves
from metrics.question import Loaded
from metrics.request import Request

Moment = str | date | datetime


@dataclass(frozen=True)
class Asked:
    """The options of a query as they are given; see `Layer.query`."""

    grain: str | None = None
    since: Moment | None = None
    until: Moment | None = None
    by: tuple[str, ...] = ()
    top: int | None = None
    where: str | None = None
    compare: str | None = None
    week_start: str | None = None
    timezone: str | None = None
    members: tuple[tuple[str, str], ...] = ()
    accounts: tuple[str, ...] | None = None


def resolve(names: tuple[str, ...], asked: Asked, known: Mapping[str, Metric], loaded: Mapping[str, Loaded], company: Company) -> Request:
    """The question about `names`: by default until the first moment that is not loaded, since twelve periods before.

    Raises Problem for options that do not exist.
    """
    calendar = calendar_of(asked, company)
    if asked.grain is not None and asked.grain not in GRAINS:
        raise Problem(f'unknown grain "{asked.grain}"', remedy=did_you_mean(asked.grain, GRAINS))
    counted = leaves(names, known)
    grain = asked.grain or next((told for one in counted.values() if (told := _own_grain(one))), None)
    ends = [known_until for fact in facts_of(counted.values()) if (known_until := loaded.get(fact, Loaded()).until)]
    last = min(ends) if ends else datetime.now(UTC)
    until = moment(asked.until, calendar) if asked.until else last.astimezone(calendar.zone)
    since = moment(asked.since, calendar) if asked.since else _twelve_before(until, grain, calendar)
    since, until = since.astimezone(calendar.zone), until.astimezone(calendar.zone)
    own_clock = any(one.time() != datetime.min.time() for one, told in ((since, asked.since), (until, asked.until)) if told)
    elsewhere = asked.timezone if asked.timezone and asked.timezone != company.timezone else None
    return Request(
        metrics=names,
        since=since,
        until=until,
        calendar=calendar,
        grain=grain,
        by=asked.by,
        where=asked.where,
        compare=asked.compare,
        members=asked.members,
        accounts=asked.accounts,
        zone=elsewhere,
        timed=own_clock,
    )


def calendar_of(asked: Asked, company: Company) -> Calendar:
    """Where periods begin and end: the company's, or as asked. Raises Problem for a zone or a week that there is not."""
    name, week_start = asked.timezone or company.timezone, asked.week_start or company.week_start
    if week_start not in ("monday", "sunday"):
        raise Problem(f'a week starts on monday or sunday, not "{week_start}"')
    try:
        return Calendar(ZoneInfo(name), week_start, company.fiscal_year_start)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise Problem(f'unknown time zone "{name[:60]}"', remedy="Use a name such as Europe/Paris.") from None


def _own_grain(metric: Metric) -> str | None:
    """The grain of a kind that means nothing without one; `grain(spec)` where that depends on what it shows."""
    kind = KINDS[metric.kind]
    return kind.grain(metric.spec) if hasattr(kind, "grain") else getattr(kind, "GRAIN", None)


def _twelve_before(until: datetime, grain: str | None, calendar: Calendar) -> datetime:
    grain = grain or "month"
    start = calendar.floor(until, grain)
    return calendar.step(start, grain, -12)
