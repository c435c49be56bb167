"""`movements: {of: mrr, at: day|period_ends}`: what made MRR move, account by account: opening + movements = closing.

An account is new when it pays for the first time and reactivated when it comes back; it churns when it reaches zero, else more
is expansion and less is contraction. `at: day` nets what happens to an account on a day; `at: period_ends` compares the ends of
each period, so that what comes and goes within one vanishes. Where the request or the metric asks for an attribute that changes,
such as `account.plan`, a loss belongs to the plan of the day before, a gain to the plan of the day, and the MRR that an account
takes along from one plan to another is a `transfer`.
"""

from __future__ import annotations

from collections.abc import Mapping as AnyMapping
from dataclasses import dataclass, replace
from datetime import timedelta

from data.errors import did_you_mean
from data.yaml_file import Mapping
from metrics import leaf as leaves
from metrics.calendar import Window, cut
from metrics.definition import Metric, text
from metrics.facts import facts
from metrics.kinds import shapes, snapshot
from metrics.kinds.retained import PAID
from metrics.question import Question, Shaped, just_after
from metrics.slice import Leaf, Slice
from metrics.sql import quote

KEYS = ()
GRAIN = "month"
MOVES = ("new", "expansion", "contraction", "churn", "reactivation")
TRANSFER = "transfer"
_END = {"before": "opening_day", "after": "closing_day"}


@dataclass(frozen=True)
class Movements:
    """The level that moves, and whether it is looked at every day or at the ends of periods. `level` is that of the metric `of`."""

    of: str
    at: str = "day"
    level: Leaf | None = None
    parts: tuple[str, ...] = ()

    @property
    def names(self) -> tuple[str, ...]:
        """The metrics that the definition names."""
        return (self.of,)


def read(verb: str, block: Mapping, name: str) -> Movements:
    """Reads a definition."""
    told = shapes.block_of(verb, block, name, ("of", "at"))
    return Movements(text(told, "of", name), shapes.choice(told, "at", name, ("day", "period_ends")))


def format_of(verb: str) -> str:
    """Movements of money."""
    del verb
    return "money"


def resolve(metric: Metric, catalogue: AnyMapping[str, Metric]) -> Metric:
    """The metric with the level that it is about. Raises Problem unless that is a snapshot of what accounts pay."""
    told: Movements = metric.spec
    of, block = catalogue.get(told.of), metric.block["movements"]
    if of is None:
        raise block.problem("of", f'{metric.name}: unknown metric "{told.of}"', did_you_mean(told.of, catalogue), value=True)
    if of.kind != "snapshot" or of.spec.fact != PAID:
        raise block.problem("of", f"{metric.name}: movements are of a snapshot in {PAID}, and {of.name} is none", value=True)
    include = tuple(dict.fromkeys((*metric.include, *of.include)))
    return replace(metric, spec=replace(told, level=replace(snapshot.leaf(of.spec), of_account=True)), include=include)


def leaf(spec: Movements) -> Leaf:
    """What is paid at the end, by accounts."""
    assert spec.level is not None, "a metric is resolved before it is asked"
    return spec.level


def reading(spec: Movements) -> str:
    """Which of the possible readings a number used."""
    how = "netted for each account and day (at: day)" if spec.at == "day" else "by the ends of each period (at: period_ends)"
    return f"Movements of {spec.of}, {how}."


def shape(spec: Movements, question: Question) -> Shaped:
    """Rows `period, kind, value`: every kind in every period, and `transfer` where attributes change."""
    level, request = leaf(spec), question.request
    fact = facts()[level.fact]
    span = Window(request.since, request.since - timedelta(days=1), request.until)
    piece = Slice(question.metric.name, level, fact, fact.time, question.metric.include, (span,), request, timed=False)
    question.pieces.append(replace(piece, leaf=replace(level, on_last_day=False)))
    made = _Moves(piece, question)
    made.stretches(spec.at)
    made.levels(spec.at)
    made.steps()
    made.moves()
    return Shaped(question.finish(made.answer()), ("period", *request.by, "kind", "value", "complete"))


class _Moves:
    """The statement as it grows: stretches that are compared, what each payer pays at both ends, and what that is called."""

    def __init__(self, piece: Slice, question: Question) -> None:
        self.piece, self.question, self.ctes = piece, question, question.ctes
        #: Whether attributes are asked for that change over time, so that MRR can move without a price that does.
        self.changing = any(part.history for part in piece.parts.values())
        own = piece.parts.get("where")
        self.conditions = [*leaves.kept(piece), *([f"({own.sql})"] if own else [])] or ["TRUE"]
        chosen = leaves.chosen(replace(piece, leaf=replace(piece.leaf, where=None)), question.parameters)
        #: What of a row is asked for: its members, and whether the request's conditions hold (1) or not.
        self.asked = leaves.dimensions(piece, question.parameters)
        self.asked |= {"chosen": f"CASE WHEN {' AND '.join(chosen)} THEN 1 ELSE 0 END"} if chosen else {}

    def stretches(self, at: str) -> None:
        """CTEs `periods`; `turns`, the days on which MRR can move; `paid`, since when somebody pays; `stretches`."""
        question, fact = self.question, self.piece.fact.name
        known = question.known(fact)
        loaded = {
            one.key: one for one in cut(list(question.asked), just_after(known.until)) if not known.since or one.end_day > known.since
        }
        told: dict[str, list[object]] = {
            "period": [window.key.date() for window in question.asked],
            "first_day": [window.first_day for window in question.asked],
            "end_day": [loaded.get(window.key, window).end_day for window in question.asked],
            "loaded": [window.key in loaded for window in question.asked],
            "complete": [question.covers(fact, window) for window in question.asked],
        }
        question.values("periods", told)
        self.ctes["turns"] = self._turns()
        levels = self._level("turns", "f.payer = c.payer AND f.day = c.day", "c.day", {"payer": "c.payer", "day": "c.day"}, above_zero=True)
        self.ctes["paid"] = f"  SELECT payer, min(day) AS first_paid FROM (\n{levels}\n  ) AS levels GROUP BY payer"
        self.ctes["stretches"] = (
            "  SELECT p.period, t.payer, t.day - 1 AS opening_day, t.day AS closing_day\n"
            "  FROM turns AS t JOIN periods AS p ON p.loaded AND t.day >= p.first_day AND t.day < p.end_day"
            if at == "day"
            else "  SELECT period, first_day - 1 AS opening_day, end_day - 1 AS closing_day FROM periods WHERE loaded"
        )

    def _turns(self) -> str:
        """Days on which a price begins or ends, and on which attributes of the account change where they are asked for."""
        end = max(window.end_day for window in self.question.asked)
        turns = f"  SELECT payer, day FROM mrr_change WHERE day < DATE '{end}'"
        payers = "(SELECT DISTINCT payer, account_id FROM mrr_change) AS c ON c.account_id = t.account_id"
        for edge in ("valid_from_day", "valid_to_day") if self.changing else ():
            turns += f"\n  UNION\n  SELECT c.payer, t.{edge} FROM account_then AS t JOIN {payers} WHERE t.{edge} < DATE '{end}'"
        return turns

    def _level(self, over: str, on: str, moment: str, shown: AnyMapping[str, str], *, above_zero: bool = False) -> str:
        """What payers pay on the days of a CTE (its row is `c`), with conditions by the attributes of a moment."""
        amount = f"sum({self.piece.parts['value'].sql})"
        source = [f"FROM {over} AS c", f"JOIN {self.piece.fact.table} AS f ON {on}", *leaves.joins(self.piece, moment)]
        lines = ["SELECT " + ", ".join([*(f"{sql} AS {name}" for name, sql in shown.items()), f"{amount} AS amount"]), *source]
        lines += ["WHERE " + " AND ".join(self.conditions), f"GROUP BY {', '.join(str(place + 1) for place in range(len(shown)))}"]
        return "  " + "\n  ".join([*lines, *([f"HAVING {amount} > 0"] if above_zero else [])])

    def levels(self, at: str) -> None:
        """CTE `levels`: the rows of both ends of a stretch, by the attributes of their day; of the other end's day too, if they change."""
        sides = [("before", "before"), ("after", "after"), *([("before", "after"), ("after", "before")] if self.changing else [])]
        # A UNION in place of CROSS JOIN, which DuckDB 2.0 may move to the other side of the LEFT JOIN of accounts.
        self.ctes["sides"] = "\n  UNION ALL\n".join(
            f"  SELECT *, '{rows}' AS rows_of, {_END[rows]} AS rows_day, '{seen}' AS seen, {_END[seen]} AS seen_day FROM stretches"
            for rows, seen in sides
        )
        shown = {"payer": "f.payer", **{name: f"c.{name}" for name in ("period", "opening_day", "closing_day", "rows_of", "seen")}}
        on = ("f.payer = c.payer AND " if at == "day" else "") + "f.day = c.rows_day"
        self.ctes["levels"] = self._level("sides", on, "c.seen_day", {**shown, **self.asked})

    def steps(self) -> None:
        """CTE `steps`: one row for each payer and stretch, with what was paid at its ends, and whether anything was before."""
        sums = {"opening": ("before", "before"), "closing": ("after", "after")}
        sums |= {"already": ("before", "after"), "still": ("after", "before")} if self.changing else {}
        shown = [
            f"coalesce(sum(l.amount) FILTER (WHERE l.rows_of = '{rows}' AND l.seen = '{seen}'), 0) AS {name}"
            for name, (rows, seen) in sums.items()
        ]
        shown += [
            f"max(l.{name}) FILTER (WHERE l.seen = '{seen}') AS {_at(name, seen)}" for name in self.asked for seen in ("before", "after")
        ]
        shown += ["max(CASE WHEN coalesce(p.first_paid, l.closing_day) <= l.opening_day THEN 1 ELSE 0 END) AS paid_before"]
        self.ctes["steps"] = (
            "  SELECT\n    l.payer, l.period, l.opening_day,\n    " + ",\n    ".join(shown) + "\n  FROM levels AS l\n"
            "  LEFT JOIN paid AS p ON p.payer = l.payer\n  GROUP BY l.payer, l.period, l.opening_day"
        )  # fmt: skip

    def moves(self) -> None:
        """CTE `moves`: what each step is called. Gains are judged by the attributes of the later day, losses by those of the earlier."""
        already, still = ("already", "still") if self.changing else ("opening", "closing")
        gained = f"CASE WHEN {already} > 0 OR closing <= 0 THEN 'expansion' WHEN paid_before = 1 THEN 'reactivation' ELSE 'new' END"
        lost = f"CASE WHEN opening > 0 AND {still} <= 0 THEN 'churn' ELSE 'contraction' END"
        told = [
            self._move(gained, f"closing - {already}", "after", f"closing > {already}"),
            self._move(lost, f"{still} - opening", "before", f"{still} < opening"),
        ]
        if self.changing:
            both = [
                self._move(f"'{TRANSFER}'", "least(already, closing)", "after", "already <> 0", "payer, opening_day"),
                self._move(f"'{TRANSFER}'", "-least(opening, still)", "before", "opening <> 0", "payer, opening_day"),
            ]
            keys = ", ".join(["period", *self._dims(), "kind"])
            inner = "\n  UNION ALL\n".join(both)
            told.append(
                f"  SELECT {keys}, sum(amount) AS amount FROM (\n{inner}\n  ) AS taken_along\n"
                f"  GROUP BY payer, opening_day, {keys} HAVING sum(amount) <> 0"
            )
        self.ctes["moves"] = "\n  UNION ALL\n".join(told)

    def _dims(self) -> list[str]:
        return [name for name in self.asked if name != "chosen"]

    def _move(self, kind: str, amount: str, seen: str, where: str, also: str = "") -> str:
        shown = ["period", *(f"{_at(dim, seen)} AS {dim}" for dim in self._dims()), f"{kind} AS kind", f"{amount} AS amount"]
        chosen = f" AND {_at('chosen', seen)} = 1" if "chosen" in self.asked else ""
        return f"  SELECT {', '.join([*shown, *([also] if also else [])])} FROM steps WHERE {where}{chosen}"

    def answer(self) -> str:
        """The final SELECT: periods × members × kinds."""
        kinds, dims = [*MOVES, *([TRANSFER] if self.changing else [])], self._dims()
        self.question.values("kinds", {"place": range(len(kinds)), "kind": kinds})
        lines = ["FROM periods", "CROSS JOIN kinds"]
        if dims:
            self.ctes["members"] = f"  SELECT DISTINCT {', '.join(dims)} FROM moves"
            lines.append("CROSS JOIN members")
        on = ["moves.period = periods.period", "moves.kind = kinds.kind", *(f"moves.{dim} = members.{dim}" for dim in dims)]
        keys = ["periods.period", *(f"members.{dim}" for dim in dims), "kinds.kind"]
        value = "CASE WHEN periods.loaded THEN coalesce(sum(moves.amount), 0) END AS value"
        lines += [f"LEFT JOIN moves ON {' AND '.join(on)}"]
        lines += [f"GROUP BY {', '.join([*keys, 'kinds.place', 'periods.loaded', 'periods.complete'])}"]
        lines += [f"ORDER BY {', '.join([*keys[:-1], 'kinds.place'])}"]
        return "SELECT\n  " + ",\n  ".join([*keys, value, "periods.complete"]) + "\n" + "\n".join(lines)


def _at(name: str, seen: str) -> str:
    """The name of what is asked for, as it was at one end of a stretch."""
    return quote(f"{name.strip(chr(34))}_{seen}")
