"""Reviews: frozen ones, comments, actions."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

MOMENT = sa.DateTime(timezone=True)


def upgrade() -> None:
    """From the version before to this one."""
    _table(
        "review_snapshot",
        _text("template", 100), _text("label", 200), _day("first"), _day("last"),
        sa.Column("generation", sa.Integer(), nullable=True),
        _text("definitions", 64), _text("content"), _text("made_of", 64),
        indexed=("template", "last", "made_of"),
    )  # fmt: skip
    _table("review_comment", _text("review", 120), _text("section", 200), _text("metric", 200), _text("text"), indexed=("review",))
    _table(
        "review_action",
        _text("template", 100), _day("raised"), _text("text"), _text("owner", 200), _day("due", nullable=True), _text("state", 10),
        sa.Column("closed_at", MOMENT, nullable=True), _text("closed_by", 200),
        indexed=("template",),
    )  # fmt: skip


def _text(name: str, longest: int | None = None) -> sa.Column[str]:
    return sa.Column(name, sa.String(longest) if longest else sa.Text(), nullable=False)


def _day(name: str, *, nullable: bool = False) -> sa.Column[Any]:
    return sa.Column(name, sa.Date(), nullable=nullable)


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
