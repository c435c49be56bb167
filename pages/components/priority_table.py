"""The candidates as a table: on the page, and to take away as CSV, XLSX and Markdown, in the order of the page."""

from __future__ import annotations

import pandas as pd

from metrics.insight.priorities import Cell, Ranking, Row
from metrics.insight.priorities.fields import Field
from pages.components import format as fmt
from pages.components import roster
from pages.components.board import Board
from pages.components.export import Sheet
from pages.components.export_facts import around
from pages.components.i18n import _
from pages.components.priority_words import KINDS, label, missing, note, spoken, value
from pages.components.roster import Heading, Line

SCORE, NAME = "score", "name"


def headings(ranking: Ranking) -> list[Heading]:
    """The columns: candidate, score, fields."""
    fields = [
        Heading(one.name, spoken(one.label), spoken=f"{label(one)}: {spoken(one.description)}") for one in ranking.framework.fields.values()
    ]
    return [Heading(NAME, _("Candidate"), number=False), Heading(SCORE, _("Score")), *fields]


def ordered(ranking: Ranking, column: str, falling: bool) -> list[Row]:
    """The rows by a column; those without a value come last either way."""
    if column == NAME:
        return sorted(ranking.rows, key=lambda row: row.candidate.name.lower(), reverse=falling)

    def number(row: Row) -> float | None:
        return row.score if column == SCORE else row.cells[column].value

    told = [row for row in ranking.rows if number(row) is not None]
    told.sort(key=lambda row: number(row) or 0.0, reverse=falling)
    return told + [row for row in ranking.rows if number(row) is None]


def lines(board: Board, ranking: Ranking, rows: list[Row], chosen: set[str]) -> list[Line]:
    """The rows as the roster draws them; each leads to its candidate."""
    fields = tuple(ranking.framework.fields.values())
    counted = tuple(field for field in fields if field.name in ranking.framework.counted)
    return [_line(board, row, fields, counted, row.candidate.key in chosen) for row in rows]


def sheet(board: Board, ranking: Ranking, rows: list[Row], chosen: set[str]) -> Sheet:
    """The rows with where each value comes from, and what the table says about itself."""
    framework = ranking.framework
    title = _("Priorities by {framework}").format(framework=spoken(framework.label))
    facts = [
        (_("Title"), title),
        (_("Formula"), framework.formula.text),
        (_("Source of the framework"), spoken(framework.source)),
        *((label(one), spoken(one.description)) for one in framework.fields.values()),
        *around(board),
    ]
    formats = {label(one): one.format for one in framework.fields.values()}
    return Sheet(title, frame(board, ranking, rows, chosen), facts, {**formats, _("Score"): "decimal"}, board.currency, board.zone)


def frame(board: Board, ranking: Ranking, rows: list[Row], chosen: set[str]) -> pd.DataFrame:
    """One row a candidate; beside each field where its value comes from."""
    columns: dict[str, list[object]] = {
        _("Rank"): [row.rank for row in rows],
        _("Candidate"): [row.candidate.name for row in rows],
        _("Kind"): [_(KINDS[row.candidate.kind]) for row in rows],
        _("Chosen"): [_("yes") if row.candidate.key in chosen else "" for row in rows],
        _("Score"): [row.score for row in rows],
    }
    for field in ranking.framework.fields.values():
        columns[label(field)] = [row.cells[field.name].value for row in rows]
        columns[_("{field}: source").format(field=spoken(field.label))] = [note(board, row.cells[field.name]) for row in rows]
    return pd.DataFrame({name: pd.Series(values, dtype=object) for name, values in columns.items()})


def markdown(board: Board, ranking: Ranking, rows: list[Row]) -> bytes:
    """The table as Markdown: each value with its source in brackets, the formula and the span below."""
    framework = ranking.framework
    names = [_("Rank"), _("Candidate"), _("Kind"), _("Score"), *(label(one) for one in framework.fields.values())]
    table = [names, ["---:", "---", "---", "---:", *["---:"] * len(framework.fields)]]
    for row in rows:
        values = [_with_source(board, field, row.cells[field.name]) for field in framework.fields.values()]
        table.append([str(row.rank or ""), row.candidate.name, _(KINDS[row.candidate.kind]), fmt.full(row.score), *values])
    said = "\n".join(f"| {' | '.join(map(_cell, line))} |" for line in table)
    title = _("Priorities by {framework}").format(framework=spoken(framework.label))
    facts = "\n".join(f"- {name}: {told}" for name, told in around(board))
    return f"# {title}\n\n{said}\n\n`{framework.formula.text}` · {spoken(framework.source)}\n\n{facts}\n".encode()


def _line(board: Board, row: Row, fields: tuple[Field, ...], counted: tuple[Field, ...], chosen: bool) -> Line:
    lacks = missing(row, counted)
    below = _("needs {fields}").format(fields=", ".join(lacks)) if lacks else ""
    score = roster.Cell(fmt.full(row.score), note=below or _("place {rank}").format(rank=row.rank))
    said = " · ".join([_(KINDS[row.candidate.kind]), *([_("chosen")] if chosen else [])])
    cells = [
        roster.Cell(value(board, one, row.cells[one.name].value), note=note(board, row.cells[one.name]), origin=row.cells[one.name].origin)
        for one in fields
    ]
    return Line(row.candidate.key, row.candidate.name, said, f"priorities?candidate={row.candidate.key}", (score, *cells))


def _with_source(board: Board, field: Field, cell: Cell) -> str:
    return f"{value(board, field, cell.value)} ({note(board, cell)})"


def _cell(text: str) -> str:
    return text.replace("\\", "\\\\").replace("|", "\\|").replace("\n", " ")
