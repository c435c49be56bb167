"""Reads playbooks from YAML: whatever is wrong is told with its file, line and key."""

from __future__ import annotations

import re
from collections.abc import Mapping as AnyMapping
from string import Formatter
from typing import Any

from data.errors import Problem, did_you_mean
from data.yaml_file import Mapping
from metrics.definition import FORMATS, NAME
from metrics.insight.actions import reckon
from metrics.insight.actions.playbook import (
    KINDS,
    OF,
    OF_ACCOUNTS,
    TEAMS,
    TONES,
    USUAL_DAYS,
    Accounts,
    Against,
    Expect,
    Mark,
    Number,
    Playbook,
    Prize,
    Worth,
)  # fmt: skip

_SPAN = re.compile(r"(\d{1,4}) (day|week)s?", re.ASCII)
_CHANGE = re.compile(r"([+-]\d+(?:\.\d+)?)(?: (%|points))?", re.ASCII)
EVER = "ever"
_KEYS = (
    "label", "description", "team", "owner", "cause", "each", "over", "numbers", "accounts", "when", "n", "at_least", "worth", "action",
    "prize", "expect", "against", "mark",
)  # fmt: skip
_NUMBER_KEYS = ("metric", "over", "ago", "where", "of", "trend", "step", "show", "formula", "format", "label")
_SHOWS = ("entered", "from_start", "from_previous", "average_seconds", "median_seconds")


def read(name: str, within: Mapping) -> Playbook:
    """The playbook of that name in a file. Raises Problem at the place of what is wrong."""
    block = within[name]
    if not NAME.fullmatch(name):
        raise within.problem(name, f'"{name}" cannot name a playbook', "Use small letters, digits and _, beginning with a letter.")
    if not isinstance(block, Mapping):
        raise within.problem(name, f"{name} must be a mapping of keys such as label, team, when and action", value=True)
    block.only(_KEYS, name)
    made = _playbook(name, block, within)
    _expressions(made)
    return made


def _playbook(name: str, block: Mapping, within: Mapping) -> Playbook:
    days = _span(block, "over", name) if "over" in block else USUAL_DAYS
    accounts = block.get("accounts")
    if accounts is not None:
        _mapping(block, "accounts", name, ("numbers", "when", "needed"))
    return Playbook(
        name=name,
        label=_text(block, "label", name),
        description=_text(block, "description", name),
        team=_choice(block, "team", name, TEAMS),
        action=_text(block, "action", name),
        each=_dimensions(block, name),
        numbers=_numbers(block, name, days),
        accounts=_accounts(accounts, name, days) if accounts is not None else None,
        when=_text(block, "when", name) if accounts is None or "when" in block else None,
        n=_text(block, "n", name) if accounts is None or "n" in block else "accounts",
        at_least=_whole(block, "at_least", name, 1),
        worth=_worth(block, name),
        prize=_prize(block, name),
        expect=_expect(block, name, days),
        against=_against(block, name),
        mark=_mark(block, name),
        owner=_text(block, "owner", name) if "owner" in block else None,
        cause=_text(block, "cause", name) if "cause" in block else name,
        file=within.file,
        line=within.keys_at[name][0],
        block=block,
    )


def _dimensions(block: Mapping, name: str) -> tuple[str, ...]:
    told = block.get("each") or []
    listed = [told] if isinstance(told, str) else told
    if not isinstance(listed, list) or len(listed) > 2 or not all(isinstance(one, str) for one in listed):
        raise block.problem("each", f"{name}: each is a dimension such as feature_id, or two of them", value=True)
    return tuple(listed)


def _numbers(block: Mapping, name: str, days: int | None) -> tuple[Number, ...]:
    told = block.get("numbers") or {}
    if not isinstance(told, AnyMapping):
        raise block.problem("numbers", f"{name}: numbers maps names to metrics", "Such as {tickets: tickets_created}.", value=True)
    return tuple(_number(key, told, name, days) for key in told)


def _number(key: str, told: Any, name: str, days: int | None) -> Number:
    written = told[key]
    if not NAME.fullmatch(key):
        raise told.problem(key, f'{name}: "{key}" cannot name a number', "Use small letters, digits and _.")
    if isinstance(written, str):
        return Number(key, metric=written, days=days)
    if not isinstance(written, Mapping) or len({"metric", "formula"} & set(written)) != 1:
        raise told.problem(key, f"{name}: {key} is a metric's name, or a mapping with metric or formula", value=True)
    written.only(_NUMBER_KEYS, name)
    trend = _span(written, "trend", name) if "trend" in written else None
    return Number(
        name=key,
        metric=_text(written, "metric", name) if "metric" in written else None,
        days=_span(written, "over", name) if "over" in written else days,
        ago=_span(written, "ago", name) or 0 if "ago" in written else 0,
        where=_text(written, "where", name) if "where" in written else None,
        of=_choice(written, "of", name, OF) if "of" in written else "member",
        trend=trend // 7 if trend else None,
        step=_text(written, "step", name) if "step" in written else None,
        show=_choice(written, "show", name, _SHOWS) if "show" in written else None,
        formula=_text(written, "formula", name) if "formula" in written else None,
        format=_choice(written, "format", name, FORMATS) if "format" in written else None,
        label=_text(written, "label", name) if "label" in written else None,
    )


def _accounts(told: Mapping, name: str, days: int | None) -> Accounts:
    needed = told.get("needed", True)
    if not isinstance(needed, bool):
        raise told.problem("needed", f"{name}: needed is true or false", value=True)
    return Accounts(_numbers(told, name, days), _text(told, "when", name), needed)


def _worth(block: Mapping, name: str) -> Worth:
    if "worth" not in block:
        return Worth()
    told = _mapping(block, "worth", name, ("accounts", "mrr_share"))
    share = told.get("mrr_share", 0.0)
    if not isinstance(share, (int, float)) or isinstance(share, bool) or not 0 <= share <= 1:
        raise told.problem("mrr_share", f"{name}: mrr_share is a share from 0 to 1, such as 0.01", value=True)
    return Worth(_whole(told, "accounts", name, 1), float(share))


def _prize(block: Mapping, name: str) -> Prize:
    if "prize" not in block:
        return Prize()
    told = _mapping(block, "prize", name, ("kind", "accounts", "money", "rule", "none"))
    given = {key: _text(told, key, name) for key in ("accounts", "money", "rule", "none") if key in told}
    return Prize(_choice(told, "kind", name, KINDS) if "kind" in told else Prize().kind, **given)


def _expect(block: Mapping, name: str, days: int | None) -> Expect | None:
    if "expect" not in block:
        return None
    told = _mapping(block, "expect", name, ("metric", "change", "within", "over"))
    written = told.get("change")
    plain = isinstance(written, (int, float)) and not isinstance(written, bool)
    match = _CHANGE.fullmatch(f"{written:+}" if plain else _text(told, "change", name))
    if match is None:
        raise told.problem("change", f"{name}: a change is written as +20 %, -5 points or +3", None, value=True)
    over = (_span(told, "over", name) if "over" in told else days) or USUAL_DAYS
    within = _span(told, "within", name) or 0
    if within < over:
        said = f"{name}: within {within} days the number still looks at days before the decision"
        raise told.problem("within", said, f"It is measured over {over} days: give it as long, or say over: …", value=True)
    return Expect(_text(told, "metric", name), float(match[1]), match[2] or "", within, over)


def _against(block: Mapping, name: str) -> tuple[Against, ...]:
    told = block.get("against") or []
    if not isinstance(told, list) or not all(isinstance(one, Mapping) for one in told):
        raise block.problem("against", f"{name}: against is a list of mappings with when and says", value=True)
    for one in told:
        one.only(("when", "says"), name)
    return tuple(Against(_text(one, "when", name), _text(one, "says", name)) for one in told)


def _mark(block: Mapping, name: str) -> Mark | None:
    if "mark" not in block:
        return None
    told = _mapping(block, "mark", name, ("label", "tone", "says"))
    if block.get("each") or "accounts" not in block:
        raise block.problem("mark", f"{name}: only a playbook about accounts, without each, marks accounts")
    return Mark(_text(told, "label", name), _choice(told, "tone", name, TONES), _text(told, "says", name))


def _expressions(made: Playbook) -> None:
    """Raises Problem for a condition, a formula or a text that speaks of a number which does not exist."""
    block, known = made.block, made.known
    twice = {one.name for one in made.numbers} & {one.name for one in (made.accounts.numbers if made.accounts else ())}
    if taken := sorted(twice | {one.name for one in made.every_number} & set(OF_ACCOUNTS)):
        raise block.problem("numbers", f'{made.name}: "{taken[0]}" names two numbers', "Rename one.")
    if made.accounts is not None:
        within = {one.name for one in made.accounts.numbers}
        _formulas(block["accounts"], made.name, made.accounts.numbers, within)
        _judge(block["accounts"], "when", made.accounts.when, within, made.name, condition=True)
    _formulas(block, made.name, made.numbers, known)
    for key, told in (("when", made.when), ("n", made.n if "n" in block else None)):
        if told is not None:
            _judge(block, key, told, known, made.name, condition=key == "when")
    for key in ("accounts", "money"):
        if told := getattr(made.prize, key):
            _judge(block["prize"], key, told, known, made.name, condition=False)
    for key in ("rule", "none"):
        if getattr(made.prize, key):
            _placeholders(block["prize"], key, known, made.name)
    for one in block.get("against") or ():
        _judge(one, "when", one["when"], known, made.name, condition=True)
        _placeholders(one, "says", known, made.name)
    members = {"member", *(f"member_{place}" for place, _dimension in enumerate(made.each, 1))} if made.each else set()
    _placeholders(block, "action", known | members, made.name)
    if made.mark is not None and made.accounts is not None:
        _placeholders(block["mark"], "says", {one.name for one in made.accounts.numbers}, made.name)


def _formulas(block: Mapping, name: str, numbers: tuple[Number, ...], known: set[str]) -> None:
    """A formula computes with what stands above it, so that none leads back to itself."""
    above = known - {one.name for one in numbers}
    for one in numbers:
        if one.formula is not None:
            _judge(block["numbers"][one.name], "formula", one.formula, above, name, condition=False)
        above = above | {one.name}


def _judge(block: Mapping, key: str, text: str, known: set[str], name: str, *, condition: bool) -> None:
    try:
        reckon.read(text, known, condition=condition)
    except Problem as problem:
        raise block.problem(key, f"{name}: {problem.message}", problem.remedy, value=True) from None


def _placeholders(block: Mapping, key: str, known: set[str], name: str) -> None:
    try:
        named = [part for _said, part, _spec, _conversion in Formatter().parse(block[key]) if part is not None]
    except ValueError:
        raise block.problem(key, f"{name}: a bracket of {key} is not closed", "Write numbers as {accounts}.", value=True) from None
    for part in named:
        if part not in known:
            raise block.problem(key, f'{name}: there is no number "{part}"', did_you_mean(part, known), value=True)


def _mapping(block: Mapping, key: str, name: str, keys: tuple[str, ...]) -> Mapping:
    told = block[key]
    if not isinstance(told, Mapping):
        raise block.problem(key, f"{name}: {key} is a mapping of {', '.join(keys)}", value=True)
    told.only(keys, name)
    return told


def _text(block: Mapping, key: str, name: str) -> str:
    told = block.get(key)
    if told is None:
        raise Problem(f"{name}: {key} is missing", block.file, block.line, remedy=f"Add {key}: …", field=key)
    if not isinstance(told, str) or not told.strip():
        raise block.problem(key, f"{name}: {key} must be a text", "Put it into quotes.", value=True)
    return told


def _choice(block: Mapping, key: str, name: str, known: tuple[str, ...]) -> str:
    told = _text(block, key, name)
    if told not in known:
        raise block.problem(key, f'{name}: {key} is one of {", ".join(known)}, not "{told}"', did_you_mean(told, known), value=True)
    return told


def _whole(block: Mapping, key: str, name: str, usual: int) -> int:
    told = block.get(key, usual)
    if not isinstance(told, int) or isinstance(told, bool) or told < 1:
        raise block.problem(key, f"{name}: {key} is a whole number from 1", value=True)
    return told


def _span(block: Mapping, key: str, name: str) -> int | None:
    """Days of a stretch such as "28 days"; None for ever."""
    told = _text(block, key, name)
    if told == EVER and key == "over":
        return None
    match = _SPAN.fullmatch(told)
    if match is None or match[1] == "0":
        raise block.problem(key, f'{name}: {key} is a stretch such as "28 days" or "8 weeks"', value=True)
    return int(match[1]) * (7 if match[2] == "week" else 1)
