"""What is shown, to take away: a table as CSV or as a workbook, a chart as a picture. Files are made when somebody asks for one."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, tzinfo

import pandas as pd
import streamlit as st

from pages.components import i18n
from pages.components.board import Board
from pages.components.i18n import N_, _

_LABELS = {"csv": N_("Download as CSV"), "xlsx": N_("Download as XLSX"), "png": N_("Download as PNG"), "md": N_("Download as Markdown")}
_MIMES = {
    "csv": "text/csv",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "png": "image/png",
    "md": "text/markdown",
}
#: What a spreadsheet takes for the beginning of a formula.
_FORMULA = ("=", "+", "-", "@", "\t", "\r")


@dataclass(frozen=True)
class Sheet:
    """A table with what it says about itself. `formats` tells by column how its numbers are written (a metric's format).

    `zone` is that in which moments are told.
    """

    title: str
    frame: pd.DataFrame
    facts: Sequence[tuple[str, str]] = ()
    formats: Mapping[str, str] = field(default_factory=dict)
    currency: str = "EUR"
    zone: tzinfo = UTC


def downloads(
    file: str,
    made: Callable[[], Sheet],
    *,
    key: str,
    picture: Callable[[], bytes] | None = None,
    ready: pd.DataFrame | None = None,
    text: Callable[[], bytes] | None = None,
) -> None:
    """The buttons: CSV and XLSX of a table and, where there is a chart, its `picture`. `file` is the name without its ending.

    `ready` is the table itself where it is small and at hand: its CSV then is there before anybody asks. `text` writes it as Markdown.
    """

    def workbook() -> bytes:
        from pages.components.export_xlsx import xlsx  # only whoever takes one away waits for it

        return xlsx(made())

    kinds: dict[str, bytes | Callable[[], bytes]] = {"csv": lambda: csv(made().frame), "xlsx": spoken(workbook)}
    if ready is not None:
        kinds["csv"] = csv(ready)
    if picture:
        kinds["png"] = spoken(picture)
    if text:
        kinds["md"] = spoken(text)
    with st.container(key=f"export-{key}", horizontal=True, gap="xsmall"):
        for kind, make in kinds.items():
            st.download_button(
                _(_LABELS[kind]),
                make,
                file_name=f"{file}.{kind}",
                mime=_MIMES[kind],
                key=f"{kind}-{key}",
                icon=":material/download:",
                on_click="ignore",
            )


def spoken(make: Callable[[], bytes]) -> Callable[[], bytes]:
    """The same in the reader's language: files are made in a thread that knows nothing of the reader."""
    where = str(i18n.locale())

    def made() -> bytes:
        with i18n.use(where):
            return make()

    return made


def file_name(board: Board, what: str) -> str:
    """What is in a file and of which days: mrr_2026-10-31_2026-11-27."""
    return f"{what}_{board.filters.since.isoformat()}_{board.last_day.isoformat()}"


def csv(frame: pd.DataFrame) -> bytes:
    """The table as CSV that spreadsheets read as UTF-8; texts that they would take for formulas are told to be texts."""
    safe = frame.rename(columns=_text).map(_text)
    return bytes(safe.to_csv(index=False), "utf-8-sig")


def _text(value: object) -> object:
    return f"'{value}" if isinstance(value, str) and value.startswith(_FORMULA) else value
