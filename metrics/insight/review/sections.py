"""The sections of a review: each is made of what was asked once, as data without words."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from urllib.parse import urlencode
from zoneinfo import ZoneInfo

from data.journal import Annotation
from metrics import checks
from metrics.checks import Verdict
from metrics.definition import Metric
from metrics.insight.review import causes as review_causes
from metrics.insight.review import targets as review_targets
from metrics.insight.review.model import Chart, Exceptional, Number, Section, Shipped, Status
from metrics.insight.review.period import Period
from metrics.insight.review.templates import Part, Template
from metrics.insight.review.values import Values
from metrics.insight.review.weeks import Axis, Span, difference, relative, six_twelve
from metrics.insight.signal import Signal
from metrics.layer import Layer
from metrics.releases import Release
from metrics.target import adds_up

#: How grave something is, the gravest first.
_TONES = ("bad", "warn", "flat", "good")


@dataclass(frozen=True)
class Asked:
    """What a review is made of, asked once."""

    layer: Layer
    template: Template
    period: Period
    axis: Axis
    targets: Mapping[str, Mapping[str, float]]
    values: Values
    verdicts: Mapping[str, Verdict]
    releases: tuple[Release, ...]
    signals: Mapping[str, Signal]
    notes: tuple[Annotation, ...] = ()
    numbers: dict[str, Number] = field(default_factory=dict)


def _number(asked: Asked, name: str) -> Number:
    """A metric over the period with what it is held against; made once, for several sections may show it."""
    if name not in asked.numbers:
        metric, period, values = asked.layer.metrics[name], asked.period, asked.values
        now, before = values.cell(name, period.now), values.cell(name, period.previous)
        year = values.cell(name, period.prior_year) if period.prior_year else None
        verdict = asked.verdicts.get(name)
        asked.numbers[name] = Number(
            metric=name,
            label=metric.label,
            format=metric.format,
            good=metric.good,
            owner=metric.owner,
            definition=checks.fingerprint(name, asked.layer.metrics),
            status=_status(asked, name),
            link=_link(name, period.now),
            value=now.value,
            previous=before.value,
            change=relative(now, before),
            difference=difference(now, before),
            prior_year=year.value if year else None,
            yoy=relative(now, year) if year else None,
            yoy_difference=difference(now, year) if year else None,
            aim=None if period.cadence == "release" else review_targets.aim(metric, asked.targets[name], period.now, values),
            failures=tuple(verdict.failures) if verdict else (),
            problem=values.problems.get(name, ""),
        )
    return asked.numbers[name]


def _status(asked: Asked, name: str) -> Status:
    """The worst that is to be said of a number: its tests fail, its data ends too early, what it waits for is still to come."""
    verdict = asked.verdicts.get(name)
    if verdict and verdict.failures:
        return "failing"
    if asked.axis.ending < asked.period.now.last:
        return "unfinished"
    if not asked.values.reaches(name, asked.period.now, ZoneInfo(asked.layer.workspace.company.timezone)):
        return "stale"
    return "complete" if asked.values.cell(name, asked.period.now).final else "immature"


def _link(name: str, span: Span) -> str:
    """The query of a page that shows a metric over these days."""
    days = [("dates", span.first.isoformat()), ("dates", span.last.isoformat())]
    return urlencode([("period", "custom"), *days, ("metric", name)])


def _plain(_asked: Asked, part: Part) -> Section:
    return Section(part.kind, part.title, part.text, part.owner)


def _numbers(asked: Asked, part: Part) -> Section:
    known, left_out = _known(asked, part)
    return replace(_plain(asked, part), numbers=known, left_out=left_out)


def _known(asked: Asked, part: Part) -> tuple[tuple[Number, ...], tuple[str, ...]]:
    """The numbers of a section of which anything is known, and the metrics without any."""
    told = [_number(asked, name) for name in part.metrics]
    known = [one for one in told if one.problem or one.value is not None or one.previous is not None]
    return tuple(known), tuple(one.metric for one in told if one not in known)


def _six_twelve(asked: Asked, part: Part) -> Section:
    made = [_chart(asked, name) for name in part.metrics]
    known = [one for one in made if one.number.problem or not one.values.empty]
    return replace(_plain(asked, part), charts=tuple(known), left_out=tuple(one.number.metric for one in made if one not in known))


def _chart(asked: Asked, name: str) -> Chart:
    metric, targets = asked.layer.metrics[name], asked.targets[name]
    values = six_twelve(asked.axis, lambda span: asked.values.cell(name, span))
    week, month = (review_targets.mark(metric, targets, pairs[-1].now) for pairs in (asked.axis.weeks, asked.axis.months))
    return Chart(_number(asked, name), values, week, month)


def _exceptions(asked: Asked, part: Part) -> Section:
    """What is to be said of each metric, the worst first: it cannot be trusted, is a signal, or is off the way to its target."""
    found = [one for name in part.metrics for one in _exceptional(asked, asked.layer.metrics[name])]
    worst_first = sorted(found, key=lambda one: _TONES.index(one.tone))
    return replace(_plain(asked, part), exceptions=tuple(worst_first[: part.most]))


def _exceptional(asked: Asked, metric: Metric) -> list[Exceptional]:
    number, found = _number(asked, metric.name), []
    if number.status == "failing":
        found.append(Exceptional(number, "tests_failing", "bad", {"failures": list(number.failures)}))
    until = asked.values.reach[metric.name][1]
    # Of days that are not over some may be loaded; where none is, silence would pass for calm.
    nothing = number.status == "unfinished" and number.value is None
    if (number.status == "stale" or nothing) and until is not None:
        found.append(Exceptional(number, "stale", "warn", {"loaded_until": until.isoformat()}))
    found += review_causes.signal(number, asked.signals.get(metric.name))
    if number.aim and number.aim.status == "off":
        facts = {"target": number.aim.value, "due": number.aim.due.isoformat(), "behind": number.aim.behind, "adds_up": adds_up(metric)}
        found.append(Exceptional(number, "off_target", "bad", facts))
    return found


def _drivers(asked: Asked, part: Part) -> Section:
    """Why these metrics moved, if they did."""
    known, left_out = _known(asked, part)
    moved = [review_causes.moved(asked.layer, one, asked.period, part.by) for one in known if one.difference or one.difference is None]
    return replace(_plain(asked, part), drivers=tuple(moved[: part.most]), left_out=left_out)


def _releases(asked: Asked, part: Part) -> Section:
    """What was shipped in the period, and what was planned for it and is not shipped; of a launch its own release."""
    now, told = asked.period.now, []
    for one in asked.releases:
        day = one.shipped or one.planned
        inside = day is not None and now.first <= day <= now.last
        if (one.name == asked.period.release and one.shipped == now.first) if asked.period.release else inside:
            told.append(Shipped(one.name, one.kind, one.planned, one.shipped, one.days_late))
    return replace(_plain(asked, part), releases=tuple(told[: part.most]))


def _impact(asked: Asked, part: Part) -> Section:
    """What the release of a launch did."""
    its = next(one for one in asked.releases if one.name == asked.period.release and one.shipped == asked.period.now.first)
    return replace(_plain(asked, part), effects=review_causes.effects(asked.layer, its, asked.notes))


#: By the kind of a template's part.
MAKERS: dict[str, Callable[[Asked, Part], Section]] = {
    "exceptions": _exceptions,
    "numbers": _numbers,
    "six_twelve": _six_twelve,
    "releases": _releases,
    "impact": _impact,
    "actions": _plain,
    "comments": _plain,
    "text": _plain,
    "drivers": _drivers,
}
