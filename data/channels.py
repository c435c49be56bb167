"""Channels: whom alerts and digests can be sent to. `alerts/channels.yml` names them; their addresses are secrets.

    product-ops:
      url: ${PRODUCT_OPS_URL}      # mailtos://…, slack://…, workflows://… (Teams), jsons://… (webhook)
      digest_at: 08:00             # when the daily and the weekly digest go out, on the company's clock
      language: en                 # what its messages are written in: en or fr

The address is an Apprise URL (https://appriseit.com/services/): it holds passwords and tokens, and is never shown.
"""

from __future__ import annotations

import re
from collections.abc import Mapping as AnyMapping
from dataclasses import dataclass
from datetime import time

from data import workspace as workspaces
from data import yaml_file
from data.errors import Problem, did_you_mean
from data.translations import LANGUAGES
from data.workspace import Workspace
from data.yaml_file import Mapping

FILE = "alerts/channels.yml"
KEYS = ("url", "digest_at", "language")
_NAME = re.compile(r"[a-z][a-z0-9_-]{0,59}")
_MORNING = "08:00"


@dataclass(frozen=True)
class Channel:
    """A channel by its name: the variable that holds its address, when its digests go out, and the language of its messages."""

    name: str
    variable: str
    digest_at: time
    language: str
    block: Mapping

    @property
    def is_set(self) -> bool:
        """Whether its address is known on this machine."""
        return workspaces.is_set(self.variable)

    def address(self) -> str:
        """Its Apprise URL, a secret. Raises Problem when it is not set."""
        return workspaces.expand(f"${{{self.variable}}}", self.block, "url")


def read(workspace: Workspace) -> dict[str, Channel]:
    """The channels by name, in their order; none without a file. Raises Problem with its line for what is wrong."""
    path = workspace.alerts / "channels.yml"
    if not path.exists():
        return {}
    told = yaml_file.read(path, FILE)
    return {name: _channel(name, told) for name in told}


def _channel(name: str, within: Mapping) -> Channel:
    block = within[name]
    if not _NAME.fullmatch(name):
        raise within.problem(name, f'"{name}" cannot name a channel', "Use small letters, digits, _ and -, beginning with a letter.")
    if not isinstance(block, Mapping):
        raise within.problem(name, f"{name} must be a mapping with a url", "Write its url below, as ${NAME}.", value=True)
    block.only(KEYS, name)
    variable = workspaces.secret_name(block, "url", f"{name.upper().replace('-', '_')}_URL")
    return Channel(name, variable, _clock(block, name), _language(block, name), block)


def _clock(block: Mapping, name: str) -> time:
    try:
        return time.fromisoformat(str(block.get("digest_at", _MORNING)))
    except ValueError:
        raise block.problem(
            "digest_at", f'{name}: digest_at is a time such as {_MORNING}, not "{block["digest_at"]}"', value=True
        ) from None


def _language(block: Mapping, name: str) -> str:
    told = block.get("language", "en")
    if told not in LANGUAGES:
        said = f'{name}: language is one of {", ".join(LANGUAGES)}, not "{told}"'
        raise block.problem("language", said, "Messages are in English where it is left out.", value=True)
    return str(told)


def known(name: str, channels: AnyMapping[str, Channel]) -> Channel:
    """The channel of that name. Raises Problem with the nearest names."""
    if name not in channels:
        raise Problem(f'there is no channel "{name}"', FILE, remedy=did_you_mean(name, channels))
    return channels[name]
