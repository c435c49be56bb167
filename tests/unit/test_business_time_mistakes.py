"""The classic mistakes of business time, planted where tickets are computed: the cases of business time catch each of them."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import pytest

from data import business_time, schedules
from data.schedules import Schedule
from tests import asking, case_files

Plant = Callable[[pytest.MonkeyPatch], None]
EACH, REOPENED, WAITING = (
    "each ticket by the clock, in business time and by the last schedule",
    "a reopened ticket is resolved at the last resolution, and not while it is open again",
    "who waits is counted, and is no zero in the median",
)


def nothing(patch: pytest.MonkeyPatch) -> None:
    """No mistake: the cases hold."""


def holidays_ignored(patch: pytest.MonkeyPatch) -> None:
    """Holidays and special days are days like others."""
    patch.setattr(schedules, "_special", lambda block: {})


def counted_by_each_schedule(patch: pytest.MonkeyPatch) -> None:
    """A schedule goes on after the next has come into force, so that a stretch counts twice."""
    in_force = Schedule.in_force
    patch.setattr(Schedule, "in_force", lambda self: ((version, begins, None) for version, begins, _ in in_force(self)))


def clocks_that_never_change(patch: pytest.MonkeyPatch) -> None:
    """Winter time all the year."""
    patch.setattr(business_time, "_PIECES", business_time._PIECES.replace("timezone(timezone, ", "timezone('Etc/GMT-1', "))


def a_day_of_1439_minutes(patch: pytest.MonkeyPatch) -> None:
    """24:00 read as 23:59, so that hours around the clock are not the calendar."""
    minute = schedules._minute
    patch.setattr(schedules, "_minute", lambda *told: min(minute(*told), 1439))


def waiting_is_zero(patch: pytest.MonkeyPatch) -> None:
    """A ticket without an answer was answered at once."""
    elapsed = re.compile(r"ELSE (date_diff\(.*?\) / 60000000\.0) END AS first_response_minutes")
    patch.setattr(business_time, "_FRESH", elapsed.sub(r"ELSE coalesce(\1, 0) END AS first_response_minutes", business_time._FRESH))


def first_resolution_counts(patch: pytest.MonkeyPatch) -> None:
    """A reopened ticket is done when it was first called so."""
    last = "WHEN ticket.last_resolved_at IS NOT NULL THEN ticket.last_resolved_at"
    patch.setattr(business_time, "_TOLD", business_time._TOLD.replace(last, "WHEN ticket.reopens > 0 THEN ticket.first_resolved_at"))


def notes_are_answers(patch: pytest.MonkeyPatch) -> None:
    """What agents write to each other answers the customer."""
    patch.setattr(business_time, "_TOLD", business_time._TOLD.replace("coalesce(message.is_public, TRUE)", "TRUE"))


MISTAKES: list[tuple[Plant, set[str]]] = [
    (nothing, set()),
    (holidays_ignored, {EACH}),
    (counted_by_each_schedule, {EACH, "a first resolution counts where there is no other"}),
    (clocks_that_never_change, {EACH}),
    (a_day_of_1439_minutes, {EACH}),
    (waiting_is_zero, {EACH, WAITING}),
    (first_resolution_counts, {REOPENED}),
    (notes_are_answers, {EACH}),
]


@pytest.mark.parametrize(("plant", "caught_by"), MISTAKES, ids=lambda value: getattr(value, "__name__", ""))
def test_a_planted_mistake_fails_its_cases(plant: Plant, caught_by: set[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    plant(monkeypatch)
    companies = asking.Companies(tmp_path)

    failing = set()
    for case in case_files.read("business_time"):
        if case.rows is not None:
            try:
                asking.same(asking.rows(companies.layer(case.company), case.ask), case.rows, case.ask)
            except AssertionError:
                failing.add(case.name)

    assert caught_by <= failing
    assert bool(caught_by) == bool(failing)
