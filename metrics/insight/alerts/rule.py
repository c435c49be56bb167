"""Alert rules as people write them: `alerts/*.yml` of the workspace, a rule a name.

    tickets_jump:
      label: More tickets than usual
      metric: tickets_created
      grain: week                                            # day, week, month or quarter
      when: {changes_by: 25%, at_least: 20, min_n: 30}       # or {above: 500}, {below: target}, {signal: true}
      by: account.segment                                    # each member is judged; without it the whole company
      tell: [support]                                        # channels of alerts/channels.yml
      cadence: daily                                         # publish (at once), daily or weekly

A file that is wrong takes down no rule of another file, nor the right rules of its own.
"""

from __future__ import annotations

import re
from collections.abc import Mapping as AnyMapping
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Any

from data import yaml_file
from data.errors import Problem, did_you_mean
from data.workspace import Workspace
from data.yaml_file import Mapping
from metrics.definition import NAME
from metrics.promises import AGE

FOLDER, CHANNELS = "alerts", "channels.yml"
GRAINS = ("day", "week", "month", "quarter")
CADENCES = ("publish", "daily", "weekly")
DIRECTIONS = ("worse", "better", "both")
KEYS = (
    "label", "metric", "grain", "when", "by", "where", "compare", "direction", "tell", "cadence", "owner", "snooze", "stale_after",
)  # fmt: skip
#: What `when` may say, the key that makes it first, and what each takes beside it.
CONDITIONS = {"changes_by": ("at_least", "min_n"), "above": ("min_n",), "below": ("min_n",), "signal": ()}
#: The least number of cases behind a value that is judged at all: below it, chance moves a share by ten points and more.
MIN_N = 30
#: How old data may be before a rule says that it cannot run, rather than nothing.
STALE_AFTER = timedelta(days=3)
#: What a limit may be written as in place of a number.
TARGET = "target"
_SHARE = re.compile(r"(\d+(?:\.\d+)?) ?%")


@dataclass(frozen=True)
class Condition:
    """When a rule fires. `kind` is change, above, below or signal.

    A change is relative (`share`, 0.25 is 25 %) and at least `floor` in the metric's own unit; a `limit` of None is the target.
    `min_n` is the least number of cases behind the value; None is the definition's, or MIN_N.
    """

    kind: str
    share: float = 0.0
    floor: float = 0.0
    limit: float | None = None
    min_n: int | None = None


@dataclass(frozen=True)
class Rule:
    """One alert rule: what is judged, when it fires, who is told and how soon."""

    name: str
    label: str
    metric: str
    when: Condition
    grain: str = "week"
    by: str | None = None
    where: str | None = None
    compare: str = "previous"
    direction: str = "worse"
    tell: tuple[str, ...] = ()
    cadence: str = "publish"
    owner: str | None = None
    snooze: timedelta = timedelta(0)
    stale_after: timedelta = STALE_AFTER
    file: str = ""
    block: Mapping = field(default_factory=Mapping)

    def problem(self, key: str, message: str, remedy: str | None = None) -> Problem:
        """A Problem at one of its keys."""
        return self.block.problem(key, f"{self.name}: {message}", remedy, value=True)


@dataclass(frozen=True)
class Broken:
    """A rule (or, with the file's name, a whole file) that cannot be read, why, and the channels that it names as far as is known."""

    name: str
    problem: Problem
    tell: tuple[str, ...] = ()


def files(workspace: Workspace) -> list[tuple[Path, str]]:
    """The files of rules, each with the name that messages show."""
    return [(path, f"{FOLDER}/{path.name}") for path in sorted(workspace.alerts.glob("*.yml")) if path.name != CHANNELS]


def read_all(workspace: Workspace) -> tuple[dict[str, Rule], list[Broken]]:
    """The rules of a workspace by name, and what of them cannot be read."""
    found: dict[str, Rule] = {}
    broken: list[Broken] = []
    for path, shown in files(workspace):
        try:
            told = yaml_file.read(path, shown)
        except Problem as problem:
            broken.append(Broken(shown, problem))
            continue
        for name in told:
            try:
                if name in found:
                    raise told.problem(name, f'"{name}" stands in {found[name].file} too', "Rename one, or remove it.")
                found[name] = read(name, told)
            except Problem as problem:
                broken.append(Broken(name, problem, _told(told[name])))
    return found, broken


def parse(text: str, file: str) -> dict[str, Rule]:
    """The rules of a text that is not saved. Raises Problem at the first wrong one."""
    told = yaml_file.parse(text, file)
    return {name: read(name, told) for name in told}


def read(name: str, within: Mapping) -> Rule:
    """The rule of that name in a file of rules. Raises Problem with its line, field and remedy."""
    block = within[name]
    if not NAME.fullmatch(name):
        raise within.problem(name, f'"{name}" cannot name a rule', "Use small letters, digits and _, beginning with a letter.")
    if not isinstance(block, Mapping):
        raise within.problem(name, f"{name} must be a mapping with metric, when and tell", value=True)
    block.only(KEYS, name)
    tell = _channels(block, name)
    return Rule(
        name=name,
        label=_text(block, "label", name) or name.replace("_", " ").capitalize(),
        metric=_needed(block, "metric", name),
        when=_condition(block, name),
        grain=_one_of(block, "grain", GRAINS, name, "week"),
        by=_text(block, "by", name),
        where=_text(block, "where", name),
        compare=_one_of(block, "compare", ("previous", "year"), name, "previous"),
        direction=_one_of(block, "direction", DIRECTIONS, name, "worse"),
        tell=tell,
        cadence=_one_of(block, "cadence", CADENCES, name, "publish"),
        owner=_text(block, "owner", name),
        snooze=_stretch(block, "snooze", name, timedelta(0)),
        stale_after=_stretch(block, "stale_after", name, STALE_AFTER),
        file=within.file,
        block=block,
    )


def _condition(block: Mapping, name: str) -> Condition:
    when = block.get("when")
    form = "Such as {changes_by: 25%, at_least: 20, min_n: 30}, {above: 500}, {below: target} or {signal: true}."
    if not isinstance(when, Mapping):
        raise block.problem("when", f"{name}: when says what fires it", form, value=True)
    kinds = [key for key in when if key in CONDITIONS]
    if len(kinds) != 1:
        raise block.problem("when", f"{name}: when takes exactly one of {', '.join(CONDITIONS)}", form, value=True)
    kind = kinds[0]
    when.only((kind, *CONDITIONS[kind]), f"{name}: {kind}")
    min_n = when.get("min_n")
    if min_n is not None and (not isinstance(min_n, int) or isinstance(min_n, bool) or min_n < 0):
        raise when.problem("min_n", f"{name}: min_n is a whole number from 0", value=True)
    if kind == "changes_by":
        if "at_least" not in when:
            remedy = "Add at_least: the smallest change that matters, in the metric's own unit."
            raise block.problem("when", f"{name}: a relative change alone also fires on 3 instead of 2", remedy, value=True)
        return Condition("change", share=_number(when, kind, name), floor=_number(when, "at_least", name), min_n=min_n)
    if kind == "signal":
        if when[kind] is not True:
            raise when.problem(kind, f"{name}: signal takes true", value=True)
        if "by" in block:
            remedy = "Leave by out; for a part of the company write a rule with where."
            raise block.problem("by", f"{name}: a signal is judged of one series", remedy)
        return Condition("signal")
    return Condition(kind, limit=None if when[kind] == TARGET else _number(when, kind, name, least=None), min_n=min_n)


def _number(when: Mapping, key: str, name: str, least: float | None = 0.0) -> float:
    """A number, or a share written as 25%."""
    told: Any = when[key]
    share = _SHARE.fullmatch(told) if isinstance(told, str) else None
    number = float(share[1]) / 100 if share else told
    if not isinstance(number, int | float) or isinstance(number, bool) or not abs(number) < 1e15:
        raise when.problem(key, f'{name}: {key} is a number such as 20 or 25%, not "{told}"', value=True)
    if least is not None and number <= least:
        raise when.problem(key, f"{name}: {key} must be more than {least:g}", value=True)
    return float(number)


def _channels(block: Mapping, name: str) -> tuple[str, ...]:
    told = block.get("tell")
    listed = told if isinstance(told, list) else [told]
    if not told or not all(isinstance(one, str) for one in listed):
        raise block.problem("tell", f"{name}: tell names the channels that hear of it", "Such as tell: [support].", value="tell" in block)
    return tuple(dict.fromkeys(listed))


def _told(block: Any) -> tuple[str, ...]:
    """The channels that a rule names which is wrong elsewhere."""
    told = block.get("tell") if isinstance(block, AnyMapping) else None
    return tuple(one for one in (told if isinstance(told, list) else [told]) if isinstance(one, str))


def _text(block: Mapping, key: str, name: str) -> str | None:
    told = block.get(key)
    if told is not None and not isinstance(told, str):
        raise block.problem(key, f"{name}: {key} must be a text", "Put it into quotes.", value=True)
    return told


def _needed(block: Mapping, key: str, name: str) -> str:
    told = _text(block, key, name)
    if not told:
        raise block.problem(None, f"{name}: {key} is missing", f"Add {key}: …")
    return told


def _one_of(block: Mapping, key: str, known: tuple[str, ...], name: str, usual: str) -> str:
    told = block.get(key, usual)
    if told not in known:
        remedy = did_you_mean(told, known) if isinstance(told, str) else None
        raise block.problem(key, f'{name}: {key} is one of {", ".join(known)}, not "{told}"', remedy, value=True)
    return str(told)


def _stretch(block: Mapping, key: str, name: str, usual: timedelta) -> timedelta:
    if key not in block:
        return usual
    match = AGE.match(str(block[key]))
    if match is None or int(match[1]) < 1:
        raise block.problem(key, f'{name}: {key} is a stretch such as "4 weeks", not "{block[key]}"', value=True)
    return timedelta(**{f"{match[2]}s": int(match[1])})
