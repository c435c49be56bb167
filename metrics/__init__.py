"""The metrics layer: definitions in YAML become numbers that say where they come from and how far they can be trusted."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from data import workspace as workspaces
from metrics.asked import Moment
from metrics.layer import Layer
from metrics.result import Result

__all__ = ["Layer", "Result", "open", "query"]


def open(workspace: workspaces.Workspace | None = None) -> Layer:
    """The layer of a workspace; of the one that TRANSVERSE_WORKSPACE names (or the demo) when none is given."""
    return Layer(workspace or workspaces.load())


def query(
    metrics: str | Sequence[str],
    *,
    grain: str | None = None,
    since: Moment | None = None,
    until: Moment | None = None,
    by: Sequence[str] = (),
    top: int | None = None,
    where: str | None = None,
    compare: str | None = None,
    definitions: str | Mapping[str, Any] | None = None,
    week_start: str | None = None,
    timezone: str | None = None,
    workspace: workspaces.Workspace | None = None,
) -> Result:
    """Values of one or more metrics in one call, on the workspace that TRANSVERSE_WORKSPACE names unless one is given.

    The options are those of `Layer.query` and of `python -m metrics query`. Raises Problem for whatever cannot be answered.
    """
    names = (metrics,) if isinstance(metrics, str) else tuple(metrics)
    return open(workspace).query(
        *names,
        grain=grain,
        since=since,
        until=until,
        by=by,
        top=top,
        where=where,
        compare=compare,
        definitions=definitions,
        week_start=week_start,
        timezone=timezone,
    )
