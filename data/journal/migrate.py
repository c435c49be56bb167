"""Brings the tables of a journal up to this version; what is in them stays."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from filelock import FileLock
from sqlalchemy import Connection, Engine, text

from data.errors import Problem

_HERE = Path(__file__).with_name("migrations")
#: Any number that nothing else takes: two servers that start at once do not both migrate.
_ADVISORY = 7_312_026


def config() -> Config:
    """What Alembic needs to find the migrations."""
    made = Config()
    made.set_main_option("script_location", str(_HERE))
    return made


def upgrade(engine: Engine) -> None:
    """Makes the tables, or brings them up to this version. Raises Problem for a journal that a newer version wrote."""
    settings = config()
    scripts = ScriptDirectory.from_config(settings)
    with _alone(engine), engine.begin() as connection:
        if engine.dialect.name == "postgresql":
            connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": _ADVISORY})
        found = MigrationContext.configure(connection).get_current_revision()
        if found == scripts.get_current_head():
            return
        if found is not None and found not in {script.revision for script in scripts.walk_revisions()}:
            raise Problem(
                f"the journal was written by a newer version ({found})",
                engine.url.render_as_string(hide_password=True),
                remedy="Install that version, or name another journal by TRANSVERSE_JOURNAL.",
            )
        _run(settings, connection)


def _run(settings: Config, connection: Connection) -> None:
    settings.attributes["connection"] = connection
    command.upgrade(settings, "head")


@contextmanager
def _alone(engine: Engine) -> Iterator[None]:
    """Holds the lock beside the file of SQLite, whose DDL no transaction of another process waits for."""
    if engine.dialect.name != "sqlite" or not engine.url.database or engine.url.database == ":memory:":
        yield
        return
    with FileLock(f"{engine.url.database}.lock", timeout=60):
        yield
