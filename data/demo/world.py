"""The ground rules of the demo company: its clock, its dice and its calendar, as a DuckDB connection."""

from __future__ import annotations

import math
from dataclasses import dataclass
from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

import duckdb

#: From this day on there are events. It never moves, whatever `until` is.
EPOCH = date(2025, 5, 1)
#: After so many months the company has the accounts and events that were asked for; it grows on from there.
MONTHS = 18
TIMEZONE = ZoneInfo("Europe/Paris")
#: Days without work, each year (month-day).
HOLIDAYS = ("01-01", "05-01", "05-08", "07-14", "08-15", "11-01", "11-11", "12-25")

_SHARE_OF_VETERANS = 0.48  # customers that were there before the epoch
_SIGNUP_GROWTH = 0.02  # a month
_DAYS_IN_A_MONTH = 30.44
# Events that one account brings by the 18th month when each candidate event is kept; measured, see docs/demo.md.
_EVENTS_PER_ACCOUNT = 282


@dataclass(frozen=True)
class World:
    """What the whole company follows from. `until` is UTC without a zone; rows of that moment and later do not exist yet."""

    accounts: int
    events: int
    seed: int
    until: datetime

    @property
    def today(self) -> date:
        """The company's calendar day of `until`."""
        return self.until.replace(tzinfo=UTC).astimezone(TIMEZONE).date()

    @property
    def veterans(self) -> int:
        """How many accounts were there before the epoch."""
        return max(2, round(self.accounts * _SHARE_OF_VETERANS))

    @property
    def signup_scale(self) -> float:
        """K in: sign-ups by month m are K (e^(growth m) - 1), so that all accounts are there after 18 months."""
        return max(1, self.accounts - self.veterans) / math.expm1(_SIGNUP_GROWTH * MONTHS)

    @property
    def last_account(self) -> int:
        """The number of the last account that may have signed up by now, and then some."""
        months = max(0.0, (self.today - EPOCH).days / _DAYS_IN_A_MONTH) + 1
        return self.veterans + math.ceil(self.signup_scale * math.expm1(_SIGNUP_GROWTH * months))

    @property
    def depth(self) -> float:
        """Mean candidate events of a person on an active day."""
        return self.events / (self.accounts * _EVENTS_PER_ACCOUNT)


# Every value is a function of (seed, what, key). The second hash is there because DuckDB joins the hashes of several
# arguments by XOR: with one, two draws over the same key would be one draw.
_MACROS = """
CREATE MACRO draw(what, a) AS (hash(hash(getvariable('seed'), what, a)) >> 11) / 9007199254740992.0,
  (what, a, b) AS (hash(hash(getvariable('seed'), what, a, b)) >> 11) / 9007199254740992.0,
  (what, a, b, c) AS (hash(hash(getvariable('seed'), what, a, b, c)) >> 11) / 9007199254740992.0;
CREATE MACRO bell(what, a) AS sqrt(-2 * ln(1 - draw(what || ' r', a))) * cos(2 * pi() * draw(what || ' a', a)),
  (what, a, b) AS sqrt(-2 * ln(1 - draw(what || ' r', a, b))) * cos(2 * pi() * draw(what || ' a', a, b));
CREATE MACRO one_of(names, u) AS names[1 + floor(u * len(names))::INTEGER];
CREATE MACRO until() AS getvariable('until');
CREATE MACRO today() AS getvariable('today');
CREATE MACRO epoch_day() AS getvariable('epoch_day');
CREATE MACRO utc(wall_clock) AS (wall_clock AT TIME ZONE 'Europe/Paris')::TIMESTAMP;
CREATE MACRO paris(moment) AS ((moment AT TIME ZONE 'UTC') AT TIME ZONE 'Europe/Paris')::TIMESTAMP;
CREATE MACRO iso(moment) AS strftime(moment, '%Y-%m-%dT%H:%M:%SZ');
CREATE MACRO known(moment) AS CASE WHEN moment < until() THEN moment END;
CREATE MACRO slug(words) AS trim(regexp_replace(lower(words), '[^a-z0-9]+', '-', 'g'), '-');
"""

_CALENDAR = """
CREATE TABLE day AS
WITH dates AS (SELECT unnest(generate_series(epoch_day() - 1000, today() + 120, INTERVAL 1 DAY))::DATE AS day)
SELECT day, (day - DATE '2020-01-01')::INTEGER AS number,
  strftime(day, '%m-%d') IN getvariable('holidays') AS is_holiday,
  isodow(day) < 6 AND NOT is_holiday AS is_working_day,
  CASE WHEN is_holiday THEN 0.15
    WHEN isodow(day) = 7 THEN 0.05 WHEN isodow(day) = 6 THEN 0.06 WHEN isodow(day) = 5 THEN 0.88 ELSE 1 END
  * CASE WHEN month(day) = 8 THEN 0.74
    WHEN month(day) = 12 AND day(day) >= 20 OR month(day) = 1 AND day(day) <= 4 THEN 0.45
    WHEN month(day) = 12 THEN 0.92 WHEN month(day) = 7 THEN 0.93 ELSE 1 END AS rhythm
FROM dates;

-- Office hours, 09:00 to 18:00 of each working day, laid end to end: office minute 540 * i is 09:00 of working day i.
CREATE TABLE office_day AS
SELECT row_number() OVER (ORDER BY day) - 1 AS i, day FROM day WHERE is_working_day;
SET VARIABLE office_days = (SELECT list(day ORDER BY i) FROM office_day);
CREATE MACRO in_office(minute) AS utc(getvariable('office_days')[1 + minute // 540] + to_minutes((540 + minute % 540)::INTEGER));
"""


def connect(world: World) -> duckdb.DuckDBPyConnection:
    """A connection in memory with the dice (`draw`, `bell`), the clock (`until`, `today`, `utc`) and the calendar."""
    connection = cursor(duckdb.connect(config={"TimeZone": "UTC", "autoinstall_known_extensions": "false"}), world)
    connection.execute(_MACROS)
    connection.execute(_CALENDAR)
    return connection


def cursor(connection: duckdb.DuckDBPyConnection, world: World) -> duckdb.DuckDBPyConnection:
    """A connection of its own to the same company, for another thread: variables and temporary tables are each one's own."""
    made = connection.cursor()
    made.execute("SET enable_progress_bar = false")
    variables = {
        "seed": world.seed,
        "until": world.until,
        "today": world.today,
        "epoch_day": EPOCH,
        "holidays": list(HOLIDAYS),
        "veterans": world.veterans,
        "signup_scale": world.signup_scale,
        "signup_growth": _SIGNUP_GROWTH / _DAYS_IN_A_MONTH,
        "last_account": world.last_account,
        "depth": world.depth,
    }
    for name, value in variables.items():
        made.execute(f"SET VARIABLE {name} = ?", [value])
    return made


def as_utc(moment: datetime) -> datetime:
    """A moment as UTC without a zone and without fractions of a second; a moment without a zone is UTC already."""
    aware = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
    return aware.astimezone(UTC).replace(tzinfo=None, microsecond=0)


def first_of_month(day: date, months: int = 0) -> date:
    """The first day of the month that lies `months` after the day's."""
    count = day.year * 12 + day.month - 1 + months
    return date(count // 12, count % 12 + 1, 1)
