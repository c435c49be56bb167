"""The canonical tables (schema `main`): what one row is, its natural key and its columns.

A source's own id and its `source` make the natural key of every table that a source fills. Each TIMESTAMPTZ column has
a `<name>_day` DATE beside it, the calendar day in the company's time zone, computed at load.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import duckdb

TEXT, TIME, DAY, MONEY, FLAG, WHOLE, REAL = "VARCHAR", "TIMESTAMPTZ", "DATE", "DECIMAL(18,4)", "BOOLEAN", "BIGINT", "DOUBLE"

#: What every row carries, whatever the table.
COMMON = {"source": TEXT, "loaded_at": TIME, "updated_at": TIME, "deleted_at": TIME}


@dataclass(frozen=True)
class Table:
    """One canonical table.

    `key` is the natural key beside `source`; `time` is the column that says when a row happened (None for things without
    a moment of their own); `money` names the amounts that stand in a currency and have a `<name>_reporting` twin; `computed`
    holds columns that no source fills.
    """

    name: str
    one_row: str
    key: tuple[str, ...]
    fields: dict[str, str]
    time: str | None = None
    money: tuple[str, ...] = ()
    computed: dict[str, str] = field(default_factory=dict)
    columns: dict[str, str] = field(init=False)

    def __post_init__(self) -> None:
        columns: dict[str, str] = {}
        for name, kind in self.fields.items():
            columns[name] = kind
            if kind == TIME:
                columns[f"{name}_day"] = DAY
            if name in self.money:
                columns[f"{name}_reporting"] = MONEY
        if self.names_account:
            object.__setattr__(self, "computed", {**self.computed, "account_found": FLAG})
        object.__setattr__(self, "columns", {**columns, **self.computed, "attrs": "JSON", **COMMON})

    @property
    def names_account(self) -> bool:
        """Whether its rows may belong to an account that the source does not name: `account_found` then says that it was found, by
        the row's person or address, and follows them."""
        return "account_id" in self.fields and not {"account_id", "person_id"} & {*self.key}

    def ddl(self, name: str | None = None) -> str:
        """CREATE TABLE, without keys: uniqueness is kept by the merge, which a DuckDB index would only slow down."""
        body = ",\n  ".join(f"{column} {kind}" for column, kind in self.columns.items())
        return f"CREATE TABLE IF NOT EXISTS {name or self.name} (\n  {body}\n)"


def _of(kind: str, names: str) -> dict[str, str]:
    return dict.fromkeys(names.split(), kind)


_TABLES = (
    Table(
        "account",
        "a customer company",
        ("account_id",),
        _of(TEXT, "account_id name domain segment plan region industry")
        | _of(WHOLE, "seats")
        | _of(TEXT, "owner lifecycle")
        | _of(TIME, "created_at churned_at")
        | _of(FLAG, "is_test"),
        time="created_at",
    ),
    Table(
        "account_history",
        "a period of an account's attributes, half-open",
        ("account_id", "valid_from"),
        _of(TEXT, "account_id plan segment owner") | _of(TIME, "valid_from valid_to"),
        time="valid_from",
    ),
    Table(
        "person",
        "a user",
        ("person_id",),
        _of(TEXT, "person_id account_id email_hash email_domain role") | _of(FLAG, "is_internal") | _of(TIME, "first_seen_at"),
        time="first_seen_at",
    ),
    Table(
        "event",
        "something a person did",
        ("event_id",),
        _of(TEXT, "event_id")
        | _of(TIME, "occurred_at")
        | _of(TEXT, "event_name person_id account_id feature_id session_id")
        | _of(REAL, "value")
        | _of(FLAG, "is_meaningful"),
        time="occurred_at",
    ),
    Table(
        "feature",
        "a product feature",
        ("feature_id",),
        _of(TEXT, "feature_id name area owner") | _of(TIME, "released_at") | _of(TEXT, "eligible_plans"),
        time="released_at",
    ),
    Table(
        "subscription_period",
        "a price in force, half-open",
        ("subscription_id", "valid_from"),
        _of(TEXT, "account_id subscription_id plan")
        | _of(WHOLE, "quantity")
        | _of(MONEY, "mrr")
        | _of(TEXT, "currency")
        | _of(TIME, "valid_from valid_to")
        | _of(TEXT, "status status_raw"),
        time="valid_from",
        money=("mrr",),
    ),
    Table(
        "opportunity",
        "a deal",
        ("opportunity_id",),
        _of(TEXT, "opportunity_id account_id name")
        | _of(MONEY, "amount")
        | _of(TEXT, "currency type stage stage_raw")
        | _of(FLAG, "is_won is_closed")
        | _of(TIME, "created_at closed_at")
        | _of(TEXT, "owner"),
        time="created_at",
        money=("amount",),
    ),
    Table(
        "opportunity_stage",
        "a stage that a deal passed",
        ("opportunity_id", "entered_at"),
        _of(TEXT, "opportunity_id stage stage_raw") | _of(TIME, "entered_at left_at"),
        time="entered_at",
    ),
    Table(
        "ticket",
        "a support request",
        ("ticket_id",),
        _of(TEXT, "ticket_id account_id person_id feature_id subject channel priority status status_raw tags")
        | _of(TIME, "created_at first_response_at first_resolved_at last_resolved_at")
        | _of(WHOLE, "reopens")
        | _of(REAL, "first_response_minutes first_response_business_minutes resolution_minutes resolution_business_minutes"),
        time="created_at",
        computed=_of(REAL, "first_response_business_minutes_last_schedule resolution_business_minutes_last_schedule"),
    ),
    Table(
        "ticket_message",
        "a message of a ticket",
        ("message_id",),
        _of(TEXT, "message_id ticket_id author_kind") | _of(FLAG, "is_public") | _of(TEXT, "channel") | _of(TIME, "sent_at"),
        time="sent_at",
    ),
    Table(
        "survey_response",
        "an NPS, CSAT or CES answer",
        ("response_id",),
        _of(TEXT, "response_id kind") | _of(REAL, "score") | _of(TEXT, "account_id person_id ticket_id") | _of(TIME, "responded_at"),
        time="responded_at",
    ),
    Table(
        "work_item",
        "a piece of delivery work",
        ("work_item_id",),
        _of(TEXT, "work_item_id title kind team objective_id project_id cycle_id feature_id state state_type")
        | _of(REAL, "estimate")
        | _of(TIME, "created_at started_at completed_at"),
        time="created_at",
    ),
    Table(
        "work_item_state",
        "a state that a piece of work was in",
        ("work_item_id", "entered_at"),
        _of(TEXT, "work_item_id state state_type") | _of(TIME, "entered_at left_at"),
        time="entered_at",
    ),
    Table(
        "project",
        "a project of delivery work",
        ("project_id",),
        _of(TEXT, "project_id name status health owner objective_id") | _of(TIME, "started_at target_at completed_at"),
        time="started_at",
    ),
    Table(
        "cycle",
        "a sprint",
        ("cycle_id",),
        _of(TEXT, "cycle_id name team") | _of(TIME, "starts_at ends_at completed_at") | _of(REAL, "planned completed"),
        time="starts_at",
    ),
    Table(
        "idea",
        "feedback on the product",
        ("idea_id",),
        _of(TEXT, "idea_id account_id person_id feature_id title") | _of(REAL, "weight") | _of(TIME, "created_at processed_at"),
        time="created_at",
    ),
    Table(
        "objective",
        "a goal that work and metrics belong to",
        ("objective_id",),
        _of(TEXT, "objective_id name owner parent_id") | _of(DAY, "starts_on ends_on"),
    ),
    Table(
        "number",
        "a daily figure from outside",
        ("name", "day", "account_id"),
        _of(TEXT, "name") | _of(DAY, "day") | _of(REAL, "value") | _of(TEXT, "account_id"),
        time="day",
    ),
    Table(
        "fx_rate",
        "the worth of one unit of a currency in the reporting currency on a day",
        ("day", "currency"),
        _of(DAY, "day") | _of(TEXT, "currency") | _of(REAL, "rate"),
        time="day",
    ),
    Table(
        "release",
        "something shipped",
        ("release_id",),
        _of(TEXT, "release_id name kind feature_ids") | _of(TIME, "planned_at released_at"),
        time="released_at",
    ),
    Table(
        "document",
        "a page of documentation",
        ("document_id",),
        _of(TEXT, "document_id title kind owner url") | _of(TIME, "created_at edited_at") | _of(FLAG, "in_trash"),
        time="created_at",
    ),
    Table(
        "link",
        "a tie between things of different tools",
        ("from_source", "from_id", "to_source", "to_id", "kind"),
        _of(TEXT, "from_source from_id to_source to_id kind"),
    ),
)

#: The tables that a source can fill, by name.
TABLES: dict[str, Table] = {table.name: table for table in _TABLES}

#: What the loader and the resolver of accounts keep for themselves. See docs/design.md for each column.
BOOKKEEPING = (
    """CREATE TABLE IF NOT EXISTS account_xref (
      source VARCHAR, source_kind VARCHAR, source_id VARCHAR, account_id VARCHAR, method VARCHAR, confidence DOUBLE)""",
    "CREATE TABLE IF NOT EXISTS person_xref (source VARCHAR, source_id VARCHAR, person_id VARCHAR)",
    """CREATE TABLE IF NOT EXISTS sync_run (
      run_id VARCHAR, source VARCHAR, started_at TIMESTAMPTZ, ended_at TIMESTAMPTZ, state VARCHAR,
      rows_in BIGINT, rows_out BIGINT, rejects BIGINT, error VARCHAR)""",
    """CREATE TABLE IF NOT EXISTS sync_state (
      source VARCHAR, resource VARCHAR, cursor JSON, updated_at TIMESTAMPTZ)""",
    """CREATE TABLE IF NOT EXISTS reject (
      run_id VARCHAR, source VARCHAR, table_name VARCHAR, file VARCHAR, line BIGINT, column_name VARCHAR,
      value VARCHAR, reason VARCHAR, detail VARCHAR, payload JSON, rejected_at TIMESTAMPTZ)""",
    """CREATE TABLE IF NOT EXISTS finding (
      run_id VARCHAR, source VARCHAR, table_name VARCHAR, name VARCHAR, severity VARCHAR, message VARCHAR,
      row_count BIGINT, examples JSON, found_at TIMESTAMPTZ)""",
    """CREATE TABLE IF NOT EXISTS source_change (
      run_id VARCHAR, source VARCHAR, name VARCHAR, place VARCHAR, field VARCHAR, was VARCHAR, now VARCHAR, changed_at TIMESTAMPTZ)""",
    """CREATE TABLE IF NOT EXISTS freshness (
      source VARCHAR, table_name VARCHAR, loaded_since DATE, loaded_until TIMESTAMPTZ, row_count BIGINT)""",
)

#: Columns whose words are normalised at load; the source's own word stays in `<column>_raw` where the table has one.
ENUMS: dict[tuple[str, str], tuple[str, ...]] = {
    ("subscription_period", "status"): ("active", "past_due", "trial", "paused", "cancelled"),
    ("survey_response", "kind"): ("nps", "csat", "ces"),
    ("work_item", "state_type"): ("backlog", "unstarted", "started", "completed", "cancelled"),
    ("ticket", "status"): ("new", "open", "pending", "solved", "closed"),
}

VERSION = 5


def with_rows(connection: duckdb.DuckDBPyConnection) -> set[str]:
    """The canonical tables that have any rows. Most companies fill half of them; a statement over the others costs all the same."""
    asked = " UNION ALL ".join(f"SELECT '{name}' WHERE EXISTS (FROM {name})" for name in TABLES)
    return {name for (name,) in connection.execute(asked).fetchall()}
