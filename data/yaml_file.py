"""YAML that remembers its lines, so that an error can name the place.

Read as YAML 1.2 in the points that matter here: `on:` and `no` are words, `09:30` is text.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import yaml

from data.errors import Problem

_Base: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


class _Loader(_Base):  # type: ignore[misc]
    yaml_implicit_resolvers = {
        letter: [(tag, regexp) for tag, regexp in rules if tag not in ("tag:yaml.org,2002:bool", "tag:yaml.org,2002:int")]
        for letter, rules in _Base.yaml_implicit_resolvers.items()
    }


def _resolve(tag: str, pattern: str, first: str) -> None:
    import re

    _Loader.add_implicit_resolver(f"tag:yaml.org,2002:{tag}", re.compile(pattern), list(first))


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
        return Problem(message, self.file, line, column, remedy)


def read(path: Path, shown_as: str | None = None) -> Mapping:
    """The mapping that a file holds; an empty file is an empty mapping. Raises Problem for anything else."""
    try:
        text = path.read_text(encoding="utf-8")
    except FileNotFoundError:
        raise Problem("there is no such file", str(path)) from None
    except UnicodeDecodeError as error:
        raise Problem(f"is not UTF-8 text ({error.reason} at byte {error.start})", str(path), remedy="Save it as UTF-8.") from None
    return parse(text, shown_as or path.name)


def parse(text: str, file: str) -> Mapping:
    """The mapping that YAML text holds (JSON is YAML too); `file` is the name that errors show."""
    try:
        loader = _Loader(text)
        node = loader.get_single_node()
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        said = getattr(error, "problem", None) or str(error)
        raise Problem(f"is not valid YAML: {said}", file, mark and mark.line + 1, mark and mark.column + 1) from None
    if node is None:
        empty = Mapping()
        empty.file, empty.line = file, 1
        return empty
    if not isinstance(node, yaml.MappingNode):
        raise Problem("must be a mapping of names to values", file, node.start_mark.line + 1)
    return _mapping(node, loader, file)


def _mapping(node: yaml.MappingNode, loader: Any, file: str) -> Mapping:
    found = Mapping()
    found.file, found.line = file, node.start_mark.line + 1
    for key_node, value_node in node.value:
        line, column = key_node.start_mark.line + 1, key_node.start_mark.column + 1
        key = str(key_node.value) if isinstance(key_node, yaml.ScalarNode) else ""
        if not key:
            raise Problem("a name is expected here", file, line, column)
        if key in found:
            raise Problem(f'"{key}" stands here twice; the first is on line {found.keys_at[key][0]}', file, line, column, "Keep one.")
        found[key] = _value(value_node, loader, file)
        found.keys_at[key] = (line, column)
        found.values_at[key] = (value_node.start_mark.line + 1, value_node.start_mark.column + 1)
    return found


def _value(node: yaml.Node, loader: Any, file: str) -> Any:
    if isinstance(node, yaml.MappingNode):
        return _mapping(node, loader, file)
    if isinstance(node, yaml.SequenceNode):
        return [_value(item, loader, file) for item in node.value]
    try:
        return loader.construct_object(node, deep=True)
    except (yaml.YAMLError, ValueError) as error:
        raise Problem(f"cannot be read: {error}", file, node.start_mark.line + 1, node.start_mark.column + 1) from None


def walk(mapping: Mapping) -> Iterator[tuple[Mapping, str, Any]]:
    """Every (mapping, key, value) of a tree, depth first."""
    for key, value in mapping.items():
        yield mapping, key, value
        for child in value if isinstance(value, list) else [value]:
            if isinstance(child, Mapping):
                yield from walk(child)
