"""Vendors for tests: stateful fakes that speak real HTTP on loopback. One module per vendor, all exposing the same names."""

from __future__ import annotations

from datetime import timedelta
from importlib import import_module
from typing import Any, Protocol, cast

from tests.fakes.server import Fake

#: The vendors that have a fake.
VENDORS = (
    "amplitude",
    "google_sheets",
    "gorgias",
    "hubspot",
    "intercom",
    "linear",
    "mixpanel",
    "notion",
    "posthog",
    "productboard",
    "rest",
    "salesforce",
    "stripe",
    "zendesk",
)

Rows = set[tuple[Any, ...]]


class Vendor(Protocol):
    """What every module of a vendor gives."""

    #: The block of sources.yml without name and base_url, and the secrets it names.
    BLOCK: str
    SECRETS: dict[str, str]
    #: What is compared: (table, columns), as text.
    COMPARED: dict[str, tuple[str, ...]]

    def fake(self, seed: int, skew: timedelta = ...) -> Fake:
        """A vendor with some things in it, whose clock is wrong by `skew`."""

    def edit(self, fake: Fake) -> None:
        """One random change that people make there: something new, changed, deleted, or late."""

    def expected(self, fake: Fake) -> dict[str, Rows]:
        """What must be loaded, computed from the fake's state in plain Python: rows of COMPARED by table."""


def vendor(name: str) -> Vendor:
    """The module of a vendor."""
    return cast(Vendor, import_module(f"tests.fakes.{name}"))
