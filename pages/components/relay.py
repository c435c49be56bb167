"""What the layers below the pages say, in the reader's language.

The layers speak and store English. `relayed` finds the template that a text was made by (`docs/messages.py` lists them, the catalogue is
`pages/locale/messages/<language>.po`) and fills the reader's own with the same values. What is not found stays as it is: the words of
a database, of a vendor, of a company.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache, lru_cache

from babel import Locale
from babel.numbers import format_decimal

from pages.components.i18n import N_, _, catalogue, language, locale

#: A template's value, or a brace of the text itself.
_VALUE = re.compile(r"{{|}}|{(\w+)}")
_FIGURE = re.compile(r"\d{1,3}(,\d{3})+")
#: What stands before a message: the place of a Problem, or whom a message is about.
_LINE = re.compile(r"(\S+:\d+(?::\d+)? )(.+)", re.DOTALL)
_PLACE = re.compile(r"(\S*[./]\S* )(.+)", re.DOTALL)
#: What a list of names is put together with; `{names_or}` and `{names_and}` are such lists.
_GLUE = {"fr": {"names_or": (" or ", " ou "), "names_and": (" and ", " et ")}}

#: What people write into the journal, as its refusals call it (`{field}`).
_FIELDS = {
    "action": N_("action"),
    "assignee": N_("assignee"),
    "author": N_("author"),
    "comment": N_("comment"),
    "name": N_("name"),
    "reason": N_("reason"),
    "text": N_("text"),
}


@dataclass(frozen=True)
class _Template:
    """A template, how it is known again, and how the reader says it; that with the most literal signs ranks first, then lists of names."""

    pattern: re.Pattern[str]
    rank: tuple[int, bool]
    translation: str


def relayed(text: str) -> str:
    """The text in the reader's language; as it is where nothing is known of it."""
    spoken = language()
    return text if spoken == "en" or not text else _told(text, spoken, str(locale()))


@lru_cache(4096)
def _told(text: str, spoken: str, figures: str) -> str:
    """A whole message, or one with a place before it, or several put together by full stops and semicolons."""
    if placed := _LINE.fullmatch(text):
        return placed[1] + _told(placed[2], spoken, figures)
    whole = _whole(text, spoken, figures)
    return whole if whole is not None else next(_in_parts(text, spoken, figures), text)


def _in_parts(text: str, spoken: str, figures: str) -> Iterator[str]:
    """The text with what is known of its parts in the reader's language; nothing when no part is known."""
    for cut in re.finditer(r"\. |; ", text):
        before, sign, after = text[: cut.start()], text[cut.start() : cut.end()], text[cut.end() :]
        first = _known(before, spoken, figures)
        if first is None and sign == ". " and (first := _known(f"{before}.", spoken, figures)) is not None:
            sign = " "
        if first is not None:
            yield f"{first}{' ; ' if sign == '; ' else sign}{_told(after, spoken, figures)}"
    if (placed := _PLACE.fullmatch(text)) and (rest := _known(placed[2], spoken, figures)) is not None:
        yield placed[1] + rest
    about, colon, rest = text.partition(": ")
    if colon and (found := _known(rest, spoken, figures)) is not None:
        yield f"{about} : {found}"
    for cut in re.finditer(r"\. |; ", text):
        if (found := _known(text[cut.end() :], spoken, figures)) is not None:
            yield f"{text[: cut.start()]}{' ; ' if cut[0] == '; ' else cut[0]}{found}"


def _known(text: str, spoken: str, figures: str) -> str | None:
    """The text in the reader's language; None where nothing is known of it."""
    found = _told(text, spoken, figures)
    return found if found != text or _whole(text, spoken, figures) is not None else None


def _whole(text: str, spoken: str, figures: str) -> str | None:
    """The text by the template that has the most words of it."""
    known = _templates(spoken)
    for template in sorted(known.get(text.split(" ")[0], []) + known.get("", []), key=lambda one: one.rank):
        if match := template.pattern.fullmatch(text):
            values = {name: _value(name, value, spoken, figures) for name, value in match.groupdict().items()}
            said = template.translation.format(**values)
            return f"{said[:-2]}…" if text.endswith("…") and said.endswith("….") else said
    return None


def _value(name: str, value: str, spoken: str, figures: str) -> str:
    """A value: figures as the reader writes them, a list of names, or again a message."""
    if _FIGURE.fullmatch(value):
        return str(format_decimal(int(value.replace(",", "")), locale=Locale.parse(figures)))
    if name == "field" and value in _FIELDS:
        return _(_FIELDS[value])
    if name in _GLUE[spoken]:
        return value.replace(*_GLUE[spoken][name])
    return _told(value, spoken, figures) if " " in value else value


@cache
def _templates(spoken: str) -> dict[str, list[_Template]]:
    """The templates by the word that they begin with; by "" those that begin with a value."""
    known: dict[str, list[_Template]] = {}
    # A gettext catalogue keeps its messages to itself but for this mapping.
    messages: dict[str, str] = getattr(catalogue(spoken, "messages"), "_catalog", {})
    for text, translation in messages.items():
        if text:
            first = text.split(" ")[0]
            known.setdefault("" if "{" in first or "}" in first else first, []).append(_template(text, translation))
    return known


def _template(text: str, translation: str) -> _Template:
    """A value at the beginning is a name, never a sentence or a place before; a value that stands again is the same."""
    pattern, weight, end, seen = "", 0, 0, set[str]()
    for found in _VALUE.finditer(text):
        literal = text[end : found.start()] + ("" if found[1] else found[0][0])
        pattern, weight, end = pattern + re.escape(literal), weight + len(literal), found.end()
        if (name := found[1]) is not None:
            any_sign = r".(?:(?![;.:] ).)*?" if found.start() == 0 else ".*?"
            pattern += f"(?P={name})" if name in seen else f"(?P<{name}>{any_sign})"
            seen.add(name)
    literal = text[end:]
    # A text may be cut short before its end: see `data/errors.py`.
    ending = f"(?:{re.escape(literal)}|(?<=…))" if literal == "." else re.escape(literal)
    rank = (-weight - len(literal), seen.isdisjoint(("names_or", "names_and")))
    return _Template(re.compile(pattern + ending, re.DOTALL), rank, translation)
