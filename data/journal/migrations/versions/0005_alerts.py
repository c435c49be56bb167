"""Alerts: what fired, the messages about it, snoozes, and how the last run of each rule went."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

MOMENT = sa.DateTime(timezone=True)


def upgrade() -> None:
    """From the version before to this one."""
    _table(
        "alert",
        _text("rule", 100),
        _text("member", 400),
        _text("period", 10),
        _text("state", 10),
        sa.Column("size", sa.Double(), nullable=False),
        sa.Column("facts", sa.JSON(), nullable=False),
        sa.Column("waiting", sa.JSON(), nullable=False),
        sa.Column("acknowledged_at", MOMENT, nullable=True),
        _text("acknowledged_by", 200),
        sa.UniqueConstraint("rule", "member", "period", name="uq_alert_rule_member_period"),
        indexed=("rule",),
    )
    _table(
        "alert_delivery",
        _text("key", 200),
        _text("channel", 100),
        _text("kind", 10),
        sa.Column("message", sa.JSON(), nullable=False),
        sa.Column("alerts", sa.JSON(), nullable=False),
        _text("state", 10),
        sa.Column("tries", sa.Integer(), nullable=False),
        sa.Column("held_until", MOMENT, nullable=True),
        sa.Column("sent_at", MOMENT, nullable=True),
        _text("error", nullable=True),
        sa.UniqueConstraint("key", name="uq_alert_delivery_key"),
        indexed=("state",),
    )
    _table(
        "alert_snooze",
        _text("rule", 100), _text("member", 400, nullable=True), sa.Column("until", MOMENT, nullable=False), _text("reason"),
        indexed=("rule",),
    )  # fmt: skip
    _table(
        "alert_check",
        _text("rule", 200),
        sa.Column("ran_at", MOMENT, nullable=False),
        _text("reached", 40),
        _text("code", 20),
        _text("said"),
        sa.Column("since", MOMENT, nullable=True),
        sa.UniqueConstraint("rule", name="uq_alert_check_rule"),
    )


def _text(name: str, longest: int | None = None, *, nullable: bool = False) -> sa.Column[str]:
    return sa.Column(name, sa.String(longest) if longest else sa.Text(), nullable=nullable)


def _table(name: str, *columns: Any, indexed: tuple[str, ...] = ()) -> None:
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
