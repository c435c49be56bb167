"""What is wrong with a definition that is being typed, each with its place and what would be right."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape

import streamlit as st

from metrics.validate import Finding
from pages.components.i18n import N_, _
from pages.components.relay import relayed

_LEVELS = {"error": N_("Wrong"), "warning": N_("To mend")}


def show(found: Sequence[Finding], above: int = 0) -> None:
    """Draws the list; `above` are the lines of the file that stand above the text."""
    if not found:
        return
    rows = []
    for one in found:
        place = ""
        if one.problem.line:
            where = _("line {line}").format(line=one.problem.line)
            place = f"{where} · <code>{escape(f'{one.problem.file}:{one.problem.line + above}')}</code>"
        remedy = f" {escape(relayed(one.problem.remedy))}" if one.problem.remedy else ""
        said = f"<b>{escape(_(_LEVELS[one.level]))}</b><span>{escape(relayed(one.problem.message))}.{remedy}</span><small>{place}</small>"
        rows.append(f'<li class="{one.level}">{said}</li>')
    st.html(f'<div role="status"><ul class="tv-lint">{"".join(rows)}</ul></div>')
