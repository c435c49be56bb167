"""Any API that answers with JSON, described in sources.yml: what is asked for, how pages follow, and what fills each table."""

from __future__ import annotations

from typing import Annotated, Any, Literal
from zoneinfo import ZoneInfo

from pydantic import BeforeValidator, Field, field_validator

from connectors import api, arrivals, rest_auth, rest_streams, settings, stream_tables
from connectors.api import Api, Source
from connectors.casts import Zones
from connectors.context import Context

SUMMARY = "Any API that answers with JSON, described in sources.yml"

TEMPLATE = """\
  {name}:
    connector: rest
    base_url: https://api.example.com/v1    # what all addresses begin with
    auth: bearer                            # none, bearer, basic, header or oauth2: docs/connectors/rest.md
    token: ${{EXAMPLE_TOKEN}}                 # set it in the environment or in .streamlit/secrets.toml; never write it here
    # every: 15m                            # how long between two looks; at each sync when left out
    streams:                                # what to ask the API for; the names are your own
      customers:
        path: customers                     # https://api.example.com/v1/customers
        rows: data                          # where in the answer the list stands; leave it out when the answer is the list
        id: id                              # the key that tells rows apart
        paging: {{cursor: meta.next_cursor, param: cursor}}      # how to get the next page; one of
        # paging: {{next: links.next}}                           #   the answer holds its address (or: next: Link header)
        # paging: {{offset: offset, limit: limit, size: 100}}    #   so many rows are skipped
        # paging: {{page: page, limit: per_page, size: 100}}     #   pages have numbers
        # paging: none                                         #   everything comes at once
        # changes: {{param: updated_since, field: updated_at}}   # asks for what has changed only; much faster
        # deleted: archived                 # rows in which this key is set count as deleted
        # drop: [notes, phone]              # what must never be kept
    tables:                                 # what to make of it: every table and column stands in docs/connectors/files.md
      account:
        stream: customers
        columns:                            # column of the table: an expression over the keys of a row
          account_id: id
          name: name
          domain: lower(website)
          created_at: created_at
        # attrs: {{tier: plan.tier}}          # further values; plan.tier is the key tier inside plan
"""


class Config(Api):
    """A source of the `rest` connector."""

    connector: Literal["rest"] = Field(description="rest")
    base_url: str = Field(min_length=1, description="Where the API is, such as https://api.example.com/v1.")
    auth: Literal["none", "bearer", "basic", "header", "oauth2"] = Field(
        "none", description="How we say who we are: none, bearer, basic, header or oauth2."
    )
    token: str | None = Field(
        None, description="The token, key, password or client's secret, as ${NAME} from the environment or .streamlit/secrets.toml."
    )
    user: str | None = Field(None, description="With auth: basic, the name; with some vendors the key, then as ${NAME}.")
    header: str | None = Field(None, description="With auth: header, the header that takes the token, such as X-Api-Key.")
    token_url: str | None = Field(None, description="With auth: oauth2, where tokens are given.")
    client_id: str | None = Field(None, description="With auth: oauth2, the client's id; the token is its secret.")
    scope: str | None = Field(None, description="With auth: oauth2, what is asked for.")
    headers: dict[str, Annotated[str, BeforeValidator(str)]] = Field(
        {}, description="Further headers of each request, such as {Api-Version: 2}."
    )
    timezone: str = Field("UTC", description="The zone of times that name none.")
    streams: dict[str, Any] = Field(description="What is asked for: {name: block}.")
    tables: dict[str, Any] = Field(description="What fills each table: {table: block or list of blocks}.")

    @field_validator("base_url", "token_url")
    @classmethod
    def _address(cls, told: str | None) -> str | None:
        if told is not None and not told.startswith(("https://", "http://")):
            raise ValueError(f'"{told}" is no address; it begins with https://')
        return told

    @field_validator("timezone")
    @classmethod
    def _zone(cls, name: str) -> str:
        return settings.zone(name)


def receive(context: Context) -> None:
    """Asks the API for what is new. Raises Problem with file and line of sources.yml."""
    source = _source(context)
    api.receive(context, rest_auth.way(context, api.config_of(Config, context), rate=4), source)


def _source(context: Context) -> Source:
    config, block = api.config_of(Config, context), context.block
    streams = rest_streams.of(block, ZoneInfo(config.timezone))
    for name in streams:
        rest_auth.check_params(block["streams"][name], "params")
        rest_auth.check_params(block["streams"][name], "body")
    zones = Zones(context.workspace.company.timezone, config.timezone)
    return Source(stream_tables.of(block, streams, zones), list(streams.values()))


pending, load = arrivals.exposed(_source)
