"""Who we are at Salesforce: a session by the client credentials flow of OAuth 2, begun anew once when it has ended meanwhile."""

from __future__ import annotations

import json
from collections.abc import Generator
from contextlib import suppress
from datetime import UTC, datetime

import httpx

from connectors.web import Again, Refused, waiting
from data.errors import Problem

_PATH = "services/oauth2/token"


class Lacking(Refused):
    """An object that the org does not have, or that its user may not read: Salesforce tells these not apart."""


class Session(httpx.Auth):
    """Puts a session's token on each request; neither it nor the secret is ever in an address."""

    requires_response_body = True

    def __init__(self, base_url: str, client_id: str, secret: str) -> None:
        self._address = f"{base_url.rstrip('/')}/{_PATH}"
        self._form = {"grant_type": "client_credentials", "client_id": client_id, "client_secret": secret}
        self._token = ""

    def auth_flow(self, request: httpx.Request) -> Generator[httpx.Request, httpx.Response, None]:
        """Raises Problem for a client that is refused, an object that it may not read, and requests that are used up."""
        if not self._token:
            self._token = _token((yield self._asked()))
        request.headers["Authorization"] = f"Bearer {self._token}"
        response = yield request
        if response.status_code == 401 and "INVALID_SESSION_ID" in response.text:
            self._token = _token((yield self._asked()))
            request.headers["Authorization"] = f"Bearer {self._token}"
            response = yield request
        if response.status_code == 400 and "INVALID_TYPE" in response.text:
            said = "Salesforce knows no such object, or does not show it to the user of the connected app (INVALID_TYPE)."
            raise Lacking(said, remedy="Give that user the right to read it.")
        if response.status_code == 403 and "REQUEST_LIMIT_EXCEEDED" in response.text:
            raise Problem(
                "Salesforce answers no more: the requests that the org may make within 24 hours are used up (REQUEST_LIMIT_EXCEEDED)",
                remedy="A later sync goes on where this one was left; a longer `every` makes fewer requests.",
            )

    def _asked(self) -> httpx.Request:
        return httpx.Request("POST", self._address, data=self._form)


def _token(response: httpx.Response) -> str:
    if response.status_code in (408, 425, 429) or response.status_code >= 500:
        raise Again(f"it answers {response.status_code}", waiting(response, datetime.now(UTC)))
    told = {}
    with suppress(json.JSONDecodeError, UnicodeDecodeError):
        told = response.json()
    if not response.is_success:
        said = told.get("error_description") or told.get("error") or "no reason given"
        remedy = "See that client_id and client_secret are right, and that the connected app may use client credentials."
        raise Refused(f"POST /{_PATH} is refused with {response.status_code} ({said}): there is no token", remedy=remedy)
    if "access_token" not in told:
        raise Again("the answer is no whole JSON")
    return str(told["access_token"])
