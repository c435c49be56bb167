"""The kinds of metric: one module each, found by the verb that a definition uses.

A module exposes KEYS (beside its verb), `read(verb, block, name) -> Spec`, `format_of(verb)`, and either `combine` (it computes
with other metrics) or `leaf` (it counts rows). A kind whose answer is a table of its own (cohorts, steps) also has
`shape(spec, question) -> Shaped`; its leaf then says which rows it looks at. Adding a kind is one file, and one line here for
each of its verbs.
"""

from __future__ import annotations

from types import ModuleType

from metrics.kinds import aggregate, formula, lifecycle, ratio, retention, snapshot, stickiness

KINDS: dict[str, ModuleType] = {
    **dict.fromkeys(aggregate.VERBS, aggregate),
    "snapshot": snapshot,
    "ratio": ratio,
    "formula": formula,
    "lifecycle": lifecycle,
    "retention": retention,
    "stickiness": stickiness,
}
