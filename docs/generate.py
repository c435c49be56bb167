"""Writes the documents that follow from the code: `python -m docs.generate`. The tests say when one no longer fits."""

from __future__ import annotations

import io
import os
import re
from contextlib import redirect_stdout, suppress
from importlib import import_module
from itertools import groupby
from pathlib import Path
from unittest.mock import patch

from metrics import load
from metrics.definition import Metric

DOCS = Path(__file__).parent
ROOT = DOCS.parent
PROGRAMS = {
    "connectors": "Loads a company's data, as its `sources.yml` says.",
    "metrics": "Answers questions about KPIs.",
    "data": "Looks after the store, and makes the demo company.",
}
EXIT_CODES = (
    "Exit codes: 0 it worked; 1 it ran and failed; 2 the call or a file is wrong, and the message says where and what would be right."
)
SHAPES = {
    "validate": '{"errors": 1, "warnings": 0, "findings": [{"level": "error", "message": "…", "file": "metrics/own.yml", "line": 3, '
    '"column": 7, "field": "in", "remedy": "Did you mean events?", "text": "all of it in one line"}]}',
    "show": '{"name", "label", "description", "file", "definition", "lineage": {part: table}, "parts": [{"metric", "kind", "fact", "time", '
    '"table", "feeds": [{"source", "connector", "table", "rows", "loaded_until"}]}], "tests": [{"test", "state": "ok" | "failed" | '
    '"untested", "failures", "generation", "written"}], "drivers", "dimensions", "sql"}',
    "explain": '{"sql", "parameters", "facts", "plan": {"since", "until", "timezone", "grain", "week_start", "generation", "periods", '
    '"complete", "loaded_until", "steps": [{"metric", "cte", "kind", "fact", "table", "time", "route", "why", "since", "until", "windows", '
    '"left_out": {"deleted", "test", "internal"}}]}}',
    "signal": '{"metric", "grain", "period", "verdict": "signal" | "usual" | "cannot_tell", "reason", "numbers", "since", "periods", '
    '"direction": "up" | "down", "good", "size", "strength", "value", "center", "lower", "upper", "model", "signals", "points", "said"}; '
    'of a plain file {"column", "method", "baseline", "center", "average_moving_range" | "median_moving_range", "lower", "upper", '
    '"range_upper", "verdict", "last", "signals", "points": [{"index", "label", "value", "moving_range", "outside", "run", "near", '
    '"range_outside", "signal", "rules"}], "said"}',
    "diff": '{"metric", "grain", "since", "until", "timezone", "generation", "definition": {"before", "after"}, "rows": [{"period", '
    '"before", "after", "change", "complete"}], "affected": [{"name", "label", "changed", "rows", "problem"}]}',
}
COLUMNS = "| Metric | Name | Meaning | Verb | Format | Good | Owner |\n|---|---|---|---|---|---|---|"


def catalogue() -> str:
    """The built-in metrics, a table for each file of definitions."""
    said = [
        "# The built-in metrics",
        "",
        "Written by `python -m docs.generate` from `metrics/definitions/`. How to read them: [metrics](metrics.md).",
        "",
    ]
    built_in = load.catalogue().values()
    for file, metrics in groupby(built_in, key=lambda metric: metric.file):
        said += [f"## {Path(file).stem.replace('_', ' ').capitalize()}", "", COLUMNS, *map(_row, metrics), ""]
    return "\n".join(said)


def command_line() -> str:
    """What each program and each of its verbs says of itself."""
    said = ["# The command line", "", "Written by `python -m docs.generate` from the programs' own `--help`.", "", EXIT_CODES, ""]
    for program, purpose in PROGRAMS.items():
        said += [f"## python -m {program}", "", purpose, ""]
        for verb in verbs(program):
            said += ["```text", help_of(program, verb).strip(), "```", ""]
            if program == "metrics" and verb in SHAPES:
                said += [f"`--json` prints `{SHAPES[verb]}`.", ""]
    return "\n".join(said)


def help_of(program: str, *verb: str) -> str:
    """The help text, set for a page of 100 columns."""
    said = io.StringIO()
    with patch.dict(os.environ, {"COLUMNS": "100", "NO_COLOR": "1"}), redirect_stdout(said), suppress(SystemExit):
        import_module(f"{program}.__main__").main([*verb, "--help"])
    return said.getvalue()


def verbs(program: str) -> list[str]:
    """The verbs of a program, as its help lists them."""
    return re.findall(r"^    ([a-z][a-z-]*)", help_of(program).split("\noptions:")[0], flags=re.MULTILINE)


def _row(metric: Metric) -> str:
    cells = (metric.label, f"`{metric.name}`", metric.description, f"`{metric.kind}`", metric.format, metric.good, metric.owner)
    return f"| {' | '.join(str(cell or '') for cell in cells)} |"


if __name__ == "__main__":
    (DOCS / "catalogue.md").write_text(catalogue(), encoding="utf-8")
    (DOCS / "command-line.md").write_text(command_line(), encoding="utf-8")
