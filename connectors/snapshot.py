"""A database as it is asked: one read-only transaction that sees one moment, and queries as streams of CSV lines.

PostgreSQL writes the lines itself (COPY); of any other that SQLAlchemy knows the rows are written here, as they come.
"""

from __future__ import annotations

import csv
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from datetime import datetime
from decimal import Decimal
from pathlib import Path
from typing import Any
from urllib.parse import quote, quote_plus

import psycopg
import sqlalchemy as sa
from sqlalchemy.dialects import postgresql
from sqlalchemy.engine import URL, Connection, make_url
from sqlalchemy.exc import ArgumentError, NoSuchModuleError, SQLAlchemyError
from sqlalchemy.pool import NullPool

from connectors.queries import NULL
from data.errors import Problem

#: What a database can raise while it is asked.
ERRORS = (SQLAlchemyError, psycopg.Error)
_ROWS = 5_000
_TYPES = {16: "BOOLEAN", 20: "BIGINT", 21: "BIGINT", 23: "BIGINT", 700: "DOUBLE", 701: "DOUBLE"}
_TYPES |= {1082: "DATE", 1114: "TIMESTAMP", 1184: "TIMESTAMPTZ"}
_NUMERIC = 1700
# Values are written alike whatever the server's or the role's own settings are.
_SETTINGS = ("DateStyle = ISO", "TimeZone = 'UTC'", "bytea_output = hex", "standard_conforming_strings = on", "synchronize_seqscans = off")


class Snapshot:
    """A connection whose every answer is of the same moment."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._is_postgres = connection.dialect.name == "postgresql"

    @contextmanager
    def apart(self) -> Iterator[None]:
        """A part of the transaction, after whose failure the rest goes on."""
        part = self._connection.begin_nested()
        try:
            yield
        except BaseException:
            with suppress(*ERRORS):  # when the connection is lost, what came first is told
                part.rollback()
            raise
        part.commit()

    def table(self, name: str) -> str:
        """A table's name in SQL, as a query."""
        quoted = ".".join(self._connection.dialect.identifier_preparer.quote(part) for part in name.split("."))
        return f"SELECT * FROM {quoted}"

    def columns(self, query: str) -> list[tuple[str, str | None]]:
        """The query's columns, and their types as the warehouse names them where the database tells them for sure."""
        with self._connection.execute(self._select(query, "1 = 0")) as result:
            described = result.cursor.description if result.cursor else ()
            names = list(result.keys())
        if not self._is_postgres:
            return [(name, None) for name in names]
        return [(name, _type(told)) for name, told in zip(names, described or (), strict=True)]

    def latest(self, query: str, column: str) -> Any:
        """The greatest value of a column; PostgreSQL's as it writes it, since its times reach farther than ours."""
        greatest = f"max({self.quoted(column)})"
        if self._is_postgres and dict(self.columns(query))[column] not in ("BIGINT", "DOUBLE"):
            greatest = f"CAST({greatest} AS text)"
        return self._connection.execute(sa.text(f"SELECT {greatest} FROM ({_escaped(query)}) q_")).scalar()

    def empty(self, query: str, column: str) -> int:
        """In how many rows a column has no value."""
        statement = f"SELECT count(*) FROM ({_escaped(query)}) q_ WHERE {self.quoted(column)} IS NULL"
        return int(self._connection.execute(sa.text(statement)).scalar() or 0)

    def quoted(self, column: str) -> str:
        """A column's name in SQL."""
        return str(self._connection.dialect.identifier_preparer.quote(column))

    def lines(self, query: str, where: str | None = None, order: str | None = None, limit: int | None = None) -> Iterator[bytes]:
        """The rows as lines of CSV, in constant memory."""
        statement = self._select(query, where, order, limit)
        if self._is_postgres:
            return self._copied(statement)
        return self._written(statement)

    def _select(self, query: str, where: str | None = None, order: str | None = None, limit: int | None = None) -> sa.Select[Any]:
        found = sa.select(sa.text("*")).select_from(sa.text(f"({_escaped(query)}) q_"))
        found = found.where(sa.text(where.replace(":", r"\:"))) if where else found
        found = found.order_by(sa.text(order)) if order else found
        return found.limit(limit) if limit else found

    def _copied(self, statement: sa.Select[Any]) -> Iterator[bytes]:
        plain = postgresql.dialect(paramstyle="named")  # COPY takes no parameters, so that no sign needs to be written twice
        text = str(statement.compile(dialect=plain, compile_kwargs={"literal_binds": True}))
        driver: Any = self._connection.connection.driver_connection
        with driver.cursor() as cursor, cursor.copy(f"COPY ({text}) TO STDOUT (FORMAT csv, NULL '{NULL}')") as copy:
            yield from copy

    def _written(self, statement: sa.Select[Any]) -> Iterator[bytes]:
        writer = csv.writer(_Echo(), lineterminator="\n")
        with self._connection.execution_options(stream_results=True, max_row_buffer=_ROWS).execute(statement) as result:
            for rows in result.partitions(_ROWS):
                for row in rows:
                    yield writer.writerow([as_text(value) for value in row]).encode()


@contextmanager
def opened(url: str, root: Path) -> Iterator[Snapshot]:
    """The database at `url`, in a transaction that only reads. Raises Problem for an address that is none, ERRORS for others."""
    address = _address(url, root)
    patience = {"connect_timeout": 30} if address.drivername == "postgresql+psycopg" and "connect_timeout" not in address.query else {}
    engine = sa.create_engine(address, poolclass=NullPool, hide_parameters=True, connect_args=patience)
    try:
        with engine.connect() as connection:
            yield Snapshot(_reading(connection))
    finally:
        engine.dispose()


def told(error: BaseException, url: str) -> str:
    """What a database says, in one line and without the secret address or the password in it."""
    lines = str(getattr(error, "orig", None) or error).strip().splitlines()
    text = lines[0] if lines else type(error).__name__
    for secret in _secrets(url):
        text = text.replace(secret, "…")
    return text


def as_text(value: Any) -> str:
    """A value as it is written where PostgreSQL does not write it."""
    if value is None:
        return NULL
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, datetime):
        return value.isoformat(" ")
    if isinstance(value, Decimal):
        return format(value, "f")
    return bytes(value).hex() if isinstance(value, bytes | memoryview) else str(value)


class _Echo:
    """A file that gives back what is written into it."""

    def write(self, text: str) -> str:
        return text


def _reading(connection: Connection) -> Connection:
    name = connection.dialect.name
    if name == "postgresql":
        connection = connection.execution_options(isolation_level="REPEATABLE READ", postgresql_readonly=True)
        for setting in _SETTINGS:
            connection.exec_driver_sql(f"SET LOCAL {setting}")
    elif name == "sqlite":
        connection.exec_driver_sql("BEGIN")
    elif "REPEATABLE READ" in connection.dialect.get_isolation_level_values(connection.connection.dbapi_connection):  # type: ignore[arg-type]
        connection = connection.execution_options(isolation_level="REPEATABLE READ")
    return connection


def _address(url: str, root: Path) -> URL:
    try:
        found = make_url(url)
        if found.drivername in ("postgres", "postgresql"):
            found = found.set(drivername="postgresql+psycopg")
        found.get_dialect().import_dbapi()
    except NoSuchModuleError:
        raise Problem("url names a kind of database that is not known here", remedy="Install its dialect of SQLAlchemy.") from None
    except (ArgumentError, ValueError):
        raise Problem("url is not the address of a database", remedy="Such as postgresql://reader:PASSWORD@db.example:5432/app.") from None
    except ModuleNotFoundError as error:
        raise Problem(f"the driver {error.name} is not installed", remedy=f"pip install {error.name}") from None
    if found.get_backend_name() == "sqlite" and found.database:
        path = (root / found.database).resolve()
        if not path.is_file():
            raise Problem("url names a file that is not there", remedy="Relative paths start in the workspace.")
        return found.set(database=f"file:{quote(str(path))}", query={"mode": "ro", "uri": "true"})
    return found


def _secrets(url: str) -> Sequence[str]:
    """The address, and the password as it may stand in a message; the longest first."""
    try:
        password = make_url(url).password
    except (ArgumentError, ValueError):
        password = None
    found = {url, str(password), quote(str(password)), quote_plus(str(password))} if password else {url}
    return sorted((each for each in found if each), key=len, reverse=True)


def _escaped(query: str) -> str:
    """A query in which `:name` is no parameter."""
    return query.strip().rstrip(";").replace(":", r"\:")


def _type(told: Any) -> str | None:
    if told.type_code == _NUMERIC and told.precision and 0 <= (told.scale or 0) <= told.precision <= 38:
        return f"DECIMAL({told.precision},{told.scale or 0})"
    return _TYPES.get(told.type_code)
