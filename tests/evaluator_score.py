"""Scores by hand: how many answers are good or bad, and how far the truth may be from what was asked."""

from __future__ import annotations

import math
import operator
from collections.abc import Mapping
from typing import Any

from tests.evaluator_rows import Row
from tests.evaluator_verbs import number_of

Z = 1.959963984540054
SIGNS = {">=": operator.ge, "<=": operator.le, ">": operator.gt, "<": operator.lt, "=": operator.eq}
EXTRA = ("value", "n", "low", "high")


def is_answer(definition: Mapping[str, Any], row: Row) -> bool:
    """Whether a row is an answer to the survey of a score: of its kind, unless the definition speaks of kinds itself."""
    if "score" not in definition or definition["in"] != "survey_responses" or "kind" in definition.get("where", ""):
        return True
    return bool(row["kind"] == definition["score"])


def told(definition: Mapping[str, Any], rows: list[Row]) -> dict[str, Any]:
    """`value, n, low, high` of the answers among rows; nothing but n where there is none."""
    answers = [number for row in rows if (number := number_of(row[definition.get("of", "score")])) is not None]
    if not answers:
        return {"value": None, "n": 0, "low": None, "high": None}

    def share(key: str, usual: str) -> float:
        sign, limit = str(definition.get(key, usual)).split()
        return sum(SIGNS[sign](one, float(limit)) for one in answers) / len(answers)

    if definition["score"] == "nps":
        return nps(share("promoters", ">= 9"), share("detractors", "<= 6"), len(answers))
    return wilson(share("satisfied", ">= 4"), len(answers))


def nps(promoters: float, detractors: float, n: int) -> dict[str, Any]:
    """The net score of n answers, and 1.96 standard errors around it."""
    margin = 100 * Z * math.sqrt(max(promoters + detractors - (promoters - detractors) ** 2, 0) / n)
    value = 100 * (promoters - detractors)
    return {"value": value, "n": n, "low": value - margin, "high": value + margin}


def wilson(p: float, n: int) -> dict[str, Any]:
    """A share of n answers with the score interval of Wilson (1927)."""
    middle = (p + Z**2 / (2 * n)) / (1 + Z**2 / n)
    half = Z / (1 + Z**2 / n) * math.sqrt(p * (1 - p) / n + Z**2 / (4 * n**2))
    return {"value": p, "n": n, "low": middle - half, "high": middle + half}
