"""All metrics of a workspace as one document, Markdown or a web page, for those who have no access to the app."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from html import escape
from itertools import groupby
from pathlib import Path

from markdown_it import MarkdownIt

from metrics.definition import Metric
from metrics.explain import definition, lineage, readings
from metrics.related import confusable, used_by

_STYLE = """
:root { color-scheme: light dark; }
body { font: 16px/1.55 Inter, system-ui, sans-serif; max-width: 52rem; margin: 2rem auto; padding: 0 1rem; }
h2 { margin-top: 3rem; border-bottom: 1px solid #8885; }
h3 { margin: 2.2rem 0 .3rem; }
pre { background: #8881; padding: .7rem 1rem; border-radius: 8px; overflow-x: auto; font-size: .85rem; }
@media print { h3, pre { break-inside: avoid; } }
"""


def markdown(company: str, known: Mapping[str, Metric]) -> str:
    """A chapter for each file of definitions, a section for each metric, those of a file as they are defined in it."""
    said = [f"# Metrics of {_plain(company)}", ""]
    for file, metrics in groupby(_ordered(known), key=lambda metric: metric.file):
        said += [f"## {_plain(Path(file).stem.replace('_', ' ').capitalize())}", ""]
        for metric in metrics:
            said += [*_section(metric, known), ""]
    return "\n".join(said)


def html(company: str, known: Mapping[str, Metric]) -> str:
    """The same as a web page that stands alone; what definitions say is text there, never markup."""
    parser = MarkdownIt("commonmark", {"html": False})
    tokens, ordered = parser.parse(markdown(company, known)), iter(_ordered(known))
    for token in tokens:
        if token.type == "heading_open" and token.tag == "h3":  # one for each metric, in their order
            token.attrSet("id", next(ordered).name)
    body, title = parser.renderer.render(tokens, parser.options, {}), escape(f"Metrics of {company}")
    return f'<!doctype html><html lang="en"><meta charset="utf-8"><title>{title}</title><style>{_STYLE}</style><body>{body}</body></html>\n'


def _ordered(known: Mapping[str, Metric]) -> list[Metric]:
    """File by file, the files as they are first met: a definition may stand in the place of another file's."""
    files = list(dict.fromkeys(metric.file for metric in known.values()))
    return sorted(known.values(), key=lambda metric: files.index(metric.file))


def _section(metric: Metric, known: Mapping[str, Metric]) -> list[str]:
    said = [f"### {_plain(metric.label)}", "", _plain(metric.description or "No description."), ""]
    facts = {
        "Name": f"`{metric.name}`",
        "Owner": _plain(metric.owner or "nobody"),
        "Good": metric.good,
        "Also called": _plain(", ".join(metric.synonyms)),
        "Counts rows of": ", ".join(dict.fromkeys(lineage(metric.name, known).values())),
        "Made of": _links(metric.parts, known),
        "Driven by": _links(metric.drivers, known),
        "Used by": _links(used_by(metric.name, known), known),
        "Not to be confused with": _links(confusable(metric.name, known), known),
        "Reading": _plain(" ".join(readings((metric.name,), known).values())),
        "Targets": ", ".join(f"{period}: {value:g}" for period, value in metric.targets.items()),
    }
    return [*said, *(f"- {name}: {text}" for name, text in facts.items() if text), "", "```yaml", definition(metric).rstrip(), "```"]


def _links(names: Iterable[str], known: Mapping[str, Metric]) -> str:
    return ", ".join(f"[{_plain(known[name].label)}](#{name})" for name in names if name in known)


def _plain(text: str) -> str:
    """A text whose signs mean nothing to Markdown, in one line."""
    line = "".join(f"\\{sign}" if sign in "\\`*_{}[]<>#|!&~" else sign for sign in " ".join(text.split()))
    return re.sub(r"^(\d*)([.)+=-])", r"\1\\\2", line)  # what would begin a list or a line
