"""Amounts in the reporting currency, at the rate of each row's day.

A subscription keeps the rate of its first day, so that a rate that moves is no movement of MRR.
"""

from __future__ import annotations

import duckdb

from data import schema
from data.errors import Problem
from data.workspace import Workspace

RATES_SOURCE = "company.rates"

#: Weekends and holidays have no rate of their own: the last one counts, when it is at most this old.
MAX_AGE_DAYS = 31

#: What a row's rate is that of: of a subscription's periods the first one with a known rate tells; anything else stands alone.
_OF = {"subscription_period": "concat_ws(chr(31), source, subscription_id, deleted_at IS NULL)"}

_CONVERT = """
WITH rate AS (
  SELECT day, upper(trim(currency)) AS currency, rate
  FROM fx_rate
  WHERE deleted_at IS NULL AND rate > 0
  QUALIFY row_number() OVER (PARTITION BY day, upper(trim(currency)) ORDER BY source = $rates_source, source) = 1
),
amount AS (
  SELECT rowid AS id, {money} AS amount, coalesce(upper(trim(currency)), $reporting) AS currency, {day} AS day, {of} AS of
  FROM {table}
),
rated AS (
  SELECT amount.*, CASE WHEN amount.day - rate.day <= $max_age THEN CAST(rate.rate AS DECIMAL(18,8)) END AS rate
  FROM amount
  ASOF LEFT JOIN rate ON amount.currency = rate.currency AND amount.day >= rate.day
),
converted AS (
  SELECT
    id,
    CASE
      WHEN currency = $reporting THEN amount
      ELSE CAST(amount * first_value(rate IGNORE NULLS) OVER upto AS DECIMAL(18,4))
    END AS reporting
  FROM rated
  WINDOW upto AS (PARTITION BY of, currency ORDER BY day ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW)
)
UPDATE {table} SET {money}_reporting = converted.reporting
FROM converted
WHERE {table}.rowid = converted.id AND {table}.{money}_reporting IS DISTINCT FROM converted.reporting
"""


def fill(connection: duckdb.DuckDBPyConnection, workspace: Workspace) -> None:
    """Fills every `<amount>_reporting`; NULL where no rate is known (a standing check reports it).

    An amount without a currency is in the company's. Rates come from `fx_rate`, which sources and `company.rates` fill; a
    source's rate wins. Raises Problem for a rates file that cannot be read.
    """
    _load_rates(connection, workspace)
    values = {"reporting": workspace.company.currency, "rates_source": RATES_SOURCE, "max_age": MAX_AGE_DAYS}
    for table in schema.TABLES.values():
        for money in table.money:
            of = _OF.get(table.name, "rowid")
            connection.execute(_CONVERT.format(table=table.name, money=money, day=f"{table.time}_day", of=of), values)


def _load_rates(connection: duckdb.DuckDBPyConnection, workspace: Workspace) -> None:
    connection.execute("DELETE FROM fx_rate WHERE source = $1", [RATES_SOURCE])
    if workspace.company.rates is None:
        return
    path = workspace.root / workspace.company.rates
    if not path.is_file():
        raise Problem(f"company.rates names {path}, which does not exist", "sources.yml", remedy="Put the file there: day,currency,rate.")
    statement = """
      INSERT INTO fx_rate (day, currency, rate, source, loaded_at, updated_at)
      SELECT CAST(day AS DATE), currency, CAST(rate AS DOUBLE), $source, now(), now()
      FROM read_csv($path, header = true, all_varchar = true)
    """
    try:
        connection.execute(statement, {"source": RATES_SOURCE, "path": str(path)})
    except duckdb.Error as error:
        said = str(error).splitlines()[0]
        raise Problem(f"the rates cannot be read: {said}", str(path), remedy="Its columns are day, currency and rate.") from None
