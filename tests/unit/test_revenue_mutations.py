"""The cases of revenue, conversion and running totals are sharp: each classic mistake, planted into the layer, makes some of them fail."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from metrics import calendar, leaf, running
from metrics.kinds import converted_to, cumulative, movements, retained
from tests import asking, case_files

Plant = Callable[[pytest.MonkeyPatch], None]


def total_over_total(patch: pytest.MonkeyPatch) -> None:
    """MRR now over MRR then, with whoever came in between."""
    share = retained._share

    def total(spec: Any, name: str, *told: Any) -> str:
        everybody = f"(SELECT sum(x.amount) FROM {name}_now AS x WHERE x.period = max(t.period))"
        ours = share(spec, name, *told)
        return ours.replace(ours[ours.index("CAST(sum(") : ours.index(" AS DOUBLE)")], f"CAST({everybody}")

    patch.setattr(retained, "_share", total)


def coming_back_is_staying(patch: pytest.MonkeyPatch) -> None:
    """Whoever pays on both days is retained, whatever was between them."""
    measure = retained.measure
    patch.setattr(retained, "measure", lambda spec, *told: measure(replace(spec, count_reactivation=True), *told))


def the_same_number_of_the_month(patch: pytest.MonkeyPatch) -> None:
    """The 28th of February answers to the 28th of January, which is no end of a month."""
    patch.setattr(retained, "day_before", lambda day, count, unit: calendar.add_months(day, -count) if "month" in unit else day)


def segments_of_now(patch: pytest.MonkeyPatch) -> None:
    """Those who are on a plan now, instead of those who were on it then."""
    joins = leaf.joins
    patch.setattr(leaf, "joins", lambda piece, moment=None: joins(piece, moment and moment.replace("then_day", "now_day")))


def growth_in_the_gross_share(patch: pytest.MonkeyPatch) -> None:
    """Gross retention that lets growth make up for losses."""
    measure = retained.measure
    patch.setattr(retained, "measure", lambda spec, *told: measure(replace(spec, gross=False), *told))


def back_is_new(patch: pytest.MonkeyPatch) -> None:
    """An account that comes back counts as a new one."""
    answer = movements._Moves.answer

    def new(moves: Any) -> str:
        moves.ctes["moves"] = moves.ctes["moves"].replace("THEN 'reactivation'", "THEN 'new'")
        return answer(moves)

    patch.setattr(movements._Moves, "answer", new)


def every_loss_is_churn(patch: pytest.MonkeyPatch) -> None:
    """The end of one of several subscriptions counts as churn."""
    move = movements._Moves._move
    patch.setattr(movements._Moves, "_move", lambda moves, kind, *told: move(moves, kind.replace("'contraction'", "'churn'"), *told))


def losses_of_the_day_after(patch: pytest.MonkeyPatch) -> None:
    """What an account loses belongs to the plan that it has then."""
    move = movements._Moves._move

    def after(moves: Any, kind: str, amount: str, seen: str, *told: Any) -> str:
        return move(moves, kind, amount, "after" if "churn" in kind else seen, *told)

    patch.setattr(movements._Moves, "_move", after)


def plans_that_only_gain(patch: pytest.MonkeyPatch) -> None:
    """MRR that moves with an account from plan to plan is nowhere."""
    init = movements._Moves.__init__

    def blind(moves: Any, *told: Any) -> None:
        init(moves, *told)
        moves.changing = False

    patch.setattr(movements._Moves, "__init__", blind)


def first_moment_only(patch: pytest.MonkeyPatch) -> None:
    """Greedy: only the first moment of the period may convert."""

    def greedy(name: str, keys: list[str]) -> str:
        first = f"row_number() OVER (PARTITION BY {', '.join([*keys, 'entity'])} ORDER BY happened)"
        return f"(SELECT *, {first} AS place FROM {name}_followed WHERE begins = 1) AS moments\n  WHERE place = 1 AND begins = 1"

    _rewrite(patch, lambda name, keys, body: body.replace(f"{name}_followed\n  WHERE begins = 1", greedy(name, keys)))


def end_of_the_window_excluded(patch: pytest.MonkeyPatch) -> None:
    """A window that ends just before its last moment."""
    _rewrite(patch, lambda name, keys, body: body.replace("next_at <= ", "next_at < "))


def everything_that_follows(patch: pytest.MonkeyPatch) -> None:
    """A conversion counts whenever it comes."""
    _rewrite(patch, lambda name, keys, body: body.replace("next_at <= ", "next_at IS NOT NULL OR next_at <= "))


def _rewrite(patch: pytest.MonkeyPatch, change: Callable[[str, list[str], str], str]) -> None:
    measure = converted_to.measure

    def changed(spec: Any, piece: Any, question: Any) -> Any:
        made = measure(spec, piece, question)
        if made is not None:
            made.ctes[piece.title] = change(piece.title, ["period"] if piece.request.grain else [], made.ctes[piece.title])
        return made

    patch.setattr(converted_to, "measure", changed)


def open_windows_told(patch: pytest.MonkeyPatch) -> None:
    """Yesterday's beginners, who had no time yet, count as if they never converted."""
    patch.setattr(converted_to, "_closed", lambda spec, question, window: window)


def uniques_added_up(patch: pytest.MonkeyPatch) -> None:
    """A running sum of the days' distinct counts."""
    total = running.total

    def added_up(piece: Any, *told: Any) -> str:
        summed = replace(piece, leaf=replace(piece.leaf, verb="sum")) if piece.leaf.verb == "count_distinct" else piece
        return total(summed, *told)

    patch.setattr(running, "total", added_up)


def from_the_periods_start(patch: pytest.MonkeyPatch) -> None:
    """Each period alone."""
    patch.setattr(cumulative, "RUNNING", False)


MISTAKES: list[tuple[Plant, str, set[str]]] = [
    (total_over_total, "retained", {"whoever comes is in neither sum"}),
    (coming_back_is_staying, "retained", {"a year on", "growth left out", "a single day without a price is a day at zero"}),
    (the_same_number_of_the_month, "retained", {"the last day of a month answers to the last day of a month"}),
    (segments_of_now, "retained", {"the plan is that of the account then", "a condition on the plan of the account then"}),
    (growth_in_the_gross_share, "retained", {"growth left out"}),
    (back_is_new, "movements", {"at the day of the change", "at the ends of periods"}),
    (every_loss_is_churn, "movements", {"at the day of the change", "only some accounts"}),
    (losses_of_the_day_after, "movements", {"by the account's plan, which changes"}),
    (plans_that_only_gain, "movements", {"by the account's plan, which changes", "a condition on the account's plan"}),
    (first_moment_only, "converted_to", {"any moment that begins may convert, not only the first"}),
    (end_of_the_window_excluded, "converted_to", {"the end of the window is in it, a second later is not"}),
    (everything_that_follows, "converted_to", {"the end of the window is in it, a second later is not", "people"}),
    (open_windows_told, "converted_to", {"the end of the window is in it, a second later is not", "who begins is loaded less far"}),
    (uniques_added_up, "cumulative", {"distinct since the start, not a running sum of distincts"}),
    (from_the_periods_start, "cumulative", {"counts and sums run up", "a ratio of what has run up"}),
]


@pytest.fixture(scope="module")
def companies(tmp_path_factory: pytest.TempPathFactory) -> asking.Companies:
    return asking.Companies(tmp_path_factory.mktemp("mutations"))


@pytest.mark.parametrize(
    ("plant", "file", "caught_by"),
    [pytest.param(*one, marks=[pytest.mark.full] * (place % 3 > 0)) for place, one in enumerate(MISTAKES)],
    ids=lambda value: getattr(value, "__name__", ""),
)
def test_a_planted_mistake_fails_its_cases(
    plant: Plant, file: str, caught_by: set[str], companies: asking.Companies, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = [case for case in case_files.read(file) if case.rows is not None and case.name in caught_by]
    assert {case.name for case in asked} == caught_by
    assert asking.failing(asked, companies) == set()

    plant(monkeypatch)

    assert asking.failing(asked, companies) == caught_by
