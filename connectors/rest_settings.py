"""What a stream's block of the `rest` connector takes."""

from __future__ import annotations

import json
from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Field, field_validator

from connectors.settings import Settings, one_or_more
from data.yaml_file import Mapping

_FORMATS = ("iso", "epoch", "epoch_ms", "date")


def _words(value: Any) -> Any:
    """{field: word} or {field: [words]}; true, false and figures are words too."""
    if not isinstance(value, dict):
        return value
    shown = {True: "true", False: "false"}
    listed = {key: each if isinstance(each, list) else [each] for key, each in value.items()}
    return {key: [shown[one] if isinstance(one, bool) else str(one) for one in each] for key, each in listed.items()}


def _as_json(value: Any) -> Any:
    """YAML's dates as the text that stands there."""
    return json.loads(json.dumps(value, default=str))


class Paging(Settings):
    """How one page leads to the next: by exactly one of `cursor`, `next`, `offset` and `page`."""

    cursor: str | None = Field(None, description="Where in the answer the next page's cursor stands, such as meta.next_cursor.")
    param: str | None = Field(None, description="The parameter that takes the cursor.")
    next: str | None = Field(None, description="Where in the answer the next page's address stands, or Link header.")
    offset: str | None = Field(None, description="The parameter that says how many rows to skip.")
    page: str | None = Field(None, description="The parameter that takes the number of a page.")
    first: int = Field(1, description="The number of the first page.")
    limit: str | None = Field(None, description="The parameter that says how many rows a page has.")
    size: int = Field(100, ge=2, description="How many rows to ask for, when limit is given.")
    more: str | None = Field(
        None, description="Where in the answer stands whether there is another page; without it pages are asked for until none is left."
    )

    def check(self, at: Mapping) -> None:
        """Raises Problem unless there is one way, which has what it needs."""
        ways = [name for name in ("cursor", "next", "offset", "page") if getattr(self, name) is not None]
        if len(ways) != 1:
            said = f"paging gives {' and '.join(ways)}, which are several ways" if ways else "paging does not say how pages follow"
            raise at.problem(ways[-1] if ways else None, said, "Give one of cursor (with param), next, offset, page; or paging: none.")
        if (ways == ["cursor"]) != (self.param is not None):
            said = (
                "cursor needs param, the parameter that takes it" if ways == ["cursor"] else f"param goes with cursor, not with {ways[0]}"
            )
            raise at.problem("param" if self.param else "cursor", said, "For example {cursor: meta.next_cursor, param: cursor}.")
        if "size" in at and self.limit is None:
            raise at.problem("size", "size needs limit, the parameter that takes it", f"For example {{limit: limit, size: {self.size}}}.")


class Changes(Settings):
    """How to ask for what has changed only."""

    param: str = Field(description="The parameter that takes a time; rows that were changed at or after it are given.")
    field: str = Field(description="The key of a row that says when it was changed.")
    format: str = Field(
        "iso", description="How the time is written: iso, epoch (seconds), epoch_ms, date, or a pattern such as %Y-%m-%d %H:%M:%S."
    )
    ascending: bool = Field(False, description="true when the answer has the oldest change first: then an interrupted load goes on there.")

    @field_validator("format")
    @classmethod
    def _exists(cls, form: str) -> str:
        if form not in _FORMATS and "%" not in form:
            raise ValueError(f'there is no format "{form}"; write {", ".join(_FORMATS)}, or a pattern such as %Y-%m-%d')
        return form


class StreamSettings(Settings):
    """One kind of thing that the API lists."""

    path: str = Field(description="The address after base_url, such as customers.")
    method: Literal["GET", "POST"] = Field("GET", description="GET or POST.")
    params: dict[str, Any] = Field({}, description="Parameters that are sent with each request.")
    body: Annotated[dict[str, Any], BeforeValidator(_as_json)] = Field(
        {}, description="With POST: the JSON that is sent; the parameters of paging and changes go into it."
    )
    rows: str = Field("", description="Where in the answer the rows stand, such as data.items; when left out, the answer is the list.")
    keys: Annotated[list[str], BeforeValidator(one_or_more), Field(min_length=1, alias="id")] = Field(
        alias="id", description="The key that tells rows apart, or a list of keys."
    )
    paging: Any = Field("none", description="How one page leads to the next; none when all rows come at once.")
    changes: Any = Field(None, description="How to ask for what has changed only; without it all rows are read at each sync.")
    again: str | None = Field(None, description="How long until all rows are read again, which finds what was deleted: 1d when left out.")
    deleted: Annotated[str | dict[str, list[str]] | None, BeforeValidator(_words)] = Field(
        None, description="The key that is set, or true, in a deleted row; or {key: word}, {key: [words]}."
    )
    drop: Annotated[list[str], BeforeValidator(one_or_more)] = Field(
        [], description="Keys that are never kept, such as [notes, customer.phone]."
    )
    grows: bool = Field(False, description="true for things that are never changed or deleted, such as events: they are only added.")
