"""Frameworks for priorities: their formulas against published examples, the scales, and what a company may write of its own."""

import pytest

from data import yaml_file
from data.errors import Problem
from metrics.insight.priorities import frameworks, placed
from metrics.insight.priorities.frameworks import scores, shelf

BUILT_IN = shelf().kept

OWN = """
ice:
  label: ICE
  formula: impact * confidence * ease
  fields:
    impact: {default: 5, least: 1, most: 10}
    confidence: {scale: [1, 5, 10], default: 5}
    ease: {prefill: [open_estimate]}
"""


def own(text):
    told = yaml_file.parse(text, "priorities/own.yml")
    return {name: frameworks.read(name, told) for name in told}


@pytest.mark.parametrize(
    ("reach", "impact", "confidence", "effort", "score"),
    [
        # "RICE framework", timeclick-software/awesome-time-tracking: Feature A.
        (2000, 2, 0.8, 4, 800),
        # The extremes of Intercom's scales for impact and confidence.
        (450, 3, 1, 2, 675),
        (800, 0.25, 0.5, 1, 100),
    ],
)
def test_rice_is_reach_impact_and_confidence_by_effort(reach, impact, confidence, effort, score):
    row = {"reach": reach, "impact": impact, "confidence": confidence, "effort": effort}

    assert scores(BUILT_IN["rice"], [row]) == [pytest.approx(score)]


def test_the_scales_of_rice_are_those_that_intercom_published():
    # blog.intercom.io/rice-simple-prioritization-for-product-managers, as quoted at coda.io/@greg-docter (RICE, Intercom).
    rice = BUILT_IN["rice"].fields

    assert {word: value for value, word in rice["impact"].scale.items()} == {
        "Massive": 3, "High": 2, "Medium": 1, "Low": 0.5, "Minimal": 0.25,
    }  # fmt: skip
    assert {word: value for value, word in rice["confidence"].scale.items()} == {"High": 1, "Medium": 0.8, "Low": 0.5}


def test_wsjf_is_the_cost_of_delay_by_the_size_of_the_job():
    # The formula and the scale of 1 to 20 as SAFe gives them: agilenotion.com and projectstrategizer.com, "Weighted shortest job first".
    # Jason Yip, "Problems I have with SAFe-style WSJF", 2024: 1, 3 and 5 make a cost of delay of 9.
    yip = {"user_business_value": 1, "time_criticality": 3, "risk_opportunity": 5}
    found = scores(BUILT_IN["wsjf"], [{**yip, "job_size": 1}, {**yip, "job_size": 3}])

    assert found == [9, 3]
    assert all(list(field.scale) == [1, 2, 3, 5, 8, 13, 20] for field in BUILT_IN["wsjf"].fields.values())


@pytest.mark.parametrize(("importance", "satisfaction", "score"), [(9, 3, 15), (9, 9, 9), (5, 8, 5)])
def test_opportunity_counts_what_is_missing_and_never_what_is_too_much(importance, satisfaction, score):
    # Ulwick, What Customers Want, 2005, as quoted at decikit.com ("Opportunity scoring").
    # 9 and 3 give 15, 9 and 9 give 9; more satisfaction than importance takes nothing away.
    assert scores(BUILT_IN["opportunity"], [{"importance": importance, "satisfaction": satisfaction}]) == [score]


def test_what_is_not_known_or_takes_no_effort_has_no_score():
    row = {"reach": 10, "impact": 1, "confidence": 1}

    assert scores(BUILT_IN["rice"], [{**row, "effort": 0}, {**row, "effort": None}, row, {**row, "effort": 5}]) == [None, None, None, 2]


@pytest.mark.parametrize(
    ("value", "largest", "step"),
    [(100, 100, 20), (50, 100, 8), (55, 100, 13), (1, 100, 1), (0, 100, 1), (0, 0, 1), (7, 20, 8), (82.5, 100, 20)],
)
def test_the_data_is_put_on_a_relative_scale_in_proportion(value, largest, step):
    """20 × 55 / 100 is 11, two below 13 and three above 8; 20 × 82.5 / 100 is 16.5, as near to 13 as to 20: the upper."""
    assert placed(value, largest, [1, 2, 3, 5, 8, 13, 20]) == step


def test_a_company_adds_a_framework_of_its_own(tmp_path):
    from data import workspace

    (tmp_path / "priorities").mkdir()
    (tmp_path / "priorities" / "own.yml").write_text(OWN)
    found = shelf(workspace.load(tmp_path)).kept

    assert list(found) == [*BUILT_IN, "ice"]
    assert scores(found["ice"], [{"impact": 8, "confidence": 5, "ease": 2}]) == [80]


@pytest.mark.parametrize(
    ("written", "line", "field", "said"),
    [
        (OWN.replace("* ease", "* eas"), 4, "formula", 'names "eas", which is no field'),
        (OWN.replace("* ease", "* read_csv('x')"), 4, "formula", "not allowed"),
        (OWN.replace("* ease", "* lower(ease)"), 4, "formula", "cannot be computed"),
        (OWN.replace("open_estimate", "open_estimat"), 8, "prefill", "nothing is prefilled"),
        (OWN.replace("default: 5, least", "default: 15, least"), 6, "default", "cannot be 15"),
        (OWN.replace("[1, 5, 10]", "[1, 5, five]"), 7, "scale", "different numbers"),
        (OWN.replace("label: ICE", "labl: ICE"), 3, "labl", "unknown key"),
        (OWN.replace("ice:", "okr:"), 2, "okr", "cannot name a framework"),
    ],
)
def test_what_is_wrong_is_told_with_its_place(written, line, field, said):
    with pytest.raises(Problem, match=said) as caught:
        own(written)

    assert (caught.value.file, caught.value.line, caught.value.field) == ("priorities/own.yml", line, field)
    assert caught.value.remedy


def test_a_value_outside_of_its_scale_or_bounds_is_refused():
    impact, reach, importance = (
        BUILT_IN["rice"].fields["impact"],
        BUILT_IN["rice"].fields["reach"],
        BUILT_IN["opportunity"].fields["importance"],
    )

    assert impact.checked(0.25) == 0.25
    for field, value in ((impact, 4.0), (reach, -1.0), (importance, 10.5)):
        with pytest.raises(Problem, match="cannot be"):
            field.checked(value)


def test_every_built_in_framework_speaks_french():
    from babel.messages.pofile import read_po

    from pages.components.i18n import LOCALE

    with (LOCALE / "priorities" / "fr.po").open("rb") as file:
        told = {message.id for message in read_po(file) if message.id and message.string and not message.fuzzy}
    said = set()
    for framework in BUILT_IN.values():
        said |= {framework.label, framework.description, framework.source}
        for field in framework.fields.values():
            said |= {field.label, field.description, field.unit, *field.scale.values()}

    assert said - {""} == told


def test_a_framework_that_is_wrong_takes_no_other_away(tmp_path, monkeypatch, capsys):
    from data import workspace
    from metrics.__main__ import main

    (tmp_path / "priorities").mkdir()
    (tmp_path / "priorities" / "own.yml").write_text(OWN + OWN.replace("ice:", "rice:").replace("* ease", "* eas"))
    (tmp_path / "priorities" / "torn.yml").write_text("wsjf2: [")
    found = shelf(workspace.load(tmp_path))

    assert sorted(found.kept) == sorted({*BUILT_IN, "ice"} - {"rice"})
    assert [(one.file, one.line) for one in found.problems] == [("priorities/own.yml", 12), ("priorities/torn.yml", 2)]
    with pytest.raises(Problem, match=r'own\.yml:12:12 rice: the formula names "eas"'):
        found.named("rice")
    monkeypatch.setenv("TRANSVERSE_WORKSPACE", str(tmp_path))
    main(["validate"])
    assert 'error: priorities/own.yml:12:12 rice: the formula names "eas"' in capsys.readouterr().out
