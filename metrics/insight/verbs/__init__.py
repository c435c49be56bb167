"""The verbs of the command line that give insight. A module each: TEXT, `options(parser)` and `run(args) -> exit code`."""

from __future__ import annotations

from types import ModuleType

from metrics.insight.verbs import actions, alerts, impact, priorities, review, signal, why

VERBS: dict[str, ModuleType] = {
    "signal": signal,
    "why": why,
    "impact": impact,
    "actions": actions,
    "priorities": priorities,
    "review": review,
    "alerts": alerts,
}
