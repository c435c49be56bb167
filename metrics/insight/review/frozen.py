"""Frozen reviews: keeping one in the journal, opening it without the warehouse, and what has changed since."""

from __future__ import annotations

import math
from dataclasses import dataclass

from data.journal import Journal, Snapshot
from metrics.insight.review import review
from metrics.insight.review import templates as review_templates
from metrics.insight.review.model import Number, Review
from metrics.layer import Layer


@dataclass(frozen=True)
class Changed:
    """A metric whose value over the same days is another one now. `redefined` tells that it is computed otherwise."""

    metric: str
    label: str
    format: str
    then: float | None
    now: float | None
    redefined: bool


def freeze(made: Review, book: Journal, author: str) -> Snapshot:
    """Keeps a review in the journal. Raises Problem without an author."""
    return book.reviews.freeze(
        made.to_json(),
        template=made.template,
        label=made.label,
        first=made.first,
        last=made.last,
        generation=made.generation,
        definitions=made.definitions,
        author=author,
    )


def opened(snapshot: Snapshot) -> Review:
    """A frozen review; nothing but its own text is read."""
    return Review.from_json(snapshot.content)


def again(layer: Layer, then: Review, book: Journal | None) -> Review | None:
    """The same review as it would be made now; None when its template is no longer there."""
    template = review_templates.shelf(layer.workspace, layer.metrics).kept.get(then.template)
    if template is None or template.cadence != then.cadence:
        return None
    by_month = f"{then.last:%Y-%m}" if then.cadence in ("month", "quarter") else None
    ending = None if by_month else then.last
    return review(layer, template, week_ending=ending, month=by_month, release=then.release or None, journal=book)


def changed(frozen: Review, now: Review) -> tuple[Changed, ...]:
    """What is no longer as it was frozen, in the order of the review; metrics that only one of the two knows are left out."""
    known = now.numbers()
    pairs = [(then, known[name]) for name, then in frozen.numbers().items() if name in known]
    return tuple(_between(then, other) for then, other in pairs if _differ(then, other))


def _differ(then: Number, now: Number) -> bool:
    if then.definition != now.definition or (then.value is None) != (now.value is None):
        return True
    return then.value is not None and now.value is not None and not math.isclose(then.value, now.value, rel_tol=1e-9, abs_tol=1e-9)


def _between(then: Number, now: Number) -> Changed:
    return Changed(then.metric, then.label, then.format, then.value, now.value, then.definition != now.definition)
