"""A document as Markdown: headings, paragraphs and tables; what people wrote is text there, never markup."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from pages.components import format as fmt
from pages.components.chart_model import Chart
from pages.components.i18n import _
from pages.components.report import Beside, Chapter, Drawn, Heading, Lead, Listed, Part, Said

_SIGNS = re.compile(r"([\\`*_{}\[\]<>#|~])")


def markdown(heading: Heading, parts: Sequence[Part]) -> bytes:
    """The file, in UTF-8."""
    facts = " · ".join(f"{name}: {_plain(value)}" for name, value in heading.facts)
    lines = [f"# {_plain(heading.title)}", "", _plain(heading.question), "", facts, ""]
    for part in parts:
        lines += [*_part(part), ""]
    return ("\n".join(lines).rstrip() + "\n").encode()


def _part(part: Part) -> Iterator[str]:
    if isinstance(part, Chapter):
        yield f"## {_plain(part.title)}"
        if part.note:
            yield from ("", _plain(part.note))
    elif isinstance(part, Said | Lead):
        yield _plain(part.text)
    elif isinstance(part, Beside | Drawn):
        yield from _charts(part)
    elif isinstance(part, Listed):
        yield from ([f"### {_plain(part.title)}", ""] if part.title else [])
        yield from ([_plain(part.said), ""] if part.said else [])
        yield from _table(part.columns, part.rows, part.numbers)
    else:
        rows = [(tile.label, tile.value, tile.delta, tile.note) for tile in part.tiles]
        yield from _table((_("Metric"), _("Value"), _("Change"), _("Note")), rows, (1, 2))


def _charts(part: Beside | Drawn) -> Iterator[str]:
    title, note, charts = (
        (part.title, part.note, part.charts) if isinstance(part, Beside) else (part.chart.title, part.subtitle, (part.chart,))
    )
    yield f"### {_plain(title)}"
    if note:
        yield from ("", _plain(note))
    for chart in charts:
        columns, rows = across(chart)
        yield ""
        yield from _table(columns, rows, range(1, len(columns)))


def across(chart: Chart) -> tuple[tuple[str, ...], tuple[tuple[str, ...], ...]]:
    """A chart's numbers as a table with its periods beside each other: a row a series. An unfinished period has a star."""
    columns = ("", *(period.short + ("" if period.complete else " *") for period in chart.periods))
    rows = [(series.name, *(fmt.short(value, chart.format, chart.currency) for value in series.values)) for series in chart.series]
    return columns, tuple(rows)


def _table(columns: Sequence[str], rows: Sequence[Sequence[str]], flush: Sequence[int]) -> Iterator[str]:
    yield f"| {' | '.join(map(_plain, columns))} |"
    yield f"|{'|'.join('---:' if place in flush else '---' for place in range(len(columns)))}|"
    for row in rows:
        yield f"| {' | '.join(map(_plain, row))} |"


def _plain(text: str) -> str:
    line = _SIGNS.sub(r"\\\1", " ".join(text.split()))
    return re.sub(r"^(\d*)([.)+=-])(?=\s)", r"\1\\\2", line)  # what would begin a list
