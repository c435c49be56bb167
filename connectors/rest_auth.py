"""How the `rest` connector says who it is: a token, a name and password, a key in a header, or OAuth 2 client credentials."""

from __future__ import annotations

import base64
import re
from dataclasses import dataclass
from typing import Any

import httpx

from connectors import api
from connectors.context import Context
from connectors.tokens import ClientCredentials
from connectors.web import Web
from data import workspace as workspaces
from data.yaml_file import Mapping

_SECRETIVE = re.compile(r"authorization|token|secret|password|cookie|(^|[-_])key$|api-?_?key", re.IGNORECASE)
#: What each way needs in the block.
NEEDS = {
    "none": (),
    "bearer": ("token",),
    "basic": ("user",),
    "header": ("token", "header"),
    "oauth2": ("token", "client_id", "token_url"),
}


@dataclass(frozen=True)
class Proof:
    """What goes with each request, and what of it is never told."""

    headers: dict[str, str]
    auth: httpx.Auth | None
    secrets: list[str]


def proof(context: Context, way: str) -> Proof:
    """The proof that a block describes. Raises Problem for what is missing, or is a secret and stands in sources.yml."""
    block = context.block
    for key in NEEDS[way]:
        if not block.get(key):
            raise block.problem("auth", f"auth: {way} needs {key}", f"Add {key}: {_example(context, key)}", value=True)
    headers, secrets = _headers(context)
    token = api.secret(context, "token") if block.get("token") else ""
    user = workspaces.expand(str(block.get("user", "")), block, "user")
    secrets += [each for each in (token, user if "${" in str(block.get("user")) else "") if each]
    if way == "bearer":
        headers["Authorization"] = f"Bearer {token}"
    elif way == "header":
        headers[str(block["header"])] = token
    elif way == "basic":
        secrets.append(base64.b64encode(f"{user}:{token}".encode()).decode())
        headers["Authorization"] = f"Basic {secrets[-1]}"
    elif way == "oauth2":
        client = workspaces.expand(str(block["client_id"]), block, "client_id")
        return Proof(
            headers, ClientCredentials(str(block["token_url"]), token, secrets, client=client, scope=str(block.get("scope") or "")), secrets
        )
    return Proof(headers, None, secrets)


def check_params(at: Mapping, key: str) -> None:
    """Raises Problem for a secret among what is sent in an address or body."""
    given = at.get(key)
    if not isinstance(given, Mapping):
        return
    for name, value in given.items():
        if "${" in str(value) or _SECRETIVE.search(name):
            said = f"{name} looks like a secret, which must not be sent in an address or body"
            raise given.problem(name, said, "Use auth: header, with header and token.", value=True)


def _headers(context: Context) -> tuple[dict[str, str], list[str]]:
    given = context.block.get("headers")
    found: dict[str, str] = {}
    secrets: list[str] = []
    if not isinstance(given, Mapping):
        return found, secrets
    for name, value in given.items():
        if _SECRETIVE.search(name) and not str(value).startswith("${"):
            raise given.problem(
                name, f"{name} is a secret, which does not belong into sources.yml", f"Write {name}: ${{NAME}}.", value=True
            )
        found[name] = workspaces.expand(str(value), given, name)
        secrets += [found[name]] if "${" in str(value) else []
    return found, secrets


def _example(context: Context, key: str) -> str:
    variable = f"${{{context.name.upper().replace('-', '_')}_TOKEN}}, and set it in the environment or in .streamlit/secrets.toml."
    return {"token": variable, "user": "the name.", "header": "X-Api-Key.", "token_url": "https://….", "client_id": "its id."}[key]


def way(context: Context, config: Any, rate: float) -> Web:
    """The way to the API of a block."""
    found = proof(context, config.auth)
    return api.way(config, config.base_url, rate=rate, secrets=found.secrets, headers=found.headers, auth=found.auth)
