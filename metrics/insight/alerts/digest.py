"""One message about all that fired in a run, as plain text, HTML and Markdown: by rule, the worst first, the rest counted.

Messages are in English: who reads them is not known. Names come from the data, so whatever would be markup in them is not.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from html import escape
from typing import Any
from urllib.parse import urlencode

from data.notify import Message

#: How many members of a rule, and how many rules, a message names.
MOST, RULES = 10, 20
_MARKS = re.compile(r"([\\`*_{}\[\]()#+.!|<>~@-])")


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


def message(title: str, groups: Sequence[Group], foot: str) -> Message:
    """The message in all its forms."""
    shown, left = groups[:RULES], len(groups) - RULES
    rest = f"{left} more rules fired." if left > 0 else ""
    return Message(_plain(title), _text(shown, rest, foot), _html(title, shown, rest, foot), _markdown(shown, rest, foot))


def title_of(company: str, groups: Sequence[Group]) -> str:
    """The subject: how much there is, and what leads."""
    count = sum(len(group.lines) + group.more for group in groups)
    others = f" and {len(groups) - 1} more" if len(groups) > 1 else ""
    return f"{company}: {count} {'alert' if count == 1 else 'alerts'} – {groups[0].title}{others}"


def group(title: str, told: Sequence[Line], *, what: str, owner: str | None) -> Group:
    """What one rule found; `told` is everything, the worst first."""
    return Group(title, tuple(told[:MOST]), max(len(told) - MOST, 0), what, owner or "")


def sentence(facts: Mapping[str, Any], currency: str) -> str:
    """What was found, in words: "Enterprise: 132 in the week of 2026-11-16, up 45 % from 91 (n = 132)"."""

    def say(value: float | None) -> str:
        return number(value, facts["format"], currency)

    whole = f"{facts['label']}: " if facts["label"] else ""
    told = f"{whole}{say(facts['value'])} in the {facts['grain']} of {facts['period']}"
    if facts["code"] in ("above", "below"):
        return f"{told}, {facts['code']} {say(facts['limit'])}{_cases(facts)}"
    if facts["code"] == "signal":
        return f"{told}, a signal: {say(facts['before'])} was usual"
    way = "up" if facts["code"] == "rose" else "down"
    return f"{told}, {way} {_change(facts, currency)} from {say(facts['before'])}{_cases(facts)}"


def number(value: float | None, kind: str, currency: str) -> str:
    """A number as English writes it: 1,234 · 12.3% · €1,234 · 95 min."""
    from babel import numbers  # here only: a run that tells nothing needs no words

    if value is None:
        return "nothing"
    if kind == "percent":
        return numbers.format_percent(value, format="#,##0.0%", locale="en")
    if kind == "money":
        return numbers.format_currency(value, currency, format="¤#,##0", locale="en", currency_digits=False)
    said = numbers.format_decimal(round(value, 2 if abs(value) < 10 else 1 if abs(value) < 1000 else 0), locale="en")
    return f"{said} min" if kind == "duration" else said


def address(base: str | None, page: str, **asked: str) -> str:
    """The address of a page with what it is asked; nothing where the app's address is not known."""
    return f"{base.rstrip('/')}/{page}?{urlencode({key: value for key, value in asked.items() if value})}" if base else ""


def alarm(company: str, troubles: Sequence[tuple[str, str]], link: str) -> Message:
    """The message that alerts cannot run: each rule, and why."""
    lines = [Line(f"{name}: {said}", link) for name, said in troubles]
    count = len(troubles)
    title = f"{company}: {count} {'alert' if count == 1 else 'alerts'} cannot run"
    what = "Nothing is judged until this is mended; you are told once, and the page Alerts shows when it runs again."
    return message(title, [group("Cannot run", lines, what=what, owner=None)], "")


def test(company: str, channel: str) -> Message:
    """The message that tries a channel."""
    said = f"This is a test of the channel {channel}. Alerts and digests will come like this."
    return message(f"{company}: a test of {channel}", [Group("Test", (Line(said),))], "")


def _change(facts: Mapping[str, Any], currency: str) -> str:
    value, before = facts["value"], facts["before"]
    if facts["format"] == "percent":
        return f"{abs(value - before) * 100:.1f} points"
    if not before:
        return number(abs(value - before), facts["format"], currency)
    return f"{abs(value - before) / abs(before):.0%}"


def _cases(facts: Mapping[str, Any]) -> str:
    return f" (n = {facts['n']:,.0f})" if facts.get("n") is not None else ""


def _more(one: Group) -> str:
    return f"and {one.more:,} more" if one.more else ""


def _kept(one: Group) -> str:
    return " ".join(part for part in (one.what, f"Owner: {one.owner}." if one.owner else "") if part)


def _plain(text: str) -> str:
    """On one line: a subject holds no line breaks."""
    return " ".join(text.split())


def _safe(text: str) -> str:
    """A text in Markdown, without anything that would be markup there."""
    return _MARKS.sub(r"\\\1", _plain(text))


def _text(groups: Sequence[Group], rest: str, foot: str) -> str:
    said = []
    for one in groups:
        lines = [f"- {_plain(line.text)}{f' {line.link}' if line.link else ''}" for line in one.lines]
        said.append("\n".join([_plain(one.title).upper(), *lines, *([f"- {_more(one)}"] if one.more else []), _kept(one)]).rstrip())
    return "\n\n".join(part for part in (*said, rest, foot) if part)


def _html(title: str, groups: Sequence[Group], rest: str, foot: str) -> str:
    def item(line: Line) -> str:
        link = f' <a href="{escape(line.link)}">Show</a>' if line.link else ""
        return f"<li>{escape(_plain(line.text))}{link}</li>"

    said = [f"<h2>{escape(_plain(title))}</h2>"]
    for one in groups:
        more = f"<li>{escape(_more(one))}</li>" if one.more else ""
        kept = f"<p><small>{escape(_kept(one))}</small></p>" if _kept(one) else ""
        said.append(f"<h3>{escape(_plain(one.title))}</h3><ul>{''.join(map(item, one.lines))}{more}</ul>{kept}")
    said += [f"<p>{escape(part)}</p>" for part in (rest, foot) if part]
    return "".join(said)


def _markdown(groups: Sequence[Group], rest: str, foot: str) -> str:
    said = []
    for one in groups:
        lines = [f"- {_safe(line.text)}{f' [Show]({line.link})' if line.link else ''}" for line in one.lines]
        more = [f"- {_more(one)}"] if one.more else []
        kept = ["", _safe(_kept(one))] if _kept(one) else []
        said.append("\n".join([f"**{_safe(one.title)}**", "", *lines, *more, *kept]))
    return "\n\n".join(part for part in (*said, _safe(rest), _safe(foot)) if part)
