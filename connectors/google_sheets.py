"""Google Sheets: ranges of a spreadsheet whose first row names its columns, and what fills each table of them."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Field, field_validator

from connectors import api, arrivals, settings, stream_tables
from connectors.api import Api, Source
from connectors.casts import Zones
from connectors.context import Context
from connectors.google_auth import ServiceAccount
from connectors.inbox import Record
from connectors.settings import Settings, one_or_more, parse
from connectors.streams import Page, Stream
from connectors.web import Web
from data.errors import Problem
from data.yaml_file import Mapping

SUMMARY = "Google Sheets: ranges of a spreadsheet, by the names in their first row"

TEMPLATE = """\
  {name}:
    connector: google_sheets
    key: ${{GOOGLE_KEY}}             # a service account's JSON key, or the file that holds it; never written here itself
    spreadsheet: 1AbCdEfGh         # from its address: docs.google.com/spreadsheets/d/THIS/edit; shared with the account's e-mail
    # timezone: Europe/Paris       # of the sheet's times; default: the company's
    # every: 15m                   # how long between two looks; at each sync when left out
    ranges:                        # the names are your own
      customers:
        range: Customers!A:F       # its first row names the columns
        dates: [Since]             # columns that hold dates or times
    tables:                        # every table and column: docs/connectors/files.md
      account:
        stream: customers
        columns:                   # column of the table: an expression over the columns of the range
          account_id: Id
          name: Company name       # a heading with blanks may be written as it stands
          created_at: Since
"""

URL = "https://sheets.googleapis.com"
_SCOPE = "https://www.googleapis.com/auth/spreadsheets.readonly"
_NAME = re.compile(r"[A-Za-z][A-Za-z0-9_]*")
#: What Sheets counts days from.
_EPOCH = datetime(1899, 12, 30)


class Range(Settings):
    """One range, whose first row names its columns."""

    range: str = Field(min_length=1, description="The range, such as Customers!A:F; a sheet's name alone is all of it.")
    dates: Annotated[list[str], BeforeValidator(one_or_more)] = Field([], description="The columns that hold dates or times.")
    drop: Annotated[list[str], BeforeValidator(one_or_more)] = Field([], description="Columns that are never kept.")


class Config(Api):
    """A source of the `google_sheets` connector."""

    connector: Literal["google_sheets"] = Field(description="google_sheets")
    key: str = Field(
        description="A service account's JSON key, or the file that holds it, as ${NAME} from the environment or .streamlit/secrets.toml."
    )
    spreadsheet: str = Field(pattern=r"^[\w-]+$", description="The spreadsheet's id, from its address.")
    token_url: str = Field("https://oauth2.googleapis.com/token", description="Where tokens are given, if not at Google's usual address.")
    timezone: str | None = Field(None, description="The zone of the sheet's times; the company's when left out.")
    ranges: dict[str, Any] = Field(description="What is read: {name: block}.")
    tables: dict[str, Any] = Field(description="What fills each table: {table: block or list of blocks}.")

    @field_validator("timezone")
    @classmethod
    def _zone(cls, name: str | None) -> str | None:
        return settings.zone(name) if name else name


def receive(context: Context) -> None:
    """Reads the ranges. Raises Problem for a key that is none, and for a sheet that is not shared with its account."""
    config = api.config_of(Config, context)
    account = ServiceAccount.of(api.secret(context, "key"), context.block, config.token_url, _SCOPE)
    web = api.way(config, URL, rate=1, secrets=account.secrets, auth=account)
    api.receive(context, web, _source(context, account.email))


def _source(context: Context, email: str = "") -> Source:
    config = api.config_of(Config, context)
    block, company = context.block, context.workspace.company
    at = block["ranges"]
    if not isinstance(at, Mapping) or not at:
        raise block.problem("ranges", "ranges must say what is read", "For example ranges: {customers: {range: Customers!A:F}}.")
    streams = {name: _stream(name, at, config.spreadsheet, email) for name in at}
    tables = stream_tables.of(block, streams, Zones(company.timezone, config.timezone or company.timezone))
    return Source(tables, list(streams.values()))


pending, load = arrivals.exposed(_source)


def _stream(name: str, ranges: Mapping, spreadsheet: str, email: str) -> Stream:
    if not _NAME.fullmatch(name) or name == "receipt":
        raise ranges.problem(name, f'"{name}" is no name for a range', "Use letters, figures and _, such as customers.")
    told = parse(Range, ranges[name], ranges, name)

    def everything(web: Web, _at: Any) -> Iterator[Page]:
        found = web.get(
            f"v4/spreadsheets/{spreadsheet}/values:batchGet",
            ranges=told.range,
            majorDimension="ROWS",
            valueRenderOption="UNFORMATTED_VALUE",
            dateTimeRenderOption="SERIAL_NUMBER",
        )
        yield Page(_records(told, ranges[name], found["valueRanges"][0].get("values", [])))

    return Stream(name, everything, scope=f"the spreadsheet to be shared with {email}, to read it")


def _records(told: Range, at: Mapping, rows: list[list[Any]]) -> Sequence[Record]:
    """The rows under the heading, known by their number; those without any value are none."""
    heading = _heading(told, at, rows[0] if rows else [])
    found = []
    for number, row in enumerate(rows[1:], start=2):
        cells = dict(zip(heading, [*row, *[None] * len(heading)], strict=False))
        values = {name: _date(value) if name in told.dates else value for name, value in cells.items() if name and name not in told.drop}
        if any(value not in (None, "") for value in values.values()):
            found.append(Record(f"{number:08}", values))
    return found


def _heading(told: Range, at: Mapping, row: list[Any]) -> list[str]:
    """The names of the columns; one without a name is left out."""
    names = [str(cell).strip() for cell in row]
    twice = [name for name, times in Counter(name.lower() for name in names if name).items() if times > 1]
    if twice:
        raise at.problem("range", f'two columns of {told.range} are called "{twice[0]}"', "Give each column its own name.", value=True)
    if not any(names):
        raise _empty(told, at)
    for key in ("dates", "drop"):
        for name in getattr(told, key):
            if name not in names:
                said = f'{told.range} has no column "{name}"'
                raise at.problem(key, said, f"It has: {', '.join(filter(None, names))}.", value=True)
    return names


def _empty(told: Range, at: Mapping) -> Problem:
    return at.problem("range", f"the first row of {told.range} is empty", "It must name the columns; begin the range there.", value=True)


def _date(value: Any) -> Any:
    """A day, or a time of the sheet's zone, from the number of days that Sheets keeps; what is no number stays as it is."""
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 < value < 2_958_466:
        return value
    moment = _EPOCH + timedelta(seconds=round(value * 86400))
    return moment.date().isoformat() if moment.time() == datetime.min.time() else moment.isoformat(sep=" ")
