"""A text to write YAML in: its lines are numbered, and those that are wrong are marked as it is typed."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape

import streamlit as st

from metrics.validate import Finding
from pages.components.asset import asset
from pages.components.i18n import N_, _

#: The height of the text with its label, in yaml_text.css.
HEIGHT = 456
_LEVELS = {"error": N_("Wrong"), "warning": N_("To mend")}


def yaml_text(label: str, text: str, *, key: str, version: str, marks: Sequence[tuple[int, str]] = ()) -> str:
    """Draws the text and gives what it says now. Another `version` shows `text` anew; `marks` are lines with `error` or `warning`."""
    data = {"label": label, "text": text, "version": version, "marks": [list(mark) for mark in marks]}
    found = _text(key=key, data=data, default={"text": text}, height=HEIGHT, on_text_change=lambda: None)
    return str(found.text)


def findings(found: Sequence[Finding], above: int) -> None:
    """What is wrong, each with its place and what would be right; `above` are the lines of the file above the text."""
    if not found:
        return
    rows = []
    for one in found:
        place = ""
        if one.problem.line:
            where = _("line {line}").format(line=one.problem.line)
            place = f"{where} · <code>{escape(f'{one.problem.file}:{one.problem.line + above}')}</code>"
        remedy = f" {escape(one.problem.remedy)}" if one.problem.remedy else ""
        said = f"<b>{escape(_(_LEVELS[one.level]))}</b><span>{escape(one.problem.message)}.{remedy}</span><small>{place}</small>"
        rows.append(f'<li class="{one.level}">{said}</li>')
    st.html(f'<div role="status"><ul class="tv-lint">{"".join(rows)}</ul></div>')


_text = st.components.v2.component(
    "transverse_yaml_text",
    html='<div class="sheet"><label for="yaml"></label><div class="room"><ol aria-hidden="true"></ol>'
    '<textarea id="yaml" spellcheck="false" autocapitalize="off" autocomplete="off"></textarea></div></div>',
    css=asset("yaml_text.css"),
    js=asset("yaml_text.js"),
)
