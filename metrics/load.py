"""All definitions of a workspace: the built-in ones, the company's own over them, and unsaved ones over both."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping as AnyMapping
from pathlib import Path
from typing import Any

from data import yaml_file
from data.errors import did_you_mean
from metrics.definition import Metric, read
from metrics.facts import facts
from metrics.kinds import KINDS
from metrics.made_of import check_conditions, check_written, leaves, time_of

#: How long unsaved definitions may be, in characters: some thousand metrics.
MAX_UNSAVED = 200_000
#: How JSON writes a sign beyond the first 65,536 (an emoji, say); YAML does not know these pairs.
_PAIR = re.compile(r"(?<!\\)((?:\\\\)*)\\u(d[89ab][0-9a-f]{2})\\u(d[c-f][0-9a-f]{2})", re.IGNORECASE)
BUILT_IN = Path(__file__).with_name("definitions")


def files(own: Path | None = None) -> list[tuple[Path, str]]:
    """The files of definitions, later ones winning, each with the name that messages show."""
    found = [(path, f"metrics/definitions/{path.name}") for path in sorted(BUILT_IN.glob("*.yml"))]
    return found + [(path, f"metrics/{path.name}") for path in sorted(own.glob("*.yml")) if own] if own else found


def is_own(shown: str) -> bool:
    """Whether a file of definitions is the company's own, which goes over the built-in ones."""
    return not shown.startswith("metrics/definitions/")


def catalogue(own: Path | None = None, unsaved: str | AnyMapping[str, Any] | None = None) -> dict[str, Metric]:
    """Every metric by name. `own` is the workspace's folder of definitions, `unsaved` YAML or JSON text, or a mapping.

    Raises Problem at the first wrong definition; a broken file is never half read.
    """
    found: dict[str, Metric] = {}
    for path, shown in files(own):
        told = yaml_file.read(path, shown)
        fresh = {name: read(name, told, KINDS) for name in told}
        if twice := next((name for name in fresh if name in found and is_own(found[name].file) == is_own(shown)), None):
            raise told.problem(twice, f'"{twice}" is defined in {found[twice].file} too', "Rename one.")
        found |= fresh
    return found if unsaved is None else over(found, unsaved)


def over(saved: AnyMapping[str, Metric], unsaved: str | AnyMapping[str, Any]) -> dict[str, Metric]:
    """Unsaved definitions over the saved ones. Raises Problem at the first wrong one."""
    text = unsaved if isinstance(unsaved, str) else json.dumps(unsaved, default=str)
    if len(text) <= MAX_UNSAVED and "\\u" in text and text.lstrip().startswith("{"):
        text = _PAIR.sub(lambda found: found[1] + bytes.fromhex(found[2] + found[3]).decode("utf-16-be"), text)
    told = yaml_file.parse(text, "definition", limit=MAX_UNSAVED)
    return {**saved, **{name: read(name, told, KINDS) for name in told}}


def check(metric: Metric, within: AnyMapping[str, Metric]) -> None:
    """Everything that can be wrong without looking at data: names of metrics, columns and times. Raises Problem."""
    for leaf_metric in leaves((metric.name,), within).values():
        check_conditions(leaf_metric)
        time_of(leaf_metric, facts()[KINDS[leaf_metric.kind].leaf(leaf_metric.spec).fact])
        check_written(leaf_metric)
    for key, named in metric.named.items():
        for other in named:
            if other not in within:
                raise metric.problem(f'unknown metric "{other}" in {key}', did_you_mean(other, within), key=key)
