"""A review, made from its template: `figures(layer, template, …)` asks the layer, `spoken(review, journal)` adds what people wrote.

What comes out is data (model.py): pages and files say it in words.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import replace
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from data.errors import Problem
from data.journal import Annotation, Journal
from metrics import audit, checks
from metrics.insight.review import causes as review_causes
from metrics.insight.review import period as review_period
from metrics.insight.review import sections, todo
from metrics.insight.review import targets as review_targets
from metrics.insight.review import values as review_values
from metrics.insight.review.model import Review, Said, Section, ToDo
from metrics.insight.review.period import Period
from metrics.insight.review.sections import Asked
from metrics.insight.review.templates import Template
from metrics.insight.review.weeks import Span, axis, last_whole_month
from metrics.layer import Layer
from metrics.releases import Release

#: More releases than any company ships in the time that a review looks back over.
_RELEASES = 500
_DAY = timedelta(days=1)


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
    notes = tuple(journal.annotations.all()) if journal else ()
    made = figures(layer, template, week_ending=week_ending, month=month, release=release, targets=targets, notes=notes)
    return spoken(made, journal) if journal else made


def figures(
    layer: Layer,
    template: Template,
    *,
    week_ending: date | None = None,
    month: str | None = None,
    release: str | None = None,
    targets: Mapping[str, Mapping[str, float]] | None = None,
    notes: tuple[Annotation, ...] = (),
) -> Review:
    """The review of a week, a month (`2026-11`), the quarter that holds one, or the days since a release, by the template's cadence.

    Without any of them it is about the last one that is wholly loaded. `targets` are those that people set, by metric and period,
    over the definitions' own, `notes` what they wrote at days. Raises Problem for a month or a release that is none, and for days that
    are to come or were never loaded.
    """
    found = layer.releases(most=_RELEASES)
    period = _period(layer, template, found, week_ending, month, release)
    _check_days(layer, period.now)
    asked = _asked(layer, template, period, found, targets or {}, notes)
    made = tuple(sections.MAKERS[part.kind](asked, part) for part in template.sections)
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
        sections=made,
        release=period.release,
    )


def spoken(made: Review, journal: Journal) -> Review:
    """A review with what people wrote in the journal until now: comments on its sections, actions of its template."""
    told = journal.reviews.comments(key(made.template, made.last))
    said = tuple(Said(one.id, one.author, one.written_at, one.text, one.section, one.metric) for one in told)
    to_do = todo.to_do(made, journal)
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


def _check_days(layer: Layer, days: Span) -> None:
    """Raises Problem for days that are all to come, or before the first that is loaded: that nothing is unusual would be no news."""
    zone = ZoneInfo(layer.workspace.company.timezone)
    with layer.reader.open() as snapshot:
        since = [one.since for one in layer.loaded(snapshot).values() if one.since]
    first = min(since, default=days.first)
    last = max(last_loaded(layer), datetime.now(zone).date())
    if days.first > last or days.last < first:
        said = "are still to come" if days.first > last else "are before the first that is loaded"
        remedy = f"Name days from {first.isoformat()} to {last.isoformat()}."
        raise Problem(f"the days {days.first.isoformat()} to {days.last.isoformat()} {said}", remedy=remedy)


def _period(
    layer: Layer, template: Template, found: tuple[Release, ...], ending: date | None, month: str | None, release: str | None
) -> Period:
    company, cadence = layer.workspace.company, template.cadence
    if release is not None and cadence != "release":
        raise Problem(f"{template.name} is held by the {cadence}, not after a release", remedy="Name a template such as launch.")
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


def _asked(
    layer: Layer,
    template: Template,
    period: Period,
    found: tuple[Release, ...],
    own: Mapping[str, Mapping[str, float]],
    notes: tuple[Annotation, ...],
) -> Asked:
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
    return Asked(
        layer=layer,
        template=template,
        period=period,
        axis=shown,
        targets=targets,
        values=review_values.ask(layer, wanted),
        verdicts=audit.standing(layer),
        releases=found,
        signals=review_causes.signals(layer, unusual, period, shown.ending + _DAY) if unusual else {},
        notes=notes,
    )


def _with_words(section: Section, said: tuple[Said, ...], to_do: tuple[ToDo, ...]) -> Section:
    """The section for comments has what was said of the whole, the one for actions what is to be done."""
    name = "" if section.kind == "comments" else section.title
    heard = tuple(one for one in said if one.section == name) if name or section.kind == "comments" else ()
    return replace(section, comments=heard, actions=to_do if section.kind == "actions" else ())


def _hash(told: Mapping[str, str]) -> str:
    return hashlib.sha256(json.dumps(told, sort_keys=True).encode()).hexdigest()[:16]
