"""One message about all that fired in a run, as plain text, HTML and Markdown: by rule, the worst first, the rest counted.

Messages are in the language of their channel. Names come from the data, so whatever would be markup in them is not.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from html import escape
from urllib.parse import urlencode

from data.notify import Message
from metrics.insight.alerts.speech import Speech

#: How many members of a rule, and how many rules, a message names.
MOST, RULES = 10, 20
ENGLISH = Speech()
#: Spaces and what breaks lines; a space that keeps words together stays.
_BREAKS = re.compile(r"[ \x00-\x1f\x7f\x85\u2028\u2029]+")
#: What would be markup wherever it stands, and what only at the beginning. Slack knows no escapes: what need not be escaped is not.
_MARKS, _FIRST = re.compile(r"([\\`*_~\[\]<>])"), re.compile(r"^(\d*)([#+.)-])(?=[\s#])")


@dataclass(frozen=True)
class Line:
    """One thing that is told, and the address that shows it; without an address of the app there is none."""

    text: str
    link: str = ""


@dataclass(frozen=True)
class Group:
    """What one rule found: what it is called, its lines, how many more there are, and who keeps it."""

    title: str
    lines: tuple[Line, ...]
    more: int = 0
    what: str = ""
    owner: str = ""


def message(title: str, groups: Sequence[Group], foot: str, speech: Speech = ENGLISH) -> Message:
    """The message in all its forms."""
    shown, left = groups[:RULES], len(groups) - RULES
    rest = speech.count("{count} more rule fired.", "{count} more rules fired.", left) if left > 0 else ""
    cut = speech.say("This is longer than its receiver takes: the rest stands on the page Alerts.")
    text, html, markdown = (form(shown, rest, foot, speech) for form in (_text, _html, _markdown))
    return Message(_plain(title), text, f"<h2>{escape(_plain(title))}</h2>{html}", markdown, cut)


def title_of(company: str, groups: Sequence[Group], speech: Speech = ENGLISH) -> str:
    """The subject: how much there is, and what leads."""
    count = sum(len(group.lines) + group.more for group in groups)
    first = groups[0].title
    if len(groups) > 1:
        first = speech.say("{first} and {count} more", first=first, count=len(groups) - 1)
    return speech.count("{company}: {count} alert – {first}", "{company}: {count} alerts – {first}", count, company=company, first=first)


def group(title: str, told: Sequence[Line], *, what: str, owner: str | None) -> Group:
    """What one rule found; `told` is everything, the worst first."""
    return Group(title, tuple(told[:MOST]), max(len(told) - MOST, 0), what, owner or "")


def address(base: str | None, page: str, **asked: str) -> str:
    """The address of a page with what it is asked; nothing where the app's address is not known."""
    return f"{base.rstrip('/')}/{page}?{urlencode({key: value for key, value in asked.items() if value})}" if base else ""


def alarm(company: str, troubles: Sequence[tuple[str, str]], link: str, speech: Speech = ENGLISH) -> Message:
    """The message that alerts cannot run: each rule, and why."""
    lines = [Line(speech.say("{label}: {told}", label=name, told=said), link) for name, said in troubles]
    title = speech.count("{company}: {count} alert cannot run", "{company}: {count} alerts cannot run", len(troubles), company=company)
    what = speech.say("Nothing is judged until this is mended; you are told once, and the page Alerts shows when it runs again.")
    return message(title, [group(speech.say("Cannot run"), lines, what=what, owner=None)], "", speech)


def test(company: str, channel: str, speech: Speech) -> Message:
    """The message that tries a channel."""
    said = speech.say("This is a test of the channel {channel}. Alerts and digests will come like this.", channel=channel)
    title = speech.say("{company}: a test of {channel}", company=company, channel=channel)
    return message(title, [group(speech.say("Test"), (Line(said),), what="", owner=None)], "", speech)


def _more(one: Group, speech: Speech) -> str:
    return speech.count("and {count} more", "and {count} more", one.more) if one.more else ""


def _kept(one: Group, speech: Speech) -> str:
    owner = speech.say("Owner: {owner}.", owner=one.owner) if one.owner else ""
    return " ".join(part for part in (one.what, owner) if part)


def _plain(text: str) -> str:
    """On one line: a subject holds no line breaks."""
    return _BREAKS.sub(" ", text).strip()


def _safe(text: str) -> str:
    """A text in Markdown, without anything that would be markup there, or would call somebody (`@all`)."""
    marked = _MARKS.sub(r"\\\1", _plain(text))
    return _FIRST.sub(r"\1\\\2", marked).replace("@", "@\u200b")


def _text(groups: Sequence[Group], rest: str, foot: str, speech: Speech) -> str:
    said = []
    for one in groups:
        lines = [f"- {_plain(line.text)}{f' {line.link}' if line.link else ''}" for line in one.lines]
        more = [f"- {_more(one, speech)}"] if one.more else []
        said.append("\n".join([_plain(one.title).upper(), *lines, *more, _kept(one, speech)]).rstrip())
    return "\n\n".join(part for part in (*said, rest, foot) if part)


def _html(groups: Sequence[Group], rest: str, foot: str, speech: Speech) -> str:
    show = escape(speech.say("Show"))

    def item(line: Line) -> str:
        link = f' <a href="{escape(line.link)}">{show}</a>' if line.link else ""
        return f"<li>{escape(_plain(line.text))}{link}</li>"

    said = list[str]()
    for one in groups:
        more = f"<li>{escape(_more(one, speech))}</li>" if one.more else ""
        kept = f"<p><small>{escape(_kept(one, speech))}</small></p>" if _kept(one, speech) else ""
        said.append(f"<h3>{escape(_plain(one.title))}</h3><ul>{''.join(map(item, one.lines))}{more}</ul>{kept}")
    said += [f"<p>{escape(part)}</p>" for part in (rest, foot) if part]
    return "".join(said)


def _markdown(groups: Sequence[Group], rest: str, foot: str, speech: Speech) -> str:
    said, show = [], _safe(speech.say("Show"))
    for one in groups:
        lines = [f"- {_safe(line.text)}{f' [{show}]({line.link})' if line.link else ''}" for line in one.lines]
        more = [f"- {_more(one, speech)}"] if one.more else []
        kept = ["", _safe(_kept(one, speech))] if _kept(one, speech) else []
        said.append("\n".join([f"**{_safe(one.title)}**", "", *lines, *more, *kept]))
    return "\n\n".join(part for part in (*said, _safe(rest), _safe(foot)) if part)
