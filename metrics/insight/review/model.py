"""A review as data: everything that a meeting needs, nothing that has to be asked again. Frozen, it is kept as this JSON.

Numbers are in their metric's own unit, shares are fractions, a change is a fraction of the earlier value. What is not known is null.
What people wrote stands as they wrote it; what the program found stands as codes and numbers, which a page puts into words.
"""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, field
from datetime import date, datetime
from functools import cache
from typing import TYPE_CHECKING, Any, Literal

from metrics.insight.review.weeks import SixTwelve

if TYPE_CHECKING:
    from pydantic import TypeAdapter

#: How far a number is to be trusted: its tests fail; its period is not over; its data ends before the period does; what it waits for
#: (a conversion, say) is still to come.
Status = Literal["complete", "immature", "stale", "unfinished", "failing"]
#: The form of what is written here; a later one reads the earlier ones.
VERSION = 1


@dataclass(frozen=True)
class Aim:
    """A target: to be reached by the end of `due`. `status` is on, risk or off the way there, `behind` how far a value falls short."""

    value: float
    due: date
    status: str | None = None
    behind: float | None = None


@dataclass(frozen=True)
class Number:
    """A metric over the period, the one before it, and the same a year earlier. `link` is the query that shows it in the app.

    `definition` is the fingerprint of what it was computed by, `problem` says why there is no value.
    """

    metric: str
    label: str
    format: str
    good: str
    owner: str | None
    definition: str
    status: Status
    link: str
    value: float | None = None
    previous: float | None = None
    change: float | None = None
    difference: float | None = None
    prior_year: float | None = None
    yoy: float | None = None
    yoy_difference: float | None = None
    aim: Aim | None = None
    failures: tuple[str, ...] = ()
    problem: str = ""


@dataclass(frozen=True)
class Chart:
    """A metric as a 6-12. `weeks_target` and `months_target` are the targets that hold for the last week and the last month."""

    number: Number
    values: SixTwelve
    weeks_target: float | None = None
    months_target: float | None = None


@dataclass(frozen=True)
class Exceptional:
    """Something that left its usual course. `rule` names the rule that fired, `facts` are the numbers that it speaks of."""

    number: Number
    rule: str
    tone: str
    facts: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Share:
    """What a part contributed to a change, in the metric's own unit. `metric` is its label where the part is a metric itself."""

    name: str
    contribution: float
    metric: str = ""


@dataclass(frozen=True)
class Cause:
    """The part whose change stands out most: a member of each of the dimensions `by`. `share` is its part of the whole change."""

    by: tuple[str, ...]
    members: tuple[str, ...]
    then: float | None
    now: float | None
    contribution: float
    share: float | None
    verdict: str


@dataclass(frozen=True)
class Moved:
    """Why a metric moved between the period and the one before: along what it is made of (`along`), and what stands out.

    `cause` is null where the change is spread evenly; `cautions` are codes of what is to be kept in mind, `problem` says why nothing
    can be told.
    """

    number: Number
    along: str = ""
    parts: tuple[Share, ...] = ()
    cause: Cause | None = None
    cautions: tuple[str, ...] = ()
    problem: str = ""


@dataclass(frozen=True)
class Shipped:
    """A release of the period, or one that was planned for it; days late are below zero for one that came early."""

    name: str
    kind: str | None
    planned: date | None
    shipped: date | None
    days_late: int | None


@dataclass(frozen=True)
class Effect:
    """What can be said of a release and one outcome, as Impact says it: `verdict` and `reason` are the codes of `impact.outcomes`.

    On the scale `ratio` the effect and its 95 % interval are relative changes, else they are in the metric's own unit for each account
    and week. `p` is corrected for there being several outcomes, `detectable` the smallest effect that would have been seen. Where
    nothing can be told, `day` says from when it may be, and `name` what is in the way.
    """

    area: str
    metric: str
    label: str
    format: str
    good: str
    of_features: bool
    verdict: str
    reason: str = ""
    day: date | None = None
    name: str = ""
    scale: str = "ratio"
    value: float | None = None
    low: float | None = None
    high: float | None = None
    p: float | None = None
    detectable: float | None = None


@dataclass(frozen=True)
class Effects:
    """What a release did: no day from `until` on is looked at; from `settled` on no figure moves any more."""

    until: date
    settled: date
    outcomes: tuple[Effect, ...]


@dataclass(frozen=True)
class ToDo:
    """An action. `raised` is the last day of the review that it comes from, `carried` tells that this was an earlier one.

    With `recommended` it is a recommendation that somebody took up; where it stands is told on the page of those.
    """

    id: str
    text: str
    owner: str
    due: date | None
    state: str
    raised: date
    carried: bool
    overdue: bool
    recommended: bool = False


@dataclass(frozen=True)
class Said:
    """A comment on a section, on a metric of it, or, without either, on the whole."""

    id: str
    author: str
    written_at: datetime
    text: str
    section: str = ""
    metric: str = ""


@dataclass(frozen=True)
class Section:
    """A section by its kind, with what that kind shows; `left_out` names metrics of which nothing is known here."""

    kind: str
    title: str = ""
    text: str = ""
    owner: str = ""
    numbers: tuple[Number, ...] = ()
    charts: tuple[Chart, ...] = ()
    exceptions: tuple[Exceptional, ...] = ()
    drivers: tuple[Moved, ...] = ()
    releases: tuple[Shipped, ...] = ()
    effects: Effects | None = None
    actions: tuple[ToDo, ...] = ()
    comments: tuple[Said, ...] = ()
    left_out: tuple[str, ...] = ()


@dataclass(frozen=True)
class Review:
    """A review of the days `first` to `last`, both included, and what made it: generation, definitions, template.

    `definitions` is the hash of all definitions that its numbers were computed by, `loaded_until` how far all their data reaches.
    """

    template: str
    label: str
    description: str
    audience: str
    cadence: str
    first: date
    last: date
    previous_first: date
    previous_last: date
    company: str
    currency: str
    timezone: str
    fiscal_year_start: int
    generation: int | None
    definitions: str
    loaded_until: datetime | None
    sections: tuple[Section, ...]
    release: str = ""
    version: int = VERSION

    def to_dict(self) -> dict[str, Any]:
        """As JSON has it, days and moments in ISO 8601."""
        told: dict[str, Any] = json.loads(self.to_json())
        return told

    def to_json(self) -> str:
        """The JSON text that is kept: the same review gives the same text, byte by byte."""
        return json.dumps(asdict(self), ensure_ascii=False, separators=(",", ":"), default=_plain)

    @classmethod
    def from_json(cls, text: str) -> Review:
        """What `to_json` wrote."""
        return _reader().validate_json(text)

    def numbers(self) -> dict[str, Number]:
        """Every number by its metric."""
        found: dict[str, Number] = {}
        for section in self.sections:
            around: list[Chart | Exceptional | Moved] = [*section.charts, *section.exceptions, *section.drivers]
            found |= {number.metric: number for number in (*section.numbers, *(one.number for one in around))}
        return found


@cache
def _reader() -> TypeAdapter[Review]:
    from pydantic import TypeAdapter  # a fifth of a second to import and build: only where something frozen is opened

    return TypeAdapter(Review)


def _plain(value: Any) -> str:
    return str(value.isoformat())
