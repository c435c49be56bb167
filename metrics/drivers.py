"""The North Star and what drives it: a tree over the `drivers` that definitions name."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from data.errors import did_you_mean
from data.workspace import Workspace
from metrics.definition import Metric
from metrics.made_of import is_shaped

#: What leads a company that does not say otherwise.
USUAL = "weekly_active_accounts"
#: Levels of the tree: the North Star, its inputs, and theirs.
LEVELS = 3


@dataclass(frozen=True)
class Branch:
    """A metric of the tree, and those that drive it."""

    name: str
    inputs: tuple[Branch, ...] = ()

    def names(self) -> Iterator[str]:
        """This metric and all below it."""
        yield self.name
        for branch in self.inputs:
            yield from branch.names()


def north_star(workspace: Workspace, known: Mapping[str, Metric]) -> str | None:
    """The metric that a company follows above all: what sources.yml names, else the usual one, else the first that names drivers.

    None where there is nothing to follow. Raises Problem, at its line of sources.yml, for a name that leads nowhere.
    """
    named = workspace.company.north_star
    if named is None:
        return USUAL if USUAL in known else next((one.name for one in known.values() if one.drivers and not is_shaped(one)), None)
    if named not in known:
        raise workspace.head.problem("north_star", f'north_star: unknown metric "{named}"', did_you_mean(named, known), value=True)
    if is_shaped(known[named]):
        said = f"north_star: {named} is a table ({known[named].kind}), not one number"
        raise workspace.head.problem("north_star", said, "Name a metric with one value a period.", value=True)
    return named


def tree(root: str, known: Mapping[str, Metric], levels: int = LEVELS) -> Branch:
    """What drives a metric, and what drives that.

    Each metric stands once, where it is nearest to the root, so that drivers which lead back end there. What has no single
    value, and names that lead nowhere, are left out.
    """
    below: dict[str, list[str]] = {root: []}
    waiting = deque([(root, 1)])
    while waiting:
        name, level = waiting.popleft()
        for driver in known[name].drivers if level < levels else ():
            if driver in known and driver not in below and not is_shaped(known[driver]):
                below[driver] = []
                below[name].append(driver)
                waiting.append((driver, level + 1))
    return _branch(root, below)


def _branch(name: str, below: Mapping[str, list[str]]) -> Branch:
    return Branch(name, tuple(_branch(one, below) for one in below[name]))
