"""The SQL that the layer shows gives the same rows on PostgreSQL and on ClickHouse, cell by cell."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import duckdb
import pytest

from tests import asking, case_files, engines
from tests.case_files import Case
from tests.engines import Engine, Row
from tests.machine import postgres_programs

ANSWERED = [case for case in case_files.every() if case.problem is None]

# A file runs in one process (--dist loadfile): it can hold only one ClickHouse, and the companies are copied once.
ENGINES = ("postgres", "clickhouse")


@pytest.fixture(scope="module")
def companies(tmp_path_factory: pytest.TempPathFactory) -> asking.Companies:
    return asking.Companies(tmp_path_factory.mktemp("engines"))


@pytest.fixture(scope="module")
def postgres() -> Iterator[Engine]:
    if postgres_programs() is None:
        pytest.skip("no PostgreSQL on this machine")
    with engines.postgres() as engine:
        yield engine


@pytest.fixture(scope="module")
def clickhouse() -> Iterator[Engine]:
    with engines.clickhouse() as engine:
        yield engine


@pytest.fixture(params=ENGINES)
def engine(request: pytest.FixtureRequest) -> Engine:
    return request.getfixturevalue(request.param)


@pytest.mark.parametrize("case", ANSWERED, ids=lambda case: case.id)
def test_the_sql_gives_the_same_on_every_engine(case: Case, companies: asking.Companies, engine: Engine) -> None:
    layer = companies.layer(case.company)
    shown = layer.query(*case.ask["metrics"], **{key: value for key, value in case.ask.items() if key != "metrics"})
    with layer.reader.open() as snapshot:
        expected = snapshot.cursor.execute(shown.sql, dict(shown.parameters)).fetchall()
        found = engine.answer(str(layer.workspace.root), case.company.timezone, snapshot.cursor, shown.sql, shown.parameters)
    _agree(engine, found, expected)


_TEN = "(VALUES (0), (1), (2), (3), (4), (5), (6), (7), (8), (9))"
#: What kinds and definitions may write although no case does, or not on the values where engines part.
FORMS = {
    "an outer join on nothing equal": """
        SELECT a.x, b.y FROM (VALUES (1), (5)) AS a(x) LEFT JOIN (VALUES (2), (3)) AS b(y) ON b.y >= a.x ORDER BY 1, 2""",
    "what comes after the last": """
        SELECT n, lead(n) OVER (ORDER BY n) AS next, lag(n, 2) OVER (ORDER BY n) AS earlier
        FROM (SELECT x, count(*) AS n FROM (VALUES (1), (2), (2), (3), (3), (3)) AS v(x) GROUP BY x) AS counted ORDER BY 1""",
    "the middle of many": f"""
        SELECT median(a.n + 10 * b.n + 100 * c.n + 1000 * d.n), quantile_cont(a.n + 10 * b.n + 100 * c.n + 1000 * d.n, 0.9)
        FROM {_TEN} AS a(n) CROSS JOIN {_TEN} AS b(n) CROSS JOIN {_TEN} AS c(n) CROSS JOIN {_TEN} AS d(n)""",
    "days between days": "SELECT DATE '2026-03-01' - DATE '2026-02-01', DATE '1969-12-31' + 2, date_diff('day', d, e) "
    "FROM (VALUES (DATE '2024-02-28', DATE '2024-03-01')) AS v(d, e)",
    "texts as numbers": "SELECT TRY_CAST(t AS DOUBLE), TRY_CAST(t AS BOOLEAN) "
    "FROM (VALUES (' 12 '), ('+.5e3'), ('5.'), ('1e'), ('-'), (''), ('yes'), ('T'), ('0'), ('2'), (NULL)) AS v(t)",
    "halves as whole numbers": "SELECT CAST(CAST(2.5 AS DOUBLE) AS BIGINT), CAST(CAST(3.5 AS DOUBLE) AS BIGINT), CAST(7 / 2 AS BIGINT)",
    "moments before 1970 and their fractions": """
        SELECT TIMESTAMPTZ '1969-07-20 20:17:40.25+00:00', CAST('2026-03-29 00:59:59.5+00:00' AS TIMESTAMPTZ),
          CAST(DATE '1950-06-01' AS TIMESTAMPTZ), to_timestamp(1767601800.25),
          CAST(TIMESTAMPTZ '2026-03-28 23:30:00+00:00' AS DATE)""",
    "what elapsed over a change of the clocks": """
        SELECT date_diff('second', a, b), date_diff('microsecond', a, b), epoch(b)
        FROM (VALUES (TIMESTAMPTZ '2026-03-28 12:00:00.75+01:00', TIMESTAMPTZ '2026-03-29 12:00:00.5+02:00')) AS v(a, b)""",
    "many rows of a calendar": f"SELECT count(*), min(day), max(day) FROM (VALUES {', '.join(f'({n})' for n in range(1500))}) AS v(n) "
    "CROSS JOIN (VALUES (DATE '2026-01-01')) AS d(day)",
    "unknown beside known": "SELECT NULL - NULL, (NULL) * 2, coalesce(NULL, 1), greatest(NULL, 2), 1 IS DISTINCT FROM NULL",
}


@pytest.mark.parametrize("form", FORMS)
def test_a_form_means_the_same_on_every_engine(form: str, engine: Engine) -> None:
    with duckdb.connect() as connection:
        connection.execute("SET timezone = 'Europe/Paris'")
        expected = connection.execute(FORMS[form]).fetchall()
        found = engine.answer("nobody", "Europe/Paris", connection, FORMS[form], {})
    _agree(engine, found, expected)


def _agree(engine: Engine, found: list[Row], expected: list[Row]) -> None:
    assert len(found) == len(expected)
    for number, (theirs, ours) in enumerate(zip(found, expected, strict=True)):
        assert asking.equal(_cells(ours), _cells(theirs, ours)), f"row {number}: DuckDB {ours}, {engine.dialect} {theirs}"


def _cells(row: tuple[Any, ...], like: tuple[Any, ...] = ()) -> dict[int, Any]:
    """A row to compare: moments in UTC, since Python calls none of the hour that comes twice equal in another zone.

    ClickHouse says 1 and 0 for true and false: beside a truth of DuckDB they are that.
    """
    cells = {place: value.astimezone(UTC) if isinstance(value, datetime) else value for place, value in enumerate(row)}
    truths = {place: bool(cells[place]) for place, ours in enumerate(like) if isinstance(ours, bool) and cells[place] in (0, 1)}
    return cells | truths
