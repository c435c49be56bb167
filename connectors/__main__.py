"""`python -m connectors`: load what the sources hold, and tell about it."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

from connectors import console
from data.errors import Problem, is_interrupt


def main(arguments: list[str] | None = None) -> int:
    """Runs one command; 0 when it worked, 1 when a source could not be loaded, 2 for a wrong call or file."""
    options = _parser().parse_args(arguments)
    try:
        return int(options.run(options))
    except Problem as problem:
        console.problem(problem, as_json=options.json)
        return 2
    except (KeyboardInterrupt, RuntimeError) as error:
        if not is_interrupt(error):
            raise
        return 0 if getattr(options, "every", None) or options.run is console.work else 130


def _audit(*draft: Any) -> dict[str, Any]:
    from metrics import audit  # here only: the other commands need no metrics

    return audit.at_publish(*draft)


def _beside(root: Path) -> Callable[[], None]:
    watch: Callable[[], None] | None = None

    def look() -> None:
        nonlocal watch
        if watch is None and (root / "alerts").is_dir():
            from metrics.insight.alerts import watch as alert_watch  # a worker without alerts needs no metrics

            watch = alert_watch.watching(root)
        if watch is not None:
            watch()

    return look


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m connectors", description="Loads the sources that sources.yml names into the store.")
    commands = parser.add_subparsers(required=True, metavar="COMMAND")

    def command(name: str, run: object, summary: str, more: str = "") -> argparse.ArgumentParser:
        made = commands.add_parser(name, help=summary, description=f"{summary} {more}".strip())
        made.add_argument("--json", action="store_true", help="print one JSON object, for programs")
        made.set_defaults(run=run)
        return made

    sync = command(
        "sync",
        console.sync,
        "Load what is new, and publish it as one generation.",
        "A source that fails is left as it was and told of; the others are published. Exits 1 when a source failed.",
    )
    sync.add_argument("names", nargs="*", metavar="NAME", help="only these sources; all when left out")
    sync.add_argument("--every", type=console.seconds, metavar="60s", help="again and again, with this pause: 30s, 5m, 1h")
    sync.set_defaults(audit=_audit)
    sync.add_argument("--full", action="store_true", help="read every file again, also those that did not change")
    command("list", console.connectors, "The connectors that exist.")
    init = command("init", console.init, "Write a commented block for a new source into sources.yml.")
    init.add_argument("name", metavar="NAME", help="the name of the source")
    init.add_argument("--connector", default="files", metavar="CONNECTOR", help="one of those that `list` shows (default: files)")
    check = command(
        "check",
        console.check,
        "Show what a source would load, without loading it.",
        "The first five rows of each table, rejects and findings.",
    )
    check.add_argument("name", metavar="NAME", help="the name of the source")
    work = command(
        "work",
        console.work,
        "Do what pages ask for, such as a load; the app starts this by itself.",
        "Requests wait in the journal; several workers share them. Between them it runs the alerts and sends their messages.",
    )
    work.add_argument("--once", action="store_true", help="end when nothing waits")
    work.set_defaults(audit=_audit, beside=_beside)
    command("status", console.status, "The sources that are configured, and their last sync.")
    return parser


if __name__ == "__main__":
    sys.exit(main())
