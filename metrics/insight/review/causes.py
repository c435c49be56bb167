"""Why the numbers of a review moved, which are signals, what a release did: asked of `why`, `signal` and `impact`, kept as data."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import date

from data.errors import Problem
from data.journal import Annotation
from metrics.insight.impact import impact
from metrics.insight.impact.outcomes import Outcome
from metrics.insight.review.model import Cause, Effect, Effects, Exceptional, Moved, Number, Share
from metrics.insight.review.period import Period
from metrics.insight.signal import Signal, judge_all
from metrics.insight.why import Why, spans, why
from metrics.layer import Layer
from metrics.releases import Release

#: How many parts of what a metric is made of are told.
_PARTS = 6
#: Identities whose parts are kinds of rows, not metrics.
_OF_ROWS = ("movements", "entities")
_TONES = {True: "good", False: "bad", None: "flat"}
#: The periods that are judged, by how often a review is held.
_GRAINS = {"week": "week", "month": "month", "quarter": "month", "release": "week"}


def signals(layer: Layer, names: Sequence[str], period: Period, until: date) -> dict[str, Signal]:
    """The verdict on the last period of each metric that was complete by `until`; none for what cannot be judged."""
    try:
        return judge_all(layer, list(names), grain=_GRAINS[period.cadence], until=until)
    except Problem:
        return {}


def signal(number: Number, found: Signal | None) -> list[Exceptional]:
    """A signal as something to talk about, with the rule that fired: outside its limits, or a run or shift since a day."""
    if found is None or not found.told.is_signal or found.last is None:
        return []
    told = found.told
    facts = {
        "grain": found.grain,
        "period": found.last.isoformat(),
        "value": told.places[-1].value,
        "direction": told.direction,
        "periods": told.periods,
        "since": found.since.isoformat() if found.since else None,
        "size": told.size,
        "lower": told.lower,
        "upper": told.upper,
        "changes": bool(told.steady and told.steady.changes),
    }
    return [Exceptional(number, f"signal_{told.reason}", _TONES[found.good], facts)]


def moved(layer: Layer, number: Number, period: Period, by: Sequence[str]) -> Moved:
    """Why a metric moved from the period before to this one; where that cannot be told, the reason."""
    now, then = (spans.Span(span.first, span.until) for span in (period.now, period.previous))
    try:
        found = why(layer, number.metric, now=now, then=then, by=by)
    except Problem as problem:
        return Moved(number, problem=problem.message)
    along, parts = _parts(layer, found)
    return Moved(number, along, parts, _cause(found), tuple(dict.fromkeys(one.code for one in found.cautions)))


def effects(layer: Layer, release: Release, notes: Iterable[Annotation]) -> Effects:
    """What a release did, by all that is loaded: of a young one most is too early to tell."""
    found = impact(layer, release, notes=notes)
    return Effects(found.until, found.settled, tuple(_effect(layer, one) for one in found.outcomes))


def _effect(layer: Layer, one: Outcome) -> Effect:
    """An outcome as it is kept; a number of which nothing can be said is not told as if it were one."""
    metric, verdict = layer.metrics[one.metric], one.verdict
    told = Effect(
        one.area, one.metric, metric.label, metric.format, metric.good, one.of_features, verdict.code, verdict.reason, verdict.day,
        verdict.name, one.scale,
    )  # fmt: skip
    if one.estimate is None or verdict.code == "cannot_tell":
        return told
    found = one.estimate
    return replace(told, value=found.value, low=found.low, high=found.high, p=one.corrected, detectable=one.detectable)


def _parts(layer: Layer, found: Why) -> tuple[str, tuple[Share, ...]]:
    """The first identity that a metric is part of: its members, or, of a product or a ratio, the effects of what it is made of."""
    if not found.steps:
        return "", ()
    step = found.steps[0]
    told = step.found.effects if set(step.found.effects) - {"change"} else {part.member: part.contribution for part in step.found.parts}
    known = layer.metrics if step.along not in _OF_ROWS else {}
    named = {name: step.metrics.get(name, name) for name in told}
    made = [Share(name, told[name], known[metric].label if metric in known else "") for name, metric in named.items() if told[name]]
    return step.along, tuple(sorted(made, key=lambda one: -abs(one.contribution))[:_PARTS])


def _cause(found: Why) -> Cause | None:
    best = found.cause
    lead = best.lead if best else None
    if best is None or lead is None:
        return None
    share = lead.contribution / found.change if found.change else None
    return Cause(best.by, tuple(best.members[lead.member]), lead.then, lead.now, lead.contribution, share, best.excess.verdict)
