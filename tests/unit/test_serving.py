"""The server around the pages: bundles come compressed, other sites are kept out, health is told."""

import asyncio
import gzip
import re
from concurrent.futures import ThreadPoolExecutor

import pytest
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.responses import HTMLResponse, PlainTextResponse
from starlette.routing import Route
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg

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
    with ThreadPoolExecutor(1) as elsewhere:  # a browser test of the same run may hold this thread's loop
        elsewhere.submit(asyncio.run, app(scope, receive, send)).result()
    told = {name.decode(): value.decode() for name, value in sent[0]["headers"]}
    return sent[0]["status"], told, b"".join(message.get("body", b"") for message in sent[1:])


def app(generation=lambda: 7):
    async def other(request):
        return PlainTextResponse("other")

    async def page(request):
        return HTMLResponse('<html lang="en"><head><title>Streamlit</title></head><body></body></html>', headers={"etag": "file"})

    return Starlette(
        routes=[Route("/healthz", serving.health(generation)), Route("/page", page), Route("/{rest:path}", other)],
        middleware=[
            Middleware(serving.SecurityHeaders),
            Middleware(serving.Compressed),
            Middleware(serving.Dressed, sheet=lambda: ".tv{}", script=lambda: "go()", languages=("en", "fr")),
        ],
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


def test_the_page_comes_with_our_style_our_title_and_the_reader_s_language():
    _status, headers, body = get(app(), "/page", accept="text/html", accept_language="fr-FR,fr;q=0.9", accept_encoding="identity")

    ahead = re.findall(rb'<link rel="modulepreload" href="(./static/js/[^"]+)">', body)
    assert re.sub(rb"<link[^>]+>", b"", body) == (
        b'<html lang="fr"><head><title>Transverse</title></head><body><style>.tv{}</style><script>go()</script></body></html>'
    )
    assert len(ahead) == 2
    assert all((serving.STATIC.parent / name.decode()).is_file() for name in ahead)
    assert headers["content-length"] == str(len(body))
    assert "etag" not in headers


def test_the_page_comes_compressed_to_who_can_unpack_it():
    plain = get(app(), "/page", accept="text/html", accept_encoding="identity")[2]
    _status, headers, body = get(app(), "/page", accept="text/html", accept_encoding="gzip, br")

    assert gzip.decompress(body) == plain
    assert (headers["content-encoding"], headers["vary"]) == ("gzip", "accept-encoding")
    assert headers["content-length"] == str(len(body))


def test_a_language_that_is_not_spoken_is_english_and_what_is_no_page_stays_as_it_is():
    assert b'lang="en"' in get(app(), "/page", accept="text/html", accept_language="de")[2]
    assert get(app(), "/other", accept="text/html")[2] == b"other"
    assert b"<title>Streamlit</title>" in get(app(), "/page", accept="*/*")[2]


def said(**kind):
    """A message of a run as Streamlit sends it."""
    return {"type": "websocket.send", "bytes": ForwardMsg(**kind).SerializeToString()}


LINE, END = said(logo={"image": "x" * 300}), said(script_finished=ForwardMsg.FINISHED_SUCCESSFULLY)


def talked(talk, send=None):
    """What a browser was sent while `talk` ran, each with the moment in seconds; `talk` is given the way to send."""
    came = []

    async def kept(message):
        came.append((asyncio.get_running_loop().time(), message))

    async def inner(scope, receive, sent):
        await talk(sent, came)

    async def whole():
        begun = asyncio.get_running_loop().time()
        await serving.Together(inner)({"type": "websocket"}, None, send or kept)
        return [(moment - begun, message) for moment, message in came]

    with ThreadPoolExecutor(1) as elsewhere:
        return elsewhere.submit(asyncio.run, whole()).result()


def test_what_a_run_says_goes_out_in_its_order_when_the_run_ends():
    early = []

    async def run(sent, came):
        await sent(LINE)
        await sent(said(logo={"image": "second"}))
        early.extend(came)
        await sent(END)

    assert [message for _moment, message in talked(run)] == [LINE, said(logo={"image": "second"}), END]
    assert early == []


def test_a_long_run_shows_what_it_has_before_it_ends():
    async def run(sent, came):
        await sent(LINE)
        while not came:
            await asyncio.sleep(0.001)
        await sent(END)

    (first, line), (_last, end) = talked(run)

    assert (line, end) == (LINE, END)
    assert first >= serving.TOGETHER * 0.9


def test_each_run_waits_for_its_own_end_and_nothing_for_the_connection_that_closes():
    async def runs(sent, came):
        for run in range(3):
            await sent(LINE)
            assert len(came) == 2 * run
            await sent(END)
            assert [message for _moment, message in came[2 * run :]] == [LINE, END]
        await sent(LINE)
        await sent({"type": "websocket.close", "code": 1000})

    assert [message["type"] for _moment, message in talked(runs)] == ["websocket.send"] * 7 + ["websocket.close"]


def test_a_browser_that_is_gone_stops_nobody_but_its_own_run():
    async def gone(message):
        raise OSError("gone")

    async def run(sent, _came):
        await sent(LINE)
        await asyncio.sleep(serving.TOGETHER * 2)  # what waited is lost with the browser, without a word
        with pytest.raises(OSError, match="gone"):
            await sent(END)

    assert talked(run, gone) == []
