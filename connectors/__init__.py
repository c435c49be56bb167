"""Connectors: one module per tool. Each has SUMMARY, TEMPLATE, Config (a frozen model), `receive`, `pending` and `load(context)`.

One to which data is sent has `accept(workspace, name, sent, now)` too: it keeps what a webhook brought, or raises OSError.
"""

from __future__ import annotations

import re
from importlib import import_module
from typing import Any, Protocol, cast

from connectors.context import Context, Loaded
from data.errors import did_you_mean
from data.yaml_file import Mapping

#: The name that `connector:` gives in sources.yml, and the module that is behind it.
CONNECTORS = {
    "files": "connectors.files",
    "amplitude": "connectors.amplitude",
    "database": "connectors.database",
    "google_sheets": "connectors.google_sheets",
    "gorgias": "connectors.gorgias",
    "hubspot": "connectors.hubspot",
    "intercom": "connectors.intercom",
    "linear": "connectors.linear",
    "mixpanel": "connectors.mixpanel",
    "notion": "connectors.notion",
    "posthog": "connectors.posthog",
    "productboard": "connectors.productboard",
    "rest": "connectors.rest",
    "salesforce": "connectors.salesforce",
    "segment": "connectors.segment",
    "stripe": "connectors.stripe",
    "zendesk": "connectors.zendesk",
}

#: Connectors whose ids of accounts and persons are the company's own, so that equal ids mean the same thing. A vendor counts its own.
GIVEN_IDS = ("files", "database", "google_sheets", "rest", "segment")

#: Connectors to which something can be sent (`push(sent)`, see `push.py`), and what it becomes there.
PUSHED_TO = {"linear": "issue", "productboard": "note"}

_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]*")


class Connector(Protocol):
    """What every connector module gives."""

    SUMMARY: str
    TEMPLATE: str
    Config: Any

    def receive(self, context: Context) -> None:
        """Brings what a vendor has into landing, without a draft; sources side by side. Raises Problem for what people can mend."""

    def pending(self, context: Context) -> bool:
        """Whether `load` would find anything new; cheap, and the store may be read-only."""

    def load(self, context: Context) -> Loaded:
        """Loads what is new into the draft. Raises Problem for what people can mend; the store is then as before."""


def connector(name: str) -> Connector:
    """The connector of this name, imported now."""
    return cast(Connector, import_module(CONNECTORS[name]))


def offered() -> list[dict[str, str]]:
    """What can be connected: name, summary and template of each connector. Imports them all."""
    return [{"name": name, "summary": connector(name).SUMMARY, "template": connector(name).TEMPLATE} for name in CONNECTORS]


def has_given_ids(block: object) -> bool:
    """Whether the ids of a source's accounts and persons are the company's own."""
    return not isinstance(block, Mapping) or block.get("connector") in GIVEN_IDS


def of_block(name: str, block: object, sources: Mapping) -> Connector:
    """The connector that a source's block names. Raises Problem with its place in sources.yml."""
    if not isinstance(block, Mapping):
        raise sources.problem(name, f'the source "{name}" must be a mapping', "Begin with connector: files.", value=True)
    if not _NAME.fullmatch(name):
        raise sources.problem(name, f'"{name}" is no name for a source', "Use small letters, figures, _ and -, such as exports.")
    named = block.get("connector")
    if named is None:
        raise block.problem(None, f'the source "{name}" does not say its connector', f"Write connector: {' or '.join(CONNECTORS)}.")
    if named not in CONNECTORS:
        raise block.problem("connector", f'there is no connector "{named}"', did_you_mean(str(named), CONNECTORS), value=True)
    return connector(named)
