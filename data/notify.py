"""Sends a message to the address of a channel (an Apprise URL): e-mail, Slack, Teams, a webhook, and what else Apprise knows."""

from __future__ import annotations

import logging
import re
from dataclasses import asdict, dataclass
from typing import Any
from urllib.parse import unquote

from data.errors import Problem

#: What is shorter than this is no secret, and would make a message unreadable where it is left out.
_LEAST = 4
#: Seconds that a receiver has to answer, all in all.
_PATIENCE = 30
_PARTS = re.compile(r"[^\w.~%+-]+")


@dataclass(frozen=True)
class Message:
    """What is sent: a title, and the same text as plain text, HTML and Markdown; each receiver gets the form that it shows best."""

    title: str
    text: str
    html: str
    markdown: str

    def to_dict(self) -> dict[str, str]:
        """As JSON keeps it."""
        return asdict(self)


def send(address: str, message: Message, name: str) -> None:
    """Sends a message to an Apprise URL. Raises Problem when it was not taken; nothing of the address is in what it says.

    `name` is the channel's. That a receiver took it and its answer was lost cannot be told from a refusal.
    """
    import apprise  # 140 services: only where something is sent

    _kept_quiet(apprise.logger)
    target = apprise.Apprise.instantiate(address)
    if target is None:
        raise Problem(f"the address of the channel {name} is no Apprise URL", remedy="See https://appriseit.com/services/ for its form.")
    bodies = {"html": message.html, "markdown": message.markdown}
    form = _form(target)
    sender = apprise.Apprise([target])
    with sender.notify(
        bodies.get(form, message.text), title=message.title, body_format=form, timeout=_PATIENCE, log_level=logging.WARNING
    ) as result:
        if not result:
            said = "; ".join(dict.fromkeys(hidden(str(entry.message), address).rstrip(" .") for entry in result.logs()))
            raise Problem(f"the channel {name} did not take the message: {said or 'no answer'}", remedy="See its address, and send a test.")


def _form(target: Any) -> str:
    """The form of text that a service shows best: the first of those that it takes."""
    told = target.notify_format
    best = told[0] if isinstance(told, tuple) else told
    return str(getattr(best, "value", best))


def _kept_quiet(log: logging.Logger) -> None:
    """What Apprise logs, and the HTTP below it in detail, may hold addresses: it goes nowhere, and the Problem tells what went wrong."""
    log.propagate = False
    if not log.handlers:
        log.addHandler(logging.NullHandler())
    logging.getLogger("urllib3").setLevel(logging.INFO)


def hidden(text: str, address: str) -> str:
    """A text without anything of an address: neither all of it nor its user, password, token or host."""
    parts = {address, *_PARTS.split(address), *(unquote(part) for part in _PARTS.split(address))}
    for part in sorted(parts, key=len, reverse=True):
        if len(part) >= _LEAST and part.lower() not in ("http", "https", "mailto", "mailtos", "slack", "json", "jsons", "workflows"):
            text = text.replace(part, "…")
    return text
