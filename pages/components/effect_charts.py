"""The effect of a release as charts: the gap to like accounts week by week, and a number against its own forecast."""

from __future__ import annotations

from collections.abc import Callable

from metrics.insight.impact.effects import Estimate
from metrics.insight.impact.outcomes import Outcome, Week
from pages.components import effect_words as words
from pages.components import format as fmt
from pages.components.board import Board
from pages.components.chart_model import Chart, Mark, Period, Series
from pages.components.i18n import _


def chart(board: Board, one: Outcome) -> Chart:
    """The chart that belongs to an outcome's design."""
    return _against_forecast(board, one) if one.design == "before_after" else _event_study(board, one)


def subtitle(one: Outcome) -> str:
    """How to read the chart."""
    if one.design == "before_after":
        return _("Whole weeks; dashed: what its own course before the release would have led to, with its 95 % interval")
    unit = _("relative change") if one.scale == "ratio" else _("for each account and week")
    said = _("Adopters against like accounts, by week from the release, with the 95 % interval of each week ({unit})")
    return said.format(unit=unit)


def _event_study(board: Board, one: Outcome) -> Chart:
    metric = board.metric(one.metric)
    edges = [(_("Gap"), _value, "current"), (_("95 % interval, from"), _low, "previous"), (_("95 % interval, to"), _high, "previous")]
    return Chart(
        title=words.label(board, one),
        kind="line",
        periods=tuple(_relative(week) for week in one.weeks),
        series=tuple(Series(name, _along(one.weeks, pick), role) for name, pick, role in edges),  # type: ignore[arg-type]
        format="percent" if one.scale == "ratio" else metric.format,
        currency=board.currency,
        grain="week",
        marks=_release(one.weeks),
        across=_("Weeks from the release"),
        summary=_summary(board, one),
    )


def _against_forecast(board: Board, one: Outcome) -> Chart:
    metric = board.metric(one.metric)
    seen = tuple(week.seen for week in one.weeks)
    edges = [(_("Expected"), _value), (_("95 % interval, from"), _low), (_("95 % interval, to"), _high)]
    return Chart(
        title=words.label(board, one),
        kind="line",
        periods=tuple(
            Period(week.day.isoformat(), fmt.period(week.day, "week"), fmt.period(week.day, "week", long=True)) for week in one.weeks
        ),
        series=(Series(_("Seen"), seen), *(Series(name, _along(one.weeks, pick), "previous") for name, pick in edges)),
        format=metric.format,
        currency=board.currency,
        grain="week",
        metric="" if one.of_features else one.metric,
        marks=_release(one.weeks),
        summary=_summary(board, one),
    )


def _summary(board: Board, one: Outcome) -> str:
    if one.estimate is None:
        return ""
    said = _("{outcome}: {effect} after the release, 95 % interval {interval}.")
    effect = words.size(board, one, one.estimate.value)
    return said.format(outcome=words.label(board, one), effect=effect, interval=words.interval(board, one, one.estimate))


def _relative(week: Week) -> Period:
    sign = fmt.MINUS if week.place < 0 else "+" if week.place > 0 else ""
    short = f"{sign}{abs(week.place)}"
    return Period(str(week.place), short, _("Week {number}, from {day}").format(number=short, day=fmt.day(week.day)))


def _release(weeks: tuple[Week, ...]) -> tuple[Mark, ...]:
    first = next((place for place, week in enumerate(weeks) if week.place >= 0), None)
    return () if first is None else (Mark(first, _("Release")),)


def _along(weeks: tuple[Week, ...], pick: Callable[[Estimate], float]) -> tuple[float | None, ...]:
    return tuple(None if week.found is None else pick(week.found) for week in weeks)


def _value(found: Estimate) -> float:
    return found.value


def _low(found: Estimate) -> float:
    return found.low


def _high(found: Estimate) -> float:
    return found.high
