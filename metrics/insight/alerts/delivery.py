"""Sends the messages that wait in the journal. Each is taken by one worker at a time, and tried again when it was refused.

A message goes out twice only where its receiver took it and the sender died before it could write that down: nobody can tell that
from a message that was lost, and an alert that is lost is worse than one that comes twice.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime

from data import channels as known_channels
from data.channels import Channel
from data.errors import Problem
from data.journal import Delivery, Journal
from data.notify import Message, send
from data.workspace import Workspace

#: How many messages one round sends at most: the worker has other things to do.
_MOST = 20


def deliver(workspace: Workspace, book: Journal, now: datetime | None = None) -> list[Delivery]:
    """Sends what is due; gives the messages as they ended. Raises Problem for a wrong file of channels, before it takes any."""
    channels, done = known_channels.read(workspace), list[Delivery]()
    while len(done) < _MOST and (one := book.alerts.take(now)):
        done.append(_sent(book, one, channels, now or datetime.now(UTC)))
    return done


def _sent(book: Journal, one: Delivery, channels: Mapping[str, Channel], now: datetime) -> Delivery:
    try:
        channel = known_channels.known(one.channel, channels)
    except Problem as problem:
        return book.alerts.refused(one.id, str(problem), moment=now, for_good=True)
    try:
        send(channel.address(), Message(**one.message), channel.name)
    except Problem as problem:
        return book.alerts.refused(one.id, str(problem), moment=now)
    return book.alerts.sent(one.id)
