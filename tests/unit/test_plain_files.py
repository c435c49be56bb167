"""The shapes of file that people bring to `signal --values` and `why --values`: read right, or refused with the place; never guessed."""

from __future__ import annotations

import json

import pytest

from metrics.__main__ import main


@pytest.fixture
def run(tmp_path, capsys):
    def asked(verb, text, *options, code=0):
        (tmp_path / "numbers.csv").write_text(text, encoding="utf-8")
        assert main([verb, "--values", str(tmp_path / "numbers.csv"), *options, "--json"]) == code
        said = capsys.readouterr()
        return json.loads(said.out) if code == 0 else said.err

    return asked


def series(found):
    return [(point["label"], point["value"]) for point in found["points"]]


@pytest.mark.parametrize(
    "text",
    [
        "date,value\n2026-01-05,4.2\n2026-01-12,4.5\n2026-01-19,5\n",
        "value,date\n4.2,2026-01-05\n4.5,2026-01-12\n5,2026-01-19\n",
        "datum;wert\n2026-01-05;4,2\n2026-01-12;4,5\n2026-01-19;5,0\n",
        "2026-01-19\t5\n2026-01-12\t4.5\n2026-01-05\t4.2\n",
        '[{"date": "2026-01-05", "value": 4.2}, {"date": "2026-01-12", "value": 4.5}, {"date": "2026-01-19", "value": 5}]',
        '[["2026-01-19", 5], ["2026-01-05", 4.2], ["2026-01-12", "4.5"]]',
        "# measured by hand\n2026-01-05,4.2\n\n2026-01-12,4.5\n2026-01-19,5\n",
        "2026-01-05 4.2\n2026-01-12   4.5\n2026-01-19 5\n",
    ],
)
def test_a_date_and_a_number_however_they_are_written(run, text):
    assert series(run("signal", text)) == [("2026-01-05", 4.2), ("2026-01-12", 4.5), ("2026-01-19", 5.0)]


@pytest.mark.parametrize(
    ("text", "values"),
    [
        ("value\n4,2\n4,5\n", [4.2, 4.5]),
        ("4\n4,5\n5\n", [4, 4.5, 5]),
        ('"1,234"\n"5,045"\n', [1234, 5045]),
        ("a;1,234\nb;5,045\n", [1.234, 5.045]),
        ("a;1.234,5\nb;5.045\n", [1234.5, 5045]),
        ("12%\n13.5 %\n", [0.12, 0.135]),
        ("€ 45\n−3\n$1,200.50\n", [45, -3, 1200.5]),
        ("1\nNaN\nNA\nnull\n2\n", [1, None, None, None, 2]),
        ("2026-01,\n2026-02,5\n2026-03,7\n", [None, 5, 7]),
        ("month,2025\n1,10\n2,12\n", [10, 12]),
        ("week,n\n5,10\n6,12\n7,11\n", [10, 12, 11]),
        ("#,value\n1,5\n2,#N/A\n3,7\n", [5, None, 7]),
        ('{"values": [3, null, 4]}', [3, None, 4]),
    ],
)
def test_numbers_of_every_country_and_gaps(run, text, values):
    assert [point["value"] for point in run("signal", text)["points"]] == values


@pytest.mark.parametrize(
    ("dates", "ordered"),
    [
        (["12.01.2026", "05.02.2026", "31.12.2025"], ["31.12.2025", "12.01.2026", "05.02.2026"]),
        (["2026-W10", "2026-W9", "2025-W52"], ["2025-W52", "2026-W9", "2026-W10"]),
        (["2026-Q1", "2025-Q4", "2025-Q3"], ["2025-Q3", "2025-Q4", "2026-Q1"]),
        (["March", "April", "May"], ["March", "April", "May"]),
    ],
)
def test_dates_are_put_in_their_order_and_other_labels_stay(run, dates, ordered):
    text = "when,n\n" + "".join(f"{day},{place}\n" for place, day in enumerate(dates))

    assert [point["label"] for point in run("signal", text)["points"]] == ordered


def test_a_baseline_between_two_days_takes_the_weeks_that_lie_between_them(run):
    text = "week,n\n" + "".join(f"2026-0{month}-{day:02},{day}\n" for month in (1, 2) for day in (5, 12, 19, 26))

    assert run("signal", text, "--baseline", "2026-01-06:2026-02-11")["baseline"] == [2, 5]
    assert run("signal", text, "--baseline", "2026-01-12:2026-02-05")["baseline"] == [2, 5]
    assert run("signal", text, "--baseline", ":2026-01-31")["baseline"] == [1, 4]
    assert "is no stretch" in run("signal", text, "--baseline", "2026-03-01:2026-04-01", code=2)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("4,2\n4,5\n4,1\n", '"4,2" may be one number, or a label and a number'),
        ("4 2\n4 5\n", "may be one number"),
        ("date,value\n2026-01-05,1\n2026-01-12,2\n2026-01-05,3\n", "numbers.csv:4 2026-01-05 stands twice"),
        ("week,value\n5,10\n6,x\n7,11\n", 'numbers.csv:3 "x" under value is no number'),
        ("#a comment, of two parts\nvalue\n1\n\ninf\n", 'numbers.csv:5 "inf" under value is no number'),
        ("a,b\n1,2\n3,4,5\n", "numbers.csv:3 has 3 cells, and the header 2"),
        ("120 140 100\n150 260 150\n", "several columns of numbers"),
        ('{"title": "none"}', "holds no list of numbers"),
    ],
)
def test_what_could_be_read_in_two_ways_is_refused_with_its_place(run, text, said):
    assert said in run("signal", text, code=2)


def test_where_nothing_can_be_told_the_keys_are_the_same(run):
    assert set(run("signal", "7\n")) == set(run("signal", "7\n8\n"))
    assert run("signal", "2026-01,7\n")["points"][0] == {
        "index": 1, "label": "2026-01", "value": 7, "moving_range": None, "outside": False, "run": False, "near": False,
        "range_outside": False, "signal": False, "rules": [],
    }  # fmt: skip


def test_a_constant_and_what_leaves_it(run):
    assert run("signal", "3\n3\n3\n3\n")["verdict"] == "usual"
    found = run("signal", "3\n3\n3\n3\n4\n", "--baseline", "1:4")
    assert (found["lower"], found["upper"], found["signals"]) == (3, 3, [5])


PRICES = {"A": (10, 1000, 11, 1000), "B": (15, 800, 15, 700), "C": (20, 500, 23, 800)}


@pytest.mark.parametrize(
    ("head", "row"),
    [
        ("product,price_0,quantity_0,price_1,quantity_1", "{name},{p0},{q0},{p1},{q1}"),
        ("region;old price;old units;new price;new units", "{name};{p0},0;{q0};{p1},0;{q1}"),
        ("sku,p0,q0,p1,q1", "{name},{p0},{q0},{p1},{q1}"),
        ("product\tprice_2025\tqty_2025\tprice_2026\tqty_2026", "{name}\t{p0}\t{q0}\t{p1}\t{q1}"),
        ("product,quarter_note,price_then,volume_then,price_now,volume_now", '{name},none,"${p0}.00","{q0:,}","${p1}.00","{q1:,}"'),
    ],
)
def test_a_table_of_segments_however_its_columns_are_called(run, head, row):
    lines = [row.format(name=name, p0=p0, q0=q0, p1=p1, q1=q1) for name, (p0, q0, p1, q1) in PRICES.items()]
    found = run("why", "\n".join([head, *lines]), "--method", "price_volume", "--convention", "with_interaction")

    # as in test_decompose: the change is 7,900, of price 2,500, of volume 4,500, of both 900
    assert (found["change"], found["effects"], found["rest"]) == (7900, {"price": 2500, "volume": 4500}, 900)
    assert {one["member"] for one in found["members"]} == {"A", "B", "C"}


def test_beside_a_known_denominator_the_other_column_is_the_numerator(run):
    found = run("why", "plan,upgraded_0,visits_0,upgraded_1,visits_1\na,1,10,2,10\nb,3,30,9,30\n", "--method", "mix_rate")

    assert (found["then"], found["now"]) == (pytest.approx(4 / 40), pytest.approx(11 / 40))
    assert found["effects"]["mix"] == pytest.approx(0)


@pytest.mark.parametrize("periods", [("2025", "2026"), ("Jan", "Feb"), ("before", "after"), ("2026-Q1", "2026-Q2"), ("Q4 2025", "Q1 2026")])
def test_the_earlier_period_of_a_long_table(run, periods):
    rows = [f"{periods[0]},a,2,10", f"{periods[0]},b,1,10", f"{periods[1]},a,3,10", f"{periods[1]},b,1,30"]
    found = run("why", "\n".join(["period,plan,x,y", *rows]), "--method", "lmdi")

    assert (found["then"], found["now"]) == (30, 60)
    assert [one["member"] for one in found["members"]] == ["a", "b"]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("# a comment\n\nmember,x_0,x_1\na,1,two\n", 'numbers.csv:4 "two" under x_1 is no number'),
        ("period,member,x\n1,a,1\n2,a,\n", "numbers.csv:3 a: there is nothing under x"),
        ("member,x_0,x_1\na,1,2,3\n", "numbers.csv:2 has more cells"),
        ("product,a,b\nx,1,2\n", "numbers.csv:2 has no number of both periods"),
        ("member,x_0,x_1\na,1,\n", "does not have both periods of x"),
        ('[{"x_0": true, "x_1": 2}]', "under x_0 is no number"),
    ],
)
def test_a_segment_table_that_lacks_something_is_told_with_its_place(run, text, said):
    assert said in run("why", text, "--method", "lmdi", code=2)
