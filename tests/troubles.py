"""Troubles to plant in the healthy company of `planted.py`: one for each built-in playbook, and what it must find."""

from __future__ import annotations

from collections.abc import Iterator

from data.schema import TABLES, TIME
from tests.planted import ago

_NUMBER = "CAST(substr(account_id, 2) AS INTEGER)"
#: Of the 24 customers, not of the accounts that are new.
CUSTOMER = "account_id LIKE 'c%'"


def below(most: int) -> str:
    """The first customers."""
    return f"{CUSTOMER} AND {_NUMBER} < {most}"


def of_segment(name: str) -> str:
    """The customers of a segment."""
    return f"account_id IN (SELECT account_id FROM account WHERE segment = '{name}')"


def since(column: str, days: int) -> str:
    """On one of the last days."""
    return f"{column}_day >= DATE '{ago(days)}'"


def set_to(table: str, where: str, **changed: str | None) -> str:
    """Other values in some rows; a moment has its day beside it."""
    told = {column: "NULL" if value is None else value for column, value in changed.items()}
    told |= {f"{column}_day": told[column] for column in changed if TABLES[table].columns[column] == TIME}
    told |= {f"{column}_reporting": told[column] for column in changed if column in TABLES[table].money}
    return f"UPDATE {table} SET {', '.join(f'{column} = {value}' for column, value in told.items())} WHERE {where}"


def added(table: str, count: int, **values: str) -> str:
    """So many rows; `i` counts them."""
    told = {"source": "'books'", **values}
    told |= {f"{name}_day": f"CAST({value} AS DATE)" for name, value in values.items() if TABLES[table].columns[name] == TIME}
    told |= {f"{name}_reporting": value for name, value in values.items() if name in TABLES[table].money}
    return f"INSERT INTO {table} ({', '.join(told)}) SELECT {', '.join(told.values())} FROM range({count}) AS t(i)"


def lately() -> str:
    """A moment of the last days, another for each `i`."""
    return f"DATE '{ago(1)}' - CAST(i % 20 AS INTEGER)"


def quiet(accounts: str, keep: int = 0) -> str:
    """Customers do nothing in the last four weeks but, each, `keep` things."""
    counted = f"SELECT event_id FROM event WHERE {since('occurred_at', 28)} QUALIFY row_number() OVER (PARTITION BY account_id) > {keep}"
    return f"DELETE FROM event WHERE {CUSTOMER} AND {accounts} AND event_id IN ({counted})"


def tickets(count: int, account: str, **columns: str) -> str:
    """Tickets of the last weeks."""
    usual = {"status": "'closed'", "reopens": "0", "first_response_minutes": "60", "first_response_business_minutes": "60"}
    key = {"ticket_id": f"concat('{account}-new-', i)", "account_id": f"'{account}'", "created_at": lately()}
    return added("ticket", count, **key, **{**usual, **columns})


def pays(accounts: str, mrr: int, days: int) -> Iterator[str]:
    """Customers pay another amount since so many days."""
    columns = "account_id, subscription_id, plan, currency, source"
    yield (
        f"INSERT INTO subscription_period ({columns}, mrr, mrr_reporting, valid_from, valid_from_day) "
        f"SELECT {columns}, {mrr}, {mrr}, '{ago(days)}', '{ago(days)}' FROM subscription_period WHERE {accounts}"
    )
    yield set_to("subscription_period", f"{accounts} AND valid_from_day < '{ago(days)}'", valid_to=f"'{ago(days)}'")


def person(name: str, account: str) -> str:
    """Somebody more who uses the export each day."""
    who = {"person_id": f"'{name}'", "account_id": f"'{account}'", "feature_id": "'export'", "is_meaningful": "TRUE"}
    return added("event", 20, event_id=f"concat('{name}', i)", event_name="'used'", occurred_at=lately(), **who)


_LATE = f"occurred_at_day >= DATE '{ago(42)}'"

#: By playbook: what is planted, and the id of what must be found.
PLANTED: dict[str, tuple[list[str], str]] = {
    "adoption_stalls_at_a_step": (
        [
            set_to("event", f"{_LATE} AND feature_id <> 'import'", feature_id=None),
            set_to("event", f"{since('occurred_at', 35)} AND {below(20)}", feature_id=None),
        ],
        "adoption_stalls_at_a_step:came_back_to_it",
    ),
    "adopters_fall": (
        [f"DELETE FROM event WHERE {since('occurred_at', 28)} AND feature_id = 'export' AND {below(14)}"],
        "adopters_fall:export",
    ),
    "tried_and_dropped": (
        [f"DELETE FROM event WHERE {since('occurred_at', 28)} AND feature_id = 'import' AND {below(20)}"],
        "tried_and_dropped:import",
    ),
    "never_tried_by_eligible": (
        [f"DELETE FROM event WHERE feature_id = 'alerts' AND {of_segment('large')}"],
        "never_tried_by_eligible:alerts:large",
    ),
    "launch_did_not_land": (
        [
            added("feature", 1, feature_id="'planner'", name="'Planner'", released_at=f"CAST('{ago(60)}' AS TIMESTAMPTZ)"),
            set_to("event", "event_id = 'c01-a-0-0'", feature_id="'planner'"),
        ],
        "launch_did_not_land:planner",
    ),
    "ideas_of_the_revenue": (
        [set_to("idea", f"feature_id = 'alerts' AND {since('created_at', 60)}", processed_at=None)],
        "ideas_of_the_revenue:alerts",
    ),
    "ideas_wait": (
        [set_to("idea", f"created_at_day BETWEEN DATE '{ago(56)}' AND DATE '{ago(29)}'", processed_at=None)],
        "ideas_wait",
    ),
    "region_goes_quiet": ([quiet(f"{_NUMBER} % 3 = 0 AND {below(18)}")], "region_goes_quiet:north"),
    "signups_do_not_activate": (["DELETE FROM event WHERE account_id < 'n06' AND account_id >= 'n00'"], "signups_do_not_activate"),
    "narrow_use": ([set_to("event", f"{since('occurred_at', 28)} AND {below(5)}", feature_id="'export'")], "narrow_use"),
    "one_person_left": (
        [f"DELETE FROM event WHERE {since('occurred_at', 28)} AND account_id = 'c05' AND person_id <> 'c05-a'"],
        "one_person_left",
    ),
    "adoption_up_revenue_down": (
        [
            f"DELETE FROM event WHERE NOT {since('occurred_at', 60)} AND account_id IN ('c00', 'c02', 'c06')",
            *pays(of_segment("small"), 80, 30),
        ],
        "adoption_up_revenue_down:small",
    ),
    "adoption_down_revenue_up": (
        [quiet("account_id IN ('c01', 'c03', 'c07')"), *pays(of_segment("large"), 110, 30)],
        "adoption_down_revenue_up:large",
    ),
    "growth_without_a_deal": ([person(f"c22-{who}", "c22") for who in "defg"], "growth_without_a_deal"),
    "thin_pipeline": (["DELETE FROM opportunity WHERE NOT is_closed AND opportunity_id > 'o-15'"], "thin_pipeline"),
    "win_rate_falls": (
        [set_to("opportunity", f"{since('closed_at', 91)} AND {of_segment('small')} AND account_id <> 'c00'", is_won="FALSE")],
        "win_rate_falls:small",
    ),
    "losses_in_a_plan": (
        [set_to("subscription_period", "account_id IN ('c20', 'c21', 'c22')", valid_to=f"'{ago(20)}'")],
        "losses_in_a_plan:solo",
    ),
    "unhappy_payers": ([set_to("survey_response", "account_id = 'c03'", score="1")], "unhappy_payers"),
    "pays_idle": ([quiet("account_id = 'c04'")], "pays_idle"),
    "use_falls": ([quiet("account_id = 'c06'", keep=8)], "use_falls"),
    "use_down_mrr_up": ([quiet("account_id = 'c08'", keep=8), *pays("account_id = 'c08'", 130, 40)], "use_down_mrr_up"),
    "tickets_up_use_down": ([quiet("account_id = 'c09'", keep=8), tickets(4, "c09")], "tickets_up_use_down"),
    "many_tickets": ([tickets(12, account) for account in ("c10", "c11", "c12")], "many_tickets"),
    "pays_little": ([set_to("subscription_period", "account_id IN ('c17', 'c18')", mrr="10")], "pays_little"),
    "tickets_on_one_feature": (
        [tickets(8, f"c{place:02}", feature_id="'import'") for place in range(7, 14)],
        "tickets_on_one_feature:import",
    ),
    "slow_answers_before_renewal": (
        [
            tickets(3, "c15", first_response_business_minutes="400"),
            set_to("opportunity", "NOT is_closed AND account_id = 'c15'", type="'Renewal'"),
        ],
        "slow_answers_before_renewal",
    ),
    "slow_channel": (
        [tickets(4, account, channel="'phone'", first_response_business_minutes="300") for account in ("c16", "c17", "c18")],
        "slow_channel:phone",
    ),
    "reopened_feature": (
        [set_to("ticket", f"feature_id = 'alerts' AND {since('created_at', 56)} AND {below(12)}", reopens="1")],
        "reopened_feature:alerts",
    ),
    "backlog_grows": ([tickets(6, account, status="'open'") for account in ("c19", "c21")], "backlog_grows"),
    "objective_slips": (
        [set_to("work_item", f"NOT {since('completed_at', 28)}", state_type="'unstarted'", completed_at=None, started_at=None)],
        "objective_slips:o1",
    ),
    "work_ages": ([set_to("work_item", "state_type = 'started' AND team = 'core'", started_at=f"'{ago(40)}'")], "work_ages:core"),
    "bugs_crowd_out": (
        [set_to("work_item", f"team = 'core' AND {since('completed_at', 56)} AND work_item_id NOT LIKE '%-5'", kind="'bug'")],
        "bugs_crowd_out:core",
    ),
    "work_off_objectives": (
        [set_to("work_item", f"team = 'web' AND {since('completed_at', 56)}", objective_id=None)],
        "work_off_objectives:web",
    ),
    "releases_late": (
        [set_to("release", "release_id > 'r-0-0' AND release_id < 'r-1'", planned_at="released_at - INTERVAL 10 DAY")],
        "releases_late",
    ),
}

#: Troubles that one company can have at once: none of a group hides another.
TOGETHER = (
    ("adopters_fall", "ideas_of_the_revenue", "thin_pipeline", "objective_slips", "use_down_mrr_up", "tickets_up_use_down",
     "pays_little"),
    ("tried_and_dropped", "ideas_wait", "win_rate_falls", "work_ages", "losses_in_a_plan", "many_tickets"),
    ("never_tried_by_eligible", "releases_late", "one_person_left", "adoption_down_revenue_up", "backlog_grows",
     "slow_answers_before_renewal"),
    ("region_goes_quiet", "tickets_on_one_feature", "bugs_crowd_out"),
    ("launch_did_not_land", "narrow_use", "slow_channel", "work_off_objectives", "growth_without_a_deal"),
    ("adoption_up_revenue_down", "signups_do_not_activate", "reopened_feature", "pays_idle", "unhappy_payers"),
    ("adoption_stalls_at_a_step", "use_falls"),
)  # fmt: skip
