"""The salt of this workspace: without it nobody can tell from a hash whether a known e-mail address is in the store."""

from __future__ import annotations

import os
import re
import secrets
from contextlib import suppress
from hashlib import sha256
from pathlib import Path
from typing import Any

FILE = ".email-salt"
_ADDRESS = re.compile(r"[\w.%+'-]+@([\w-]+(?:\.[\w-]+)+)")


def salt(workspace: Path) -> str:
    """The workspace's salt, made on first use; only its owner may read the file."""
    path = workspace / FILE
    try:
        return path.read_text(encoding="ascii").strip()
    except FileNotFoundError:
        pass
    prepared = path.with_name(f"{FILE}.{secrets.token_hex(8)}")
    with os.fdopen(os.open(prepared, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="ascii") as file:
        file.write(secrets.token_hex(32) + "\n")
        file.flush()
        os.fsync(file.fileno())
    with suppress(FileExistsError):
        os.link(prepared, path)  # the first of two wins, and both read its salt
    prepared.unlink()
    return path.read_text(encoding="ascii").strip()


def without_addresses(value: Any, salt: str) -> Any:
    """A JSON value in which each e-mail address is its hash at its domain: alike addresses stay alike, and none can be read."""
    if isinstance(value, str):
        return _ADDRESS.sub(lambda found: f"{hashed(found[0], salt)}@{found[1].lower()}", value) if "@" in value else value
    if isinstance(value, dict):
        return {name: without_addresses(each, salt) for name, each in value.items()}
    return [without_addresses(each, salt) for each in value] if isinstance(value, list) else value


def hashed(address: str, salt: str) -> str:
    """The hash by which an address is known, in hex."""
    return sha256((salt + address.strip().lower()).encode()).hexdigest()
