"""How often a signal is one: simulated series whose making the analysis does not know, judged at the end of each of their weeks.

Without an effect nothing should be flagged; a shift of two standard deviations should be found. Series are drawn with Python's own
generator and written in plain Python; the analysis sees the numbers alone.
"""

from __future__ import annotations

import math
import random
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from statistics import pstdev
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tests.benchmarks.insight import Figure

Draw = Callable[[random.Random, int], list[float]]
SEED = 20_260_301
#: Weeks of a series; the shift comes with the last four of them, so that three periods may pass after the one in which it begins.
WEEKS, AFTER = 104, 4
MOST_FLAGGED, LEAST_FOUND = 0.01, 0.90


@dataclass(frozen=True)
class Family:
    """A sort of series: how one is drawn, and the standard deviation of its noise.

    `level` tells that this is the deviation of its weeks, too; `remembers` that a week takes after the one before.
    """

    name: str
    draw: Draw
    noise: float
    stock: bool = False
    level: bool = True
    remembers: bool = False


@dataclass
class Tally:
    """What was counted of a family."""

    weeks: int = 0
    judged: int = 0
    flagged: int = 0
    raised: int = 0
    planted: int = 0
    found: int = 0
    found_in_noise: int = 0
    by_third_in_noise: int = 0


def _poisson(drawn: random.Random, mean: float) -> float:
    """Knuth's multiplication."""
    limit, product, count = math.exp(-mean), drawn.random(), 0
    while product > limit:
        product *= drawn.random()
        count += 1
    return float(count)


def _remembering(drawn: random.Random, weeks: int, share: float) -> list[float]:
    value, found = drawn.gauss(0, 1) / math.sqrt(1 - share * share), []
    for _ in range(weeks):
        value = share * value + drawn.gauss(0, 1)
        found.append(500 + 20 * value * math.sqrt(1 - share * share))
    return found


def _walk(drawn: random.Random, weeks: int) -> list[float]:
    level, found = 100_000.0, []
    for _ in range(weeks):
        level += 400 + 500 * drawn.gauss(0, 1)
        found.append(level)
    return found


def _seasonal(drawn: random.Random, weeks: int) -> list[float]:
    phase = drawn.uniform(0, 2 * math.pi)
    return [500 + 60 * math.sin(2 * math.pi * week / 52.1775 + phase) + 20 * drawn.gauss(0, 1) for week in range(weeks)]


def _laplace(drawn: random.Random) -> float:
    return drawn.choice((-1, 1)) * drawn.expovariate(math.sqrt(2))


def _student(drawn: random.Random) -> float:
    """Of three degrees of freedom, with standard deviation 1."""
    return drawn.gauss(0, 1) / math.sqrt(sum(drawn.gauss(0, 1) ** 2 for _ in range(3)) / 3) / math.sqrt(3)


def _shares(drawn: random.Random, weeks: int) -> list[float]:
    return [sum(drawn.random() < 0.3 for _ in range(200)) / 200 for _ in range(weeks)]


def _each_week(level: float, spread: float, one: Callable[[random.Random], float], slope: float = 0.0) -> Draw:
    """Independent weeks around a level or a line."""
    return lambda drawn, weeks: [level + slope * week + spread * one(drawn) for week in range(weeks)]


def _normal(drawn: random.Random) -> float:
    return drawn.gauss(0, 1)


FAMILIES = (
    Family("steady", _each_week(500, 20, _normal), 20),
    Family("counts of 30", _each_week(0, 1, lambda drawn: _poisson(drawn, 30)), math.sqrt(30)),
    Family("counts of 8", _each_week(0, 1, lambda drawn: _poisson(drawn, 8)), math.sqrt(8)),
    Family("shares", _shares, math.sqrt(0.3 * 0.7 / 200)),
    Family("heavy tails", _each_week(500, 20, _laplace), 20),
    Family("very heavy tails", _each_week(500, 20, _student), 20),
    Family("seasonal", _seasonal, 20, level=False),
    Family("growing", _each_week(500, 20, _normal, slope=2), 20, level=False),
    Family("a stock", _walk, 500, stock=True, level=False),
    Family("autocorrelated 0.3", lambda drawn, weeks: _remembering(drawn, weeks, 0.3), 20, remembers=True),
    Family("autocorrelated 0.6", lambda drawn, weeks: _remembering(drawn, weeks, 0.6), 20, remembers=True),
)


def measure(quick: bool, workspace: Path | None) -> list[Figure]:
    """The share of metric-weeks that are flagged without an effect, and of shifts of two standard deviations that are found."""
    from tests.benchmarks.insight import Figure

    del workspace  # simulated series alone say how often chance is taken for an effect
    tallies = {family: _tally(family, 10 if quick else 100, every=6 if quick else 4, planted=80 if quick else 400) for family in FAMILIES}
    plain = {family: one for family, one in tallies.items() if not family.remembers}
    flagged = _mean(tallies, lambda one: one.flagged / one.weeks)
    judged = _mean(tallies, lambda one: one.flagged / one.judged)
    raised = _mean(tallies, lambda one: one.raised / one.judged)
    found = _mean(plain, lambda one: one.found / one.planted)
    weeks = sum(one.weeks for one in tallies.values())
    return [
        Figure(
            "false alarms",
            flagged,
            flagged <= MOST_FLAGGED,
            f"{flagged:.2%} of {weeks:,} metric-weeks without an effect are flagged (at most 1 %); of those that can be judged "
            f"{judged:.2%}, newly raised {raised:.2%}; {_each(tallies, lambda one: one.flagged / one.judged)}",
        ),
        Figure(
            "detection",
            found,
            found >= LEAST_FOUND,
            f"{found:.1%} of shifts of two standard deviations of the metric's weeks are found within three periods after they begin "
            f"(at least 90 %); {_each(plain, lambda one: one.found / one.planted, 0)}. {_harder(tallies)}",
        ),
    ]


def _harder(tallies: dict[Family, Tally]) -> str:
    """What is harder to find: shifts of the noise alone, the same by the third week, and in weeks that take after each other."""
    plain = {family: one for family, one in tallies.items() if not family.remembers and not family.stock}
    within, third = (_mean(plain, lambda one, key=key: getattr(one, key) / one.planted) for key in ("found_in_noise", "by_third_in_noise"))
    rest = {family: one for family, one in tallies.items() if family.remembers}
    return (
        f"Of two standard deviations of the noise alone {within:.1%}, and {third:.1%} by the third shifted week (a rule that knew mean and "
        f"deviation could reach 90.2 % there); apart from that {_each(rest, lambda one: one.found / one.planted, 0)}"
    )


def _tally(family: Family, series: int, *, every: int, planted: int) -> Tally:
    """Judges series week by week (every so many weeks, each with the one before), and others with a shift at their end."""
    found, drawn = Tally(), random.Random(f"{SEED} {family.name}")
    for number in range(series):
        values = family.draw(drawn, WEEKS)
        for end in range(1 + number % every, WEEKS + 1, every):
            _count(found, _judge(family, values[: end - 1]), _judge(family, values[:end]))
    drawn = random.Random(f"{SEED} {family.name} shifted")  # the first ones are the same in a quick run
    for number in range(planted):
        values, sign = family.draw(drawn, WEEKS), 1 if number % 2 else -1
        found.planted += 1
        small = list(_shifted(family, values, sign * 2 * family.noise))
        literal = small if family.level else list(_shifted(family, values, sign * 2 * pstdev(values[:-AFTER])))
        found.found += any(literal)
        found.found_in_noise += any(small)
        found.by_third_in_noise += any(small[:3])
    return found


def _count(found: Tally, before: str, now: str) -> None:
    found.weeks += 1
    found.judged += now != "cannot_tell"
    found.flagged += now == "signal"
    found.raised += now == "signal" and before != "signal"


def _shifted(family: Family, values: list[float], size: float) -> Iterator[bool]:
    """Whether the shift is found, with its direction, at the end of each week that it has come into."""
    shifted = [value + size * (place >= WEEKS - AFTER) for place, value in enumerate(values)]
    for end in range(WEEKS - AFTER + 1, WEEKS + 1):
        told = _verdict(family, shifted[:end])
        yield told.is_signal and told.direction * size > 0


def _judge(family: Family, values: list[float]) -> str:
    return str(_verdict(family, values).verdict) if values else "cannot_tell"


def _verdict(family: Family, values: list[float]):  # type: ignore[no-untyped-def]
    from metrics.insight.signal import verdict

    return verdict.judge(values, verdict.Asked(stock=family.stock, materiality=0.0))


def _mean(tallies: dict[Family, Tally], share: Callable[[Tally], float]) -> float:
    return sum(map(share, tallies.values())) / len(tallies)


def _each(tallies: dict[Family, Tally], share: Callable[[Tally], float], digits: int = 1) -> str:
    return ", ".join(f"{family.name} {share(one):.{digits}%}" for family, one in tallies.items())
