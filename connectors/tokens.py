"""Tokens of OAuth 2 that are fetched with a secret, and anew when they have run out."""

from __future__ import annotations

import base64
from collections.abc import Generator
from dataclasses import dataclass, field
from typing import Any, ClassVar

import httpx

from connectors.web import Again, Refused


@dataclass
class Fetched(httpx.Auth):
    """A token from `token_url`; `asked` says by what request. Whatever is secret is put into `secrets`."""

    token_url: str
    secret: str = field(repr=False)
    secrets: list[str] = field(repr=False)
    token: str = field(default="", repr=False)

    requires_response_body = True
    remedy: ClassVar[str] = ""

    def asked(self) -> httpx.Request:
        """What asks for a token."""
        raise NotImplementedError

    def auth_flow(self, request: httpx.Request) -> Generator[httpx.Request, httpx.Response, None]:
        """Sends the request with a token; with a new one when it is refused."""
        if not self.token:
            self._take((yield self.asked()))
        request.headers["Authorization"] = f"Bearer {self.token}"
        response = yield request
        if response.status_code == 401:
            self._take((yield self.asked()))
            request.headers["Authorization"] = f"Bearer {self.token}"
            yield request

    def _take(self, response: httpx.Response) -> None:
        if response.status_code == 429 or response.status_code >= 500:
            raise Again(f"{self.token_url} answers {response.status_code}")
        try:
            found: Any = response.json()
        except ValueError:
            raise Again(f"the answer of {self.token_url} is no whole JSON") from None
        if not response.is_success or not isinstance(found, dict) or not found.get("access_token"):
            raise Refused(f"{self.token_url} gives no token ({response.status_code})", remedy=self.remedy)
        self.token = str(found["access_token"])
        self.secrets.append(self.token)


@dataclass
class ClientCredentials(Fetched):
    """Client credentials: `client` and its secret, for what `scope` names."""

    client: str = ""
    scope: str = ""

    remedy = "See that client_id, token (the client's secret) and scope are right."

    def asked(self) -> httpx.Request:
        """What asks for a token."""
        told = {"grant_type": "client_credentials"} | ({"scope": self.scope} if self.scope else {})
        pair = base64.b64encode(f"{self.client}:{self.secret}".encode()).decode()
        return httpx.Request("POST", self.token_url, data=told, headers={"Authorization": f"Basic {pair}", "Accept": "application/json"})
