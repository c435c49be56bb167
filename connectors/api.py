"""What all connectors of an API share: settings, receiving into the inbox, and loading from there into the draft.

A connector's module has a Config (what it needs beyond Api), a way to its vendor (Web), its streams, and a mapping in SQL beside it.
"""

from __future__ import annotations

import ipaddress
import logging
import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from collections.abc import Mapping as AnyMapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from itertools import islice
from pathlib import Path
from typing import Annotated, Any

import httpx
from pydantic import BeforeValidator, Field

from connectors import drift, mapped, raw, settings, state, streams
from connectors import inbox as boxes
from connectors.context import Context, Loaded
from connectors.inbox import RECEIPT, Inbox
from connectors.mapped import Tables
from connectors.settings import Settings, Span
from connectors.sql import transaction, zoned
from connectors.state import Cursor
from connectors.streams import Step, Stream
from connectors.web import Away, Refused, Web
from data import workspace as workspaces
from data.errors import Problem
from data.yaml_file import Mapping

log = logging.getLogger("transverse.api")

#: A name that no vendor's property has, where a block names none.
NONE = "-"
#: Rows that are put into the inbox in one file, at least; a page of more stays whole.
_ROWS = 2_000
#: How old what is published may become while nothing changes, before a generation is published that only says so.
STALE = timedelta(minutes=15)
#: Streams for which a vendor is away before it counts as away for all: a single one may be broken there.
_AWAY = 2
#: So many records do not go all at once.
_SUSPECT = 20
_SECRET = re.compile(r"\$\{[A-Za-z_][A-Za-z0-9_]*\}")


@dataclass(frozen=True)
class Source:
    """What there is to load: the streams of a vendor, and the mapping: `<mapping>.sql`, in which `:name` stands for a word of `words`,
    or another way to fill tables.

    `lag` is how far the vendor's answers are behind what has happened.
    """

    mapping: str | Tables
    streams: Sequence[Stream]
    words: AnyMapping[str, str] = field(default_factory=dict)
    lag: timedelta = timedelta(0)


class Api(Settings):
    """What the block of any API connector takes."""

    connector: str
    base_url: str = Field("", description="Where the API is, if not at the vendor's usual address.")
    every: Span | None = Field(None, description="How long between two looks, such as 30s, 15m, 6h; at each sync when left out.")
    rate: float | None = Field(None, gt=0, description="Requests a second at most; what the vendor allows to all when left out.")
    pause: float = Field(1.0, gt=0, description="Seconds before the first of the next tries when the vendor is busy.")
    webhook_secret: str | None = Field(None, description="The secret of the vendor's webhook, as ${NAME}; without it none is taken.")
    accounts: dict[str, Annotated[str, BeforeValidator(str)]] = Field(
        {}, description="Accounts by hand: {this source's id: the account it belongs to}."
    )


def config_of(model: type[settings.S], context: Context) -> settings.S:
    """The settings of a source. Raises Problem with file and line."""
    return settings.parse(model, context.block, context.sources, context.name)


def secret(context: Context, key: str) -> str:
    """The secret that a block names. Raises Problem when it stands there itself: sources.yml is no place for it."""
    return secret_of(context.block, context.name, key)


def secret_of(block: Mapping, name: str, key: str) -> str:
    """The secret that the block of the source `name` names."""
    written = str(block.get(key) or "")
    if not _SECRET.fullmatch(written):
        variable = f"${{{name.upper().replace('-', '_')}_{key.upper()}}}"
        remedy = f"Write {key}: {variable}, and set it in the environment or in .streamlit/secrets.toml."
        raise block.problem(key, f"{key} is a secret, which does not belong into sources.yml", remedy, value=True)
    return workspaces.expand(written, block, key)


def pause(block: Mapping) -> timedelta:
    """How long a source waits between two looks."""
    return settings.span(block, "every") or timedelta(0)


def way(config: Api, url: str, *, rate: float, secrets: Sequence[str], **more: Any) -> Web:
    """The way to a vendor at `url`, with at most `rate` requests a second, as far as the block does not say otherwise.

    Raises Problem for an address on the open net without TLS: what is sent there can be read on the way.
    """
    address = httpx.URL(config.base_url or url)
    if address.scheme != "https" and not _is_near(address.host):
        raise Problem(f"{address.scheme}://{address.host} is no address for a secret", remedy="Let base_url begin with https://.")
    return Web(config.base_url or url, every=1 / (config.rate or rate), pause=config.pause, secrets=secrets, **more)


def _is_near(host: str) -> bool:
    """Whether a host is this machine or one of its own net."""
    try:
        return ipaddress.ip_address(host).is_private
    except ValueError:
        return "." not in host


def receive(context: Context, web: Web, source: Source) -> None:
    """Brings everything that is new into the inbox; what is received stays there, also when a later page cannot be had.

    `context.connection` shows what is published. Raises Problem for the first stream that failed, after the others were tried.
    """
    box = Inbox.of(context.landing.folder, context.workspace.root)
    with box.lock():
        known = state.read(context.connection, context.name)
        box.drop(known.get(RECEIPT, {}).get("loaded", ()))
        cursors = {} if context.full else boxes.cursors(box.heads(), {each.name: known.get(f"{each.name}*", {}) for each in source.streams})
        begun = web.clock
        try:
            failed = _received(context, web, box, source.streams, cursors)
        finally:
            web.close()
        if failed:
            raise failed[0]
        box.write(RECEIPT, (), {"until": (min(begun, datetime.now(UTC)) - source.lag).isoformat()})


def _received(context: Context, web: Web, box: Inbox, found: Sequence[Stream], cursors: AnyMapping[str, Cursor]) -> list[Problem]:
    """Asks for each stream; gives what went wrong. A vendor that is away for two of them is so for all."""
    failed: list[Problem] = []
    for stream in found:
        problem = _stream(context, web, box, stream, cursors.get(stream.name, {}))
        failed += [problem] if problem else []
        if sum(isinstance(each, Away) for each in failed) == _AWAY:
            break
    return failed


def _stream(context: Context, web: Web, box: Inbox, stream: Stream, cursor: Cursor) -> Problem | None:
    received, steps = 0, streams.read(web, stream, cursor)
    try:
        for step in islice(steps, 1) if context.sample else _together(steps):
            received += len(step.records)
            box.write(stream.name, step.records, {"cursor": step.cursor} | ({"gone": step.gone_before} if step.gone_before else {}))
            context.progress(f"{context.name}: {stream.name} {received:,}", 0.0)
    except Refused as refused:
        return replace(refused, remedy=f"{refused.remedy} {stream.name} needs {stream.scope}.") if stream.scope else refused
    except Problem as problem:
        return problem
    except (KeyError, TypeError, ValueError, AttributeError, IndexError) as error:
        log.exception("%s: an answer about %s is not as expected", context.name, stream.name)
        said = f"an answer about {stream.name} is not as expected ({type(error).__name__})"
        return web.problem(said, "The vendor may have changed its interface; what was loaded stays. The log of the sync says more.")
    return None


def _together(steps: Iterable[Step]) -> Iterator[Step]:
    """Small pages in one go; what says that things are gone, and the last, come at once."""
    held: list[Any] = []
    last: Step | None = None
    for step in steps:
        held += step.records
        last = step
        if len(held) >= _ROWS or step.gone_before:
            yield Step(held, step.cursor, step.gone_before)
            held, last = [], None
    if last is not None:
        yield Step(held, last.cursor)


def pending(context: Context, source: Source) -> bool:
    """Whether loading the inbox would change anything; what says nothing new is dropped. `context.connection` may be read-only."""
    box = Inbox.of(context.landing.folder, context.workspace.root)
    with box.lock():
        known = state.read(context.connection, context.name).get(RECEIPT, {})
        loaded = set(known.get("loaded", ()))
        if known.get("wording") != _tables(context, source).wording or _lost(context, loaded):
            return True
        waiting = [path for path in box.waiting() if path.name not in loaded]
        if is_stale(waiting, known.get("until")) or _says_more(context, source.streams, waiting):
            return True
        box.drop(path.name for path in waiting)
        return False


def is_stale(waiting: list[Path], before: str | None) -> bool:
    """Whether what is published does not say, by some minutes, how far these files say that the source is complete."""
    until = max((told["until"] for path in waiting if "until" in (told := boxes.head(path))), default=None)
    return until is not None and (before is None or datetime.fromisoformat(until) - datetime.fromisoformat(before) >= STALE)


def _says_more(context: Context, found: Sequence[Stream], waiting: list[Path]) -> bool:
    """Whether files hold what is not in the store: news, things that are gone, or the end of a long walk that need not be done again."""
    heads = [boxes.head(path) for path in waiting]
    names, kept = {stream.name for stream in found}, raw.kept(context.connection, context.name)
    if any(told["stream"] in names - kept for told in heads):
        return True  # a stream that is seen for the first time need not be read to know
    boxes.arrived(context.connection, waiting, confined=True)
    if any(raw.has_news(context.connection, context.name, name) for name in {told["stream"] for told in heads} & names):
        return True
    long = {stream.name for stream in found if stream.changes is not None}
    gone = {told["stream"]: told["gone"] for told in heads if "gone" in told and told["stream"] in names}
    return any(name in long or raw.is_gone(context.connection, context.name, name, before) for name, before in gone.items())


def load(context: Context, source: Source) -> Loaded:
    """Loads the inbox, in one transaction: what the vendor says, what follows for the canonical tables, cursors."""
    box = Inbox.of(context.landing.folder, context.workspace.root)
    tables, connection = _tables(context, source), context.connection
    known = state.read(connection, context.name)
    loaded = set(known.get(RECEIPT, {}).get("loaded", ()))
    with box.lock():  # another process may find meanwhile that some of them say nothing new, and drop them
        files = _files(context, box, loaded)
    with zoned(connection, "UTC", context.workspace.company.timezone), transaction(connection):
        changed = _merge(context, source.streams, list(files.values()))
        remapped = known.get(RECEIPT, {}).get("wording") != tables.wording
        done = [*tables.fill(context, remapped)] if changed or remapped else []
        heads = [boxes.head(path) for path in files.values()]
        until = max((head["until"] for head in heads if "until" in head), default=known.get(RECEIPT, {}).get("until"))
        asked = {stream.name for stream in source.streams}  # what is not merged must be asked for again
        written = {f"{name}*": cursor for name, cursor in boxes.cursors(heads, {}).items() if name in asked}
        here = {path.name for path in box.waiting()} | {Path(copy.path).name for copy in context.landing.copies.values()}
        written[RECEIPT] = {"loaded": sorted((loaded & here) | set(files)), "until": until, "wording": tables.wording}
        state.write(connection, context.name, written, context.now)
    return Loaded(
        rows_in=sum(each.rows_in for _, each in done),
        rows_out=sum(each.rows_out for _, each in done),
        rejects=sum(each.rejects for _, each in done),
        repeats=sum(each.repeats for _, each in done),
        changed=changed or remapped or bool(files),
        notes=_sampled(context, source.streams) if context.sample else (),
        tables=tuple(tables.names),
        loaded_until=datetime.fromisoformat(until) if until else None,
        landed=frozenset((copy.path, copy.hash) for copy in context.landing.copies.values() if Path(copy.path).name in files),
    )


def exposed(source: Callable[[Context], Source]) -> tuple[Callable[[Context], bool], Callable[[Context], Loaded]]:
    """`pending` and `load` of a connector, which are alike for all whose source is known."""
    return (lambda context: pending(context, source(context))), (lambda context: load(context, source(context)))


def _files(context: Context, box: Inbox, loaded: set[str]) -> dict[str, Path]:
    """What is to be loaded, in the order in which it came: what waits, and what a rollback took away."""
    names = {path.name: path for path in box.waiting() if path.name not in loaded}
    copies = [context.landing.receive(path, f"{box.folder.name}/{name}") for name, path in names.items()]
    found = {Path(copy.path).name: context.landing.file(copy) for copy in copies + _lost(context, loaded)}
    # The name of a copy begins with its hash: what sorts and dates it is the name under which it was received.
    return {name: names.get(name, path) for name, path in sorted(found.items())}


def _lost(context: Context, loaded: set[str]) -> list[Any]:
    return [copy for copy in context.landing.lacking(context.generation) if Path(copy.path).name not in loaded]


def _merge(context: Context, found: Sequence[Stream], files: list[Path]) -> bool:
    """Takes the files into the vendor's own tables; between two that say what is gone, all at once."""
    connection, source = context.connection, context.name
    names = [stream.name for stream in found]
    raw.prepare(connection, source, names)
    boxes.arrived(connection, files)
    changed = [raw.merge(connection, source, name, context.now) for name in names]
    drift.of_arrived(context, found)
    for path in files:
        told = boxes.head(path)
        if "gone" in told and told["stream"] in names:
            changed.append(_forget(context, told["stream"], told["gone"]))
    return any(changed)


def _forget(context: Context, stream: str, before: int) -> bool:
    """Marks as deleted what the vendor no longer tells of. That it tells of nothing at all is rather a right that was taken away."""
    connection, source = context.connection, context.name
    live = raw.live(connection, source, stream)
    changed = raw.forget(connection, source, stream, before, context.now)
    if live >= _SUSPECT and not context.full and raw.live(connection, source, stream) == 0:
        remedy = f"See what its token may read. If they are really gone: python -m connectors sync {source} --full."
        raise Problem(f"{source} tells of none of the {live:,} {stream} that it had; nothing was removed", remedy=remedy)
    return changed


def _sampled(context: Context, found: Sequence[Stream]) -> tuple[str, ...]:
    """How many rows the first page of each stream gave."""
    counts = dict(context.connection.execute("SELECT stream, count(*) FROM arrived_ GROUP BY stream").fetchall())
    return tuple(f"{stream.name}: {counts.get(stream.name, 0):,} rows on the first page" for stream in found)


def _tables(context: Context, source: Source) -> Tables:
    return source.mapping if isinstance(source.mapping, Tables) else mapped.tables(context, source.mapping, source.words)
