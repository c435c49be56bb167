"""The cases are sharp: each classic mistake, planted into the layer, makes some of them fail.

A mistake is planted where the layer does the thing. When that place moves, the test says so by failing: plant it anew there.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from metrics import leaf, periods, rolling, survival
from metrics.kinds import aggregate, lifecycle, ratio, retention, score
from metrics.question import Question
from tests import asking, case_files

Plant = Callable[[pytest.MonkeyPatch], None]


def eight_days(patch: pytest.MonkeyPatch) -> None:
    """`RANGE 7 days PRECEDING` is eight days long."""
    days_of = aggregate.days_of
    patch.setattr(aggregate, "days_of", lambda *told: days_of(*told) + 1 if days_of(*told) else None)


def a_day_too_few(patch: pytest.MonkeyPatch) -> None:
    """A trailing window that leaves out one of its seven days."""
    days_of = aggregate.days_of
    patch.setattr(aggregate, "days_of", lambda *told: max(days_of(*told) - 1, 1) if days_of(*told) else None)


def distincts_added_up(patch: pytest.MonkeyPatch) -> None:
    """The distinct counts of days, added up."""
    pairs = "count(DISTINCT CASE WHEN {0} IS NOT NULL THEN ({0}, CAST(f.occurred_at AS DATE)) END)"
    patch.setitem(leaf._VERBS, "count_distinct", pairs)


def rolling_distincts_added_up(patch: pytest.MonkeyPatch) -> None:
    """The same over a rolling window: each active day counts for seven days, also when the account comes again."""
    distinct = rolling.distinct

    def added_up(piece: Any, ctes: dict[str, str], *told: Any) -> str:
        body = distinct(piece, ctes, *told)
        steps = f"{piece.title}_steps"
        ctes[steps] = re.sub(r"least\((active_on \+ \d+), .*?\)\)(?=[,\n])", r"\1", ctes[steps])
        return body

    patch.setattr(rolling, "distinct", added_up)


def last_row_of_each_group(patch: pytest.MonkeyPatch) -> None:
    """Each plan's own last day of the month, instead of the last day for all."""

    def last_day(piece: Any, *_: Any) -> str:
        same = "x.plan IS NOT DISTINCT FROM f.plan AND date_trunc('month', x.day) = date_trunc('month', f.day)"
        return f"f.day = (SELECT max(x.day) FROM mrr_day AS x WHERE {same} AND x.day < DATE '{piece.windows[-1].end_day}')"

    patch.setattr(periods, "last_day", last_day)


def unguarded_division(patch: pytest.MonkeyPatch) -> None:
    """In DuckDB 1/0 is infinite and 0/0 not a number."""
    patch.setattr(ratio, "combine", lambda spec, parts: f"CAST({parts[spec.of]} AS DOUBLE) / {parts[spec.to]}")


def zero_for_unknown(patch: pytest.MonkeyPatch) -> None:
    """A division by zero that says 0."""
    combine = ratio.combine
    patch.setattr(ratio, "combine", lambda spec, parts: f"coalesce({combine(spec, parts)}, 0)")


def young_cohorts_punished(patch: pytest.MonkeyPatch) -> None:
    """The share of a period that is not over is 0."""
    finish = Question.finish
    patch.setattr(Question, "finish", lambda question, body: finish(question, body.replace("END AS value", "ELSE 0 END AS value")))


def no_row_for_nobody(patch: pytest.MonkeyPatch) -> None:
    """Only cells in which somebody came back are rows."""
    cells = retention._cells
    patch.setattr(retention, "_cells", lambda *told: cells(*told).replace("LEFT JOIN counts", "JOIN counts"))


def first_time_of_the_range(patch: pytest.MonkeyPatch) -> None:
    """The first start of the range, whatever was before it."""
    happened = Question.happened

    def of_the_range(question: Question, *told: Any, **options: Any) -> None:
        happened(question, *told, **{**options, "since": question.request.since})

    patch.setattr(Question, "happened", of_the_range)


def starts_as_often_as_returns(patch: pytest.MonkeyPatch) -> None:
    """Who did the start once has not started when two returns are asked for."""
    starts = retention._starts

    def often(spec: Any, question: Question, *told: Any) -> None:
        starts(spec, question, *told)
        source = question.ctes["starts"].split("FROM ")[1].split()[0]
        listed = ", ".join(["entity", f"{source}.period", *question.dims])
        often_enough = f" GROUP BY {listed} HAVING count(*) >= {spec.at_least}"
        question.ctes["starts"] = question.ctes["starts"].replace("DISTINCT", "") + often_enough

    patch.setattr(retention, "_starts", often)


def dormant_again_and_again(patch: pytest.MonkeyPatch) -> None:
    """Whoever is not there is dormant in every period until it comes again."""
    counted = lifecycle._counted

    def again(question: Question) -> None:
        counted(question)
        silent = "periods.number > steps.number AND (next_number = 0 OR periods.number < next_number)"
        every = f"SELECT entity, steps.number AS active_in, periods.number, 4 AS place FROM steps JOIN periods ON {silent}"
        question.ctes["judged"] = question.ctes["judged"].rsplit("SELECT", 1)[0] + every

    patch.setattr(lifecycle, "_counted", again)


def lost_from_sight_at_once(patch: pytest.MonkeyPatch) -> None:
    """Who is censored on the day of an event is no longer at risk of it, and who has not got there never was."""
    curve = survival.curve

    def only_who_got_there(dims: list[str]) -> dict[str, str]:
        return {**curve(dims), "days": curve(dims)["days"].replace("count(*) AS gone", "sum(adopted) AS gone")}

    patch.setattr(survival, "curve", only_who_got_there)


def not_there_yet_is_never(patch: pytest.MonkeyPatch) -> None:
    """Censored as if watched for ever: the share of all who began, whenever they did."""
    durations = survival.durations
    patch.setattr(survival, "durations", lambda watched, *told: durations("TIMESTAMPTZ '2100-01-01 00:00:00+00:00'", *told))


def symmetrical_interval(patch: pytest.MonkeyPatch) -> None:
    """The interval of Wald, which at 0 of 20 is sure of itself, and goes beyond 0 and 1."""

    def bound(kind: str, title: str, sign: str) -> str:
        variance = f"{title}.measure * (1 - {title}.measure) / nullif({title}.answers, 0)"
        return f"{title}.measure {sign} 1.959963984540054 * sqrt({variance})" if kind == "csat" else "NULL"

    patch.setattr(score, "_bound", bound)


def every_row_an_answer(patch: pytest.MonkeyPatch) -> None:
    """Who was asked and said nothing counts as an answer that is neither good nor bad."""
    measure = score.measure

    def of_all(*told: Any) -> Any:
        made = measure(*told)
        ctes = {name: re.sub(r"count\(\S+\) AS answers", "count(*) AS answers", body) for name, body in made.ctes.items()}
        return replace(made, ctes=ctes)

    patch.setattr(score, "measure", of_all)


MISTAKES: list[tuple[Plant, str, set[str]]] = [
    (eight_days, "over_last", {"seven days, not eight", "the last one day is the day"}),
    (a_day_too_few, "over_last", {"every aggregate over the last seven days"}),
    (distincts_added_up, "distinct", {"a month is not the sum of its weeks", "the whole range counts each once"}),
    (rolling_distincts_added_up, "over_last", {"an account active on several days of the window counts once"}),
    (last_row_of_each_group, "snapshot", {"a plan that ended does not live on", "the last day of each month"}),
    (unguarded_division, "ratio", {"division by zero is null", "members of either leaf are in the frame"}),
    (zero_for_unknown, "ratio", {"division by zero is null", "zero over something is zero"}),
    (young_cohorts_punished, "retention", {"a young cohort is not punished"}),
    (no_row_for_nobody, "retention", {"the triangle", "a young cohort is not punished"}),
    (
        first_time_of_the_range,
        "retention",
        {"the first time is looked up over the whole history", "the very first of that name must match"},
    ),
    (starts_as_often_as_returns, "retention", {"twice is asked of the return, not of the start"}),
    (dormant_again_and_again, "lifecycle", {"four statuses in every week", "only some events are activity"}),
    (lost_from_sight_at_once, "time_to", {"a small table", "from the creation of the account"}),
    (symmetrical_interval, "score", {"the share that is satisfied", "another kind of answer"}),
    (every_row_an_answer, "score", {"the net score of all answers", "by region"}),
    (not_there_yet_is_never, "time_to", {"a small table", "by region, of the beginning"}),
]


@pytest.fixture(scope="module")
def companies(tmp_path_factory: pytest.TempPathFactory) -> asking.Companies:
    return asking.Companies(tmp_path_factory.mktemp("mutations"))


#: Planted each time; the others with --full.
ALWAYS = (eight_days, distincts_added_up, last_row_of_each_group, unguarded_division)


@pytest.mark.parametrize(
    ("plant", "file", "caught_by"),
    [pytest.param(*one, marks=[pytest.mark.full] * (one[0] not in ALWAYS)) for one in MISTAKES],
    ids=lambda value: getattr(value, "__name__", ""),
)
def test_a_planted_mistake_fails_its_cases(
    plant: Plant, file: str, caught_by: set[str], companies: asking.Companies, monkeypatch: pytest.MonkeyPatch, full: bool
) -> None:
    asked = [case for case in case_files.read(file) if case.rows is not None and (full or case.name in caught_by)]
    assert asking.failing(asked, companies) == set()

    plant(monkeypatch)

    assert caught_by <= asking.failing(asked, companies)


def test_the_four_mistakes_that_must_not_return_are_planted() -> None:
    planted = {plant for plant, _, _ in MISTAKES}

    assert {eight_days, distincts_added_up, last_row_of_each_group, unguarded_division} <= planted


def test_mistakes_are_not_left_planted(tmp_path: Path) -> None:
    case = next(case for case in case_files.read("over_last") if case.name == "seven days, not eight")
    layer = asking.Companies(tmp_path).layer(case.company)

    asking.same(asking.rows(layer, case.ask), case.rows, case.ask)
