"""The store, the demo company and the journal from the command line: demo | generations | rollback N | prune | journal."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Callable
from dataclasses import asdict
from datetime import datetime
from functools import partial
from pathlib import Path
from time import monotonic, sleep
from typing import Any

from rich.console import Console
from rich.progress import Progress
from rich.table import Table

from data import demo as demo_company
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


def demo(parser: argparse.ArgumentParser) -> Run:
    """Make the demo company's files, or bring them up to now. With --every, load them too, again and again."""
    parser.add_argument("--accounts", type=int, metavar="N", help="customers after 18 months (400)")
    parser.add_argument("--events", type=int, metavar="N", help="events of these 18 months, about (500000)")
    parser.add_argument("--seed", type=int, metavar="S", help="another company for each number (7)")
    parser.add_argument("--until", type=_moment, metavar="D", help="a day or a time; later there is nothing (now)")
    parser.add_argument("--every", type=_seconds, metavar="60s", help="keep it alive: write up to now, sync, pause")

    def run(arguments: argparse.Namespace) -> int:
        root = workspace.folder()
        known = demo_company.parameters(root) or {}
        wanted = {name: getattr(arguments, name) or known.get(name) for name in ("accounts", "events")}
        wanted["seed"] = known.get("seed") if arguments.seed is None else arguments.seed
        made = partial(demo_company.write, root, **{name: value for name, value in wanted.items() if value is not None})
        if arguments.every is None:
            return _make_once(root, partial(made, until=arguments.until))
        if arguments.until is not None:
            raise Problem("--until and --every do not go together", remedy="--every follows the clock.")
        return _keep_alive(made, arguments.every)

    return run


def journal(_parser: argparse.ArgumentParser) -> Run:
    """Print all that people wrote (segments, saved views, annotations, targets, changes of definitions, jobs) as JSON."""

    def run(_arguments: argparse.Namespace) -> int:
        from data.journal import open_journal  # here only: the other verbs need no database of this kind

        told = open_journal(workspace.folder()).export()
        print(json.dumps(told, indent=2, ensure_ascii=False, default=lambda value: value.isoformat()))
        return 0

    return run


#: The verbs. To add one, write a function like the above and name it here.
VERBS: dict[str, Callable[[argparse.ArgumentParser], Run]] = {
    "generations": generations,
    "rollback": rollback,
    "prune": prune,
    "demo": demo,
    "journal": journal,
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


def _make_once(root: Path, made: Callable[..., dict[str, Any]]) -> int:
    with Progress(transient=True, disable=not sys.stderr.isatty(), console=Console(stderr=True)) as bar:
        task = bar.add_task("the demo company", total=1.0)
        told = made(progress=lambda path, share: bar.update(task, completed=share, description=path))
    print(f"{root} holds the demo company up to {told['parameters']['until']}. Load it: python -m connectors sync")
    return 0


def _keep_alive(made: Callable[..., dict[str, Any]], pause: float) -> int:
    try:
        while True:
            begun = monotonic()
            until = made()["parameters"]["until"]
            print(until, *_synced(), sep="\n  ", flush=True)
            sleep(max(0.0, pause - (monotonic() - begun)))
    except KeyboardInterrupt:
        return 0


def _synced() -> list[str]:
    """What a sync did, a line each; one that cannot be is told of, and tried again with the next."""
    from connectors.sync import sync  # here only: the other verbs need no connector
    from metrics import audit

    try:
        done = sync(workspace.load(), on_wait=_say_who_holds, audit=audit.at_publish)
    except (Problem, OSError) as problem:
        return [str(problem)]
    return [f"generation {done.generation}", *(f"{source.name}: {source.error}" for source in done.sources if source.error)]


def _moment(text: str) -> datetime:
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        raise argparse.ArgumentTypeError(f"{text!r} is neither a day nor a time; write 2026-01-31 or 2026-01-31T18:00") from None
    return moment if moment.tzinfo else moment.replace(tzinfo=demo_company.TIMEZONE)


def _seconds(text: str) -> float:
    from connectors.console import seconds

    return seconds(text)


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
