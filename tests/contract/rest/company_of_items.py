"""A company that asks an API of items, which a test has answer as it likes."""

from __future__ import annotations

import base64
from collections.abc import Callable
from contextlib import closing
from textwrap import dedent, indent
from typing import Any
from zoneinfo import ZoneInfo

from starlette.requests import Request

from connectors import rest_streams
from connectors.preview import preview
from connectors.web import Web
from data.errors import Problem
from tests.fakes.server import Answer, Fake, Refusal
from tests.loads import Company


class Api(Fake):
    """`items` are what it has; `answer(parameters, body)` says how it gives them."""

    def __init__(self) -> None:
        super().__init__(1)
        self.items: list[dict[str, Any]] = [{"id": number, "name": f"Firm {number}"} for number in range(10)]
        self.answer: Callable[[dict[str, str], Any], Any] = lambda _params, _body: self.items
        self.allows: Callable[[Request], bool] = lambda _request: True
        self.answers: dict[str, Any] = {}
        self.tokens = 0

    def allowed(self, request: Request) -> bool:
        return request.url.path == "/token" or self.allows(request)

    def routes(self) -> list[tuple[str, str, Answer]]:
        return [
            ("GET", "/v1/items", lambda request, body: self.answer(dict(request.query_params), body)),
            ("POST", "/v1/items", lambda request, body: self.answer(dict(request.query_params), body)),
            ("POST", "/token", self._token),
            ("GET", "/{path}", lambda request, _body: self.answers[request.url.path]),
            ("POST", "/{path}", lambda request, _body: self.answers[request.url.path]),
        ]

    def _token(self, request: Request, _body: Any) -> Any:
        if request.headers["Authorization"] != f"Basic {base64.b64encode(b'me:plant-ed').decode()}":
            raise Refusal(400, {"error": "invalid_client"})
        self.tokens += 1
        return {"access_token": f"token-{self.tokens}", "token_type": "bearer"}


class Asking(Company):
    """A company that asks an Api."""

    url = ""

    def asks(
        self, stream: str = "", *, head: str = "", tables: str = "account: {stream: items, columns: {account_id: id, name: name}}"
    ) -> None:
        """Writes sources.yml: its stream `items` with these keys, from line 10 on."""
        keys = indent(dedent(stream).strip("\n") or "id: id", "    ")
        text = f"connector: rest\nbase_url: {self.url}/v1\nrate: 10000\npause: 0.01\nstreams:\n  items:\n    path: items\n{keys}\n"
        text += f"tables:\n{indent(dedent(tables).strip(), '  ')}\n{dedent(head)}"
        self.root.mkdir(parents=True, exist_ok=True)
        (self.root / "sources.yml").write_text(f"company: {{timezone: UTC, currency: EUR}}\nsources:\n  shop:\n{indent(text, '    ')}")

    def walked(self) -> list[str]:
        """The names of all rows that the stream gives, beside any store."""
        block = self.workspace.sources["shop"]
        web = Web(f"{self.url}/v1", pause=0.01)
        with closing(web):
            pages = [*rest_streams.of(block, ZoneInfo("UTC"))["items"].everything(web, None)]
        return [(record.payload or {})["name"] for page in pages for record in page.records]

    def checked(self) -> str:
        """What a check says is wrong; nothing when it is right."""
        try:
            preview(self.workspace, "shop")
        except Problem as problem:
            return str(problem)
        return ""

    def names(self) -> list[str]:
        """What is loaded."""
        return [name for (name,) in self.rows("SELECT name FROM staged.account WHERE deleted_at IS NULL ORDER BY account_id")]


ALL = [f"Firm {number}" for number in range(10)]


def by_page(items: list[Any], params: dict[str, str]) -> list[Any]:
    start = int(params["page"]) * 4
    return items[start : start + 4]
