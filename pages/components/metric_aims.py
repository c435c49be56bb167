"""What a metric aims at and what must always hold of it: its targets, its bounds, and an example."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import streamlit as st

from data import yaml_file
from data.errors import Problem
from metrics import proposal
from metrics.recipe import Recipe, number
from pages.components.i18n import _, ngettext

#: The tests that the form has a field for.
BOUNDS = ("not_below", "not_above")


def targets(saved: Recipe) -> dict[str, float]:
    """Draws the field of the targets and gives them by period; what is not written to the end changes nothing."""
    said = st.text_input(
        _("What does it aim at?"),
        key="form-targets",
        placeholder="2027-Q1: 120, 2027: 150",
        help=_("A period, a colon, a number; several with commas."),
    )
    try:
        told = yaml_file.parse(f"{{{said}}}", "targets")
        numbers = {period: float(value) for period, value in told.items()}
    except (Problem, TypeError, ValueError):
        st.caption(_("Write a period, a colon and a number, such as 2027-Q1: 120"))
        return dict(saved.targets)
    return {period: saved.targets[period] if saved.targets.get(period) == value else number(value) for period, value in numbers.items()}


def tests(told: Recipe, saved: Recipe) -> tuple[Mapping[str, Any], ...]:
    """Draws the bounds; gives them and the other tests of the definition as they are."""
    left, right = st.columns(2, gap="small")
    floor = left.number_input(_("Never below"), value=None, key="form-floor", format="%g", placeholder=_("no bound"))
    ceiling = right.number_input(_("Never above"), value=None, key="form-ceiling", format="%g", placeholder=_("no bound"))
    others = [test for test in saved.tests if not (len(test) == 1 and set(test) <= set(BOUNDS))]
    if others:
        said = ngettext(
            "{count} further test stays as it is; it is edited as YAML.",
            "{count} further tests stay as they are; they are edited as YAML.",
            len(others),
        )
        st.caption(said.format(count=len(others)))
    bounds: list[Mapping[str, Any]] = [
        {key: number(value)} for key, value in zip(BOUNDS, (floor, ceiling), strict=True) if value is not None
    ]
    return (*bounds, *others, *_example(told, others))


def _example(told: Recipe, others: Sequence[Mapping[str, Any]]) -> list[Mapping[str, Any]]:
    """An example worked out from the form, if the reader wants one and there is none yet."""
    made = None if any("equals" in test for test in others) else proposal.example(told)
    if made is None:
        return []
    said = _("A few made-up rows with the answer that they must give: they keep the meaning when somebody changes the definition.")
    return [made] if st.button(_("Add an example as a test"), icon=":material/fact_check:", key="example", help=said) else []
