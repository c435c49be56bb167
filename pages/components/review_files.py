"""A review as a file, or as what a page of Notion is made of; in the language that is spoken around it.

A frozen one gives the same bytes each time, however late: nothing is taken from the clock.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from data.journal import Snapshot
from metrics.insight.review.model import Review
from pages.components.export_html import html as _html
from pages.components.export_markdown import across
from pages.components.export_markdown import markdown as _markdown
from pages.components.report import Beside, Chapter, Listed, Part, Said
from pages.components.review_parts import heading, parts


def html(review: Review, frozen: Snapshot | None = None) -> bytes:
    """One HTML file."""
    return _html(heading(review, frozen), parts(review))


def markdown(review: Review, frozen: Snapshot | None = None) -> bytes:
    """One Markdown file."""
    return _markdown(heading(review, frozen), parts(review))


def pdf(review: Review, frozen: Snapshot | None = None) -> bytes:
    """A PDF on A4."""
    from pages.components.export_pdf import pdf as made  # matplotlib takes a while to import: only whoever wants one waits

    return made(heading(review, frozen), parts(review))


#: What writes a review as a file of each form.
WRITERS: dict[str, Callable[..., bytes]] = {"html": html, "pdf": pdf, "markdown": markdown}


def blocks(review: Review, frozen: Snapshot | None = None) -> list[dict[str, Any]]:
    """The review as plain blocks, such as a job can carry: `heading`, `text`, and `table` with its `rows`, the head first."""
    told = heading(review, frozen)
    said = [{"kind": "text", "text": told.question}, {"kind": "text", "text": " · ".join(f"{name}: {value}" for name, value in told.facts)}]
    return [*said, *(block for part in parts(review) for block in _blocks(part))]


def _blocks(part: Part) -> list[dict[str, Any]]:
    if isinstance(part, Chapter):
        return [_text("heading", part.title, 2), *([_text("text", part.note)] if part.note else [])]
    if isinstance(part, Said):
        return [_text("text", part.text)]
    if isinstance(part, Listed):
        return [*_titled(part.title, part.said), _table(part.columns, part.rows)]
    if isinstance(part, Beside):
        return [*_titled(part.title, part.note), *(_table(*across(chart)) for chart in part.charts)]
    return []


def _titled(title: str, note: str) -> list[dict[str, Any]]:
    return [*([_text("heading", title, 3)] if title else []), *([_text("text", note)] if note else [])]


def _text(kind: str, text: str, level: int = 0) -> dict[str, Any]:
    return {"kind": kind, "text": text} | ({"level": level} if level else {})


def _table(columns: Sequence[str], rows: Sequence[Sequence[str]]) -> dict[str, Any]:
    return {"kind": "table", "rows": [list(columns), *(list(row) for row in rows)]}
