"""What is sent to us: judged by its signature, kept when it is data, and followed by a sync of its source.

A vendor's notice that something has changed is never taken as data: it asks for a sync, which fetches the change. What a source of
events delivers is data (`accept` of its connector): it is whole on the disk, in the source's inbox, before the vendor hears that it
was taken.
"""

from __future__ import annotations

import json
import logging
import os
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import lru_cache
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

from connectors import api, of_block
from connectors.inbox import Inbox
from connectors.signatures import Delivery, is_genuine
from data import files
from data import workspace as workspaces
from data.errors import Problem
from data.journal import open_journal
from data.pauses import paused
from data.workspace import Workspace
from data.yaml_file import Mapping

log = logging.getLogger("transverse.webhooks")

#: The key of a source's block that says it takes webhooks, and names their secret.
KEY = "webhook_secret"
#: The file in a source's inbox with the token that Notion sends once, for the person who connects it.
TOKEN = "verification_token"  # noqa: S105
_LONGEST_PROBE = 500


@dataclass(frozen=True)
class Reply:
    """What a vendor is told: an HTTP status, and a plain text where a probe asks for one."""

    status: int
    text: str = ""


def answer(root: Path, name: str, delivery: Delivery, now: datetime | None = None) -> Reply:
    """Takes a delivery for the source of this name. What is wrong with it is not told: only who sends it rightly may know."""
    try:
        workspace = _workspace(root)
        block = workspace.sources.get(name)
        if not isinstance(block, Mapping) or KEY not in block:
            return Reply(404)
        if delivery.method != "POST":
            return _probed(block, delivery)
        return _judged(workspace, name, block, delivery, now or datetime.now(UTC))
    except (Problem, OSError) as error:
        log.error("a delivery for %s could not be taken: %s", name, error)
        return Reply(503)


def _workspace(root: Path) -> Workspace:
    """The workspace, read again when one of its files has changed: anybody may knock, which must not cost much."""
    paths = [root / name for name in ("sources.yml", "features.yml")]
    return _read(root, *(path.stat().st_mtime_ns if path.exists() else 0 for path in paths))


@lru_cache(maxsize=4)
def _read(root: Path, *_changed: int) -> Workspace:
    return workspaces.load(root)


def _judged(workspace: Workspace, name: str, block: Mapping, delivery: Delivery, now: datetime) -> Reply:
    try:
        secret = api.secret_of(block, name, KEY)
    except Problem:
        if _is_handshake(block, delivery):
            return _shown_hands(workspace, name, delivery)
        raise
    if not is_genuine(str(block.get("connector")), delivery, secret, now):
        return Reply(401)
    try:
        sent = _parsed(delivery.body)
    except (ValueError, RecursionError):
        return Reply(400)
    module = of_block(name, block, workspace.sources)
    if hasattr(module, "accept"):
        module.accept(workspace, name, sent, now)
    _ask(workspace.root, name)
    return Reply(200)


def _parsed(body: bytes) -> Any:
    """The JSON of a body. Raises ValueError for what no file of JSON can hold (NaN, 1e999); half a character becomes a question mark."""
    text = json.dumps(json.loads(body), ensure_ascii=False, allow_nan=False)
    return json.loads(text.encode("utf-8", "replace"))


def _ask(root: Path, name: str) -> None:
    """Asks the worker for a sync, unless the source is paused; many deliveries ask for one. What was taken waits for the next sync when
    nobody can be asked."""
    if name in paused(root):
        return
    try:
        open_journal(root).jobs.request("sync", {"names": [name], "notice": True}, key=f"webhook:{name}", again=True)
    except Problem as problem:
        log.warning("a sync of %s could not be asked for: %s", name, problem)


def _probed(block: Mapping, delivery: Delivery) -> Reply:
    """What vendors ask before they send: Productboard wants its token back, others that somebody is there (HEAD)."""
    if delivery.method == "HEAD":
        return Reply(200)
    token = parse_qs(urlsplit(delivery.url).query).get("validationToken", [""])[0]
    if block.get("connector") != "productboard" or not token or len(token) > _LONGEST_PROBE:
        return Reply(405)
    return Reply(200, token)


def _is_handshake(block: Mapping, delivery: Delivery) -> bool:
    """Whether Notion sends the token with which it will sign; believed only as long as no secret is set."""
    if block.get("connector") != "notion":
        return False
    try:
        sent = _parsed(delivery.body)
    except (ValueError, RecursionError):
        return False
    return isinstance(sent, dict) and set(sent) == {TOKEN} and isinstance(sent[TOKEN], str)


def _shown_hands(workspace: Workspace, name: str, delivery: Delivery) -> Reply:
    path = Inbox.of(workspace.landing / name, workspace.root).folder / TOKEN
    path.unlink(missing_ok=True)
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="utf-8") as file:
        file.write(str(_parsed(delivery.body)[TOKEN]) + "\n")
    files.fsync(path)
    log.warning("Notion sent the token of %s: it lies in %s", name, path)
    return Reply(200)
