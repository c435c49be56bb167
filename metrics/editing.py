"""Definitions changed by people at a screen: what would be written into which file, written in one step, and kept with its reason."""

from __future__ import annotations

import threading
from collections.abc import Mapping
from dataclasses import dataclass
from difflib import unified_diff
from pathlib import Path
from typing import Any, Protocol

from data import files, yaml_file
from data.errors import Problem
from data.workspace import Workspace
from metrics import blocks, load, validate
from metrics.definition import NAME, Metric
from metrics.validate import Finding

#: Where what is new, and what replaces a built-in definition, is written.
OWN = "metrics/own.yml"
_writing = threading.Lock()


class History(Protocol):
    """Where changes of definitions are kept; the journal has one."""

    def record(self, *, name: str, file: str, before: str | None, after: str | None, author: str, reason: str) -> Any:
        """Keeps one change."""
        ...


@dataclass(frozen=True)
class Edit:
    """A definition that is to be written. `before` and `after` are its lines (None: not there), `was` and `text` those of its file."""

    name: str
    file: str
    before: str | None
    after: str | None
    was: str | None
    text: str

    @property
    def changes(self) -> bool:
        """Whether there is anything to write."""
        return (self.was or "") != self.text

    @property
    def diff(self) -> str:
        """What changes in the file, as a unified diff."""
        return compared(self.was, self.text, self.file)


def compared(before: str | None, after: str | None, file: str) -> str:
    """Two texts as a unified diff; empty where they are the same."""
    return "\n".join(unified_diff((before or "").splitlines(), (after or "").splitlines(), file, file, lineterm="", n=2))


def place(name: str, known: Mapping[str, Metric]) -> str:
    """The file of the company's that holds a definition, or would."""
    metric = known.get(name)
    return metric.file if metric is not None and load.is_own(metric.file) else OWN


def source(workspace: Workspace, metric: Metric) -> str:
    """A definition as it is written in its file, comments and all."""
    built_in = not load.is_own(metric.file)
    path = load.BUILT_IN / Path(metric.file).name if built_in else path_of(workspace, metric.file)
    return blocks.cut(text_of(path) or "", metric.file, metric.name) or ""


def only_name(text: str, opened: str | None = None) -> str:
    """The name of the one definition in a text. Raises Problem for none, several, or another than was opened."""
    told = yaml_file.parse(text, OWN, limit=load.MAX_UNSAVED)
    if len(told) != 1:
        raise Problem(f"holds {len(told)} definitions", OWN, 1, remedy="Write one: its name, a colon, and its keys indented below.")
    name = next(iter(told))
    if opened and name != opened:
        raise told.problem(name, f"{opened} cannot be renamed: others, links and its history know it by this name", f"Write {opened}.")
    return name


def lint(workspace: Workspace, text: str, known: Mapping[str, Metric], opened: str | None = None) -> tuple[list[Finding], int]:
    """What is wrong with a definition as it is typed, and how many lines of its file stand above it."""
    try:
        name = only_name(text, opened)
        file = place(name, known)
        above = blocks.line(text_of(path_of(workspace, file)) or "", file, name) - 1
    except Problem as problem:
        return [Finding("error", problem)], 0
    return validate.unsaved(text, file, known), above


def edit(workspace: Workspace, name: str, block: str | None, known: Mapping[str, Metric]) -> Edit:
    """What would be written for a definition, or (None) for taking it out. Raises Problem where that cannot be."""
    if not NAME.fullmatch(name):
        raise Problem(f'"{name}" cannot name a metric', remedy="Use small letters, digits and _, beginning with a letter.")
    if block is None:
        _check_gone(name, known)
    else:
        unsaved = load.over(known, block)
        for one in (validate.known(name, unsaved), *(one for one in unsaved.values() if name in one.parts)):
            load.check(one, unsaved)
    file = place(name, known)
    was = text_of(path_of(workspace, file))
    before = blocks.cut(was or "", file, name)
    text = blocks.replaced(was or "", file, name, block)
    return Edit(name, file, before, blocks.cut(text, file, name), was, text)


def save(workspace: Workspace, made: Edit, history: History, *, author: str, reason: str) -> None:
    """Writes the file in one step and keeps who changed it and why. Raises Problem when it has changed meanwhile."""
    author, reason = author.strip(), reason.strip()
    if not author or not reason:
        raise Problem("a change needs an author and a reason", remedy="Say who you are, and why you change it.")
    path = path_of(workspace, made.file)
    with _writing:
        if text_of(path) != made.was:
            raise Problem(
                f"{made.file} was changed by somebody else meanwhile", made.file, remedy="Look at what it says now, and save again."
            )
        _write(path, made.text)
        try:
            history.record(name=made.name, file=made.file, before=made.before, after=made.after, author=author, reason=reason)
        except Exception:
            _write(path, made.was or "")  # what nobody can look up later is not done
            raise


def _check_gone(name: str, known: Mapping[str, Metric]) -> None:
    """Raises Problem when others need a definition that is to go, and there is no built-in one beneath it."""
    metric = known.get(name)
    if metric is None or not load.is_own(metric.file):
        raise Problem(f"{name} is not among the definitions of this workspace", remedy="Only these can be taken out.")
    if name in built_in():
        return
    users = [one.name for one in known.values() if name in one.parts or any(name in named for named in one.named.values())]
    if users:
        raise Problem(f"{name} is used by {', '.join(users)}", metric.file, metric.line, remedy="Change these first.")


def built_in() -> set[str]:
    """The names of the definitions that come with the product."""
    return set(load.catalogue())


def path_of(workspace: Workspace, file: str) -> Path:
    """Where a file that people write lies. Raises Problem for a place outside the workspace's own folders of them."""
    named = Path(file).parent.as_posix()
    folder = {"metrics": workspace.definitions, "playbooks": workspace.playbooks}.get(named, workspace.root).resolve()
    path = folder / Path(file).name
    if named not in ("metrics", "playbooks") or path.resolve().parent != folder:
        raise Problem(f"{file} is not a file of this workspace's definitions", remedy="They lie in its folders metrics and playbooks.")
    return path


def text_of(path: Path) -> str | None:
    """What a file says; None where there is none. Raises Problem for what is no text."""
    try:
        return path.read_bytes().decode("utf-8")
    except FileNotFoundError:
        return None
    except UnicodeDecodeError:
        raise Problem("is not UTF-8 text", path.name, remedy="Save it as UTF-8.") from None


def _write(path: Path, text: str) -> None:
    """The file, or no file where nothing is left to say."""
    path.parent.mkdir(exist_ok=True)
    if text.strip():
        files.replace_text(path, text)
    else:
        path.unlink(missing_ok=True)
