"""The metrics layer: definitions in YAML become numbers that say where they come from and how far they can be trusted."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from data import workspace as workspaces
from metrics.layer import Layer
from metrics.result import Result

__all__ = ["Layer", "Result", "open", "query"]


def open(workspace: workspaces.Workspace | None = None) -> Layer:
    """The layer of a workspace; of the one that TRANSVERSE_WORKSPACE names (or the demo) when none is given."""
    return Layer(workspace or workspaces.load())


def query(metrics: str | Sequence[str], *, workspace: workspaces.Workspace | None = None, **options: Any) -> Result:
    """Values of metrics, in one call; see `Layer.query` for the options."""
    names = (metrics,) if isinstance(metrics, str) else tuple(metrics)
    return open(workspace).query(*names, **options)
