"""The server around the pages: bundles come compressed, other sites are kept out, health is told."""

import asyncio
import gzip

import pytest
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.responses import PlainTextResponse
from starlette.routing import Route

import serving
from data.errors import Problem


def get(app, path, **headers):
    """Status, headers and body of a GET, without a server."""
    sent = []

    async def receive():
        return {"type": "http.request", "body": b"", "more_body": False}

    async def send(message):
        sent.append(message)

    raw = [(name.replace("_", "-").encode(), value.encode()) for name, value in headers.items()]
    scope = {"type": "http", "method": "GET", "path": path, "raw_path": path.encode(), "query_string": b"", "headers": raw, "root_path": ""}
    asyncio.run(app(scope, receive, send))
    told = {name.decode(): value.decode() for name, value in sent[0]["headers"]}
    return sent[0]["status"], told, b"".join(message.get("body", b"") for message in sent[1:])


def app(generation=lambda: 7):
    async def other(request):
        return PlainTextResponse("other")

    return Starlette(
        routes=[Route("/healthz", serving.health(generation)), Route("/{rest:path}", other)],
        middleware=[Middleware(serving.SecurityHeaders), Middleware(serving.Compressed)],
    )


@pytest.fixture
def bundle():
    return max((serving.STATIC / "js").glob("*.js"), key=lambda file: file.stat().st_size)


def test_a_bundle_comes_compressed_once_and_whole(bundle):
    status, headers, body = get(app(), f"/static/js/{bundle.name}", accept_encoding="gzip, br")

    assert status == 200
    assert headers["content-encoding"] == "gzip"
    assert "immutable" in headers["cache-control"]
    assert gzip.decompress(body) == bundle.read_bytes()
    assert len(body) < bundle.stat().st_size / 2


def test_who_cannot_unpack_gets_it_as_streamlit_serves_it(bundle):
    assert get(app(), f"/static/js/{bundle.name}", accept_encoding="identity")[2] == b"other"


def test_nothing_outside_the_bundles_is_read():
    assert get(app(), "/static/../../../../../etc/passwd.js", accept_encoding="gzip")[2] == b"other"
    assert get(app(), "/static/js/none.js", accept_encoding="gzip")[2] == b"other"


def test_every_answer_keeps_other_sites_out():
    headers = get(app(), "/page")[1]

    assert headers["x-content-type-options"] == "nosniff"
    assert "frame-ancestors 'self'" in headers["content-security-policy"]
    assert "default-src 'self'" in headers["content-security-policy"]


def test_health_tells_the_generation_or_what_is_wrong():
    status, _headers, body = get(app(), "/healthz")
    assert (status, body) == (200, b'{"status":"ok","generation":7}')

    def wrong():
        raise Problem("there is no such folder")

    status, _headers, body = get(app(wrong), "/healthz")
    assert status == 503
    assert b"there is no such folder" in body
