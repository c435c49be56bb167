"""What a review is made of: templates in YAML, the built-in ones and over them the company's own (`reviews/*.yml`)."""

from __future__ import annotations

from collections.abc import Mapping as AnyMapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from data.errors import Problem, did_you_mean
from data.shelf import Shelf, filled
from data.workspace import Workspace
from data.yaml_file import Mapping
from metrics.definition import NAME, Metric
from metrics.insight.review.weeks import Axis12
from metrics.made_of import dimensions, is_shaped

BUILT_IN = Path(__file__).parents[2] / "reviews"
CADENCES = ("week", "month", "quarter", "release")
#: The kinds of sections, and what one is called that has no title.
TITLES = {
    "exceptions": "What needs attention",
    "numbers": "Numbers",
    "six_twelve": "Weeks and months",
    "drivers": "Why it moved",
    "releases": "Releases",
    "impact": "What the release did",
    "actions": "Actions",
    "comments": "Comments",
    "text": "Note",
}
#: Sections that cannot do without metrics, and those that take none.
_OF_METRICS, _WITHOUT = ("exceptions", "numbers", "six_twelve", "drivers"), ("releases", "impact", "actions", "comments", "text")
_KEYS = ("label", "description", "cadence", "audience", "months", "sections")
_SECTION_KEYS = ("kind", "title", "text", "owner", "metrics", "by", "most")
_MONTHS: tuple[Axis12, ...] = ("trailing", "fiscal")


@dataclass(frozen=True)
class Part:
    """A section as it is written. `by` are the dimensions that drivers are told apart by, `most` is how many lines it has at most."""

    kind: str
    title: str = ""
    text: str = ""
    owner: str = ""
    metrics: tuple[str, ...] = ()
    by: tuple[str, ...] = ()
    most: int = 12


@dataclass(frozen=True)
class Template:
    """A template. `months` says what the months of its 6-12 are: the last twelve, or those of the fiscal year."""

    name: str
    label: str
    cadence: str
    sections: tuple[Part, ...]
    description: str = ""
    audience: str = ""
    months: Axis12 = "trailing"

    @property
    def metrics(self) -> tuple[str, ...]:
        """Every metric that it speaks of, each once."""
        return tuple(dict.fromkeys(name for part in self.sections for name in part.metrics))


def shelf(workspace: Workspace, known: AnyMapping[str, Metric]) -> Shelf[Template]:
    """The built-in templates, and over them the company's own of the same names. One that is wrong takes none of the others away."""
    return filled("review", _files(workspace.reviews), lambda name, told: read(name, told, known))


def read(name: str, within: Mapping, known: AnyMapping[str, Metric]) -> Template:
    """One template of a file. Raises Problem with file, line and key for what is wrong in it."""
    block = within[name]
    if not isinstance(block, Mapping) or not NAME.fullmatch(name):
        raise within.problem(name, f'"{name}" must be a name of small letters with a mapping', "Begin with: cadence: week")
    block.only(_KEYS, name)
    sections = block.get("sections")
    if not isinstance(sections, list) or not sections or not all(isinstance(one, Mapping) for one in sections):
        raise _wrong(block, "sections", f"{name}: sections must be a list of what it shows", "Write: sections: [{kind: releases}]")
    cadence = _one_of(block, "cadence", CADENCES, name, "week")
    for one in sections:
        if one.get("kind") == "impact" and cadence != "release":
            raise _wrong(one, "kind", f"{name}: a section of impact is about one release", "Write: cadence: release")
    parts = tuple(_part(name, one, known) for one in sections)
    for place, part in enumerate(parts):
        if part.title in [one.title for one in parts[:place]]:
            said = f'{name}: two sections are called "{part.title}": what is said of one could not be told from what is said of the other'
            raise _wrong(sections[place], "title", said, "Give one another title.")
    return Template(
        name=name,
        label=_text(block, "label", name) or name.replace("_", " ").capitalize(),
        cadence=cadence,
        sections=parts,
        description=_text(block, "description", name),
        audience=_text(block, "audience", name),
        months=_MONTHS[_MONTHS.index(_one_of(block, "months", _MONTHS, name, "trailing"))],
    )


def _part(name: str, block: Mapping, known: AnyMapping[str, Metric]) -> Part:
    block.only(_SECTION_KEYS, name)
    kind = _one_of(block, "kind", tuple(TITLES), name, None)
    metrics, by = _words(block, "metrics", name), _words(block, "by", name)
    for key, given in (("metrics", metrics), ("by", by)):
        if given and (kind in _WITHOUT or (key == "by" and kind != "drivers")):
            raise _wrong(block, key, f"{name}: a section of {kind} takes no {key}")
    if kind in _OF_METRICS and not metrics:
        raise _wrong(block, "metrics", f"{name}: a section of {kind} needs metrics", "Write: metrics: [mrr]")
    for metric in metrics:
        _check_metric(name, block, metric, known)
        for dimension in by:
            _check_dimension(name, block, dimension, dimensions(metric, known))
    text = _text(block, "text", name)
    if kind == "text" and not text:
        raise _wrong(block, "text", f"{name}: a section of text needs a text", "Write: text: …")
    most = block.get("most", Part.most)
    if not isinstance(most, int) or isinstance(most, bool) or not 1 <= most <= 100:
        raise _wrong(block, "most", f"{name}: most is a whole number from 1 to 100")
    return Part(kind, _text(block, "title", name) or TITLES[kind], text, _text(block, "owner", name), metrics, by, most)


def _check_metric(name: str, block: Mapping, metric: str, known: AnyMapping[str, Metric]) -> None:
    if metric not in known:
        raise _wrong(block, "metrics", f'{name}: unknown metric "{metric}"', did_you_mean(metric, known))
    if known[metric].kind != "score" and is_shaped(known[metric]):
        said = f"{name}: {metric} has rows of its own ({known[metric].kind}), and no single number for a week"
        raise _wrong(block, "metrics", said, "Take a metric with one value a period.")


def _check_dimension(name: str, block: Mapping, dimension: str, known: list[str]) -> None:
    if "attrs." not in dimension and dimension not in known:
        raise _wrong(block, "by", f'{name}: the metrics here have no dimension "{dimension}"', did_you_mean(dimension, known))


def _files(own: Path) -> list[tuple[Path, str]]:
    """The files of templates, later ones winning, each with the name that messages show."""
    found = [(path, f"metrics/reviews/{path.name}") for path in sorted(BUILT_IN.glob("*.yml"))]
    return found + [(path, f"reviews/{path.name}") for path in sorted(own.glob("*.yml"))]


def _text(block: Mapping, key: str, name: str) -> str:
    found: Any = block.get(key)
    if found is not None and not isinstance(found, str):
        raise _wrong(block, key, f"{name}: {key} must be a text", "Put it into quotes.")
    return " ".join(found.split()) if found else ""


def _words(block: Mapping, key: str, name: str) -> tuple[str, ...]:
    found: Any = block.get(key) or []
    if not isinstance(found, list) or not all(isinstance(one, str) for one in found):
        raise _wrong(block, key, f"{name}: {key} takes a list of names")
    return tuple(dict.fromkeys(found))


def _one_of(block: Mapping, key: str, allowed: tuple[str, ...], name: str, usual: str | None) -> str:
    found: Any = block.get(key, usual)
    if found not in allowed:
        said = f"{name}: {key} is missing" if found is None else f'{name}: there is no {key} "{found}"'
        raise _wrong(block, key, said, did_you_mean(str(found or ""), allowed))
    return str(found)


def _wrong(block: Mapping, key: str, said: str, remedy: str | None = None) -> Problem:
    """A Problem at the value of a key, or at the block where the key is missing."""
    if key in block:
        return block.problem(key, said, remedy, value=True)
    return Problem(said, block.file, block.line, remedy=remedy, field=key)
