"""The outcomes of a release: which are looked at, by which design, and what is told of each."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Literal

from data.errors import Problem, did_you_mean
from metrics.insight.impact.did import Scale
from metrics.insight.impact.effects import Estimate
from metrics.insight.impact.placebo import Placebo
from metrics.layer import Layer

#: `other` is what somebody named and nobody sorted.
Area = Literal["adoption", "revenue", "support", "other"]
Design = Literal["difference_in_differences", "before_after"]
Code = Literal["consistent_with", "no_detectable_effect", "cannot_tell"]
Reason = Literal[
    "", "too_early", "too_little_history", "new_feature", "too_few_accounts", "too_few_events", "unlike", "pretrend", "placebo",
    "coinciding", "too_noisy", "not_loaded",
]  # fmt: skip
#: What is counted or summed per account; shares, medians and the like are of everyone.
_PER_ACCOUNT = ("count", "sum", "count_distinct", "snapshot")


@dataclass(frozen=True)
class Asked:
    """An outcome to be measured. `of_features` narrows it to the rows of the release's features; `slow` waits for the whole window.

    `named` says that somebody asked for this very metric of this very release.
    """

    area: Area
    metric: str
    design: Design
    of_features: bool = False
    slow: bool = False
    named: bool = False


#: What is looked at for a release of features, and for one that names none.
FEATURED = (
    Asked("adoption", "feature_events", "before_after", of_features=True),
    Asked("adoption", "active_accounts", "difference_in_differences"),
    Asked("adoption", "meaningful_events", "difference_in_differences"),
    Asked("revenue", "mrr", "difference_in_differences", slow=True),
    Asked("revenue", "mrr_expansion", "difference_in_differences", slow=True),
    Asked("revenue", "mrr_churn", "difference_in_differences", slow=True),
    Asked("support", "feature_tickets", "before_after", of_features=True),
    Asked("support", "tickets_created", "difference_in_differences"),
    Asked("support", "first_response_business_median", "before_after"),
)
PLAIN = (
    Asked("adoption", "active_accounts", "before_after"),
    Asked("adoption", "meaningful_events", "before_after"),
    Asked("revenue", "mrr", "before_after", slow=True),
    Asked("support", "tickets_created", "before_after"),
    Asked("support", "first_response_business_median", "before_after"),
)


@dataclass(frozen=True)
class Verdict:
    """What can be said. Where nothing can, `reason` says why, `day` from when it may be told, and `name` what is in the way."""

    code: Code
    reason: Reason = ""
    day: date | None = None
    name: str = ""


@dataclass(frozen=True)
class Week:
    """A week of the event study or of a series: its place (0 is the first whole week after), first day, what was seen, and an estimate.

    In an event study the estimate is the gap to the other accounts, in a series what was expected; before a release a series has none.
    """

    place: int
    day: date
    seen: float | None
    found: Estimate | None


@dataclass(frozen=True)
class Outcome:
    """One outcome. On the scale `ratio` the estimate and the weeks of an event study are relative changes (0.04 is 4 % more).

    On the scale `difference` they are in the metric's own unit, per account and week. `detectable` is the smallest effect that the
    design finds in 80 of 100 cases, on the same scale; `corrected` is p after Holm over the outcomes. `effective` is the effective
    number of accounts on the smaller side, `apart` and `matched` how far the two sides lie apart before and after weighting.
    """

    area: Area
    metric: str
    design: Design
    verdict: Verdict
    of_features: bool = False
    named: bool = False
    scale: Scale = "ratio"
    estimate: Estimate | None = None
    corrected: float | None = None
    detectable: float | None = None
    weeks: tuple[Week, ...] = ()
    placebos: tuple[Placebo, ...] = ()
    pretrend: float | None = None
    effective: float | None = None
    apart: float | None = None
    matched: float | None = None
    adopters: int = 0
    others: int = 0


def asked(layer: Layer, names: Sequence[str] | None, *, featured: bool) -> tuple[Asked, ...]:
    """What is to be measured: the usual outcomes that the workspace defines, or those of these names. Raises Problem for an unknown one."""
    usual = FEATURED if featured else PLAIN
    if not names:
        return tuple(one for one in usual if one.metric in layer.metrics)
    known = {one.metric: one for one in usual}
    return tuple(replace(known.get(name) or _chosen(layer, name, featured), named=True) for name in names)


def _chosen(layer: Layer, name: str, featured: bool) -> Asked:
    if name not in layer.metrics:
        raise Problem(f'unknown metric "{name}"', remedy=did_you_mean(name, layer.metrics))
    per_account = layer.metrics[name].kind in _PER_ACCOUNT and "account_id" in layer.dimensions(name)
    return Asked("other", name, "difference_in_differences" if featured and per_account else "before_after")
