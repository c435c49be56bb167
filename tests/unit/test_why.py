"""Why a metric moved, of small companies whose causes are known; every number is taken again from the company's own rows."""

from __future__ import annotations

import random
from collections import Counter
from datetime import date, timedelta
from statistics import median
from typing import Any

import pytest

import metrics
from data import workspace
from data.errors import Problem
from metrics.insight import why as whys
from metrics.insight.why import Why, why
from metrics.insight.why.spans import Span
from tests import warehouse
from tests.company import Company

THEN, NOW = Span(date(2026, 2, 2), date(2026, 3, 2), "then"), Span(date(2026, 3, 2), date(2026, 3, 30), "now")
REGIONS, PLANS = ("North", "South", "East"), ("basic", "pro")
METRICS: dict[str, Any] = {
    "uses": {"count": "*", "in": "events"},
    "active": {"count_distinct": "account_id", "in": "events"},
    "uses_each": {"ratio": "uses", "to": "active"},
    "idle_share": {"formula": "1 - uses_each / 100"},
    "twice": {"formula": "2 * uses + active", "drivers": ["uses", "active"]},
    "mrr": {"snapshot": "mrr", "in": "mrr_day", "format": "money"},
    "mrr_bridge": {"movements": {"of": "mrr", "at": "day"}},
    "wait": {"median": "first_response_minutes", "in": "tickets", "format": "duration"},
    "score": {"average": "score", "in": "survey_responses", "where": "kind = 'csat'"},
    "cohorts": {"retention": {"start": "is_meaningful", "return": "is_meaningful", "entity": "account"}, "in": "events"},
}


def events(accounts: list[dict[str, Any]], fall: float) -> list[dict[str, Any]]:
    """Eight weeks of use; in the last four the accounts of the North use it less."""
    dice, found = random.Random(3), []
    for account in accounts:
        daily = dice.uniform(0.4, 1.2)
        for day in range(THEN.days + NOW.days):
            kept = 1 - fall if account["region"] == "North" and day >= THEN.days else 1.0
            for _ in range(sum(dice.random() < daily * kept / 2 for _ in range(2))):
                feature = dice.choice(["export", "share", "share"])
                at = THEN.since + timedelta(days=day)
                found.append({"occurred_at": f"{at}T10:00", "account_id": account["account_id"], "feature_id": feature})
    return found


def tickets() -> list[dict[str, Any]]:
    """Answers take twice as long now, whoever asks."""
    dice = random.Random(5)
    made = []
    for number in range(240):
        late = number >= 120
        at = (NOW if late else THEN).since + timedelta(days=number % 28)
        minutes = dice.randint(20, 60) * (2 if late else 1)
        made.append(
            {
                "ticket_id": f"t{number}",
                "created_at": f"{at}T10:00",
                "channel": ("chat", "mail")[number // 2 % 2],
                "account_id": f"a{number % 30}",
            }
        )
        made[-1]["first_response_at"] = f"{at}T{10 + minutes // 60:02}:{minutes % 60:02}"
    return made


def company() -> Company:
    accounts = [
        {"account_id": f"a{number}", "region": REGIONS[number % 3], "plan": PLANS[number % 2], "created_at": "2026-01-01"}
        for number in range(36)
    ]
    asked = tickets()
    answers = [
        {
            "response_id": f"r{number}",
            "ticket_id": one["ticket_id"],
            "account_id": one["account_id"],
            "kind": "csat",
            "responded_at": one["created_at"],
            "score": 3 if one["channel"] == "chat" and number >= 120 else 5 - number % 2,
        }
        for number, one in enumerate(asked)
    ]
    paid = [
        {"subscription_id": "s1", "account_id": "a1", "plan": "pro", "mrr": 100.10, "valid_from": "2026-01-05"},
        {"subscription_id": "s2", "account_id": "a2", "plan": "pro", "mrr": 50, "valid_from": "2026-01-05", "valid_to": "2026-03-10"},
        {"subscription_id": "s3", "account_id": "a3", "plan": "basic", "mrr": 70.25, "valid_from": "2026-03-12"},
        {"subscription_id": "s4", "account_id": "a4", "plan": "basic", "mrr": 30, "valid_from": "2026-01-05", "valid_to": "2026-03-15"},
        {"subscription_id": "s5", "account_id": "a4", "plan": "pro", "mrr": 45, "valid_from": "2026-03-15"},
    ]
    rows = {"account": accounts, "event": events(accounts, 0.5), "ticket": asked, "survey_response": answers, "subscription_period": paid}
    return Company(rows, loaded_since="2026-01-01", loaded_until="2026-04-01", metrics=METRICS)


@pytest.fixture(scope="module")
def told(tmp_path_factory: pytest.TempPathFactory) -> tuple[metrics.Layer, Company]:
    made = company()
    return metrics.open(workspace.load(warehouse.build(made, tmp_path_factory.mktemp("why")))), made


def counted(made: Company, span: Span, by: str) -> Counter[str]:
    regions = {row["account_id"]: row for row in made.tables["account"]}
    rows = (row for row in made.tables["event"] if str(span.since) <= row["occurred_at"] < str(span.until))
    return Counter(row[by] if by in row else regions[row["account_id"]][by] for row in rows)


def users(made: Company, span: Span, feature: str) -> set[str]:
    rows = (row for row in made.tables["event"] if str(span.since) <= row["occurred_at"] < str(span.until))
    return {row["account_id"] for row in rows if row["feature_id"] == feature}


def every(found: Why) -> list[Any]:
    return [step.found for step in found.steps] + [one.found for one in found.breakdowns if one.found.method != "own"]


def test_the_part_that_fell_comes_first_with_what_it_did(told: tuple[metrics.Layer, Company]) -> None:
    layer, made = told
    found = why(layer, "uses", now=NOW, then=THEN)
    before, after = counted(made, THEN, "region"), counted(made, NOW, "region")
    cause = found.cause

    assert cause is not None
    assert cause.lead is not None
    assert (cause.by, cause.lead.member) == (("account.region",), "North")
    assert cause.excess.verdict == "clear"
    assert cause.lead.contribution == after["North"] - before["North"]
    assert (found.value_then, found.value_now) == (before.total(), after.total())
    assert {part.member: (part.then, part.now) for part in cause.found.parts} == {name: (before[name], after[name]) for name in REGIONS}
    assert all(one.adds_up and not one.rest for one in every(found))


def test_a_count_is_also_how_many_times_how_much_each(told: tuple[metrics.Layer, Company]) -> None:
    layer, _made = told
    found = why(layer, "uses", now=NOW, then=THEN)
    step = next(one for one in found.steps if one.along == "product")

    assert set(step.found.effects) == {"uses_each", "active"}
    assert sum(step.found.effects.values()) == pytest.approx(found.change)


def test_nothing_is_made_up_where_all_parts_moved_alike(told: tuple[metrics.Layer, Company]) -> None:
    found = why(told[0], "wait", now=NOW, then=THEN)

    assert found.change > 0
    assert found.cause is None
    assert [one.code for one in found.cautions] == ["not_additive"]


def test_members_of_a_median_are_shown_apart_and_the_metric_without_each(told: tuple[metrics.Layer, Company]) -> None:
    layer, made = told
    found = why(layer, "wait", now=NOW, then=THEN, by=("channel",))
    one = found.breakdowns[0]

    def minutes(late: bool, channel: str) -> list[int]:
        rows = [row for number, row in enumerate(made.tables["ticket"]) if (number >= 120) == late and row["channel"] == channel]
        return [int(row["first_response_at"][-5:-3]) * 60 + int(row["first_response_at"][-2:]) - 600 for row in rows]

    chat = next(part for part in one.found.parts if part.member == "chat")
    assert (chat.then, chat.now) == (median(minutes(False, "chat")), median(minutes(True, "chat")))
    assert (chat.n_then, chat.n_now) == (60, 60)
    assert one.without["chat"] == (median(minutes(False, "mail")), median(minutes(True, "mail")))
    assert dict(chat.effects) == {}


def test_a_slow_channel_explains_nothing_where_every_channel_takes_twice_as_long(tmp_path: Any) -> None:
    """Of the hours nearly all are its; but without it the wait doubles too."""
    minutes = {"chat": 5, "mail": 200}
    asked = [
        {
            "ticket_id": f"{side}-{number}", "created_at": f"{span.since + timedelta(days=number % 28)}T10:00", "channel": channel,
            "account_id": f"a{number % 30}",
            "first_response_at": f"{span.since + timedelta(days=number % 28)}T{10 + wait // 60:02}:{wait % 60:02}",
        }
        for side, span in enumerate((THEN, NOW))
        for number in range(100)
        for channel in ("mail" if number < 52 else "chat",)
        for wait in (minutes[channel] * (1 + side),)
    ]  # fmt: skip
    made = Company({"ticket": asked}, loaded_since="2026-01-01", loaded_until="2026-04-01", metrics={"wait": METRICS["wait"]})
    found = why(metrics.open(workspace.load(warehouse.build(made, tmp_path))), "wait", now=NOW, then=THEN, by=("channel",))

    assert (found.value_then, found.value_now) == (200, 400)
    assert found.breakdowns[0].without["mail"] == (5, 10)
    assert found.cause is None


def test_a_mean_is_mix_and_rate_by_the_ticket_that_was_rated(told: tuple[metrics.Layer, Company]) -> None:
    found = why(told[0], "score", now=NOW, then=THEN)
    cause = found.cause

    assert cause is not None
    assert cause.lead is not None
    assert (cause.by, cause.lead.member) == (("ticket.channel",), "chat")
    assert cause.found.effects["mix"] == pytest.approx(0)
    assert cause.lead.effects["rate"] == pytest.approx(0.5 * (3 - 4.5))
    assert found.change == pytest.approx(-0.75)


def test_distinct_accounts_are_those_that_came_less_those_that_left_and_overlap_by_feature(told: tuple[metrics.Layer, Company]) -> None:
    layer, made = told
    found = why(layer, "active", now=NOW, then=THEN, by=("feature_id",))
    sides = [set(counted(made, span, "account_id")) for span in (THEN, NOW)]
    step = next(one for one in found.steps if one.along == "entities")
    among = [sum(len(users(made, span, feature)) for feature in ("export", "share")) for span in (THEN, NOW)]

    assert {part.member: part.contribution for part in step.found.parts} == {
        "entered": len(sides[1] - sides[0]), "left": -len(sides[0] - sides[1]), "stayed": 0,
    }  # fmt: skip
    overlap = (len(sides[1]) - len(sides[0])) - (among[1] - among[0])
    assert found.breakdowns[0].found.rests == ({"overlap": overlap} if overlap else {})


def test_mrr_moves_by_its_movements_to_the_cent(told: tuple[metrics.Layer, Company]) -> None:
    found = why(told[0], "mrr", now=NOW, then=THEN)
    step = found.steps[0]

    assert step.along == "movements"
    moved = {part.member: part.contribution for part in step.found.parts}
    assert moved == {"new": 70.25, "expansion": 15, "contraction": 0, "churn": -50, "reactivation": 0}
    assert round(found.change - sum(moved.values()), 2) == 0.0
    assert step.found.adds_up


def test_a_formula_is_split_along_its_parts_and_one_ratio_of_it_by_members(told: tuple[metrics.Layer, Company]) -> None:
    layer, made = told
    twice, idle = (why(layer, name, now=NOW, then=THEN) for name in ("twice", "idle_share"))
    uses = counted(made, NOW, "region").total() - counted(made, THEN, "region").total()

    assert {part.member: part.contribution for part in twice.steps[0].found.parts} == {"uses": 2 * uses, "active": twice.change - 2 * uses}
    assert {one.found.method for one in idle.breakdowns} == {"mix_rate"}
    assert idle.breakdowns[0].found.change == pytest.approx(idle.change)
    assert all(one.adds_up for one in (*every(twice), *every(idle)))


@pytest.mark.parametrize("convention", ["midpoint", "with_interaction", "new_share"])
def test_each_convention_adds_up(told: tuple[metrics.Layer, Company], convention: str) -> None:
    found = why(told[0], "uses_each", now=NOW, then=THEN, convention=convention, method="mix_rate", by=("account.region",))

    assert found.main is found.breakdowns[0].found
    assert found.breakdowns[0].found.adds_up
    assert set(found.breakdowns[0].found.rests) == ({"interaction"} if convention == "with_interaction" else set())


def test_price_and_volume_of_a_metric_that_is_a_product(told: tuple[metrics.Layer, Company]) -> None:
    layer, made = told
    found = why(layer, "uses", now=NOW, then=THEN, method="price_volume", by=("account.region",))
    north = next(part for part in found.breakdowns[0].found.parts if part.member == "North")
    north_users = [sum(int(name[1:]) % 3 == 0 for name in counted(made, span, "account_id")) for span in (THEN, NOW)]
    uses = [counted(made, span, "region")["North"] for span in (THEN, NOW)]

    mean_use = sum(used / count for used, count in zip(uses, north_users, strict=True)) / 2
    assert north.effects["volume"] == pytest.approx(mean_use * (north_users[1] - north_users[0]))
    assert sum(north.effects.values()) == pytest.approx(uses[1] - uses[0])


@pytest.mark.parametrize("method", ["price_volume", "lmdi"])
def test_a_method_that_is_asked_for_names_the_same_part_first(told: tuple[metrics.Layer, Company], method: str) -> None:
    plain = why(told[0], "uses", now=NOW, then=THEN, by=("account.region",))
    found = why(told[0], "uses", now=NOW, then=THEN, method=method, by=("account.region",))

    assert plain.cause is not None
    assert found.cause is not None
    assert found.cause.lead is not None
    assert found.cause.lead.member == "North"
    assert found.cause.excess == plain.cause.excess


def test_back_in_time_every_change_is_the_other_way_round(told: tuple[metrics.Layer, Company]) -> None:
    there, back = (why(told[0], "uses", now=now, then=then, by=("account.region",)) for now, then in ((NOW, THEN), (THEN, NOW)))

    assert back.change == -there.change
    moved = [{part.member: part.contribution for part in one.breakdowns[0].found.parts} for one in (there, back)]
    assert moved[1] == {name: -change for name, change in moved[0].items()}
    assert why(told[0], "score", now=THEN, then=NOW).change == pytest.approx(0.75)


def test_by_account_those_that_rose_and_those_that_fell_are_told(told: tuple[metrics.Layer, Company]) -> None:
    layer, made = told
    shown = why(layer, "uses", now=NOW, then=THEN, by=("account_id",)).to_dict()["dimensions"][0]["members"]
    before, after = counted(made, THEN, "account_id"), counted(made, NOW, "account_id")
    fell = {name for name in before | after if after[name] < before[name]}
    told_of = [one for one in shown if one["then"] is not None]

    assert len(fell) > 12
    assert sum(one["contribution"] < 0 for one in told_of) == 12
    assert sum(one["contribution"] >= 0 for one in told_of) == min(12, len(before | after) - len(fell))
    assert sum(one["contribution"] for one in shown) == after.total() - before.total()


def test_two_dimensions_together_can_be_asked_for(told: tuple[metrics.Layer, Company]) -> None:
    found = why(told[0], "uses", now=NOW, then=THEN, by=("account.region,account.plan",)).breakdowns[0]

    assert found.by == ("account.region", "account.plan")
    assert len(found.found.parts) == 6
    assert found.lead is not None
    assert found.members[found.lead.member][0] == "North"


def test_conditions_and_accounts_narrow_everything(told: tuple[metrics.Layer, Company]) -> None:
    layer, made = told
    found = why(layer, "uses", now=NOW, then=THEN, where="account.plan = 'pro'", accounts=("a1", "a3"))

    assert found.value_now == sum(counted(made, NOW, "account_id")[name] for name in ("a1", "a3"))


def test_an_unfinished_period_is_compared_like_for_like_and_says_so(told: tuple[metrics.Layer, Company]) -> None:
    april, march = Span(date(2026, 3, 25), date(2026, 4, 25)), Span(date(2026, 2, 25), date(2026, 3, 25))
    found = why(told[0], "uses", now=april, then=march)

    assert (found.now.days, found.then.days) == (7, 7)
    assert ("cut", {"days": 7, "of": 31}) in [(one.code, one.facts) for one in found.cautions]


def test_the_json_says_how_to_ask_for_each_side_again(told: tuple[metrics.Layer, Company]) -> None:
    layer, _made = told
    shown = why(layer, "uses", now=NOW, then=THEN).to_dict()
    first = shown["dimensions"][0]

    assert shown["begins_with"]["members"] == {"account.region": "North"}
    assert first["reproduce"][1] == "python -m metrics query uses --since 2026-03-02 --until 2026-03-30 --by account.region"
    rows = layer.query("uses", since="2026-03-02", until="2026-03-30", by=("account.region",)).rows
    assert {row["account.region"]: row["uses"] for row in rows} == {one["member"]: one["now"] for one in first["members"]}


@pytest.mark.parametrize(
    ("name", "options", "said"),
    [
        ("use", {}, 'unknown metric "use"'),
        ("cohorts", {}, "is a table"),
        ("uses", {"by": ("account.colour",)}, "account.colour"),
        ("score", {"by": ("colour",)}, '^score: unknown column "colour"'),
        ("uses", {"method": "mix_rate"}, "is no ratio"),
        ("wait", {"method": "lmdi"}, "is no product"),
        ("uses", {"convention": "halves"}, "unknown convention"),
        ("score", {"where": "score > 9"}, "has no value"),
    ],
)
def test_what_cannot_be_explained_is_said(told: tuple[metrics.Layer, Company], name: str, options: dict[str, Any], said: str) -> None:
    with pytest.raises(Problem, match=said):
        whys.why(told[0], name, now=NOW, then=THEN, **options)
