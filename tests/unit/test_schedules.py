"""Schedules of sources.yml: what they say, what is wrong with them and on which line, and how much time passes in them."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest

from data import workspace
from data.errors import Problem
from data.schedules import Schedule
from metrics.__main__ import main

ALWAYS = ", ".join(f'{day}: [["00:00", "24:00"]]' for day in ("mon", "tue", "wed", "thu", "fri", "sat", "sun"))


def read(root: Path, schedules: str) -> dict[str, Schedule]:
    text = f"company: {{timezone: Europe/Paris}}\nschedules:\n{schedules}"
    (root / "sources.yml").write_text(text, encoding="utf-8")
    return workspace.load(root).schedules


def hours(schedule: Schedule, began: str, ended: str, **options: Any) -> float:
    since, until = (datetime.fromisoformat(each).astimezone(UTC) for each in (began, ended))
    return schedule.passed(since, until, **options).total_seconds() / 3600


def test_a_schedule_as_it_is_written(tmp_path: Path) -> None:
    told = """
  default:
    timezone: America/New_York
    mon: [["13:00", "18:00"], [09:00, "12:00"]]
    tue: []
    wed:
    sun: [["00:00", "24:00"]]
    holidays: [2026-12-25, "2026-12-26"]
    special_days: {2026-12-24: [["09:00", "11:30"]]}
    in_force_from: 2020-01-01
"""
    version = read(tmp_path, told)["default"].versions[0]

    assert version.timezone == "America/New_York"
    assert version.week == (((540, 720), (780, 1080)), (), (), (), (), (), ((0, 1440),))
    assert version.special == {date(2026, 12, 25): (), date(2026, 12, 26): (), date(2026, 12, 24): ((540, 690),)}
    assert version.in_force_from == date(2020, 1, 1)
    assert version.begins_at == datetime(2020, 1, 1, 5, tzinfo=UTC)


def test_the_companys_zone_counts_where_none_is_named(tmp_path: Path) -> None:
    assert read(tmp_path, '  default: {mon: [["09:00", "12:00"]]}')["default"].versions[0].timezone == "Europe/Paris"


def test_a_workspace_without_schedules_has_none(tmp_path: Path) -> None:
    assert workspace.load(tmp_path).schedules == {}


WRONG = [
    ('  default:\n    mondy: [["09:00", "12:00"]]', 4, 'schedule default: unknown key "mondy". Did you mean mon?'),
    ("  default:\n    timezone: Europe/Pariss", 4, 'unknown time zone "Europe/Pariss"'),
    ('  default:\n    mon: [["09:00", "12:00"], ["11:00", "13:00"]]', 4, "mon: the span from 11:00 overlaps the one from 09:00 to 12:00"),
    ('  default:\n    tue: [["18:00", "09:00"]]', 4, "tue: a span ends at 09:00, which is not after its start at 18:00"),
    ('  default:\n    tue: [["09:00", "09:00"]]', 4, "which is not after its start"),
    ('  default:\n    wed: [["09:00", "24:30"]]', 4, 'wed: "24:30" is not a time of day'),
    ('  default:\n    wed: [["9h", "12:00"]]', 4, 'wed: "9h" is not a time of day'),
    ('  default:\n    thu: ["09:00", "12:00"]', 4, "thu is a list of spans"),
    ("  default:\n    holidays: 2026-12-25", 4, "holidays is a list of days"),
    ("  default:\n    holidays: [Christmas]", 4, '"Christmas" is not a day'),
    ("  default:\n    special_days: [2026-12-24]", 4, "special_days is a mapping"),
    ('  default:\n    special_days:\n      24 Dec: [["09:00", "12:00"]]', 5, '"24 Dec" is not a day'),
    ('  default:\n    holidays: [2026-12-24]\n    special_days:\n      2026-12-24: [["09:00", "12:00"]]', 6, "a holiday or a special day"),
    ("  default:\n    in_force_from: soon", 4, '"soon" is not a day'),
    ("  default: nine to five", 3, 'schedule "default" must be a mapping'),
    ("  default: []", 3, 'schedule "default" must be a mapping'),
    ("  default:\n    - {timezone: UTC}\n    - {timezone: UTC}", 5, "must say from which day it is in force"),
    ("  default:\n    - {in_force_from: 2026-02-01}\n    - {in_force_from: 2026-01-01}", 5, "is not later than"),
]


@pytest.mark.parametrize(("told", "line", "said"), WRONG, ids=[said[:40] for _, _, said in WRONG])
def test_what_is_wrong_is_said_with_its_line(tmp_path: Path, told: str, line: int, said: str) -> None:
    with pytest.raises(Problem) as problem:
        read(tmp_path, told)

    assert said in str(problem.value)
    assert (problem.value.file, problem.value.line) == ("sources.yml", line)


def test_round_the_clock_is_the_calendar_but_for_clock_changes(tmp_path: Path) -> None:
    always = read(tmp_path, f"  default: {{{ALWAYS}}}")["default"]

    assert hours(always, "2026-01-01T08:15+01:00", "2026-03-01T09:45+01:00") == 59 * 24 + 1.5
    # From winter into summer and back again, both ends have the same offset.
    assert hours(always, "2026-01-01T00:00+01:00", "2027-01-01T00:00+01:00") == 365 * 24
    # 23 hours and 25 hours pass, 24 on the wall.
    assert hours(always, "2026-03-29T00:00+01:00", "2026-03-30T00:00+02:00") == 24
    assert hours(always, "2026-10-25T00:00+02:00", "2026-10-26T00:00+01:00") == 24


def test_the_hour_that_comes_twice_counts_once(tmp_path: Path) -> None:
    always = read(tmp_path, f"  default: {{{ALWAYS}}}")["default"]

    assert hours(always, "2026-10-25T02:30+02:00", "2026-10-25T02:30+01:00") == 0
    assert hours(always, "2026-10-25T02:50+02:00", "2026-10-25T02:10+01:00") == 0
    assert hours(always, "2026-10-25T01:30+02:00", "2026-10-25T03:30+01:00") == 2


def test_long_stretches_count_whole_years(tmp_path: Path) -> None:
    office = read(tmp_path, '  default: {timezone: UTC, mon: [["09:00", "17:00"]], holidays: [2026-01-05, 2026-01-06]}')["default"]

    # 52 Mondays in 2026, from the 5th of January (a holiday) to the 28th of December; the other holiday is a Tuesday.
    assert hours(office, "2026-01-01T00:00+00:00", "2027-01-01T00:00+00:00") == 51 * 8
    assert hours(office, "2026-01-01T00:00+00:00", "2025-01-01T00:00+00:00") == 0


CHANGED = """
  default:
    - {timezone: UTC, mon: [["09:00", "17:00"]], tue: [["09:00", "17:00"]]}
    - {timezone: Asia/Tokyo, mon: [["09:00", "12:00"]], tue: [["09:00", "12:00"]], in_force_from: 2026-03-03}
"""


def test_each_version_counts_while_it_is_in_force_or_the_last_one_counts_all(tmp_path: Path) -> None:
    changed = read(tmp_path, CHANGED)["default"]

    # The second begins on Tuesday 00:00 in Tokyo, Monday 15:00 in UTC: six hours of the first, then three in Tokyo.
    assert hours(changed, "2026-03-02T00:00+00:00", "2026-03-04T00:00+00:00") == 6 + 3
    # By Tokyo's clock it is Monday 09:00 at the beginning: three hours on each day.
    assert hours(changed, "2026-03-02T00:00+00:00", "2026-03-04T00:00+00:00", last=True) == 3 + 3
    # What ends as the second begins knows only the first.
    assert hours(changed, "2026-03-02T00:00+00:00", "2026-03-02T15:00+00:00", last=True) == 6


def test_no_time_passes_before_a_schedule_is_in_force(tmp_path: Path) -> None:
    office = read(tmp_path, '  default: {timezone: UTC, mon: [["09:00", "17:00"]], in_force_from: 2026-03-09}')["default"]

    assert hours(office, "2026-03-02T00:00+00:00", "2026-03-09T10:00+00:00") == 1
    assert hours(office, "2026-02-02T00:00+00:00", "2026-03-02T10:00+00:00") == 0
    assert hours(office, "2026-02-02T00:00+00:00", "2026-03-02T10:00+00:00", last=True) == 0


@pytest.fixture
def command(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Callable[..., tuple[int, str, str]]:
    """Runs the verb on the workspace: exit code, what it printed, what it complained of."""
    monkeypatch.setenv("TRANSVERSE_WORKSPACE", str(tmp_path))

    def run(*words: str) -> tuple[int, str, str]:
        code = main(["business-time", *words])
        return (code, *capsys.readouterr())

    return run


def test_the_command_answers_in_seconds(tmp_path: Path, command: Callable[..., tuple[int, str, str]]) -> None:
    read(tmp_path, f'{CHANGED}  office: {{mon: [["09:00", "12:00"], ["13:00", "18:00"]]}}')

    # 11:30 to 13:30:30 in Paris, an hour of lunch between; without an offset it is the schedule's clock.
    assert command("--schedule", "office", "2026-03-02T11:30", "2026-03-02T12:30:30Z") == (0, "3630\n", "")
    assert command("--schedule", "office", "2026-03-02", "2026-03-03") == (0, f"{8 * 3600}\n", "")
    assert command("2026-03-02T00:00Z", "2026-03-04T00:00Z") == (0, f"{9 * 3600}\n", "")
    assert command("2026-03-02T00:00Z", "2026-03-04T00:00Z", "--last") == (0, f"{6 * 3600}\n", "")
    _, told, _ = command("--schedule", "office", "2026-03-02T11:30", "2026-03-02T11:30:00.5", "--json")
    assert json.loads(told) == {
        "schedule": "office",
        "from": "2026-03-02T11:30:00+01:00",
        "to": "2026-03-02T11:30:00.500000+01:00",
        "seconds": 0.5,
    }


def test_the_command_says_what_is_wrong(tmp_path: Path, command: Callable[..., tuple[int, str, str]]) -> None:
    read(tmp_path, CHANGED)

    assert command("2026-03-03", "2026-03-02") == (0, "0\n", "TO is before FROM: no business time has passed\n")
    said = 'sources.yml there is no schedule "defualt". Did you mean default?\n'
    assert command("--schedule", "defualt", "2026-03-02", "2026-03-03") == (2, "", said)
    assert command("yesterday", "2026-03-03")[0] == 2


def test_the_schedules_of_the_documentation_are_right(tmp_path: Path, command: Callable[..., tuple[int, str, str]]) -> None:
    said = (Path(__file__).parents[2] / "docs/metrics.md").read_text(encoding="utf-8")
    usual, changed = [block.removeprefix("schedules:\n") for block in re.findall(r"```yaml\n(schedules:.*?)```", said, flags=re.DOTALL)]
    asked = re.search(r"`python -m metrics business-time (.*?)`", said)
    assert asked is not None

    # Christmas Eve until noon, and an hour of Monday.
    read(tmp_path, usual)
    assert command(*asked[1].split()) == (0, f"{3 * 3600}\n", "")
    # Eight hours of the first Monday, then six.
    assert hours(read(tmp_path, changed)["default"], "2026-01-26T10:00+01:00", "2026-02-03T00:00+01:00") == 8 + 6
