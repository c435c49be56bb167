"""`signal --values`: the XmR chart of a plain file, from the forms that people have their numbers in."""

from __future__ import annotations

import io
import json
from pathlib import Path

import pytest

from metrics.__main__ import main
from tests.unit.test_xmr import ACCIDENTS, RECEIVABLE, SMOKERS, VERIFYING


def told(capsys: pytest.CaptureFixture[str], *args: str) -> dict:
    assert main(["signal", *args, "--json"]) == 0
    return json.loads(capsys.readouterr().out)


def refused(capsys: pytest.CaptureFixture[str], *args: str) -> str:
    assert main(["signal", *args]) == 2
    return capsys.readouterr().err


@pytest.fixture
def written(tmp_path: Path):
    def write(text: str, name: str = "numbers.csv") -> str:
        (tmp_path / name).write_text(text, encoding="utf-8")
        return str(tmp_path / name)

    return write


def lines(values) -> str:
    return "".join(f"{value}\n" for value in values)


def test_one_number_a_line(written, capsys):
    found = told(capsys, "--values", written(lines(VERIFYING)))

    assert (found["center"], round(found["average_moving_range"], 2), found["method"]) == (4135.5, 355.93, "mean")
    assert (round(found["lower"], 2), round(found["upper"], 2), round(found["range_upper"], 2)) == (3188.72, 5082.28, 1163.19)
    assert (found["verdict"], found["last"], found["signals"]) == ("signal", True, [16])
    last = found["points"][-1]
    assert (last["index"], last["label"], last["value"], last["moving_range"]) == (16, "16", 5200, 1737)
    assert (last["outside"], last["run"], last["range_outside"], last["rules"]) == (True, False, True, ["outside", "range_outside"])


def test_the_median_has_factors_of_its_own(written, capsys):
    found = told(capsys, "--values", written(lines(VERIFYING)), "--center", "median")

    # sorted: 3300 … 3980 4285 … and ranges 0 … 222 280 305 …, by hand
    assert (found["center"], found["median_moving_range"]) == (4132.5, 280)
    assert (found["upper"], found["range_upper"]) == pytest.approx((4132.5 + 3.145 * 280, 3.865 * 280))


@pytest.mark.parametrize("text", ["[1, 2, 3, null, 5]", "1\n2\n3\n", "value\n1\n2\n3\n"])
def test_standard_input_and_json(text, capsys, monkeypatch):
    monkeypatch.setattr("sys.stdin", io.StringIO(text))
    found = told(capsys, "--values", "-")

    assert [point["value"] for point in found["points"]][:3] == [1, 2, 3]
    assert found["average_moving_range"] == 1


def test_a_column_of_labels_names_the_points_and_the_baseline(written, capsys):
    months = [f"{year}-{month:02}" for year in (2001, 2002) for month in range(1, 13)]
    file = written("month;share\n" + lines(f"{month};{value}" for month, value in zip(months, RECEIVABLE, strict=True)))
    by_label = told(capsys, "--values", file, "--baseline", "2001-01:2001-10")
    by_place = told(capsys, "--values", file, "--baseline", "1:10")

    assert by_label == by_place
    assert (by_label["column"], by_label["baseline"]) == ("share", [1, 10])
    assert by_label["center"] == pytest.approx(sum(RECEIVABLE[:10]) / 10)
    assert by_label["points"][11]["label"] == "2001-12"
    assert 12 in by_label["signals"]


def test_of_several_columns_one_is_named(written, capsys):
    file = written("week,a,b\n" + lines(f"w{place},{value},{place}" for place, value in enumerate(SMOKERS)))

    assert "several columns of numbers. Name one: --column a" in refused(capsys, "--values", file)
    found = told(capsys, "--values", file, "--column", "a")
    assert found["signals"] == list(range(7, 15))
    assert all(found["points"][place]["rules"] == ["run"] for place in range(6, 14))


def test_given_limits_are_used_as_they_are(written, capsys):
    file = written(lines(ACCIDENTS))
    found = told(capsys, "--values", file, "--lower", "18.0", "--upper", "39.3", "--centre-line", "28.65")

    assert (found["lower"], found["upper"], found["center"], found["method"]) == (18.0, 39.3, 28.65, "given")
    assert [point["index"] for point in found["points"] if point["outside"]] == [1, 2]


def test_a_gap_is_an_empty_cell(written, capsys):
    found = told(capsys, "--values", written("day,n\na,1\nb,\nc,5\nd,6\n"))

    assert [point["value"] for point in found["points"]] == [1, None, 5, 6]
    assert found["average_moving_range"] == 1


def test_the_terminal_says_it_in_a_line_and_lists_the_points(written, capsys):
    assert main(["signal", "--values", written(lines(VERIFYING))]) == 0
    said = capsys.readouterr().out

    assert said.startswith("value: signals at 16; centre 4135.5")
    assert "outside, range_outside" in said


def test_wrong_calls_say_what_would_be_right(written, tmp_path, capsys):
    file = written(lines(VERIFYING))

    assert "name a metric, or a file" in refused(capsys)
    assert "name a metric, or a file" in refused(capsys, "mrr", "--values", file)
    assert "--baseline is for a plain file" in refused(capsys, "mrr", "--baseline", "1:3")
    assert "--grain is for a metric" in refused(capsys, "--values", file, "--grain", "week")
    assert "given limits are two" in refused(capsys, "--values", file, "--lower", "1")
    assert "must lie below" in refused(capsys, "--values", file, "--lower", "3", "--upper", "1")
    assert '"9:2" is no stretch' in refused(capsys, "--values", file, "--baseline", "9:2")
    assert "places from 1 to 16" in refused(capsys, "--values", file, "--baseline", "0:99")
    assert "cannot be read" in refused(capsys, "--values", str(tmp_path / "none.csv"))
    assert "holds no numbers" in refused(capsys, "--values", written("", "empty.csv"))
    assert 'csv:3 "many" is no number' in refused(capsys, "--values", written("1\n2\nmany\n", "word.csv"))
    assert "value 2 of the list is no number" in refused(capsys, "--values", written('[1, "many"]', "text.json"))
    assert 'has no column "c"' in refused(capsys, "--values", written("a,b\n1,2\n", "two.csv"), "--column", "c")


def test_two_few_values_cannot_tell(written, capsys):
    assert told(capsys, "--values", written("7\n"))["verdict"] == "cannot_tell"
