"""The command line of the metrics layer: list, show, validate, query, explain, business-time."""

from __future__ import annotations

import argparse
import csv
import json
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from rich.console import Console
from rich.syntax import Syntax
from rich.table import Table

import metrics
from data import schedules, workspace
from data.errors import Problem
from metrics import checks, validate
from metrics.calendar import GRAINS, Calendar, moment
from metrics.explain import definition, lineage, runnable
from metrics.result import Result

_out = Console()


def _list(args: argparse.Namespace) -> int:
    layer = metrics.open()
    keys = ("name", "label", "description", "owner", "good", "kind", "format")
    told = [{key: getattr(metric, key) for key in keys} for metric in layer.metrics.values()]
    if args.json:
        _json({"metrics": told})
        return 0
    table = Table("name", "label", "kind", "format", "owner", box=None, header_style="bold")
    table.columns[0].no_wrap = True
    for one in told:
        table.add_row(*(str(one[key] or "") for key in ("name", "label", "kind", "format", "owner")))
    _out.print(table)
    return 0


def _show(args: argparse.Namespace) -> int:
    layer = metrics.open()
    metric = validate.known(args.name, layer.metrics)
    sql = layer.compile(args.name, grain="week").sql if layer.generation() else None
    told = {
        "name": metric.name,
        "label": metric.label,
        "description": metric.description,
        "file": f"{metric.file}:{metric.line}",
        "definition": definition(metric),
        "lineage": lineage(metric.name, layer.metrics),
        "tests": list(metric.tests),
        "dimensions": layer.dimensions(metric.name),
        "sql": sql or "",
    }
    if args.json:
        _json(told)
        return 0
    _out.print(f"[bold]{metric.label}[/bold]  {metric.description or ''}\n[dim]{told['file']}[/dim]\n")
    _out.print(Syntax(definition(metric), "yaml", background_color="default"))
    _out.print("Counts: " + ", ".join(f"{name} in {table}" for name, table in lineage(metric.name, layer.metrics).items()))
    _out.print("Dimensions: " + ", ".join(layer.dimensions(metric.name)) + "\n", highlight=False)
    if sql:
        _out.print(Syntax(sql, "sql", background_color="default"))
    return 0


def _validate(args: argparse.Namespace) -> int:
    layer = metrics.open()
    found = validate.findings(layer.workspace, Path(args.file) if args.file else None)
    if not args.file and not any(one.level == "error" for one in found):
        found += [
            validate.Finding("error", metric.problem(said)) for metric in layer.metrics.values() for said in checks.failures(layer, metric)
        ]
    if args.json:
        _json({"findings": [{"level": one.level, "message": str(one.problem)} for one in found]})
    for one in [] if args.json else found:
        _out.print(f"{one.level}: {one.problem}", highlight=False, markup=False, soft_wrap=True)
    wrong = sum(one.level == "error" for one in found)
    if not args.json:
        _out.print(f"{wrong} errors, {len(found) - wrong} warnings", highlight=False)
    return 1 if wrong else 0


def _query(args: argparse.Namespace) -> int:
    result = metrics.open().query(*args.names, **_options(args))
    if args.json:
        _json(result.to_dict())
    elif args.csv:
        rows = result.to_dict()["rows"]
        writer = csv.DictWriter(sys.stdout, list(rows[0]) if rows else [])
        writer.writeheader()
        writer.writerows(rows)
    else:
        _print(result)
    return 0


def _explain(args: argparse.Namespace) -> int:
    layer = metrics.open()
    compiled = layer.compile(*args.names, **{key: value for key, value in _options(args).items() if key != "top"})
    if args.json:
        _json({"sql": compiled.sql, "parameters": compiled.parameters, "facts": compiled.facts})
        return 0
    sys.stdout.write(runnable(compiled.sql, compiled.parameters) + "\n")
    return 0


def _business_time(args: argparse.Namespace) -> int:
    schedule = schedules.known(workspace.load().schedules, args.schedule)
    calendar = Calendar(ZoneInfo(schedule.versions[-1].timezone))
    began, ended = moment(args.began, calendar), moment(args.ended, calendar)
    seconds = schedule.passed(began, ended, last=args.last).total_seconds()
    seconds = int(seconds) if seconds.is_integer() else seconds
    if ended.timestamp() < began.timestamp():
        sys.stderr.write("TO is before FROM: no business time has passed\n")
    told = {"schedule": schedule.name, "from": began.isoformat(), "to": ended.isoformat(), "seconds": seconds}
    if args.json:
        _json(told)
    else:
        sys.stdout.write(f"{seconds}\n")
    return 0


def _options(args: argparse.Namespace) -> dict[str, Any]:
    options = {key: getattr(args, key) for key in ("grain", "since", "until", "top", "where", "compare", "week_start", "timezone")}
    options["by"] = tuple(args.by or ())
    if args.definition:
        try:
            options["definitions"] = sys.stdin.read() if args.definition == "-" else Path(args.definition).read_text(encoding="utf-8")
        except OSError as error:
            raise Problem(f"cannot read {args.definition}: {error.strerror}") from None
    return options


def _print(result: Result) -> None:
    rows = result.to_dict()["rows"]
    table = Table(*(rows[0] if rows else result.metrics), box=None, header_style="bold")
    for row in rows:
        shown = [
            f"{value:,.2f}".rstrip("0").rstrip(".") if isinstance(value, float) else "–" if value is None else str(value)
            for value in row.values()
        ]
        table.add_row(*shown, style="" if row["complete"] else "dim")
    _out.print(table)
    ages = ", ".join(f"{fact} until {moment:%Y-%m-%d %H:%M %Z}" for fact, moment in result.loaded_until.items() if moment)
    _out.print(f"[dim]generation {result.generation} · {ages or 'nothing loaded'} · dim rows are not final[/dim]")


def _json(told: Any) -> None:
    sys.stdout.write(json.dumps(told, ensure_ascii=False, indent=2, default=str) + "\n")


def _request_options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("names", nargs="+", metavar="NAME", help="one metric or more")
    parser.add_argument("--grain", choices=GRAINS, help="one row a period; without it one row for the whole range")
    parser.add_argument("--since", help="first day (or time), inclusive; default: twelve periods before --until")
    parser.add_argument("--until", help="day (or time) at which the range ends, exclusive; default: the first moment not loaded")
    parser.add_argument(
        "--by", action="append", metavar="DIM", help="a dimension such as account.plan, feature_id or attrs.key; may be repeated"
    )
    parser.add_argument("--top", type=int, metavar="N", help='keep the N largest members and gather the rest under "Other"')
    parser.add_argument("--where", metavar="SQL", help="a condition, such as \"account.plan = 'pro'\"")
    parser.add_argument("--compare", metavar="WITH", help="previous, year, or a shift such as 7d")
    parser.add_argument("--definition", metavar="FILE|-", help="unsaved definitions, as YAML or JSON, over the saved ones")
    parser.add_argument("--week-start", choices=("monday", "sunday"), help="default: the company's")
    parser.add_argument("--timezone", metavar="TZ", help="default: the company's")


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m metrics", description="Product KPIs from the workspace's data.")
    verbs = parser.add_subparsers(required=True, metavar="VERB")

    def verb(name: str, run: Callable[[argparse.Namespace], int], text: str) -> argparse.ArgumentParser:
        made = verbs.add_parser(name, help=text, description=text)
        made.set_defaults(run=run)
        made.add_argument("--json", action="store_true", help="print JSON")
        return made

    verb("list", _list, "The metrics that exist.")
    verb("show", _show, "One metric: definition, lineage, dimensions, SQL.").add_argument("name", metavar="NAME")
    text = "Check definitions, and the tests they carry on the loaded data; exit 1 when one is wrong."
    verb("validate", _validate, text).add_argument("file", nargs="?", metavar="FILE")
    query = verb("query", _query, "Values of metrics.")
    _request_options(query)
    query.add_argument("--csv", action="store_true", help="print CSV")
    _request_options(verb("explain", _explain, "The SQL of a query, ready to run, without running it."))
    text = "Seconds of business time between two moments, by a schedule of sources.yml."
    business = verb("business-time", _business_time, text)
    business.add_argument("--schedule", default=schedules.DEFAULT, metavar="NAME", help="default: the one called default")
    business.add_argument("--last", action="store_true", help="measure all by the last schedule in force; default: each while it was")
    business.add_argument("began", metavar="FROM", help="a day or a time; without an offset on the schedule's clock")
    business.add_argument("ended", metavar="TO", help="a day or a time; before FROM gives 0")
    return parser


def main(argv: Sequence[str] | None = None) -> int:
    """Runs one verb; 0 when it went well, 1 when it ran and found something wrong, 2 for a wrong call."""
    args = _parser().parse_args(argv)
    try:
        return int(args.run(args))
    except Problem as problem:
        sys.stderr.write(f"{problem}\n")
        return 2


if __name__ == "__main__":
    sys.exit(main())
