"""What a chart says: its unfinished end, its table, its sentence."""

import pytest

from pages.components import i18n
from pages.components.chart_model import Chart, Period, Series


def chart(values=(10.0, 14.0, 12.0, 5.0), finished=3, **options):
    names = ("5 Jan", "12 Jan", "19 Jan", "26 Jan")
    periods = tuple(
        Period(f"2026-01-{day:02}", name, f"Week of {name}", place < finished, "" if place < finished else "week to date, 3 of 7 days")
        for place, (day, name) in enumerate(zip((5, 12, 19, 26), names, strict=True))
    )
    return Chart("Tickets", "line", periods, (Series("This period", values),), format="integer", grain="week", **options)


@pytest.fixture(autouse=True)
def english():
    with i18n.use("en"):
        yield


def test_the_unfinished_end_is_what_follows_the_last_finished_period():
    assert chart(finished=3).unfinished == 1
    assert chart(finished=2).unfinished == 2
    assert chart(finished=4).unfinished == 0
    assert chart(finished=0).unfinished == 4


def test_a_series_has_a_place_for_each_period():
    with pytest.raises(ValueError, match="This period has 2 values for 4 periods"):
        chart(values=(1.0, 2.0))


def test_the_sentence_tells_first_last_extremes_target_and_what_is_unfinished():
    assert chart(target=11.0).alt == (
        "Tickets: from 10 (Week of 5 Jan) to 5 (Week of 26 Jan); highest 14 (Week of 12 Jan), lowest 5 (Week of 26 Jan). "
        "Target 11. The last period is unfinished: week to date, 3 of 7 days."
    )


def test_a_gap_is_no_number_in_the_sentence():
    assert chart(values=(None, 14.0, None, None)).alt.startswith("Tickets: from 14 (Week of 12 Jan) to 14 (Week of 12 Jan);")
    assert chart(values=(None,) * 4).alt == "Tickets: no data in this range."
    assert chart(values=(None,) * 4).empty


def test_the_table_has_a_row_a_period_and_says_which_are_complete():
    table = chart(target=11.0).table()

    assert list(table.columns) == ["Period", "This period", "Target", "Complete"]
    assert table.iloc[3].tolist() == ["Week of 26 Jan", 5.0, 11.0, False]


def test_a_finished_chart_has_no_column_for_completeness():
    assert list(chart(finished=4).table().columns) == ["Period", "This period"]
