"""What the form of a metric says as YAML, what it reads from YAML, and the conditions and examples that it is made of."""

from dataclasses import replace
from datetime import date

import pytest

from data import yaml_file
from metrics import blocks, conditions, examples, load, proposal, recipe
from metrics.conditions import Condition, Conditions
from metrics.recipe import Recipe

BUILT_IN = load.catalogue()
EXPRESSIBLE = [name for name, metric in BUILT_IN.items() if recipe.of(metric)]


def test_most_built_in_definitions_can_be_said_by_the_form():
    assert len(EXPRESSIBLE) > 0.8 * len(BUILT_IN)
    assert not set(EXPRESSIBLE) & {name for name, metric in BUILT_IN.items() if metric.kind in ("funnel", "retention", "formula", "score")}


def test_each_of_them_is_written_so_that_it_is_the_same_metric():
    for name in EXPRESSIBLE:
        was = BUILT_IN[name]
        now = load.over({}, blocks.written(name, recipe.keys(recipe.of(was))))[name]

        assert replace(now, block=was.block, file=was.file, line=was.line, column=was.column) == was
        assert now.block == was.block


def test_what_a_business_person_wants_is_written_as_in_the_documents():
    told = Recipe(
        name="exported_twice",
        label="Exported twice",
        description="Accounts that exported a report at least twice in a week.",
        where=conditions.written(Conditions((Condition("event", "is", ("report_exported",)),))),
        at_least=2,
        over_last="7 days",
        owner="ana",
    )

    assert blocks.written(told.name, recipe.keys(told)) == (
        "exported_twice:\n"
        "  label: Exported twice\n"
        "  description: Accounts that exported a report at least twice in a week.\n"
        "  count_distinct: account_id\n"
        "  in: events\n"
        "  where: event = 'report_exported'\n"
        "  at_least: 2\n"
        "  over_last: 7 days\n"
        "  good: up\n"
        "  owner: ana\n"
        "  tests: [{not_below: 0}]\n"
    )


@pytest.mark.parametrize(
    "value", ["yes", "007", "0x1f", "12:30", "a: b", "# x", "", "two\nlines", "l'été", True, 0.5, None, [1, "2"], {"2026": 1}]
)
def test_a_value_is_written_so_that_it_is_read_again(value):
    assert yaml_file.parse(f"a: {yaml_file.written(value)}", "test")["a"] == value


@pytest.mark.parametrize(
    ("where", "chosen"),
    [
        (None, Conditions()),
        ("is_won and type = 'new'", Conditions((Condition("is_won", "true"), Condition("type", "is", ("new",))))),
        ("not is_won or amount >= 0.5", Conditions((Condition("is_won", "false"), Condition("amount", ">=", ("0.5",))), any_of=True)),
        ("plan in ('pro', 'it''s')", Conditions((Condition("plan", "is", ("pro", "it's")),))),
        ("plan not in ('pro', 'free')", Conditions((Condition("plan", "is_not", ("pro", "free")),))),
        ("account.plan <> 'pro'", Conditions((Condition("account.plan", "is_not", ("pro",)),))),
        ("feature_id is not null", Conditions((Condition("feature_id", "known"),))),
        ("starts_with(event, 'report')", Conditions((Condition("event", "starts_with", ("report",)),))),
        ("value < -2", Conditions((Condition("value", "<", ("-2",)),))),
    ],
)
def test_conditions_are_read_and_written(where, chosen):
    assert conditions.read(where) == chosen
    assert conditions.written(chosen) == where


@pytest.mark.parametrize(
    "where", ["lower(plan) = 'pro'", "a = 'x' and (b = 'y' or c = 'z')", "uses < 0.5 * before", "released_at <= planned_at", "a ="]
)
def test_what_cannot_be_chosen_is_left_as_it_is_written(where):
    assert conditions.read(where) is None


def test_a_condition_that_is_not_chosen_to_the_end_asks_nothing():
    assert conditions.written(Conditions((Condition("", "is"), Condition("plan", "is"), Condition("value", ">=", ("1; drop",))))) is None


@pytest.mark.parametrize(
    ("label", "name"),
    [("Accounts that export: twice!", "accounts_that_export_twice"), ("Été à Paris", "ete_a_paris"), ("2nd use", "m_2nd_use"), ("…", "")],
)
def test_a_name_is_made_of_the_label(label, name):
    assert recipe.identifier(label) == name


def test_an_example_tells_the_often_enough_from_the_rest():
    told = Recipe("a", where="event = 'x'", at_least=3, over_last="7 days")

    made = proposal.example(told)["equals"]

    assert [(row["account_id"], row["event_name"]) for row in made["rows"]["event"]] == [
        *[("a", "x")] * 3,
        *[("b", "x")] * 2,
        *[("c", "something else")] * 3,
    ]
    assert (made["gives"], made["ask"]["until"]) == ([1], date(2026, 1, 12))


def test_the_examples_hold_for_built_in_definitions(request):
    made = {name: proposal.example(recipe.of(BUILT_IN[name])) for name in EXPRESSIBLE}
    told = {name: one["equals"] for name, one in made.items() if one}
    assert len(told) > 30
    told = dict(list(told.items())[:: 1 if request.config.getoption("--full") else 5])

    assert {name: examples.wrong(BUILT_IN[name], one, BUILT_IN) for name, one in told.items()} == dict.fromkeys(told)


def test_there_is_no_example_where_the_rows_would_be_guessed():
    assert proposal.example(Recipe("a", where="account.plan = 'pro'")) is None
    assert proposal.example(Recipe("a", verb="sum", of="mrr", fact="mrr_day")) is None
    assert proposal.example(Recipe("a", verb="ratio", of="a", to="b", fact=None)) is None
