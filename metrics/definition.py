"""A metric as written: its common keys, and the kind that its verb names."""

from __future__ import annotations

import re
from collections.abc import Mapping as AnyMapping
from dataclasses import dataclass, field
from typing import Any, Protocol

from data.errors import Problem, did_you_mean
from data.yaml_file import Mapping
from metrics import promises

FORMATS = ("integer", "decimal", "percent", "money", "duration")
GOOD = ("up", "down", "neutral")
INCLUDE = ("test", "internal")
NAME = re.compile(r"[a-z][a-z0-9_]{0,99}")
_LARGEST = 1e300
_SHARE = re.compile(r"(\d{1,3}(?:\.\d{1,6})?) ?%", re.ASCII)
COMMON = (
    "label", "description", "good", "owner", "format", "objective", "targets", "tests", "drivers", "synonyms", "valid_since",
    "time", "include", "materiality", "minimum_n",
)  # fmt: skip


class Spec(Protocol):
    """What a kind reads from a definition."""

    @property
    def parts(self) -> tuple[str, ...]:
        """The metrics that it is made of; none for a kind that counts rows itself."""
        ...


@dataclass(frozen=True)
class Metric:
    """One metric: what people call it, how it is computed (`spec`), where it is written."""

    name: str
    kind: str
    spec: Any
    label: str
    description: str | None
    good: str
    owner: str | None
    format: str
    objective: str | None = None
    targets: AnyMapping[str, float] = field(default_factory=dict)
    tests: tuple[AnyMapping[str, Any], ...] = ()
    drivers: tuple[str, ...] = ()
    synonyms: tuple[str, ...] = ()
    valid_since: Any = None
    time: str | None = None
    include: tuple[str, ...] = ()
    #: What a change must come to, as a share of the level, before it is told; and how much must stand behind a value for it to be judged.
    materiality: float | None = None
    minimum_n: int | None = None
    file: str = ""
    line: int = 0
    column: int | None = None
    block: Mapping = field(default_factory=Mapping)

    @property
    def parts(self) -> tuple[str, ...]:
        """The metrics that this one is computed from."""
        return tuple(self.spec.parts)

    @property
    def named(self) -> dict[str, list[str]]:
        """The metrics that this one speaks of without being computed from them, by the key that they stand under."""
        return {"drivers": list(self.drivers), "tests": [part for test in self.tests for part in test.get("sums_to", ())]}

    def problem(self, message: str, remedy: str | None = None, key: str | None = None) -> Problem:
        """A Problem at this definition, or at one of its keys."""
        if key and key in self.block.values_at:
            return self.block.problem(key, f"{self.name}: {message}", remedy, value=True)
        return Problem(f"{self.name}: {message}", self.file, self.line, self.column, remedy, key)


def read(name: str, within: Mapping, kinds: AnyMapping[str, Any]) -> Metric:
    """The metric of that name in a file of definitions. `kinds` maps each verb to its module. Raises Problem."""
    block = within[name]
    if not NAME.fullmatch(name):
        raise within.problem(name, f'"{name}" cannot name a metric', "Use small letters, digits and _, beginning with a letter.")
    if not isinstance(block, Mapping):
        raise within.problem(name, f"{name} must be a mapping such as {{count: '*', in: events}}", value=True)
    verbs = [key for key in block if key in kinds]
    if len(verbs) != 1:
        said = f"has {len(verbs)} verbs ({', '.join(verbs)})" if verbs else "has no verb"
        wrong = next((key for key in block if key not in COMMON), "")
        raise within.problem(name, f"{name} {said}", f"Exactly one of: {', '.join(kinds)}." if verbs else did_you_mean(wrong, kinds))
    kind = kinds[verbs[0]]
    block.only((verbs[0], *kind.KEYS, *COMMON), name)
    _choices(name, block)
    return Metric(
        name=name,
        kind=verbs[0],
        spec=kind.read(verbs[0], block, name),
        label=str(block.get("label") or name.replace("_", " ").capitalize()),
        description=block.get("description"),
        good=block.get("good", "up"),
        owner=block.get("owner"),
        format=block.get("format") or kind.format_of(verbs[0]),
        objective=block.get("objective"),
        targets={str(period): float(target) for period, target in (block.get("targets") or {}).items()},
        tests=tuple(block.get("tests") or ()),
        drivers=tuple(block.get("drivers") or ()),
        synonyms=tuple(str(one) for one in block.get("synonyms") or ()),
        valid_since=block.get("valid_since"),
        time=block.get("time"),
        include=tuple(block.get("include") or ()),
        materiality=_materiality(name, block),
        minimum_n=_minimum_n(name, block),
        file=within.file,
        line=within.keys_at[name][0],
        column=within.keys_at[name][1],
        block=block,
    )


def _choices(name: str, block: Mapping) -> None:
    for key in ("label", "description", "owner", "good", "format", "objective", "time"):
        if block.get(key) is not None and not isinstance(block[key], str):
            raise block.problem(key, f"{name}: {key} must be a text", "Put it into quotes.", value=True)
    for key in ("drivers", "synonyms", "include"):
        listed = block.get(key) or []
        if not isinstance(listed, list) or not all(isinstance(one, (str, int, float)) for one in listed):
            raise block.problem(key, f"{name}: {key} takes a list of words", value=True)
    for key, known in (("good", GOOD), ("format", FORMATS)):
        if key in block and block[key] not in known:
            raise block.problem(key, f'{name}: {key} is one of {", ".join(known)}, not "{block[key]}"', value=True)
    for one in block.get("include") or ():
        if one not in INCLUDE:
            raise block.problem("include", f'{name}: include takes test and internal, not "{one}"', value=True)
    targets = block.get("targets") or {}
    if not isinstance(targets, dict) or not all(_is_number(one) for one in targets.values()):
        raise block.problem("targets", f"{name}: targets map a period to a number, such as {{2026-Q4: 1200}}", value=True)
    promises.check(block, name)


def _materiality(name: str, block: Mapping) -> float | None:
    """The share that `materiality` tells, as `2%` or 0.02."""
    told = block.get("materiality")
    match = _SHARE.fullmatch(told) if isinstance(told, str) else None
    share = float(match[1]) / 100 if match else told
    if share is not None and not (_is_number(share) and 0 <= share <= 1):
        said = f'{name}: materiality is a share of the level, not "{told}"'
        raise block.problem("materiality", said, "Such as 2%, or 0.02.", value=True)
    return float(share) if share is not None else None


def _minimum_n(name: str, block: Mapping) -> int | None:
    told = block.get("minimum_n")
    if told is not None and (not isinstance(told, int) or isinstance(told, bool) or told < 0):
        raise block.problem("minimum_n", f"{name}: minimum_n is a whole number from 0", value=True)
    return told


def _is_number(value: Any) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool) and abs(value) < _LARGEST


def text(block: Mapping, key: str, name: str, default: str | None = None) -> str:
    """The text of a key. Raises Problem when it is missing or not text."""
    found = block.get(key, default)
    if found is None:
        raise Problem(f"{name}: {key} is missing", block.file, block.line, remedy=f"Add {key}: …")
    if isinstance(found, bool):
        return "TRUE" if found else "FALSE"
    if not isinstance(found, (str, int, float)):
        raise block.problem(key, f"{name}: {key} must be a text", value=True)
    return str(found)
