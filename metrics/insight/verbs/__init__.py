"""The verbs of the command line that give insight. A module each: `options(parser)` and `run(args) -> exit code`.

A module is imported once its verb is asked for: what it needs takes longer to import than most other verbs take to answer.
"""

from __future__ import annotations

from importlib import import_module
from types import ModuleType

#: What each is for.
VERBS = {
    "signal": "Is the last complete period of a metric a signal, or its usual variation? Or the XmR chart of a plain file of numbers.",
    "why": "Why a metric moved between two periods: exact decompositions, and which part of it stands out.",
    "impact": "What a release did to adoption, revenue and support, as far as the data can tell; without a release, the ones there are.",
    "actions": "Recommendations: the playbooks held against the loaded data, with evidence, counter-evidence, prize and confidence.",
    "priorities": "What to build next: candidates ranked by a framework, with where each value comes from, and what "
    "came of those that were chosen.",
    "review": "A business review: six weeks, twelve months and last year behind, exceptions first; to print, to publish, to freeze.",
    "alerts": "Alert rules: how they fare (exit 1 when one cannot run, or none ran for an hour); run them, try one "
    "on history, test a channel.",
}


def module(name: str) -> ModuleType:
    """The module of a verb."""
    return import_module(f"metrics.insight.verbs.{name}")
