"""One definition in the text of its file: read as it stands, put in, taken out, with everything around it kept byte for byte."""

from __future__ import annotations

from collections.abc import Mapping as AnyMapping
from typing import Any

from data import yaml_file
from data.errors import Problem
from data.yaml_file import Mapping

#: What is longer is spread over several lines, unless it is text.
_WIDTH = 130


def written(name: str, keys: AnyMapping[str, Any]) -> str:
    """A definition as YAML, a line a key; what is long is spread over lines of its own."""
    return f"{name}:\n{_entries(keys, 2)}"


def cut(text: str, file: str, name: str) -> str | None:
    """The lines of a definition as they stand in a file, comments and all; None when it is not there."""
    lines, span = _lines(text), _span(text, file, name)
    return "".join(lines[span[0] : span[1]]) if span else None


def line(text: str, file: str, name: str) -> int:
    """The line of the file at which a definition begins, or would if it were put in."""
    span = _span(text, file, name)
    return span[0] + 1 if span else len(_lines(_opened(text))) + 1


def replaced(text: str, file: str, name: str, block: str | None) -> str:
    """The text of the file with a definition put in place of the one of that name (or at the end), or taken out.

    Raises Problem when the file is written in a way that does not let a single definition be cut out of it.
    """
    lines, span = _lines(text), _span(text, file, name)
    if block is not None:
        block = block.rstrip() + "\n"
        fitting = block.replace("\r\n", "\n").replace("\n", "\r\n") if "\r\n" in text else block
        after = "".join([*lines[: span[0]], fitting, *lines[span[1] :]]) if span else _opened(text) + fitting
    else:
        after = _without(lines, span) if span else text
    _check(text, after, file, name, block)
    return after


def revised(block: str, name: str, keys: AnyMapping[str, Any]) -> str:
    """A definition with other values: only the lines of keys that differ are written anew, so that comments stay."""
    told = yaml_file.parse(block, name)[name]
    if keys == told:
        return block
    lines = _lines(block)
    if told.line == 1 or len({place[0] for place in told.keys_at.values()}) < len(told):
        return written(name, keys)
    kept = _kept(lines, told)
    indent = min(column for _line, column in told.keys_at.values()) - 1
    order = [key for key in told if key in keys]
    for place, key in enumerate(keys):
        if key not in order:
            before = [one for one in list(keys)[:place] if one in order]
            order.insert(order.index(before[-1]) + 1 if before else 0, key)
    first = "".join(lines[: min(place[0] for place in told.keys_at.values()) - 1])
    said = []
    for key in order:
        lead = "".join(part for part in _lines(kept.get(key, "")) if part.lstrip().startswith("#"))
        said.append(kept[key] if key in told and told[key] == keys[key] else f"{lead}{_entries({key: keys[key]}, indent)}")
    made = "".join([first, *said])
    return made if yaml_file.parse(made, name).get(name) == keys else written(name, keys)


def _entries(keys: AnyMapping[str, Any], indent: int) -> str:
    """The lines of a mapping's keys."""
    return "".join(_entry(f"{yaml_file.written(key)}:", value, indent) for key, value in keys.items())


def _entry(lead: str, value: Any, indent: int) -> str:
    line = f"{' ' * indent}{lead} {yaml_file.written(value)}\n"
    if len(line) <= _WIDTH or not value or not isinstance(value, (list, AnyMapping)):
        return line
    if isinstance(value, AnyMapping):
        return f"{' ' * indent}{lead}\n{_entries(value, indent + 2)}"
    return f"{' ' * indent}{lead}\n{''.join(_item(one, indent + 2) for one in value)}"


def _item(value: Any, indent: int) -> str:
    """One of a list, behind its dash."""
    line = f"{' ' * indent}- {yaml_file.written(value)}\n"
    if len(line) <= _WIDTH or not value or not isinstance(value, AnyMapping):
        return line
    return f"{' ' * indent}- {_entries(value, indent + 2).lstrip()}"


def _kept(lines: list[str], told: Mapping) -> dict[str, str]:
    """The lines of each key; a comment above a key belongs to it."""
    starts = sorted((place[0] - 1, key) for key, place in told.keys_at.items())
    found, begun = {}, starts[0][0]
    for place, (_start, key) in enumerate(starts):
        following = starts[place + 1][0] if place + 1 < len(starts) else len(lines)
        ended = _trimmed(lines, following) if following < len(lines) else following
        found[key] = "".join(lines[begun:ended])
        begun = ended
    return found


def _span(text: str, file: str, name: str) -> tuple[int, int] | None:
    """The lines of a definition, the first and the one after the last; blank lines and comments below belong to what follows."""
    told = yaml_file.parse(text, file)
    if name not in told:
        return None
    start = told.keys_at[name][0] - 1
    following = [place[0] - 1 for place in told.keys_at.values() if place[0] - 1 > start]
    lines = _lines(text)
    return start, _trimmed(lines, min(following, default=len(lines)))


def _trimmed(lines: list[str], end: int) -> int:
    while not lines[end - 1].strip() or lines[end - 1].lstrip().startswith("#"):
        end -= 1
    return end


def _without(lines: list[str], span: tuple[int, int]) -> str:
    above, below = lines[: span[0]], lines[span[1] :]
    if below and not below[0].strip():
        below = below[1:]
    elif not below and above and not above[-1].strip():
        above = above[:-1]
    return "".join([*above, *below])


def _opened(text: str) -> str:
    """The text, ready for one more definition below."""
    if not text.strip():
        return text
    end = "\r\n" if "\r\n" in text else "\n"
    return text + ("" if text.endswith("\n") else end) + ("" if text.endswith(end * 2) else end)


def _lines(text: str) -> list[str]:
    return text.splitlines(keepends=True)


def _check(before: str, after: str, file: str, name: str, block: str | None) -> None:
    """Raises Problem unless this definition, and no other, is as it should be now."""
    wanted = yaml_file.parse(block, file).get(name) if block is not None else None
    was = dict(yaml_file.parse(before, file))
    try:
        now = dict(yaml_file.parse(after, file))
    except Problem:
        now = {}
    was.pop(name, None)
    if now.pop(name, None) != wanted or now != was:
        raise Problem(f"{name} cannot be changed by itself: it shares lines with others", file, remedy="Change it in the file, by hand.")
