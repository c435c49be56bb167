"""What the command line prints: progress and tables on a terminal, quiet lines elsewhere, JSON for programs."""

from __future__ import annotations

import argparse
import json
import re
import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict
from datetime import datetime
from threading import Event
from typing import TYPE_CHECKING, Any

from rich.console import Console
from rich.progress import BarColumn, Progress, SpinnerColumn, TextColumn, TimeElapsedColumn
from rich.table import Table

from connectors import CONNECTORS, connector, preview, template
from connectors import sync as syncing
from connectors.context import Progress as Tell
from connectors.context import silent
from connectors.sync import Result
from data import status as loaded
from data import workspace as workspaces
from data.errors import Problem
from data.pauses import paused
from data.reader import Reader
from data.store import PAUSE_PER_COPY, Store
from data.workspace import Workspace
from data.writer_lock import Holder

if TYPE_CHECKING:
    from data.journal import Job

#: Seconds between two looks into the journal.
_LOOKS = 1.0
_UNITS = {"s": 1, "m": 60, "h": 3600, "": 1}
_SIGNS = {"ok": "[green]✓[/]", "unchanged": "[dim]·[/]", "failed": "[red]✗[/]"}


def _console(*, stderr: bool) -> Console:
    """As wide as the terminal; where there is none, lines are not broken."""
    made = Console(stderr=stderr, highlight=False, soft_wrap=True)
    return made if made.is_terminal else Console(stderr=stderr, highlight=False, soft_wrap=True, width=400)


_out, _err = _console(stderr=False), _console(stderr=True)


def seconds(text: str) -> float:
    """A pause such as 30s, 5m or 1h, in seconds."""
    match = re.fullmatch(r"(\d+(?:\.\d+)?)([smh]?)", text)
    if match is None or float(match[1]) <= 0:
        raise argparse.ArgumentTypeError(f"{text} is no pause; write 30s, 5m or 1h")
    return float(match[1]) * _UNITS[match[2]]


def problem(told: Problem, *, as_json: bool) -> None:
    """Prints what is wrong, where, and what would be right."""
    if as_json:
        _print_json({"error": asdict(told) | {"text": str(told)}})
    else:
        _err.print(f"[red]✗[/] {_escaped(str(told))}")


def sync(options: argparse.Namespace) -> int:
    """`sync`: once, or until it is interrupted."""
    if options.every is None:
        return _sync_once(options)[0]
    stopped = _ended_by_interrupt()
    while not stopped.is_set():
        pause = options.every
        try:
            pause = max(pause, _sync_once(options)[1])
        except (Problem, OSError) as told:
            problem(told if isinstance(told, Problem) else Problem(str(told)), as_json=options.json)
        sys.stdout.flush()
        stopped.wait(pause)
    return 0


def work(options: argparse.Namespace) -> int:
    """`work`: what pages ask for, until it is interrupted; with --once until nothing waits."""
    from connectors import work as worker  # here only: the other commands need no journal
    from data.journal import open_journal

    root, busy = workspaces.folder(), Event()
    stopped = _ended_by_interrupt(busy)
    book, failed, beside = open_journal(root), False, options.beside(root)
    while not stopped.is_set():
        job = worker.take(root, book, options.audit, busy)
        beside()
        if job is not None:
            failed = failed or job.state == "failed"
            _print_job(job, as_json=options.json)
        elif options.once:
            return int(failed)
        else:
            stopped.wait(_LOOKS)
    return 0


def _print_job(job: Job, *, as_json: bool) -> None:
    if as_json:
        _print_json({"job": job.kind, "key": job.key, "state": job.state, "error": job.error, "result": job.result})
    else:
        _out.print(f"{_SIGNS['failed' if job.error else 'ok']} {_escaped(job.key)}: {_escaped(job.error or job.state)}")
    sys.stdout.flush()


def _ended_by_interrupt(busy: Event | None = None) -> Event:
    """Set by Ctrl-C, which also interrupts as ever: where that is lost (in a destructor, in the engine) the loop still ends.

    With `busy` it interrupts only what is then done: between two looks into the journal the loop ends by itself.
    """
    stopped = Event()

    def stop(*_: object) -> None:
        stopped.set()
        if busy is None or busy.is_set():
            raise KeyboardInterrupt

    if signal.getsignal(signal.SIGINT) is signal.default_int_handler:
        signal.signal(signal.SIGINT, stop)
    return stopped


def connectors(options: argparse.Namespace) -> int:
    """`list`: the connectors that exist."""
    found = [{"name": name, "summary": connector(name).SUMMARY} for name in CONNECTORS]
    if options.json:
        _print_json({"connectors": found})
    else:
        _table(("connector", "what it loads"), [(each["name"], each["summary"]) for each in found])
    return 0


def init(options: argparse.Namespace) -> int:
    """`init`: a commented block in sources.yml."""
    path, line = template.add(workspaces.folder(), options.name, options.connector)
    if options.json:
        _print_json({"file": str(path), "line": line, "source": options.name})
    else:
        _out.print(f"Wrote the source {options.name} into {path}, line {line}. Edit it, then: python -m connectors check {options.name}")
    return 0


def check(options: argparse.Namespace) -> int:
    """`check`: what a source would load."""
    found = preview.preview(workspaces.load(), options.name)
    if options.json:
        _print_json(asdict(found))
        return 0
    for name, rows in found.tables.items():
        _out.print(f"\n[bold]{name}[/]: {found.counts[name]:,} rows would load")
        shown = [column for column in (rows[0] if rows else {}) if any(row[column] is not None for row in rows)]
        _table(shown, [[row[column] for column in shown] for row in rows])
    for reject in found.rejects:
        _out.print(f"[yellow]![/] {reject['count']:,} × {reject['reason']} in {reject['table']}, such as {_escaped(reject['example'])}")
    for finding in found.findings:
        _out.print(f"[yellow]![/] {finding['count']:,} × {_escaped(finding['name'])} in {finding['table']}: {_escaped(finding['message'])}")
    _print_notes(found.notes)
    return 0


def status(options: argparse.Namespace) -> int:
    """`status`: the configured sources and their last sync."""
    workspace = workspaces.load()
    known = _known(workspace)
    rows = []
    for name, block in workspace.sources.items():
        told = known.get(name)
        row = {"name": name, "connector": block.get("connector") if isinstance(block, dict) else None}
        fields = ("state", "started_at", "ended_at", "rows_in", "rows_out", "rejects", "loaded_until", "error")
        state = {"state": "paused"} if name in paused(workspace.root) else {"state": "never"} if told is None else {}
        rows.append(row | {field: getattr(told, field, None) for field in fields} | state)
    if options.json:
        _print_json({"generation": Store(workspace.root).current(), "sources": rows})
    elif not rows:
        _out.print("No source is configured. Begin with: python -m connectors init NAME")
    else:
        shown = ("name", "connector", "state", "ended_at", "rows_out", "rejects", "loaded_until", "error")
        _table(shown, [[row[column] for column in shown] for row in rows])
    return 0


def _known(workspace: Workspace) -> dict[str, loaded.SourceStatus]:
    reader = Reader(workspace.root, workspace.company.timezone)
    if reader.generation() is None:
        return {}
    with reader.open() as snapshot:
        return {each.source: each for each in loaded.sources(snapshot)}


def _sync_once(options: argparse.Namespace) -> tuple[int, float]:
    """(what to exit with, the least pause until the next sync in seconds)."""
    workspace = workspaces.load()
    if not workspace.sources and not options.json:
        _err.print("No source is configured. Begin with: python -m connectors init NAME")
    with _progress(quiet=options.json) as tell:
        result = syncing.sync(
            workspace,
            options.names,
            full=options.full,
            at_once=options.every is None,
            on_wait=_waiting,
            progress=tell,
            audit=options.audit,
        )
    if options.json:
        _print_json(result.to_dict())
    else:
        _print_result(result)
    # A draft that was thrown away has worn the disk as much as one that was published.
    pause = max(Store(workspace.root).minimum_pause(), PAUSE_PER_COPY * result.copy_seconds)
    return 1 if result.failed else 0, pause


def _waiting(holder: Holder) -> None:
    _err.print(f"Waiting for {_escaped(str(holder))} …")


@contextmanager
def _progress(*, quiet: bool) -> Iterator[Tell]:
    if quiet or not _err.is_terminal:
        yield silent
        return
    columns = (SpinnerColumn(), TextColumn("{task.description}"), BarColumn(), TimeElapsedColumn())
    with Progress(*columns, console=_err, transient=True) as bar:
        task = bar.add_task("looking for new files", total=1.0)
        yield lambda line, share: bar.update(task, description=line, completed=share)


def _print_result(result: Result) -> None:
    for source in result.sources:
        sign = _SIGNS[source.state] if _out.is_terminal else source.state
        if source.state == "failed":
            _out.print(f"{sign} {source.name}: {_escaped(source.error or '')}")
            continue
        until = f", complete until {_spoken(source.loaded_until)}" if source.loaded_until else ""
        rejects = f", {source.rejects:,} rejects" if source.rejects else ""
        rejects += f", {source.repeats:,} repeated" if source.repeats else ""
        read = f"{source.rows_in:,} rows read, {source.rows_out:,} loaded{rejects}{until}"
        _out.print(f"{sign} {source.name}: {read if source.rows_in else 'nothing new'}")
        _print_notes(source.notes)
    if result.published:
        _out.print(f"Published generation {result.generation} in {result.seconds:.1f} s.")
    else:
        _out.print("Nothing changed, so nothing was published.")


def _print_notes(notes: tuple[str, ...]) -> None:
    for note in notes:
        _out.print(f"  note: {_escaped(note)}")


def _table(names: Any, rows: Any) -> None:
    table = Table(*names, box=None, header_style="bold", pad_edge=False)
    for row in rows:
        table.add_row(*(_escaped(_spoken(value)) for value in row))
    _out.print(table)


def _spoken(value: Any) -> str:
    if value is None:
        return ""
    return (
        value.isoformat(sep=" ", timespec="minutes")
        if isinstance(value, datetime)
        else f"{value:,}"
        if isinstance(value, int)
        else str(value)
    )


def _escaped(text: str) -> str:
    return text.replace("[", r"\[")


def _print_json(value: dict[str, Any]) -> None:
    print(json.dumps(value, default=lambda each: each.isoformat() if hasattr(each, "isoformat") else str(each), ensure_ascii=False))  # noqa: T201
