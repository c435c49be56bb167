"""What the kinds with rows of their own read alike: the block under their verb, the entity, conditions, options."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import timedelta

from data.errors import did_you_mean
from data.yaml_file import Mapping
from metrics.definition import text
from metrics.kinds.aggregate import ENTITIES, fact_of

#: A century: beyond it calendars end.
LONGEST = timedelta(days=36_525)
_STRETCH = re.compile(r"^(\d{1,9}) (second|minute|hour|day)s?$")


def fact_and_block(verb: str, block: Mapping, name: str, allowed: Sequence[str]) -> tuple[str, Mapping]:
    """The fact that `in` names and the mapping under the verb. Raises Problem for an unknown key."""
    told = block_of(verb, block, name, allowed)
    return fact_of(block, name), told


def block_of(verb: str, block: Mapping, name: str, allowed: Sequence[str]) -> Mapping:
    """The mapping under the verb. Raises Problem for an unknown key."""
    told = block[verb]
    if not isinstance(told, Mapping):
        raise block.problem(verb, f"{name}: {verb} is a mapping of {', '.join(allowed)}", value=True)
    told.only(allowed, f"{name}: {verb}")
    return told


def entity(told: Mapping, name: str, default: str = "person") -> str:
    """The expression of whom it is about: a person, an account, or any column or attribute."""
    named = text(told, "entity", name, default)
    return ENTITIES.get(named, named)


def condition(told: Mapping, key: str, name: str) -> str | None:
    """A condition as written; none stands for any row."""
    return text(told, key, name) if told.get(key) is not None else None


def both(*conditions: str | None) -> str | None:
    """One condition that holds when all of these do."""
    given = [one for one in conditions if one is not None]
    return " AND ".join(f"({one})" for one in given) if len(given) > 1 else next(iter(given), None)


def flag(told: Mapping, key: str, name: str) -> bool:
    """Yes or no; no when it is not told."""
    found = told.get(key, False)
    if not isinstance(found, bool):
        raise told.problem(key, f"{name}: {key} is true or false", value=True)
    return found


def choice(told: Mapping, key: str, name: str, choices: Sequence[str]) -> str:
    """One of the choices, the first when none is told."""
    found = text(told, key, name, choices[0])
    if found not in choices:
        raise told.problem(key, f'{name}: {key} is one of {", ".join(choices)}, not "{found}"', did_you_mean(found, choices), value=True)
    return found


def whole(told: Mapping, key: str, name: str, default: int, least: int = 1, most: int | None = None) -> int:
    """A whole number from `least`, to `most` if there is such a bound."""
    found = told.get(key, default)
    if not isinstance(found, int) or isinstance(found, bool) or found < least or (most and found > most):
        bounds = f"{least} to {most:,}" if most else f"{least}"
        raise told.problem(key, f"{name}: {key} is a whole number from {bounds}", value=True)
    return found


def stretch(told: Mapping, key: str, name: str, default: str) -> timedelta:
    """A stretch of elapsed time such as `14 days`."""
    written = text(told, key, name, default)
    match = _STRETCH.match(written.strip())
    found = timedelta(**{f"{match[2]}s": int(match[1])}) if match else timedelta(0)
    if not timedelta(0) < found <= LONGEST:
        raise told.problem(key, f'{name}: {key} is a stretch such as "14 days" or "30 minutes", not "{written}"', value=True)
    return found
