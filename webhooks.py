"""The door for webhooks, /webhooks/SOURCE: reads what is sent, up to a limit, and hands it on; files are written beside the event loop."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from starlette.requests import ClientDisconnect, Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

if TYPE_CHECKING:
    from connectors.webhooks import Reply

#: What a delivery may hold; vendors send half of it at most.
LIMIT = 1 << 20
#: Deliveries of one source are written one after the other: more threads would only wait for each other.
_THREADS = 4


def route(root: Callable[[], Path]) -> Route:
    """The route; `root` gives the workspace."""
    pool = ThreadPoolExecutor(_THREADS, thread_name_prefix="webhooks")

    async def answer(request: Request) -> Response:
        try:
            body = await _body(request)
        except ClientDisconnect:
            return Response(status_code=400)
        if body is None:
            return Response(status_code=413)
        told = (request.method, public_url(request), dict(request.headers), body)
        reply = await asyncio.get_running_loop().run_in_executor(pool, _answered, root(), request.path_params["source"], *told)
        headers = {"allow": "POST"} if reply.status == 405 else {}
        return PlainTextResponse(reply.text, reply.status, headers)

    return Route("/webhooks/{source}", answer, methods=["POST", "GET", "HEAD"])


def public_url(request: Request) -> str:
    """The address by which a vendor knows us, also behind a proxy that ends TLS: vendors send over https only, and some sign it."""
    host = request.headers.get("x-forwarded-host", "").partition(",")[0].strip() or request.headers.get("host", "")
    asked = urlsplit(str(request.url))
    return f"https://{host}{asked.path}{'?' + asked.query if asked.query else ''}"


async def _body(request: Request) -> bytes | None:
    """The body; None when it is too long, which is not read to its end."""
    told = request.headers.get("content-length", "0")
    if not told.isdecimal() or int(told) > LIMIT:
        return None
    body = bytearray()
    async for chunk in request.stream():
        body += chunk
        if len(body) > LIMIT:
            return None
    return bytes(body)


def _answered(root: Path, source: str, method: str, url: str, headers: dict[str, str], body: bytes) -> Reply:
    from connectors.signatures import Delivery  # here only: the app starts without the connectors
    from connectors.webhooks import answer

    return answer(root, source, Delivery(method, url, headers, body))
