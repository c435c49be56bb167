"""How long tickets waited and took, by the clock and in business time, from the moments that their sources tell.

Business time between two moments is the difference of two readings of the schedule's clock: working minutes before the day,
before the minute of that day, and what has passed of the minute. So each reading is two joins by equality, however many tickets.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import duckdb

from data.schedules import DEFAULT, Schedule, Spans, Version

#: What is computed where the source tells nothing. A reading of `_last_schedule` measures all by the last schedule in force.
COMPUTED = (
    "first_response_at",
    "first_response_minutes",
    "first_response_business_minutes",
    "first_response_business_minutes_last_schedule",
    "resolution_minutes",
    "resolution_business_minutes",
    "resolution_business_minutes_last_schedule",
)

_SCHEDULES = """
CREATE OR REPLACE TABLE business_schedule (
  number BIGINT, schedule VARCHAR, version BIGINT, timezone VARCHAR, begins_at TIMESTAMPTZ, ends_at TIMESTAMPTZ)
"""

# What the last run computed is no word of the source: it is computed anew, because moments and schedules may have changed.
# A ticket that was opened again and not resolved since has no resolution.
_TOLD = """
CREATE OR REPLACE TEMP TABLE ticket_told AS
WITH answer AS (
  SELECT message.source, message.ticket_id, min(message.sent_at) AS sent_at
  FROM ticket_message AS message
  JOIN ticket USING (source, ticket_id)
  WHERE message.author_kind = 'agent' AND coalesce(message.is_public, TRUE) AND message.deleted_at IS NULL
    AND message.sent_at > ticket.created_at
  GROUP BY message.source, message.ticket_id
)
SELECT
  ticket.rowid AS id, ticket.source, ticket.ticket_id, ticket.created_at,
  coalesce(json_extract_string(ticket.attrs, '$.schedule'), $default) AS schedule,
  answer.sent_at AS answered_at,
  CASE
    WHEN ticket.last_resolved_at IS NOT NULL THEN ticket.last_resolved_at
    WHEN coalesce(ticket.reopens, 0) = 0 THEN ticket.first_resolved_at
  END AS resolved_at,
  {told}
FROM ticket
LEFT JOIN ticket_computed AS computed USING (source, ticket_id)
LEFT JOIN answer USING (source, ticket_id)
"""

# Of a stretch within one version the last schedule in force is that version, so that it is read once.
# The conditions on years keep out infinity, and dates that no calendar reaches.
_PIECES = """
CREATE OR REPLACE TEMP TABLE business_piece AS
WITH measured AS (
  SELECT id, schedule, 'first_response' AS measure, created_at AS began, coalesce(first_response_at, answered_at) AS ended
  FROM ticket_told
  UNION ALL
  SELECT id, schedule, 'resolution', created_at, resolved_at FROM ticket_told
),
forward AS (
  SELECT id, schedule, measure, began, greatest(began, ended) AS ended
  FROM measured
  WHERE began IS NOT NULL AND ended IS NOT NULL
    AND began > TIMESTAMPTZ '0002-01-01 00:00:00+00' AND greatest(began, ended) < TIMESTAMPTZ '9999-01-01 00:00:00+00'
),
chosen AS (
  SELECT
    id, measure, 'in_force' AS reading, number, timezone,
    greatest(began, coalesce(begins_at, began)) AS began, least(ended, coalesce(ends_at, ended)) AS ended
  FROM forward JOIN business_schedule USING (schedule)
  WHERE (begins_at IS NULL OR begins_at <= began OR begins_at < ended) AND (ends_at IS NULL OR ends_at > began)
  UNION ALL
  SELECT id, measure, 'last', number, timezone, began, ended
  FROM forward JOIN business_schedule USING (schedule)
  WHERE began < begins_at AND begins_at < ended AND (ends_at IS NULL OR ends_at >= ended)
)
SELECT id, measure, reading, number, timezone(timezone, began) AS began, timezone(timezone, ended) AS ended
FROM chosen
"""

_READ = """
CREATE OR REPLACE TEMP TABLE ticket_read AS
WITH edge AS (
  SELECT id, measure, reading, number, 1 AS sign, ended AS wall FROM business_piece
  UNION ALL
  SELECT id, measure, reading, number, -1, began FROM business_piece
),
piece AS (
  SELECT
    edge.id, edge.measure, edge.reading, edge.number,
    sum(edge.sign * (
      (day.minutes_before + clock.minutes_before) * 60000000 + CASE WHEN clock.is_open THEN microsecond(edge.wall) ELSE 0 END
    )) AS passed
  FROM edge
  JOIN business_day AS day ON day.number = edge.number AND day.day = CAST(edge.wall AS DATE)
  JOIN business_clock AS clock ON clock.hours = day.hours AND clock.minute = hour(edge.wall) * 60 + minute(edge.wall)
  GROUP BY edge.id, edge.measure, edge.reading, edge.number
)
SELECT id, measure, reading, sum(greatest(passed, 0)) / 60000000.0 AS minutes
FROM piece
GROUP BY id, measure, reading
"""

# Not greatest(…, 0), which would make a ticket that is still waiting one that took no time.
_MINUTES = "CASE WHEN {ended} < created_at THEN 0 ELSE date_diff('microsecond', created_at, {ended}) / 60000000.0 END"
_RESPONDED = "coalesce(first_response_at, answered_at)"
_FRESH = f"""
CREATE OR REPLACE TEMP TABLE ticket_fresh AS
WITH business AS (
  SELECT
    id,
    max(minutes) FILTER (measure = 'first_response' AND reading = 'in_force') AS first_response,
    max(minutes) FILTER (measure = 'first_response' AND reading = 'last') AS first_response_last,
    max(minutes) FILTER (measure = 'resolution' AND reading = 'in_force') AS resolution,
    max(minutes) FILTER (measure = 'resolution' AND reading = 'last') AS resolution_last
  FROM ticket_read
  GROUP BY id
)
SELECT
  told.id,
  answered_at AS first_response_at,
  {_MINUTES.format(ended=_RESPONDED)} AS first_response_minutes,
  business.first_response AS first_response_business_minutes,
  coalesce(told.first_response_business_minutes, business.first_response_last, business.first_response)
    AS first_response_business_minutes_last_schedule,
  {_MINUTES.format(ended="resolved_at")} AS resolution_minutes,
  business.resolution AS resolution_business_minutes,
  coalesce(told.resolution_business_minutes, business.resolution_last, business.resolution)
    AS resolution_business_minutes_last_schedule
FROM ticket_told AS told
LEFT JOIN business USING (id)
"""


def fill(connection: duckdb.DuckDBPyConnection, schedules: Mapping[str, Schedule]) -> None:
    """Fills the first response and the minutes of every ticket, where its source tells none.

    A ticket follows the schedule that its `attrs.schedule` names, else `default`. What a source told stays; what an earlier
    run computed is computed anew. What has not happened yet is NULL, never zero.
    """
    told = ",\n  ".join(f"CASE WHEN ticket.{one} IS DISTINCT FROM computed.{one} THEN ticket.{one} END AS {one}" for one in COMPUTED)
    columns = ", ".join(COMPUTED)
    connection.execute(f"CREATE TABLE IF NOT EXISTS ticket_computed AS SELECT source, ticket_id, {columns} FROM ticket LIMIT 0")
    connection.execute(_TOLD.format(told=told), {"default": DEFAULT})
    numbered = _write_schedules(connection, schedules)
    connection.execute(_PIECES)
    _write_clock(connection, numbered)
    connection.execute(_READ)
    connection.execute(_FRESH)
    _keep(connection)
    for table in ("ticket_told", "business_piece", "business_day", "business_clock", "ticket_read", "ticket_fresh"):
        connection.execute(f"DROP TABLE {table}")


def _write_schedules(connection: duckdb.DuckDBPyConnection, schedules: Mapping[str, Schedule]) -> list[Version]:
    connection.execute(_SCHEDULES)
    numbered: list[Version] = []
    for name, schedule in schedules.items():
        for place, (version, begins_at, ends_at) in enumerate(schedule.in_force(), start=1):
            row = [len(numbered), name, place, version.timezone, begins_at, ends_at]
            connection.execute("INSERT INTO business_schedule VALUES ($1, $2, $3, $4, $5, $6)", row)
            numbered.append(version)
    return numbered


def _write_clock(connection: duckdb.DuckDBPyConnection, numbered: list[Version]) -> None:
    """The working minutes before each day that occurs, and before each minute of a day with such hours."""
    wanted = "SELECT number, CAST(began AS DATE) FROM business_piece UNION SELECT number, CAST(ended AS DATE) FROM business_piece"
    known: dict[Spans, int] = {}
    days = []
    for number, day in connection.execute(wanted).fetchall():
        version = numbered[number]
        hours = known.setdefault(version.hours(day), len(known))
        days.append((number, day, hours, version.minutes_before(day)))
    clock = [(hours, *reading) for spans, hours in known.items() for reading in _clock(spans)]
    _make(connection, "business_day (number BIGINT, day DATE, hours INTEGER, minutes_before BIGINT)", days)
    _make(connection, "business_clock (hours INTEGER, minute INTEGER, minutes_before BIGINT, is_open BOOLEAN)", clock)


def _clock(spans: Spans) -> list[tuple[int, int, bool]]:
    """Of each minute of a day: how many working minutes came before it, and whether it is one."""
    passed, found = 0, []
    for minute in range(1440):
        is_open = any(start <= minute < end for start, end in spans)
        found.append((minute, passed, is_open))
        passed += is_open
    return found


def _make(connection: duckdb.DuckDBPyConnection, table: str, rows: Sequence[tuple[object, ...]]) -> None:
    connection.execute(f"CREATE OR REPLACE TEMP TABLE {table}")
    if rows:
        columns = [list(column) for column in zip(*rows, strict=True)]
        lists = ", ".join(f"unnest(${number})" for number in range(1, len(columns) + 1))
        connection.execute(f"INSERT INTO {table.split()[0]} SELECT {lists}", columns)


def _keep(connection: duckdb.DuckDBPyConnection) -> None:
    """Writes what differs, and takes down what is computed and not told."""
    values = {one: f"coalesce(told.{one}, fresh.{one})" for one in COMPUTED}
    pairs = "FROM ticket_told AS told JOIN ticket_fresh AS fresh USING (id)"
    set_ = ", ".join(f"{one} = {value}" for one, value in values.items())
    set_ += f", first_response_at_day = CAST({values['first_response_at']} AS DATE)"
    differs = " OR ".join(f"ticket.{one} IS DISTINCT FROM {value}" for one, value in values.items())
    connection.execute(f"UPDATE ticket SET {set_} {pairs} WHERE ticket.rowid = told.id AND ({differs})")
    fresh = ", ".join(f"CASE WHEN told.{one} IS NULL THEN fresh.{one} END AS {one}" for one in COMPUTED)
    connection.execute(f"CREATE OR REPLACE TABLE ticket_computed AS SELECT told.source, told.ticket_id, {fresh} {pairs}")
