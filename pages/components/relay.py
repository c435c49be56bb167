"""What the layers below the pages say, in the reader's language.

The layers speak and store English. `relayed` finds the template that a text was made by (`docs/messages.py` lists them, the catalogue is
`pages/locale/messages/<language>.po`) and fills the reader's own with the same values. What is not found stays as it is: the words of
a database, of a vendor, of a company.
"""

from __future__ import annotations

import re
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
#: Where one message may end and the next begin, and how many of these places are looked at ahead: texts of others may have many.
_CUT, _AHEAD = re.compile(r"\. |; "), 3
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
    """A whole message, or several put together by full stops and semicolons; each may have its place, or whom it is about, before it."""
    cuts = [(cut.start(), cut.end()) for cut in _CUT.finditer(text)] + [(len(text), len(text))]
    said, start, found = "", 0, False
    while start < len(text):
        ahead = [cut for cut in cuts if cut[0] > start or cut[1] == len(text)]
        for stop, end in dict.fromkeys((ahead[-1], *reversed(ahead[:_AHEAD]))):
            told, sign = _sentence(text[start:stop], text[stop:end], spoken, figures)
            if told is not None:
                found = True
                break
        else:
            stop, end = ahead[0]
            told, sign = text[start:stop], text[stop:end]
        said, start = said + told + sign, end
    return said if found else text


def _sentence(text: str, sign: str, spoken: str, figures: str) -> tuple[str | None, str]:
    """A message and the sign that ends it, in the reader's language; None where nothing is known of it."""
    told = _one(text, spoken, figures)
    if told is None and sign == ". " and (told := _one(f"{text}.", spoken, figures)) is not None:
        return told, " "
    return told, " ; " if sign == "; " else sign


def _one(text: str, spoken: str, figures: str) -> str | None:
    """One message, with what may stand before it."""
    if placed := _LINE.fullmatch(text):
        rest = _one(placed[2], spoken, figures)
        return None if rest is None else placed[1] + rest
    if (whole := _whole(text, spoken, figures)) is not None:
        return whole
    if (placed := _PLACE.fullmatch(text)) and (rest := _whole(placed[2], spoken, figures)) is not None:
        return placed[1] + rest
    about, _colon, rest = text.partition(": ")
    found = _whole(rest, spoken, figures) if rest and not _CUT.search(about) else None
    return None if found is None else f"{about} : {found}"


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
