"""One row per account and per person, made of what each source says of it; and the account of every row that names one."""

from __future__ import annotations

import dataclasses
from collections.abc import Collection

import duckdb

from connectors.merge import ENTITIES, target
from connectors.people import PERSON_OF
from connectors.sql import count
from connectors.staging import STAGE, Stage
from connectors.words import FREE_MAIL
from data.schema import TABLES, Table, with_rows

#: Source id → account, for ids that belong to an account of another id.
ACCOUNT_OF = "account_of_"
#: Domain → account, for persons and rows that name none.
DOMAIN_OWNER = "domain_owner_"

_DOMAIN_OWNER = """
CREATE OR REPLACE TEMP TABLE {domain_owner} AS
WITH named AS (
  SELECT lower(domain) AS domain, min(account_id) AS account_id
  FROM {account} WHERE domain <> '' AND deleted_at IS NULL
  GROUP BY 1 HAVING count(*) = 1
),
counted AS (
  SELECT email_domain AS domain, account_id, count(*) AS n
  FROM {person} WHERE account_id IS NOT NULL AND email_domain <> '' AND deleted_at IS NULL
  GROUP BY ALL
),
majority AS (SELECT domain, account_id FROM counted QUALIFY 2 * n > sum(n) OVER (PARTITION BY domain))
SELECT domain, coalesce(named.account_id, majority.account_id) AS account_id
FROM named FULL JOIN majority USING (domain)
WHERE NOT list_contains($free, domain)
"""
# The first of the methods that found an account for an id decides; they stand in this order.
METHODS = ("manual", "external_id", "crm_link", "domain", "email_domain", "own_id")
_OWNERS = f"""
SELECT source, source_id, arg_min(account_id, list_position({list(METHODS)!r}, method)) AS account_id
FROM account_xref WHERE source_kind = 'account'
GROUP BY source, source_id
HAVING arg_min(account_id, list_position({list(METHODS)!r}, method)) <> source_id"""
_PERSONS = "SELECT source, source_id, person_id FROM person_xref WHERE person_id <> source_id"
# What a source calls something else than we do: the columns of its rows, and the table of what they become.
_MOVED = {"account_id": ACCOUNT_OF, "person_id": PERSON_OF}
_MOVE = """
WITH wanted AS (
  SELECT fact.rowid AS id, coalesce(fact.attrs ->> 'source_{column}', fact.{column}) AS own, owner.{column} AS moved
  FROM {table} AS fact
  LEFT JOIN {owners} AS owner
    ON owner.source = fact.source AND owner.source_id = coalesce(fact.attrs ->> 'source_{column}', fact.{column})
  WHERE fact.{column} IS NOT NULL
)
UPDATE {table} SET
  {column} = coalesce(moved, own),
  attrs = nullif(
    json_merge_patch(coalesce(attrs, '{{}}'), json_object('source_{column}', CASE WHEN moved IS NOT NULL THEN own END)), '{{}}')
FROM wanted
WHERE {table}.rowid = wanted.id AND {table}.{column} <> coalesce(moved, own)
"""

# A row whose source names no account has that of its person, else of its address; when they move it goes with them.
_FIND = """
WITH wanted AS (
  SELECT fact.rowid AS id, coalesce({accounts}) AS account_id
  FROM {table} AS fact {joins}
  WHERE fact.account_id IS NULL OR fact.account_found
)
UPDATE {table} SET account_id = wanted.account_id, account_found = true
FROM wanted
WHERE {table}.rowid = wanted.id AND {table}.account_id IS DISTINCT FROM wanted.account_id
"""
_FOUND_BY = {
    "person": "LEFT JOIN person ON person.person_id = fact.person_id ",
    "owner": f"LEFT JOIN {DOMAIN_OWNER} AS owner ON owner.domain = CASE WHEN {{unless}} THEN fact.attrs ->> 'email_domain' END ",
}


def prepare(connection: duckdb.DuckDBPyConnection) -> None:
    """Makes the tables that keep each source's own rows of accounts and persons, in schema `staged`."""
    connection.execute("CREATE SCHEMA IF NOT EXISTS staged")
    columns = "SELECT column_name FROM duckdb_columns() WHERE schema_name = 'staged' AND table_name = $1"
    for name in ENTITIES:
        connection.execute(TABLES[name].ddl(target(TABLES[name])))
        there = {row[0] for row in connection.execute(columns, [name]).fetchall()}
        for column, kind in TABLES[name].columns.items():
            if column not in there:
                connection.execute(f"ALTER TABLE staged.{name} ADD COLUMN {column} {kind}")


def merge(connection: duckdb.DuckDBPyConnection, sources: list[str]) -> bool:
    """Makes `account`, `person` and `person_xref` anew; False when they come out as they were. Needs the table ACCOUNT_OF."""
    for name in ENTITIES:
        connection.execute(f"CREATE OR REPLACE TEMP TABLE {name}_ AS {_merged(TABLES[name])}", {"sources": sources})
    make_domain_owner(connection, "account_", "person_")
    connection.execute(
        f"""
        UPDATE person_ SET account_id = owner.account_id FROM {DOMAIN_OWNER} AS owner
        WHERE person_.account_id IS NULL AND person_.email_domain = owner.domain
        """
    )
    changed = [replace(connection, name, f"FROM {name}_", ignored="loaded_at") for name in ENTITIES]
    persons = f"""
      SELECT kept.source, kept.person_id AS source_id, coalesce(owner.person_id, kept.person_id) AS person_id
      FROM staged.person AS kept LEFT JOIN {PERSON_OF} AS owner ON owner.source = kept.source AND owner.source_id = kept.person_id
    """
    changed.append(replace(connection, "person_xref", persons))
    return any(changed)


def move_facts(connection: duckdb.DuckDBPyConnection) -> bool:
    """Rewrites account and person of rows whose source's id belongs to another now; a row keeps its source's id in attrs."""
    filled = with_rows(connection)
    statements = [
        _MOVE.format(table=name, column=column, owners=owners) for column, owners in _MOVED.items() for name in _facts(column, filled)
    ]
    return sum(count(connection, statement) for statement in statements) > 0


def fill_facts(connection: duckdb.DuckDBPyConnection) -> bool:
    """The person of rows that only have an address, then the account of rows that only have a person or an address."""
    return sum(_fill(connection, name, TABLES[name].columns) for name in _facts("account_id", with_rows(connection))) > 0


def resolve_stage(connection: duckdb.DuckDBPyConnection, stage: Stage, source: str) -> Stage:
    """What `move_facts` and `fill_facts` did to earlier rows, done to those of a stage: an equal row must not look changed.

    Gives the stage with the columns that it has then.
    """
    table, columns = stage.table, {*stage.columns}
    if table.name not in _facts("account_id", TABLES):
        return stage
    for column, owners in {"account_id": _OWNERS, "person_id": _PERSONS}.items():
        if {column, "attrs"} <= columns:
            owned = f"owner.source = $1 AND owner.source_id = fact.{column}"
            attrs = f"json_merge_patch(coalesce(attrs, '{{}}'), json_object('source_{column}', owner.source_id))"
            moved = f"UPDATE {STAGE} AS fact SET {column} = owner.{column}, attrs = {attrs} FROM ({owners}) AS owner WHERE {owned}"
            connection.execute(moved, [source])
    make_domain_owner(connection, "account", "person")
    if table.names_account and "account_id" in columns:
        connection.execute(f"ALTER TABLE {STAGE} ADD COLUMN account_found BOOLEAN")
        connection.execute(f"UPDATE {STAGE} SET account_found = true WHERE account_id IS NULL")
        stage = dataclasses.replace(stage, columns=(*stage.columns, "account_found"))
    _fill(connection, STAGE, stage.columns)
    return stage


def has_moved(connection: duckdb.DuckDBPyConnection, source: str) -> bool:
    """Whether some id of a source belongs to an account or a person of another id."""
    return any(count(connection, f"SELECT count(*) FROM ({owners}) WHERE source = $1", [source]) for owners in (_OWNERS, _PERSONS))


def _fill(connection: duckdb.DuckDBPyConnection, name: str, columns: Collection[str]) -> int:
    filled = 0
    if {"person_id", "attrs"} <= set(columns):
        unique = "(FROM person WHERE email_hash IS NOT NULL QUALIFY count(*) OVER (PARTITION BY email_hash) = 1) AS person"
        by_hash = "fact.person_id IS NULL AND fact.attrs ->> 'email_hash' = person.email_hash"
        filled += count(connection, f"UPDATE {name} AS fact SET person_id = person.person_id FROM {unique} WHERE {by_hash}")
    ways = [way for way, column in (("person", "person_id"), ("owner", "attrs")) if column in columns]
    if ways and "account_found" in columns:
        accounts = ", ".join(f"{way}.account_id" for way in ways)
        joins = "".join(_FOUND_BY[way].format(unless="person.account_id IS NULL" if "person" in ways else "true") for way in ways)
        filled += count(connection, _FIND.format(table=name, accounts=accounts, joins=joins))
    return filled


def make_domain_owner(connection: duckdb.DuckDBPyConnection, account: str, person: str) -> None:
    """Fills DOMAIN_OWNER from these tables of accounts and persons."""
    connection.execute(_DOMAIN_OWNER.format(domain_owner=DOMAIN_OWNER, account=account, person=person), {"free": FREE_MAIL})


def replace(connection: duckdb.DuckDBPyConnection, table: str, query: str, *, ignored: str = "") -> bool:
    """Puts the rows of `query` in the place of the table's; False when they are the same but for the `ignored` column."""
    shown = f"* EXCLUDE ({ignored})" if ignored else "*"
    old, new = f"SELECT {shown} FROM {table}", f"SELECT {shown} FROM ({query})"
    differ = f"SELECT count(*) FROM (({old} EXCEPT ALL {new}) UNION ALL ({new} EXCEPT ALL {old}))"
    if count(connection, differ) == 0:
        return False
    connection.execute(f"DELETE FROM {table}")
    connection.execute(f"INSERT INTO {table} BY NAME {query}")
    return True


def _merged(table: Table) -> str:
    """For each column the first source, in the order of sources.yml, that has a value; rows that are not deleted come first."""
    key = table.key[0]
    taken = [name for name in table.columns if name not in (key, "source", "loaded_at", "deleted_at", "attrs")]
    first = {name: f"arg_min({name}, place) FILTER ({name} IS NOT NULL)" for name in taken}
    account = "coalesce(owner.account_id, kept.account_id) AS account_id"
    renamed = f"{account}, coalesce(who.person_id, kept.person_id) AS person_id" if key == "person_id" else account
    persons = f"LEFT JOIN {PERSON_OF} AS who ON who.source = kept.source AND who.source_id = kept.person_id" if key == "person_id" else ""
    first |= {
        key: key,
        "attrs": "list_reduce(list(attrs ORDER BY place DESC) FILTER (attrs IS NOT NULL), lambda a, b: json_merge_patch(a, b))",
        "source": "arg_min(source, place)",
        "loaded_at": "max(loaded_at)",
        "deleted_at": "CASE WHEN bool_and(deleted_at IS NOT NULL) THEN max(deleted_at) END",
    }
    return f"""
      WITH owned AS (
        SELECT kept.* REPLACE ({renamed}),
          row_number() OVER (
            ORDER BY kept.deleted_at IS NOT NULL, coalesce(list_position($sources, kept.source), 10000), kept.source, kept.{key}
          ) AS place
        FROM {target(table)} AS kept
        LEFT JOIN {ACCOUNT_OF} AS owner ON owner.source = kept.source AND owner.source_id = kept.account_id
        {persons}
      )
      SELECT {", ".join(f"{first[name]} AS {name}" for name in table.columns)}
      FROM owned
      GROUP BY {key}
    """


def _facts(column: str, among: Collection[str]) -> list[str]:
    """The tables of rows that name an account, and have this column."""
    left_out = (*ENTITIES, "account_history")
    found = [table for table in TABLES.values() if table.name in among and table.name not in left_out]
    return [table.name for table in found if {"account_id", column} <= set(table.columns)]
