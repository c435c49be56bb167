"""The SQL that the layer shows gives the same rows on PostgreSQL and on ClickHouse, cell by cell."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import pytest

from tests import asking, case_files, engines
from tests.case_files import Case
from tests.engines import Engine
from tests.machine import postgres_programs

ANSWERED = [case for case in case_files.every() if case.problem is None]

# One process for each engine: it can hold only one ClickHouse, and the companies are copied once.
ENGINES = [pytest.param(name, marks=pytest.mark.xdist_group(name)) for name in ("postgres", "clickhouse")]


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
