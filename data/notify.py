"""Sends a message to the address of a channel (an Apprise URL): e-mail, Slack, Teams, a webhook, and what else Apprise knows."""

from __future__ import annotations

import json
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
#: A longer title is shortened: of a block of Slack it may have 150.
_TITLE = 150
#: What Teams takes is 28 KB, which it counts in two bytes a character; Slack cuts the text of an attachment at 8,000 characters in
#: silence, and refuses a block of more than 3,000. What is around the text has room beside these.
_TEAMS, _SLACK, _SLACK_BLOCK = 12_000, 7_500, 2_900
_PARTS = re.compile(r"[^\w.~%+-]+")


@dataclass(frozen=True)
class Message:
    """What is sent: a title, and the same text as plain text, HTML and Markdown; each receiver gets the form that it shows best.

    `cut` is the last line of a text that is too long for its receiver, and loses its end.
    """

    title: str
    text: str
    html: str
    markdown: str
    cut: str = "…"

    def to_dict(self) -> dict[str, str]:
        """As JSON keeps it."""
        return asdict(self)


def send(address: str, message: Message, name: str) -> None:
    """Sends a message to an Apprise URL. Raises Problem when it was not taken; nothing of the address is in what it says.

    `name` is the channel's. That a receiver took it and its answer was lost cannot be told from a refusal.
    """
    import apprise  # 140 services: only where something is sent

    _kept_quiet(apprise.logger)
    asset = apprise.AppriseAsset(app_id="Transverse", app_desc="Transverse", app_url="", image_url_mask="", image_url_logo="")
    target = apprise.Apprise.instantiate(address, asset=asset)
    if target is None:
        raise Problem(f"the address of the channel {name} is no Apprise URL", remedy="See https://appriseit.com/services/ for its form.")
    form, body = _fitted(target, message)
    sender = apprise.Apprise([target])
    with sender.notify(body, title=_shortened(message.title), body_format=form, timeout=_PATIENCE, log_level=logging.WARNING) as result:
        if not result:
            said = "; ".join(dict.fromkeys(hidden(str(entry.message), address).rstrip(" .") for entry in result.logs()))
            raise Problem(f"the channel {name} did not take the message: {said or 'no answer'}", remedy="See its address, and send a test.")


def _form(target: Any) -> str:
    """The form of text that a service shows best: the first of those that it takes."""
    told = target.notify_format
    best = told[0] if isinstance(told, tuple) else told
    return str(getattr(best, "value", best))


def _fitted(target: Any, message: Message) -> tuple[str, str]:
    """The form of text that a service shows best, and the text: whole, or as many of its lines as the service takes, and a note."""
    form, most = _form(target), _most(target)
    body = {"html": message.html, "markdown": message.markdown}.get(form, message.text)
    if most is None or _length(body) <= most:
        return form, body
    form, body = ("text", message.text) if form == "html" else (form, body)  # HTML cannot be cut at any line
    left, kept = most - _length(message.cut), list[str]()
    for line in body.split("\n"):
        left -= _length(line) + 2
        if left < 0:
            break
        kept.append(line)
    return form, "\n".join([*kept, "", message.cut])


def _shortened(title: str) -> str:
    return title if len(title) <= _TITLE else title[: _TITLE - 1] + "…"


def _most(target: Any) -> int | None:
    """How long a text a service takes; None where it does not say, or where the address says what is to be done with a longer one."""
    from apprise import OverflowMode
    from apprise.plugins.base import NotifyBase
    from apprise.plugins.slack import NotifySlack
    from apprise.plugins.workflows import NotifyWorkflows

    if target.overflow_mode != OverflowMode.UPSTREAM:
        return None
    if isinstance(target, NotifyWorkflows):
        return _TEAMS
    if isinstance(target, NotifySlack):
        return _SLACK_BLOCK if target.use_blocks else _SLACK
    return int(target.body_maxlen) - _TITLE if target.body_maxlen < NotifyBase.body_maxlen else None


def _length(text: str) -> int:
    """Characters as JSON has them: the longest that any service counts."""
    return len(json.dumps(text)) - 2


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
