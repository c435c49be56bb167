"""The first tables: annotations, segments, saved views, targets, the history of definitions, jobs."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

MOMENT = sa.DateTime(timezone=True)


def upgrade() -> None:
    """From nothing to this version."""
    _table("annotation", sa.Column("day", sa.Date(), nullable=False), _text("text"), _text("metric", 200, nullable=True), indexed=("day",))
    _table("segment", _text("name", 200), _text("origin"), sa.Column("accounts", sa.JSON(), nullable=False))
    _table("saved_view", _text("name", 200), _text("page", 100), _text("asked"))
    _table(
        "target",
        _text("metric", 200), _text("period", 10), sa.Column("value", sa.Double(), nullable=True), _text("reason"),
        indexed=("metric",),
    )  # fmt: skip
    _table(
        "definition_change",
        _text("name", 200), _text("file", 400), _text("before", nullable=True), _text("after", nullable=True), _text("reason"),
        indexed=("name",),
    )  # fmt: skip
    _table(
        "job",
        _text("kind", 50),
        sa.Column("arguments", sa.JSON(), nullable=False),
        _text("key", 200),
        _text("state", 10),
        sa.Column("tries", sa.Integer(), nullable=False),
        sa.Column("share", sa.Double(), nullable=False),
        _text("step"),
        sa.Column("held_until", MOMENT, nullable=True),
        sa.Column("started_at", MOMENT, nullable=True),
        sa.Column("ended_at", MOMENT, nullable=True),
        sa.Column("result", sa.JSON(), nullable=True),
        _text("error", nullable=True),
        indexed=("key", "state"),
    )


def _text(name: str, longest: int | None = None, *, nullable: bool = False) -> sa.Column[str]:
    return sa.Column(name, sa.String(longest) if longest else sa.Text(), nullable=nullable)


def _table(name: str, *columns: sa.Column[Any], indexed: tuple[str, ...] = ()) -> None:
    """A table with what every entry has."""
    op.create_table(
        name,
        _text("id", 32),
        _text("author", 200),
        sa.Column("written_at", MOMENT, nullable=False),
        sa.Column("removed_at", MOMENT, nullable=True),
        *columns,
        sa.PrimaryKeyConstraint("id", name=f"pk_{name}"),
    )
    for column in indexed:
        op.create_index(f"ix_{name}_{column}", name, [column])
