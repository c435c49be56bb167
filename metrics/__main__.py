"""The command line of the metrics layer: list, catalogue, show, validate, query, explain, diff, business-time."""

from __future__ import annotations

import argparse
import csv
import sys
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from rich.table import Table

import metrics
from data import schedules, workspace
from data.errors import Problem
from metrics import console
from metrics.asked import Asked
from metrics.calendar import GRAINS, Calendar, moment
from metrics.console import cell, out, print_json
from metrics.dialects import DIALECTS, translate
from metrics.explain import runnable
from metrics.insight import verbs as insight
from metrics.plan import plan
from metrics.result import Result


def _list(args: argparse.Namespace) -> int:
    layer = metrics.open()
    keys = ("name", "label", "description", "owner", "good", "kind", "format")
    told = [{key: getattr(metric, key) for key in keys} for metric in layer.metrics.values()]
    if args.json:
        print_json({"metrics": told})
        return 0
    table = Table("name", "label", "kind", "format", "owner", box=None, header_style="bold")
    table.columns[0].no_wrap = True
    for one in told:
        table.add_row(*(str(one[key] or "") for key in ("name", "label", "kind", "format", "owner")))
    out.print(table)
    return 0


def _catalogue(args: argparse.Namespace) -> int:
    from metrics import handbook  # here only: the other verbs write no document

    layer = metrics.open()
    form = args.form or ("html" if str(args.file or "").endswith((".html", ".htm")) else "markdown")
    text = {"html": handbook.html, "markdown": handbook.markdown}[form](layer.workspace.company.name, layer.metrics)
    if args.json:
        print_json({"form": form, "text": text})
    elif args.file is None:
        sys.stdout.write(text)
    else:
        Path(args.file).write_text(text, encoding="utf-8")
    return 0


def _query(args: argparse.Namespace) -> int:
    result = metrics.open().query(*args.names, **_options(args))
    if args.json:
        print_json(result.to_dict())
    elif args.csv:
        rows = result.to_dict()["rows"]
        writer = csv.DictWriter(sys.stdout, list(rows[0]) if rows else [])
        writer.writeheader()
        writer.writerows(rows)
    else:
        _print(result)
    return 0


def _explain(args: argparse.Namespace) -> int:
    layer, options = metrics.open(), _options(args)
    unsaved = options.pop("definitions", None)
    told = plan(layer, tuple(args.names), Asked(**options), unsaved)
    compiled = layer.compile(*args.names, definitions=unsaved, **{key: value for key, value in options.items() if key != "top"})
    if args.json:
        sql, parameters = translate(compiled.sql, compiled.parameters, args.dialect)
        print_json({"sql": sql, "parameters": parameters, "facts": compiled.facts, "plan": told.to_dict()})
        return 0
    sql, _ = translate(runnable(compiled.sql, compiled.parameters), {}, args.dialect)
    sys.stdout.write("\n".join([*(f"-- {line}" for line in told.lines()), sql, ""]))
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
        print_json(told)
    else:
        sys.stdout.write(f"{seconds}\n")
    return 0


def _options(args: argparse.Namespace) -> dict[str, Any]:
    options = {key: getattr(args, key) for key in ("grain", "since", "until", "top", "where", "compare", "week_start", "timezone")}
    options["by"] = tuple(args.by or ())
    if args.definition:
        options["definitions"] = console.unsaved(args.definition)
    return options


def _print(result: Result) -> None:
    rows = result.to_dict()["rows"]
    table = Table(*(rows[0] if rows else result.metrics), box=None, header_style="bold")
    for row in rows:
        table.add_row(*map(cell, row.values()), style="" if row["complete"] else "dim")
    out.print(table)
    for name, reading in result.readings.items():
        out.print(f"[dim]{name}: {reading}[/dim]", highlight=False)
    ages = ", ".join(f"{fact} until {moment:%Y-%m-%d %H:%M %Z}" for fact, moment in result.loaded_until.items() if moment)
    dim = "" if result.complete else " · dim rows are not final"
    out.print(f"[dim]generation {result.generation} · {ages or 'nothing loaded'}{dim}[/dim]")


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


def _parser(asked: str) -> argparse.ArgumentParser:
    """The parser of every verb; of those that give insight only the one that is asked for has its options."""
    parser = argparse.ArgumentParser(prog="python -m metrics", description="Product KPIs from the workspace's data.")
    verbs = parser.add_subparsers(required=True, metavar="VERB")

    def verb(name: str, run: Callable[[argparse.Namespace], int], text: str) -> argparse.ArgumentParser:
        made = verbs.add_parser(name, help=text, description=text)
        made.set_defaults(run=run)
        made.add_argument("--json", action="store_true", help="print JSON")
        return made

    verb("list", _list, "The metrics that exist.")
    catalogue = verb("catalogue", _catalogue, "All metrics as one document: meaning, owner, what each is made of and used by, definition.")
    catalogue.add_argument("file", nargs="?", metavar="FILE", help="where to write it; printed when left out")
    catalogue.add_argument("--form", choices=("html", "markdown"), help="default: by the end of the file's name, else markdown")
    text = "One metric: definition, lineage from the sources to the number, tests and what they found last, drivers, SQL."
    verb("show", console.show, text).add_argument("name", metavar="NAME")
    text = "Check definitions, the tests they carry on the loaded data, and playbooks; exit 1 when one is wrong."
    verb("validate", console.validate, text).add_argument("file", nargs="?", metavar="FILE")
    query = verb("query", _query, "Values of metrics.")
    _request_options(query)
    query.add_argument("--csv", action="store_true", help="print CSV")
    explain = verb("explain", _explain, "The plan of a query and its SQL, ready to run; only what is left out is counted.")
    _request_options(explain)
    explain.add_argument("--dialect", choices=DIALECTS, default="duckdb", help="the engine that the SQL is for (duckdb)")
    diff = verb("diff", console.diff, "What unsaved definitions do to a metric: each of the last months as it is and as it would be.")
    diff.add_argument("name", metavar="NAME", help="the metric; those that are computed from it are shown too")
    diff.add_argument("--definition", metavar="FILE|-", required=True, help="unsaved definitions, as YAML or JSON")
    diff.add_argument("--grain", choices=GRAINS, default="month", help="one row a period (month)")
    diff.add_argument("--since", help="first day, inclusive; default: twelve periods before --until")
    diff.add_argument("--until", help="day at which the range ends, exclusive; default: the first day not loaded")
    diff.add_argument("--by", action="append", metavar="DIM", help="a dimension; may be repeated")
    text = "Seconds of business time between two moments, by a schedule of sources.yml."
    business = verb("business-time", _business_time, text)
    business.add_argument("--schedule", default=schedules.DEFAULT, metavar="NAME", help="default: the one called default")
    business.add_argument("--last", action="store_true", help="measure all by the last schedule in force; default: each while it was")
    business.add_argument("began", metavar="FROM", help="a day or a time; without an offset on the schedule's clock")
    business.add_argument("ended", metavar="TO", help="a day or a time; before FROM gives 0")
    for name, text in insight.VERBS.items():
        made = verb(name, partial(_insight, name), text)
        if name == asked:
            insight.module(name).options(made)
    return parser


def _insight(name: str, args: argparse.Namespace) -> int:
    """Runs a verb that gives insight; the one that writes files is given what writes them."""
    module = insight.module(name)
    if name == "review":
        module.offer({form: _writer(form) for form in module.FORMS})
    return int(module.run(args))


def _writer(form: str) -> Callable[..., bytes]:
    """What writes a review as a file of this form: the words and looks are those of the pages."""

    def write(*told: Any) -> bytes:
        from pages.components import review_files  # Streamlit takes a second to import: only whoever wants a file waits

        return review_files.WRITERS[form](*told)

    return write


def main(argv: Sequence[str] | None = None) -> int:
    """Runs one verb; 0 when it went well, 1 when it ran and found something wrong, 2 for a wrong call."""
    given = list(sys.argv[1:] if argv is None else argv)
    args = _parser(next(iter(given), "")).parse_args(given)
    try:
        return int(args.run(args))
    except Problem as problem:
        sys.stderr.write(f"{problem}\n")
        return 2


if __name__ == "__main__":
    sys.exit(main())
