"""HTTP to one vendor: polite, patient, and silent about secrets. What every API connector asks through."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import IO, Any

import httpx
from tenacity import RetryCallState, Retrying, retry_if_exception_type, stop_after_attempt, wait_random_exponential

from data.errors import Problem

#: How often something is tried before it counts as failed, and the longest wait between two tries that a sync sits through, in seconds.
TRIES, PATIENCE = 6, 300.0
_TIMEOUT = httpx.Timeout(30.0, read=120.0)


class Again(Exception):
    """What may work in a moment. `wait` is how many seconds the vendor asks for; None when it does not say."""

    def __init__(self, said: str, wait: float | None = None) -> None:
        super().__init__(said)
        self.wait = wait


@dataclass
class Web:
    """The way to one vendor's API.

    `every` is the least time between two requests and `pause` the first wait before another try, both in seconds. `secrets` are
    never told. `limited` says of an answer's JSON, whatever its status, that it is none, by raising Again (GraphQL, say).
    """

    base_url: str
    headers: Mapping[str, str] = field(default_factory=dict)
    auth: httpx.Auth | tuple[str, str] | None = None
    every: float = 0.0
    pause: float = 1.0
    secrets: Sequence[str] = ()
    limited: Callable[[Any], None] | None = None
    #: The vendor's clock as of the last answer: what it calls now, whatever ours says.
    clock: datetime = field(default_factory=lambda: datetime.now(UTC))
    _client: httpx.Client | None = None
    _last: float = 0.0

    def get(self, path: str, **params: Any) -> Any:
        """The JSON that a GET gives; parameters that are None are left out. `path` may be a whole address of the same host."""
        return self.json("GET", path, params={name: value for name, value in params.items() if value is not None})

    def post(self, path: str, body: Any) -> Any:
        """The JSON that a POST of this JSON gives."""
        return self.json("POST", path, json=body)

    def json(self, method: str, path: str, **options: Any) -> Any:
        """The JSON of an answer. One that is cut short, or that `limited` refuses, is asked for again."""
        return self.ask(method, path, self.parsed, **options)

    def parsed(self, response: httpx.Response) -> Any:
        """The JSON of an answer, for a `read` that wants its head too. Raises Again when it is cut short, or `limited` refuses it."""
        response.read()
        try:
            found = response.json()
        except (json.JSONDecodeError, UnicodeDecodeError):
            raise Again("the answer is no whole JSON") from None
        if self.limited:
            self.limited(found)
        return found

    def ask(self, method: str, path: str, read: Callable[[httpx.Response], Any], *, tries: int = TRIES, **options: Any) -> Any:
        """What `read` makes of the answer, which may take it piece by piece. Tried again while the vendor is busy or the line bad, unless
        asking twice means another thing (`tries` is 1 then).

        Raises Problem when the vendor refuses, or is still not there after some tries.
        """
        attempts = Retrying(stop=stop_after_attempt(tries), wait=self._wait, retry=retry_if_exception_type(Again), reraise=True)
        try:
            return attempts(self._once, method, self._address(path), read, options)
        except Again as error:
            said = self.problem(f"{method} {_shown(path)}: {error}, tried {tries} times").message
            raise Away(said, remedy="The next sync tries again.") from None

    def download(self, path: str, into: IO[bytes], check: Callable[[IO[bytes]], None], **params: Any) -> None:
        """Writes what a GET gives into a file, piece by piece; anew when `check`, by raising Again, says that it is not whole."""

        def read(response: httpx.Response) -> None:
            into.seek(0)
            into.truncate()
            for piece in response.iter_bytes():
                into.write(piece)
            into.seek(0)
            check(into)
            into.seek(0)

        self.ask("GET", path, read, params={name: value for name, value in params.items() if value is not None})

    def problem(self, message: str, remedy: str | None = None) -> Problem:
        """A Problem without any secret in it."""
        for secret in self.secrets:
            message = message.replace(secret, "…") if secret else message
        return Problem(message, remedy=remedy)

    def close(self) -> None:
        """Closes the connections."""
        if self._client:
            self._client.close()

    def _once(self, method: str, address: str, read: Callable[[httpx.Response], Any], options: dict[str, Any]) -> Any:
        time.sleep(max(0.0, self._last + self.every - time.monotonic()))
        self._last = time.monotonic()
        self._client = self._client or httpx.Client(headers=dict(self.headers), auth=self.auth, timeout=_TIMEOUT)
        try:
            with self._client.stream(method, address, **options) as response:
                with suppress(KeyError, ValueError):
                    self.clock = parsedate_to_datetime(response.headers["Date"]).astimezone(UTC)
                if not response.is_success:
                    response.read()
                self._judge(method, address, response)
                return read(response)
        except (httpx.TransportError, httpx.DecodingError) as error:
            raise Again(f"no answer ({type(error).__name__})") from None

    def _judge(self, method: str, address: str, response: httpx.Response) -> None:
        if response.is_success:
            return
        if self.limited:
            with suppress(json.JSONDecodeError, UnicodeDecodeError):
                self.limited(response.json())
        status, said = response.status_code, f"{method} {_shown(address)} is refused with {response.status_code}{_reason(response)}"
        if status in (408, 425, 429) or status >= 500:
            wait = waiting(response, self.clock)
            if wait is not None and wait > PATIENCE:
                raise self.problem(said, f"The vendor asks to wait {wait / 60:.0f} minutes; a later sync goes on.")
            raise Again(f"it answers {status}", wait)
        if status in (401, 403):
            raise Refused(self.problem(said).message, remedy="See that the token is right, and has the scopes that the docs name.")
        if status == 404:
            raise Missing(self.problem(said).message)
        if status in (400, 409, 410, 422):
            raise Unknown(self.problem(said).message)
        raise self.problem(said)

    def _address(self, path: str) -> str:
        """Tokens go to the vendor's own host only, also where an answer names another one as the next page."""
        address = httpx.URL(self.base_url.rstrip("/") + "/").join(path.lstrip("/") if "://" not in path else path)
        base = httpx.URL(self.base_url)
        if (address.scheme, address.host, address.port) != (base.scheme, base.host, base.port):
            raise self.problem(f"the next page lies elsewhere, at {address.scheme}://{address.host}", "See that base_url is right.")
        return str(address)

    def _wait(self, state: RetryCallState) -> float:
        error = state.outcome.exception() if state.outcome else None
        if isinstance(error, Again) and error.wait is not None:
            return min(error.wait, PATIENCE)
        return float(wait_random_exponential(multiplier=self.pause, max=60.0)(state))


class Refused(Problem):
    """The vendor does not let us: the token is wrong, or lacks a scope."""


class Away(Problem):
    """The vendor is not there, or too busy, after some tries."""


class Unknown(Problem):
    """The vendor does not know what is asked for, or not any more (a cursor that has expired, say)."""


class Missing(Unknown):
    """There is nothing at an address."""


def waiting(response: httpx.Response, now: datetime) -> float | None:
    """How many seconds an answer asks to wait: Retry-After (seconds or a date), else the moment at which the limit is renewed."""
    told = response.headers.get("Retry-After")
    if told:
        with suppress(ValueError):
            return max(0.0, float(told))
        with suppress(ValueError, TypeError):
            return max(0.0, (parsedate_to_datetime(told) - now).total_seconds())
    renewed = response.headers.get("X-RateLimit-Reset")
    with suppress(TypeError, ValueError):
        moment = float(renewed or "")
        return max(0.0, moment - now.timestamp()) if moment > 1e9 else moment
    return None


def _shown(address: str) -> str:
    """An address without its parameters."""
    return httpx.URL(address).path or address


def _reason(response: httpx.Response) -> str:
    """What a refusal says, when it says it in JSON."""
    with suppress(ValueError):
        found = response.json()
        found = found[0] if isinstance(found, list) and found else found
        for key in ("message", "error_description", "error", "errors", "detail", "title"):
            if isinstance(found, dict) and found.get(key):
                told = found[key]
                return f" ({told if isinstance(told, str) else json.dumps(told)})"[:300]
    return ""
