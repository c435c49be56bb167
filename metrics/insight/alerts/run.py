"""A run of all alert rules: judges them, and writes into the journal what fired, the messages about it, and what could not run.

All of a run is one transaction, and each alert is unique by rule, member and period: a run that is killed leaves nothing, one that
comes twice finds its alerts told. Sending is `delivery.py`.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from hashlib import sha256
from typing import Any
from zoneinfo import ZoneInfo

from data import channels as known_channels
from data.channels import Channel
from data.errors import Problem
from data.journal import Alert, Check, Delivery, Journal
from data.journal.alerts import RUNS, Entries
from data.workspace import Workspace
from metrics.insight import alerts
from metrics.insight.alerts import digest
from metrics.insight.alerts import rule as alert_rule
from metrics.insight.alerts.digest import Group, Line
from metrics.insight.alerts.outcomes import Found, Judged, Trouble, rested
from metrics.insight.alerts.rule import Broken, Rule
from metrics.insight.alerts.speech import Speech, sentence
from metrics.layer import Layer

#: What tells the check of a channel's digest from that of a rule.
_DIGEST = "digest:"


@dataclass(frozen=True)
class Run:
    """What a run came to: what each rule found, what cannot run and why, by its name, and how many alerts are new."""

    judged: tuple[Judged, ...] = ()
    troubles: Mapping[str, Trouble] = field(default_factory=dict)
    fresh: int = 0


@dataclass(frozen=True)
class _Moment:
    """What a run knows: the workspace and its rules, the channels, how the run before went, and what time it is."""

    workspace: Workspace
    rules: Mapping[str, Rule]
    broken: Sequence[Broken]
    channels: Mapping[str, Channel]
    checks: Mapping[str, Check]
    refusing: Mapping[str, str]
    now: datetime

    def speech(self, channel: str) -> Speech:
        """How a channel is spoken to; one that stands in no file is heard by nobody."""
        known = self.channels.get(channel)
        return Speech(known.language if known else "en", self.workspace.company.currency)


def run(layer: Layer, book: Journal, now: datetime | None = None) -> Run:
    """Judges every rule and writes what came of it; what another worker wrote at the same time is not written twice."""
    rules, broken = alert_rule.read_all(layer.workspace)
    try:
        channels = known_channels.read(layer.workspace)
    except Problem as problem:
        channels, broken = {}, [*broken, Broken(known_channels.FILE, problem)]
    checks, moment = book.alerts.checks(), now or datetime.now(UTC)
    at = _Moment(layer.workspace, rules, broken, channels, checks, refusing(book.alerts.deliveries()), moment)
    targets = book.targets.in_force()
    judged = [_judge(layer, rule, targets.get(rule.metric), checks.get(rule.name)) for rule in rules.values()]
    troubles = _troubles(at, judged)
    made: list[Alert] = []

    def write(entries: Entries) -> None:
        made.extend(_alerts(entries, at, book, layer, judged))
        _publish(entries, at, made)
        _digests(entries, at)
        _checks(entries, at, judged, troubles)

    if not book.alerts.keep(write):
        made.clear()
    return Run(tuple(judged), troubles, len(made))


def refusing(deliveries: Sequence[Delivery]) -> dict[str, str]:
    """The channels that did not take their last message, tried twice or more, and why; `deliveries` are the newest first."""
    tried = {one.channel: one for one in reversed(deliveries) if one.state in ("sent", "failed") or (one.error and one.tries > 1)}
    return {name: one.error or "" for name, one in tried.items() if one.state != "sent"}


def _judge(layer: Layer, rule: Rule, targets: Mapping[str, float] | None, last: Check | None) -> Judged:
    if layer.generation() is None:
        return Judged(rule, trouble=Trouble("data", "nothing is published yet"))
    reached = date.fromisoformat(last.reached) if last and last.reached else None
    return alerts.judge(layer, rule, targets, reached=reached)


def _troubles(at: _Moment, judged: Sequence[Judged]) -> dict[str, Trouble]:
    """Why rules cannot run, or cannot be heard, by their name; of a broken file by the file's."""
    found = {one.name: Trouble("file", str(one.problem)) for one in at.broken}
    found |= {one.rule.name: one.trouble for one in judged if one.trouble}
    for rule in at.rules.values():
        for name in rule.tell:
            if rule.name not in found and (said := _deaf(at, name)):
                found[rule.name] = Trouble("refused" if name in at.refusing else "channel", said)
    return found


def _deaf(at: _Moment, name: str) -> str:
    """Why a channel cannot hear; empty when it can."""
    if name not in at.channels:
        return f'there is no channel "{name}" in {known_channels.FILE}'
    if not at.channels[name].is_set:
        return f"the address of the channel {name} is not set: ${{{at.channels[name].variable}}}"
    return at.refusing.get(name, "")


def _alerts(entries: Entries, at: _Moment, book: Journal, layer: Layer, judged: Sequence[Judged]) -> list[Alert]:
    """The alerts of a run that are not kept yet. What is snoozed is kept as quiet, and nobody is told."""
    quiet = {(one.rule, one.member) for one in book.alerts.snoozes(at.now)}
    found = []
    for one in judged:
        told = book.alerts.fired(one.rule.name) if one.rule.snooze else []
        last = {alert.member: date.fromisoformat(alert.period) for alert in reversed(told) if alert.state == "fired"}
        for hit in rested(one.found, one.rule.snooze, last):
            silent = {(one.rule.name, None), (one.rule.name, hit.case.member)} & quiet
            found.append(_alert(layer, one.rule, hit, silent=bool(silent)))
    return entries.fresh(found)


def _alert(layer: Layer, rule: Rule, hit: Found, *, silent: bool) -> Alert:
    return Alert(
        rule=rule.name,
        member=hit.case.member,
        period=hit.case.period.isoformat(),
        state="quiet" if silent else "fired",
        size=hit.size,
        facts=facts(layer, rule, hit),
        waiting=[] if silent or rule.cadence == "publish" else list(rule.tell),
    )


def facts(layer: Layer, rule: Rule, hit: Found) -> dict[str, Any]:
    """What is kept of an alert, to say later what was seen then."""
    metric, case = layer.metrics[rule.metric], hit.case
    return {
        "metric": metric.name, "format": metric.format, "good": metric.good, "grain": rule.grain, "period": case.period.isoformat(),
        "label": case.label, "code": hit.code, "value": case.value, "before": case.before, "limit": case.limit, "n": case.n,
        "by": rule.by, "generation": layer.generation(),
    }  # fmt: skip


def _publish(entries: Entries, at: _Moment, made: Sequence[Alert]) -> None:
    """A message a channel about what fired now and waits for no digest."""
    now = [one for one in made if one.state == "fired" and not one.waiting]
    for channel in dict.fromkeys(name for one in now for name in at.rules[one.rule].tell):
        told = [one for one in now if channel in at.rules[one.rule].tell]
        _deliver(entries, at, "publish", channel, told, _key("publish", channel, *(one.id for one in told)))


def _digests(entries: Entries, at: _Moment) -> None:
    """The digests whose time has come, one a channel and cadence; what is found after it waits for the next."""
    for channel in at.channels.values():
        for cadence in ("daily", "weekly"):
            slot = due(at.workspace, channel, cadence, at.now)
            name = f"{_DIGEST}{cadence}:{channel.name}"
            if entries.turned(name, at.checks.get(name), at.now, reached=slot.isoformat()):
                names = [rule.name for rule in at.rules.values() if rule.cadence == cadence and channel.name in rule.tell]
                if told := entries.waiting(channel.name, names):
                    _deliver(entries, at, cadence, channel.name, told, f"{cadence}:{channel.name}:{slot.isoformat()}")


def due(workspace: Workspace, channel: Channel, cadence: str, now: datetime) -> datetime:
    """The last moment at which a channel's digest was to go out, on the company's clock; weekly on the first day of the week."""
    company = workspace.company
    local = now.astimezone(ZoneInfo(company.timezone))
    day = local.date() if local.timetz().replace(tzinfo=None) >= channel.digest_at else local.date() - timedelta(days=1)
    if cadence == "weekly":
        day -= timedelta(days=(day.weekday() + (company.week_start == "sunday")) % 7)
    return datetime.combine(day, channel.digest_at, local.tzinfo)


def _deliver(entries: Entries, at: _Moment, kind: str, channel: str, told: Sequence[Alert], key: str) -> None:
    by_rule: dict[str, list[Alert]] = {}
    for one in told:
        by_rule.setdefault(one.rule, []).append(one)
    worst = sorted(by_rule, key=lambda name: -max(map(_share, by_rule[name])))
    speech = at.speech(channel)
    groups = [_group(at, at.rules[name], by_rule[name], speech) for name in worst]
    mark = sha256(key.encode()).hexdigest()[:8]
    foot = speech.say("Message {mark}. Should it come twice, its receiver's answer to the first was lost.", mark=mark)
    made = digest.message(digest.title_of(at.workspace.company.name, groups, speech), groups, foot, speech)
    entries.post(key, channel, kind, made.to_dict(), told)


def _share(alert: Alert) -> float:
    """How far an alert is from what it is held against, as a share of that: what rules of different metrics are ordered by."""
    against = alert.facts["limit"] if alert.facts["code"] in ("above", "below") else alert.facts["before"]
    return alert.size / abs(against) if against else math.inf


def _group(at: _Moment, rule: Rule, told: Sequence[Alert], speech: Speech) -> Group:
    """What one rule found, the newest period first and in it the worst."""
    base, lines = at.workspace.company.address, []
    for one in sorted(told, key=lambda one: (one.period, one.size), reverse=True):
        view = {"rule": rule.name, "member": one.member, "fired": one.period}
        lines.append(Line(sentence(one.facts, speech), digest.address(base, "alerts", **view)))
    return digest.group(rule.label, lines, what="", owner=rule.owner)


def _checks(entries: Entries, at: _Moment, judged: Sequence[Judged], troubles: Mapping[str, Trouble]) -> None:
    """How each rule fared; what cannot run since now is told once, to those who keep it."""
    told: dict[str, list[tuple[str, str]]] = {}
    reached = {one.rule.name: one.periods[-1].isoformat() for one in judged if one.periods}
    for name in [*at.rules, *(one.name for one in at.broken if one.name not in at.rules)]:
        trouble = troubles.get(name)
        code, why = (trouble.code, trouble.said) if trouble else ("", "")
        turned = entries.turned(name, at.checks.get(name), at.now, code=code, why=why)
        if period := reached.get(name):
            entries.reached(name, period)
        for channel in _keepers(at, name) if turned and trouble else ():
            told.setdefault(channel, []).append((name, why))
    for channel, some in told.items():
        link = digest.address(at.workspace.company.address, "alerts", rule=some[0][0])
        message = digest.alarm(at.workspace.company.name, some, link, at.speech(channel))
        entries.post(_key("alarm", channel, at.now.isoformat(), *(name for name, _why in some)), channel, "alarm", message.to_dict())
    entries.ran(RUNS, at.now)


def _keepers(at: _Moment, name: str) -> list[str]:
    """The channels that hear of a rule in trouble: its owner's where that is a channel, else its own, else the first; if they can."""
    rule, broken = at.rules.get(name), next((one for one in at.broken if one.name == name), None)
    tell = rule.tell if rule else broken.tell if broken else ()
    owner = (rule.owner,) if rule and rule.owner in at.channels else ()
    able = [one for one in at.channels if not _deaf(at, one)]
    chosen = [one for one in (owner or tell) if one in able]
    return chosen or [one for one in tell if one in able] or able[:1]


def _key(*parts: str) -> str:
    kind, channel, *rest = parts
    return f"{kind}:{channel}:{sha256(' '.join(rest).encode()).hexdigest()[:24]}"
