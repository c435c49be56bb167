"""Why a metric moved between two periods: along what it is made of and what drives it, then by who and what it is about."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from data.errors import Problem, did_you_mean
from metrics.insight.why import dimensions, parts
from metrics.insight.why.breakdown import Breakdown
from metrics.insight.why.cautions import CODES, Caution
from metrics.insight.why.decompose import CONVENTIONS, Decomposition
from metrics.insight.why.matter import Matter
from metrics.insight.why.natures import nature
from metrics.insight.why.parts import Driver, Step
from metrics.insight.why.spans import Span, like_for_like
from metrics.layer import Layer
from metrics.made_of import facts_of, leaves
from metrics.result import instant

METHODS = ("lmdi", "mix_rate", "price_volume")
#: So many members of each dimension are told one by one; the others together.
_TOLD = 12


@dataclass(frozen=True)
class Why:
    """An explanation. `steps` go along what the metric is made of, the first being the one to show; `breakdowns` along dimensions, the
    one that explains best first; `drivers` are metrics that its definition names, which may move with it but do not make it."""

    metric: str
    now: Span
    then: Span
    value_now: float
    value_then: float
    steps: tuple[Step, ...]
    breakdowns: tuple[Breakdown, ...]
    drivers: tuple[Driver, ...]
    cautions: tuple[Caution, ...]
    method: str | None = None
    generation: int | None = None
    loaded_until: datetime | None = None

    @property
    def change(self) -> float:
        """Now minus then, in the metric's own unit."""
        return self.value_now - self.value_then

    @property
    def cause(self) -> Breakdown | None:
        """What to begin with: the best breakdown, if its lead stands out; None where the change is spread evenly."""
        best = self.breakdowns[0] if self.breakdowns else None
        return best if best and self.change and best.excess.verdict != "even" else None

    def strength(self, found: Breakdown) -> float:
        """How well a breakdown explains beside the best one, from 0 to 1."""
        best = max((dimensions.score(one) for one in self.breakdowns), default=0.0)
        return dimensions.score(found) / best if best else 0.0

    @property
    def main(self) -> Decomposition | None:
        """The decomposition to show: along the asked method, else along what it is made of, else by the best dimension."""
        asked = [one.found for one in self.steps if one.found.method == self.method]
        asked += [one.found for one in self.breakdowns if one.found.method == self.method]
        every = asked or [one.found for one in self.steps] + [one.found for one in self.breakdowns if one.found.method != "own"]
        return every[0] if every else None

    def to_dict(self) -> dict[str, Any]:
        """The JSON of `python -m metrics why --json`."""
        main = self.main
        cause = self.cause
        return {
            "metric": self.metric,
            "from": self.then.to_dict(),
            "to": self.now.to_dict(),
            "change": self.change,
            "then": self.value_then,
            "now": self.value_now,
            **(decomposed(main) if main else {"method": None, "effects": {}, "members": [], "rest": 0.0, "adds_up": None}),
            "warnings": [one.to_dict() for one in self.cautions],
            "begins_with": _cause(self, cause) if cause else None,
            "spread_evenly": cause is None,
            "steps": [{"along": one.along, **decomposed(one.found), "of": dict(one.metrics)} for one in self.steps],
            "dimensions": [_dimension(self, one) for one in self.breakdowns],
            "drivers": [one.to_dict() for one in self.drivers],
            "generation": self.generation,
            "loaded_until": instant(self.loaded_until),
        }


def why(
    layer: Layer,
    name: str,
    *,
    now: Span,
    then: Span,
    method: str | None = None,
    convention: str = "midpoint",
    by: Sequence[str] = (),
    where: str | None = None,
    accounts: tuple[str, ...] | None = None,
) -> Why:
    """Why a metric is not what it was, exactly: every decomposition adds up to the change.

    `then` is the earlier period; an unfinished one is cut to what is loaded, and the other to as many days. `by` names the
    dimensions to look along (two together as `a,b`), by default all that tell kinds of rows apart. `method` and `convention` choose
    among published formulas (`decompose`). Raises Problem for a metric without one value a period, a name or dimension that does
    not exist, and periods of which nothing is loaded or known.
    """
    metric = layer.metrics.get(name)
    if metric is None:
        raise Problem(f'unknown metric "{name}"', remedy=did_you_mean(name, layer.metrics))
    if convention not in CONVENTIONS:
        raise Problem(f'unknown convention "{convention}"', remedy=did_you_mean(convention, CONVENTIONS))
    if nature(name, layer.metrics).sort == "table":
        raise metric.problem(f"is a table ({metric.kind}), not one number a period", "Name a metric with one value a period.")
    until = _loaded(layer, name)
    fair = like_for_like(now, then, until, ZoneInfo(layer.workspace.company.timezone))
    matter = Matter(layer, name, *fair, where, accounts)
    before, after = matter.values
    if before is None or after is None:
        span = matter.then if before is None else matter.now
        raise metric.problem(f"has no value from {span.since} to {span.last_day}", "Choose periods in which there is something to count.")
    asked = [tuple(part.strip() for part in one.split(",")) for one in by]
    steps = parts.steps(matter)
    found = dimensions.ranked(matter, convention, asked)
    if method:
        found, steps = _by_method(matter, method, convention, found, steps, asked)
    return Why(
        name, matter.now, matter.then, after, before, tuple(steps), tuple(found), tuple(parts.drivers(matter)),
        _cautions(matter, (now, then), found), method, layer.generation(), until,
    )  # fmt: skip


def _by_method(
    matter: Matter, method: str, convention: str, found: list[Breakdown], steps: list[Step], asked: Sequence[tuple[str, ...]]
) -> tuple[list[Breakdown], list[Step]]:
    """What a method that somebody asked for gives. Raises Problem where the metric is nothing that it could split."""
    if method not in METHODS:
        raise Problem(f'unknown method "{method}"', remedy=did_you_mean(method, METHODS))
    if method == "mix_rate":
        kept = [one for one in found if one.found.method == method]
        if not kept:
            raise Problem(f"{matter.name} is no ratio, so that it has no mix and rate", remedy="Leave out --method, or name a ratio.")
        return kept, steps
    made = parts.by_product(matter, method, convention, asked or [one.by for one in found])
    if not made:
        said = f"{matter.name} is no product: no ratio of the catalogue has it above its line"
        raise Problem(said, remedy="Leave out --method, or define the ratio, such as {ratio: mrr, to: paying_accounts}.")
    judged = {one.by: one for one in found}
    made = [one.judged_as(judged[one.by]) if one.by in judged else one for one in made]
    return (made if asked or method == "price_volume" else found), steps


def _loaded(layer: Layer, name: str) -> datetime | None:
    """Up to where all that a metric is made of is loaded."""
    with layer.reader.open() as snapshot:
        known = layer.loaded(snapshot)
    ends = [known[fact].until for fact in facts_of(leaves((name,), layer.metrics).values())]
    return None if None in ends else min(end for end in ends if end is not None)


def _cautions(matter: Matter, asked: tuple[Span, Span], found: Sequence[Breakdown]) -> tuple[Caution, ...]:
    told = [
        replace(one, facts={**one.facts, "by": each.by})
        for place, each in enumerate(found)
        for one in each.cautions
        if not place or one.code == "simpson"
    ]
    if (matter.now.until, matter.then.until) != (asked[0].until, asked[1].until):
        told.append(Caution("cut", facts={"days": matter.now.days, "of": asked[0].days}))
    if matter.now.days != matter.then.days and matter.nature.sort in ("additive", "distinct") and not matter.of_the_end:
        told.append(Caution("unequal_days", facts={"then": matter.then.days, "now": matter.now.days}))
    if matter.nature.sort == "own" and not any(one.code == "not_additive" for one in told):
        told.append(Caution("not_additive"))
    return tuple(sorted(told, key=lambda one: CODES.index(one.code)))


def decomposed(found: Decomposition) -> dict[str, Any]:
    """A decomposition as JSON has it, each member with its effects."""
    return {
        "method": found.method,
        "convention": found.convention,
        "effects": found.effects,
        "members": [
            {"member": part.member, "then": part.then, "now": part.now, "contribution": part.contribution, "effects": dict(part.effects)}
            | ({"n": [part.n_then, part.n_now]} if part.n_then is not None or part.n_now is not None else {})
            for part in found.parts
        ],
        "rest": found.rest,
        "rests": dict(found.rests),
        "adds_up": found.adds_up if found.method != "own" else None,
    }


def _dimension(told: Why, found: Breakdown) -> dict[str, Any]:
    shown = decomposed(found.shortened(_TOLD))
    for row in shown["members"]:
        name = row["member"]
        if excess := found.standing.get(name):
            row |= {"excess": excess.amount, "z": excess.z}
        if without := found.without.get(name):
            row["without"] = {"then": without[0], "now": without[1]}
        if name in found.members:
            row["members"] = dict(zip(found.by, found.members[name], strict=True))
    return {
        "by": list(found.by),
        "score": dimensions.score(found),
        "verdict": found.excess.verdict,
        **shown,
        "warnings": [one.to_dict() for one in found.cautions],
        "reproduce": [reproduced(told.metric, span, found.by) for span in (told.then, told.now)],
    }


def _cause(told: Why, found: Breakdown) -> dict[str, Any]:
    lead = found.lead
    assert lead is not None, "what stands out has a lead"
    return {
        "dimension": list(found.by),
        "member": lead.member,
        "members": dict(zip(found.by, found.members[lead.member], strict=True)),
        "then": lead.then,
        "now": lead.now,
        "contribution": lead.contribution,
        "share_of_change": lead.contribution / told.change if told.change else None,
        "excess": found.excess.amount,
        "z": found.excess.z,
        "verdict": found.excess.verdict,
    }


def reproduced(name: str, span: Span, by: Sequence[str] = ()) -> str:
    """The command that asks for the values of one side."""
    split = "".join(f" --by {one}" for one in by)
    return f"python -m metrics query {name} --since {span.since} --until {span.until}{split}"
