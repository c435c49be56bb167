"""The impact of a release as JSON, and in English for the command line; pages have words of their own."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from metrics.insight.impact import Impact
from metrics.insight.impact.effects import Estimate
from metrics.insight.impact.outcomes import Outcome
from metrics.insight.impact.placebo import Placebo
from metrics.insight.impact.surroundings import Happening

_REASONS = {
    "too_early": "too early until {day}",
    "too_little_history": "fewer than 12 whole weeks are loaded before it",
    "new_feature": "the feature was not there before",
    "too_few_accounts": "too few accounts of one side are like those of the other",
    "too_few_events": "too few rows to tell a change from chance",
    "unlike": "those who adopted and those who did not are too unlike",
    "pretrend": "both sides went apart before it",
    "placebo": "the same design finds effects on days without a release",
    "coinciding": "{name} came at the same time ({day})",
    "too_noisy": "not even a change as large as the number itself would have been seen",
    "not_loaded": "nothing is loaded for it",
}
_KINDS = {
    "release": "released: {name}",
    "same_feature": "released for the same feature: {name}",
    "annotation": "noted: {name}",
    "holiday": "no working hours",
    "plan_changes": "{count} accounts changed their plan since",
    "data_gap": "far fewer or more rows than usual in {name}",
}


def to_dict(found: Impact) -> dict[str, Any]:
    """The JSON shape of `python -m metrics impact --json`; docs/insight/impact.md tells its keys."""
    release = found.release
    return {
        "release": {"release_id": release.release_id, "name": release.name, "kind": release.kind, "features": list(release.features)},
        "day": found.day,
        "window": f"{found.window}w",
        "until": found.until,
        "settled": found.settled,
        "generation": found.generation,
        "reach": {"eligible": found.eligible, "reached": found.reached, "left_out": dict(found.out)},
        "outcomes": [_outcome(one) for one in found.outcomes],
        "happenings": [asdict(one) for one in found.happenings],
        "adopters": [asdict(one) for one in found.adopters],
        "controls": [asdict(one) for one in found.others],
    }


def said(one: Outcome) -> str:
    """What can be said of an outcome, no more than its design supports."""
    verdict = one.verdict
    if verdict.code == "cannot_tell":
        return "cannot tell: " + _REASONS[verdict.reason].format(day=verdict.day, name=verdict.name)
    if verdict.code == "no_detectable_effect":
        return "no detectable effect"
    return f"consistent with {_size(one, one.estimate.value)}" if one.estimate else ""


def figures(one: Outcome) -> str:
    """Effect, interval, p, and the smallest effect that would have been seen, in a line; empty where nothing was measured."""
    found = one.estimate
    if found is None or one.corrected is None or one.detectable is None:
        return ""
    interval = f"{_size(one, found.value)}, 95 % interval {_size(one, found.low)} to {_size(one, found.high)}"
    seen = _size(one, one.detectable).lstrip("+")
    unit = "" if one.scale == "ratio" else " (per account and week)"
    return f"{interval}{unit}; p {found.p:.3f}, corrected {one.corrected:.3f}; could see {seen}; {one.design.replace('_', ' ')}"


def reached(found: Impact) -> str:
    """How far the release came, and between whom it is compared."""
    if not found.release.features:
        return "It names no feature: each number is compared with its own forecast."
    text = f"{found.reached} of {found.eligible} accounts that may use it did within four weeks"
    return f"{text}; compared: {len(found.adopters)} adopters with {len(found.others)} like them that did not."


def happened(one: Happening) -> str:
    """Something else that happened, in words."""
    return f"{one.day}  " + _KINDS[one.kind].format(name=one.name, count=one.count)


def _size(one: Outcome, value: float) -> str:
    return f"{value:+.1%}" if one.scale == "ratio" else f"{value:+,.2f}"


def _outcome(one: Outcome) -> dict[str, Any]:
    verdict = {"code": one.verdict.code, "reason": one.verdict.reason or None, "day": one.verdict.day, "name": one.verdict.name or None}
    checks = {
        "pretrend_p": one.pretrend,
        "placebos": [_placebo(each) for each in one.placebos],
        "difference_before_matching": one.apart,
        "difference_after_matching": one.matched,
        "effective_accounts": one.effective,
        "adopters": one.adopters,
        "controls": one.others,
    }
    return {
        "area": one.area,
        "metric": one.metric,
        "of_features": one.of_features,
        "design": one.design,
        "scale": one.scale,
        "verdict": verdict,
        "estimate": _estimate(one.estimate),
        "corrected_p": one.corrected,
        "minimum_detectable_effect": one.detectable,
        "checks": checks,
        "weeks": [{"place": week.place, "day": week.day, "seen": week.seen, "estimate": _estimate(week.found)} for week in one.weeks],
    }


def _placebo(one: Placebo) -> dict[str, Any]:
    return {"weeks_before": one.weeks_before, "estimate": _estimate(one.found)}


def _estimate(found: Estimate | None) -> dict[str, Any] | None:
    return None if found is None else {"value": found.value, "low": found.low, "high": found.high, "p": found.p}
