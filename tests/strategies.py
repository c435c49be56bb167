"""Random small companies and random requests on them, for hypothesis."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import UTC, date, datetime, timedelta
from typing import Any

from hypothesis import strategies as st

from tests.case_files import python
from tests.company import SOURCE, Company
from tests.evaluator_calendar import Where

ZONES = ("UTC", "Europe/Paris", "America/New_York", "Asia/Kolkata")
GRAINS = (None, "day", "week", "month", "quarter", "year")

#: What a `where` text means, in Python. Each is possible for every fact below, unless it stands in `EVENTS_ONLY`.
CONDITIONS = {
    "account.plan = 'pro'": 'row["account.plan"] == "pro"',
    "account.region <> 'EU'": 'row["account.region"] not in (None, "EU")',
    "account.region is null or account.plan = 'team'": 'row["account.region"] is None or row["account.plan"] == "team"',
    "account.attrs.tier <> 'gold'": 'row["account.attrs.tier"] != "gold"',
    "account_id = 'a1'": 'row["account_id"] == "a1"',
}
EVENTS_ONLY = {
    "event = 'exported'": 'row["event"] == "exported"',
    "attrs.format <> 'pdf' and not contains(attrs.format, 's')": 'row["attrs.format"] != "pdf" and "s" not in (row["attrs.format"] or "")',
    "attrs.pages > 2": 'row["attrs.pages"] in ("3", "2.5", "10")',
}
SUBSCRIPTIONS_ONLY = {"plan = 'pro'": 'row["plan"] == "pro"'}
EXPRESSIONS: dict[str, Where] = {sql: python(text) for sql, text in {**CONDITIONS, **EVENTS_ONLY, **SUBSCRIPTIONS_ONLY}.items()}

ADDITIVE = {
    "actions": {"count": "*", "in": "events"},
    "amount": {"sum": "value", "in": "events"},
    "pages": {"sum": "attrs.pages", "in": "events"},
    "tickets": {"count": "*", "in": "tickets"},
    "waiting": {"sum": "first_response_minutes", "in": "tickets"},
}
DISTINCT = {
    "users": {"count_distinct": "person_id", "in": "events"},
    "active": {"count_distinct": "account_id", "in": "events"},
    "exporters": {"count_distinct": "account_id", "in": "events", "where": "event = 'exported'"},
}
ROLLING = {
    "wau": {"count_distinct": "account_id", "in": "events", "over_last": "7 days"},
    "amount_3d": {"sum": "value", "in": "events", "over_last": "3 days"},
    "mean_28d": {"average": "value", "in": "events", "over_last": "28 days"},
}
SNAPSHOTS = {
    "mrr": {"snapshot": "mrr", "in": "mrr_day"},
    "pro_mrr": {"snapshot": "mrr", "in": "mrr_day", "where": "plan = 'pro'"},
}
OTHERS = {
    "mean": {"average": "value", "in": "events"},
    "middle": {"median": "value", "in": "events"},
    "least": {"min": "value", "in": "events"},
    "most": {"max": "value", "in": "events", "include": ["test", "internal"]},
    "response": {"median": "first_response_minutes", "in": "tickets"},
    "payers": {"count_distinct": "account_id", "in": "mrr_day"},
    "adoption": {"ratio": "exporters", "to": "active"},
    "stickiness": {"ratio": "active", "to": "wau"},
    "tickets_per_account": {"ratio": "tickets", "to": "active"},
    "arpa": {"ratio": "mrr", "to": "payers"},
    "pro_share": {"ratio": "pro_mrr", "to": "mrr"},
    "engaged": {"count_distinct": "account_id", "in": "events", "at_least": 2},
    "engaged_7d": {"count_distinct": "person_id", "in": "events", "at_least": 2, "over_last": "7 days"},
    "per_user": {"average": "*", "in": "events", "per": "person"},
    "per_account": {"median": "value", "in": "events", "per": "account"},
    "p90": {"percentile": "value", "in": "events", "at": 0.9},
    "answered": {"count": "*", "in": "tickets", "time": "first_response_at"},
    "net": {"formula": "amount - 2 * tickets"},
    "worth": {"formula": "amount / tickets", "divide_by_zero": "zero"},
    "mixed": {"formula": "mean + tickets / actions", "missing": "zero"},
    "net_per_wau": {"ratio": "net", "to": "wau"},
}
RETAINED = {
    "nrr": {"retained": "mrr", "in": "mrr_day", "compared_to": "1 month ago"},
    "grr": {"retained": "mrr", "in": "mrr_day", "compared_to": "2 weeks ago", "gross": True, "count_reactivation": True},
    "nrr_pro": {"retained": "mrr", "in": "mrr_day", "compared_to": "1 quarter ago", "where": "plan = 'pro'"},
    "nrr_of_pro": {"retained": "mrr", "in": "mrr_day", "compared_to": "10 days ago", "where": "account.plan = 'pro'"},
}
CONVERTED = {
    "exported_soon": {"converted_to": "exporters", "in": "active", "within": "3 days"},
    "user_exported": {"converted_to": "exporting", "in": "users", "within": "90 minutes", "include": ["internal"]},
    "paid_soon": {"converted_to": "payers", "in": "active", "within": "1 week"},
    "used_soon": {"converted_to": "active", "in": "payers", "within": "36 hours"},
}
CUMULATIVE = {f"{name}_so_far": {"cumulative": name} for name in ("actions", "amount", "users", "adoption", "p90", "engaged", "wau", "mrr")}
CUMULATIVE |= {"exported_so_far": {"cumulative": "exported_soon"}, "nrr_so_far": {"cumulative": "nrr"}}
VALUED = {"exporting": {**DISTINCT["exporters"], "count_distinct": "person_id"}, **RETAINED, **CONVERTED, **CUMULATIVE}
METRICS: dict[str, dict[str, Any]] = {**ADDITIVE, **DISTINCT, **ROLLING, **SNAPSHOTS, **OTHERS, **VALUED}

SHARED_DIMENSIONS = ("account_id", "account.plan", "account.region", "account.attrs.tier")
EVENT_DIMENSIONS = ("event", "person.role", "feature.area", "attrs.format", "person_id")


def leaves_of(metric: str) -> list[dict[str, Any]]:
    """The definitions over facts that a metric is made of."""
    definition = METRICS[metric]
    if "cumulative" in definition:
        return leaves_of(definition["cumulative"])
    if "converted_to" in definition:
        return leaves_of(definition["in"]) + leaves_of(definition["converted_to"])
    if "in" in definition:
        return [definition]
    parts = re.findall(r"[a-z_]+", definition["formula"]) if "formula" in definition else [definition["ratio"], definition["to"]]
    return [leaf for part in parts for leaf in leaves_of(part)]


def is_of_days(metric: str) -> bool:
    """Whether a metric is read on whole days only, so that hours mean nothing to it."""
    return any(leaf["in"] == "mrr_day" for leaf in leaves_of(metric))


@st.composite
def companies(draw: st.DrawFn, zones: tuple[str, ...] = ZONES) -> Company:
    """A company of some accounts with a spring of events, tickets and subscriptions, and a little of the year before."""
    accounts = [{"account_id": f"a{n}", **draw(_ACCOUNT)} for n in range(1, draw(st.integers(1, 4)) + 1)]
    tables = {
        "account": accounts,
        "account_history": [row for account in accounts for row in draw(_history(account["account_id"]))],
        "person": [{"person_id": f"p{n}", "account_id": "a1", **draw(_PERSON)} for n in range(1, 4)],
        "feature": [{"feature_id": "export", "area": "Reporting"}, {"feature_id": "share", "area": "Teams"}],
        "event": _numbered("event", draw(st.lists(_EVENT, min_size=5, max_size=40))),
        "ticket": _numbered("ticket", draw(st.lists(_TICKET, min_size=2, max_size=15))),
        "subscription_period": [
            {**row, "subscription_id": f"s{n}"} for n, row in enumerate(draw(st.lists(_PERIOD, min_size=2, max_size=8)))
        ],
    }
    return Company(
        tables,
        loaded_until=draw(_LOADED),
        loaded_since="2024-06-01",
        timezone=draw(st.sampled_from(zones)),
        week_start=draw(st.sampled_from(["monday", "sunday"])),
        fiscal_year_start=draw(st.integers(1, 12)),
        metrics=METRICS,
    )


@st.composite
def unevenly_loaded(draw: st.DrawFn) -> Company:
    """A company of which one table is loaded to another moment, by one of two sources perhaps, and perhaps only since this spring."""
    company = draw(companies())
    table = draw(st.sampled_from(["event", "ticket", "subscription_period"]))
    until, since = draw(_LOADED), draw(st.none() | st.dates(date(2026, 2, 1), date(2026, 4, 1)).map(date.isoformat))
    loaded = dict.fromkeys(company.tables, company.loaded_until)
    told = draw(st.sampled_from([until, {SOURCE: company.loaded_until, "app": until}]))
    first = {name: since if name == table and since else company.loaded_since for name in company.tables}
    return company.but(loaded_until={**loaded, table: told}, loaded_since=first)


@st.composite
def requests(draw: st.DrawFn, among: Mapping[str, Any] = METRICS, grains: tuple[str | None, ...] = GRAINS) -> dict[str, Any]:
    """A request for one to three of some metrics, with dimensions and a condition that all of them know."""
    names = draw(st.lists(st.sampled_from(sorted(among)), min_size=1, max_size=3, unique=True))
    facts = {leaf["in"] for name in names for leaf in leaves_of(name)}
    of_subscriptions = facts == {"mrr_day"} and not any("retained" in leaf for name in names for leaf in leaves_of(name))
    grain = draw(st.sampled_from(grains))
    since, until = draw(ranges(grain, on_days=any(is_of_days(name) for name in names)))
    ask: dict[str, Any] = {"metrics": names, "grain": grain, "since": since, "until": until}
    dimensions = SHARED_DIMENSIONS + (EVENT_DIMENSIONS if facts == {"events"} else ()) + (("plan",) if of_subscriptions else ())
    ask["by"] = draw(st.lists(st.sampled_from(dimensions), max_size=2, unique=True))
    conditions = [*CONDITIONS, *(EVENTS_ONLY if facts == {"events"} else ()), *(SUBSCRIPTIONS_ONLY if of_subscriptions else ())]
    options = {
        "where": st.none() | st.sampled_from(conditions),
        "week_start": st.none() | st.sampled_from(["monday", "sunday"]),
        "compare": st.none() if grain is None and "T" in since + until else st.sampled_from([None, None, "previous", "year", "7d", "28d"]),
        "timezone": st.none() if "mrr_day" in facts else st.none() | st.sampled_from(ZONES),
    }
    return {**ask, **{key: value for key, option in options.items() if (value := draw(option)) is not None}}


@st.composite
def ranges(draw: st.DrawFn, grain: str | None, *, on_days: bool) -> tuple[str, str]:
    """(since, until): days of the spring of 2026, up to some hundred apart; now and then times within them."""
    since = draw(st.dates(date(2026, 2, 15), date(2026, 4, 10)))
    longest = {"day": 15, None: 80}.get(grain, 100)
    clock = st.just("") if on_days else _mostly("", "T06:00", "T12:30", "T23:59")
    return f"{since}{draw(clock)}", f"{since + timedelta(days=draw(st.integers(1, longest)))}{draw(clock)}"


@st.composite
def hours(draw: st.DrawFn) -> dict[str, Any]:
    """A request by the hour, often across a change of the clocks."""
    names = draw(st.lists(st.sampled_from(sorted(name for name in METRICS if not is_of_days(name))), min_size=1, max_size=2, unique=True))
    since = draw(st.sampled_from(["2026-03-08", "2026-03-28T20:00", "2026-03-29", "2025-10-25T18:00", "2025-10-26"]))
    until = datetime.fromisoformat(since) + timedelta(hours=draw(st.integers(1, 30)))
    ask = {"metrics": names, "grain": "hour", "since": since, "until": until.isoformat(timespec="minutes")}
    return {**ask, "by": draw(st.lists(st.just("account.plan"), max_size=1)), "timezone": draw(st.sampled_from(ZONES))}


def _numbered(table: str, rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return [{f"{table}_id": f"{table[0]}{number}", **row} for number, row in enumerate(rows)]


def _moments() -> st.SearchStrategy[str]:
    """Minutes of the spring of 2026, near the changes of the clocks more often, and now and then of 2025."""

    def around(first: datetime, minutes: int) -> st.SearchStrategy[str]:
        return st.integers(0, minutes).map(lambda after: (first + timedelta(minutes=after)).isoformat())

    spring, winter_time = around(datetime(2026, 2, 20, tzinfo=UTC), 45 * 24 * 60), around(datetime(2025, 10, 25, 20, tzinfo=UTC), 30 * 60)
    summer_time, year_before = (
        around(datetime(2026, 3, 28, 20, tzinfo=UTC), 36 * 60),
        around(datetime(2025, 2, 20, tzinfo=UTC), 45 * 24 * 60),
    )
    edges = st.builds(
        "{}T{}+00:00".format, st.dates(date(2026, 3, 1), date(2026, 4, 25)), st.sampled_from(["09:29", "09:31", "22:59", "23:01"])
    )
    return st.one_of(spring, spring, spring, summer_time, summer_time, year_before, winter_time, edges)


def _mostly(usual: Any, *rare: Any) -> st.SearchStrategy[Any]:
    return st.sampled_from([usual] * 6 + list(rare))


@st.composite
def _history(draw: st.DrawFn, account_id: str) -> list[dict[str, Any]]:
    """None, or two plans that meet on a day and leave no gap."""
    cut = draw(st.none() | st.dates(date(2026, 2, 10), date(2026, 4, 10)).map(date.isoformat))
    if cut is None:
        return []
    before, after = draw(_PLANS), draw(_PLANS)
    rows = [(before, "2000-01-01", cut), (after, cut, None)]
    return [{"account_id": account_id, "plan": plan, "valid_from": since, "valid_to": until} for plan, since, until in rows]


_LOADED = st.builds("{}{}".format, st.dates(date(2026, 3, 1), date(2026, 4, 25)), st.sampled_from(["", "", "T09:30", "T23:00"]))
_PLANS = st.sampled_from(["basic", "pro", "team", None])
_ACCOUNT = st.fixed_dictionaries(
    {
        "plan": _PLANS,
        "region": st.sampled_from(["EU", "US", None]),
        "is_test": _mostly(False, None, True),
        "created_at": st.just("2025-01-15"),
        "attrs": st.sampled_from([{}, {"tier": "gold"}, {"tier": "silver"}, {"tier": None}]),
    }
)
_PERSON = st.fixed_dictionaries({"role": st.sampled_from(["admin", "member", None]), "is_internal": _mostly(False, None, True)})
_ACCOUNT_IDS, _PERSON_IDS = _mostly("a1", "a2", "a3", "a4", "a9", None, None), _mostly("p1", "p2", "p2", "p3", "p9", None)
_EVENT = st.fixed_dictionaries(
    {
        "occurred_at": _moments(),
        "event_name": st.sampled_from(["exported", "opened"]),
        "account_id": st.sampled_from(["a1", "a2", "a3", "a4", "a9", None]),
        "person_id": _PERSON_IDS,
        "feature_id": st.sampled_from(["export", "share", None]),
        "value": st.none() | st.integers(-4, 50),
        "attrs": st.sampled_from(
            [{}, {"format": "pdf", "pages": 3}, {"format": "csv", "pages": "2.5"}, {"format": None, "pages": "x"}, {"pages": 10}]
        ),
        "deleted_at": _mostly(None, "2026-04-01"),
    }
)
_TICKET = st.fixed_dictionaries(
    {
        "created_at": _moments(),
        "account_id": _ACCOUNT_IDS,
        "person_id": _PERSON_IDS,
        "first_response_at": st.none() | _moments(),
        "first_response_minutes": st.none() | st.integers(0, 500),
        "deleted_at": _mostly(None, "2026-04-01"),
    }
)
_DAYS = st.dates(date(2025, 3, 1), date(2026, 4, 10)).map(date.isoformat)
_PERIOD = st.fixed_dictionaries(
    {
        "account_id": st.sampled_from(["a1", "a2", "a3", "a4", None]),
        "plan": st.sampled_from(["basic", "pro", None]),
        "mrr": st.integers(0, 900),
        "status": _mostly("active", "past_due", "trial", "paused", "cancelled"),
        "valid_from": _DAYS,
        "valid_to": st.none() | _DAYS,
        "deleted_at": _mostly(None, None, None, "2026-04-01"),
    }
)
