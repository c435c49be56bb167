"""`priorities`: the candidates ranked by a framework, or objectives with their key results; what the page Priorities shows."""

from __future__ import annotations

import argparse
from datetime import date
from typing import Any

from rich.table import Table

import metrics
from data.journal import open_journal
from metrics import columns
from metrics.console import cell, out, print_json
from metrics.insight import priorities
from metrics.insight.priorities import Ranking, frameworks, key_results, realised
from metrics.insight.priorities.candidates import KINDS
from metrics.insight.priorities.frameworks import OKR, Framework
from metrics.insight.priorities.realised import Judged
from metrics.made_of import facts_of, leaves

_MARKS = {"data": "", "person": "*", "assumed": "?", "missing": ""}


def options(parser: argparse.ArgumentParser) -> None:
    """The options of the verb."""
    parser.add_argument(
        "--framework", default="rice", metavar="NAME", help=f"rice (default), wsjf, value_effort, opportunity, {OKR} or your own"
    )
    parser.add_argument("--kind", action="append", choices=KINDS, help="candidates of this kind alone; may be repeated")
    parser.add_argument("--since", type=_day, metavar="DAY", help="first day of the span, inclusive; default: 28 days before --until")
    parser.add_argument(
        "--until", type=_day, metavar="DAY", help="day at which the span ends, exclusive; default: the first one not loaded"
    )
    parser.add_argument("--where", metavar="SQL", help="a condition on accounts, such as \"account.plan = 'pro'\"")


def run(args: argparse.Namespace) -> int:
    """Prints the ranking."""
    layer = metrics.open()
    for fact in facts_of(leaves(("mrr",), layer.metrics).values()) if args.where else ():
        columns.condition(fact, args.where)  # a ranking of dashes would be no answer to a wrong one
    book = open_journal(layer.workspace.root)
    pool = priorities.open_pool(layer, book, since=args.since, until=args.until, where=args.where)
    if args.framework == OKR:
        found = key_results.objectives(layer, book, pool.candidates, pool.data.since, pool.data.until)
        if args.json:
            print_json({"framework": OKR, "objectives": [one.to_dict() for one in found]})
        else:
            _print_objectives(found)
        return 0
    framework = frameworks.shelf(layer.workspace).named(args.framework, also=(OKR,))
    ranking = pool.ranking(framework, book.priorities.in_force()).only(args.kind or KINDS)
    judged = realised.judged(layer, framework, book.priorities.chosen(), pool.data.until)
    if args.json:
        print_json({**ranking.to_dict(), "judged": judged.to_dict()})
    else:
        _print(ranking, framework, judged)
    return 0


def _print(ranking: Ranking, framework: Framework, judged: Judged) -> None:
    table = Table("rank", "score", "kind", "candidate", *framework.fields, box=None, header_style="bold")
    for row in ranking.rows:
        values = [f"{cell(_round(one.value))}{_MARKS[one.origin]}" for one in row.cells.values()]
        table.add_row(cell(row.rank), cell(_round(row.score)), row.candidate.kind, row.candidate.name, *values)
    out.print(table)
    out.print(f"[dim]{framework.label} = {framework.formula.text} · {framework.source}[/dim]", highlight=False)
    out.print(f"[dim]{ranking.since} until {ranking.until} (exclusive) · * set by a person · ? assumed[/dim]", highlight=False)
    for name, problem in ranking.problems.items():
        out.print(f"[dim]not asked: {name}: {problem}[/dim]", highlight=False)
    if judged.outcomes:
        said = f"Spearman {judged.correlation:.2f}" if judged.correlation is not None else "too few to say how well estimates ranked"
        out.print(f"{len(judged.outcomes)} chosen, {judged.n} judged by {judged.field}: {said}", highlight=False)


def _print_objectives(found: tuple[key_results.Objective, ...]) -> None:
    table = Table("objective", "key result", "start", "now", "target", "progress", "time gone", "status", box=None, header_style="bold")
    for objective in found:
        for one in objective.results:
            share = "" if one.progress is None else f"{one.progress:.0%}"
            values = (cell(_round(value)) for value in (one.start, one.now, one.target))
            table.add_row(objective.name, one.metric, *values, share, f"{one.elapsed:.0%}", one.status or "")
        for project in objective.projects:
            table.add_row(objective.name, f"[dim]project: {project.name}[/dim]")
    out.print(table)


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise argparse.ArgumentTypeError(f'"{text}" is not a day such as 2026-11-28') from None


def _round(value: Any) -> Any:
    return value if value is None or isinstance(value, int) else float(f"{value:.4g}")
