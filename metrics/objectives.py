"""The company's objectives, as its tracker names them."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

Run = Callable[[str, Mapping[str, Any]], Sequence[Sequence[Any]]]

_SQL = "SELECT objective_id, coalesce(name, objective_id) FROM objective_once WHERE objective_id IS NOT NULL ORDER BY objective_id"


def read(run: Run) -> dict[str, str]:
    """The name of each objective by its id."""
    return {str(key): str(name) for key, name in run(_SQL, {})}
