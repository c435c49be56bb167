"""Are the planted causes what an explanation begins with, and does everything add up? A part of tests/benchmarks/insight.py.

The truth is the ground_truth.json that the demo company is written with; the sums are taken again here, in fractions.
"""

from __future__ import annotations

import json
import math
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from fractions import Fraction
from pathlib import Path
from typing import Any

import metrics
from connectors.sync import sync
from data import workspace as workspaces
from data.demo import write
from data.errors import Problem
from metrics.insight.why import Why, why
from metrics.insight.why.decompose import Decomposition
from metrics.insight.why.spans import Span
from tests.benchmarks.insight import Figure

#: The metric that a planted effect is about. Daily figures have no metric of their own in the catalogue.
METRIC = {
    "events": "meaningful_events",
    "tickets": "tickets_created",
    "number": "outside_figures",
    "csat": "csat",
    "first_response_business_minutes": "first_response_business_median",
}
UNSAVED = {"outside_figures": {"sum": "value", "in": "numbers"}}
#: How an effect calls what a metric's rows have from a row that they belong to.
DIMENSION = {("csat", "channel"): "ticket.channel"}
#: Over how many days an effect that lasts is looked at.
LASTING = 28
SEEDS, QUICK_SEEDS = (7, 1, 2, 3, 4), (7,)
UNTIL = datetime(2026, 11, 10)
LEAST_FIRST = 0.9
#: So many events show a fall of 60 % beyond chance; so many of the accounts that show it are named.
SEEN, LEAST_NAMED = 40, 0.75
#: A median that nothing was planted in from February to July, and how often a member of it may be said to stand out.
MEDIAN, CALM, MOST_CLEAR = "first_response_business_median", range(3, 8), 0.1
#: Every so manieth metric is checked in a quick run.
SAMPLE = 20


@dataclass(frozen=True)
class Cause:
    """A planted effect, the explanation of its metric, and whether that begins as it should."""

    effect: dict[str, Any]
    told: Why
    right: bool


@dataclass(frozen=True)
class Fading:
    """An account that faded, whether it is named, how many others fell as much, and how many are named as having fallen."""

    account: str
    named: bool
    others: int
    shown: int


def measure(quick: bool, workspace: Path | None) -> list[Figure]:
    """The share of planted causes that come first, what is made up where nothing was planted, fading accounts, and the worst sum."""
    causes: list[Cause] = []
    fading: list[Fading] = []
    medians: list[Why] = []
    sums: list[tuple[str, float]] = []
    for seed in (0,) if workspace else QUICK_SEEDS if quick else SEEDS:
        with company(seed, workspace) as root:
            layer = metrics.open(workspaces.load(root)).over(UNSAVED)
            effects = json.loads((root / "ground_truth.json").read_text())["effects"]
            causes += list(judged(layer, effects))
            fading += list(faded(layer, effects))
            medians += list(unmoved(layer))
            if not sums:
                sums = list(exactness(layer, SAMPLE if quick else 1))
    return [
        _first(causes),
        _silent(causes),
        *([_medians(medians)] if medians else []),
        *([_fading(fading)] if fading else []),
        _exact(sums),
    ]


@contextmanager
def company(seed: int, workspace: Path | None) -> Iterator[Path]:
    """The workspace that was given, or a demo company that goes afterwards."""
    if workspace:
        yield workspace
        return
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder) / "demo"
        write(root, seed=seed, until=UNTIL)
        sync(workspaces.load(root))
        yield root


def judged(layer: metrics.Layer, effects: Sequence[dict[str, Any]]) -> Iterator[Cause]:
    """Each effect with the explanation of its metric before and after. Accounts that fade are asked for in `faded`."""
    for effect in effects:
        if effect["kind"] == "churn_signal" or effect["metric"] not in METRIC:
            continue
        since = date.fromisoformat(effect["starts_on"])
        until = date.fromisoformat(effect["ends_on"]) if effect["ends_on"] else since + timedelta(days=LASTING)
        before = Span(since - (until - since), since)
        try:
            told = why(layer, METRIC[effect["metric"]], now=Span(since, until), then=before)
        except Problem:
            continue  # it began so lately, or so early, that there is nothing to compare
        yield Cause(effect, told, _right(effect, told))


def faded(layer: metrics.Layer, effects: Sequence[dict[str, Any]]) -> Iterator[Fading]:
    """Each account that fades before it leaves, and whose fall shows, with the accounts that an explanation names as having fallen.

    Several accounts fade at any time, and others lose as much by chance: none of them is *the* cause. What can be asked is whether
    the account is among those that people are shown when they ask by account.
    """
    for effect in effects:
        if effect["kind"] != "churn_signal":
            continue
        account = effect["segment"]["account_id"]
        since, until = date.fromisoformat(effect["starts_on"]), date.fromisoformat(effect["ends_on"])
        try:
            told = why(layer, METRIC["events"], now=Span(since, until), then=Span(since - (until - since), since), by=("account_id",))
        except Problem:
            continue
        if told.now.until != until:
            continue  # it has not left yet: what is to come is not seen
        alike = {part.member for part in told.breakdowns[0].found.parts if _shows(part.then or 0.0, part.now or 0.0)}
        if account in alike:
            shown = told.to_dict()["dimensions"][0]["members"]
            fell = [one["member"] for one in shown if one["contribution"] < 0 and one["then"] is not None]
            yield Fading(account, account in fell, len(alike) - 1, len(fell))


def unmoved(layer: metrics.Layer) -> Iterator[Why]:
    """A median from month to month, where nothing was planted that could move it."""
    for month in CALM:
        then, now, until = (date(2026, month + ahead, 1) for ahead in (-1, 0, 1))
        try:
            yield why(layer, MEDIAN, now=Span(now, until), then=Span(then, now))
        except Problem:
            continue  # not loaded


def _shows(then: float, now: float) -> bool:
    """The planted fall of 60 % is three standard errors of a count from 40 on; chance may have undone it."""
    return then >= SEEN and now < then / 2


def _right(effect: dict[str, Any], told: Why) -> bool:
    """A cause is named first; where nothing or everything was changed, nothing of the kind is named."""
    wanted = {DIMENSION.get((effect["metric"], key), key): value for key, value in effect["segment"].items()}
    cause = told.cause
    named = dict(zip(cause.by, cause.members[cause.lead.member], strict=True)) if cause and cause.lead else {}
    if not effect["relative_size"]:
        return not any(named.get(key) == value for key, value in wanted.items())
    return named == wanted


def exactness(layer: metrics.Layer, every: int) -> Iterator[tuple[str, float]]:
    """How far the sums of every decomposition of every metric are off, over the last two whole months."""
    now, then = Span(date(2026, 10, 1), date(2026, 11, 1)), Span(date(2026, 9, 1), date(2026, 10, 1))
    for name in list(layer.metrics)[::every]:
        try:
            told = why(layer, name, now=now, then=then)
        except Problem:
            continue  # a table, or nothing to count in these months
        every_one = [step.found for step in told.steps] + [one.found for one in told.breakdowns if one.found.method != "own"]
        yield from ((name, _off(found, told)) for found in every_one)


def _off(found: Decomposition, told: Why) -> float:
    """The change of the metric as it was asked, less all effects and rests: what is told of it must be the metric's own change."""
    change = Fraction(told.value_now) - Fraction(told.value_then)
    effects = sum(Fraction(effect) for part in found.parts for effect in part.effects.values())
    return abs(float(change - effects - sum(map(Fraction, found.rests.values()))))


def _first(causes: Sequence[Cause]) -> Figure:
    planted = [one for one in causes if one.effect["relative_size"] and one.effect["segment"]]
    right = [one for one in planted if one.right]
    missed = "; ".join(
        f"{one.effect['what']} (named {one.told.cause.lead.member if one.told.cause else 'nothing'})" for one in planted if not one.right
    )  # type: ignore[union-attr]
    share = len(right) / len(planted) if planted else 0.0
    said = f"the planted cause comes first in {len(right)} of {len(planted)} explanations ({share:.0%}, at least {LEAST_FIRST:.0%})"
    return Figure("causes first", share, share >= LEAST_FIRST, said + (f"; missed: {missed}" if missed else ""))


def _silent(causes: Sequence[Cause]) -> Figure:
    quiet = [one for one in causes if not one.effect["relative_size"] or not one.effect["segment"]]
    invented = [one.effect["what"] for one in quiet if not one.right]
    said = f"where nothing, or everything alike, was changed, a cause is made up in {len(invented)} of {len(quiet)} (at most 0)"
    return Figure("causes made up", float(len(invented)), not invented, said)


def _medians(found: Sequence[Why]) -> Figure:
    clear = sum(one.cause is not None and one.cause.excess.verdict == "clear" for one in found)
    faint = sum(one.cause is not None for one in found) - clear
    share, few = clear / len(found), 1.645 * math.sqrt(MOST_CLEAR * (1 - MOST_CLEAR) / len(found))
    said = (
        f"of a median from month to month, where nothing was planted, a member is said to stand out in {clear} of {len(found)} (at most "
        f"{MOST_CLEAR:.0%}, and {few:.0%} for so few), and that it may be chance in {faint}"
    )
    return Figure("medians made up", share, share <= MOST_CLEAR + few, said)


def _fading(found: Sequence[Fading]) -> Figure:
    count = len(found)
    share = sum(one.named for one in found) / count
    few = 1.645 * math.sqrt(LEAST_NAMED * (1 - LEAST_NAMED) / count)
    others, shown = (sum(getattr(one, name) for one in found) / count for name in ("others", "shown"))
    said = (
        f"of {count} accounts that fade before they leave and whose use more than halves from {SEEN} events or more, {share:.0%} are among "
        f"the {shown:.0f} that an explanation by account names as having fallen (at least {LEAST_NAMED:.0%}, less {few:.0%} for so few); "
        f"{others:.0f} others fell as much at the same time"
    )
    return Figure("fading accounts", share, share >= LEAST_NAMED - few, said)


def _exact(sums: Sequence[tuple[str, float]]) -> Figure:
    worst = max(sums, key=lambda one: one[1], default=("none", 0.0))
    count = len({name for name, _ in sums})
    said = f"{len(sums)} decompositions of {count} metrics add up; the worst, of {worst[0]}, is off by {worst[1]:.2f} (0.00)"
    return Figure("sums off", worst[1], bool(sums) and worst[1] < 0.005, said)
