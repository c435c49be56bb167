"""A table as a workbook: typed cells on the first sheet, on the second what it is."""

from __future__ import annotations

import io
import math
import re
from collections.abc import Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import Any

import pandas as pd
import xlsxwriter
from babel.numbers import get_currency_symbol
from xlsxwriter.format import Format
from xlsxwriter.worksheet import Worksheet

from pages.components import i18n
from pages.components.export import Sheet
from pages.components.i18n import _

#: A spreadsheet keeps 15 figures of a number: longer ones are names, and stay texts.
_EXACT = 10**15
_WIDEST = 60
_FORMATS = {"integer": "#,##0", "decimal": "#,##0.00", "percent": "0.0%", "duration": '#,##0.0" min"'}


def xlsx(sheet: Sheet) -> bytes:
    """The workbook as bytes. Texts are written as texts: none becomes a formula or a link."""
    made = io.BytesIO()
    options = {"constant_memory": True, "strings_to_formulas": False, "strings_to_urls": False, "remove_timezone": True}
    with xlsxwriter.Workbook(made, options) as book:
        book.set_properties({"title": sheet.title})
        bold = book.add_format({"bold": True, "bottom": 1, "text_wrap": True, "valign": "vcenter"})
        _table(book.add_worksheet(_name(sheet.title)), sheet, _styles(book, sheet), bold)
        _about(book.add_worksheet(_("About this table")), sheet.facts, book.add_format({"text_wrap": True, "valign": "top"}), bold)
    return made.getvalue()


def _table(page: Worksheet, sheet: Sheet, styles: dict[str, Format], bold: Format) -> None:
    columns = list(sheet.frame.columns)
    page.freeze_panes(1, 0)
    for place, name in enumerate(columns):
        longest = max((len(str(value)) for value in sheet.frame.iloc[:200, place]), default=0)
        page.set_column(place, place, min(max(longest, len(str(name)) / 2, 8) + 3, _WIDEST))
    page.set_row(0, 30)
    for place, name in enumerate(columns):
        page.write_string(0, place, str(name), bold)
    for line, row in enumerate(sheet.frame.itertuples(index=False, name=None), start=1):
        for place, value in enumerate(row):
            there = value.astimezone(sheet.zone) if isinstance(value, datetime) and value.tzinfo else value
            _cell(page, line, place, there, styles, sheet.formats.get(columns[place], ""))
    if columns:
        page.autofilter(0, 0, max(len(sheet.frame), 1), len(columns) - 1)


def _cell(page: Worksheet, line: int, place: int, value: Any, styles: dict[str, Format], kind: str) -> None:
    """A cell of the type that its value has; nothing where there is none."""
    if isinstance(value, bool):
        page.write_boolean(line, place, value)
    elif isinstance(value, int | float | Decimal) or hasattr(value, "dtype"):
        if not math.isfinite(number := float(value)):
            return
        whole = number.is_integer()
        if whole and abs(number) >= _EXACT:
            page.write_string(line, place, str(int(value)))
        else:
            page.write_number(line, place, number, styles[kind or ("plain" if whole else "decimal")])
    elif isinstance(value, datetime):
        if not pd.isna(value):
            page.write_datetime(line, place, value, styles["moment"])
    elif isinstance(value, date):
        page.write_datetime(line, place, value, styles["day"])
    elif value is not None and value is not pd.NA:
        page.write_string(line, place, str(value)[:32_767])


def _about(page: Worksheet, facts: Sequence[tuple[str, str]], wrapped: Format, bold: Format) -> None:
    page.set_column(0, 0, 24, wrapped)
    page.set_column(1, 1, 110, wrapped)
    for line, (name, value) in enumerate(facts):
        page.write_string(line, 0, name, bold)
        page.write_string(line, 1, value[:32_767], wrapped)


def _styles(book: xlsxwriter.Workbook, sheet: Sheet) -> dict[str, Format]:
    written = _FORMATS | {"money": _money(sheet.currency), "plain": "General", "day": "yyyy-mm-dd", "moment": "yyyy-mm-dd hh:mm"}
    return {kind: book.add_format({"num_format": form}) for kind, form in written.items()}


def _money(currency: str) -> str:
    """The symbol where the reader's language writes it."""
    symbol = f"[${get_currency_symbol(currency, 'en_US')}]"
    first = str(i18n.locale().currency_formats["standard"].pattern).startswith("¤")
    return f"{symbol}#,##0.00" if first else f"#,##0.00 {symbol}"


def _name(title: str) -> str:
    """A title as the name of a sheet: without the signs that a spreadsheet forbids, no longer than it allows."""
    return re.sub(r"[\[\]:*?/\\]", " ", title).strip(" '")[:31] or _("Table")
