"""The worker: takes up what pages asked for through the journal, one job at a time, and writes there what came of it."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from connectors import notion_pages, template
from connectors.context import Progress
from connectors.preview import preview
from connectors.push import push
from connectors.sync import Audit, sync
from data import workspace as workspaces
from data.errors import Problem, is_interrupt
from data.journal import Job, Journal
from data.journal.jobs import LEASE
from data.pauses import pause
from data.store import Store

#: What a kind of job does with its arguments; what it gives is the job's result.
Run = Callable[[Path, Mapping[str, Any], Progress, Audit | None], dict[str, Any]]


def _sync(root: Path, arguments: Mapping[str, Any], progress: Progress, audit: Audit | None) -> dict[str, Any]:
    """Loads the sources that `names` lists, all of them without it; `full` reads every file again.

    Vendors are asked at once. With `notice` something has happened there, and a stream of notices spares the disk.
    """
    names, full, notice = list(arguments.get("names") or ()), bool(arguments.get("full")), bool(arguments.get("notice"))
    workspace = workspaces.load(root)
    if notice:
        time.sleep(Store(root, workspace.company.timezone).minimum_pause())
    result = sync(workspace, names, full=full, at_once=True, progress=progress, audit=audit)
    failed = [f"{source.name}: {source.error}" for source in result.sources if source.error]
    if failed:
        raise Problem("; ".join(failed))
    return result.to_dict()


def _check(root: Path, arguments: Mapping[str, Any], progress: Progress, _audit: Audit | None) -> dict[str, Any]:
    """Asks the source `name` for a sample, and loads nothing: how many rows of each table, the first of them, what would be refused."""
    name = str(arguments["name"])
    progress(name, 0.0)
    found = preview(workspaces.load(root), name)
    rows = {
        table: [{key: _plain(value) for key, value in row.items() if value is not None} for row in some]
        for table, some in found.tables.items()
    }
    return {"counts": found.counts, "rows": rows, "rejects": sum(reject["count"] for reject in found.rejects)}


def _plain(value: Any) -> Any:
    return value if isinstance(value, str | int | float | bool) else str(value)


def _pause(root: Path, arguments: Mapping[str, Any], _progress: Progress, _audit: Audit | None) -> dict[str, Any]:
    """Pauses the source `name`, or lets it go on."""
    pause(root, str(arguments["name"]), on=bool(arguments["on"]))
    return {}


def _connect(root: Path, arguments: Mapping[str, Any], _progress: Progress, _audit: Audit | None) -> dict[str, Any]:
    """Writes the block of a new source into sources.yml, once what it says holds."""
    path, line = template.add_block(root, str(arguments["name"]), str(arguments["block"]))
    return {"file": path.name, "line": line}


def _publish(root: Path, arguments: Mapping[str, Any], progress: Progress, _audit: Audit | None) -> dict[str, Any]:
    """Publishes what has this `id` and `title`, made of plain `blocks`, to the Notion `source`, once."""
    source = str(arguments["source"])
    progress(source, 0.0)
    found = notion_pages.publish(workspaces.load(root), source, str(arguments["id"]), str(arguments["title"]), arguments["blocks"])
    return {"id": found.id, "url": found.url, "made": found.made}


def _push(root: Path, arguments: Mapping[str, Any], progress: Progress, _audit: Audit | None) -> dict[str, Any]:
    """Sends `title` and `body` to the source `name` under `key`, once; gives what is there now, and where it is seen."""
    name = str(arguments["name"])
    progress(name, 0.0)
    return push(workspaces.load(root), name, **{part: str(arguments[part]) for part in ("key", "title", "body")})


KINDS: dict[str, Run] = {
    "sync": _sync,
    "check": _check,
    "pause": _pause,
    "connect": _connect,
    "publish": _publish,
    "push": _push,
}


def take(root: Path, book: Journal, audit: Audit | None = None, busy: threading.Event | None = None) -> Job | None:
    """Does the oldest job that waits; gives it as it ended, None when there was none. `busy` is set while it is done.

    What a person has to mend fails it; what the system refused (a full disk, say) lets it be tried again.
    """
    busy = busy or threading.Event()
    job = book.jobs.take(KINDS)
    if job is None:
        return None
    try:
        with _alive(book, job):
            busy.set()
            told = KINDS[job.kind](root, job.arguments, lambda step, share: book.jobs.tell(job.id, share, step), audit)
        book.jobs.done(job.id, told)
    except (Problem, OSError) as error:
        book.jobs.failed(job.id, str(error), again=isinstance(error, OSError))
    except BaseException as error:
        book.jobs.failed(job.id, "the worker was stopped" if is_interrupt(error) else repr(error), again=True)
        raise
    finally:
        busy.clear()
    return book.jobs.get(job.id)


@contextmanager
def _alive(book: Journal, job: Job) -> Iterator[None]:
    """Says again and again that the job is being done, also through a long silence."""
    over = threading.Event()

    def beat() -> None:
        while not over.wait(LEASE.total_seconds() / 4):
            book.jobs.hold(job.id)

    thread = threading.Thread(target=beat, daemon=True)
    thread.start()
    try:
        yield
    finally:
        over.set()
        thread.join()
