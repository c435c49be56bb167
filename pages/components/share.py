"""Taking a page away: as a PDF made from its data, or printed as it stands."""

from __future__ import annotations

from collections.abc import Sequence

import streamlit as st

from pages.components.board import Board
from pages.components.drawing import drawing
from pages.components.export import file_name, spoken
from pages.components.export_facts import aged, around, source
from pages.components.i18n import _
from pages.components.report import Heading, Part


def menu(board: Board, name: str, title: str, question: str, parts: Sequence[Part], *, filtered: bool = True) -> None:
    """The button in the top bar with its menu. `parts` fill while the page is drawn; the PDF holds what they hold when it is asked for.

    A page that is not `filtered` has days of its own: nothing is said of the board's.
    """

    def made() -> bytes:
        from pages.components.export_pdf import pdf  # only whoever takes one away waits for it

        return pdf(Heading(title, question, around(board) if filtered else aged(board), source(board)), parts)

    with st.popover(_("Share"), icon=":material/ios_share:", key="share"):
        st.download_button(
            _("This page as PDF"),
            spoken(made),
            file_name=f"{file_name(board, name)}.pdf",
            mime="application/pdf",
            key="pdf",
            icon=":material/picture_as_pdf:",
            on_click="ignore",
            width="stretch",
        )
        _print(key="print", data={"label": _("Print")})


_print = drawing("print", '<button type="button"></button>')
