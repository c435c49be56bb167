"""The kinds of metric: one module each, found by the verb that a definition uses.

A module exposes KEYS (beside its verb), `read(verb, block, name) -> Spec`, `format_of(verb)`, and either `leaf` (it counts
rows) or `combine` (it computes with other metrics). Adding a kind is one file, and one line here for each of its verbs.
"""

from __future__ import annotations

from types import ModuleType

from metrics.kinds import aggregate, formula, ratio, snapshot

KINDS: dict[str, ModuleType] = {
    **dict.fromkeys(aggregate.VERBS, aggregate),
    "snapshot": snapshot,
    "ratio": ratio,
    "formula": formula,
}
