"""What all connectors of an API share: settings, a way to the vendor, and receiving into the inbox; `arrivals.py` loads from there.

A connector's module has a Config (what it needs beyond Api), a way to its vendor (Web), its streams, and a mapping in SQL beside it.
"""

from __future__ import annotations

import ipaddress
import logging
from collections.abc import Iterable, Iterator, Sequence
from collections.abc import Mapping as AnyMapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from itertools import islice
from typing import Annotated, Any

import httpx
from pydantic import BeforeValidator, Field

from connectors import inbox as boxes
from connectors import settings, state, streams
from connectors.context import Context
from connectors.inbox import RECEIPT, Inbox
from connectors.mapped import Tables
from connectors.settings import Settings, Span
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
#: Streams for which a vendor is away before it counts as away for all: a single one may be broken there.
_AWAY = 2


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
    return workspaces.secret(block, key, f"{name.upper().replace('-', '_')}_{key.upper()}")


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
