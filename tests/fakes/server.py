"""A fake vendor's server: real HTTP on loopback in a thread of its own, which can be edited meanwhile and misbehaves on command."""

from __future__ import annotations

import json
import random
import socket
import threading
import time
from collections import deque
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from typing import Any
from urllib.parse import parse_qsl

import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response, StreamingResponse
from starlette.routing import Route

#: What a fake can do wrong, once each time it is told to.
TROUBLES = ("429", "429 with Retry-After", "503", "cut", "truncated", "no answer")

Answer = Callable[[Request, Any], Any]


def free_port() -> int:
    """A port of loopback that nobody listens on."""
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return int(found.getsockname()[1])


class Refusal(Exception):
    """An answer with a status that is no success."""

    def __init__(self, status: int, body: Any = None, headers: dict[str, str] | None = None) -> None:
        super().__init__(status)
        self.status, self.body, self.headers = status, body or {"message": "refused"}, headers or {}


class Fake:
    """The base of every fake: a clock, an order of edits, troubles, and a log of requests.

    `routes` are (method, path, answer); an answer gets the request and its JSON or form and gives JSON, a Response, or raises Refusal.
    `allowed` says whether a request brings the right secret. `troubles` are done wrong in turn ("" is none); `before` is called before each
    answer.
    """

    def __init__(self, seed: int, *, skew: timedelta = timedelta(0)) -> None:
        self.random = random.Random(seed)
        self.skew = skew
        self.troubles: deque[str] = deque()
        self.requests: list[tuple[str, str]] = []
        self.before: Callable[[str, str], None] = lambda method, path: None
        self.url = ""
        self.lock = threading.RLock()
        self._ticks = 0

    def routes(self) -> list[tuple[str, str, Answer]]:
        """What it answers."""
        raise NotImplementedError

    def allowed(self, request: Request) -> bool:
        """Whether a request brings the right secret."""
        raise NotImplementedError

    def now(self) -> datetime:
        """The vendor's clock, by the second: many things happen at the same moment."""
        return (datetime.now(UTC) + self.skew).replace(microsecond=0)

    def number(self) -> int:
        """A number that has not been given yet, for ids."""
        self._ticks += 1
        return self._ticks

    @contextmanager
    def serve(self) -> Iterator[str]:
        """Serves it; gives its address."""
        port = free_port()
        app = Starlette(routes=[Route(path, self._endpoint(answer), methods=[method]) for method, path, answer in self.routes()])
        with served(app, port) as self.url:
            yield self.url

    def _endpoint(self, answer: Answer) -> Callable[[Request], Any]:
        async def respond(request: Request) -> Response:
            body = await request.body()
            with self.lock:
                self.requests.append((request.method, request.url.path))
                self.before(request.method, request.url.path)
                trouble = self.troubles.popleft() if self.troubles else ""
                response = self._answered(request, _told(body), answer)
            response = _wrong(trouble, response) if trouble else response
            response.headers["Date"] = format_datetime(self.now(), usegmt=True)
            return response

        return respond

    def _answered(self, request: Request, body: Any, answer: Answer) -> Response:
        if not self.allowed(request):
            return JSONResponse({"message": "the token is wrong"}, 401)
        try:
            found = answer(request, body)
        except Refusal as refusal:
            return JSONResponse(refusal.body, refusal.status, refusal.headers)
        return found if isinstance(found, Response) else JSONResponse(found)


def _told(body: bytes) -> Any:
    """The JSON of a request, or the fields of its form; None when it has neither."""
    return json.loads(body) if body[:1] in (b"{", b"[") else dict(parse_qsl(body.decode())) or None


@contextmanager
def served(app: Starlette, port: int = 0) -> Iterator[str]:
    """Serves an app on loopback, in a thread; gives its address."""
    server = uvicorn.Server(uvicorn.Config(app, host="127.0.0.1", port=port, log_level="critical", date_header=False, lifespan="off"))
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    while not server.started:
        time.sleep(0.005)
    try:
        yield f"http://127.0.0.1:{server.servers[0].sockets[0].getsockname()[1]}"
    finally:
        server.should_exit = True
        thread.join()


def _wrong(trouble: str, right: Response) -> Response:
    body = bytes(right.body)
    if trouble == "429":
        return JSONResponse({"message": "slow down"}, 429)
    if trouble == "429 with Retry-After":
        return JSONResponse({"message": "slow down"}, 429, {"Retry-After": "1"})
    if trouble == "503":
        return Response("<html>Service unavailable</html>", 503)
    if trouble == "truncated":
        return Response(body[: len(body) // 2], media_type="application/json")

    async def cut() -> AsyncIterator[bytes]:
        yield body[: len(body) // 2] if trouble == "cut" else b""
        raise ConnectionResetError

    return StreamingResponse(cut(), headers={"Content-Length": str(len(body) or 1), "Content-Type": "application/json"})
