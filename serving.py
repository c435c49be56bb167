"""The web server around the pages: small answers for the outside, compressed bundles, headers that keep other sites out."""

from __future__ import annotations

import asyncio
import gzip
import mimetypes
from collections import deque
from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress
from functools import lru_cache
from pathlib import Path

import streamlit
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg

from data.errors import Problem

STATIC = Path(streamlit.__file__).parent / "static" / "static"
_POLICY = (
    "default-src 'self'; script-src 'self' 'unsafe-inline' blob:; style-src 'self' 'unsafe-inline'; "
    "img-src 'self' data: blob:; font-src 'self' data:; connect-src 'self' ws: wss: data: blob:; worker-src 'self' blob:; "
    "object-src 'none'; base-uri 'self'; frame-ancestors 'self'"
)
#: What draws HTML in Streamlit's page, fetched with its main script: without it everything else would be there first, and then move.
_SCRIPTS = (file.name for name in ("Html", "purify.es") for file in STATIC.glob(f"js/{name}.*.js"))
_AHEAD = "".join(f'<link rel="modulepreload" href="./static/js/{name}">' for name in _SCRIPTS)
#: How long messages of a run may wait for its end, in seconds, and how large the one that tells of it can be, in bytes.
TOGETHER, _SMALL = 0.03, 200
#: Headers that speak of Streamlit's file, no longer of what is sent.
_OF_THE_FILE = (b"content-length", b"etag", b"last-modified")
HEADERS = {
    b"x-content-type-options": b"nosniff",
    b"x-frame-options": b"SAMEORIGIN",
    b"referrer-policy": b"same-origin",
    b"content-security-policy": _POLICY.encode(),
}


class SecurityHeaders:
    """Adds the headers to every answer, so that nothing is loaded from, sent to or framed by another site."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Passes the request on; the answer's head is completed on its way out."""

        async def sent(message: Message) -> None:
            if message["type"] == "http.response.start":
                told = {name.lower() for name, _ in message["headers"]}
                message["headers"] = [*message["headers"], *((name, said) for name, said in HEADERS.items() if name not in told)]
            await send(message)

        await self.app(scope, receive, sent if scope["type"] == "http" else send)


class Compressed:
    """Streamlit serves its bundles as they are; this sends them compressed (2.9 MB instead of 8.5), each compressed once."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app
        self._ready: dict[str, bytes] = {}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answers for scripts and style sheets under /static/; passes everything else on."""
        path = str(scope.get("path", ""))
        if scope["type"] == "http" and path.startswith("/static/") and path.endswith((".js", ".css")):
            accepted = Request(scope).headers.get("accept-encoding", "")
            if "gzip" in accepted and (body := self._body(path.removeprefix("/static/"))) is not None:
                await _compressed(path, body)(scope, receive, send)
                return
        await self.app(scope, receive, send)

    def _body(self, name: str) -> bytes | None:
        if name not in self._ready:
            file = (STATIC / name).resolve()
            if not file.is_relative_to(STATIC) or not file.is_file():
                return None
            self._ready[name] = gzip.compress(file.read_bytes(), 6)
        return self._ready[name]


def _compressed(path: str, body: bytes) -> Response:
    # The names of the bundles carry their hash: what was fetched once stays valid.
    headers = {"content-encoding": "gzip", "vary": "accept-encoding", "cache-control": "public, immutable, max-age=31536000"}
    return Response(body, headers=headers, media_type=mimetypes.guess_type(path)[0])


class Dressed:
    """Completes Streamlit's page on its way out: our style (there before anything is drawn), script and title, the reader's language."""

    def __init__(self, app: ASGIApp, sheet: Callable[[], str], script: Callable[[], str], languages: Sequence[str]) -> None:
        self.app, self.sheet, self.script, self.languages = app, sheet, script, languages

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Rewrites the page that a browser asks for; passes everything else on as it is."""
        if scope["type"] != "http" or scope["method"] != "GET" or "text/html" not in Request(scope).headers.get("accept", ""):
            await self.app(scope, receive, send)
            return
        parts: list[Message] = []

        async def gathered(message: Message) -> None:
            parts.append(message)

        await self.app(_plain(scope), receive, gathered)
        head, body = parts[0], b"".join(part.get("body", b"") for part in parts[1:])
        if _is_html(head):
            body = self._dress(body.decode(), Request(scope)).encode()
        kept = [(name, value) for name, value in head["headers"] if name.lower() not in _OF_THE_FILE]
        if "gzip" in Request(scope).headers.get("accept-encoding", ""):
            body, kept = _packed(body), [*kept, (b"content-encoding", b"gzip"), (b"vary", b"accept-encoding")]
        await send({**head, "headers": [*kept, (b"content-length", str(len(body)).encode())]})
        await send({"type": "http.response.body", "body": body})

    def _dress(self, page: str, request: Request) -> str:
        asked = (request.query_params.get("lang") or request.headers.get("accept-language", ""))[:2].lower()
        language = asked if asked in self.languages else self.languages[0]
        page = page.replace('<html lang="en">', f'<html lang="{language}">')
        page = page.replace("<title>Streamlit</title>", f"<title>Transverse</title>{_AHEAD}")
        # At the end of the body: Streamlit adds its own rules to the head while it runs, and where two weigh the same, the last wins.
        return page.replace("</body>", f"<style>{self.sheet()}</style><script>{self.script()}</script></body>", 1)


class Together:
    """Sends what a run says in one go: the browser draws the page anew for each part that comes by itself, however little is in it."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Passes the connection on; a message to the browser waits until its run has ended, or for a moment when that goes on."""
        await self.app(scope, receive, _Held(send).sent if scope["type"] == "websocket" else send)


class _Held:
    """The messages of one connection that wait, in their order."""

    def __init__(self, send: Send) -> None:
        self._send, self._messages, self._lock = send, deque[Message](), asyncio.Lock()
        self._soon: asyncio.Task[None] | None = None

    async def sent(self, message: Message) -> None:
        self._messages.append(message)
        if message["type"] != "websocket.send" or _ends_run(message.get("bytes") or b""):
            await self._let_go()
        elif self._soon is None or self._soon.done():
            self._soon = asyncio.create_task(self._let_go_soon())

    async def _let_go_soon(self) -> None:
        await asyncio.sleep(TOGETHER)
        with suppress(OSError):  # the browser is gone, which Streamlit learns where it listens to it
            await self._let_go()

    async def _let_go(self) -> None:
        async with self._lock:
            while self._messages:
                await self._send(self._messages.popleft())


def _ends_run(message: bytes) -> bool:
    return len(message) < _SMALL and ForwardMsg.FromString(message).WhichOneof("type") == "script_finished"


@lru_cache(maxsize=16)
def _packed(body: bytes) -> bytes:
    return gzip.compress(body, 6)


def _plain(scope: Scope) -> Scope:
    """The same request, for a whole page that is not compressed."""
    left = (b"accept-encoding", b"if-none-match", b"if-modified-since")
    return {**scope, "headers": [(name, value) for name, value in scope["headers"] if name.lower() not in left]}


def _is_html(message: Message) -> bool:
    return any(name.lower() == b"content-type" and value.startswith(b"text/html") for name, value in message["headers"])


def health(generation: Callable[[], int | None]) -> Callable[[Request], Awaitable[JSONResponse]]:
    """The answer to GET /healthz: 200 with the published generation (null before the first), 503 when the workspace is wrong."""

    async def answer(_request: Request) -> JSONResponse:
        try:
            return JSONResponse({"status": "ok", "generation": generation()})
        except Problem as problem:
            return JSONResponse({"status": "wrong", "problem": str(problem)}, status_code=503)

    return answer
