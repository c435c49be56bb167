"""Whose is it: resolves every source's ids to one account.

What sources.yml says by hand comes first, then explicit id, CRM link, verified domain, majority e-mail domain of its people. All hits
are recorded in `account_xref`; the first decides. A vendor's own id that nothing ties to another account is that vendor's alone: it
becomes `<source>:<id>`, since two vendors count from 1. The result depends on what is loaded, never on the order in which it came.
"""

from __future__ import annotations

import duckdb
import pyarrow as pa

from connectors import entities, has_given_ids, people
from connectors.ties import Hit, Node, rank, tied
from connectors.words import FREE_MAIL
from data.workspace import Workspace
from data.yaml_file import Mapping

#: The methods in the order in which they decide, and how far each is trusted.
METHODS = dict(zip(entities.METHODS, (1.0, 1.0, 0.95, 0.9, 0.7, 1.0), strict=True))

#: What is said of a hit that would make one account of two that a source of the company tells apart; it decides nothing.
REFUSED = " refused"

_HITS = {
    "external_id": """
      SELECT a.source, a.account_id, b.source, b.account_id FROM node AS a JOIN node AS b
      ON a.account_id = b.account_id AND b.rank < a.rank AND a.is_given AND b.is_given
      UNION ALL
      SELECT source, account_id, '', external_id FROM node WHERE external_id <> ''
      UNION ALL
      SELECT source, account_id, '', account_id FROM node WHERE is_given AND account_id IN (SELECT external_id FROM node)""",
    "crm_link": """
      SELECT a.source, a.account_id, b.source, b.account_id FROM node AS a JOIN node AS b
      ON a.crm_id = b.account_id AND a.source <> b.source""",
    "domain": """
      SELECT a.source, a.account_id, b.source, b.account_id FROM node AS a JOIN sole AS b
      ON a.domain = b.domain AND b.rank < a.rank""",
    "email_domain": """
      SELECT a.source, a.account_id, b.source, b.account_id FROM node AS a JOIN majority USING (source, account_id) JOIN sole AS b
      ON majority.domain = b.domain AND b.rank < a.rank""",
    "own_id": "SELECT source, account_id, '', source || ':' || account_id FROM everyone WHERE NOT is_given",
}
_WITH = """
WITH ranked AS (SELECT unnest($sources) AS source, unnest(range(len($sources))) AS rank),
everyone AS (
  SELECT source, account_id, coalesce(rank, 1000) AS rank, list_contains($given, source) AS is_given,
    attrs ->> 'crm_id' AS crm_id, attrs ->> 'external_id' AS external_id,
    CASE WHEN NOT list_contains($free, lower(domain)) THEN lower(domain) END AS domain, deleted_at
  FROM staged.account LEFT JOIN ranked USING (source)
),
node AS (FROM everyone WHERE deleted_at IS NULL),
sole AS (
  SELECT source, domain, min(account_id) AS account_id, min(rank) AS rank
  FROM node WHERE domain <> ''
  GROUP BY source, domain HAVING count(*) = 1
),
people AS (
  SELECT source, account_id, email_domain AS domain, count(*) AS n
  FROM staged.person
  WHERE account_id IS NOT NULL AND email_domain <> '' AND NOT list_contains($free, email_domain) AND deleted_at IS NULL
  GROUP BY ALL
),
majority AS (FROM people QUALIFY 2 * n > sum(n) OVER (PARTITION BY source, account_id))
"""


def resolve(connection: duckdb.DuckDBPyConnection, workspace: Workspace) -> bool:
    """Resolves all accounts and persons anew; True when anything came out differently than before."""
    sources = list(workspace.sources)
    people.resolve(connection, sources, _given(workspace.sources))
    hits = _hits(connection, sources, workspace.sources)
    account_of, refused = tied(hits, list(METHODS), sources, _given(workspace.sources))
    _make_account_of(connection, account_of)
    moved = _write_xref(connection, hits, refused, account_of, sources)
    changed = entities.merge(connection, sources)
    changed |= entities.move_facts(connection)
    return entities.fill_facts(connection) or changed or moved


def _given(blocks: Mapping) -> list[str]:
    return [name for name, block in blocks.items() if has_given_ids(block)]


def _make_account_of(connection: duckdb.DuckDBPyConnection, account_of: dict[tuple[str, str], str]) -> None:
    columns = {
        "source": pa.array([source for source, _ in account_of], pa.string()),
        "source_id": pa.array([own for _, own in account_of], pa.string()),
        "account_id": pa.array(list(account_of.values()), pa.string()),
    }
    connection.register("resolved_", pa.table(columns))
    connection.execute(f"CREATE OR REPLACE TEMP TABLE {entities.ACCOUNT_OF} AS FROM resolved_ WHERE account_id <> source_id")
    connection.unregister("resolved_")


def _hits(connection: duckdb.DuckDBPyConnection, sources: list[str], blocks: Mapping) -> list[Hit]:
    values = {"sources": sources, "free": FREE_MAIL, "given": _given(blocks)}
    found: list[Hit] = []
    for method, statement in _HITS.items():
        asked = f"{_WITH} FROM ({statement}) ORDER BY ALL"
        used = {name: value for name, value in values.items() if f"${name}" in asked}
        found += [(*row, method) for row in connection.execute(asked, used).fetchall()]
    for source, block in blocks.items():
        by_hand = block.get("accounts") if isinstance(block, Mapping) else None
        found += [(source, str(own), "", str(ours), "manual") for own, ours in (by_hand or {}).items()]
    return found


def _write_xref(
    connection: duckdb.DuckDBPyConnection, hits: list[Hit], refused: set[Hit], account_of: dict[Node, str], sources: list[str]
) -> bool:
    found: dict[tuple[str, str, str], str] = {}
    for hit in sorted(hits, key=lambda hit: (rank(sources, hit[2]), hit[3])):
        source, own, other, target_id, method = hit
        found.setdefault((source, own, method + REFUSED * (hit in refused)), account_of.get((other, target_id), target_id))
    rows = [(source, own, account, method) for (source, own, method), account in found.items()]
    connection.register(
        "hits_",
        pa.table(
            {
                "source": pa.array([row[0] for row in rows], pa.string()),
                "source_kind": pa.array(["account"] * len(rows), pa.string()),
                "source_id": pa.array([row[1] for row in rows], pa.string()),
                "account_id": pa.array([row[2] for row in rows], pa.string()),
                "method": pa.array([row[3] for row in rows], pa.string()),
                "confidence": pa.array([METHODS.get(row[3], 0.0) for row in rows], pa.float64()),
            }
        ),
    )
    connection.execute(
        """
        CREATE OR REPLACE TEMP TABLE xref_ AS
        FROM hits_
        UNION ALL
        SELECT source, 'account', account_id, account_id, 'external_id', 1.0 FROM staged.account
        WHERE (source, account_id) NOT IN (SELECT (source, source_id) FROM hits_ WHERE confidence > 0)
        """
    )
    connection.unregister("hits_")
    return entities.replace(connection, "account_xref", "FROM xref_")
