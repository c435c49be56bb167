"""Whether a release's effect is told rightly: simulated companies whose truth is known, then the demo company with its planted effects.

The companies are made here from scratch: accounts with levels and trends of their own, in segments and plans, weekly counts that hang
together and are zero at times, a season and a shock that all share, adopters who chose to be, each in its own week.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path

import numpy as np

ROOT = Path(__file__).parents[2]
sys.path.insert(0, str(ROOT))

from metrics.insight.impact import did, event_study, matching, placebo  # noqa: E402
from metrics.insight.impact.effects import holm  # noqa: E402
from metrics.insight.impact.forecast import forecast  # noqa: E402
from tests.benchmarks.insight import Figure  # noqa: E402

#: Simulations of each design: all, and as many as fit into this many seconds.
MANY, SECONDS = 500, 9.0
BEFORE, ADOPTING, AFTER = 26, 4, 8
LIFT = 0.15


@dataclass(frozen=True)
class Company:
    """A simulated company around a release: weekly counts (accounts × weeks), and who adopted within four weeks."""

    counts: np.ndarray
    strata: np.ndarray
    adopters: np.ndarray


def company(rng: np.random.Generator, lift: float, *, by: str, accounts: int = 400) -> Company:
    """A company whose adopters chose themselves by segment, plan and their `trend` to come, or by how they `grew` of late."""
    weeks = np.arange(-BEFORE - 20, ADOPTING + AFTER)
    segment, plan = rng.integers(0, 3, accounts), rng.integers(0, 3, accounts)
    trend = rng.normal(0.001 * (plan + segment - 2), 0.006)
    level = rng.normal(1.8 + 0.5 * plan, 0.7)
    shocks = np.zeros((accounts, len(weeks)))
    for week in range(1, len(weeks)):
        shocks[:, week] = 0.4 * shocks[:, week - 1] + rng.normal(0, 0.25, accounts)
    common = 0.15 * np.sin(2 * np.pi * (weeks + rng.integers(0, 52)) / 52)
    holiday = rng.integers(-15, ADOPTING + AFTER - 1)
    common[(weeks >= holiday) & (weeks < holiday + 2)] -= 0.25
    mean = np.exp(level[:, None] + trend[:, None] * weeks + shocks + common) * (rng.random(shocks.shape) > 0.1)
    plain = rng.poisson(mean)
    late = plain[:, weeks < 0].astype(float)
    grown = np.log1p(late[:, -6:].sum(1)) - np.log1p(late[:, -12:-6].sum(1))
    drawn = trend if by == "trend" else grown
    taste = -1.3 + 0.5 * segment + 0.4 * plan + 0.8 * (drawn - drawn.mean()) / drawn.std()
    adopts = rng.random(accounts) < 1 / (1 + np.exp(-taste))
    since = np.where(adopts, rng.integers(0, ADOPTING, accounts), 10_000)
    since = np.where(~adopts & (rng.random(accounts) < 0.05), rng.integers(ADOPTING, ADOPTING + AFTER, accounts), since)
    lifted = np.where(weeks[None, :] >= since[:, None], rng.poisson(mean * (1 + lift)), plain) if lift else plain
    return Company(lifted[:, weeks >= -BEFORE].astype(float), segment * 3 + plan, since < ADOPTING)


def series(rng: np.random.Generator, lift: float, fading: float) -> tuple[np.ndarray, np.ndarray]:
    """A feature's weekly use (52 weeks before, then after) and that of the other features, which shares its season but no release."""
    weeks = np.arange(-52, AFTER)
    shock = np.zeros(len(weeks) + 50)
    for week in range(1, len(shock)):
        shock[week] = fading * shock[week - 1] + rng.normal(0, 0.08)
    season = 0.1 * np.sin(2 * np.pi * (weeks + rng.integers(0, 52)) / 52) + rng.normal(0, 0.08, len(weeks))
    used = rng.poisson(np.exp(5 + 0.005 * weeks + shock[50:] + season) * np.where(weeks >= 0, 1 + lift, 1))
    return used.astype(float), rng.poisson(np.exp(7 + 0.004 * weeks + season)).astype(float)


@dataclass
class Tally:
    """Of the simulations so far: how often the interval held the truth, an effect was called, a check spoke, and the widths."""

    runs: int = 0
    held: int = 0
    called: int = 0
    warned: int = 0


def adopters_against_others(seed: int, by: str, lift: float, tally: Tally) -> None:
    """One company, as `Study` judges it."""
    made = company(np.random.default_rng(seed), lift, by=by)
    weighted = matching.match(made.adopters, made.strata, matching.course(made.counts[:, :BEFORE]))
    contrast = did.line(BEFORE, made.counts.shape[1])[BEFORE + ADOPTING :].mean(axis=0)[None, :]
    found = did.gap(made.counts, made.adopters, weighted, contrast, "ratio").one()
    pretrend = event_study.study(made.counts, made.adopters, weighted, BEFORE, "ratio").pretrend
    before = placebo.in_panel(made.counts[:, :BEFORE], made.adopters, weighted, 4, "ratio")
    _count(tally, found, lift, warned=pretrend < 0.05 or not placebo.passes(before))


def before_and_after(seed: int, fading: float, lift: float, tally: Tally) -> None:
    """One series against its own forecast."""
    used, others = series(np.random.default_rng(seed), lift, fading)
    logs, moving = np.log(used + 0.5), np.log(others + 0.5)[:, None]
    made = forecast(logs[:-AFTER], moving, AFTER)
    found = made.mean_above(logs[-AFTER:])
    # The days without a release are looked at where it matters: they take time.
    _count(tally, found, lift, warned=found.p < 0.05 and not placebo.passes(placebo.in_series(logs[:-AFTER], moving[:-AFTER], 4)))


def _count(tally: Tally, found: did.Estimate, lift: float, *, warned: bool) -> None:
    truth = float(np.log1p(lift))
    tally.runs += 1
    tally.held += found.low <= truth <= found.high
    tally.called += found.p < 0.05 and not warned
    tally.warned += warned


def simulated(quick: bool) -> list[Figure]:
    """Coverage and false calls of each design; in a quick run as many as fit, all of them otherwise."""
    ways = [(adopters_against_others, by, lift) for by in ("trend", "grew") for lift in (0.0, LIFT)]
    ways += [(before_and_after, fading, lift) for fading in (0.3, 0.6) for lift in (0.0, LIFT)]
    tallies = {place: Tally() for place in range(len(ways))}
    began = time.monotonic()
    for seed in range(MANY):
        if quick and time.monotonic() - began > SECONDS:
            break
        for place, (judge, way, lift) in enumerate(ways):
            judge(seed, way, lift, tallies[place])
    figures = []
    for name, of in (("adopters against others", adopters_against_others), ("before and after", before_and_after)):
        told = [(tallies[place], lift) for place, (judge, _way, lift) in enumerate(ways) if judge is of]
        figures += _figures(name, told)
    return figures


def _figures(name: str, told: list[tuple[Tally, float]]) -> list[Figure]:
    runs, held = sum(one.runs for one, _ in told), sum(one.held for one, _ in told)
    null = [one for one, lift in told if not lift]
    called, none = sum(one.called for one in null), sum(one.runs for one in null)
    found = sum(one.called for one, lift in told if lift) / max(sum(one.runs for one, lift in told if lift), 1)
    share, false = held / runs, called / none
    # What chance alone allows around 93 to 97 % and 5 % with so few simulations: two standard errors.
    slack = 0.0 if runs >= 4 * MANY else 2 * (0.95 * 0.05 / runs) ** 0.5
    loose = 0.0 if none >= 2 * MANY else 2 * (0.95 * 0.05 / none) ** 0.5
    return [
        Figure(
            f"{name}: coverage", share, 0.93 - slack <= share <= 0.97 + slack,
            f"{name}: the 95 % interval held the true effect in {share:.1%} of {runs} companies (93 to 97 %{_allowed(slack)}); "
            f"+{LIFT:.0%} was found in {found:.0%}",
        ),
        Figure(
            f"{name}: false effects", false, false <= 0.05 + loose,
            f"{name}: a release that did nothing was called an effect in {false:.1%} of {none} (at most 5 %{_allowed(loose)})",
        ),
    ]  # fmt: skip


def several(quick: bool) -> Figure:
    """How often any of six outcomes of a release that did nothing is called an effect."""
    runs, called = (40 if quick else MANY), 0
    for seed in range(runs):
        ps = []
        for outcome in range(6):
            used, others = series(np.random.default_rng(10_000 + seed * 10 + outcome), 0.0, 0.3)
            logs, moving = np.log(used + 0.5), np.log(others + 0.5)[:, None]
            ps.append(forecast(logs[:-AFTER], moving, AFTER).mean_above(logs[-AFTER:]).p)
        called += min(holm(ps)) < 0.05
    share, slack = called / runs, (0.0 if runs >= MANY else 2 * (0.95 * 0.05 / runs) ** 0.5)
    said = f"six outcomes at once: any called an effect in {share:.1%} of {runs} releases that did nothing (at most 5 %{_allowed(slack)})"
    return Figure("several outcomes", share, share <= 0.05 + slack, said)


def planted(workspace: Path) -> list[Figure]:
    """What is found of the releases in a workspace's ground_truth.json."""
    import metrics
    from data import workspace as workspaces
    from metrics.insight.impact import impact

    truth = json.loads((workspace / "ground_truth.json").read_text())["effects"]
    layer = metrics.open(workspaces.load(workspace))
    known = {one.release_id for one in layer.releases(most=100_000) if one.shipped}
    measured = {"events": "feature_events", "tickets": "feature_tickets", "number": "visits"}
    visits = {"visits": {"sum": "value", "in": "numbers", "where": "name = 'site_visits'"}}
    figures = []
    for effect in truth:
        if effect["kind"] != "release" or effect["release_id"] not in known:
            continue
        metric = measured[effect["metric"]]
        asked = layer.over(visits) if metric == "visits" else layer
        told = impact(asked, effect["release_id"], outcomes=[metric])
        everything = impact(layer, effect["release_id"]).outcomes
        weeks = [week.day for week in told.outcomes[0].weeks if week.place >= 0]
        called = [each.metric for each in everything if each.verdict.code == "consistent_with"]
        figures.append(_judged(effect, _over(effect, weeks), told.outcomes[0], called))
    return figures


def _over(effect: dict, weeks: Sequence[date]) -> float:
    """The planted change over the weeks that were looked at: one that ends early is smaller over all of them."""
    ends = date.fromisoformat(effect["ends_on"]) if effect["ends_on"] else date.max
    on = [sum(day + timedelta(days=number) < ends for number in range(7)) / 7 for day in weeks]
    return float(np.expm1(np.mean([np.log1p(effect["relative_size"] * share) for share in on]))) if on else effect["relative_size"]


def _judged(effect: dict, size: float, one, called: Sequence[str]) -> Figure:
    name = effect["what"].split(",")[0]
    if one.estimate is None:
        return Figure(name, float("nan"), True, f"planted {size:+.0%}, {name}: cannot tell ({one.verdict.reason})")
    held = one.estimate.low <= size <= one.estimate.high
    said = (
        f"planted {size:+.0%}, {name}: {one.verdict.code} {one.verdict.reason} {one.estimate.value:+.1%} "
        f"[{one.estimate.low:+.1%}, {one.estimate.high:+.1%}]; could see {one.detectable:.0%}"
    )
    if not size:
        return Figure(name, one.estimate.value, not called, f"{said}; called an effect on {', '.join(called) or 'nothing'}")
    # What the design could have seen must be found; a smaller effect may be missed, never told with the wrong sign.
    found = one.verdict.code == "consistent_with" and held and one.estimate.value * size > 0
    return Figure(name, one.estimate.value, held and (found or one.detectable > size), said)


def measure(quick: bool, workspace: Path | None) -> list[Figure]:
    """Every figure of the impact of releases; without a workspace the demo company is made for it, which takes too long to be quick."""
    figures = [*simulated(quick), several(quick)]
    if workspace is not None or quick:
        return figures + (planted(workspace) if workspace else [])
    with tempfile.TemporaryDirectory() as folder:
        here = os.environ | {"TRANSVERSE_WORKSPACE": folder}
        for command in (["data", "demo", "--until", "2026-11-01"], ["connectors", "sync"]):
            subprocess.run([sys.executable, "-m", *command], cwd=ROOT, env=here, check=True, capture_output=True)
        return figures + planted(Path(folder))


def _allowed(slack: float) -> str:
    """What a threshold allows for chance, in words."""
    return f", and {slack:.1%} for so few draws" if slack else ""
