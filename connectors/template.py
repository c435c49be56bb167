"""Writes a commented block for a new source into sources.yml."""

from __future__ import annotations

import re
from pathlib import Path

from connectors import CONNECTORS, connector, of_block, settings
from data import files, yaml_file
from data.errors import Problem, did_you_mean
from data.workspace import NEW_SOURCE
from data.yaml_file import Mapping


def add(workspace: Path, name: str, kind: str) -> tuple[Path, int]:
    """Adds the connector's template as a block; gives the file and the block's first line. Raises Problem as `add_block` does."""
    if kind not in CONNECTORS:
        raise Problem(f'there is no connector "{kind}"', remedy=did_you_mean(kind, CONNECTORS))
    return add_block(workspace, name, connector(kind).TEMPLATE.format(name=name))


def add_block(workspace: Path, name: str, block: str) -> tuple[Path, int]:
    """Adds a block under `sources`, other text stays as it is; gives the file and the block's first line.

    Raises Problem when the name is taken or is no name, when the block is none, or when sources.yml cannot take it.
    """
    if not NEW_SOURCE.fullmatch(name):
        raise Problem(f'"{name}" is no name for a source', remedy="Use small letters, figures, _ and -, such as exports.")
    workspace.mkdir(parents=True, exist_ok=True)
    path = workspace / "sources.yml"
    text = (
        path.read_text(encoding="utf-8")
        if path.exists()
        else "company: {name: Company, timezone: UTC, week_start: monday, currency: EUR}\n"
    )
    sources = yaml_file.parse(text, path.name)
    block = block.rstrip("\n") + "\n"
    changed = _with_block(text, sources, name, block)
    found = yaml_file.parse(changed, path.name)["sources"]
    settings.parse(of_block(name, found.get(name), found).Config, found[name], found, name)
    files.replace_text(path, changed)
    return path, changed[: changed.index(block)].count("\n") + 1


def _with_block(text: str, parsed: Mapping, name: str, block: str) -> str:
    known = parsed.get("sources")
    lines = text.splitlines(keepends=True)
    if lines and not lines[-1].endswith("\n"):
        lines[-1] += "\n"
    if "sources" not in parsed:
        return f"{''.join(lines)}sources:\n{block}"
    if isinstance(known, Mapping) and name in known:
        raise known.problem(name, f'the source "{name}" is there already', "Choose another name.")
    line = parsed.keys_at["sources"][0]
    if not known:
        lines[line - 1] = "sources:\n"
    elif not re.fullmatch(r"sources:\s*(#.*)?\n", lines[line - 1]):
        raise parsed.problem("sources", "sources is written on one line", "Write each source on lines of its own.")
    return "".join([*lines[:line], block, *lines[line:]])
