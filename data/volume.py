"""Days on which a source sent far fewer or far more rows than it does on such a weekday: a tracker that broke, a load that was cut.

A day is compared with the same weekday of up to eight weeks before, by median and median absolute deviation, which a bad day among
them does not move (modified z-score above 3.5: Iglewicz and Hoaglin, How to Detect and Handle Outliers, 1993).
"""

from __future__ import annotations

import duckdb

from data import schema

#: Tables whose rows come day by day: each stands for something that happened.
DAILY = ("event", "ticket", "ticket_message", "survey_response", "opportunity", "work_item", "idea")
#: How many of the last complete days are judged, by how many weeks before them, of which at least so many must be loaded.
DAYS, WEEKS, LEAST_WEEKS = 7, 8, 5
#: Fewer rows than these on a usual day vary too much to be judged.
LEAST_ROWS = 20

# However alike the weeks were, chance moves a count by its root, and what moves it by half is no anomaly of loading.
_RUN = """
INSERT INTO finding (source, table_name, name, severity, message, row_count, examples, found_at)
WITH reach AS (
  SELECT source, table_name, loaded_since, CAST(loaded_until AS DATE) AS until_day
  FROM freshness
  WHERE table_name IN (SELECT unnest($tables))
),
counted AS ({counted}),
judged AS (
  SELECT source, table_name, loaded_since, until_day - CAST(back AS INTEGER) AS day FROM reach, range(1, $days + 1) AS series(back)
),
before AS (
  SELECT judged.source, judged.table_name, judged.day, coalesce(counted.row_count, 0) AS row_count
  FROM judged
  CROSS JOIN range(1, $weeks + 1) AS series(week)
  LEFT JOIN counted
    ON counted.source = judged.source AND counted.table_name = judged.table_name
   AND counted.day = judged.day - CAST(7 * week AS INTEGER)
  WHERE judged.day - CAST(7 * week AS INTEGER) >= judged.loaded_since
),
usual AS (
  SELECT
    source, table_name, day, median(row_count) AS middle,
    3.5 * greatest(1.4826 * mad(row_count), sqrt(median(row_count)), 0.15 * median(row_count)) AS width
  FROM before
  GROUP BY source, table_name, day
  HAVING count(*) >= $least_weeks AND median(row_count) >= $least_rows
),
odd AS (
  SELECT
    usual.source, usual.table_name, usual.day, coalesce(counted.row_count, 0) AS row_count,
    CAST(greatest(ceil(middle - width), 0) AS BIGINT) AS usual_from, CAST(floor(middle + width) AS BIGINT) AS usual_to
  FROM usual
  LEFT JOIN counted ON counted.source = usual.source AND counted.table_name = usual.table_name AND counted.day = usual.day
  WHERE coalesce(counted.row_count, 0) NOT BETWEEN middle - width AND middle + width
)
SELECT
  source, table_name, 'volume', 'warning', 'rows on the last odd day; see what is usual for such a weekday', arg_max(row_count, day),
  to_json(list(struct_pack(day := day, "rows" := row_count, usual_from := usual_from, usual_to := usual_to) ORDER BY day DESC)), now()
FROM odd
GROUP BY source, table_name
"""
_COUNTED = """
  SELECT source, '{table}' AS table_name, {day} AS day, count(*) AS row_count
  FROM {table}
  WHERE deleted_at IS NULL AND {day} >= (SELECT min(until_day) FROM reach) - CAST(7 * $weeks + $days AS INTEGER)
  GROUP BY source, {day}"""


def run(connection: duckdb.DuckDBPyConnection) -> None:
    """Replaces the findings about odd days; needs `freshness`, and sources whose rows reach back at least five weeks."""
    connection.execute("DELETE FROM finding WHERE name = 'volume'")
    filled = schema.with_rows(connection)
    tables = [name for name in DAILY if name in filled]
    if not tables:
        return
    counted = " UNION ALL ".join(_COUNTED.format(table=name, day=f"{schema.TABLES[name].time}_day") for name in tables)
    values = {"tables": tables, "days": DAYS, "weeks": WEEKS, "least_weeks": LEAST_WEEKS, "least_rows": LEAST_ROWS}
    connection.execute(_RUN.format(counted=counted), values)
