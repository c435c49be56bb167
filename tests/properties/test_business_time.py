"""Business time equals a clock on the wall that is moved on minute by minute, whatever the schedule, the zone and the night."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import duckdb
import pytest
import yaml
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from data import business_time, schedules, yaml_file
from data.schedules import WEEKDAYS, Schedule
from tests.drafts import draft_of, insert, make_workspace
from tests.evaluator_time import minutes

# Clock changes by an hour and by half an hour, at midnight and by night, north and south; and none, at odd offsets.
ZONES = ("UTC", "Europe/Paris", "America/New_York", "Australia/Lord_Howe", "Africa/Cairo", "Asia/Kathmandu")
FIRST = date(2026, 3, 1)
NIGHTS = (datetime(2026, 3, 8, tzinfo=UTC), datetime(2026, 3, 29, tzinfo=UTC), datetime(2026, 4, 4, 12, tzinfo=UTC))
ALWAYS = {day: [["00:00", "24:00"]] for day in WEEKDAYS}


@st.composite
def spans(draw: st.DrawFn) -> list[list[str]]:
    """Up to three spans of a day, apart from each other or touching."""
    edges = sorted(draw(st.sets(st.sampled_from([0, 1, 60, 119, 120, 150, 180, 540, 725, 1080, 1439, 1440]), max_size=6)))
    clock = [f"{edge // 60:02}:{edge % 60:02}" for edge in edges]
    return [[start, end] for start, end in zip(clock[::2], clock[1::2], strict=False)]


@st.composite
def versions(draw: st.DrawFn) -> dict[str, Any]:
    days = st.dates(FIRST, FIRST + timedelta(50)).map(str)
    special = draw(st.dictionaries(days, spans(), max_size=4))
    hours = draw(st.just(ALWAYS) | st.fixed_dictionaries({day: spans() for day in WEEKDAYS}))
    holidays = sorted(draw(st.sets(days, max_size=4)) - set(special))
    return {"timezone": draw(st.sampled_from(ZONES)), **hours, "holidays": holidays, "special_days": special}


@st.composite
def written(draw: st.DrawFn) -> list[dict[str, Any]]:
    """A schedule of one version or several."""
    listed = draw(st.lists(versions(), min_size=1, max_size=3))
    begins = sorted(draw(st.sets(st.dates(FIRST, FIRST + timedelta(50)), min_size=len(listed), max_size=len(listed))))
    if draw(st.booleans()):
        return [listed[0], *({**one, "in_force_from": str(day)} for one, day in zip(listed[1:], begins[1:], strict=True))]
    return [{**one, "in_force_from": str(day)} for one, day in zip(listed, begins, strict=True)]


around_a_night = st.builds(lambda night, minutes: night + timedelta(minutes=minutes), st.sampled_from(NIGHTS), st.integers(-600, 600))
anywhere = st.integers(0, 50 * 1440).map(lambda minutes: datetime(2026, 3, 1, tzinfo=UTC) + timedelta(minutes=minutes))
lengths = st.integers(0, 8 * 60) | st.integers(0, 9 * 1440)
stretches = st.tuples(around_a_night | anywhere, lengths).map(lambda one: (one[0], one[0] + timedelta(minutes=one[1])))


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[duckdb.DuckDBPyConnection]:
    with draft_of(make_workspace(tmp_path_factory.mktemp("desk"))) as draft:
        yield draft.connection


def schedule_of(told: list[dict[str, Any]]) -> Schedule:
    return schedules.read(yaml_file.parse(yaml.safe_dump({"default": told}), "sources.yml"), "UTC")["default"]


@settings(max_examples=15, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(told=written(), asked=st.lists(stretches, min_size=1, max_size=6))
@example(told=[{"timezone": "Europe/Paris", **ALWAYS}], asked=[(NIGHTS[1] - timedelta(hours=2), NIGHTS[1] + timedelta(hours=22))])
def test_tickets_and_the_command_equal_the_clock(
    desk: duckdb.DuckDBPyConnection, told: list[dict[str, Any]], asked: list[tuple[datetime, datetime]]
) -> None:
    schedule = schedule_of(told)
    desk.execute("DELETE FROM ticket")
    for number, (began, ended) in enumerate(asked):
        insert(desk, "ticket", {"ticket_id": f"{number}", "created_at": began.isoformat(), "first_response_at": ended.isoformat()})

    business_time.fill(desk, {"default": schedule})

    columns = "first_response_business_minutes, first_response_business_minutes_last_schedule"
    found = desk.execute(f"SELECT {columns} FROM ticket ORDER BY CAST(ticket_id AS INTEGER)").fetchall()
    for (began, ended), computed in zip(asked, found, strict=True):
        by_clock = tuple(minutes(told, began, ended, last=last) for last in (False, True))
        passed = tuple(schedule.passed(began, ended, last=last) for last in (False, True))
        assert computed == by_clock
        assert passed == tuple(timedelta(minutes=one or 0) for one in by_clock)


@given(zone=st.sampled_from(ZONES), asked=stretches)
def test_round_the_clock_is_the_calendar_when_both_ends_have_one_offset(zone: str, asked: tuple[datetime, datetime]) -> None:
    schedule = schedule_of([{"timezone": zone, **ALWAYS}])
    began, ended = asked
    offsets = [each.astimezone(ZoneInfo(zone)).utcoffset() or timedelta() for each in asked]

    assert schedule.passed(began, ended) == max(ended - began + offsets[1] - offsets[0], timedelta())


@given(told=written(), asked=stretches, share=st.floats(0, 1))
def test_two_parts_of_a_stretch_make_the_whole(told: list[dict[str, Any]], asked: tuple[datetime, datetime], share: float) -> None:
    """Where no clock goes back: in the hour that comes twice a part may count what the whole counts once."""
    schedule = schedule_of([{**one, "timezone": "Asia/Kathmandu"} for one in told])
    began, ended = asked
    between = began + (ended - began) * share

    assert schedule.passed(began, between) + schedule.passed(between, ended) == schedule.passed(began, ended)
