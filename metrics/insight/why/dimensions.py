"""Along which dimensions a change is looked at, and which of them explains it best."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from itertools import combinations

from data.errors import Problem
from metrics import columns
from metrics.facts import Fact, facts
from metrics.insight.why import apart, breakdown
from metrics.insight.why.breakdown import AND, Breakdown
from metrics.insight.why.matter import ACCOUNT, Matter
from metrics.kinds import KINDS
from metrics.made_of import leaves

#: What people act by, looked at first.
FOREMOST = ("account.segment", "account.plan", "account.region", "feature_id", ACCOUNT)
#: As good as those, where a fact has them: how a ticket came in, and what a daily figure is called.
_AS_GOOD = ("channel", "priority", "ticket.channel", "ticket.priority", "name")
_JOINED = ("account.industry", "person.role", "ticket.channel", "ticket.priority")
#: Own columns that name a row, or tell how it stands by now, which explains nothing of then.
_NO_PART = frozenset(("name", "title", "domain", "tags", "status", "stage", "state", "state_type", "lifecycle", "email_domain", "subject"))
_IDS = frozenset(("feature_id", "objective_id", "project_id"))
#: An own column with more members than this is no kind of thing, but a thing.
_MOST_MEMBERS = 40
#: What is no foremost dimension must explain so much better to come before one.
_BEHIND = 0.8
#: A pair of dimensions must explain so much better than the better one alone, and two at most are told.
_BETTER, _PAIRS = 1.25, 2


def of(matter: Matter) -> list[str]:
    """The dimensions along which a metric is looked at: the foremost, and what else its rows have that is of few kinds."""
    known = matter.dimensions
    found = [one for one in (*FOREMOST, *_JOINED) if one in known]
    return found + [one for one in _own(matter) if one not in found]


def _own(matter: Matter) -> list[str]:
    """The texts of the fact itself that have few values; none for a metric of several facts."""
    used = {KINDS[one.kind].leaf(one.spec).fact: one for one in leaves((matter.name,), matter.layer.metrics).values()}
    if len(used) != 1:
        return []
    (name, metric) = next(iter(used.items()))
    told = [one for one in matter.dimensions if "." not in one and _is_kind(facts()[name], one)]
    told = [one for one in told if one != KINDS[metric.kind].leaf(metric.spec).column]
    if not told:
        return []
    counts = {f"why_{one}": {"count_distinct": one, "in": name} for one in told}
    since, until = min(matter.then.since, matter.now.since), max(matter.then.until, matter.now.until)
    row = matter.layer.over(counts).query(*counts, since=since, until=until).rows[0]
    return [one for one in told if 1 < (row[f"why_{one}"] or 0) <= _MOST_MEMBERS]


def _is_kind(fact: Fact, column: str) -> bool:
    """Whether a column may tell kinds of rows apart: a text that neither names a row nor repeats what its account says."""
    if column.endswith("_id"):
        return column in _IDS
    if column in fact.times or columns.sort_of(fact.name, column) != "text":
        return False
    # A daily figure is told by its name; an account's own columns are those of account.plan and the like.
    return (column not in _NO_PART or (fact.name, column) == ("numbers", "name")) and fact.table not in ("account", "person")


def ranked(matter: Matter, convention: str, asked: Sequence[tuple[str, ...]] = ()) -> list[Breakdown]:
    """The breakdowns along all dimensions, or those that were asked for, the one that explains best first.

    Two dimensions together are told where they explain a quarter better than the better of them alone. Raises Problem for a
    dimension that the metric does not have.
    """
    for one in asked:
        matter.ask((matter.name,), matter.now, one)  # a dimension that is none is told in the metric's name, not in that of a part
    if asked:
        return _sorted(_sobered(matter, [found for one in asked if (found := _by(matter, one, convention))]))
    # Of what cannot be added up, hundreds of accounts tell nothing.
    along = [one for one in of(matter) if not (one == ACCOUNT and matter.nature.sort == "own")]
    single = _sorted(_sobered(matter, [found for one in along if (found := _tried(matter, (one,), convention))]))
    return _sorted([*single, *_together(matter, single, convention)])


def _sobered(matter: Matter, found: list[Breakdown]) -> list[Breakdown]:
    """Medians without one of dozens of members: the largest of them all is judged, so that only what goes beyond chance is left."""
    if matter.nature.sort != "own":
        return found
    many = sum(len(one.standing) for one in found)
    return [replace(one, standing={name: excess.among(many) for name, excess in one.standing.items()}) for one in found]


def _together(matter: Matter, single: Sequence[Breakdown], convention: str) -> list[Breakdown]:
    """The pairs of the three best dimensions that people act by and that say anything, where they beat both of theirs."""
    if matter.nature.sort not in ("additive", "ratio") or matter.nature.weight:
        return []
    best = [one for one in single if ACCOUNT not in one.by and _foremost(one) and one.excess.verdict != "even"][:3]
    found = []
    for left, right in combinations(best, 2):
        pair = _tried(matter, (*left.by, *right.by), convention)
        if pair and score(pair) > _BETTER * max(score(left), score(right)):
            found.append(pair)
    return _sorted(found)[:_PAIRS]


def _tried(matter: Matter, dimensions: tuple[str, ...], convention: str) -> Breakdown | None:
    """A breakdown, or None along a dimension that cannot be looked at: an account that left the fact, say."""
    try:
        return _by(matter, dimensions, convention)
    except Problem:
        return None


def _by(matter: Matter, dimensions: tuple[str, ...], convention: str) -> Breakdown | None:
    return apart.by(matter, dimensions) if matter.nature.sort == "own" else breakdown.by(matter, dimensions, convention)


def _sorted(found: Sequence[Breakdown]) -> list[Breakdown]:
    return sorted(found, key=lambda one: (-score(one), len(one.by), AND.join(one.by)))


def score(found: Breakdown) -> float:
    """How well a breakdown explains: what its lead has beyond its size, less for what nobody acts by.

    Half counts of what rests on few rows. The largest of K cells is √(2 ln K) standard errors out by chance alone; accounts and
    pairs of dimensions, which are many, are judged by what goes beyond that.
    """
    excess, lead = found.excess, found.lead
    if lead is None:
        return 0.0
    if len(found.by) > 1 or found.by == (ACCOUNT,):
        excess = excess.among(len(found.found.parts))
    few = any(lead.member in one.members for one in found.cautions if one.code == "small_n" and found.found.method != "additive")
    return excess.explains(found.found.change) * (1.0 if _foremost(found) else _BEHIND) * (0.5 if few else 1.0)


def _foremost(found: Breakdown) -> bool:
    return all(one in (*FOREMOST, *_AS_GOOD) for one in found.by)
