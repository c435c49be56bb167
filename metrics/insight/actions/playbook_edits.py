"""Playbooks changed by people at a screen: what is wrong with one as it is typed, and what would be written into which file."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from data import yaml_file
from data.errors import Problem
from data.workspace import Workspace
from metrics import blocks, editing
from metrics.definition import Metric
from metrics.editing import Edit
from metrics.insight.actions import playbooks
from metrics.insight.actions.playbook import Playbook
from metrics.validate import Finding

#: Where what is new, and what replaces a built-in playbook, is written.
OWN = "playbooks/own.yml"


def place(name: str, known: Mapping[str, Playbook]) -> str:
    """The file of the company's that holds a playbook, or would."""
    one = known.get(name)
    return one.file if one is not None and playbooks.is_own(one.file) else OWN


def source(workspace: Workspace, one: Playbook) -> str:
    """A playbook as it is written in its file, comments and all."""
    if playbooks.is_own(one.file):
        return editing.block_of(workspace, one.file, one.name)
    return blocks.cut(editing.text_of(playbooks.BUILT_IN / Path(one.file).name) or "", one.file, one.name) or ""


def only(text: str, definitions: Mapping[str, Metric], opened: str | None = None) -> Playbook:
    """The one playbook of a text. Raises Problem for none, several, another than was opened, and for a wrong one."""
    name, told = name_of(text), yaml_file.parse(text, OWN, limit=playbooks.MAX_UNSAVED)
    if opened and name != opened:
        raise told.problem(name, f"{opened} cannot be renamed: decisions and its history know it by this name", f"Write {opened}.")
    return playbooks.over({}, text, OWN, definitions)[name]


def name_of(text: str) -> str:
    """What a text calls its one playbook. Raises Problem for none, or several."""
    told = yaml_file.parse(text, OWN, limit=playbooks.MAX_UNSAVED)
    if len(told) != 1:
        raise Problem(f"holds {len(told)} playbooks", OWN, 1, remedy="Write one: its name, a colon, and its keys indented below.")
    return next(iter(told))


def lint(text: str, definitions: Mapping[str, Metric], opened: str | None = None) -> list[Finding]:
    """What is wrong with a playbook as it is typed; lines are those of the text."""
    try:
        only(text, definitions, opened)
    except Problem as problem:
        return [Finding("error", problem)]
    return playbooks.unsaved(text, OWN, definitions)


def edit(workspace: Workspace, name: str, block: str | None, known: Mapping[str, Playbook], definitions: Mapping[str, Metric]) -> Edit:
    """What would be written for a playbook, or (None) for taking it out. Raises Problem where that cannot be."""
    if block is not None:
        only(block, definitions, name)
    elif name not in known or not playbooks.is_own(known[name].file):
        raise Problem(f"{name} is not among the playbooks of this workspace", remedy="Only these can be taken out.")
    return editing.put(workspace, place(name, known), name, block)
