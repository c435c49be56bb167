"""What is written in files, a block a name: built-in ones, and a company's own over them, as far as they can be read."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Generic, TypeVar

from data import yaml_file
from data.errors import Problem, did_you_mean
from data.yaml_file import Mapping as Block

Kept = TypeVar("Kept")


@dataclass(frozen=True)
class Shelf(Generic[Kept]):
    """Everything by name that can be read, and what is wrong with the rest, each with its place. `of` says what it holds."""

    of: str
    kept: Mapping[str, Kept]
    problems: tuple[Problem, ...] = ()

    def named(self, name: str, *, also: Iterable[str] = ()) -> Kept:
        """The one of this name. Raises Problem where there is none, or a file that may hold it is wrong.

        `also` are names that the caller understands beside them: the remedy lists those too.
        """
        if name in self.kept:
            return self.kept[name]
        for problem in self.problems:
            raise problem
        raise Problem(f'there is no {self.of} "{name}"', remedy=did_you_mean(name, [*self.kept, *also]))


def filled(of: str, files: Iterable[tuple[Path, str]], read: Callable[[str, Block], Kept]) -> Shelf[Kept]:
    """The blocks of files (with the names that errors show), a later one over an earlier one of its name.

    `read` makes one of its block. One that is wrong takes none of the others away.
    """
    kept: dict[str, Kept] = {}
    wrong: list[Problem] = []
    for path, shown in files:
        try:
            told = yaml_file.read(path, shown)
        except Problem as problem:
            wrong.append(problem)
            continue
        for name in told:
            kept.pop(name, None)
            try:
                kept[name] = read(name, told)
            except Problem as problem:
                wrong.append(problem)
    return Shelf(of, kept, tuple(wrong))
