"""`retained: COL, compared_to: N units ago`: what of the MRR of a day its payers still pay N units later (NRR, or GRR by `gross`).

The same accounts then and now: whoever came later is in neither sum, whoever left pays 0. `gross: true` leaves growth out: of
each account the lesser of the two amounts counts. Unless `count_reactivation: true`, an account that paid nothing on some day in
between is lost, though it pays again: coming back is not staying. Attributes, for `--by` and every condition, are those of then.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from datetime import date, timedelta

from data.yaml_file import Mapping
from metrics import leaf as leaves
from metrics.calendar import Window, day_before
from metrics.definition import text
from metrics.kinds import shapes
from metrics.kinds.aggregate import fact_of, where_of
from metrics.leaf import Made
from metrics.periods import last_days
from metrics.question import Question
from metrics.series import values
from metrics.slice import Leaf, Slice
from metrics.sql import Bound

KEYS = ("in", "where", "compared_to", "gross", "count_reactivation")
#: The fact of which each row has a payer, who can be followed from day to day.
PAID = "mrr_day"
#: Who pays at all follows from it, on every day too.
LOGOS = (("paying_day", "paying"), ("paying_day", "mrr"))
_AGO = re.compile(r"^([1-9]\d{0,3}) (day|week|month|quarter|year)s? ago$")


@dataclass(frozen=True)
class Retained:
    """A level, the stretch between then and now, and how growth and coming back are read."""

    column: str
    fact: str
    where: str | None
    count: int
    unit: str
    gross: bool = False
    count_reactivation: bool = False
    parts: tuple[str, ...] = ()

    def then(self, now: date) -> date:
        """The earlier day that a day is compared with."""
        return day_before(now, self.count, self.unit)


def read(verb: str, block: Mapping, name: str) -> Retained:
    """Reads a definition; only what is paid can be followed."""
    fact, ago = fact_of(block, name), text(block, "compared_to", name)
    if fact != PAID and (fact, block[verb]) not in LOGOS:
        raise block.problem("in", f"{name}: retained follows what accounts pay, in {PAID}; {fact} tells of something else", value=True)
    match = _AGO.match(ago)
    if not match:
        raise block.problem("compared_to", f'{name}: compared_to is a stretch such as "12 months ago", not "{ago}"', value=True)
    gross, back = (shapes.flag(block, key, name) for key in ("gross", "count_reactivation"))
    return Retained(text(block, verb, name), fact, where_of(block, name), int(match[1]), match[2], gross, back)


def format_of(verb: str) -> str:
    """What is retained is a share."""
    del verb
    return "percent"


def leaf(spec: Retained) -> Leaf:
    """What is paid now, by accounts."""
    return Leaf(spec.fact, "sum", spec.column, spec.where, on_last_day=True, of_account=True)


def reading(spec: Retained) -> str:
    """Which of the possible readings a number used."""
    ago = f"{spec.count} {spec.unit}{'s' if spec.count > 1 else ''}"
    growth = "growth is left out (gross: true)" if spec.gross else "growth counts (gross: false)"
    back = "as retained (count_reactivation: true)" if spec.count_reactivation else "as lost (count_reactivation: false)"
    return f"Of the accounts that paid {ago} earlier; {growth}; one that stopped paying in between and came back counts {back}."


def is_final(spec: Retained, window: Window, question: Question) -> bool:
    """Whether the day of then is loaded too."""
    since = question.known(spec.fact).since
    return since is None or spec.then(window.end_day - timedelta(days=1)) >= since


def measure(spec: Retained, piece: Slice, question: Question) -> Made:
    """The CTEs of both days, joined account by account."""
    name, days = piece.title, last_days(piece)
    then = [spec.then(day) for day in days]
    question.pieces.append(replace(piece, windows=tuple(_on(day, question) for day in then)))
    parameters: dict[str, Bound] = {}
    dims = leaves.dimensions(piece, parameters)
    ctes = {f"{name}_days": values({"period": [one.key.date() for one in piece.windows], "now_day": days, "then_day": then})}
    ctes[f"{name}_then"] = _amounts(
        piece, f"{name}_days AS d ON d.then_day = f.day", ("then_day", "now_day"), dims, leaves.chosen(piece, parameters)
    )
    # Whose rows these are is settled: their accounts were chosen by what they were then.
    own = replace(piece, request=piece.request.but(by=(), where=None, top=None, members=()))
    ctes[f"{name}_now"] = _amounts(own, f"{name}_days AS d ON d.now_day = f.day", (), {}, leaves.chosen(own, {}))
    if not spec.count_reactivation:
        ctes |= _paused(own)
    ctes[name] = _share(spec, name, list(dims), bool(piece.request.grain))
    return Made(ctes, parameters, piece.windows, bucketed=False)


def _on(day: date, question: Question) -> Window:
    start = question.request.calendar.midnight(day)
    return Window(start, start, question.request.calendar.step(start, "day"))


def _amounts(piece: Slice, days: str, also: tuple[str, ...], dims: dict[str, str], chosen: list[str]) -> str:
    """What each payer pays on the days of `days`, above zero; conditions see the attributes of then."""
    keys = [f"d.{column}" for column in ("period", *also)] + ["f.payer"]
    shown = [*keys, *(f"{sql} AS {dim}" for dim, sql in dims.items()), f"sum({piece.parts['value'].sql}) AS amount"]
    source = [f"FROM {piece.fact.table} AS f", f"JOIN {days}", *leaves.joins(piece, "d.then_day")]
    conditions = [*leaves.kept(piece), *chosen] or ["TRUE"]
    places = ", ".join(str(place + 1) for place in range(len(keys) + len(dims)))
    return (
        "  SELECT\n    " + ",\n    ".join(shown) + "\n  " + "\n  ".join(source) + "\n  WHERE " + "\n    AND ".join(conditions)
        + f"\n  GROUP BY {places}\n  HAVING sum({piece.parts['value'].sql}) > 0"
    )  # fmt: skip


def _paused(piece: Slice) -> dict[str, str]:
    """CTEs that find who of then paid nothing on a day in between: it can only begin on a day on which a price ends."""
    name, value = piece.title, piece.parts["value"].sql
    days = "c.day > t.then_day AND c.day < t.now_day"
    turns = (
        f"  SELECT DISTINCT t.period, t.then_day, t.payer, c.day\n  FROM {name}_then AS t\n"
        f"  JOIN mrr_change AS c ON c.payer = t.payer AND {days}"
    )
    source = [f"FROM {name}_turns AS d", f"JOIN {piece.fact.table} AS f ON f.payer = d.payer AND f.day = d.day"]
    source += leaves.joins(piece, "d.then_day")
    conditions = [*leaves.kept(piece), *leaves.chosen(piece, {})] or ["TRUE"]
    paused = (
        f"  SELECT DISTINCT period, payer, 1 AS paused\n  FROM (\n"
        f"    SELECT period, payer, day, 0 AS amount FROM {name}_turns\n    UNION ALL\n"
        f"    SELECT d.period, d.payer, d.day, {value} AS amount\n    "
        + "\n    ".join(source)
        + f"\n    WHERE {' AND '.join(conditions)}\n"
        "  ) AS levels\n  GROUP BY period, payer, day\n  HAVING sum(amount) <= 0"
    )
    return {f"{name}_turns": turns, f"{name}_paused": paused}


def _share(spec: Retained, name: str, dims: list[str], by_period: bool) -> str:
    """What is still paid over what was paid, for each period and member."""
    now = "coalesce(n.amount, 0)"
    now = f"least({now}, t.amount)" if spec.gross else now
    now = now if spec.count_reactivation else f"CASE WHEN coalesce(p.paused, 0) = 1 THEN 0 ELSE {now} END"
    keys = (["t.period"] if by_period else []) + [f"t.{dim}" for dim in dims]
    named = [f"{key} AS {key.removeprefix('t.')}" for key in keys]
    shown = [*named, f"CAST(sum({now}) AS DOUBLE) / nullif(sum(t.amount), 0) AS measure"]
    lines = [f"FROM {name}_then AS t", f"LEFT JOIN {name}_now AS n ON n.period = t.period AND n.payer = t.payer"]
    lines += [] if spec.count_reactivation else [f"LEFT JOIN {name}_paused AS p ON p.period = t.period AND p.payer = t.payer"]
    lines += [f"GROUP BY {', '.join(keys)}"] if keys else []
    return "  SELECT\n    " + ",\n    ".join(shown) + "\n  " + "\n  ".join(lines)
