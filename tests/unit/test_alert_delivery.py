"""Messages reach a real SMTP server and real HTTP receivers on loopback, each in the form of its service; no secret is told anywhere."""

import io
import json
import logging
import os
import signal
import subprocess
import sys
import threading
from datetime import UTC, datetime, timedelta
from email import policy
from email.parser import BytesParser
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import AuthResult

from data import journal as journals
from data import notify
from data.errors import Problem
from data.journal.alerts import LEASE
from metrics.insight.alerts import delivery as alert_delivery
from metrics.insight.alerts import digest
from metrics.insight.alerts import run as alert_run
from metrics.insight.alerts.digest import Line
from metrics.layer import Layer
from tests.alerting import OLD, desk, http
from tests.fakes.server import free_port
from tests.waiting import PATIENCE, wait_until

ROOT = Path(__file__).parents[2]
RULE = f"more: {{metric: tickets_created, when: {{changes_by: 50%, at_least: 20}}, by: account_id, tell: [ops], owner: ana, {OLD}}}\n"
HOSTILE = "<b>[Evil](http://evil.example)</b> *x* <!channel> <@U1>\r\nBcc: all@example.org"
MESSAGE = digest.message(
    f"Acme: 1 alert – {HOSTILE}",
    [digest.group("Tickets", [Line(HOSTILE, "https://app.example/alerts?rule=more")], what="", owner="ana")],
    "",
)


pytestmark = pytest.mark.filterwarnings("ignore:Requiring AUTH", "ignore:Unverified HTTPS", "ignore:'imghdr'")


class Box:
    """What an SMTP server was given."""

    def __init__(self):
        self.got = []

    async def handle_DATA(self, _server, _session, envelope):  # noqa: N802
        self.got.append((envelope.rcpt_tos, BytesParser(policy=policy.default).parsebytes(envelope.content)))
        return "250 taken"


@pytest.fixture
def smtp():
    """A server that takes mail from who knows the password."""

    def allowed(_server, _session, _envelope, _mechanism, told):
        return AuthResult(success=told.password == b"p4ssw0rd-secret", handled=False)

    logging.getLogger("mail.log").setLevel(logging.CRITICAL)  # the server's own, which has every address
    box = Box()
    port = free_port()
    server = Controller(box, hostname="127.0.0.1", port=port, authenticator=allowed, auth_required=True, auth_require_tls=False)
    server.start()
    yield port, box.got
    server.stop()


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    return desk(tmp_path_factory.mktemp("desk"), {"e1": [30, 60], "e2": [30, 90]}, RULE).workspace


@pytest.fixture
def book(tmp_path, monkeypatch):
    monkeypatch.setenv("TRANSVERSE_JOURNAL", f"sqlite:///{tmp_path / 'journal.db'}")
    opened = journals.open_journal(tmp_path)
    yield opened
    opened.close()


@pytest.fixture
def log():
    """All that an app that logs everything would have in its log."""
    written, root = io.StringIO(), logging.getLogger()
    handler, level = logging.StreamHandler(written), root.level
    root.addHandler(handler)
    root.setLevel(logging.DEBUG)
    yield written
    root.setLevel(level)
    root.removeHandler(handler)


def mailbox(port, password="p4ssw0rd-secret"):
    return f"mailto://ana:{password}@127.0.0.1:{port}?to=team@example.org&from=alerts@example.org&mode=insecure"


def test_an_e_mail_has_a_text_and_an_html_part_and_no_header_of_anybody_elses_making(smtp):
    port, got = smtp
    notify.send(mailbox(port), MESSAGE, "ops")

    (((to,), mail),) = got
    assert to == "team@example.org"
    assert mail["Subject"].startswith("Acme: 1 alert –")
    assert mail["Bcc"] is None
    html, text = (mail.get_body((form,)).get_content() for form in ("html", "plain"))
    assert "&lt;b&gt;[Evil]" in html
    assert '<a href="https://app.example/alerts?rule=more">Show</a>' in html
    assert "Evil" in text
    assert "Owner: ana." in text


def test_a_webhook_gets_the_plain_text():
    with http() as (where, got):
        notify.send(f"json://{where}/hook/abc", MESSAGE, "ops")

    (one,) = got
    assert one["path"] == "/hook/abc"
    assert one["body"]["title"] == " ".join(f"Acme: 1 alert – {HOSTILE}".split())
    assert one["body"]["message"].startswith("TICKETS\n- <b>[Evil](http://evil.example)</b>")


@pytest.mark.parametrize(
    ("address", "secrets"),
    [
        ("json://us3rname:t0ps3cret@127.0.0.1:9/hook-t0ken?+X-Key=h3ader", ("us3rname", "t0ps3cret", "hook-t0ken", "h3ader")),
        ("mailto://ana:p4ss%40word@127.0.0.1:1?to=team@example.org&from=a@example.org&mode=insecure", ("p4ss", "team@example.org")),
        ("nothing://t0ps3cret", ("t0ps3cret",)),
    ],
)
def test_a_refusal_says_nothing_of_the_address(address, secrets, log):
    with pytest.raises(Problem) as told:
        notify.send(address, MESSAGE, "ops")

    said = f"{told.value} {log.getvalue()}"
    assert "ops" in said
    assert [one for one in (*secrets, address) if one in said] == []


def test_a_wrong_password_is_a_refusal_without_the_password(smtp):
    port, got = smtp
    with pytest.raises(Problem, match="did not take") as told:
        notify.send(mailbox(port, "wr0ng-secret"), MESSAGE, "ops")

    assert got == []
    assert "wr0ng" not in str(told.value)


def test_no_secret_stands_in_the_journal_the_log_or_what_is_printed(made, book, smtp, monkeypatch, log, capsys):
    port, got = smtp
    monkeypatch.setenv("OPS_URL", mailbox(port, "wr0ng-secret"))
    monkeypatch.setenv("TRANSVERSE_WORKSPACE", str(made.root))
    from metrics.__main__ import main

    assert main(["alerts", "--run"]) == 1
    assert main(["alerts", "--send-test", "ops", "--json"]) == 1
    monkeypatch.setenv("OPS_URL", mailbox(port))
    alert_delivery.deliver(made, book, datetime.now(UTC) + timedelta(hours=1))
    assert len(got) == 2

    printed = capsys.readouterr()
    told = json.dumps(book.export(), default=str) + log.getvalue() + printed.out + printed.err
    assert [one for one in ("wr0ng-secret", "p4ssw0rd-secret", "team@example.org", "mailto://") if one in told] == []


DIES = """
import os, sys
from pathlib import Path
from data import workspace
from data.journal import open_journal
from metrics.insight.alerts import run as alert_run
from metrics.layer import Layer
die = lambda *_, **__: os.kill(os.getpid(), 9)
if sys.argv[1] == "inside":
    alert_run._checks = die
layer = Layer(workspace.load())
alert_run.run(layer, open_journal(layer.workspace.root))
die()
"""


@pytest.mark.parametrize("where", [pytest.param("inside", marks=pytest.mark.full), "after"])
def test_who_is_killed_before_it_sends_leaves_one_message_for_the_next(made, book, monkeypatch, where):
    with http() as (receiver, got):
        here = os.environ | {"TRANSVERSE_WORKSPACE": str(made.root), "OPS_URL": f"json://{receiver}/ops"}
        killed = subprocess.run([sys.executable, "-c", DIES, where], cwd=ROOT, env=here, capture_output=True, check=False)
        assert killed.returncode == -signal.SIGKILL
        assert len(book.alerts.fired()) == {"inside": 0, "after": 2}[where]
        monkeypatch.setenv("OPS_URL", f"json://{receiver}/ops")
        for _ in range(2):
            alert_run.run(Layer(made), book)
            alert_delivery.deliver(made, book)

    assert len(got) == 1
    assert got[0]["body"]["title"] == "Tiny: 2 alerts – More"
    assert len(book.alerts.fired()) == 2


def test_a_message_whose_answer_was_lost_comes_again_once_and_says_so(made, book, monkeypatch):
    """The one case in which nobody can know: the receiver took it, and its sender died before it heard so."""
    held, answer = [], threading.Event()

    class Slow(BaseHTTPRequestHandler):
        def do_POST(self):
            held.append(json.loads(self.rfile.read(int(self.headers["content-length"])))["message"])
            answer.wait(PATIENCE)

        def log_message(self, *_):
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Slow)
    server.daemon_threads = True
    threading.Thread(target=server.serve_forever, daemon=True).start()
    here = os.environ | {"TRANSVERSE_WORKSPACE": str(made.root), "OPS_URL": f"json://127.0.0.1:{server.server_port}/ops?rto=300"}
    with subprocess.Popen([sys.executable, "-m", "metrics", "alerts", "--run"], cwd=ROOT, env=here) as sender:
        wait_until(lambda: held)
        sender.send_signal(signal.SIGKILL)
    answer.set()
    server.shutdown()
    server.server_close()

    with http() as (receiver, got):
        monkeypatch.setenv("OPS_URL", f"json://{receiver}/ops")
        assert alert_run.run(Layer(made), book).fresh == 0
        assert alert_delivery.deliver(made, book) == []  # its sender may still live
        later = datetime.now(UTC) + LEASE
        assert [one.state for one in alert_delivery.deliver(made, book, later)] == ["sent"]
        assert alert_delivery.deliver(made, book, later + LEASE) == []
    assert [one["body"]["message"] for one in got] == held
    assert "Should it come twice" in held[0]


def test_the_worker_tells_what_a_publish_brought(made, book):
    """The whole way, as the app runs it: a worker beside the page, nothing but the published data and the rules."""
    with http() as (receiver, got):
        here = os.environ | {"TRANSVERSE_WORKSPACE": str(made.root), "OPS_URL": f"json://{receiver}/ops"}
        with subprocess.Popen([sys.executable, "-m", "connectors", "work"], cwd=ROOT, env=here) as worker:
            wait_until(lambda: got)
            wait_until(lambda: [one for one in book.alerts.deliveries() if one.state == "sent"])
            worker.terminate()
    assert [one["body"]["title"] for one in got] == ["Tiny: 2 alerts – More"]
