"""A document as one HTML file: nothing is loaded from elsewhere, it prints well, and it follows the reader's light or dark."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape

from pages.components import format as fmt
from pages.components import i18n
from pages.components.asset import asset
from pages.components.chart_model import Chart
from pages.components.export_svg import svg
from pages.components.i18n import _
from pages.components.report import Beside, Chapter, Drawn, Heading, Lead, Listed, Part, Said, Tiles


def html(heading: Heading, parts: Sequence[Part]) -> bytes:
    """The file, in UTF-8."""
    facts = "".join(f"<div><dt>{escape(name)}</dt><dd>{escape(value)}</dd></div>" for name, value in heading.facts)
    body = "".join(_part(part) for part in parts)
    return (
        f'<!doctype html><html lang="{i18n.language()}"><head><meta charset="utf-8">'
        f'<meta name="viewport" content="width=device-width,initial-scale=1"><title>{escape(heading.title)}</title>'
        f"<style>{asset('document.css')}</style></head><body><main><header><h1>{escape(heading.title)}</h1>"
        f"<p>{escape(heading.question)}</p><dl>{facts}</dl></header>{body}</main><footer>{escape(heading.foot)}</footer></body></html>\n"
    ).encode()


def _part(part: Part) -> str:
    if isinstance(part, Chapter):
        return f"<h2>{escape(part.title)}{f' <small>{escape(part.note)}</small>' if part.note else ''}</h2>"
    if isinstance(part, Said):
        return f"<p>{escape(part.text)}</p>"
    if isinstance(part, Lead):
        return f'<p class="lead">{escape(part.text)} {escape(part.counts)}</p>'
    if isinstance(part, Beside):
        return _figure(part.title, part.note, part.charts)
    if isinstance(part, Drawn):
        return _figure(part.chart.title, part.subtitle, (part.chart,))
    return _list(part) if isinstance(part, Listed) else _tiles(part)


def _figure(title: str, note: str, charts: Sequence[Chart]) -> str:
    """Charts with what their lines mean, and below them, closed, their numbers."""
    drawn = "".join(svg(chart, wide=240 + 22 * len(chart.periods)) for chart in charts)
    numbers = "".join(_numbers(chart) for chart in charts)
    said = f"<small>{escape(note)}</small>" if note else ""
    label = _("Numbers")
    return (
        f"<figure><figcaption><h3>{escape(title)}</h3>{said}{_legend(charts[0])}</figcaption>"
        f'<div class="charts">{drawn}</div><details><summary>{escape(label)}</summary>{numbers}</details></figure>'
    )


def _legend(chart: Chart) -> str:
    items = [f'<li class="{series.role}">{escape(series.name)}</li>' for series in chart.series]
    if chart.target is not None:
        aim = _("Target {target}").format(target=chart.text(chart.target))
        items.append(f'<li class="target">{escape(aim)}</li>')
    return f"<ul>{''.join(items)}</ul>"


def _numbers(chart: Chart) -> str:
    columns = (_("Period"), *(series.name for series in chart.series))
    rows = [
        (period.long, *(fmt.full(series.values[place], chart.format, chart.currency) for series in chart.series))
        for place, period in enumerate(chart.periods)
    ]
    return _table(chart.title, columns, rows, range(1, len(columns)))


def _list(part: Listed) -> str:
    title = f"<h3>{escape(part.title)}</h3>" if part.title else ""
    said = f"<p>{escape(part.said)}</p>" if part.said else ""
    return f"{title}{said}{_table(part.title, part.columns, part.rows, part.numbers)}"


def _tiles(part: Tiles) -> str:
    columns = (_("Metric"), _("Value"), _("Change"), _("Note"))
    return _table("", columns, [(tile.label, tile.value, tile.delta, tile.note) for tile in part.tiles], (1, 2))


def _table(title: str, columns: Sequence[str], rows: Sequence[Sequence[str]], flush: Sequence[int]) -> str:
    def cell(name: str, place: int, text: str) -> str:
        kind = ' class="number"' if place in flush else ""
        return f"<{name}{kind}>{escape(text)}</{name.split()[0]}>"

    head = "".join(cell('th scope="col"', place, text) for place, text in enumerate(columns))
    body = "".join(f"<tr>{''.join(cell('td', place, text) for place, text in enumerate(row))}</tr>" for row in rows)
    named = f' aria-label="{escape(title)}"' if title else ""
    # Where the window is narrow the table is moved sideways, also with the keyboard.
    inner = f"<table{named}><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>"
    label = title or _("Table")
    return f'<div class="table" tabindex="0" role="region" aria-label="{escape(label)}">{inner}</div>'
