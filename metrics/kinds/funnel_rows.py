"""The rows of a funnel's answer: its steps, its trend, the times between two steps; each from the best attempts."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from textwrap import dedent
from typing import TYPE_CHECKING

from metrics.columns import NOTHING
from metrics.kinds.sequence import after, select
from metrics.leaf import OTHER
from metrics.question import Question, Shaped

if TYPE_CHECKING:
    from metrics.kinds.funnel import Funnel


def _people(spec: Funnel, question: Question) -> str:
    """The CTE of who came how far; adds one that says to which member each belongs, where rows of steps decide it."""
    if not question.dims or spec.attribution == "all":
        return "best"
    members = [f"{_member(spec, question, number)} AS {dim}" for number, dim in enumerate(question.dims, 1)]
    times = [f"at_{step}" for step in range(1, len(spec.steps) + 1)]
    period = ["period"] if spec.show == "trend" else []
    question.ctes["people"] = select([*members, *period, "reached", *times], "best")
    return "people"


def _member(spec: Funnel, question: Question, number: int) -> str:
    """SQL of a dimension: of the first (or last) step whose row says anything, or of the step that was chosen."""
    if spec.attribution == "step":
        top = question.request.top
        nothing = NOTHING if top is None or (NOTHING,) * len(question.dims) in top else OTHER
        return f"CASE WHEN reached >= {spec.at_step} THEN member_{number}_{spec.at_step} ELSE '{nothing}' END"
    steps = range(1, len(spec.steps) + 1)
    order = steps if spec.attribution == "first_touch" else reversed(steps)
    told = " ".join(f"WHEN reached >= {step} AND told_{step} = 1 THEN member_{number}_{step}" for step in order)
    return f"CASE {told} ELSE member_{number}_1 END"


def _seconds(first: int, last: int) -> str:
    return f"date_diff('microsecond', at_{first}, at_{last}) / 1000000.0"


def _closes(spec: Funnel, question: Question, end: datetime) -> datetime:
    """The moment at which the last window of those who entered before `end` is over."""
    if spec.inside_range:
        return min(after(end, spec.within), question.request.until, key=lambda moment: moment.astimezone(UTC))
    return after(end, spec.within)


def _is_complete(spec: Funnel, question: Question) -> bool:
    known, until = question.known(spec.fact), question.request.until
    if known.until is None or (known.since and until.date() <= known.since):
        return False
    return known.until >= max(until, _closes(spec, question, until))


def _counted(question: Question, people: str, frame: dict[str, str], measures: list[str], joined: str, on: str) -> None:
    """Adds `counted`: for each row of a frame, and each member that was seen, what is measured over the rows that belong to it."""
    keys, source = dict(frame), next(iter(frame.values())).split(".")[0]
    if question.dims:
        question.ctes["members"] = f"  SELECT DISTINCT {', '.join(question.dims)} FROM {people}"
        keys |= {dim: f"members.{dim}" for dim in question.dims}
        source += " CROSS JOIN members"
    same = [on, *(f"{joined}.{dim} = members.{dim}" for dim in question.dims)]
    body = select([*_named(keys), *measures], f"{source}\n  LEFT JOIN {joined} ON {' AND '.join(same)}")
    question.ctes["counted"] = body + _grouped(list(keys.values()))


def _named(columns: dict[str, str]) -> list[str]:
    return [f"{sql} AS {name}" for name, sql in columns.items()]


def _grouped(keys: list[str]) -> str:
    return f"\n  GROUP BY {', '.join(keys)}" if keys else ""


def steps(spec: Funnel, question: Question) -> Shaped:
    """Rows `step, name, entered, from_start, from_previous, average_seconds, median_seconds`."""
    people, numbers = _people(spec, question), range(1, len(spec.steps) + 1)
    question.values("steps", {"step": numbers, "called": [step.name for step in spec.steps]})
    taken = {step: _seconds(step - 1, step) if step > 1 else "CAST(NULL AS DOUBLE)" for step in numbers}
    passed = [select([f"{step} AS step", *question.dims, f"{taken[step]} AS seconds"], people, f"reached >= {step}") for step in numbers]
    question.ctes["passed"] = "\n  UNION ALL\n".join(passed)
    measures = ["count(passed.step) AS entered", "avg(passed.seconds) AS average_seconds", "median(passed.seconds) AS median_seconds"]
    frame = {"step": "steps.step", "called": "steps.called"}
    _counted(question, people, frame, measures, "passed", "passed.step = steps.step")
    apart = f"PARTITION BY {', '.join(question.dims)} " if question.dims else ""
    first = f"nullif(max(entered) OVER ({apart.strip()}), 0)"
    previous = f"nullif(min(entered) OVER ({apart}ORDER BY step ROWS BETWEEN 1 PRECEDING AND 1 PRECEDING), 0)"
    shares = [f"CAST(entered AS DOUBLE) / {first} AS from_start", f"CAST(entered AS DOUBLE) / {previous} AS from_previous"]
    shown = [*question.dims, "step", "called AS name", "entered", *shares, "average_seconds", "median_seconds"]
    body = "SELECT\n  " + ",\n  ".join(shown) + f"\nFROM counted\nORDER BY {', '.join([*question.dims, 'step'])}"
    columns = (*question.request.by, "step", "name", "entered", "from_start", "from_previous", "average_seconds", "median_seconds")
    return Shaped(question.finish(body), columns, complete=_is_complete(spec, question))


def trend(spec: Funnel, question: Question) -> Shaped:
    """Rows `period, entered, converted, value, complete`; the value is told when the windows of the period are over."""
    people, known = _people(spec, question), question.known(spec.fact)
    told: dict[str, list[object]] = {"period": [], "is_loaded": [], "is_closed": [], "is_complete": []}
    for one in question.asked:
        loaded = known.until is not None and one.start < known.until and not (known.since and one.end_day <= known.since)
        closed = loaded and known.until is not None and known.until >= max(one.end, _closes(spec, question, one.end))
        told["period"].append(one.key if question.request.grain == "hour" else one.key.date())
        told["is_loaded"].append(int(loaded))
        told["is_closed"].append(int(closed))
        told["is_complete"].append(int(closed and one.whole))
    question.values("periods", told)
    sections = {"entered": spec.from_step, "converted": spec.to_step}
    counts = [f"count(CASE WHEN {people}.reached >= {step} THEN 1 END) AS {name}" for name, step in sections.items()]
    frame = {name: f"periods.{name}" for name in told}
    _counted(question, people, frame, counts, people, f"{people}.period = periods.period")
    value = "CASE WHEN is_closed = 1 THEN CAST(converted AS DOUBLE) / nullif(entered, 0) END AS value"
    shown = ["period", *question.dims, *(f"CASE WHEN is_loaded = 1 THEN {name} END AS {name}" for name in ("entered", "converted"))]
    order = ", ".join(["period", *question.dims])
    shown += [value, "CASE WHEN is_complete = 1 THEN TRUE ELSE FALSE END AS complete"]
    body = "SELECT\n  " + ",\n  ".join(shown) + f"\nFROM counted\nORDER BY {order}"
    return Shaped(question.finish(body), ("period", *question.request.by, "entered", "converted", "value", "complete"))


def times(spec: Funnel, question: Question) -> Shaped:
    """Rows `from_seconds, to_seconds, value`: bins of equal width from the shortest time, and one more for the longest."""
    people, dims = _people(spec, question), question.dims
    question.ctes["taken"] = select([*dims, f"{_seconds(spec.from_step, spec.to_step)} AS seconds"], people, f"reached >= {spec.to_step}")
    # The cube root of 27 is a trifle more than 3 for some engines.
    bins = str(spec.bins) if spec.bins else "CAST(ceil(power(count(*), 1.0 / 3) - 0.000000001) AS BIGINT)"
    edges = ["CAST(floor(min(seconds)) AS BIGINT) AS shortest", "CAST(ceil(max(seconds)) AS BIGINT) AS longest", f"{bins} AS bins"]
    question.ctes["spread"] = select([*dims, *edges], "taken") + _grouped(dims)
    # A single time, or many of the same length, still needs a bin of some width: a minute.
    width = "coalesce(nullif(CAST(ceil(CAST(longest - shortest AS DOUBLE) / nullif(bins, 0)) AS BIGINT), 0), 60) AS width"
    question.ctes["scales"] = select([*dims, "shortest", "bins", width], "spread", "shortest IS NOT NULL")
    _numbers(spec, question)
    low = "scales.shortest + numbers.number * scales.width"
    columns = [f"scales.{dim} AS {dim}" for dim in dims]
    shown = [*columns, "numbers.number AS number", f"{low} AS from_seconds", f"{low} + scales.width AS to_seconds"]
    question.ctes["bins"] = select(shown, "scales CROSS JOIN numbers", "numbers.number <= scales.bins")
    same = " AND ".join(f"taken.{dim} = scales.{dim}" for dim in dims)
    number = "CAST(floor((taken.seconds - scales.shortest) / nullif(scales.width, 0)) AS BIGINT) AS number"
    source = f"taken JOIN scales ON {same}" if dims else "taken CROSS JOIN scales"
    question.ctes["placed"] = select([*columns, number], source)
    same = "".join(f" AND placed.{dim} = bins.{dim}" for dim in dims)
    keys = [*(f"bins.{dim} AS {dim}" for dim in dims), "bins.from_seconds AS from_seconds", "bins.to_seconds AS to_seconds"]
    group = ", ".join(str(place) for place in range(1, len(keys) + 1))
    body = select([*keys, "count(placed.number) AS value"], f"bins\n  LEFT JOIN placed ON placed.number = bins.number{same}")
    body += f"\n  GROUP BY {group}\n  ORDER BY {group}"
    told = (*question.request.by, "from_seconds", "to_seconds", "value")
    return Shaped(question.finish(dedent(body)), told, complete=_is_complete(spec, question))


def _numbers(spec: Funnel, question: Question) -> None:
    """The numbers of the bins; as many as a thousand when the data decides."""
    if spec.bins:
        question.values("numbers", {"number": range(spec.bins + 1)})
        return
    question.values("digits", {"digit": range(10)})
    number = "100 * hundreds.digit + 10 * tens.digit + ones.digit AS number"
    question.ctes["numbers"] = select([number], "digits AS ones CROSS JOIN digits AS tens CROSS JOIN digits AS hundreds")


SHOWN: dict[str, Callable[[Funnel, Question], Shaped]] = {"steps": steps, "trend": trend, "times": times}
