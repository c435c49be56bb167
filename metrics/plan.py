"""The plan of a query: which facts it reads, over which stretches of time, by which route and why, and what it leaves out."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

from data.reader import Snapshot
from metrics import leaf, load
from metrics.asked import Asked
from metrics.compile import compile
from metrics.definition import Metric
from metrics.facts import facts
from metrics.kinds import KINDS
from metrics.layer import Layer
from metrics.made_of import is_shaped, leaves, time_of
from metrics.question import Loaded
from metrics.request import Request
from metrics.result import instant, shown
from metrics.slice import Slice

_LEFT_OUT = {"deleted": "deleted", "test": "of test accounts", "internal": "of people of our own"}
#: Each route, and when it is taken.
ROUTES = {
    "none": "nothing of the range is loaded",
    "rows of its own": "a kind with rows of its own (cohorts, steps, …) has a statement of its own",
    "values of its own": "its value is no aggregate of the period's rows, so its kind writes it",
    "running total": "what each day adds is summed up to the end of each period, so that each row is read once",
    "one range": "without a grain all rows of the range are one group",
    "calendar": "each row falls into one calendar period, which follows from its day",
    "last day": "a level is read on the last loaded day of each period, the same day for every member",
    "running sum": "stretches overlap: what is active steps up, and down when its stretch is over, so that each row is read once",
    "list of days": "the stretches overlap or lie across calendar periods, so rows are joined to the days of each",
    "list of moments": "the stretches begin or end within a day, so rows are joined to the moments of each",
}


@dataclass(frozen=True)
class Step:
    """What is done for one metric that counts rows: each of its CTEs over rows has a step.

    `windows` is how many stretches of time it counts, `left_out` the rows that the rules leave out there, by rule.
    """

    metric: str
    cte: str
    kind: str
    fact: str
    table: str
    time: str
    route: str
    since: str | None = None
    until: str | None = None
    windows: int = 0
    left_out: Mapping[str, int] = field(default_factory=dict)

    @property
    def why(self) -> str:
        """Why this route was taken."""
        return ROUTES[self.route]


@dataclass(frozen=True)
class Plan:
    """The steps of a query, its range, and how many of its rows' periods are complete."""

    since: str
    until: str
    timezone: str
    grain: str | None
    week_start: str
    generation: int
    periods: int
    complete: int
    loaded_until: Mapping[str, str | None]
    steps: tuple[Step, ...]

    def to_dict(self) -> dict[str, Any]:
        """As JSON has it."""
        return asdict(self) | {"steps": [asdict(step) | {"why": step.why} for step in self.steps]}

    def lines(self) -> list[str]:
        """The plan for people, a line each."""
        counted = f"{self.periods} {self.grain}s, {self.complete} complete" if self.grain else "one row for the whole range"
        said = [f"{self.since} to {self.until} ({self.timezone}), {counted}; generation {self.generation}"]
        said += [f"{fact} is loaded until {until or 'nothing'}" for fact, until in self.loaded_until.items()]
        for step in self.steps:
            made = step.metric if step.cte == step.metric else f"{step.metric} ({step.cte})"
            said.append(f"{made}: {step.kind} over {step.fact} (table {step.table}) at {step.time}")
            if step.since:
                said.append(f"  {step.windows} stretch{'es' if step.windows != 1 else ''} of time, {step.since} to {step.until}")
            said.append(f"  route: {step.route}, since {step.why}")
            gone = [f"{count:,} {_LEFT_OUT.get(rule, rule)}" for rule, count in step.left_out.items() if count]
            said.append(f"  rows left out: {', '.join(gone) or 'none'}")
        return said


def plan(layer: Layer, names: tuple[str, ...], asked: Asked, definitions: str | Mapping[str, Any] | None = None) -> Plan:
    """How a query would be answered. Counts what the rules leave out; computes nothing else. Raises Problem like the query itself."""
    known = layer.metrics if definitions is None else load.over(layer.metrics, definitions)
    with layer.reader.open() as snapshot:
        loaded = layer.loaded(snapshot)
        request = layer.request(names, asked, known, loaded)
        compiled = compile(request, known, loaded)
        steps = [_step(metric, piece, request, snapshot) for metric, piece in compiled.pieces]
        seen = {metric.name for metric, _piece in compiled.pieces}
        steps += [_unloaded(metric) for name, metric in leaves(names, known).items() if name not in seen]
    return _plan(request, snapshot.generation, compiled.complete, {fact: loaded.get(fact, Loaded()) for fact in compiled.facts}, steps)


def _step(metric: Metric, piece: Slice, request: Request, snapshot: Snapshot) -> Step:
    zone = str(request.calendar.zone)
    cursor = snapshot.cursor.execute(leaf.left_out(piece))
    gone = dict(zip((told[0] for told in cursor.description), cursor.fetchone() or (), strict=True))
    return Step(
        metric=metric.name,
        cte=piece.title,
        kind=metric.kind,
        fact=piece.fact.name,
        table=piece.fact.table,
        time=piece.time,
        route=_route(metric, piece),
        since=shown(min(one.start for one in piece.windows), zone),
        until=shown(max(one.end for one in piece.windows).replace(microsecond=0), zone),
        windows=len(piece.windows),
        left_out={rule: int(count) for rule, count in gone.items()},
    )


def _unloaded(metric: Metric) -> Step:
    fact = facts()[KINDS[metric.kind].leaf(metric.spec).fact]
    return Step(metric.name, metric.name, metric.kind, fact.name, fact.table, time_of(metric, fact), "none")


def _plan(request: Request, generation: int, complete: tuple[bool, ...], loaded: Mapping[str, Loaded], steps: list[Step]) -> Plan:
    zone = str(request.calendar.zone)
    return Plan(
        since=shown(request.since, zone),
        until=shown(request.until, zone),
        timezone=zone,
        grain=request.grain,
        week_start=request.calendar.week_start,
        generation=generation,
        periods=len(complete),
        complete=sum(complete),
        loaded_until={fact: instant(known.until) for fact, known in loaded.items()},
        steps=tuple(steps),
    )


def _route(metric: Metric, piece: Slice) -> str:
    """The same choices as metrics/leaf.py and metrics/periods.py make, by name."""
    if is_shaped(metric):
        return "rows of its own"
    if hasattr(KINDS[metric.kind], "measure"):
        return "values of its own"
    if piece.rolling or piece.adds_up:
        return "running sum" if piece.rolling else "running total"
    if piece.leaf.on_last_day:
        return "last day"
    if piece.request.grain is None:
        return "one range"
    if (piece.leaf.over_days and piece.request.grain != "hour") or piece.running:
        return "list of days"
    return "calendar" if piece.bucketed else "list of moments" if piece.timed else "list of days"
