"""A recommendation for programs (JSON) and for the command line (English words). Pages say it in the reader's language themselves."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from metrics.insight.actions.action import Action, Evidence

#: What decides how sure it is, in words.
_WEAKEST = {
    "n": "it rests on {n:g} (at least {needed})",
    "margin": "it is {margin:.0%} beyond its threshold",
    "checks": "of {checks} things that would speak against it, {quiet} do not hold",
}


def to_dict(one: Action) -> dict[str, Any]:
    """The JSON of a recommendation."""
    sure = one.confidence
    return {
        "id": one.id,
        "playbook": one.playbook.name,
        "label": one.playbook.label,
        "team": one.team,
        "owner": one.owner,
        "members": dict(one.members),
        "named": list(one.named),
        "until": one.until.isoformat(),
        "action": sentence(one, one.playbook.action, plain),
        "evidence": [_evidence(each) for each in one.evidence],
        "against": [{"says": sentence(one, each.says, plain), "speaks": each.speaks} for each in one.against],
        "prize": _prize(one),
        "confidence": {"level": sure.level, "weakest": sure.weakest, "parts": sure.parts, "n": sure.n, "margin": sure.margin},
        "expect": _expect(one),
        "accounts": list(one.accounts),
        "also": [other.id for other in one.also],
        "related": list(one.related),
    }


def _prize(one: Action) -> dict[str, Any]:
    says = sentence(one, one.prize.says, plain) if one.prize.says else None
    return {"kind": one.prize.kind, "accounts": one.prize.accounts, "mrr": one.prize.money, "says": says}


def _evidence(one: Evidence) -> dict[str, Any]:
    span = {"since": one.since and one.since.isoformat(), "until": one.until and one.until.isoformat()}
    told = {"name": one.name, "value": one.value, "format": one.format, "of": one.of, "metric": one.metric, "where": one.where}
    return {**told, **span, "members": dict(one.members), "trend_weeks": one.trend}


def _expect(one: Action) -> dict[str, Any] | None:
    told = one.expect
    if told is None:
        return None
    return {"metric": told.metric, "change": told.change, "unit": told.unit, "within_days": told.within, "over_days": told.days}


def sentence(one: Action, text: str, written: Callable[[Evidence], str]) -> str:
    """A text of the playbook with its numbers put in, each as `written` writes it."""
    values = {name: written(each) for name, each in one.values.items()}
    members = {f"member_{place}": name for place, name in enumerate(one.named, 1)}
    return text.format_map({"member": " · ".join(one.named), **members, **values})


def plain(one: Evidence) -> str:
    """A number in English."""
    if one.value is None:
        return "–"
    if one.format == "percent":
        return f"{one.value:.0%}"
    if one.format == "duration":
        return f"{one.value:,.0f} min"
    return f"{one.value:,.0f}" if one.format in ("integer", "money") or one.value == int(one.value) else f"{one.value:,.1f}"


def lines(one: Action, currency: str) -> list[str]:
    """A recommendation for people at a terminal."""
    sure = one.confidence
    count = one.prize.accounts
    worth = ["" if count is None else f"{count:,} account{'s' if count != 1 else ''}"]
    worth.append(f"{one.prize.money:,.0f} {currency} of MRR {one.prize.kind}" if one.prize.money is not None else "")
    why = _WEAKEST[sure.weakest].format(n=sure.n, needed=sure.needed, margin=sure.margin, quiet=sure.quiet, checks=sure.checks)
    told = [
        f"{one.playbook.label}{': ' + ' · '.join(one.named) if one.named else ''}  [{one.id}]",
        f"  {sentence(one, one.playbook.action, plain)}",
        f"  {one.team} ({one.owner}) · {', '.join(part for part in worth if part) or 'worth not known'} · confidence {sure.level}: {why}",
    ]
    told += [f"  worth: {sentence(one, one.prize.says, plain)}"] if one.prize.says else []
    told += [f"  against it: {sentence(one, each.says, plain)}" for each in one.against if each.speaks]
    return told + [f"  also: {other.playbook.label}{': ' + ' · '.join(other.named) if other.named else ''}" for other in one.also]
