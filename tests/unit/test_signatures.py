"""Each vendor's signature, by the formula that it publishes; what is forged, changed or old is not believed."""

from __future__ import annotations

import base64
import hmac
import json
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from connectors.signatures import SIGNATURES, Delivery, is_genuine

SECRET = "a secret of ours"
NOW = datetime(2026, 11, 27, 12, tzinfo=UTC)
BODY = json.dumps({"action": "update", "webhookTimestamp": int(NOW.timestamp() * 1000)}).encode()
URL = "https://numbers.example.com/webhooks/crm"


def mac(algorithm: str, *parts: bytes | str) -> hmac.HMAC:
    return hmac.new(SECRET.encode(), b"".join(part if isinstance(part, bytes) else part.encode() for part in parts), algorithm)


def base64_of(made: hmac.HMAC) -> str:
    return base64.b64encode(made.digest()).decode()


def hubspot(at: datetime) -> dict[str, str]:
    told = str(int(at.timestamp() * 1000))
    return {"x-hubspot-signature-v3": base64_of(mac("sha256", "POST", URL, BODY, told)), "x-hubspot-request-timestamp": told}


def stripe(at: datetime) -> dict[str, str]:
    told = str(int(at.timestamp()))
    return {"stripe-signature": f"t={told},v0=old,v1={'0' * 64},v1={mac('sha256', told, '.', BODY).hexdigest()}"}


def zendesk(at: datetime) -> dict[str, str]:
    told = f"{at:%Y-%m-%dT%H:%M:%SZ}"
    return {
        "x-zendesk-webhook-signature": base64_of(mac("sha256", told, BODY)),
        "x-zendesk-webhook-signature-timestamp": told,
    }


#: What each vendor sends at a moment.
SENT: dict[str, Callable[[datetime], dict[str, str]]] = {
    "segment": lambda _at: {"x-signature": mac("sha1", BODY).hexdigest()},
    "intercom": lambda _at: {"x-hub-signature": f"sha1={mac('sha1', BODY).hexdigest()}"},
    "notion": lambda _at: {"x-notion-signature": f"sha256={mac('sha256', BODY).hexdigest()}"},
    "linear": lambda _at: {"linear-signature": mac("sha256", BODY).hexdigest()},
    "hubspot": hubspot,
    "stripe": stripe,
    "zendesk": zendesk,
    "gorgias": lambda _at: {"x-api-key": SECRET},
    "productboard": lambda _at: {"authorization": f"Bearer {SECRET}"},
    "chargebee": lambda _at: {"authorization": f"Basic {base64.b64encode(SECRET.encode()).decode()}"},
}
SIGNED = [name for name in SENT if name in SIGNATURES]


def delivery(vendor: str, at: datetime = NOW) -> Delivery:
    return Delivery("POST", URL, SENT[vendor](at), BODY)


def test_every_signature_is_judged_here():
    assert set(SIGNED) == set(SIGNATURES)


@pytest.mark.parametrize("vendor", SENT)
def test_what_is_genuine_is_believed_and_what_is_forged_is_not(vendor):
    sent = delivery(vendor)

    assert is_genuine(vendor, sent, SECRET, NOW)
    assert not is_genuine(vendor, sent, "another secret", NOW)
    assert not is_genuine(vendor, sent, "", NOW)
    assert not is_genuine(vendor, replace(sent, headers={}), SECRET, NOW)
    for name, value in sent.headers.items():
        assert not is_genuine(vendor, replace(sent, headers=sent.headers | {name: value[:-1]}), SECRET, NOW)
        assert not is_genuine(vendor, replace(sent, headers=sent.headers | {name: "é"}), SECRET, NOW)


@pytest.mark.parametrize("vendor", SIGNED)
def test_a_body_that_was_changed_is_not_believed(vendor):
    assert not is_genuine(vendor, replace(delivery(vendor), body=BODY + b" "), SECRET, NOW)


@pytest.mark.parametrize(("vendor", "seconds"), [("hubspot", 300), ("stripe", 300), ("zendesk", 300), ("linear", 60)])
def test_what_is_old_or_of_the_future_is_not_believed(vendor, seconds):
    for sign in (1, -1):
        assert is_genuine(vendor, delivery(vendor), SECRET, NOW + sign * timedelta(seconds=seconds - 1))
        assert not is_genuine(vendor, delivery(vendor), SECRET, NOW + sign * timedelta(seconds=seconds + 1))


@pytest.mark.parametrize("told", ["", "soon", "nan", "inf", "1e400", "-1", "٣"])
def test_a_time_that_is_none_is_not_believed(told):
    signed = {"stripe-signature": f"t={told},v1={mac('sha256', told, '.', BODY).hexdigest()}"}
    assert not is_genuine("stripe", Delivery("POST", URL, signed, BODY), SECRET, NOW)

    signed = {"x-zendesk-webhook-signature": base64_of(mac("sha256", told, BODY)), "x-zendesk-webhook-signature-timestamp": told}
    assert not is_genuine("zendesk", Delivery("POST", URL, signed, BODY), SECRET, NOW)


@pytest.mark.parametrize("body", [b"[]", b"{}", b'{"webhookTimestamp": null}', b'{"webhookTimestamp": [1]}', b"no json", b"\xff"])
def test_linear_without_its_time_is_not_believed(body):
    sent = Delivery("POST", URL, {"linear-signature": mac("sha256", body).hexdigest()}, body)

    assert not is_genuine("linear", sent, SECRET, NOW)


def test_of_a_list_that_segment_signs_by_its_first_call_only_nothing_is_believed_without_a_header_of_ones_own():
    first = b'{"type":"track"}'
    body = b"[" + first + b',{"type":"identify"}]'
    signed = {"x-signature": mac("sha1", first).hexdigest()}

    assert not is_genuine("segment", Delivery("POST", URL, signed, body), SECRET, NOW)
    assert is_genuine("segment", Delivery("POST", URL, signed | {"authorization": SECRET}, body), SECRET, NOW)


def test_another_address_or_method_is_not_what_hubspot_signed():
    sent = delivery("hubspot")

    assert not is_genuine("hubspot", replace(sent, url=URL + "x"), SECRET, NOW)
    assert not is_genuine("hubspot", replace(sent, method="PUT"), SECRET, NOW)


def test_digests_are_those_that_are_published():
    # RFC 2202 and RFC 4231, test case 2: key "Jefe".
    body = b"what do ya want for nothing?"
    sha1, sha256 = "effcdf6ae5eb2fa2d27416d5f184df9c259a7c79", "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843"

    assert is_genuine("segment", Delivery("POST", URL, {"x-signature": sha1}, body), "Jefe", NOW)
    assert is_genuine("notion", Delivery("POST", URL, {"x-notion-signature": f"sha256={sha256}"}, body), "Jefe", NOW)
