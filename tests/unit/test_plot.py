"""The chart model as the page gets it: plain JSON, every mark as a share of the plot, every text prepared in the reader's language."""

import json

import pytest

from pages.components import bubbles, i18n, plot
from pages.components.bubbles import Bubble, Ruler
from pages.components.chart_model import Band, Chart, Mark, Period, Series

DAYS = tuple(Period(f"2026-01-{day:02}", f"{day} Jan", f"{day} January", day < 6) for day in range(1, 7))


def chart(kind="line", series=None, **options):
    return Chart("MRR", kind, DAYS, series or (Series("Now", (1.0, 2.0, 3.0, 4.0, 5.0, 6.0)),), **options)


def shapes(shown):
    return plot.told(shown)["shapes"]


@pytest.fixture(autouse=True)
def english():
    with i18n.use("en"):
        yield


@pytest.mark.parametrize("kind", ["line", "area", "bar", "stacked", "stacked_area"])
def test_a_chart_is_plain_json_and_every_mark_lies_in_the_plot(kind):
    parts = (Series("a", (1.0, None, 3.0, 4.0, 5.0, 6.0), "part", "a"), Series("b", (1.0,) * 6, "part", "b"))
    said = json.loads(json.dumps(plot.told(chart(kind, parts, target=4.0, marks=(Mark(2, "v1"),))), allow_nan=False))

    ends = [share for shape in said["shapes"] for name in ("at", "from", "to") for share in shape.get(name, ()) if share is not None]
    assert len(said["labels"]) == 6
    assert ends
    assert all(0 <= share <= 1 for share in [*ends, said["target"]])


def test_the_unfinished_end_of_a_line_hangs_on_its_last_finished_point():
    finished, end = shapes(chart("line"))

    assert [round(share * 6) for share in finished["at"][:5]] == [1, 2, 3, 4, 5]  # the axis ends at six
    assert finished["at"][5] is None
    assert end["at"] == [None, None, None, None, finished["at"][4], 1.0]
    assert (finished["dash"], end["dash"]) == ("", "tail")


def test_an_unfinished_bar_is_told_apart():
    (bars,) = shapes(chart("bar"))

    assert bars["tail"] == 1
    assert (bars["from"], bars["to"][5]) == ([0.0] * 6, 1.0)


def test_what_it_is_compared_with_is_whole_and_lies_behind():
    shown = shapes(chart("line", (Series("Now", (1.0,) * 6), Series("Before", (2.0,) * 6, "previous"))))

    assert [(shape["tone"], shape["dash"]) for shape in shown] == [("tv-previous", "before"), ("tv-current", ""), ("tv-current", "tail")]
    assert None not in shown[0]["at"]


def test_parts_lie_on_each_other_and_losses_hang_below_zero():
    flows = (Series("New", (2.0,) * 6, "gain"), Series("Grown", (1.0,) * 6, "gain"), Series("Churn", (-1.0,) * 6, "loss"))
    new, grown, churn = shapes(chart("stacked", flows))

    zero = new["from"][0]
    assert grown["from"] == new["to"]
    assert churn["from"][0] == zero
    assert churn["to"][0] < zero < new["to"][0] < grown["to"][0]
    assert [shape["tone"] for shape in (new, grown, churn)] == ["tv-gain-0", "tv-gain-1", "tv-loss-0"]


def test_bars_of_the_same_period_stand_beside_each_other():
    first, second = shapes(chart("bar", (Series("a", (1.0,) * 6, "part", "a"), Series("b", (2.0,) * 6, "part", "b"))))

    assert [(shape["slot"], shape["slots"], shape["tone"]) for shape in (first, second)] == [(0, 2, "tv-part-0"), (1, 2, "tv-part-1")]


def test_texts_are_written_as_the_reader_writes_them():
    shown = chart("line", (Series("Now", (1234.5, 1234.5, 1234.5, 1234.5, 1234.5, None)),), format="money")
    assert plot.told(shown)["tips"]["rows"][0][2] == ["€1,234"] * 5 + ["–"]

    with i18n.use("fr"):
        said = plot.told(shown)
        assert said["tips"]["rows"][0][2][0] == "1\u202f234\xa0€"
        assert all(name.endswith("€") for _share, name, _zero in said["rules"])


def test_the_value_axis_is_a_ruler_that_ends_with_the_axis():
    rules = plot.told(chart("bar"))["rules"]

    assert [(rules[0][0], rules[0][1]), (rules[-1][0], rules[-1][1])] == [(0.0, "0"), (1.0, "6")]


def test_the_target_is_a_line_and_a_row_of_the_tooltip():
    said = plot.told(chart("bar", target=3.0))

    assert said["target"] == 0.5
    assert said["tips"]["rows"][-1][1:] == ["Target", ["3"] * 6]
    assert plot.told(chart("bar", target=300.0))["target"] is None  # far above what is drawn: the legend tells it


def test_a_lonely_value_between_gaps_gets_a_dot():
    assert shapes(chart("line", (Series("Now", (1.0, None, 3.0, None, 5.0, None)),)))[0]["dots"]
    assert not shapes(chart("line"))[0]["dots"]


def test_what_is_to_be_read_with_care_is_a_stretch_with_its_name():
    assert plot.told(chart(bands=(Band(1, 2, "Incident"),)))["bands"] == [[1, 2, "Incident"]]


def test_releases_in_nearly_every_period_are_left_to_the_tooltip():
    few, many = (Mark(1, "v1"), Mark(4, "v2")), tuple(Mark(place, f"v{place}") for place in range(4))

    assert [line[0] for line in plot.told(chart(marks=few))["releases"]] == [1, 4]
    assert plot.told(chart(marks=many))["releases"] == []
    assert plot.told(chart(marks=many))["tips"]["notes"][2] == "v2"


def test_the_quantiles_of_a_histogram_are_named_without_running_into_each_other():
    bins = tuple(Period(str(place), f"{place}–{place + 1}", "") for place in range(15))

    def names(*places):
        marks = tuple(Mark(place, label) for place, label in zip(places, ("Median", "85%", "95%"), strict=True))
        shown = Chart("Days", "histogram", bins, (Series("Work", (1.0,) * 15),), marks=marks)
        return [(name, side) for _place, name, side in plot.told(shown)["releases"]]

    assert names(3, 7, 9) == [("Median", "right"), ("85%", "left"), ("95%", "left")]
    assert names(2, 3, 8) == [("Median", "right"), ("85%", "left"), ("95%", "left")]
    assert names(0, 2, 12) == [("Median", "left"), ("", "left"), ("95%", "right")]


def test_a_ruler_says_where_values_lie():
    plain = Ruler.of("Breadth", (0.0, 0.25, 0.5), "percent", 0.1)
    log = Ruler.of("Frequency", (1.0, 10.0, 100.0), "decimal", None, log=True)

    assert [plain.share(value) for value in (0.0, 0.25, 0.5)] == [0.0, 0.5, 1.0]
    assert [log.share(value) for value in (1.0, 10.0, 100.0)] == [0.0, 0.5, 1.0]
    assert plain.told()["median"] == [0.2, "Median 10.0%"]
    assert [name for _share, name in plain.told()["ticks"]] == ["0%", "25%", "50%"]
    assert log.told()["median"] is None


def test_a_bubble_lies_at_its_values_and_its_tooltip_says_them():
    ruler = Ruler.of("Breadth", (0.0, 0.5), "percent", None)
    said = bubbles.told([Bubble("Export", 0.25, 0.5, 12, "#12855A", (("Breadth", "25%"),), "Core")], ruler, ruler, "In words")

    assert said["dots"] == [[0.5, 1.0, 6.0, "#12855A", "Export", True]]
    assert said["tips"] == {"heads": ["Export"], "each": [[["", "Breadth", "25%"]]], "notes": ["Core"]}
