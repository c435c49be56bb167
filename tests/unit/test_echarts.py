"""The chart model as the engine gets it: plain JSON, the unfinished end apart, every text prepared in the reader's language."""

import json

import pytest

from pages.components import chart_table, echarts, i18n
from pages.components.chart_model import Chart, Mark, Period, Series

DAYS = tuple(Period(f"2026-01-{day:02}", f"{day} Jan", f"{day} January", day < 6) for day in range(1, 7))


def chart(kind="line", series=None, **options):
    return Chart("MRR", kind, DAYS, series or (Series("Now", (1.0, 2.0, 3.0, 4.0, 5.0, 6.0)),), **options)


def column(shown, name):
    table = chart_table.table(shown)
    return [row[table["dimensions"].index(name)] for row in table["source"]]


def named(shown, name):
    return next(one for one in echarts.spec(shown)["series"] if one["id"] == name)


@pytest.fixture(autouse=True)
def english():
    with i18n.use("en"):
        yield


@pytest.mark.parametrize("kind", ["line", "area", "bar", "stacked", "stacked_area"])
def test_a_chart_is_plain_json(kind):
    parts = (Series("a", (1.0, None, 3.0, 4.0, 5.0, 6.0), "part", "a"), Series("b", (1.0,) * 6, "part", "b"))
    said = json.loads(json.dumps(echarts.spec(chart(kind, parts, target=4.0, marks=(Mark(2, "v1"),))), allow_nan=False))

    assert len(said["dataset"]["source"]) == 6


def test_the_unfinished_end_of_a_line_hangs_on_its_last_finished_point():
    assert column(chart("line"), "n0") == [1.0, 2.0, 3.0, 4.0, 5.0, None]
    assert column(chart("line"), "u0") == [None, None, None, None, 5.0, 6.0]


def test_an_unfinished_bar_stands_alone():
    assert column(chart("bar"), "u0") == [None, None, None, None, None, 6.0]


def test_what_it_is_compared_with_is_whole():
    shown = chart("line", (Series("Now", (1.0,) * 6), Series("Before", (2.0,) * 6, "previous")))

    assert column(shown, "n1") == [2.0] * 6
    assert "u1" not in [one["id"] for one in echarts.spec(shown)["series"]]


def test_texts_are_written_as_the_reader_writes_them():
    shown = chart("line", (Series("Now", (1234.5, 1234.5, 1234.5, 1234.5, 1234.5, None)),), format="money")
    assert column(shown, "t0") == ["€1,234"] * 5 + ["–"]

    with i18n.use("fr"):
        assert column(shown, "t0")[0] == "1\u202f234\xa0€"
        lines = named(shown, "ruler")["markLine"]["data"]
        assert all(line["label"]["formatter"].endswith("€") for line in lines)


def test_the_value_axis_is_a_ruler_that_ends_with_the_axis():
    spec = echarts.spec(chart("bar"))
    ticks = [line["yAxis"] for line in named(chart("bar"), "ruler")["markLine"]["data"]]

    assert (ticks[0], ticks[-1]) == (spec["yAxis"][0]["min"], spec["yAxis"][0]["max"]) == (0.0, 6.0)


def test_the_target_is_a_line_and_a_row_of_the_tooltip():
    shown = chart("line", target=4.0)

    assert named(shown, "ruler")["markLine"]["data"][-1]["yAxis"] == 4.0
    assert ">Target</td><td>4</td>" in echarts.spec(shown)["tooltip"]["formatter"]


def test_names_cannot_break_into_the_tooltip():
    said = echarts.spec(chart("line", (Series("<img> {@t9}", (1.0,) * 6),)))["tooltip"]["formatter"]

    assert "<img>" not in said
    assert "{@t9}" not in said


def test_gains_and_losses_have_their_colours_and_parts_the_themes():
    shown = chart("stacked", (Series("New", (1.0,) * 6, "gain"), Series("Churn", (-1.0,) * 6, "loss"), Series("Other", (1.0,) * 6, "part")))

    assert named(shown, "n0")["itemStyle"]["color"] == echarts.GAIN[0]
    assert named(shown, "n1")["itemStyle"]["color"] == echarts.LOSS[0]
    assert "color" not in named(shown, "n2")["itemStyle"]


def test_a_lonely_value_between_gaps_gets_a_dot():
    assert named(chart("line", (Series("Now", (1.0, None, 3.0, None, 5.0, None)),)), "n0")["showSymbol"]
    assert not named(chart("line"), "n0")["showSymbol"]


def test_releases_in_nearly_every_period_are_left_to_the_tooltip():
    few, many = (Mark(1, "v1"), Mark(4, "v2")), tuple(Mark(place, f"v{place}") for place in range(4))

    assert [line["xAxis"] for line in named(chart(marks=few), "n0")["markLine"]["data"]] == [1, 4]
    assert named(chart(marks=many), "n0")["markLine"]["data"] == []
    assert column(chart(marks=many), "note")[2] == "v2"


def test_the_quantiles_of_a_histogram_are_named_without_running_into_each_other():
    bins = tuple(Period(str(place), f"{place}–{place + 1}", "") for place in range(15))

    def names(*places):
        marks = tuple(Mark(place, label) for place, label in zip(places, ("Median", "85%", "95%"), strict=True))
        shown = Chart("Days", "histogram", bins, (Series("Work", (1.0,) * 15),), marks=marks)
        return [(line["label"]["formatter"], line["label"]["align"]) for line in named(shown, "n0")["markLine"]["data"]]

    assert names(3, 7, 9) == [("Median", "right"), ("85%", "left"), ("95%", "left")]
    assert names(2, 3, 8) == [("Median", "right"), ("85%", "left"), ("95%", "left")]
    assert names(0, 2, 12) == [("Median", "left"), ("", "left"), ("95%", "right")]
