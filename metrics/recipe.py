"""A metric as its form has it: what is counted, of what, which ones, how often, in which time; and the keys that say so in YAML."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from typing import Any

from metrics.definition import Metric
from metrics.kinds import KINDS, aggregate

#: The verbs that the form knows. All others are written as YAML.
VERBS = (*aggregate.VERBS, "snapshot", "ratio")
#: The keys under the verb, and of every metric, in the order in which definitions are written.
_BEFORE, _AFTER = ("label", "description"), ("in", "where", "at_least", "per", "over_last", "at", "to", "time", "include")
_LAST = ("good", "owner", "format", "objective", "synonyms", "drivers", "targets", "materiality", "minimum_n", "valid_since", "tests")
_LONGEST = 60


@dataclass(frozen=True)
class Recipe:
    """The fields of the form. What is None or empty is not written; `of` is a column, `*`, or the metric above a ratio's line."""

    name: str
    verb: str = "count_distinct"
    of: str = "account_id"
    fact: str | None = "events"
    to: str | None = None
    where: str | None = None
    at_least: int | None = None
    per: str | None = None
    over_last: str | None = None
    at: float | None = None
    time: str | None = None
    include: tuple[str, ...] = ()
    label: str | None = None
    description: str | None = None
    good: str | None = "up"
    owner: str | None = None
    format: str | None = None
    synonyms: tuple[str, ...] = ()
    drivers: tuple[str, ...] = ()
    objective: str | None = None
    targets: Mapping[str, float] = field(default_factory=dict)
    materiality: str | float | None = None
    minimum_n: int | None = None
    valid_since: Any = None
    tests: tuple[Mapping[str, Any], ...] = ({"not_below": 0},)


def keys(recipe: Recipe) -> dict[str, Any]:
    """The keys of the definition with their values, in the order in which they are written."""
    told = {one.name: getattr(recipe, one.name) for one in fields(recipe)} | {recipe.verb: recipe.of, "in": recipe.fact}
    order = (*_BEFORE, recipe.verb, *_AFTER, *_LAST)
    return {key: list(told[key]) if isinstance(told[key], tuple) else told[key] for key in order if told[key] not in (None, (), {}, "")}


def of(metric: Metric) -> Recipe | None:
    """The fields of a definition; None when the form cannot say all that it says."""
    block = metric.block
    if metric.kind not in VERBS:
        return None
    told = {one.name: block[one.name] for one in fields(Recipe) if one.name in block}
    lists = {key: tuple(value) for key, value in told.items() if isinstance(value, list)}
    recipe = Recipe(
        **{
            "good": None,
            "tests": (),
            **told,
            **lists,
            "name": metric.name,
            "verb": metric.kind,
            "of": block[metric.kind],
            "fact": block.get("in"),
        }
    )
    return recipe if keys(recipe) == block else None


def identifier(label: str) -> str:
    """A name for a definition, made of its label: small letters, digits and _, beginning with a letter."""
    plain = unicodedata.normalize("NFKD", label.lower()).encode("ascii", "ignore").decode()
    words = re.sub(r"[^a-z0-9]+", "_", plain).strip("_")
    return re.sub(r"^(?=\d)", "m_", words)[:_LONGEST].rstrip("_")


def number(value: float) -> int | float:
    """A number as people write it: 2, not 2.0."""
    return int(value) if float(value).is_integer() else value


def usual_format(verb: str) -> str:
    """How a number is written where its definition does not say."""
    return str(KINDS[verb].format_of(verb))
