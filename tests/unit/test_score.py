"""Scores against figures in print: Wilson's interval as Newcombe (1998) tabulates it, the margin of NPS by its formula."""

from __future__ import annotations

import math
from typing import Any

import pytest

import metrics
from data import workspace
from tests import warehouse
from tests.company import Company

#: satisfied, answers, and both bounds of table I, method 3, of "Two-sided confidence intervals for the single proportion"
NEWCOMBE = [(81, 263, 0.2553, 0.3662), (15, 148, 0.0624, 0.1605), (0, 20, 0.0, 0.1611), (1, 29, 0.0061, 0.1718)]
#: promoters, detractors, answers
SURVEYS = [(50, 15, 100), (7, 0, 7), (0, 3, 3), (3, 3, 6), (0, 0, 4)]


@pytest.fixture(scope="module")
def layer(tmp_path_factory: pytest.TempPathFactory) -> metrics.Layer:
    answers: list[dict[str, Any]] = []
    for good, n, _, _ in NEWCOMBE:
        answers += [{"kind": "csat", "score": 4 if number < good else 3, "attrs": {"of": f"{good}/{n}"}} for number in range(n)]
    for promoters, detractors, n in SURVEYS:
        scores = [9] * promoters + [6] * detractors + [7] * (n - promoters - detractors)
        answers += [{"kind": "nps", "score": score, "attrs": {"of": f"{promoters}-{detractors}/{n}"}} for score in scores]
    rows = [{"response_id": f"r{number}", "responded_at": "2026-01-05", **answer} for number, answer in enumerate(answers)]
    told = {"csat": {"score": "csat", "in": "survey_responses"}, "nps": {"score": "nps", "in": "survey_responses"}}
    company = Company({"survey_response": rows}, loaded_until="2026-02-01", metrics=told)
    return metrics.open(workspace.load(warehouse.build(company, tmp_path_factory.mktemp("surveys"))))


def ask(layer: metrics.Layer, name: str, of: str) -> Any:
    return layer.query(name, since="2026-01-01", until="2026-02-01", where=f"attrs.of = '{of}'").rows[0]


@pytest.mark.parametrize(("good", "n", "low", "high"), NEWCOMBE)
def test_a_share_has_the_interval_of_wilson(layer: metrics.Layer, good: int, n: int, low: float, high: float) -> None:
    row = ask(layer, "csat", f"{good}/{n}")

    assert (row["n"], row["value"]) == (n, pytest.approx(good / n))
    assert (row["low"], row["high"]) == (pytest.approx(low, abs=5e-5), pytest.approx(high, abs=5e-5))
    assert 0 <= row["low"] <= row["value"] <= row["high"] <= 1


@pytest.mark.parametrize(("promoters", "detractors", "n"), SURVEYS)
def test_the_margin_of_nps_is_that_of_a_mean_of_three_values(layer: metrics.Layer, promoters: int, detractors: int, n: int) -> None:
    row = ask(layer, "nps", f"{promoters}-{detractors}/{n}")
    values = [100] * promoters + [-100] * detractors + [0] * (n - promoters - detractors)
    mean = sum(values) / n
    margin = 1.96 * math.sqrt(sum((value - mean) ** 2 for value in values) / n / n)

    assert row["value"] == row["nps"] == pytest.approx(mean)
    assert (row["low"], row["high"]) == (pytest.approx(mean - margin, rel=1e-4), pytest.approx(mean + margin, rel=1e-4))


def test_nobody_asked_is_no_score(layer: metrics.Layer) -> None:
    row = ask(layer, "csat", "nobody")

    assert row == {"csat": None, "value": None, "n": 0, "low": None, "high": None, "complete": True}
