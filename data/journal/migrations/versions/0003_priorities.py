"""Priorities: candidates written by hand, values over the data's, what was chosen."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

MOMENT = sa.DateTime(timezone=True)


def upgrade() -> None:
    """From the version before to this one."""
    _table("priority_item", _text("kind", 20), _text("ref", 200), _text("name", 200), _text("feature_id", 200, nullable=True))
    _table(
        "priority_value",
        _text("framework", 100), _text("candidate", 500), _text("field", 100), sa.Column("value", sa.Double(), nullable=True),
        _text("reason"), sa.Column("told", sa.JSON(), nullable=True), _text("undoes", 32, nullable=True),
        indexed=("candidate",),
    )  # fmt: skip
    _table(
        "priority_choice",
        _text("candidate", 500),
        _text("name", 200),
        sa.Column("chosen", sa.Boolean(), nullable=False),
        _text("reason"),
        sa.Column("features", sa.JSON(), nullable=False),
        sa.Column("since", sa.Date(), nullable=True),
        sa.Column("until", sa.Date(), nullable=True),
        sa.Column("generation", sa.Integer(), nullable=False),
        sa.Column("frozen", sa.JSON(), nullable=False),
        indexed=("candidate",),
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
