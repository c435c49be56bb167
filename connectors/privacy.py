"""The salt of this workspace: without it nobody can tell from a hash whether a known e-mail address is in the store."""

from __future__ import annotations

import os
import secrets
from contextlib import suppress
from pathlib import Path

FILE = ".email-salt"


def salt(workspace: Path) -> str:
    """The workspace's salt, made on first use; only its owner may read the file."""
    path = workspace / FILE
    try:
        return path.read_text(encoding="ascii").strip()
    except FileNotFoundError:
        pass
    prepared = path.with_name(f"{FILE}.{os.getpid()}")
    with os.fdopen(os.open(prepared, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="ascii") as file:
        file.write(secrets.token_hex(32) + "\n")
        file.flush()
        os.fsync(file.fileno())
    with suppress(FileExistsError):
        os.link(prepared, path)  # the first of two processes wins, and both read its salt
    prepared.unlink()
    return path.read_text(encoding="ascii").strip()
