"""What the command line prints of definitions: one of them in full, what is wrong with them, what a change of one does."""

from __future__ import annotations

import argparse
import difflib
import json
import sys
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.syntax import Syntax
from rich.table import Table

import metrics
from data.errors import Problem
from metrics import audit, checks, lineage
from metrics import diff as diffs
from metrics import validate as lint
from metrics.definition import Metric
from metrics.diff import Diff, Row
from metrics.explain import definition, readings
from metrics.explain import lineage as tables
from metrics.layer import Layer
from metrics.load import MAX_UNSAVED
from metrics.promises import shown

out = Console()


def show(args: argparse.Namespace) -> int:
    """`show`: everything that is known of one metric."""
    layer = metrics.open()
    metric = lint.known(args.name, layer.metrics)
    told = {
        "name": metric.name,
        "label": metric.label,
        "description": metric.description,
        "file": f"{metric.file}:{metric.line}",
        "definition": definition(metric),
        "readings": readings((metric.name,), layer.metrics),
        "lineage": tables(metric.name, layer.metrics),
        "parts": [part.to_dict() for part in lineage.parts(layer, metric.name)],
        "tests": _tests(layer, metric),
        "drivers": list(metric.drivers),
        "dimensions": layer.dimensions(metric.name),
        "sql": layer.compile(args.name, grain="week").sql if layer.generation() else "",
    }
    if args.json:
        print_json(told)
    else:
        _print_metric(told)
    return 0


def _tests(layer: Layer, metric: Metric) -> list[dict[str, Any]]:
    """Each test, and what it found when the published generation was made: ok, failed, or untested since the definition changed."""
    verdict = audit.standing(layer).get(metric.name)
    outcomes = (verdict and verdict.outcomes) or (None,) * len(metric.tests)
    return [
        {
            "test": shown(test),
            "state": "untested" if outcome is None else "failed" if outcome.failures else "ok",
            "failures": list(outcome.failures) if outcome else [],
            "generation": layer.generation() if outcome else None,
            "written": test,
        }
        for test, outcome in zip(metric.tests, outcomes, strict=True)
    ]


def _print_metric(told: dict[str, Any]) -> None:
    out.print(f"[bold]{told['label']}[/bold]  {told['description'] or ''}\n[dim]{told['file']}[/dim]\n")
    _code(told["definition"], "yaml")
    lines = [*(f"{name}: {reading}" for name, reading in told["readings"].items()), "Comes from:"]
    for part in told["parts"]:
        lines.append(f"  {part['metric']}: {part['kind']} over {part['fact']} at {part['time']} ← table {part['table']}")
        for feed in part["feeds"]:
            until = feed["loaded_until"] or "?"
            lines.append(
                f"    ← source {feed['source']} ({feed['connector'] or 'no longer configured'}): {feed['rows']:,} rows until {until}"
            )
    lines += ["Tests:", *(f"  {test['state']}: {'; '.join([test['test'], *test['failures']])}" for test in told["tests"])]
    lines += [f"Drivers: {', '.join(told['drivers']) or 'none named'}", f"Dimensions: {', '.join(told['dimensions'])}", ""]
    out.print("\n".join(lines), highlight=False, markup=False, soft_wrap=True)
    if told["sql"]:
        _code(told["sql"], "sql")


def validate(args: argparse.Namespace) -> int:
    """`validate`: what is wrong with definitions, playbooks, reviews and alert rules, and which tests fail; 1 for an error."""
    layer = metrics.open()
    found = _found(layer, Path(args.file) if args.file else None)
    wrong = sum(one.level == "error" for one in found)
    if args.json:
        print_json({"errors": wrong, "warnings": len(found) - wrong, "findings": [one.to_dict() for one in found]})
        return 1 if wrong else 0
    for one in found:
        out.print(f"{one.level}: {one.problem}", highlight=False, markup=False, soft_wrap=True)
    out.print(f"{wrong} errors, {len(found) - wrong} warnings", highlight=False)
    return 1 if wrong else 0


def _found(layer: Layer, file: Path | None) -> list[lint.Finding]:
    """What is wrong with one file, or with all of them and the tests of definitions."""
    from metrics.insight.actions import playbooks  # here only: with the journal they take longer to import than other verbs to answer
    from metrics.insight.alerts import lint as alert_lint
    from metrics.insight.priorities import frameworks
    from metrics.insight.review import templates as review_templates

    folder = file.resolve().parent if file is not None else None
    if folder == layer.workspace.alerts.resolve():
        return alert_lint.findings(layer, file)
    if file is not None and folder == layer.workspace.playbooks.resolve():
        return [one for one in playbooks.findings(layer.workspace, layer.metrics) if Path(str(one.problem.file)).name == file.name]
    found = lint.findings(layer.workspace, file)
    if file is None and not any(one.level == "error" for one in found):
        found += [
            lint.Finding("error", layer.metrics[name].problem(said, key="tests"))
            for name, verdict in checks.judge(layer).items()
            for said in verdict.failures
        ]
        found += playbooks.findings(layer.workspace, layer.metrics) + alert_lint.findings(layer)
        shelves = (review_templates.shelf(layer.workspace, layer.metrics), frameworks.shelf(layer.workspace))
        found += [lint.Finding("error", problem) for shelf in shelves for problem in shelf.problems]
    return found


def diff(args: argparse.Namespace) -> int:
    """`diff`: what unsaved definitions do to a metric and to all that is computed from it."""
    options = {"grain": args.grain, "since": args.since, "until": args.until, "by": tuple(args.by or ())}
    told = diffs.diff(metrics.open(), args.name, unsaved(args.definition), **options)
    if args.json:
        print_json(told.to_dict())
    else:
        _print_diff(told)
    return 0


def _print_diff(told: Diff) -> None:
    lines = difflib.unified_diff((told.before or "").splitlines(), told.after.splitlines(), "saved", "unsaved", lineterm="", n=20)
    _code("\n".join(lines) or "The definition is the same.", "diff")
    out.print(_rows(told.rows))
    for one in told.affected:
        changed = sum(row.differs for row in one.rows)
        said = f"{one.metric.name} is computed from it: " + (one.problem or f"{changed} of {len(one.rows)} rows change")
        out.print(said, highlight=False, markup=False)
        if changed:
            out.print(_rows([row for row in one.rows if row.differs]))
    out.print(f"[dim]generation {told.result.generation} · dim rows are not final[/dim]")


def _rows(rows: Any) -> Table:
    table = Table(*(rows[0].keys if rows else ()), "before", "after", "change", box=None, header_style="bold")
    for row in rows:
        table.add_row(*_cells(row), style="" if row.complete else "dim")
    return table


def _cells(row: Row) -> list[str]:
    return [cell(value) for value in (*row.keys.values(), row.before, row.after, row.change)]


def _code(text: str, language: str) -> None:
    """Coloured on a terminal; elsewhere as it is, so that no line is cut."""
    if out.is_terminal:
        out.print(Syntax(text, language, background_color="default", word_wrap=True))
    else:
        sys.stdout.write(f"{text}\n")


def cell(value: Any) -> str:
    """A value in a table on the terminal."""
    return f"{value:,.2f}".rstrip("0").rstrip(".") if isinstance(value, float) else "–" if value is None else str(value)


def unsaved(named: str) -> str:
    """The text of `--definition`: a file, or `-` for standard input. Raises Problem when it cannot be read, or is far too long."""
    try:
        # What is longer than this is refused, so no more needs to be read.
        if named == "-":
            return sys.stdin.read(MAX_UNSAVED + 1)
        with Path(named).open(encoding="utf-8") as given:
            return given.read(MAX_UNSAVED + 1)
    except OSError as error:
        raise Problem(f"cannot read {named}: {error.strerror}") from None
    except UnicodeDecodeError:
        raise Problem(f"{named} is not UTF-8 text", remedy="Save it as UTF-8.") from None


def print_json(told: Any) -> None:
    """Prints an answer for programs."""
    sys.stdout.write(json.dumps(told, ensure_ascii=False, indent=2, default=str) + "\n")
