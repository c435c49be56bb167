"""YAML that remembers its lines, so that an error can name the place.

Read as YAML 1.2 in the points that matter here: `on:` and `no` are words, `09:30` is text. What is far larger or deeper than
anything that people write is refused before it is built: the parser beneath would crash on it, or take minutes.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from collections.abc import Mapping as AnyMapping
from pathlib import Path
from typing import Any

import yaml

from data.errors import Problem, did_you_mean

#: How long a text may be, and how deep; it may hold one value for every twenty of its allowed characters.
MAX_CHARACTERS, MAX_DEPTH, _PER_VALUE = 1_000_000, 40, 20

_Base: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


class _Loader(_Base):  # type: ignore[misc]
    yaml_implicit_resolvers = {
        letter: [(tag, regexp) for tag, regexp in rules if tag not in ("tag:yaml.org,2002:bool", "tag:yaml.org,2002:int")]
        for letter, rules in _Base.yaml_implicit_resolvers.items()
    }


class _Dumper(yaml.SafeDumper):
    """Quotes what either version of YAML would take for something else than text, and writes out what stands twice."""

    def ignore_aliases(self, data: Any) -> bool:  # noqa: ARG002
        """Whether a value is written out each time."""
        return True


def _resolve(tag: str, pattern: str, first: str) -> None:
    import re

    for reader in (_Loader, _Dumper):
        reader.add_implicit_resolver(f"tag:yaml.org,2002:{tag}", re.compile(pattern), list(first))


_resolve("bool", r"^(?:true|True|TRUE|false|False|FALSE)$", "tTfF")
_resolve("int", r"^[-+]?[0-9]+$", "-+0123456789")


class Mapping(dict[str, Any]):
    """A mapping that knows its file, its own line and the (line, column) of each key and value."""

    file: str = ""
    line: int = 0

    def __init__(self) -> None:
        super().__init__()
        self.keys_at: dict[str, tuple[int, int]] = {}
        self.values_at: dict[str, tuple[int, int]] = {}

    def problem(self, key: str | None, message: str, remedy: str | None = None, *, value: bool = False) -> Problem:
        """A Problem at a key (or at its value), or at the mapping itself when the key is absent."""
        places = self.values_at if value else self.keys_at
        line, column = places.get(key or "", (self.line, None))
        return Problem(message, self.file, line, column, remedy, key)

    def only(self, allowed: Iterable[str], of: str = "") -> None:
        """Raises Problem at the first key that is not allowed, with what it may have meant; `of` is what the mapping describes."""
        known = tuple(allowed)
        for key in self:
            if key not in known:
                said = f'unknown key "{key}"'
                raise self.problem(key, f"{of}: {said}" if of else said, did_you_mean(key, known))


def read(path: Path, shown_as: str | None = None) -> Mapping:
    """The mapping that a file holds; an empty file is an empty mapping. Raises Problem for anything else."""
    try:
        if path.stat().st_size > 4 * MAX_CHARACTERS:
            raise _too_large(str(path), MAX_CHARACTERS)
        text = path.read_text(encoding="utf-8")
    except FileNotFoundError:
        raise Problem("there is no such file", str(path)) from None
    except UnicodeDecodeError as error:
        raise Problem(f"is not UTF-8 text ({error.reason} at byte {error.start})", str(path), remedy="Save it as UTF-8.") from None
    return parse(text, shown_as or path.name)


def parse(text: str, file: str, *, limit: int = MAX_CHARACTERS) -> Mapping:
    """The mapping that YAML text holds (JSON is YAML too); `file` is the name that errors show, `limit` how long it may be."""
    if len(text) > limit:
        raise _too_large(file, limit)
    try:
        _check_size(text, file, limit // _PER_VALUE)
        loader = _Loader(text)
        node = loader.get_single_node()
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        said = getattr(error, "problem", None) or str(error).splitlines()[0]
        raise Problem(f"is not valid YAML: {said}", file, mark and mark.line + 1, mark and mark.column + 1) from None
    except UnicodeEncodeError:
        raise Problem("is not text: it holds halves of characters", file) from None
    if node is None:
        empty = Mapping()
        empty.file, empty.line = file, 1
        return empty
    if not isinstance(node, yaml.MappingNode):
        raise Problem("must be a mapping of names to values", file, node.start_mark.line + 1)
    return _Builder(loader, file, limit // _PER_VALUE).mapping(node, 0)


def _check_size(text: str, file: str, most: int) -> None:
    """Reads the text without building anything from it: how many values there are, and how deep they lie."""
    depth = 0
    for count, event in enumerate(yaml.parse(text, Loader=_Loader)):
        depth += isinstance(event, yaml.CollectionStartEvent) - isinstance(event, yaml.CollectionEndEvent)
        if depth > MAX_DEPTH or count > 2 * most:
            mark: Any = event.start_mark
            said = f"is nested more than {MAX_DEPTH} deep" if depth > MAX_DEPTH else f"holds more than {most:,} values"
            raise Problem(said, file, mark.line + 1, mark.column + 1)


def _too_large(file: str, limit: int) -> Problem:
    return Problem(f"is longer than {limit:,} characters", file, remedy="Split it, and leave out what is not needed.")


class _Builder:
    """Makes values of nodes. A node that is repeated (`*name`) is made each time, so what is made is counted too."""

    def __init__(self, loader: Any, file: str, most: int) -> None:
        self.loader, self.file, self.most, self.left = loader, file, most, most

    def mapping(self, node: yaml.MappingNode, depth: int) -> Mapping:
        found = Mapping()
        found.file, found.line = self.file, node.start_mark.line + 1
        for key_node, value_node in node.value:
            line, column = key_node.start_mark.line + 1, key_node.start_mark.column + 1
            key = str(key_node.value) if isinstance(key_node, yaml.ScalarNode) else ""
            if not key:
                raise Problem("a name is expected here", self.file, line, column)
            if key in found:
                said = f'"{key}" stands here twice; the first is on line {found.keys_at[key][0]}'
                raise Problem(said, self.file, line, column, "Keep one.")
            found[key] = self._value(value_node, depth + 1)
            found.keys_at[key] = (line, column)
            found.values_at[key] = (value_node.start_mark.line + 1, value_node.start_mark.column + 1)
        return found

    def _value(self, node: yaml.Node, depth: int) -> Any:
        line, column = node.start_mark.line + 1, node.start_mark.column + 1
        self.left -= 1
        if depth > MAX_DEPTH or self.left < 0:
            said = f"repeats itself until it is more than {MAX_DEPTH} deep or {self.most:,} values long"
            raise Problem(said, self.file, line, column, "Write it out without & and *.")
        if isinstance(node, yaml.MappingNode):
            return self.mapping(node, depth)
        if isinstance(node, yaml.SequenceNode):
            return [self._value(item, depth + 1) for item in node.value]
        try:
            return self.loader.construct_object(node, deep=True)
        except (yaml.YAMLError, ValueError, AttributeError, OverflowError) as error:
            said = getattr(error, "problem", None) or str(error)
            raise Problem(f"cannot be read: {said}", self.file, line, column) from None


def written(value: Any) -> str:
    """A value as YAML on one line, such that `parse` reads the same."""
    style = '"' if isinstance(value, str) and "\n" in value else None
    plain = _plain(value)
    text = yaml.dump(plain, Dumper=_Dumper, default_flow_style=True, default_style=style, sort_keys=False, allow_unicode=True, width=10**6)
    return str(text).removesuffix("...\n").strip()


def _plain(value: Any) -> Any:
    if isinstance(value, AnyMapping):
        return {key: _plain(one) for key, one in value.items()}
    return [_plain(one) for one in value] if isinstance(value, (list, tuple)) else value


def walk(mapping: Mapping) -> Iterator[tuple[Mapping, str, Any]]:
    """Every (mapping, key, value) of a tree, depth first."""
    for key, value in mapping.items():
        yield mapping, key, value
        for child in value if isinstance(value, list) else [value]:
            if isinstance(child, Mapping):
                yield from walk(child)
