"""What is wrong with alert rules before they run, with file, line and field: in their form, and in what they name."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path

from data import channels as known_channels
from data import yaml_file
from data.channels import Channel
from data.errors import Problem, did_you_mean
from data.workspace import Workspace
from metrics import columns, editing
from metrics.editing import Edit
from metrics.insight.alerts import rule as alert_rule
from metrics.insight.alerts.rule import FOLDER, Rule
from metrics.layer import Layer
from metrics.made_of import facts_of, is_shaped, leaves
from metrics.validate import Finding

#: Where a rule that is new is written.
OWN = f"{FOLDER}/own.yml"


def findings(layer: Layer, file: Path | None = None) -> list[Finding]:
    """What is wrong with the channels and with all rules, or with those of one file."""
    rules, broken = alert_rule.read_all(layer.workspace)
    shown = f"{FOLDER}/{file.name}" if file else None
    channels, found = _channels(layer.workspace)
    found += [Finding("error", one.problem) for one in broken]
    found += [one for rule in rules.values() for one in judged(layer, rule, channels)]
    return [one for one in found if shown in (None, one.problem.file)]


def unsaved(layer: Layer, text: str, file: str, opened: str | None) -> tuple[Rule | None, list[Finding]]:
    """The one rule of a text that is being typed, and what is wrong with it; `opened` is the rule that is changed."""
    channels, found = _channels(layer.workspace)
    try:
        told, name = yaml_file.parse(text, file), name_of(text, file)
        if opened and name != opened:
            raise told.problem(name, f"{opened} cannot be renamed: its history knows it by this name", f"Write {opened}.")
        if not opened and name in alert_rule.read_all(layer.workspace)[0]:
            raise told.problem(name, f"there is a rule {name} already", "Call yours otherwise, or open that one to change it.")
        rule = alert_rule.read(name, told)
    except Problem as problem:
        return None, [Finding("error", problem)]
    return rule, [one for one in found if one.level == "error"] + judged(layer, rule, channels)


def name_of(text: str, file: str = OWN) -> str:
    """What a text calls its one rule. Raises Problem for none, or several."""
    told = yaml_file.parse(text, file)
    if len(told) != 1:
        raise Problem(f"holds {len(told)} rules", file, 1, remedy="Write one: its name, a colon, and its keys indented below.")
    return next(iter(told))


def judged(layer: Layer, rule: Rule, channels: Mapping[str, Channel]) -> list[Finding]:
    """What is wrong with a rule that can be read: errors stop it, warnings keep it from being heard or mended."""
    found = [Finding("error", problem) for problem in errors(layer, rule)]
    for name in rule.tell:
        if name not in channels:
            remedy = did_you_mean(name, channels) if channels else f"Write {known_channels.FILE}."
            found.append(Finding("error", rule.problem("tell", f'there is no channel "{name}"', remedy)))
        elif not channels[name].is_set:
            said = f"the address of {name} is not set here: ${{{channels[name].variable}}}"
            found.append(Finding("warning", rule.problem("tell", said, "Set it where the worker runs.")))
    if not rule.owner:
        found.append(Finding("warning", rule.problem("owner", "nobody owns this rule", "Add owner: who mends it when it cannot run.")))
    return found


def edit(workspace: Workspace, name: str, block: str | None) -> Edit:
    """What would be written for a rule, or (None) for taking it out; `editing.save` writes it."""
    rules = alert_rule.read_all(workspace)[0]
    return editing.put(workspace, rules[name].file if name in rules else OWN, name, block)


def _channels(workspace: Workspace) -> tuple[dict[str, Channel], list[Finding]]:
    try:
        return known_channels.read(workspace), []
    except Problem as problem:
        return {}, [Finding("error", problem)]


def errors(layer: Layer, rule: Rule) -> Iterator[Problem]:
    """What keeps a rule from being judged, whoever hears of it."""
    known = layer.metrics
    metric = known.get(rule.metric)
    if metric is None:
        yield rule.problem("metric", f'unknown metric "{rule.metric}"', did_you_mean(rule.metric, known))
        return
    if is_shaped(metric):
        yield rule.problem("metric", f"{rule.metric} has several numbers a period", "Choose a metric with one.")
        return
    dimensions = layer.dimensions(rule.metric)
    if rule.by and "attrs." not in rule.by and rule.by not in dimensions:
        yield rule.problem("by", f'{rule.metric} has no dimension "{rule.by}"', did_you_mean(rule.by, dimensions))
    for fact in facts_of(leaves((rule.metric,), known).values()) if rule.where else ():
        try:
            columns.condition(fact, str(rule.where))
        except Problem as problem:
            yield rule.problem("where", problem.message, problem.remedy)
            return
    if rule.when.kind in ("above", "below") and metric.good == "neutral" and rule.when.limit is None:
        yield rule.problem("when", f"{rule.metric} has no good direction, so that it has no target", "Write a number.")
