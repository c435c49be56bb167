"""`signal NAME`: is the last complete period of a metric a signal? `signal --values FILE`: the XmR chart of a plain file of numbers."""

from __future__ import annotations

import argparse
from datetime import date
from typing import Any

from rich.table import Table

import metrics
from data.errors import Problem
from metrics.console import cell, out, print_json
from metrics.insight.signal import HISTORY, Signal, judge, plain, xmr
from metrics.insight.signal.plain import Numbers

_WHY = {
    "within": "within its usual range",
    "immaterial": "beyond its usual range, but by less than what matters ({moved:.4g} of at least {floor:.4g})",
    "too_few": "{found:.0f} periods can be used, {needed:.0f} are needed",
    "no_value": "the last period has no value",
    "no_variation": "its values do not vary",
    "small_n": "{found:.0f} stand behind the last value, {needed:.0f} are needed",
    "small_count": "it counts {found:.3g} a period on average, {needed:.0f} are needed",
    "shaped": "it has a table of its own, not one value a period",
}
_SIDES = {1: "above", -1: "below"}


def options(parser: argparse.ArgumentParser) -> None:
    """The options of both forms."""
    parser.add_argument("name", nargs="?", metavar="NAME", help="the metric")
    parser.add_argument("--grain", choices=tuple(HISTORY), help="what a period is (week)")
    parser.add_argument("--until", help="day at which the history ends, exclusive; default: the first moment not loaded")
    parser.add_argument("--where", metavar="SQL", help="a condition, such as \"account.plan = 'pro'\"")
    parser.add_argument("--values", metavar="FILE|-", help="a plain file of numbers in place of a metric: CSV, or a JSON list")
    parser.add_argument("--column", metavar="NAME", help="which column of the file; needed where several hold numbers")
    parser.add_argument("--baseline", metavar="A:B", help="the values that give the limits, both included: places from 1, or labels; all")
    parser.add_argument("--center", choices=tuple(xmr.FACTORS), help="what the centre and the limits are made of (mean)")
    parser.add_argument("--lower", type=float, metavar="X", help="a given lower limit, with --upper")
    parser.add_argument("--upper", type=float, metavar="Y", help="a given upper limit, with --lower")
    parser.add_argument(
        "--centre-line", "--center-line", type=float, metavar="X", help="the centre of given limits; default: halfway between them"
    )
    parser.add_argument("--near", action="store_true", help="also flag three of four values nearer a limit than the centre")


def run(args: argparse.Namespace) -> int:
    """Prints the verdict and the points."""
    _check(args)
    told = _of_file(args) if args.values else _of_metric(args)
    if args.json:
        print_json(told)
        return 0
    out.print(told["said"], highlight=False, markup=False, soft_wrap=True)
    _print_points(told["points"], "value" if args.values else "expected")
    return 0


def _check(args: argparse.Namespace) -> None:
    """Raises Problem for options that do not go together."""
    if bool(args.name) == bool(args.values):
        raise Problem("name a metric, or a file with --values", remedy="python -m metrics signal mrr, or signal --values numbers.csv")
    other = ("grain", "until", "where") if args.values else ("column", "baseline", "center", "lower", "upper", "centre_line", "near")
    wrong = next((key for key in other if getattr(args, key)), None)
    if wrong:
        raise Problem(f"--{wrong.replace('_', '-')} is for {'a metric' if args.values else 'a plain file (--values)'}")
    if (args.lower is None) != (args.upper is None) or (args.centre_line is not None and args.lower is None):
        raise Problem("given limits are two: --lower and --upper", remedy="With --centre-line where the centre is not halfway.")
    if args.lower is not None and (args.baseline or args.center):
        raise Problem("limits are either given or made from values", remedy="Leave out --baseline and --center, or --lower and --upper.")
    if args.lower is not None and args.lower >= args.upper:
        raise Problem("the lower limit must lie below the upper one")


def _of_file(args: argparse.Namespace) -> dict[str, Any]:
    numbers = plain.read(args.values, args.column)
    baseline = numbers.slice(args.baseline) if args.baseline else None
    given = None
    if args.lower is not None:
        middle = (args.lower + args.upper) / 2 if args.centre_line is None else args.centre_line
        given = xmr.Limits(middle, args.lower, args.upper)
    chart = xmr.chart(numbers.values, baseline=baseline, center=args.center or "mean", given=given, near=args.near)
    method = chart.method if chart else args.center or "mean"
    limits, signals = chart.limits if chart else None, [place + 1 for place in chart.signals] if chart else []
    points = chart.points if chart else [xmr.Point(value) for value in numbers.values]
    return {
        "column": numbers.name,
        "method": method,
        "baseline": [baseline.start + 1, baseline.stop] if baseline else None,
        "center": limits and limits.center,
        f"{'median' if method == 'median' else 'average'}_moving_range": limits and limits.moving_range,
        "lower": limits and limits.lower,
        "upper": limits and limits.upper,
        "range_upper": limits and limits.range_upper,
        "verdict": "signal" if signals else "usual" if chart else "cannot_tell",
        "reason": None if chart else "too_few",
        "last": len(points) in signals,
        "signals": signals,
        "points": [_point(numbers, place, point) for place, point in enumerate(points)],
        "said": _said_of_file(numbers, chart) if chart else f"{numbers.name}: cannot tell, too few values in a row",
    }


def _point(numbers: Numbers, place: int, point: xmr.Point) -> dict[str, Any]:
    flags = {"outside": point.outside, "run": point.run, "near": point.near, "range_outside": point.range_outside}
    told = {"index": place + 1, "label": numbers.labels[place], "value": point.value, "moving_range": point.moving_range}
    return {**told, **flags, "signal": bool(point.rules), "rules": list(point.rules)}


def _said_of_file(numbers: Numbers, chart: xmr.Chart) -> str:
    limits = chart.limits
    signals = [numbers.labels[place] for place in chart.signals]
    spread = f", {chart.method} moving range {limits.moving_range:.6g}" if limits.moving_range is not None else ""
    said = f"signals at {', '.join(signals)}" if signals else "no signal"
    return f"{numbers.name}: {said}; centre {limits.center:.6g}{spread}, limits {limits.lower:.6g} to {limits.upper:.6g} ({chart.method})"


def _of_metric(args: argparse.Namespace) -> dict[str, Any]:
    layer = metrics.open()
    signal = judge(layer, args.name, grain=args.grain, until=args.until, where=args.where)
    told, steady = signal.told, signal.told.steady
    return {
        "metric": signal.metric,
        "grain": signal.grain,
        "period": _day(signal.last),
        "verdict": told.verdict,
        "reason": told.reason,
        "numbers": told.numbers,
        "since": _day(signal.since),
        "periods": told.periods,
        "direction": {1: "up", -1: "down"}.get(told.direction),
        "good": signal.good,
        "size": told.size or None,
        "strength": told.strength or None,
        "value": told.places[-1].value if told.places else None,
        "center": told.places[-1].expected if told.places else None,
        "lower": told.lower,
        "upper": told.upper,
        "model": None
        if steady is None
        else {
            "judged": "changes" if steady.changes else "year_before" if steady.behind else "values",
            "every": signal.every,
            "trend": steady.terms.trend,
            "rhythm": steady.terms.waves > 0,
            "memory": list(steady.memory),
            "baseline": [_day(signal.periods[steady.start]), _day(signal.periods[steady.end - 1])],
        },
        "signals": [place + 1 for place, one in enumerate(told.places) if one.signal] if told.is_signal else [],
        "points": [
            {
                "index": place + 1,
                "period": _day(period),
                **{key: getattr(one, key) for key in _SHOWN},
                "signal": one.signal and told.is_signal,
            }
            for place, (period, one) in enumerate(zip(signal.periods, told.places, strict=True))
        ],
        "said": sentence(signal),
    }


_SHOWN = ("value", "expected", "lower", "upper", "baseline")


def _day(day: date | None) -> str | None:
    return day.isoformat() if day else None


def sentence(signal: Signal) -> str:
    """The verdict in a sentence."""
    told = signal.told
    when = f"{signal.metric}, {signal.grain} of {_day(signal.last)}" if signal.last else signal.metric
    if told.verdict == "cannot_tell":
        return f"{when}: cannot tell, {_WHY[told.reason].format(**told.numbers)}"
    value, range_ = f"{told.places[-1].value:.6g}", f"{told.lower:.6g} to {told.upper:.6g}"
    if told.verdict == "usual":
        return f"{when}: {value}, {_WHY[told.reason].format(**told.numbers)} ({range_})"
    side, news = _SIDES[told.direction], {True: " (good)", False: " (bad)", None: ""}[signal.good]
    if told.reason == "outside":
        return f"{when}: {value}, a signal{news}: {side} its limits ({range_})"
    what = "changes" if told.steady and told.steady.changes else f"{signal.grain}s"
    return f"{when}: {value}, a signal{news}: {told.periods} {what} {side} its mean, since {_day(signal.since)} ({range_})"


def _print_points(points: list[dict[str, Any]], key: str) -> None:
    if not points:
        return
    shown = ("label", "value", "moving_range", "rules") if key == "value" else ("period", "value", "expected", "lower", "upper", "signal")
    table = Table(*shown, box=None, header_style="bold")
    for point in points:
        table.add_row(*(", ".join(value) if isinstance(value := point[name], list) else cell(value) for name in shown))
    out.print(table)
