"""What the tables of retention, funnels and times to adopt say when they are read together; expected values by hand."""

from datetime import date

import pytest

from metrics.journeys import adoption_curve, before_step, in_cohort, retention_curve

MAY, JUNE, JULY = date(2026, 5, 1), date(2026, 6, 1), date(2026, 7, 1)


def cell(cohort, offset, size, retained, value, complete, **members):
    return {"cohort": cohort, "offset": offset, "size": size, "retained": retained, "value": value, "complete": complete, **members}


TRIANGLE = [
    cell(MAY, 0, 20, 20, 1.0, True),
    cell(MAY, 1, 20, 10, 0.5, True),
    cell(MAY, 2, 20, 4, 0.2, True),
    cell(JUNE, 0, 5, 5, 1.0, True),
    cell(JUNE, 1, 5, 5, 1.0, True),
    cell(JUNE, 2, 5, 1, None, False),
    cell(JULY, 0, 100, 100, 1.0, True),
    cell(JULY, 1, 100, 3, None, False),
]


def test_the_curve_weighs_cohorts_by_their_size_and_leaves_out_who_is_too_young():
    found = {point.offset: (point.size, point.retained, point.share) for point in retention_curve(TRIANGLE)}

    assert found == {0: (125, 125, 1.0), 1: (25, 15, 0.6), 2: (20, 4, 0.2)}


def test_a_cohort_of_nobody_has_no_share():
    assert [(point.size, point.share) for point in retention_curve([cell(MAY, 0, 0, 0, 0.0, True)])] == [(0, None)]
    assert retention_curve([]) == []


def test_who_was_lost_before_a_step_is_told_by_account_most_lost_first():
    told = {"Acme": (9, 3), "Beta": (4, 4), "Corp": (8, 2), "None of it": (0, 0)}
    rows = [
        {"account.name": name, "step": step, "entered": count}
        for name, counts in told.items()
        for step, count in enumerate(counts, start=1)
    ]

    assert [(one.member, one.there, one.on, one.lost) for one in before_step(rows, 2, "account.name")] == [
        ("Acme", 9, 3, 6),
        ("Corp", 8, 2, 6),
        ("Beta", 4, 4, 0),
    ]


def test_a_cohort_tells_who_came_back_and_who_did_not():
    rows = [
        cell(MAY, 1, 1, 0, 0.0, True, who="gone"),
        cell(MAY, 1, 1, 1, 1.0, True, who="back"),
        cell(MAY, 0, 1, 1, 1.0, True, who="gone"),
        cell(JUNE, 1, 1, 0, 0.0, True, who="of another month"),
        cell(MAY, 1, 0, 0, None, True, who="never there"),
    ]

    assert [(one.member, one.lost) for one in in_cohort(rows, MAY, 1, "who")] == [("gone", 1), ("back", 0)]


def test_the_share_that_got_there_stands_still_on_days_on_which_nobody_does():
    rows = [
        {"elapsed_days": 1, "share": 0.25, "low": 0.6, "high": 0.9},
        {"elapsed_days": 4, "share": 1.0, "low": None, "high": None},
    ]

    found = adoption_curve(rows)

    assert [one.share for one in found] == [0.0, 0.25, 0.25, 0.25, 1.0]
    assert (found[2].low, found[2].high) == pytest.approx((0.1, 0.4))
    assert (found[4].low, found[4].high) == (1.0, 1.0)
    assert adoption_curve([]) == []
