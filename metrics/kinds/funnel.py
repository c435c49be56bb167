"""`funnel: {steps, within, …}`: how many entities came how far through the steps, how long they took, and in which periods.

Every row that matches the first step begins an attempt (with `order: any` every row that matches one of them), which has
`within` of elapsed time, its end included. Of an entity's attempts the one that came furthest counts, of equals the earliest.
`funnel_attempts.py` finds them in SQL, `funnel_rows.py` tells them as steps, trend or times.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta

from data.yaml_file import Mapping
from metrics.kinds import funnel_any, funnel_attempts, funnel_rows, shapes
from metrics.kinds.aggregate import where_of
from metrics.question import Question, Shaped
from metrics.slice import Leaf

KEYS = ("in", "where")
_OPTIONS = (
    *("steps", "within", "entity", "order", "ties", "exclude", "attribution", "inside_range"),
    *("show", "from_step", "to_step", "bins"),
)
ORDERS = ("ordered", "strict", "strict_repeats_ok", "any")
ATTRIBUTIONS = ("first_touch", "last_touch", "step N", "all")
MOST_BINS = 500
_AT_STEP = re.compile(r"^step:?\s*(\d{1,3})$")


@dataclass(frozen=True)
class Step:
    """A step as it is called, and the condition of the rows that serve it."""

    name: str
    condition: str


@dataclass(frozen=True)
class Exclusion:
    """What makes an attempt void when it happens after one step and before another."""

    event: str
    after: int
    before: int


@dataclass(frozen=True)
class Funnel:
    """A funnel as defined; steps are counted from 1, `bins` None lets the number of conversions decide."""

    fact: str
    where: str | None
    entity: str
    steps: tuple[Step, ...]
    within: timedelta
    order: str
    strictly_later: bool
    exclude: tuple[Exclusion, ...]
    attribution: str
    at_step: int
    inside_range: bool
    show: str
    from_step: int
    to_step: int
    bins: int | None
    parts: tuple[str, ...] = ()


def read(verb: str, block: Mapping, name: str) -> Funnel:
    """Reads a definition."""
    fact, told = shapes.fact_and_block(verb, block, name, _OPTIONS)
    steps = _steps(told, name)
    show = shapes.choice(told, "show", name, ("steps", "trend", "times"))
    order = shapes.choice(told, "order", name, ORDERS)
    later = shapes.choice(told, "ties", name, ("allowed", "strictly_later")) == "strictly_later"
    alike = funnel_any.groups([step.condition for step in steps], competing=later) if order == "any" else []
    if any(len(group) > funnel_any.MOST_ALIKE for group in alike):
        one = "moment" if later else "event"
        said = f"{name}: one {one} may match more than {funnel_any.MOST_ALIKE} of the steps, too many to try them in any order"
        remedy = "Make them exclude each other, such as event = 'a' AND … and event = 'b' AND …."
        raise told.problem("steps", said, "Leave out ties, or some steps." if later else remedy, value=True)
    attribution, at_step = _attribution(told, name, len(steps))
    first, last = _section(told, name, len(steps), show)
    return Funnel(
        fact=fact,
        where=where_of(block, name),
        entity=shapes.entity(told, name),
        steps=steps,
        within=shapes.stretch(told, "within", name, "14 days"),
        order=order,
        strictly_later=later,
        exclude=tuple(_exclusions(told, name, len(steps))),
        attribution=attribution,
        at_step=at_step,
        inside_range=shapes.flag(told, "inside_range", name),
        show=show,
        from_step=first,
        to_step=last,
        bins=_bins(told, name, show),
    )


def _steps(told: Mapping, name: str) -> tuple[Step, ...]:
    listed = told.get("steps")
    if not isinstance(listed, list) or not listed:
        raise told.problem("steps", f"{name}: steps is a list such as [{{signed_up: \"event = 'signed_up'\"}}, …]", value=True)
    for one in listed:
        if not isinstance(one, Mapping) or len(one) != 1:
            raise told.problem("steps", f"{name}: a step is one name with its condition", "Write {name: condition}.", value=True)
    return tuple(Step(called, shapes.condition(one, called, name) or "TRUE") for one in listed for called in one)


def _exclusions(told: Mapping, name: str, count: int) -> Iterator[Exclusion]:
    listed = told.get("exclude", [])
    for one in listed if isinstance(listed, list) else [None]:
        if not isinstance(one, Mapping) or "event" not in one or set(one) - {"event", "after", "before"}:
            raise told.problem("exclude", f"{name}: exclude is a list of {{event, after: 1, before: 2}}", value=True)
        after = shapes.whole(one, "after", name, 1)
        before = shapes.whole(one, "before", name, count)
        if not after < before <= count:
            key = "before" if "before" in one else "after" if "after" in one else None
            raise one.problem(key, f"{name}: an exclusion lies after one step and before a later one of {count}", value=True)
        yield Exclusion(shapes.condition(one, "event", name) or "TRUE", after, before)


def _attribution(told: Mapping, name: str, count: int) -> tuple[str, int]:
    """Which rows say to which member an entity belongs; `step 2` and `{step: 2}` mean the same."""
    given = told.get("attribution", ATTRIBUTIONS[0])
    written = " ".join(f"{key} {value}" for key, value in given.items()) if isinstance(given, Mapping) else str(given)
    match = _AT_STEP.match(written)
    if match and 1 <= int(match[1]) <= count:
        return "step", int(match[1])
    if written not in ATTRIBUTIONS or written == "step N":
        said = f'{name}: attribution is first_touch, last_touch, step 1 to step {count}, or all, not "{written}"'
        raise told.problem("attribution", said, value=True)
    return written, 0


def _section(told: Mapping, name: str, count: int, show: str) -> tuple[int, int]:
    """The two steps that a trend and times lie between."""
    for key in ("from_step", "to_step"):
        if key in told and show == "steps":
            raise told.problem(key, f"{name}: {key} belongs to a trend or to times; steps show all of them", "Add show: trend.")
    first, last = shapes.whole(told, "from_step", name, 1), shapes.whole(told, "to_step", name, count)
    if last > count or (show != "steps" and first >= last):
        key = "to_step" if "to_step" in told else "from_step" if "from_step" in told else "steps"
        raise told.problem(key, f"{name}: from_step comes before to_step, which is at most {count}", value=True)
    return first, last


def _bins(told: Mapping, name: str, show: str) -> int | None:
    if "bins" in told and show != "times":
        raise told.problem("bins", f"{name}: bins belong to show: times")
    if told.get("bins", "auto") == "auto":
        return None
    found = told["bins"]
    if not isinstance(found, int) or isinstance(found, bool) or not 1 <= found <= MOST_BINS:
        raise told.problem("bins", f"{name}: bins is auto or a whole number from 1 to {MOST_BINS}", value=True)
    return found


def format_of(verb: str) -> str:
    """What people ask of a funnel is the share that came through."""
    del verb
    return "percent"


def reading(spec: Funnel) -> str:
    """Which of the possible readings a number used."""
    order = {
        "ordered": "in their order, whatever lies between",
        "strict": "one right after the other (order: strict)",
        "strict_repeats_ok": "one right after the other, repeats of a step aside (order: strict_repeats_ok)",
        "any": "in any order (order: any)",
    }[spec.order]
    ties = "must be later (ties: strictly_later)" if spec.strictly_later else "may be of the same moment (ties: allowed)"
    ends = "only inside the range (inside_range: true)" if spec.inside_range else "also after the range (inside_range: false)"
    seconds = int(spec.within.total_seconds())
    unit, each = next((unit, each) for unit, each in (("day", 86400), ("hour", 3600), ("minute", 60), ("second", 1)) if seconds % each == 0)
    told = f"{seconds // each:,} {unit}{'s' if seconds > each else ''}"
    return f"Steps {order}, {ends}, until {told} after the first have passed; the next step {ties}; every start is an attempt."


def grain(spec: Funnel) -> str | None:
    """A trend needs periods; steps and times are told of the whole range."""
    return "week" if spec.show == "trend" else None


def leaf(spec: Funnel) -> Leaf:
    """The entities that entered."""
    entry = spec.steps if spec.order == "any" else spec.steps[max(spec.at_step - 1, 0) :][:1]
    entered = " OR ".join(f"({step.condition})" for step in entry)
    return Leaf(spec.fact, "count_distinct", spec.entity, shapes.both(entered, spec.where))


def conditions(spec: Funnel) -> Iterator[tuple[tuple[str | int, ...], str, str]]:
    """Where each condition stands under the verb, the fact it is about, and its text."""
    yield from ((("steps", place, step.name), spec.fact, step.condition) for place, step in enumerate(spec.steps))
    yield from ((("exclude", place, "event"), spec.fact, one.event) for place, one in enumerate(spec.exclude))


def shape(spec: Funnel, question: Question) -> Shaped:
    """Rows of steps, of periods, or of bins of times."""
    funnel_attempts.best(spec, question)
    return funnel_rows.SHOWN[spec.show](spec, question)
