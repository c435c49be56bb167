"""A service account of Google's: signs a claim with its key, and gets a token for it."""

from __future__ import annotations

import json
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import jwt

from connectors.tokens import Fetched
from data.errors import Problem
from data.yaml_file import Mapping

_GRANT = "urn:ietf:params:oauth:grant-type:jwt-bearer"
_REMEDY = "It is the JSON that Google gives when a key of a service account is made, or the name of the file that holds it."


@dataclass
class ServiceAccount(Fetched):
    """Tokens for what `scope` allows; `email` is whom a sheet is shared with."""

    email: str = ""
    scope: str = ""
    key_id: str = ""

    remedy = "See that the service account and its key exist still, and that this machine's clock is right."

    @classmethod
    def of(cls, told: str, block: Mapping, token_url: str, scope: str) -> ServiceAccount:
        """The account whose key this is, or stands in the file of this name. Raises Problem when it is none."""
        try:
            text = told if told.lstrip().startswith("{") else Path(told).expanduser().read_text(encoding="utf-8")
            found = json.loads(text)
            email, key, key_id = (str(found[name]) for name in ("client_email", "private_key", "private_key_id"))
            made = cls(token_url, key, [key], email=email, scope=scope, key_id=key_id)
            made.asked()
        except (OSError, ValueError, TypeError, KeyError, jwt.PyJWTError):
            raise cls._none(block) from None
        return made

    @staticmethod
    def _none(block: Mapping) -> Problem:
        return block.problem("key", "key is no service account's key", _REMEDY, value=True)

    def asked(self) -> httpx.Request:
        """What asks for a token, signed now."""
        now = int(time.time())
        claims: dict[str, Any] = {"iss": self.email, "scope": self.scope, "aud": self.token_url, "iat": now, "exp": now + 3600}
        signed = jwt.encode(claims, self.secret, algorithm="RS256", headers={"kid": self.key_id})
        return httpx.Request("POST", self.token_url, data={"grant_type": _GRANT, "assertion": signed})
