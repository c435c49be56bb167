"""Standing checks over what is loaded: things that are suspect in any company's data, reported and never fatal."""

from __future__ import annotations

from dataclasses import dataclass

import duckdb

from data import schema
from data.schedules import DEFAULT

#: How many rows a finding shows.
EXAMPLES = 5


@dataclass(frozen=True)
class Check:
    """Rows of a table that are suspect: `where` says which (over `t`), `message` says so to people."""

    name: str
    table: str
    where: str
    message: str
    also: tuple[str, ...] = ()

    @property
    def shown(self) -> tuple[str, ...]:
        """The columns that an example shows: the key, those in `also`, the account and the times."""
        table = schema.TABLES[self.table]
        times = [name for name, kind in table.fields.items() if kind in (schema.TIME, schema.DAY)]
        others = [name for name in ("account_id", "currency") if name in table.fields]
        return tuple(dict.fromkeys([*table.key, *self.also, *others, *times]))


_OVERLAPS = """EXISTS (
  FROM subscription_period AS other
  WHERE other.source = t.source AND other.subscription_id = t.subscription_id AND other.deleted_at IS NULL
    AND other.valid_from > t.valid_from AND (t.valid_to IS NULL OR other.valid_from < t.valid_to))"""

_TWICE = """EXISTS (
  FROM {table} AS other
  WHERE other.{table}_id = t.{table}_id AND other.source <> t.source AND other.deleted_at IS NULL)"""

_SCHEDULE = "json_extract_string(t.attrs, '$.schedule')"
_NO_SCHEDULE = f"{_SCHEDULE} IS NOT NULL AND {_SCHEDULE} NOT IN (SELECT schedule FROM business_schedule)"
_NOT_YET = f"""t.created_at < (
  SELECT min(begins_at) FROM business_schedule WHERE version = 1 AND schedule = coalesce({_SCHEDULE}, '{DEFAULT}'))"""

_PERIODS = (
    Check("zero_length_period", "subscription_period", "t.valid_to = t.valid_from", "periods that end when they begin: no MRR counts"),
    Check("ends_before_start", "subscription_period", "t.valid_to < t.valid_from", "periods that end before they begin: no MRR counts"),
    Check("overlapping_periods", "subscription_period", _OVERLAPS, "periods of one subscription overlap: their MRR counts twice"),
)
_TICKETS = (
    Check("response_before_creation", "ticket", "t.first_response_at < t.created_at", "tickets answered before they were created"),
    Check(
        "resolution_before_creation",
        "ticket",
        "least(t.first_resolved_at, t.last_resolved_at) < t.created_at",
        "tickets resolved before they were created",
    ),
    Check("unknown_schedule", "ticket", _NO_SCHEDULE, "tickets name a schedule that sources.yml does not have: no business time"),
    Check("before_any_schedule", "ticket", _NOT_YET, "tickets opened before their schedule was in force: business time counts from then"),
)
_TIMES = tuple(
    Check("in_the_future", table, f"t.{schema.TABLES[table].time} > now() + INTERVAL 1 DAY", "rows dated in the future")
    for table in ("event", "ticket", "survey_response")
)
_ACCOUNTS = tuple(
    Check(
        "unknown_account",
        table.name,
        f"t.account_id IN (SELECT account_id FROM {table.name} EXCEPT SELECT account_id FROM account)",
        "rows name an account that no source knows",
    )
    for table in schema.TABLES.values()
    if "account_id" in table.fields and table.name != "account"
)
_RATES = tuple(
    Check(
        "missing_rate",
        table.name,
        f"t.{money} IS NOT NULL AND t.{money}_reporting IS NULL",
        "amounts without a rate: totals over them are refused",
    )
    for table in schema.TABLES.values()
    for money in table.money
)
_KEYS = tuple(
    Check("in_two_sources", table, _TWICE.format(table=table), "the same id comes from two sources: the first of them counts")
    for table in ("account", "person", "feature")
)

_TIES = (
    Check(
        "two_accounts",
        "account",
        """t.is_test IS NOT TRUE AND t.account_id IN (
          SELECT one.account_id
          FROM account_xref AS one JOIN account_xref AS other USING (source, source_id)
          WHERE one.account_id <> other.account_id AND 'own_id' NOT IN (one.method, other.method)
            AND (source, source_id) NOT IN (SELECT (source, source_id) FROM account_xref WHERE method = 'manual'))""",
        "an id of a tool belongs to this account by one sign, and to another account by another",
        ("name", "domain"),
    ),
    # What more accounts than a group of companies share is a mail provider's domain, which ties nothing.
    Check(
        "shared_domain",
        "account",
        """t.domain IN (
            SELECT domain FROM account WHERE deleted_at IS NULL AND domain <> '' AND is_test IS NOT TRUE
          GROUP BY domain HAVING count(*) BETWEEN 2 AND 5)""",
        "accounts share a domain, so that it ties nobody to them",
        ("name", "domain"),
    ),
)

CHECKS = (*_PERIODS, *_TICKETS, *_TIMES, *_ACCOUNTS, *_RATES, *_KEYS, *_TIES)


# min(…, n) keeps the n least without sorting, which counts when millions of rows are suspect.
_RUN = """
INSERT INTO finding (source, table_name, name, severity, message, row_count, examples, found_at)
SELECT
  t.source, $table_name, $name, 'warning', $message, count(*),
  to_json(min(struct_pack({example}), {examples})), now()
FROM {table} AS t
WHERE t.deleted_at IS NULL AND ({where})
GROUP BY t.source
"""


def run(connection: duckdb.DuckDBPyConnection) -> None:
    """Replaces the findings of the standing checks: one per check, source and table, with a count and a few examples."""
    connection.execute("DELETE FROM finding WHERE name IN (SELECT unnest($1))", [[check.name for check in CHECKS]])
    filled = schema.with_rows(connection)
    for check in (check for check in CHECKS if check.table in filled):
        example = ", ".join(f"{column} := t.{column}" for column in check.shown)
        statement = _RUN.format(table=check.table, where=check.where, example=example, examples=EXAMPLES)
        connection.execute(statement, {"table_name": check.table, "name": check.name, "message": check.message})
