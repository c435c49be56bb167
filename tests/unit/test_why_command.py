"""python -m metrics why: of a metric, and of plain files that anyone can check against a textbook."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from metrics.__main__ import main
from tests import warehouse
from tests.company import Company

BERKELEY = """department,admitted_0,applicants_0,admitted_1,applicants_1
A,512,825,89,108
B,353,560,17,25
C,120,325,202,593
D,138,417,131,375
E,53,191,94,393
F,22,373,24,341
"""
LONG = """period;sector;x1;x2;x3
1971;1;1;10;2
1971;2;4;5;3
1972;1;4;5;3
1972;2;5;6;4
"""


def asked(capsys: pytest.CaptureFixture[str], *words: str) -> Any:
    assert main(["why", *words, "--json"]) == 0
    return json.loads(capsys.readouterr().out)


def file(tmp_path: Path, text: str, name: str = "numbers.csv") -> str:
    path = tmp_path / name
    path.write_text(text, encoding="utf-8")
    return str(path)


def test_a_long_file_of_factors_gives_the_published_effects(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """LMDIR's example: see tests/unit/test_decompose.py."""
    told = asked(capsys, "--values", file(tmp_path, LONG), "--method", "lmdi")

    assert (told["change"], told["adds_up"], told["rest"]) == (100, True, 0)
    assert told["effects"] == pytest.approx({"x1": 69.79006598, "x2": -9.455125793, "x3": 39.66505981})
    assert [one["member"] for one in told["members"]] == ["1", "2"]


def test_one_row_with_both_sides_of_each_factor(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    told = asked(capsys, "--values", file(tmp_path, "accounts_0,accounts_1,events_0,events_1\n100,120,5,4\n"), "--method", "lmdi")

    assert (told["then"], told["now"]) == (500, 480)
    assert set(told["effects"]) == {"accounts", "events"}
    assert sum(told["effects"].values()) == pytest.approx(-20)


def test_berkeley_is_warned_of(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    told = asked(capsys, "--values", file(tmp_path, BERKELEY), "--method", "mix_rate")

    assert [one["code"] for one in told["warnings"]] == ["simpson"]
    assert told["warnings"][0]["members"] == ["A", "B", "D", "F"]
    assert told["effects"]["rate"] > 0 > told["change"]
    assert main(["why", "--values", file(tmp_path, BERKELEY), "--method", "mix_rate"]) == 0
    assert "Simpson's reversal by member" in capsys.readouterr().out.replace("\n", " ")


def test_json_with_rates_and_weights_and_both_conventions(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    rows = [
        {"segment": "Search", "rate_then": "2%", "visits_then": 30, "rate_now": "1.9%", "visits_now": 50},
        {"segment": "Email", "rate_then": 0.06, "visits_then": "100", "rate_now": 0.062, "visits_now": 110},
        {"segment": "Direct", "rate_then": "5,0 %", "visits_then": 70, "rate_now": 0.05, "visits_now": 75},
    ]
    path = file(tmp_path, json.dumps({"rows": rows}), "numbers.json")
    apart = asked(capsys, "--values", path, "--method", "mix_rate", "--convention", "with_interaction")
    whole = asked(capsys, "--values", path, "--method", "mix_rate")

    assert (apart["then"], apart["effects"]["rate"]) == (pytest.approx(0.0505), pytest.approx(0.15 * -0.001 + 0.5 * 0.002))
    assert apart["rest"] == pytest.approx(apart["change"] - sum(apart["effects"].values()))
    assert whole["rest"] == 0
    assert sum(whole["effects"].values()) == pytest.approx(whole["change"])


def test_price_and_volume_from_prices_and_quantities(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = file(tmp_path, "product,price_0,quantity_0,price_1,quantity_1\nall,$50,1,52,1.1\n")
    told = asked(capsys, "--values", path, "--method", "price_volume", "--convention", "with_interaction")

    assert told["effects"] == {"price": pytest.approx(2), "volume": pytest.approx(5)}
    assert told["rest"] == pytest.approx(0.2)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("member,x_0,x_1,y_0\na,1,2,3\n", "numbers.csv:2"),
        ("member,x_0,x_1\na,1,two\n", "no number"),
        ("member,x_0,x_1\na,1,2\na,3,4\n", "stands twice"),
        ("period,member,x\n1,a,1\n2,a,1\n3,a,2\n", "3 periods"),
        ("member,x_0,x_1\n", "no row"),
        ("[1, 2]", "no list of rows"),
        ("{", "no JSON"),
    ],
)
def test_a_wrong_file_is_told_with_its_place(tmp_path: Path, capsys: pytest.CaptureFixture[str], text: str, said: str) -> None:
    assert main(["why", "--values", file(tmp_path, text), "--method", "lmdi"]) == 2
    assert said in capsys.readouterr().err


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ([], "name a metric"),
        (["--values", "nowhere.csv", "--method", "lmdi"], "cannot be read"),
        (["mrr", "--values", "x.csv"], "takes a file alone"),
    ],
)
def test_a_wrong_call_is_told(capsys: pytest.CaptureFixture[str], words: list[str], said: str) -> None:
    assert main(["why", *words]) == 2
    assert said in capsys.readouterr().err


def test_a_file_needs_a_method(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["why", "--values", file(tmp_path, BERKELEY)]) == 2
    assert "--method" in capsys.readouterr().err


@pytest.fixture
def shop(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    rows = [
        {"name": name, "day": f"2026-{month:02}-{day:02}", "value": value}
        for month, values in ((1, (100, 10)), (2, (150, 11)))
        for day in range(1, 29)
        for name, value in zip(("shop", "blog"), values, strict=True)
    ]
    told = {"visits": {"sum": "value", "in": "numbers", "label": "Visits"}}
    company = Company({"number": rows}, loaded_since="2026-01-01", loaded_until="2026-03-01", metrics=told)
    monkeypatch.setenv("TRANSVERSE_WORKSPACE", str(warehouse.build(company, tmp_path)))


@pytest.mark.usefixtures("shop")
def test_a_metric_between_two_months_begins_with_what_moved(capsys: pytest.CaptureFixture[str]) -> None:
    told = asked(capsys, "visits", "--to", "2026-02")

    assert (told["from"]["name"] or told["from"]["since"], told["to"]["name"]) == ("2026-01-01", "2026-02")
    assert (told["then"], told["now"], told["change"]) == (3080, 4508, 1428)
    assert told["begins_with"]["members"] == {"name": "shop"}
    assert {one["member"]: one["contribution"] for one in told["members"]} == {"shop": 1400, "blog": 28}
    assert told["warnings"] == [{"code": "unequal_days", "then": 31, "now": 28}]
    assert main(["why", "visits", "--from", "2026-01", "--to", "2026-02"]) == 0
    assert "Begins with name shop: +1,400 of it, 98%; it stands out" in capsys.readouterr().out


@pytest.mark.usefixtures("shop")
def test_a_period_that_is_none_is_a_wrong_call(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["why", "visits", "--from", "January", "--to", "2026-02"]) == 2
    assert '"January" is not a period' in capsys.readouterr().err
