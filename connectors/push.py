"""Sending something out that was decided here: an issue to Linear, a note to Productboard. Once, however often it is asked for.

The text comes finished: connectors know no metrics. A connector that takes such a thing has `push(sent) -> Pushed`.
"""

from __future__ import annotations

import hashlib
from dataclasses import asdict, dataclass
from typing import Any, TypeVar
from uuid import UUID

from connectors import PUSHED_TO, connector, of_block, settings
from connectors.api import Api, secret_of
from data.errors import Problem, did_you_mean
from data.workspace import Workspace
from data.yaml_file import Mapping

A = TypeVar("A", bound=Api)


@dataclass(frozen=True)
class Sent:
    """What is sent: `key` tells it from everything else that ever was, `body` is Markdown."""

    workspace: Workspace
    name: str
    block: Mapping
    key: str
    title: str
    body: str

    @property
    def uuid(self) -> str:
        """An id that follows from the key, in the form of a UUID v4, for vendors that let their clients choose it."""
        return str(UUID(bytes=hashlib.sha256(self.key.encode()).digest()[:16], version=4))

    def config(self, model: type[A]) -> A:
        """The settings of the source. Raises Problem with file and line."""
        return settings.parse(model, self.block, self.workspace.sources, self.name)

    def secret(self, key: str) -> str:
        """The secret that the source's block names."""
        return secret_of(self.block, self.name, key)


@dataclass(frozen=True)
class Pushed:
    """What is there now: its id, what people call it, and where it is seen. `is_new` is False when it was there already."""

    id: str
    name: str
    url: str
    is_new: bool


def push(workspace: Workspace, name: str, *, key: str, title: str, body: str) -> dict[str, Any]:
    """Sends it to a source, unless it is there already. Raises Problem for a source that takes nothing, or that refuses it."""
    if name not in workspace.sources:
        raise Problem(f'there is no source "{name}"', "sources.yml", remedy=did_you_mean(name, workspace.sources))
    block = workspace.sources[name]
    of_block(name, block, workspace.sources)
    if block["connector"] not in PUSHED_TO:
        raise block.problem("connector", f"nothing can be sent to {name}", f"Only to {' and '.join(PUSHED_TO)}.", value=True)
    module: Any = connector(block["connector"])
    return asdict(module.push(Sent(workspace, name, block, key, title, body)))
