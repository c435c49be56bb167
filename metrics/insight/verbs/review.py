"""`review`: a business review of the workspace, or the 6-12 of a plain file of daily numbers."""

from __future__ import annotations

import argparse
import calendar
import sys
from collections.abc import Callable, Mapping
from dataclasses import asdict
from datetime import date
from pathlib import Path
from typing import Any

import metrics
from data.errors import Problem
from data.journal import Journal, Snapshot, open_journal
from metrics.console import print_json
from metrics.insight.review import daily_file, review
from metrics.insight.review import frozen as review_frozen
from metrics.insight.review import templates as review_templates
from metrics.insight.review.model import Review
from metrics.insight.review.weeks import axis
from metrics.layer import Layer

#: What a file of each form is called on the command line.
FORMS = ("html", "pdf", "markdown")
#: Options that only a file has, and those that only the workspace has.
_OF_FILE = ("fiscal_year_end", "aggregate", "formula", "where", "months")
_OF_WORKSPACE = ("month", "release", *FORMS, "freeze", "frozen")
_MONTHS = {name.casefold(): number for number in range(1, 13) for name in (calendar.month_name[number], calendar.month_abbr[number])}

#: Writes a review as a file, and what was frozen of it.
Writer = Callable[[Review, Snapshot | None], bytes]

#: What writes a review as a file of each form; the composition root hands it in, for words and looks belong to the pages.
_writers: Mapping[str, Writer] = {}


def offer(writers: Mapping[str, Writer]) -> None:
    """Says what writes a review as a file: by form (html, pdf, markdown)."""
    global _writers
    _writers = writers


def options(parser: argparse.ArgumentParser) -> None:
    """The options of the verb."""
    parser.add_argument(
        "--template", default="weekly", metavar="NAME", help="weekly, monthly, quarterly, launch, or one of your own (weekly)"
    )
    parser.add_argument("--week-ending", type=_day, metavar="D", help="last day of the week; default: the last one that is wholly loaded")
    parser.add_argument("--month", metavar="M", help="the month (2026-11) of a monthly or quarterly review")
    parser.add_argument("--release", metavar="NAME", help="the release that a launch review is about; default: the newest")
    for form in FORMS:
        parser.add_argument(f"--{form}", metavar="FILE", help=f"write it as {form.upper() if form != 'markdown' else 'Markdown'}")
    parser.add_argument("--freeze", action="store_true", help="keep it in the journal as it is; needs --author")
    parser.add_argument("--author", default="", metavar="NAME", help="who freezes it")
    parser.add_argument("--frozen", metavar="ID", help="one that was frozen, and what has changed since")
    parser.add_argument("--values", metavar="FILE", help="a CSV of days and daily numbers in place of the workspace")
    parser.add_argument("--fiscal-year-end", type=_month, metavar="MONTH", help="with --values: last month of the year (12)")
    parser.add_argument(
        "--aggregate", action="append", metavar="HOW", help="with --values: sum, mean, last, min or max; or COLUMN=HOW for one"
    )
    parser.add_argument(
        "--formula", action="append", metavar="TEXT", help='with --values: such as "cvr = orders / visits"; may be repeated'
    )
    parser.add_argument("--where", metavar="COLUMN=WORD", help="with --values: only the rows that have this word in this column")
    parser.add_argument("--months", choices=("trailing", "fiscal"), help="with --values: what the twelve months are (trailing)")


def run(args: argparse.Namespace) -> int:
    """Makes the review and prints it, or writes and freezes it."""
    _check(args)
    if args.values:
        return _values(args)
    layer = metrics.open()
    book = open_journal(layer.workspace.root)
    if args.frozen:
        return _frozen(args, layer, book)
    template = review_templates.shelf(layer.workspace, layer.metrics).named(args.template)
    made = review(layer, template, week_ending=args.week_ending, month=args.month, release=args.release, journal=book)
    snapshot = _kept(made, book, args.author) if args.freeze else None
    told: dict[str, Any] = {"frozen": snapshot.id} if snapshot else {}
    return _told(args, made, told, snapshot)


def _check(args: argparse.Namespace) -> None:
    """Raises Problem for an option that would be passed over: of a file without one, of the workspace beside a file."""
    given = _OF_WORKSPACE if args.values else _OF_FILE
    passed = next((name for name in given if getattr(args, name)), None)
    if passed is not None:
        said = "does not go with --values" if args.values else "goes with --values alone"
        remedy = "Leave one of them out." if args.values else "The workspace says this in sources.yml and its templates."
        raise Problem(f"--{passed.replace('_', '-')} {said}", remedy=remedy)


def _frozen(args: argparse.Namespace, layer: Layer, book: Journal) -> int:
    snapshot = book.reviews.get(args.frozen)
    then = review_frozen.opened(snapshot)
    told: dict[str, Any] = {"frozen": snapshot.id, "author": snapshot.author, "written_at": snapshot.written_at}
    if layer.generation() is not None:
        now = review_frozen.again(layer, then, book)
        told["changed"] = [asdict(one) for one in review_frozen.changed(then, now)] if now else None
    return _told(args, then, told, snapshot)


def _kept(made: Review, book: Journal, author: str) -> Snapshot:
    if not author.strip():
        raise Problem("a review is frozen by somebody", remedy="Add --author NAME.")
    return review_frozen.freeze(made, book, author)


def _told(args: argparse.Namespace, made: Review, told: Mapping[str, Any], snapshot: Snapshot | None) -> int:
    """Writes the files that were asked for; prints JSON, or Markdown when there is no file."""
    files = {form: getattr(args, form) for form in FORMS if getattr(args, form)}
    for form, path in files.items():
        try:
            Path(path).write_bytes(_writers[form](made, snapshot))
        except OSError as error:
            raise Problem(f"cannot write {path}: {error.strerror}") from None
    if args.json:
        print_json({**told, **made.to_dict()})
    elif not files:
        sys.stdout.write(_writers["markdown"](made, snapshot).decode())
    elif told.get("frozen"):
        sys.stdout.write(f"frozen as {told['frozen']}\n")
    return 0


def _values(args: argparse.Namespace) -> int:
    daily = daily_file.read(Path(args.values), args.where)
    if args.week_ending is None:
        raise Problem("a file of numbers needs --week-ending", remedy="Add --week-ending 2026-11-22.")
    year_end = args.fiscal_year_end or 12
    of = axis(args.week_ending, fiscal_start=year_end % 12 + 1, months=args.months or "trailing")
    how = daily_file.aggregates(args.aggregate or [], list(daily.columns))
    found = daily_file.reviewed(daily, of, how, daily_file.formulas(args.formula or [], list(daily.columns)))
    shared = ("week_ending", "weeks", "months")
    print_json(
        {
            "week_ending": of.ending,
            "fiscal_year_end": year_end,
            "weeks": [pair.now.last for pair in of.weeks],
            "months": [f"{pair.now.first:%Y-%m}" for pair in of.months],
            "words": daily.words,
            "columns": {name: {key: value for key, value in asdict(one).items() if key not in shared} for name, one in found.items()},
        }
    )
    return 0


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise argparse.ArgumentTypeError(f'"{text}" is no day; write 2026-11-22') from None


def _month(text: str) -> int:
    number = int(text) if text.isdigit() else _MONTHS.get(text.casefold(), 0)
    if not 1 <= number <= 12:
        raise argparse.ArgumentTypeError(f'"{text}" is no month; write 12, dec or december')
    return number
