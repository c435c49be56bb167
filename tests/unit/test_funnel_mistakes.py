"""The cases of funnels are sharp: each classic mistake, planted into the SQL of the layer, makes some of them fail."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import pytest

from metrics.kinds import funnel_attempts
from tests import asking, case_files

Plant = Callable[[pytest.MonkeyPatch], None]


def only_the_first_start(patch: pytest.MonkeyPatch) -> None:
    """A funnel that follows each entity's first start only."""

    def attempts(spec: Any, question: Any, keys: list[str]) -> None:
        follow(spec, question, keys)
        first = "row_number() OVER (PARTITION BY entity ORDER BY place) = 1"
        question.ctes["attempts"] = f"  SELECT * FROM (\n{question.ctes['attempts']}\n  ) AS every QUALIFY {first}"

    follow = funnel_attempts._attempts
    patch.setattr(funnel_attempts, "_attempts", attempts)


def rewritten(name: str, old: str, new: str) -> Plant:
    """A funnel in which a CTE says something else."""

    def plant(patch: pytest.MonkeyPatch) -> None:
        best = funnel_attempts.best

        def changed(spec: Any, question: Any) -> None:
            best(spec, question)
            assert re.search(old, question.ctes[name])
            question.ctes[name] = re.sub(old, new, question.ctes[name])

        patch.setattr(funnel_attempts, "best", changed)

    plant.__name__ = f"{name}: {new.strip()}"
    return plant


def abandoned(spec: Any, number: int, one: Any) -> str:
    """An exclusion that only looks at who went on."""
    return f"(reached >= {one.before} AND excluded_{number} < before_{number})"


def excluded_after_too(spec: Any, number: int, one: Any) -> str:
    """An exclusion that also punishes what came after the later step."""
    return f"(reached >= {one.after} AND excluded_at_{number} <= closes_{number})"


def judged_by(judge: Callable[..., str]) -> Plant:
    """A funnel whose exclusions are judged otherwise."""

    def plant(patch: pytest.MonkeyPatch) -> None:
        patch.setattr(funnel_attempts, "_void", judge)

    plant.__name__ = judge.__name__
    return plant


_A_LATER_START = "a later start may convert"
FUNNELS: list[tuple[Plant, set[str]]] = [
    (only_the_first_start, {_A_LATER_START, "the window ends with its last second"}),
    (rewritten("attempts", r"WHEN (s\d)\.moment <= s1", r"WHEN \1.moment < s1"), {"the window ends with its last second"}),
    (
        rewritten("attempts", r"(WHEN s3.moment <= )s1(.moment)", r"\1s2\2"),
        {"the window is counted from the first step"},
    ),
    (
        rewritten("ahead", "1 FOLLOWING AND UNBOUNDED", "CURRENT ROW AND UNBOUNDED"),
        {"an event that matches two steps serves one", "a repeated step needs a second event"},
    ),
    (judged_by(abandoned), {"excluded before, between, after, and never converted"}),
    (judged_by(excluded_after_too), {"excluded before, between, after, and never converted"}),
    (rewritten("best", "reached DESC, place", "place"), {_A_LATER_START}),
    (rewritten("numbered", r"length\(arrival_1\), ", ""), {"equal times convert in order of arrival"}),
]


@pytest.mark.parametrize(("plant", "caught_by"), FUNNELS, ids=lambda value: getattr(value, "__name__", ""))
def test_a_planted_mistake_fails_its_cases(
    plant: Plant, caught_by: set[str], tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch
) -> None:
    companies = asking.Companies(tmp_path_factory.mktemp("mistakes"))
    asked = [case for case in case_files.read("funnel") if case.name in caught_by]
    assert len(asked) == len(caught_by)
    assert asking.failing(asked, companies) == set()

    plant(monkeypatch)

    assert asking.failing(asked, companies) == caught_by
