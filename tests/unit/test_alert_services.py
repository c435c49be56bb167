"""Slack and Teams as they are: Apprise's own plugins, their own hosts and TLS, on a server that the test runs at 127.0.0.1.

Only the resolution of names is the test's. What is judged is what the service would get: its path, fields, markup and length.
"""

import json
import socket
import ssl
import threading
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import SimpleNamespace

import pytest

from data import journal as journals
from data import notify
from data.errors import Problem
from data.journal.alerts import PAUSES
from metrics.insight.alerts import delivery as alert_delivery
from metrics.insight.alerts import digest
from metrics.insight.alerts import run as alert_run
from metrics.insight.alerts.digest import Line
from metrics.insight.alerts.speech import Speech
from tests.alerting import OLD, desk

SLACK_HOST, TEAMS_HOST = "hooks.slack.com", "prod-161.westeurope.logic.azure.com"
TOKENS = "T1JJ3T3L2/A1BRTD4JD/TIiajkdnlazkcOXrIdevi7"
SLACK, SLACK_OWN = f"slack://{TOKENS}", f"https://{SLACK_HOST}/services/{TOKENS}"
TEAMS = f"workflows://{TEAMS_HOST}:443/643e69f83c8944438d68119179a10a64/KODuebWbDGYFr0z0eu"
TEAMS_OWN = f"https://{TEAMS_HOST}:443/workflows/643e69f83c8944438d68119179a10a64/triggers/manual/paths/invoke?sig=KODuebWbDGYFr0z0eu"
PLAIN = "E2: 12.3% in the week of 2026-11-16, up 3.5 points (n = 3)"
LINK = "https://app.example/alerts?rule=more&member=a%26b&fired=2026-01-12"
HOSTILE = "<b>&amp;</b> [Evil](http://evil.example) *x* _y_ `z` <!channel> <@U1> <at>u1</at>"
CHANNELS = "ops: {url: '${OPS_URL}'}\nboss: {url: '${BOSS_URL}'}\n"
RULE = f"more: {{metric: tickets_created, when: {{changes_by: 50%, at_least: 20}}, by: account_id, tell: [ops], {OLD}}}\n"
NOON = datetime(2026, 1, 28, 12, tzinfo=UTC)

pytestmark = pytest.mark.filterwarnings("ignore:'imghdr'")


@pytest.fixture(scope="module")
def certificate(tmp_path_factory):
    """A certificate of its own for both hosts, and its key."""
    from cryptography import x509
    from cryptography.hazmat.primitives import hashes, serialization
    from cryptography.hazmat.primitives.asymmetric import ec

    key, name = ec.generate_private_key(ec.SECP256R1()), x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "test")])
    hosts = x509.SubjectAlternativeName([x509.DNSName(SLACK_HOST), x509.DNSName(TEAMS_HOST)])
    now = datetime.now(UTC)
    made = x509.CertificateBuilder().subject_name(name).issuer_name(name).public_key(key.public_key()).serial_number(1)
    made = made.not_valid_before(now - timedelta(days=1)).not_valid_after(now + timedelta(days=1)).add_extension(hosts, critical=False)
    made = made.add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
    path = tmp_path_factory.mktemp("tls") / "server.pem"
    private = key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    path.write_bytes(private + made.sign(key, hashes.SHA256()).public_bytes(serialization.Encoding.PEM))
    return path


@pytest.fixture
def service(certificate, monkeypatch):
    """The services on loopback: what they got, by host, and the status that they answer with."""
    there = SimpleNamespace(got=[], status=200)

    class Receiver(BaseHTTPRequestHandler):
        def do_POST(self):
            body = self.rfile.read(int(self.headers["content-length"]))
            there.got.append(
                SimpleNamespace(host=self.headers["host"].split(":")[0], path=self.path, size=len(body), json=json.loads(body))
            )
            self.send_response(there.status)
            self.end_headers()
            self.wfile.write(b"ok" if there.status == 200 else b"no_service")

        def log_message(self, *_):
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Receiver)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)
    server.socket = context.wrap_socket(server.socket, server_side=True)
    threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
    resolve = socket.getaddrinfo

    def resolved(host, port, *args, **kwargs):
        return resolve(*(("127.0.0.1", server.server_port) if host in (SLACK_HOST, TEAMS_HOST) else (host, port)), *args, **kwargs)

    monkeypatch.setattr(socket, "getaddrinfo", resolved)
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(certificate))
    yield there
    server.shutdown()
    server.server_close()


@contextmanager
def journal(folder, monkeypatch):
    monkeypatch.setenv("TRANSVERSE_JOURNAL", f"sqlite:///{folder / 'journal.db'}")
    opened = journals.open_journal(folder)
    yield opened
    opened.close()


def message(count=1, speech=None):
    """A message of so many rules, each with ten members of hostile names."""
    lines = [Line(PLAIN), *(Line(f"{HOSTILE} {place}", LINK) for place in range(9 if count > 1 else 1))]
    groups = [digest.group(f"Rule {place}", lines, what="", owner="ana") for place in range(count)]
    return digest.message("Acme: 1 alert – <!channel> & more", groups, "Message 1.", speech or Speech())


def card(one):
    return {block["id"]: block["text"] for block in one.json["attachments"][0]["content"]["body"]}


@pytest.mark.parametrize("address", [SLACK, SLACK_OWN], ids=["apprise", "as Slack gives it"])
def test_slack_gets_one_attachment_in_its_markup(service, address):
    notify.send(address, message(), "ops")

    (one,) = service.got
    attachment = one.json["attachments"][0]
    assert (one.host, one.path) == (SLACK_HOST, f"/services/{TOKENS}")
    assert one.json["mrkdwn"] is True
    assert attachment["title"] == "Acme: 1 alert – &lt;!channel&gt; &amp; more"
    assert f"<{LINK.replace('&', '&amp;')}|Show>" in attachment["text"] or f"<{LINK}|Show>" in attachment["text"]
    assert not any(sign in attachment["text"] for sign in ("<!channel>", "@U1", "|Evil>", "<b>"))
    assert "*Rule 0*" in attachment["text"]
    assert f"- {PLAIN}\n" in attachment["text"]  # no sign of escaping: Slack would show it
    assert attachment["footer"] == "Transverse"


@pytest.mark.parametrize("address", [TEAMS, TEAMS_OWN], ids=["apprise", "as Teams gives it"])
def test_teams_gets_an_adaptive_card(service, address):
    notify.send(address, message(), "ops")

    (one,) = service.got
    content = one.json["attachments"][0]["content"]
    assert one.host == TEAMS_HOST
    assert one.path.startswith("/workflows/643e69f83c8944438d68119179a10a64/triggers/manual/paths/invoke?")
    assert "sig=KODuebWbDGYFr0z0eu" in one.path
    assert (one.json["type"], content["type"]) == ("message", "AdaptiveCard")
    assert f"[Show]({LINK})" in card(one)["body"]
    assert "entities" not in content["msteams"]  # nobody is mentioned
    assert "\\[Evil\\](" in card(one)["body"]
    assert f"- {PLAIN}\n" in card(one)["body"]


@pytest.mark.parametrize(
    ("address", "most"), [(SLACK, 8_000), (f"{SLACK}/?blocks=yes", 3_000), (TEAMS, 14_000)], ids=["slack", "slack blocks", "teams"]
)
@pytest.mark.parametrize("language", ["en", "fr"])
def test_a_message_that_is_too_long_is_cut_at_a_line_and_says_so(service, address, most, language):
    whole = message(20, Speech(language))
    assert len(whole.markdown) > 2 * most
    notify.send(address, whole, "ops")

    (one,) = service.got
    attachment = one.json["attachments"][0]
    blocks = [block["text"]["text"] for block in attachment.get("blocks", []) if block["type"] in ("section", "header")]
    text = card(one)["body"] if address == TEAMS else blocks[-1] if blocks else attachment["text"]
    size = one.size if address == TEAMS else len(text)
    assert most / 2 < size <= most
    assert text.endswith({"en": "the rest stands on the page Alerts.", "fr": "la suite se trouve sur la page Alertes."}[language])
    assert all(len(block) <= 150 for block in blocks[:-1])
    assert text.count("Show") + text.count("Voir") == text.count("app.example")


def test_what_fits_is_whole_and_a_mailbox_gets_all_of_a_long_one():
    import apprise

    target = apprise.Apprise.instantiate("mailto://ana:secret@example.org")
    whole = message(20)

    assert notify._fitted(target, whole) == ("html", whole.html)
    form, text = notify._fitted(apprise.Apprise.instantiate("discord://4174216298/JHMHI8qBe7bk2ZwO5U711o3dV_js"), whole)
    assert (form, len(text) < 2000, text.endswith(whole.cut)) == ("text", True, True)
    assert notify._fitted(apprise.Apprise.instantiate(TEAMS), message()) == ("markdown", message().markdown)


@pytest.mark.parametrize("address", [SLACK, SLACK_OWN, TEAMS, TEAMS_OWN])
@pytest.mark.parametrize("status", [403, 404, 413, 429, 500])
def test_a_service_that_refuses_is_an_error_without_its_address(service, address, status):
    service.status = status

    with pytest.raises(Problem, match=f"the channel ops did not take the message: .*{status}") as told:
        notify.send(address, message(), "ops")
    assert not any(secret in str(told.value) for secret in ("TIiajk", "KODueb", "643e69", "A1BRTD4JD"))


def test_a_certificate_that_nobody_signed_is_refused(service, monkeypatch):
    monkeypatch.delenv("REQUESTS_CA_BUNDLE")

    with pytest.raises(Problem, match="did not take"):
        notify.send(SLACK, message(), "ops")
    assert service.got == []


def test_slack_that_stays_shut_is_tried_again_and_ends_as_an_alarm_to_who_can_hear(service, tmp_path, monkeypatch):
    monkeypatch.setenv("OPS_URL", SLACK)
    monkeypatch.setenv("BOSS_URL", TEAMS)
    with journal(tmp_path, monkeypatch) as book:
        layer, now = desk(tmp_path / "desk", {"e1": [30, 60]}, RULE, CHANNELS), NOON
        service.status = 429
        alert_run.run(layer, book, now)
        for pause in (*PAUSES, timedelta(0)):
            (one,) = alert_delivery.deliver(layer.workspace, book, now)
            assert alert_delivery.deliver(layer.workspace, book, now) == []
            now += pause
        assert (one.state, one.tries, len(service.got)) == ("failed", 5, 5)
        assert {got.host for got in service.got} == {SLACK_HOST}

        service.status = 200
        ran = alert_run.run(layer, book, now)
        assert ran.troubles["more"].code == "refused"
        assert [done.kind for done in alert_delivery.deliver(layer.workspace, book, now)] == ["alarm"]
    assert service.got[-1].host == TEAMS_HOST
    assert card(service.got[-1])["title"] == "Tiny: 1 alert cannot run"
    assert "429" in card(service.got[-1])["body"]
