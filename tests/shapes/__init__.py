"""The evaluator's kinds with rows of their own, one module each: `rows(ask, definition, expressions)` gives the rows of the JSON."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from tests.evaluator_calendar import Ask, Where
from tests.shapes import funnel, lifecycle, movements, paths, retention, stickiness, time_to

Evaluate = Callable[[Ask, Mapping[str, Any], Mapping[str, Where]], list[dict[str, Any]]]

SHAPES: dict[str, Evaluate] = {
    "lifecycle": lifecycle.rows,
    "movements": movements.rows,
    "retention": retention.rows,
    "stickiness": stickiness.rows,
    "time_to": time_to.rows,
    "funnel": funnel.rows,
    "paths": paths.rows,
}

#: The grain of a kind when none is asked for.
GRAINS = {"lifecycle": "week", "movements": "month", "retention": "week", "stickiness": "day"}
