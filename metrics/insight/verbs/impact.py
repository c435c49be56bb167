"""`impact`: what a release did to adoption, revenue and support."""

from __future__ import annotations

import argparse
import csv
import re
from datetime import date
from pathlib import Path
from typing import Any

from rich.table import Table

import metrics
from data.errors import Problem
from metrics import console
from metrics.console import cell, out, print_json
from metrics.layer import Layer

_COLUMNS = ("unit", "treated", "before", "after")


def options(parser: argparse.ArgumentParser) -> None:
    """The verb's arguments."""
    parser.add_argument("release", nargs="?", metavar="RELEASE", help="its id or its name")
    parser.add_argument("--day", type=date.fromisoformat, metavar="D", help="a release that no source tells of: the day it came")
    parser.add_argument("--feature", action="append", metavar="F", help="with --day, a feature that it changed; may be repeated")
    parser.add_argument("--outcome", action="append", metavar="METRIC", help="what to look at instead of the usual; may be repeated")
    parser.add_argument("--window", default="8w", metavar="8w", help="weeks over which the effect is measured (8w)")
    parser.add_argument("--definition", metavar="FILE|-", help="unsaved definitions, as YAML or JSON, over the saved ones")
    text = f"difference in differences of a plain table instead: CSV with the columns {', '.join(_COLUMNS)}"
    parser.add_argument("--values", type=Path, metavar="FILE", help=text)


def run(args: argparse.Namespace) -> int:
    """Prints the effects of a release, or the releases that there are."""
    if args.values:
        return _of_values(args)
    layer = metrics.open()
    layer = layer.over(console.unsaved(args.definition)) if args.definition else layer
    if not args.release and not args.day:
        return _list(layer, args.json)
    from data.journal import open_journal  # the journal and the statistics take a while to import
    from metrics.insight import impact
    from metrics.insight.impact import report

    if args.release and args.day:
        raise Problem("a release is named, or given by its day, not both", remedy="Leave out RELEASE or --day.")
    release = impact.by_hand(layer, args.day, args.feature or ()) if args.day else args.release
    notes = open_journal(layer.workspace.root).annotations.all()
    found = impact.impact(layer, release, outcomes=args.outcome, window=_weeks(args.window), notes=notes)
    if args.json:
        print_json(report.to_dict(found))
    else:
        _print(layer, found)
    return 0


def _weeks(written: str) -> int:
    if not (match := re.fullmatch(r"(\d{1,3})w", written)):
        raise Problem(f'"{written}" is no window', remedy="Write weeks, such as 8w.")
    return int(match[1])


def _list(layer: Layer, as_json: bool) -> int:
    found = [one for one in layer.releases(most=100_000) if one.shipped]
    if as_json:
        keys = ("release_id", "name", "kind", "shipped")
        print_json({"releases": [{key: getattr(one, key) for key in keys} | {"features": one.features} for one in found]})
        return 0
    table = Table("id", "name", "kind", "shipped", "features", box=None, header_style="bold")
    for one in found:
        table.add_row(one.release_id, one.name, one.kind or "", str(one.shipped), ", ".join(one.features))
    out.print(table)
    return 0


def _print(layer: Layer, found: Any) -> None:
    from metrics.insight.impact import report

    out.print(f"[bold]{found.release.name}[/bold]  {found.day}", highlight=False)
    out.print(report.reached(found), highlight=False, markup=False)
    for one in found.outcomes:
        out.print(f"{one.area}: [bold]{layer.metrics[one.metric].label}[/bold], {report.said(one)}", highlight=False)
        if told := report.figures(one):
            out.print(f"  [dim]{told}[/dim]", highlight=False)
    for happening in found.happenings:
        out.print(f"[dim]{report.happened(happening)}[/dim]", highlight=False)
    out.print(f"[dim]generation {found.generation} · p corrected by Holm over the outcomes · docs/insight/impact.md[/dim]")


def _of_values(args: argparse.Namespace) -> int:
    """Both textbook estimators over a table of units: the means of each wave, and the changes of those observed in both."""
    import numpy as np

    from metrics.insight.impact.did import of_changes, of_waves

    rows = _read(args.values)

    def wave(treated: bool, column: str) -> Any:
        return np.array([row[column] for row in rows if row["treated"] == treated and row[column] is not None])

    def changes(treated: bool) -> Any:
        both = [row for row in rows if row["treated"] == treated and row["before"] is not None and row["after"] is not None]
        return np.array([row["after"] - row["before"] for row in both])

    samples = {"treated": (wave(True, "before"), wave(True, "after")), "control": (wave(False, "before"), wave(False, "after"))}
    if min(len(one) for pair in (*samples.values(), (changes(True), changes(False))) for one in pair) < 2:
        raise Problem("each group needs two units or more in each wave, and in both", str(args.values))
    found = {"waves": of_waves(samples["treated"], samples["control"]), "units": of_changes(changes(True), changes(False))}
    means = {group: {"before": float(pair[0].mean()), "after": float(pair[1].mean())} for group, pair in samples.items()}
    if args.json:
        print_json({"means": means} | {name: vars(one) for name, one in found.items()})
        return 0
    table = Table("", "difference", "standard error", "95 % interval", "p", box=None, header_style="bold")
    for name, one in found.items():
        said = {"waves": "means of each wave", "units": "units in both waves"}[name]
        table.add_row(said, cell(one.value), cell(one.se), f"{cell(one.low)} to {cell(one.high)}", f"{one.p:.3f}")
    out.print(table)
    return 0


def _read(path: Path) -> list[dict[str, Any]]:
    try:
        with path.open(encoding="utf-8", newline="") as given:
            reader = csv.DictReader(given)
            if missing := [name for name in _COLUMNS if name not in (reader.fieldnames or ())]:
                raise Problem(f"the table has no column {', '.join(missing)}", str(path), 1, remedy=f"Its columns: {', '.join(_COLUMNS)}.")
            return [_row(path, line, row) for line, row in enumerate(reader, start=2)]
    except OSError as error:
        raise Problem(f"cannot read {path}: {error.strerror}") from None


def _row(path: Path, line: int, row: dict[str, Any]) -> dict[str, Any]:
    if row["treated"] not in ("0", "1"):
        raise Problem(f'treated is 0 or 1, not "{row["treated"]}"', str(path), line)
    try:
        numbers = {name: float(row[name]) if row[name] else None for name in ("before", "after")}
    except ValueError:
        raise Problem(f'"{row["before"]}" and "{row["after"]}" must be numbers, or empty', str(path), line) from None
    return {"treated": row["treated"] == "1", **numbers}
