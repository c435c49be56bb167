"""Runs the migrations on the connection that `data.journal.migrate` opened."""

from __future__ import annotations

from alembic import context

from data.journal.base import Base

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=Base.metadata,
    render_as_batch=True,  # SQLite alters a table by copying it
)
with context.begin_transaction():
    context.run_migrations()
