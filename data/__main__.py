"""The store from the command line: python -m data generations | rollback N | prune."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Callable
from dataclasses import asdict

from rich.console import Console
from rich.table import Table

from data import status, workspace
from data.errors import Problem
from data.store import Store
from data.writer_lock import Holder

#: What a verb does with its arguments; gives the exit code.
Run = Callable[[argparse.Namespace], int]


def generations(parser: argparse.ArgumentParser) -> Run:
    """List the generations in the store, newest first."""
    parser.add_argument("--json", action="store_true", help="print JSON")

    def run(arguments: argparse.Namespace) -> int:
        found = status.generations_of(_store().layout)
        if arguments.json:
            print(json.dumps({"generations": [asdict(each) for each in found]}, indent=2, default=lambda value: value.isoformat()))
        else:
            _print_generations(found)
        return 0

    return run


def rollback(parser: argparse.ArgumentParser) -> Run:
    """Publish an earlier generation again; the next sync starts from it."""
    parser.add_argument("number", type=int, help="a number that `generations` lists")

    def run(arguments: argparse.Namespace) -> int:
        manifest = _store().rollback(arguments.number, on_wait=_say_who_holds)
        print(f"Generation {manifest.generation} of {manifest.created_at:%Y-%m-%d %H:%M} UTC is published.")
        return 0

    return run


def prune(parser: argparse.ArgumentParser) -> Run:
    """Remove old generations: all but the last five, those of the last hour, the published one and what is being read."""
    parser.add_argument("--keep", type=int, default=5, metavar="N", help="how many of the last to keep (5)")

    def run(arguments: argparse.Namespace) -> int:
        removed = _store().prune(keep=arguments.keep, on_wait=_say_who_holds)
        print(f"Removed {', '.join(map(str, removed))}." if removed else "Nothing to remove.")
        return 0

    return run


#: The verbs. To add one, write a function like the above and name it here.
VERBS: dict[str, Callable[[argparse.ArgumentParser], Run]] = {
    "generations": generations,
    "rollback": rollback,
    "prune": prune,
}


def main(arguments: list[str] | None = None) -> int:
    """Runs one verb; 0 when it worked, 1 when it ran and failed, 2 when the call or a file is wrong."""
    parser = argparse.ArgumentParser(prog="python -m data", description=__doc__)
    verbs = parser.add_subparsers(dest="verb", required=True, metavar="VERB")
    runs = {}
    for name, verb in VERBS.items():
        runs[name] = verb(verbs.add_parser(name, help=verb.__doc__, description=verb.__doc__))
    parsed = parser.parse_args(arguments)
    try:
        return runs[parsed.verb](parsed)
    except Problem as problem:
        print(problem, file=sys.stderr)
        return 2
    except OSError as error:
        print(error, file=sys.stderr)
        return 1


def _store() -> Store:
    found = workspace.load()
    return Store(found.root, found.company.timezone)


def _say_who_holds(holder: Holder) -> None:
    print(f"Waiting for {holder} …", file=sys.stderr)


def _print_generations(found: list[status.GenerationStatus]) -> None:
    table = Table("generation", "created (UTC)", "rows", "rejects", "size", "")
    for each in found:
        created = f"{each.created_at:%Y-%m-%d %H:%M:%S}" if each.created_at else "–"
        mark = each.damage or ("published" if each.is_current else "")
        table.add_row(str(each.number), created, f"{each.rows:,}", f"{each.rejects:,}", f"{each.size / 1e6:,.1f} MB", mark)
    Console().print(table if found else "The store is empty: run `python -m connectors sync`.")


if __name__ == "__main__":
    sys.exit(main())
