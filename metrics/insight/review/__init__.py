"""A review, made from its template: `figures(layer, template, …)` asks the layer, `spoken(review, journal)` adds what people wrote.

What comes out is data (review_model.py): pages and files say it in words.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from urllib.parse import urlencode
from zoneinfo import ZoneInfo

from data.errors import Problem
from data.journal import Decision, Journal
from metrics import audit, checks
from metrics.checks import Verdict
from metrics.definition import Metric
from metrics.insight.review import causes as review_causes
from metrics.insight.review import period as review_period
from metrics.insight.review import targets as review_targets
from metrics.insight.review import values as review_values
from metrics.insight.review.model import Chart, Exceptional, Number, Review, Said, Section, Shipped, Status, ToDo
from metrics.insight.review.period import Period
from metrics.insight.review.templates import Part, Template
from metrics.insight.review.values import Values
from metrics.insight.review.weeks import Axis, Span, axis, difference, last_whole_month, relative, six_twelve
from metrics.insight.signal import Signal
from metrics.layer import Layer
from metrics.releases import Release
from metrics.target import adds_up

#: More releases than any company ships in the time that a review looks back over.
_RELEASES = 500
_DAY = timedelta(days=1)
#: How grave something is, the gravest first.
_TONES = ("bad", "warn", "flat", "good")


@dataclass(frozen=True)
class _Asked:
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
    numbers: dict[str, Number] = field(default_factory=dict)


def review(
    layer: Layer,
    template: Template,
    *,
    week_ending: date | None = None,
    month: str | None = None,
    release: str | None = None,
    journal: Journal | None = None,
) -> Review:
    """The review with everything in it; see `figures`. The `journal` gives targets that people set, comments and actions."""
    targets = journal.targets.in_force() if journal else {}
    made = figures(layer, template, week_ending=week_ending, month=month, release=release, targets=targets)
    return spoken(made, journal) if journal else made


def figures(
    layer: Layer,
    template: Template,
    *,
    week_ending: date | None = None,
    month: str | None = None,
    release: str | None = None,
    targets: Mapping[str, Mapping[str, float]] | None = None,
) -> Review:
    """The review of a week, a month (`2026-11`), the quarter that holds one, or the days since a release, by the template's cadence.

    Without any of them it is about the last one that is wholly loaded. `targets` are those that people set, by metric and period,
    over the definitions' own. Raises Problem for a month or a release that is none, and where nothing is loaded.
    """
    found = layer.releases(most=_RELEASES)
    period = _period(layer, template, found, week_ending, month, release)
    asked = _asked(layer, template, period, found, targets or {})
    sections = tuple(_MAKERS[part.kind](asked, part) for part in template.sections)
    company, reach = layer.workspace.company, asked.values.reach
    ends = [until for _since, until in reach.values() if until is not None]
    return Review(
        template=template.name,
        label=template.label,
        description=template.description,
        audience=template.audience,
        cadence=template.cadence,
        first=period.now.first,
        last=period.now.last,
        previous_first=period.previous.first,
        previous_last=period.previous.last,
        company=company.name,
        currency=company.currency,
        timezone=company.timezone,
        fiscal_year_start=company.fiscal_year_start,
        generation=layer.generation(),
        definitions=_hash({name: checks.fingerprint(name, layer.metrics) for name in template.metrics}),
        loaded_until=min(ends, default=None),
        sections=sections,
        release=period.release,
    )


def spoken(made: Review, journal: Journal) -> Review:
    """A review with what people wrote in the journal until now: comments on its sections, actions of its template."""
    told = journal.reviews.comments(key(made.template, made.last))
    said = tuple(Said(one.id, one.author, one.written_at, one.text, one.section, one.metric) for one in told)
    to_do = _to_do(made, journal)
    return replace(made, sections=tuple(_with_words(section, said, to_do) for section in made.sections))


def key(template: str, last: date) -> str:
    """What the comments on one review are kept under: its template and its last day."""
    return f"{template}:{last.isoformat()}"


def last_loaded(layer: Layer) -> date:
    """The last day of which every metric could be known: the newest whole day of the facts that are loaded. Raises Problem."""
    with layer.reader.open() as snapshot:
        ends = [one.until for one in layer.loaded(snapshot).values() if one.until is not None]
    if not ends:
        raise Problem("nothing is loaded that a review could be made of", remedy="Load something: python -m connectors sync")
    return max(ends).astimezone(ZoneInfo(layer.workspace.company.timezone)).date() - _DAY


def _period(
    layer: Layer, template: Template, found: tuple[Release, ...], ending: date | None, month: str | None, release: str | None
) -> Period:
    company, cadence = layer.workspace.company, template.cadence
    if month is not None and cadence not in ("month", "quarter"):
        raise Problem(f"{template.name} is held by the {cadence}, not by the month", remedy="Name a week ending.")
    if cadence == "week":
        return review_period.week(ending or review_period.latest_week(last_loaded(layer), company.week_start))
    if cadence == "release":
        last = ending or last_loaded(layer)
        shipped = review_period.shipped_before(found, release, last)
        return review_period.launch(shipped.shipped or last, last, shipped.name)
    until = ending or last_loaded(layer)
    if cadence == "month":
        return review_period.month(review_period.month_named(month) if month else last_whole_month(until))
    start = company.fiscal_year_start
    of = review_period.month_named(month).last if month else review_period.latest_quarter(until, start)
    return review_period.quarter(of, start)


def _asked(layer: Layer, template: Template, period: Period, found: tuple[Release, ...], own: Mapping[str, Mapping[str, float]]) -> _Asked:
    targets = {name: {**layer.metrics[name].targets, **own.get(name, {})} for name in template.metrics}
    # A quarter that is not over yet is charted up to where the data reaches.
    shown = axis(min(period.now.last, last_loaded(layer)), fiscal_start=layer.workspace.company.fiscal_year_start, months=template.months)
    unusual = list(dict.fromkeys(name for part in template.sections if part.kind == "exceptions" for name in part.metrics))
    charted = {name for part in template.sections if part.kind == "six_twelve" for name in part.metrics}
    wanted: dict[str, list[Span]] = {}
    for name in template.metrics:
        before = review_targets.needed(layer.metrics[name], targets[name], period.now)
        spans = [period.now, period.previous, *filter(None, (period.prior_year, before))]
        wanted[name] = [*spans, *shown.spans()] if name in charted else spans
    return _Asked(
        layer=layer,
        template=template,
        period=period,
        axis=shown,
        targets=targets,
        values=review_values.ask(layer, wanted),
        verdicts=audit.standing(layer),
        releases=found,
        signals=review_causes.signals(layer, unusual, period, shown.ending + _DAY) if unusual else {},
    )


def _to_do(made: Review, journal: Journal) -> tuple[ToDo, ...]:
    """What was to be done when this review was held: raised by then, and not done before its days began."""
    told = [
        ToDo(one.id, one.text, one.owner, one.due, one.state, one.raised, one.raised < made.last, _late(one.state, one.due, made))
        for one in journal.reviews.actions(made.template)
        if _is_due(one.raised, one.closed_on, made)
    ]
    told += [one for pair in journal.decisions.taken_up() if (one := _taken_up(*pair, made)) is not None]
    return tuple(sorted(told, key=lambda one: (one.state != "open", not one.overdue, one.due or date.max, one.raised, one.id)))


def _is_due(raised: date, closed: date | None, made: Review) -> bool:
    return raised <= made.last and (raised == made.last or closed is None or closed > made.previous_last)


def _late(state: str, due: date | None, made: Review) -> bool:
    return state == "open" and due is not None and due < made.last


def _taken_up(began: Decision, latest: Decision, made: Review) -> ToDo | None:
    """A recommendation that somebody took up, to be done by the day on which its outcome was expected; None where it is not due."""
    raised, told = began.written_at.date(), began.frozen
    closed = latest.written_at.date() if latest.state == "done" else None
    if not _is_due(raised, closed, made):
        return None
    expect = told.get("expect")
    due = raised + timedelta(days=int(expect["within_days"])) if expect else None
    state = "done" if closed else "open"
    owner = latest.assignee or str(told.get("owner", ""))
    text = str(told.get("action") or told.get("label") or began.action)
    return ToDo(began.id, text, owner, due, state, raised, raised < made.first, _late(state, due, made), recommended=True)


def _with_words(section: Section, said: tuple[Said, ...], to_do: tuple[ToDo, ...]) -> Section:
    """The section for comments has what was said of the whole, the one for actions what is to be done."""
    name = "" if section.kind == "comments" else section.title
    heard = tuple(one for one in said if one.section == name) if name or section.kind == "comments" else ()
    return replace(section, comments=heard, actions=to_do if section.kind == "actions" else ())


def _number(asked: _Asked, name: str) -> Number:
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


def _status(asked: _Asked, name: str) -> Status:
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


def _plain(_asked: _Asked, part: Part) -> Section:
    return Section(part.kind, part.title, part.text, part.owner)


def _numbers(asked: _Asked, part: Part) -> Section:
    told = [_number(asked, name) for name in part.metrics]
    known = [one for one in told if one.problem or one.value is not None or one.previous is not None]
    return replace(_plain(asked, part), numbers=tuple(known), left_out=tuple(one.metric for one in told if one not in known))


def _six_twelve(asked: _Asked, part: Part) -> Section:
    made = [_chart(asked, name) for name in part.metrics]
    known = [one for one in made if one.number.problem or not one.values.empty]
    return replace(_plain(asked, part), charts=tuple(known), left_out=tuple(one.number.metric for one in made if one not in known))


def _chart(asked: _Asked, name: str) -> Chart:
    metric, targets = asked.layer.metrics[name], asked.targets[name]
    values = six_twelve(asked.axis, lambda span: asked.values.cell(name, span))
    week, month = (review_targets.mark(metric, targets, pairs[-1].now) for pairs in (asked.axis.weeks, asked.axis.months))
    return Chart(_number(asked, name), values, week, month)


def _exceptions(asked: _Asked, part: Part) -> Section:
    """What is to be said of each metric, the worst first: it cannot be trusted, is a signal, or is off the way to its target."""
    found = [one for name in part.metrics for one in _exceptional(asked, asked.layer.metrics[name])]
    worst_first = sorted(found, key=lambda one: _TONES.index(one.tone))
    return replace(_plain(asked, part), exceptions=tuple(worst_first[: part.most]))


def _exceptional(asked: _Asked, metric: Metric) -> list[Exceptional]:
    number, found = _number(asked, metric.name), []
    if number.status == "failing":
        found.append(Exceptional(number, "tests_failing", "bad", {"failures": list(number.failures)}))
    until = asked.values.reach[metric.name][1]
    if number.status == "stale" and until is not None:
        found.append(Exceptional(number, "stale", "warn", {"loaded_until": until.isoformat()}))
    found += review_causes.signal(number, asked.signals.get(metric.name))
    if number.aim and number.aim.status == "off":
        facts = {"target": number.aim.value, "due": number.aim.due.isoformat(), "behind": number.aim.behind, "adds_up": adds_up(metric)}
        found.append(Exceptional(number, "off_target", "bad", facts))
    return found


def _drivers(asked: _Asked, part: Part) -> Section:
    """Why these metrics moved, if they did."""
    told = [_number(asked, name) for name in part.metrics]
    moved = [review_causes.moved(asked.layer, one, asked.period, part.by) for one in told if one.difference or one.difference is None]
    return replace(_plain(asked, part), drivers=tuple(moved[: part.most]))


def _releases(asked: _Asked, part: Part) -> Section:
    """What was shipped in the period, and what was planned for it and is not shipped; of a launch its own release."""
    now, told = asked.period.now, []
    for one in asked.releases:
        day = one.shipped or one.planned
        inside = day is not None and now.first <= day <= now.last
        if (one.name == asked.period.release and one.shipped == now.first) if asked.period.release else inside:
            told.append(Shipped(one.name, one.kind, one.planned, one.shipped, one.days_late))
    return replace(_plain(asked, part), releases=tuple(told[: part.most]))


def _hash(told: Mapping[str, str]) -> str:
    return hashlib.sha256(json.dumps(told, sort_keys=True).encode()).hexdigest()[:16]


_MAKERS: dict[str, Callable[[_Asked, Part], Section]] = {
    "exceptions": _exceptions,
    "numbers": _numbers,
    "six_twelve": _six_twelve,
    "releases": _releases,
    "actions": _plain,
    "comments": _plain,
    "text": _plain,
    "drivers": _drivers,
}
