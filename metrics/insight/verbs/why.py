"""`why`: what made a metric move between two periods, exactly; or the same of a plain file of numbers."""

from __future__ import annotations

import argparse
from collections.abc import Mapping
from typing import Any
from zoneinfo import ZoneInfo

from rich.table import Table

import metrics
from data.errors import Problem
from metrics import console
from metrics.calendar import Calendar
from metrics.console import cell, out, print_json
from metrics.insight import why as whys
from metrics.insight.why import METHODS, Why, spans
from metrics.insight.why import values as why_values
from metrics.insight.why.cautions import Caution
from metrics.insight.why.decompose import CONVENTIONS, Decomposition
from metrics.layer import Layer

_MEMBERS, _DIMENSIONS = 6, 5
_SAID = {
    "simpson": "Simpson's reversal by {by}: most segments ({members}) moved one way and the total the other; the mix moved it",
    "not_additive": "this cannot be added up over members (a median, say): each is shown by itself",
    "overlap": "some count in several members; {rest} of the change is in the overlap",
    "small_n": "few rows (under {minimum}) in {members}",
    "unequal_days": "the periods have {then} and {now} days",
    "cut": "the period is not over: {days} of {of} days are compared with as many",
}
_VERDICTS = {"clear": "stands out", "faint": "may stand out, or be chance", "even": "within what chance does"}


def options(parser: argparse.ArgumentParser) -> None:
    """The arguments of the verb."""
    parser.add_argument("name", nargs="?", metavar="NAME", help="the metric; left out with --values")
    period = "2026, 2026-Q3, 2026-09, 2026-W36, 2026-09-14, or two days A..B, the second not included"
    parser.add_argument("--from", dest="then", metavar="P", help=f"the earlier period: {period}; default: the one before --to")
    parser.add_argument("--to", dest="now", metavar="P", help="the later period, written alike")
    parser.add_argument("--method", choices=METHODS, help="default: what suits the metric")
    text = "how the effect of two things that changed together is told: halved, apart, or as the rate's (price's)"
    parser.add_argument("--convention", choices=CONVENTIONS, default="midpoint", help=f"{text} (midpoint)")
    parser.add_argument("--by", action="append", metavar="DIM", help="a dimension to look along, or two together as a,b; may be repeated")
    parser.add_argument("--where", metavar="SQL", help="a condition, such as \"account.plan = 'pro'\"")
    parser.add_argument("--definition", metavar="FILE|-", help="unsaved definitions, as YAML or JSON, over the saved ones")
    parser.add_argument("--values", metavar="FILE|-", help="a CSV or JSON file of numbers in place of a metric; needs --method")


def run(args: argparse.Namespace) -> int:
    """Explains; 0 when it could, 2 for a wrong call (a Problem)."""
    if args.values:
        return _of_file(args)
    if not args.name or not args.now:
        raise Problem("name a metric and the later period", remedy="Such as: why mrr --from 2026-08 --to 2026-09")
    layer = metrics.open()
    layer = layer.over(console.unsaved(args.definition)) if args.definition else layer
    calendar = _calendar(layer)
    now = spans.read(args.now, calendar)
    then = spans.read(args.then, calendar) if args.then else spans.before(now, calendar)
    told = whys.why(
        layer, args.name, now=now, then=then, method=args.method, convention=args.convention, by=tuple(args.by or ()), where=args.where
    )
    if args.json:
        print_json(told.to_dict())
    else:
        _print(told, layer.metrics[args.name].label)
    return 0


def _calendar(layer: Layer) -> Calendar:
    company = layer.workspace.company
    return Calendar(ZoneInfo(company.timezone), company.week_start, company.fiscal_year_start)


def _of_file(args: argparse.Namespace) -> int:
    if args.name or args.then or args.now or args.by or args.where or args.definition:
        raise Problem("--values takes a file alone", remedy="Leave out the metric, its periods and conditions.")
    found, told = why_values.decomposed(args.values, args.method or "", args.convention)
    if args.json:
        shown = {"change": found.change, "then": found.then, "now": found.now, **whys.decomposed(found)}
        print_json({**shown, "warnings": [one.to_dict() for one in told]})
        return 0
    out.print(f"[bold]{cell(found.then)} → {cell(found.now)}[/bold]: {_signed(found.change)}", highlight=False)
    _table(found, len(found.parts))
    _warn(told)
    return 0


def _print(told: Why, label: str) -> None:
    ends = [f"{one.since} to {one.last_day}" for one in (told.then, told.now)]
    out.print(f"[bold]{label}: {cell(told.value_then)} → {cell(told.value_now)}[/bold], {_signed(told.change)}", highlight=False)
    out.print(f"[dim]{ends[0]} → {ends[1]}[/dim]\n", highlight=False)
    out.print(_beginning(told) + "\n", highlight=False, markup=False, soft_wrap=True)
    for step in sorted(told.steps, key=lambda one: one.found.method != told.method):
        out.print(f"[bold]Along {_along(step.along, step.found)}[/bold]", highlight=False)
        _table(step.found, _MEMBERS * 2)
    for one in told.breakdowns[:_DIMENSIONS]:
        verdict = _VERDICTS[one.excess.verdict]
        out.print(f"[bold]By {' and '.join(one.by)}[/bold] [dim]{verdict} (z {one.excess.z:.1f})[/dim]", highlight=False)
        _table(one.shortened(_MEMBERS), 2 * _MEMBERS + 1)
    for driver in told.drivers:
        out.print(f"[dim]driver {driver.metric}: {cell(driver.then)} → {cell(driver.now)}[/dim]", highlight=False)
    _warn(told.cautions)


def _beginning(told: Why) -> str:
    cause = told.cause
    if cause is None or cause.lead is None:
        return "Nothing changed." if not told.change else "Spread evenly: no part moved otherwise than the rest by more than chance."
    share = cause.lead.contribution / told.change
    verdict = _VERDICTS[cause.excess.verdict]
    part = f"{_signed(cause.lead.contribution)} of it, {share:.0%}" if cause.found.method != "own" else "without it the change is another"
    return f"Begins with {' and '.join(cause.by)} {cause.lead.member}: {part}; it {verdict} (z {cause.excess.z:.1f})."


def _along(along: str, found: Decomposition) -> str:
    words = {"movements": "its movements", "entities": "who came and who left", "ratio": "what it is a ratio of", "formula": "its formula"}
    return f"{words.get(along, 'its ' + along)} [dim]{found.method}[/dim]"


def _table(found: Decomposition, most: int) -> None:
    effects = list(found.effects)
    alone = found.method == "lmdi" and len(found.parts) == 1
    table = Table("" if alone else "member", *(() if alone else ("then", "now")), *effects, box=None, header_style="bold")
    for part in found.parts[:most]:
        values = () if alone else (cell(part.then), cell(part.now))
        table.add_row("effect" if alone else part.member, *values, *(_signed(part.effects.get(one)) for one in effects))
    for name, rest in found.rests.items():
        table.add_row(f"({name})", *(() if alone else ("", "")), *([_signed(rest)] + [""] * (len(effects) - 1)))
    out.print(table)
    out.print("")


def _warn(told: tuple[Caution, ...]) -> None:
    for one in told:
        facts: Mapping[str, Any] = {key: cell(value) for key, value in one.facts.items() if key != "by"}
        said = _SAID[one.code].format(members=", ".join(one.members[:5]), by=" and ".join(one.facts.get("by", ("member",))), **facts)
        out.print(f"careful: {said}", highlight=False, markup=False, soft_wrap=True)


def _signed(value: float | None) -> str:
    return (
        "" if value is None else f"{'+' if value >= 0 else '−'}{cell(abs(value))}" if abs(value) >= 0.005 or not value else f"{value:+.4g}"
    )
