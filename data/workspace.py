"""The workspace: one folder is one company. Reads sources.yml and features.yml; knows where everything lies."""

from __future__ import annotations

import os
import re
import tomllib
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from data import schedules, yaml_file
from data.errors import Problem
from data.schedules import Schedule
from data.yaml_file import Mapping

ROOT = Path(__file__).resolve().parent.parent
DEMO = ROOT / "data" / "workspaces" / "demo"
#: What a new source may be called.
NEW_SOURCE = re.compile(r"[a-z][a-z0-9_-]*")
_VARIABLE = re.compile(r"\$\{([A-Za-z_][A-Za-z0-9_]*)\}")


@dataclass(frozen=True)
class Company:
    """The head of sources.yml: whose data this is, and the calendar and currency that its numbers are told in."""

    name: str = "Company"
    timezone: str = "UTC"
    week_start: str = "monday"
    fiscal_year_start: int = 1
    currency: str = "EUR"
    rates: str | None = None
    north_star: str | None = None
    address: str | None = None


@dataclass(frozen=True)
class Feature:
    """A product feature as features.yml tells it: which events and ticket tags belong to it, who is eligible."""

    feature_id: str
    name: str
    area: str | None = None
    owner: str | None = None
    released_at: Any = None
    eligible_plans: tuple[str, ...] = ()
    events: tuple[str, ...] = ()
    where: str | None = None
    ticket_tags: tuple[str, ...] = ()


@dataclass(frozen=True)
class Workspace:
    """One company's folder. `head` and `sources` hold the blocks of sources.yml as written, with their lines."""

    root: Path
    company: Company = field(default_factory=Company)
    sources: Mapping = field(default_factory=Mapping)
    schedules: dict[str, Schedule] = field(default_factory=dict)
    features: dict[str, Feature] = field(default_factory=dict)
    meaningful: tuple[str, ...] | None = None
    head: Mapping = field(default_factory=Mapping)

    @property
    def store(self) -> Path:
        """Where the generations lie."""
        return self.root / "store"

    @property
    def landing(self) -> Path:
        """Where pages lie as received, until published."""
        return self.root / "landing"

    @property
    def definitions(self) -> Path:
        """Where this company's own metrics lie."""
        return self.root / "metrics"

    @property
    def alerts(self) -> Path:
        """Where this company's alert rules and channels lie."""
        return self.root / "alerts"

    @property
    def playbooks(self) -> Path:
        """Where this company's own playbooks lie."""
        return self.root / "playbooks"

    @property
    def reviews(self) -> Path:
        """Where this company's own templates of reviews lie."""
        return self.root / "reviews"

    @property
    def is_demo(self) -> bool:
        """Whether this is the demo company, which lives on by itself."""
        return (self.root / "ground_truth.json").exists()


def folder() -> Path:
    """The folder that TRANSVERSE_WORKSPACE names, or the demo's."""
    named = os.environ.get("TRANSVERSE_WORKSPACE")
    return Path(named).expanduser().resolve() if named else DEMO


def load(root: Path | None = None) -> Workspace:
    """Reads a workspace; an empty folder is a valid one. Raises Problem with file and line for what is wrong in its files."""
    root = root or folder()
    if not root.is_dir():
        raise Problem(f"the workspace {root} does not exist", remedy="Make the folder, or let TRANSVERSE_WORKSPACE name another.")
    sources = _read(root / "sources.yml")
    sources.only(("company", "schedules", "sources"))
    features = _read(root / "features.yml")
    head = _section(sources, "company")
    company = _company(head)
    return Workspace(
        root=root,
        company=company,
        sources=_section(sources, "sources"),
        schedules=schedules.read(_section(sources, "schedules"), company.timezone),
        features={name: _feature(name, block, features) for name, block in _section(features, "features").items()},
        meaningful=tuple(features["meaningful"]) if isinstance(features.get("meaningful"), list) else None,
        head=head,
    )


def expand(text: str, at: Mapping | None = None, key: str | None = None) -> str:
    """Replaces each ${NAME} from the environment or .streamlit/secrets.toml; Problem when a name is in neither."""

    def value(match: re.Match[str]) -> str:
        found = os.environ.get(match[1], _secrets().get(match[1]))
        if found is None:
            said = f"${{{match[1]}}} is set neither in the environment nor in .streamlit/secrets.toml"
            remedy = f"Set it: export {match[1]}=…"
            raise at.problem(key, said, remedy, value=True) if at is not None else Problem(said, remedy=remedy)
        return str(found)

    return _VARIABLE.sub(value, text)


def secret(block: Mapping, key: str, variable: str) -> str:
    """The secret that a block names; `variable` is the name to propose. Raises Problem as `secret_name`, and when it is not set."""
    return expand(f"${{{secret_name(block, key, variable)}}}", block, key)


def secret_name(block: Mapping, key: str, variable: str) -> str:
    """The NAME of the ${NAME} that a secret is written as. Raises Problem when it stands there itself: no file is a place for it."""
    found = _VARIABLE.fullmatch(str(block.get(key) or ""))
    if found is None:
        remedy = f"Write {key}: ${{{variable}}}, and set it in the environment or in .streamlit/secrets.toml."
        raise block.problem(key, f"{key} is a secret, which does not belong into {Path(block.file).name}", remedy, value=True)
    return found[1]


def variables(text: str) -> list[str]:
    """The names that stand in a text as ${NAME}, each once."""
    return list(dict.fromkeys(_VARIABLE.findall(text)))


def is_set(name: str) -> bool:
    """Whether the environment or .streamlit/secrets.toml has a value for a name."""
    return name in os.environ or name in _secrets()


def _secrets() -> dict[str, Any]:
    path = ROOT / ".streamlit" / "secrets.toml"
    return tomllib.loads(path.read_text(encoding="utf-8")) if path.exists() else {}


def _read(path: Path) -> Mapping:
    return yaml_file.read(path) if path.exists() else yaml_file.parse("", path.name)


def _section(of: Mapping, key: str) -> Mapping:
    found = of.get(key)
    if found is None:
        return yaml_file.parse("", of.file)
    if not isinstance(found, Mapping):
        raise of.problem(key, f'"{key}" must be a mapping of names to values', value=True)
    return found


def _company(block: Mapping) -> Company:
    block.only(Company.__dataclass_fields__, "company")
    company = Company(**block)
    try:
        ZoneInfo(company.timezone)
    except (ZoneInfoNotFoundError, ValueError, TypeError):
        raise block.problem("timezone", f'unknown time zone "{company.timezone}"', "Use a name such as Europe/Paris.", value=True) from None
    if company.week_start not in ("monday", "sunday"):
        raise block.problem("week_start", f'week_start is monday or sunday, not "{company.week_start}"', value=True)
    if company.fiscal_year_start not in range(1, 13):
        raise block.problem("fiscal_year_start", "fiscal_year_start is the number of a month, 1 to 12", value=True)
    if not re.fullmatch("[A-Z]{3}", str(company.currency)):
        raise block.problem("currency", f'"{company.currency}" is not a currency code such as EUR', value=True)
    if not isinstance(company.north_star, str | None):
        raise block.problem("north_star", "north_star is the name of a metric, such as weekly_active_accounts", value=True)
    if not isinstance(company.address, str | None) or not str(company.address or "https://").startswith(("https://", "http://")):
        raise block.problem("address", "address is where the app is opened, such as https://transverse.example.com", value=True)
    return company


def _feature(name: str, block: Any, within: Mapping) -> Feature:
    if not isinstance(block, Mapping):
        raise within.problem("features", f'feature "{name}" must be a mapping', value=True)
    block.only(("name", "area", "owner", "released_at", "eligible_plans", "events", "where", "tickets"), f"feature {name}")
    tickets = block.get("tickets") or {}
    return Feature(
        feature_id=name,
        name=str(block.get("name", name)),
        area=block.get("area"),
        owner=block.get("owner"),
        released_at=block.get("released_at"),
        eligible_plans=tuple(block.get("eligible_plans") or ()),
        events=tuple(block.get("events") or ()),
        where=block.get("where"),
        ticket_tags=tuple(tickets.get("tags") or ()),
    )
