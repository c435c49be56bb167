"""How vendors sign what they send by webhook: for each connector, whether a delivery comes from somebody who knows the secret.

Every comparison takes the same time whatever is wrong. A signed time keeps what was once overheard from being sent again.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime

#: How many seconds a signed time may be away from ours; Linear asks for less.
TOLERANCE, LINEAR = 300.0, 60.0


@dataclass(frozen=True)
class Delivery:
    """A request as it came: its public address, headers by their names in small letters, and the body untouched."""

    method: str
    url: str
    headers: Mapping[str, str]
    body: bytes


#: Takes a delivery, the secret and our time.
Verify = Callable[[Delivery, str, datetime], bool]


def is_genuine(connector: str, delivery: Delivery, secret: str, now: datetime) -> bool:
    """Whether a delivery for a source of this connector bears the mark of its secret."""
    return bool(secret) and SIGNATURES.get(connector, own_header)(delivery, secret, now)


def own_header(delivery: Delivery, secret: str, _now: datetime) -> bool:
    """For vendors that sign nothing, and let us choose a header: Authorization (also as Bearer, or Basic of user:password) or X-API-Key."""
    basic = base64.b64encode(secret.encode()).decode()
    told = delivery.headers.get("authorization", "")
    found = [_same(told, each) for each in (secret, f"Bearer {secret}", f"Basic {basic}")]
    return any([*found, _same(delivery.headers.get("x-api-key", ""), secret)])


def _hex(header: str, algorithm: str, prefix: str = "") -> Verify:
    """HMAC of the body, in hex."""

    def verify(delivery: Delivery, secret: str, _now: datetime) -> bool:
        return _same(delivery.headers.get(header, ""), prefix + _hmac(algorithm, secret, delivery.body).hex())

    return verify


def _segment(delivery: Delivery, secret: str, now: datetime) -> bool:
    # Of a list Segment signs the first call only, and RudderStack signs nothing: a header of one's own stands for the whole.
    signed = _hex("x-signature", "sha1")(delivery, secret, now)
    return own_header(delivery, secret, now) or signed


def _linear(delivery: Delivery, secret: str, now: datetime) -> bool:
    if not _hex("linear-signature", "sha256")(delivery, secret, now):
        return False
    told = delivery.headers.get("linear-timestamp", "")
    with suppress(ValueError, AttributeError):
        told = json.loads(delivery.body).get("webhookTimestamp", told)
    return _is_recent(told, 1000, now, LINEAR)


def _hubspot(delivery: Delivery, secret: str, now: datetime) -> bool:
    told = delivery.headers.get("x-hubspot-request-timestamp", "")
    signed = delivery.method.encode() + delivery.url.encode() + delivery.body + told.encode()
    genuine = _same(delivery.headers.get("x-hubspot-signature-v3", ""), _base64(_hmac("sha256", secret, signed)))
    return genuine and _is_recent(told, 1000, now, TOLERANCE)


def _stripe(delivery: Delivery, secret: str, now: datetime) -> bool:
    parts = [part.strip().partition("=") for part in delivery.headers.get("stripe-signature", "").split(",")]
    told = next((value for name, _, value in parts if name == "t"), "")
    wanted = _hmac("sha256", secret, told.encode() + b"." + delivery.body).hex()
    # There are two while a secret is being replaced by a new one.
    genuine = [_same(value, wanted) for name, _, value in parts if name == "v1"]
    return any(genuine) and _is_recent(told, 1, now, TOLERANCE)


def _zendesk(delivery: Delivery, secret: str, now: datetime) -> bool:
    told = delivery.headers.get("x-zendesk-webhook-signature-timestamp", "")
    genuine = _same(
        delivery.headers.get("x-zendesk-webhook-signature", ""), _base64(_hmac("sha256", secret, told.encode() + delivery.body))
    )
    return genuine and _is_recent(told, None, now, TOLERANCE)


#: By connector; one that is not named here has a header of its own (Gorgias, Productboard, Chargebee and others).
SIGNATURES: dict[str, Verify] = {
    "hubspot": _hubspot,
    "intercom": _hex("x-hub-signature", "sha1", "sha1="),
    "linear": _linear,
    "notion": _hex("x-notion-signature", "sha256", "sha256="),
    "segment": _segment,
    "stripe": _stripe,
    "zendesk": _zendesk,
}


def _hmac(algorithm: str, secret: str, message: bytes) -> bytes:
    return hmac.digest(secret.encode(), message, algorithm)


def _base64(digest: bytes) -> str:
    return base64.b64encode(digest).decode()


def _same(told: str, wanted: str) -> bool:
    # Hashed first: also the length of what is compared tells nothing.
    return hmac.compare_digest(hashlib.sha256(told.encode()).digest(), hashlib.sha256(wanted.encode()).digest())


def _is_recent(told: str | float, per_second: int | None, now: datetime, tolerance: float) -> bool:
    """Whether a time (a number since 1970, or ISO 8601 when `per_second` is None) is not far from ours."""
    try:
        moment = datetime.fromtimestamp(float(told) / per_second, UTC) if per_second else datetime.fromisoformat(str(told))
        return abs((now - moment).total_seconds()) <= tolerance
    except (ValueError, TypeError, OverflowError, OSError):
        return False
