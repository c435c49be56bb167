"""From the tables of the shaped kinds to models: funnel steps, the triangle and the curve of retention, lifecycle, stickiness, times."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date, timedelta
from typing import Any

from metrics import Result, journeys
from metrics.load import is_own
from pages.components import format as fmt
from pages.components import present, reach
from pages.components.board import Board
from pages.components.chart_model import Chart, Period, Role, Series
from pages.components.flows import Band
from pages.components.funnel import Step
from pages.components.heat import Cell, Heading, Line
from pages.components.i18n import N_, _, ngettext

#: A cohort needs time to come back: the least that is looked at, by grain.
LEAST = {"week": timedelta(weeks=12), "month": timedelta(days=335)}
#: How many things a picture of paths names at each place.
WIDEST = 7
_OFFSETS = {"week": N_("W{number}"), "month": N_("M{number}")}
_STATUSES: dict[str, tuple[str, Role]] = {
    "returning": (N_("Returning"), "gain"),
    "new": (N_("New"), "gain"),
    "resurrecting": (N_("Back again"), "gain"),
    "dormant": (N_("Gone quiet"), "loss"),
}


def of_kind(board: Board, *kinds: str) -> list[str]:
    """The metrics of a kind that this workspace defines, those of the company first."""
    found = [metric for metric in board.known.values() if metric.kind in kinds]
    return [metric.name for metric in sorted(found, key=lambda metric: not is_own(metric.file))]


def steps(result: Result) -> list[Step]:
    """The steps of a funnel that was asked for without a breakdown."""
    found = []
    for row in result.rows:
        lost = next(iter(journeys.before_step(result.rows, int(row["step"]))), None)
        name, count, whole = step_name(str(row["name"])), fmt.full(row["entered"], "integer"), fmt.full(row["from_start"], "percent")
        stayed = row["from_previous"]
        on = _("{share} of the step before").format(share=fmt.full(stayed, "percent")) if stayed is not None else ""
        took = _seconds(row["median_seconds"])
        gone = _("{count} did not come").format(count=fmt.full(lost.lost, "integer")) if lost else ""
        spoken = ", ".join(part for part in (f"{name}: {count}", whole, on, took, gone) if part)
        found.append(Step(name, count, present.number(row["from_start"]) or 0.0, whole, on, took, gone, spoken))
    return found


def step_name(name: str) -> str:
    """The name of a step, or of an event, as people read it."""
    return name.replace("_", " ").strip().capitalize()


def _seconds(seconds: float | None) -> str:
    return _("usually after {duration}").format(duration=fmt.full(seconds / 60, "duration")) if seconds is not None else ""


def by_member(result: Result, by: str) -> tuple[list[Line], list[Heading]]:
    """A funnel that was broken down: a line a member, the share of its own start that came to each step."""
    members = dict.fromkeys(str(row[by]) for row in result.rows)
    columns = {str(row["step"]): Heading(str(row["step"]), step_name(str(row["name"]))) for row in result.rows}
    cells = {(str(row[by]), str(row["step"])): row for row in result.rows}
    lines = []
    for member in members:
        told = [cells[member, step] for step in columns if (member, step) in cells]
        entered = fmt.full(told[0]["entered"], "integer") if told else ""
        shown = tuple(Cell(fmt.full(row["from_start"], "percent"), present.number(row["from_start"])) for row in told)
        lines.append(Line(member, present.member(member), shown, entered))
    return lines, list(columns.values())


def cohorts(board: Board, name: str) -> Result:
    """The table of retention over the reader's range, or as much longer as cohorts need to come back."""
    grain = cohort_grain(board)
    since = min(board.filters.since, board.filters.until - LEAST[grain])
    return board.ask(name, since=board.floor(since, grain), grain=grain)


def cohort_grain(board: Board) -> str:
    """Cohorts of weeks, or of months where the reader looks at months."""
    return "week" if board.filters.grain in ("day", "week") else "month"


def triangle(result: Result) -> tuple[list[Line], list[Heading]]:
    """The triangle of retention: a line a cohort, newest last; what is not final yet is pale and says how many came so far."""
    grain = result.grain or "week"
    cohorts: dict[date, list[Cell]] = {}
    sizes: dict[date, str] = {}
    for row in result.rows:
        sizes[row["cohort"]] = fmt.full(row["size"], "integer")
        cohorts.setdefault(row["cohort"], []).append(_cell(row["value"], int(row["retained"]), int(row["size"]), bool(row["complete"])))
    lines = [Line(start.isoformat(), fmt.period(start, grain), tuple(cells), sizes[start]) for start, cells in cohorts.items()]
    longest = max((len(line.cells) for line in lines), default=0)
    return lines, [Heading(str(number), _(_OFFSETS[grain]).format(number=number)) for number in range(longest)]


def _cell(value: float | None, retained: int, size: int, final: bool) -> Cell:
    of = _("{some} of {all}").format(some=fmt.full(retained, "integer"), all=fmt.full(size, "integer"))
    if value is None:
        return Cell("…", 0.0, pale=True, told=_("{count} so far, not final").format(count=of)) if size else Cell("", None)
    return Cell(fmt.full(value, "percent"), value, pale=not final, told=of)


def curve(board: Board, result: Result, *, title: str = "", name: str = "") -> Chart:
    """All cohorts together: of those who are old enough, the share that came back at each offset. `name` is what the line is called."""
    grain, points = result.grain or "week", journeys.retention_curve(result.rows)
    whole = [_("{offset}, of {size}").format(offset=_offset(grain, one.offset), size=fmt.full(one.size, "integer")) for one in points]
    return _counted(
        board,
        result.metrics[0],
        axis={"week": _("Weeks since the start"), "month": _("Months since the start")}[grain],
        places=[(_(_OFFSETS[grain]).format(number=one.offset), long) for one, long in zip(points, whole, strict=True)],
        series=[Series(name or _("Came back"), tuple(one.share for one in points))],
        title=title or _("All cohorts together"),
    )


def _offset(grain: str, number: int) -> str:
    if grain == "month":
        return ngettext("{number} month later", "{number} months later", number).format(number=number)
    return ngettext("{number} week later", "{number} weeks later", number).format(number=number)


def lifecycle(board: Board, name: str) -> Chart:
    """Who is new, returning, back again, and gone quiet (downwards), period by period."""
    grain = "week" if board.filters.grain == "day" else board.filters.grain
    since = min(board.filters.since, board.filters.until - LEAST["week"])
    result = board.ask(name, since=board.floor(since, grain), grain=grain)
    axis = reach.periods(board, result)
    cells = {(str(row["status"]), row["period"].isoformat()): present.number(row["value"]) for row in result.rows}
    series = [
        Series(_(word), tuple(cells.get((status, period.key)) for period in axis), role) for status, (word, role) in _STATUSES.items()
    ]
    return Chart(title=board.label(name), kind="stacked", periods=axis, series=tuple(series), format="integer", grain=grain, metric=name)


def stickiness(board: Board, name: str) -> Chart:
    """How many were active on one day of the range, on two, on three, and so on; the empty end is left out."""
    rows = list(board.ask(name).rows)
    while rows and not rows[-1]["value"]:
        rows.pop()
    days = [int(row["active_periods"]) for row in rows]
    return _counted(
        board,
        name,
        axis=_("Active days"),
        places=[(str(count), ngettext("{days} active day", "{days} active days", count).format(days=count)) for count in days],
        series=[Series(board.label(name), tuple(present.number(row["value"]) for row in rows))],
        title=board.label(name),
        kind="bar",
        format_="integer",
    )


def adoption(board: Board, name: str, since: date, *, title: str = "", definitions: str | None = None) -> tuple[Chart, Result]:
    """How many got there within so many days (Kaplan–Meier: who is not there yet counts as long as it was watched), and the table.

    `definitions` hold the metric, as JSON, where it is none of the workspace's.
    """
    unsaved: dict[str, Any] = {"definitions": definitions} if definitions else {}
    result = board.ask(name, since=since, **unsaved)
    points = journeys.adoption_curve(result.rows)
    chart = _counted(
        board,
        name,
        axis=_("Days since the start"),
        places=[(str(one.days), ngettext("within {days} day", "within {days} days", one.days).format(days=one.days)) for one in points],
        series=[
            Series(_("Got there"), tuple(one.share for one in points)),
            Series(_("At least"), tuple(one.low for one in points), "previous"),
            Series(_("At most"), tuple(one.high for one in points), "previous"),
        ],
        title=title or board.label(name),
    )
    return chart, result


def half(median: float) -> str:
    """Within how many days half of them got there, in words."""
    said = ngettext("Half got there within {days} day.", "Half got there within {days} days.", median)
    return said.format(days=fmt.full(median, "integer"))


def _counted(
    board: Board,
    name: str,
    *,
    axis: str,
    places: Sequence[tuple[str, str]],
    series: Iterable[Series],
    title: str,
    kind: str = "line",
    format_: str = "percent",
) -> Chart:
    """A chart over a count of things, where others have time."""
    periods = tuple(Period(short, short, long) for short, long in places)
    return Chart(
        title=title,
        kind=kind,  # type: ignore[arg-type]
        periods=periods,
        series=tuple(series),
        format=format_,
        currency=board.currency,
        metric=name,
        across=axis,
    )


def bands(result: Result) -> list[Band]:
    """The paths of a table, with the largest things at each place; Streamlit's charts have no picture for them."""
    return [
        Band(
            one.step,
            event_name(one.source),
            event_name(one.target),
            one.count,
            fmt.full(one.count, "integer"),
            one.source == present.OTHER,
            one.target == present.OTHER,
        )
        for one in journeys.widest(result.rows, WIDEST)
    ]


def event_name(name: str) -> str:
    """The name of an event as people read it."""
    return present.member(name) if name in present.GATHERED else step_name(name)
