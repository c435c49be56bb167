"""One playbook held against the numbers that it asked for: of which members its conditions hold, and what that comes to."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from statistics import median

from metrics.insight.actions import asking, reckon, subjects
from metrics.insight.actions.action import Action, Check, Evidence, Prize
from metrics.insight.actions.asking import MRR, Ask, Cells, Key
from metrics.insight.actions.confidence import Confidence
from metrics.insight.actions.playbook import OF_ACCOUNTS, Number, Playbook
from metrics.insight.actions.subjects import Subject
from metrics.layer import Layer

#: An id that is longer than this ends in the fingerprint of its member.
_LONGEST = 180

#: How numbers are written that no metric gives.
_KNOWN = {"accounts": "integer", "money": "money", "time_passed": "percent", "days_left": "integer", "days_out": "integer"}
#: The numbers of an account, and how far it is beyond the condition on accounts.
Matched = tuple[dict[str, float | None], float]


@dataclass(frozen=True)
class Look:
    """A playbook with what is asked for it."""

    playbook: Playbook
    until: date
    asks: Mapping[str, Ask]
    within: Mapping[str, Ask]
    known: tuple[Mapping[str, Subject], ...] = ()


def look_of(layer: Layer, one: Playbook, until: date, known: dict[tuple[str, date], dict[str, Subject]]) -> Look:
    """A playbook on a day, with everything that has to be asked for it; `known` keeps the subjects that were read already."""
    for dimension in one.each:
        if (dimension, until) not in known:
            known[dimension, until] = subjects.read(layer, dimension, until)
    asks = {each.name: asking.of(layer, each, one, until, within=False) for each in one.numbers if each.metric}
    accounts = one.accounts.numbers if one.accounts else ()
    within = {each.name: asking.of(layer, each, one, until, within=True) for each in accounts if each.metric}
    return Look(one, until, asks, within, tuple(known[dimension, until] for dimension in one.each))


def judged(layer: Layer, look: Look, answers: Mapping[Ask, Cells]) -> list[Action]:
    """The recommendations of one playbook: one for each member of which its conditions hold."""
    if any(ask not in answers for ask in (*look.asks.values(), *look.within.values())):
        return []
    money = answers.get(asking.paid(look.until), {})
    accounts = accounts_of(layer, look, answers)
    made = (_action(layer, look, member, answers, accounts.get(member, {}), money) for member in _members(look, answers, accounts))
    return [one for one in made if one is not None]


def _members(look: Look, answers: Mapping[Ask, Cells], accounts: Mapping[Key, object]) -> list[Key]:
    """The members that anything is known of; the company as a whole is the one without a name."""
    if not look.playbook.each:
        return [()]
    own = {key for name, ask in look.asks.items() if ask.by == look.playbook.each for key in answers[ask]}
    return sorted(own | set(accounts))


def accounts_of(layer: Layer, look: Look, answers: Mapping[Ask, Cells]) -> dict[Key, dict[Key, Matched]]:
    """By member the accounts for which the condition on accounts holds: their numbers, and how far beyond it they are."""
    told = look.playbook.accounts
    if told is None:
        return {}
    width = len(look.playbook.each)
    keys = {key for ask in look.within.values() if len(ask.by) == width + 1 for key in answers[ask]}
    tree = reckon.read(told.when, {one.name for one in told.numbers}, condition=True)
    plain: dict[Key, dict[str, float | None]] = {key: {} for key in keys}
    for one in told.numbers:
        _fill(layer, one, plain, look.within, answers, width)
    matched: dict[Key, dict[Key, Matched]] = {}
    for key in sorted(keys):
        if reckon.holds(tree, plain[key]):
            matched.setdefault(key[:width], {})[key[width:]] = (plain[key], reckon.margin(tree, plain[key]))
    return matched


def _fill(
    layer: Layer,
    one: Number,
    plain: Mapping[Key, dict[str, float | None]],
    within: Mapping[str, Ask],
    answers: Mapping[Ask, Cells],
    width: int,
) -> None:
    """Puts one number into the values of each account. The middle is that of all accounts for which there is any."""
    if one.formula is not None:
        tree = reckon.read(one.formula, set(reckon.names(one.formula)), condition=False)
        own = {key: reckon.value(tree, values) for key, values in plain.items()}
    else:
        ask, none = within[one.name], asking.zero(layer, one.metric)
        cells = answers[ask]
        own = {key: cells.get(_part(key, len(ask.by), width), none) for key in plain}
    shared = asking.middle(own) if one.of == "median" else None
    for key, values in plain.items():
        values[one.name] = shared if one.of == "median" else own[key]


def _part(key: Key, length: int, width: int) -> Key:
    """Of the key of a member and an account, what a number is told apart by: all of it, the account, or nothing."""
    return key if length == width + 1 else key[width:] if length else ()


def _action(
    layer: Layer,
    look: Look,
    member: Key,
    answers: Mapping[Ask, Cells],
    accounts: Mapping[Key, Matched],
    money: Cells,
) -> Action | None:
    """The recommendation about one member; None where its conditions do not hold, or it is not worth telling."""
    one = look.playbook
    chosen = sorted(accounts, key=lambda key: (-(money.get(key) or 0.0), key))
    values = _values(layer, look, member, answers, accounts, money)
    if one.when is not None and not reckon.holds(reckon.read(one.when, one.known, condition=True), values):
        return None
    n = reckon.value(reckon.read(one.n, one.known, condition=False), values) or 0.0
    prize = _prize(one, values)
    if n < one.at_least or (one.accounts and one.accounts.needed and not chosen) or not _is_worth(one, prize, money):
        return None
    checks = tuple(Check(each.says, reckon.holds(reckon.read(each.when, one.known, condition=True), values)) for each in one.against)
    subjects_of = _subjects(look, member)
    return Action(
        id=_id(one.name, member),
        playbook=one,
        members=tuple(zip(one.each, member, strict=True)),
        named=tuple(subject.name if subject else name for subject, name in zip(subjects_of, member, strict=True)),
        owner=one.owner or next((subject.owner for subject in subjects_of if subject and subject.owner), one.team),
        evidence=tuple(_evidence(layer, look, member, values)),
        against=checks,
        prize=prize,
        confidence=Confidence.of(n, one.at_least, _margin(one, values, accounts), [check.speaks for check in checks]),
        until=look.until,
        accounts=tuple(account for (account,) in chosen),
    )


def _values(
    layer: Layer,
    look: Look,
    member: Key,
    answers: Mapping[Ask, Cells],
    accounts: Mapping[Key, Matched],
    money: Cells,
) -> dict[str, float | None]:
    """Every number that the conditions on a member may speak of."""
    one = look.playbook
    values: dict[str, float | None] = {}
    for subject in _subjects(look, member):
        values |= subject.numbers if subject else {}
    if one.accounts is not None:
        values |= {
            "accounts": float(len(accounts)),
            "money": sum(money.get(key) or 0.0 for key in accounts) if money and accounts else None,
        }
        for each in one.accounts.numbers:
            told = [found[each.name] for found, _margin in accounts.values()]
            values[each.name] = _together(each, told)
    for each in one.numbers:
        if each.formula is not None:
            values[each.name] = reckon.value(reckon.read(each.formula, set(reckon.names(each.formula)), condition=False), values)
        else:
            ask = look.asks[each.name]
            cells = answers[ask]
            values[each.name] = (
                asking.middle(cells) if each.of == "median" else cells.get(member if ask.by else (), asking.zero(layer, each.metric))
            )
    return values


def _together(one: Number, told: Sequence[float | None]) -> float | None:
    """A number of accounts for all of them: of all it is one number, of each it is their sum, or the middle of what is no amount."""
    known = [value for value in told if value is not None]
    if not known:
        return None
    if one.of in ("all", "median"):
        return known[0]
    return median(known) if one.formula is not None or one.trend is not None else sum(known)


def _margin(one: Playbook, values: Mapping[str, float | None], accounts: Mapping[Key, Matched]) -> float:
    """How far beyond its threshold: of the member, and of the middle one of its accounts."""
    told = [reckon.margin(reckon.read(one.when, one.known, condition=True), values)] if one.when is not None else []
    return min([*told, *([median(margin for _values, margin in accounts.values())] if accounts else [])])


def _subjects(look: Look, member: Key) -> list[Subject | None]:
    """What is known of each member, by its dimension; None for one that is its own name."""
    return [known.get(name) for known, name in zip(look.known, member, strict=True)]


def _prize(one: Playbook, values: Mapping[str, float | None]) -> Prize:
    """What is at stake, as the playbook says; else the accounts that it found, and their MRR."""
    told = {key: values.get(key) for key in ("accounts", "money")}
    for key in told:
        if text := getattr(one.prize, key):
            told[key] = reckon.value(reckon.read(text, one.known, condition=False), values)
    count = told["accounts"]
    if one.accounts and not one.accounts.needed and not count:
        count = None
    says = one.prize.rule if told["money"] is not None else one.prize.none if count is None else None
    return Prize(one.prize.kind, None if count is None else round(count), told["money"], says)


def _is_worth(one: Playbook, prize: Prize, money: Cells) -> bool:
    """Whether it reaches what the playbook asks for at least. What is not known stands in nobody's way."""
    if prize.accounts is not None and prize.accounts < one.worth.accounts:
        return False
    total = sum(value or 0.0 for value in money.values())
    return prize.money is None or not total or prize.money >= one.worth.mrr_share * total


def _evidence(layer: Layer, look: Look, member: Key, values: Mapping[str, float | None]) -> Iterable[Evidence]:
    """Every number, those that the conditions speak of before those that are there for the checks."""
    one = look.playbook
    found = [
        Evidence(name, values.get(name), shape, "accounts" if name in OF_ACCOUNTS else "known", MRR if name == "money" else None)
        for name, shape in _KNOWN.items()
        if name in one.known and name not in {each.name for each in one.every_number}
    ]
    for each in one.accounts.numbers if one.accounts else ():
        told = _told(layer, each, look.within.get(each.name), _members_of(look, member, look.within.get(each.name)), values)
        found.append(told if told.of in ("all", "median", "computed") else replace(told, of="accounts"))
    found += [
        _told(layer, each, look.asks.get(each.name), _members_of(look, member, look.asks.get(each.name)), values) for each in one.numbers
    ]
    decisive = {name for text in (one.when, one.n, one.accounts and one.accounts.when) if text for name in reckon.names(text)}
    return sorted(found, key=lambda each: each.name not in decisive | set(OF_ACCOUNTS))


def _told(layer: Layer, one: Number, ask: Ask | None, members: tuple[tuple[str, str], ...], values: Mapping[str, float | None]) -> Evidence:
    of = "computed" if one.formula else one.of if one.of in ("all", "median") else "member"
    since = ask.since if ask and (one.days is not None or one.trend) else None
    until = ask.until if ask else None
    shape = one.format or _shape(layer, one)
    return Evidence(
        one.name, values[one.name], shape, of, one.metric, one.label, since, until, members, one.where, one.trend, one.show, one.step
    )


def _shape(layer: Layer, one: Number) -> str:
    """How a number is written: a slope is a share, a cell of a funnel a share or a count, any other as its metric."""
    if one.trend or one.show in ("from_start", "from_previous"):
        return "percent"
    if one.show is not None:
        return "integer" if one.show == "entered" else "decimal"
    return layer.metrics[one.metric].format if one.metric else "decimal"


def _members_of(look: Look, member: Key, ask: Ask | None) -> tuple[tuple[str, str], ...]:
    """The members that a number is of; none where it is of all together."""
    each = look.playbook.each
    return tuple(zip(each, member, strict=True)) if ask and ask.by[: len(each)] == each else ()


def _id(name: str, member: Key) -> str:
    told = ":".join((name, *member))
    return told if len(told) <= _LONGEST else f"{name}:{hashlib.sha256(told.encode()).hexdigest()[:16]}"
