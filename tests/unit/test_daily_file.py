"""`python -m metrics review --values FILE`: the 6-12 of plain daily numbers, held against sums that are made here day by day."""

import json
from datetime import date, timedelta

import pytest

from metrics import __main__ as command
from metrics.insight.review import daily_file


def written(path, rows, head="date,orders,visits"):
    path.write_text("\n".join([head, *(",".join(map(str, row)) for row in rows)]) + "\n", encoding="utf-8")
    return path


def days(first, last):
    return [first + timedelta(days=ahead) for ahead in range((last - first).days + 1)]


@pytest.fixture
def told():
    """Three years of days; the numbers repeat with neither weeks nor months."""
    return {
        day: (100 + (day.toordinal() * 7919) % 101, 1000 + (day.toordinal() * 104729) % 997)
        for day in days(date(2023, 1, 1), date(2025, 12, 31))
    }


@pytest.fixture
def run(tmp_path, capsys, told):
    file = written(tmp_path / "daily.csv", [(day, *values) for day, values in told.items()])

    def asked(*options):
        assert command.main(["review", "--values", str(file), "--json", *options]) == 0
        return json.loads(capsys.readouterr().out)

    return asked


def total(told, place, first, last):
    return sum(values[place] for day, values in told.items() if first <= day <= last)


def test_weeks_months_and_dates_are_what_the_days_add_up_to(run, told):
    found = run("--week-ending", "2025-03-12", "--fiscal-year-end", "jun")["columns"]["orders"]

    ends = [date(2025, 3, 12) - timedelta(days=7 * ago) for ago in (5, 4, 3, 2, 1, 0)]
    assert found["six_weeks"] == [total(told, 0, end - timedelta(days=6), end) for end in ends]
    assert found["six_weeks_prior_year"] == [total(told, 0, end - timedelta(days=370), end - timedelta(days=364)) for end in ends]
    assert found["twelve_months"][-1] == total(told, 0, date(2025, 2, 1), date(2025, 2, 28))
    assert found["twelve_months_prior_year"][-1] == total(told, 0, date(2024, 2, 1), date(2024, 2, 29))
    assert found["twelve_months"][0] == total(told, 0, date(2024, 3, 1), date(2024, 3, 31))
    assert found["mtd"] == total(told, 0, date(2025, 3, 1), date(2025, 3, 12))
    assert found["qtd"] == total(told, 0, date(2025, 1, 1), date(2025, 3, 12))
    assert found["ytd"] == total(told, 0, date(2024, 7, 1), date(2025, 3, 12))
    assert found["ytd_prior_year"] == total(told, 0, date(2023, 7, 1), date(2024, 3, 12))
    assert found["ytd_yoy"] == pytest.approx(found["ytd"] / found["ytd_prior_year"] - 1)
    assert found["wow"] == pytest.approx(found["six_weeks"][5] / found["six_weeks"][4] - 1)


def test_a_formula_computes_with_what_the_days_add_up_to_never_with_daily_ratios(run, told):
    found = run("--week-ending", "2025-03-12", "--formula", "cvr = orders / visits", "--formula", "missed=visits-orders")["columns"]

    first, last = date(2025, 3, 6), date(2025, 3, 12)
    assert found["cvr"]["six_weeks"][-1] == pytest.approx(total(told, 0, first, last) / total(told, 1, first, last))
    assert found["cvr"]["ytd"] == pytest.approx(total(told, 0, date(2025, 1, 1), last) / total(told, 1, date(2025, 1, 1), last))
    assert found["missed"]["mtd"] == total(told, 1, date(2025, 3, 1), last) - total(told, 0, date(2025, 3, 1), last)


def test_days_can_be_averaged_and_the_last_one_can_count(run, told):
    found = run("--week-ending", "2025-03-12", "--aggregate", "mean", "--aggregate", "visits=last")["columns"]

    assert found["orders"]["six_weeks"][-1] == pytest.approx(total(told, 0, date(2025, 3, 6), date(2025, 3, 12)) / 7)
    assert found["visits"]["six_weeks"][-1] == told[date(2025, 3, 12)][1]
    assert found["visits"]["twelve_months"][-1] == told[date(2025, 2, 28)][1]


def test_without_a_year_before_there_is_no_change(tmp_path, capsys):
    file = written(tmp_path / "young.csv", [(day, 10, 100) for day in days(date(2025, 1, 1), date(2025, 3, 16))])
    command.main(["review", "--values", str(file), "--week-ending", "2025-03-16", "--formula", "cvr = orders / visits"])
    found = json.loads(capsys.readouterr().out)["columns"]

    for name in ("orders", "cvr"):
        assert found[name]["six_weeks_prior_year"] == [None] * 6
        assert found[name]["yoy"] is found[name]["mtd_yoy"] is found[name]["ytd_prior_year"] is None
        assert found[name]["twelve_months"][:10] == [None] * 10
        assert found[name]["wow"] == 0


def test_dates_and_thousands_as_spreadsheets_write_them_are_read(tmp_path):
    head = "Date,Defects/Million"
    rows = ['"Sun, 05-Jan-2020","11,980"', '05-Jan-2020,"1,000.5"', "2020-01-06,"]
    (tmp_path / "sheet.csv").write_text("\n".join(["\ufeff" + head, *rows]), encoding="utf-8")

    found = daily_file.read(tmp_path / "sheet.csv")

    assert found.columns == {"Defects/Million": ((date(2020, 1, 5), 11980.0), (date(2020, 1, 5), 1000.5))}


def test_numbers_with_a_decimal_comma_percent_signs_and_gaps_are_read(tmp_path):
    rows = ["2020-01-05;1.234,5;12,5 %", "2020-01-06;n/a;-", "2020-01-07;2,25;10 %"]
    (tmp_path / "sheet.csv").write_text("\n".join(["date;orders;share", *rows]), encoding="utf-8")

    assert daily_file.read(tmp_path / "sheet.csv").columns == {
        "orders": ((date(2020, 1, 5), 1234.5), (date(2020, 1, 7), 2.25)),
        "share": ((date(2020, 1, 5), 0.125), (date(2020, 1, 7), 0.1)),
    }


@pytest.mark.parametrize(
    "day", ["2020-01-05 00:00:00", "2020-01-05T12:00:00Z", "2020/1/5", "20200105", "5 January 2020", "Sunday, 5 Jan 2020", "Jan 5, 2020"]
)
@pytest.mark.parametrize("between", [";", "\t"])
def test_days_that_can_be_read_in_one_way_only_are_read(tmp_path, day, between):
    (tmp_path / "sheet.csv").write_text(f'date{between}orders\n"{day}"{between}12\n')

    assert daily_file.read(tmp_path / "sheet.csv").columns == {"orders": ((date(2020, 1, 5), 12.0),)}


def test_of_days_that_have_rows_for_several_parts_one_part_can_be_kept(tmp_path, capsys):
    """Two countries a day, the second with a latency alone; the extremes of a week are those of its rows."""
    rows = []
    for place, day in enumerate(days(date(2024, 1, 1), date(2025, 3, 12))):
        rows += [(day, 10, 60 + place % 11, "US"), (day, "", 80 + place % 13, "UK")]
    file = written(tmp_path / "parts.csv", rows, head="date,orders,latency,country")

    def asked(*options):
        assert command.main(["review", "--values", str(file), "--week-ending", "2025-03-12", "--aggregate", "latency=max", *options]) == 0
        return json.loads(capsys.readouterr().out)

    whole, kept = asked(), asked("--where", "country = US", "--aggregate", "latency=min")
    week = [row for row in rows if row[0] > date(2025, 3, 5)]
    assert whole["words"] == ["country"]
    assert whole["columns"]["orders"]["six_weeks"] == [70.0] * 6
    assert whole["columns"]["latency"]["six_weeks"][-1] == max(row[2] for row in week)
    assert kept["columns"]["latency"]["six_weeks"][-1] == min(row[2] for row in week if row[3] == "US")


@pytest.mark.parametrize(
    ("rows", "said"),
    [
        ([], "daily.csv:2 holds no day"),
        ([("soon", 1, 2)], 'daily.csv:2:1 "soon" is no day'),
        ([("2025-01-01", "many", 2)], 'daily.csv:2:2 "many" is no number'),
        ([("2025-01-01", 1, "inf")], 'daily.csv:2:3 "inf" is no number'),
        ([("2025-01-01", 1)], "daily.csv:2 has 2 cells, and the head 3"),
    ],
)
def test_what_is_no_day_or_number_is_told_with_its_place(tmp_path, capsys, rows, said):
    file = written(tmp_path / "daily.csv", rows)

    assert command.main(["review", "--values", str(file), "--week-ending", "2025-03-12"]) == 2
    assert said in capsys.readouterr().err


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (["--aggregate", "median"], 'not by "median"'),
        (["--aggregate", "ordres=sum"], "Did you mean orders?"),
        (["--html", "week.html"], "--html does not go with --values"),
        (["--where", "country=UK"], "names no column of words"),
        (["--formula", "cvr = orders / vists"], "Did you mean visits?"),
        (["--formula", "orders = visits"], "no formula with a name of its own"),
        (["--formula", "x = system('ls')"], "x: "),
    ],
)
def test_a_wrong_option_is_told(tmp_path, capsys, options, said):
    file = written(tmp_path / "daily.csv", [("2025-01-01", 1, 2)])

    assert command.main(["review", "--values", str(file), "--week-ending", "2025-03-12", *options]) == 2
    assert said in capsys.readouterr().err


def test_an_option_of_a_file_is_not_passed_over_without_one(capsys):
    assert command.main(["review", "--aggregate", "sum"]) == 2
    assert "--aggregate goes with --values alone" in capsys.readouterr().err
