"""Reads a block of sources.yml into a frozen model; what is wrong in it becomes a Problem with file and line."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Annotated, Any, TypeVar
from zoneinfo import ZoneInfo

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, ValidationError
from pydantic_core import ErrorDetails

from data.errors import Problem, did_you_mean
from data.yaml_file import Mapping

_SPAN = re.compile(r"(\d+)\s*([smhd])")
_SECONDS = {"s": 1, "m": 60, "h": 3600, "d": 86400}


class Settings(BaseModel):
    """The base of every block: frozen, and a key that it does not know is an error."""

    model_config = ConfigDict(frozen=True, extra="forbid")


S = TypeVar("S", bound=Settings)


def parse(model: type[S], block: object, owner: Mapping, key: str) -> S:
    """The settings that stand at `owner[key]`. Raises Problem at the first key or value that does not fit."""
    if not isinstance(block, Mapping):
        raise owner.problem(key, f'"{key}" must be a mapping of names to values', value=True)
    try:
        return model.model_validate(dict(block))
    except ValidationError as error:
        unknown_first = sorted(error.errors(), key=lambda each: each["type"] != "extra_forbidden")
        raise _problem(unknown_first[0], model, block, key) from None


def to_span(told: object) -> timedelta:
    """A length of time such as 30s, 15m, 6h or 1d, for a validator. Raises ValueError when it is none."""
    match = _SPAN.fullmatch(str(told))
    if match is None:
        raise ValueError(f'"{told}" is no length of time; write 30s, 15m, 6h or 1d')
    return timedelta(seconds=int(match[1]) * _SECONDS[match[2]])


#: A length of time as sources.yml has it.
Span = Annotated[timedelta, BeforeValidator(to_span)]


def span(block: Mapping, key: str) -> timedelta | None:
    """A length of time that a block gives. Raises Problem when it is none."""
    told = block.get(key)
    try:
        return None if told is None else to_span(told)
    except ValueError:
        raise block.problem(key, f'"{told}" is no length of time', "Write 30s, 15m, 6h or 1d.", value=True) from None


def zone(name: str) -> str:
    """The name of a time zone, for a validator. Raises ValueError when there is none of it."""
    try:
        return ZoneInfo(name).key
    except (ValueError, OSError, LookupError):
        raise ValueError(f'unknown time zone "{name}"; use a name such as Europe/Paris') from None


#: The name of a time zone, or None.
Timezone = Annotated[str | None, AfterValidator(lambda name: zone(name) if name else name)]


def one_or_more(value: Any) -> Any:
    """A list, also where a lone name is written."""
    return [value] if isinstance(value, str | int) else value


def known(model: type[Settings]) -> list[str]:
    """The keys that a block may have, as they are written."""
    return [field.alias or name for name, field in model.model_fields.items()]


def _problem(error: ErrorDetails, model: type[Settings], block: Mapping, name: str) -> Problem:
    path = [str(part) for part in error["loc"]]
    if error["type"] == "extra_forbidden" and len(path) == 1:
        return block.problem(path[0], f'unknown key "{path[0]}" in {name}', did_you_mean(path[0], known(model)))
    if error["type"] == "missing":
        return block.problem(None, f'{name} lacks the key "{path[0]}"', _described(model, path[0]))
    at, key = _place(block, path)
    said = error["msg"].removeprefix("Value error, ")
    names_or, found = said.removeprefix("Input should be "), error["input"]
    wrong = f"{key} must be {names_or}, not {found!r}" if names_or != said else said
    return at.problem(key, wrong, _described(model, path[0]), value=True)


def _place(block: Mapping, path: list[str]) -> tuple[Mapping, str]:
    at, key = block, path[0]
    for part in path[1:]:
        inner = at.get(key)
        if not isinstance(inner, Mapping) or part not in inner:
            break
        at, key = inner, part
    return at, key


def _described(model: type[Settings], key: str) -> str | None:
    for name, field in model.model_fields.items():
        if key in (name, field.alias) and field.description:
            return f"{key}: {field.description}"
    return None
