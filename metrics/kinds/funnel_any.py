"""Steps in any order: where after a row the second, the third, … of the steps is done, whichever they are.

One row serves one step. Steps that one row might serve make a group: of its m steps, r can be served by different rows as soon as
every s of them are matched by s + r - m rows (Hall's condition). Groups do not compete for rows, so that the places of all of
them, sorted, are where one more step is done.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from functools import lru_cache
from itertools import combinations
from typing import TYPE_CHECKING

from sqlglot import exp

from data.errors import Problem
from data.expressions import check
from metrics.kinds import funnel_attempts
from metrics.kinds.sequence import FROM_HERE, over, select
from metrics.question import Question

if TYPE_CHECKING:
    from metrics.kinds.funnel import Funnel

#: So many different conditions one row may match: each further one doubles the work.
MOST_ALIKE = 6
#: Steps of the same condition, counted from 1.
Alike = tuple[int, ...]


def places(spec: Funnel, question: Question, keys: list[str]) -> None:
    """Adds `ahead`: with each row `place_2`, `place_3`, …, where an attempt that begins there has done that many steps."""
    source = "numbered"
    if spec.strictly_later:
        _moments(spec, question, keys)
        source = "moments"
    found = groups([step.condition for step in spec.steps], competing=spec.strictly_later)
    served = [place for group in found for place in _places(group)]
    enough = sorted({one for place in served for one in place})
    matched = [f"{_most(f'step_{step}' for step in steps)} AS matched_{_name(steps)}" for steps in sorted({steps for steps, _ in enough})]
    question.ctes["matched"] = select(["*", *matched], source)
    question.ctes["enough"] = select(["*", *(_nth(keys, *one) for one in enough)], "matched")
    ahead = [f"coalesce(min(nth_{name}) OVER ahead, {funnel_attempts.FAR}) AS ahead_{name}" for name in (_name(*one) for one in enough)]
    question.ctes["enough_ahead"] = select(["*", *ahead], "enough", ahead=over(keys, FROM_HERE))
    columns = [f"{_most(f'ahead_{_name(*one)}' for one in place)} AS served_{number}" for number, place in enumerate(served, 1)]
    question.ctes["served_1"] = select(["*", *columns], "enough_ahead")
    for step in range(2, len(spec.steps) + 1):
        before = "place" if step == 2 else f"place_{step - 1}"
        later = [f"CASE WHEN served_{n} > {before} THEN served_{n} ELSE {funnel_attempts.FAR} END" for n in range(1, len(served) + 1)]
        question.ctes[f"served_{step}"] = select(["*", f"least({', '.join(later)}) AS place_{step}"], f"served_{step - 1}")
    met = {f"met_{number}": f"CASE WHEN exclude_{number} = 1 THEN place END" for number in range(1, len(spec.exclude) + 1)}
    funnel_attempts.first_after(question, "ahead", f"served_{len(spec.steps)}", met, keys, strictly=False)


def groups(conditions: Sequence[str], competing: bool = False) -> list[list[Alike]]:
    """The steps by what one row might serve: groups of steps of different conditions that do not exclude each other.

    `competing` steps are all of one group: a moment may match any of them, whatever one row can.
    """
    alike: dict[str, Alike] = {}
    for step, condition in enumerate(conditions, 1):
        alike[condition] = (*alike.get(condition, ()), step)
    if competing:
        return [list(alike.values())]
    found: list[list[str]] = []
    for condition in alike:
        near = [group for group in found if any(not _excludes(condition, other) for other in group)]
        found = [group for group in found if group not in near] + [[*(one for group in near for one in group), condition]]
    return [[alike[condition] for condition in group] for group in found]


def _places(group: list[Alike]) -> Iterator[list[tuple[Alike, int]]]:
    """For each number of steps of a group that may be served: which steps must be matched by how many rows."""
    count = sum(len(steps) for steps in group)
    some = [part for size in range(1, len(group) + 1) for part in combinations(group, size)]
    parts = [tuple(sorted(step for steps in part for step in steps)) for part in some]
    for served in range(1, count + 1):
        yield [(steps, len(steps) + served - count) for steps in parts if len(steps) + served > count]


def _nth(keys: list[str], steps: Alike, rows: int) -> str:
    """On a row that matches one of the steps, the place at which so many rows have done so, from that row on."""
    matched = f"matched_{_name(steps)}"
    ahead = f"ROWS BETWEEN {rows - 1} FOLLOWING AND {rows - 1} FOLLOWING"
    found = "place" if rows == 1 else f"min(place) OVER ({over([*keys, matched], ahead)})"
    return f"CASE WHEN {matched} = 1 THEN {found} END AS nth_{_name(steps, rows)}"


def _name(steps: Alike, rows: int | None = None) -> str:
    return "_".join(map(str, steps)) + (f"_by_{rows}" if rows else "")


def _most(columns: Iterable[str]) -> str:
    listed = list(columns)
    return f"greatest({', '.join(listed)})" if len(listed) > 1 else listed[0]


def _moments(spec: Funnel, question: Question, keys: list[str]) -> None:
    """Rows of the same moment as one that matches what any of them matches: only one step can be done at a time."""
    steps = [f"step_{number}" for number in range(1, len(spec.steps) + 1)]
    flags = [*steps, *(f"exclude_{number}" for number in range(1, len(spec.exclude) + 1))]
    kept = [*dict.fromkeys([*keys, *question.dims]), "moment", "place"]
    kept += ["period"] if spec.show == "trend" else []
    kept += ["told"] if question.dims and spec.attribution.endswith("touch") else []
    first = f"row_number() OVER (PARTITION BY {', '.join([*keys, 'moment'])} ORDER BY {_most(steps)} DESC, place) AS nth"
    peers = f"PARTITION BY {', '.join([*keys, 'moment'])}"
    inner = select([*kept, *(f"max({flag}) OVER peers AS {flag}" for flag in flags), first], "numbered", peers=peers)
    question.ctes["moments"] = "  SELECT * FROM (\n" + inner.replace("  SELECT", "    SELECT", 1) + "\n  ) AS told\n  WHERE nth = 1"


def _excludes(one: str, other: str) -> bool:
    """Whether no row can match both conditions, as far as their texts say: they want different values of one column."""
    mine, theirs = _wanted(one), _wanted(other)
    return any(not mine[column] & theirs[column] for column in mine.keys() & theirs.keys())


@lru_cache(maxsize=1024)
def _wanted(condition: str) -> dict[str, set[str]]:
    """The values that a condition wants of columns, where it is a chain of ANDs. A wrong one is told by who checks it."""
    try:
        tree = check(condition)
    except Problem:
        return {}
    found: dict[str, set[str]] = {}
    for part in tree.unnest().flatten() if isinstance(tree.unnest(), exp.And) else [tree.unnest()]:
        part = part.unnest()
        values = part.expressions if isinstance(part, exp.In) else [part.expression] if isinstance(part, exp.EQ) else []
        if values and isinstance(part.this, exp.Column) and all(isinstance(value, exp.Literal) and value.is_string for value in values):
            name = ".".join(piece.name for piece in part.this.parts)
            wanted = {value.this for value in values}
            found[name] = found[name] & wanted if name in found else wanted
    return found
