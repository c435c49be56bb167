"""The kinds of metric: one module each, found by the verb that a definition uses.

A module exposes KEYS (beside its verb), `read(verb, block, name) -> Spec`, `format_of(verb)`, and either `combine` (it computes
with other metrics) or `leaf` (it counts rows). A kind whose answer is a table of its own (cohorts, steps) also has
`shape(spec, question) -> Shaped`; one with a value a period that no aggregate of rows gives has `measure(spec, piece, question)`
and may have `is_final(spec, window, question)`, and `beside(spec, title)` for the columns that stand beside the value when it is
asked alone; its leaf then says which rows it looks at. `conditions(spec)` lists expressions as (keys under the verb, fact, text),
so that a wrong one is told where it stands. A kind that takes something from a metric that it names has
`resolve(metric, catalogue)`; one whose options choose between readings has `reading(spec)`, which is shown with the number.
Adding a kind is one file, and one line here for each of its verbs.
"""

from __future__ import annotations

from types import ModuleType

from metrics.kinds import (
    aggregate,
    converted_to,
    cumulative,
    formula,
    funnel,
    lifecycle,
    movements,
    paths,
    ratio,
    retained,
    retention,
    score,
    snapshot,
    stickiness,
    time_to,
)

KINDS: dict[str, ModuleType] = {
    **dict.fromkeys(aggregate.VERBS, aggregate),
    "snapshot": snapshot,
    "ratio": ratio,
    "formula": formula,
    "lifecycle": lifecycle,
    "retention": retention,
    "cumulative": cumulative,
    "retained": retained,
    "converted_to": converted_to,
    "movements": movements,
    "score": score,
    "stickiness": stickiness,
    "time_to": time_to,
    "funnel": funnel,
    "paths": paths,
}
