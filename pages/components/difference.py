"""Two versions of a text: the lines that came and went, told apart by sign, word and colour."""

from __future__ import annotations

from html import escape

import streamlit as st

from pages.components.i18n import _


def difference(unified: str) -> None:
    """Draws a unified diff without its head of file names."""
    lines = [line for line in unified.splitlines() if not line.startswith(("---", "+++", "@@"))]
    said = _("What changes, line by line")
    st.html(f'<div class="tv-diff" role="group" aria-label="{escape(said)}">{"".join(map(_line, lines))}</div>')


def _line(line: str) -> str:
    tag = {"+": "ins", "-": "del"}.get(line[:1], "span")
    sign = {"ins": "+", "del": "−"}.get(tag, " ")
    return f"<{tag}><i>{sign}</i>{escape(line[1:])}</{tag}>"
