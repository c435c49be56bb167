"""Fields of frameworks: what is judged of each candidate, on which scale, and what of the data fills it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from data.errors import Problem, did_you_mean
from data.yaml_file import Mapping as Block
from metrics.definition import FORMATS, NAME, text

#: What of the data can fill a field; `metrics/insight/priorities/prefill.py` says how each is asked.
PREFILLS = (
    "reach", "eligible_accounts", "active_accounts", "eligible_users", "active_users", "revenue", "requests", "requesting_accounts",
    "tickets", "ticket_share", "importance", "satisfaction", "open_estimate", "usual_estimate",
)  # fmt: skip
_KEYS = ("label", "description", "unit", "format", "scale", "relative", "default", "prefill", "least", "most")


@dataclass(frozen=True)
class Field:
    """What is judged of each candidate. `scale` maps the values that it may have to their words, which may be empty."""

    name: str
    label: str
    description: str = ""
    unit: str = ""
    format: str = "decimal"
    scale: Mapping[float, str] = field(default_factory=dict)
    relative: bool = False
    default: float | None = None
    prefill: tuple[str, ...] = ()
    least: float | None = None
    most: float | None = None

    def checked(self, value: float) -> float:
        """A value that somebody gives it. Raises Problem where the field cannot have it."""
        if self.scale and value not in self.scale:
            allowed = ", ".join(f"{one:g}" for one in sorted(self.scale))
            raise Problem(f"{self.label} cannot be {value:g}", remedy=f"Choose one of its scale: {allowed}.", field=self.name)
        low = self.least if self.least is not None else 0.0
        if value < low or (self.most is not None and value > self.most):
            said = f"from {low:g}" + (f" to {self.most:g}" if self.most is not None else " on")
            raise Problem(f"{self.label} cannot be {value:g}", remedy=f"Give a number {said}.", field=self.name)
        return value


def read(name: str, within: Block, framework: str) -> Field:
    """The field of that name in a framework's fields. Raises Problem at the place of what is wrong."""
    block, where = within[name], f"{framework}.{name}"
    if not NAME.fullmatch(name):
        raise within.problem(name, f'"{name}" cannot name a field', "Use small letters, digits and _, beginning with a letter.")
    if not isinstance(block, Block):
        raise within.problem(name, f"{where} must be a mapping such as {{unit: accounts}}", value=True)
    block.only(_KEYS, where)
    if block.get("format", "decimal") not in FORMATS:
        raise block.problem("format", f'{where}: format is one of {", ".join(FORMATS)}, not "{block["format"]}"', value=True)
    scale, relative = _scale(block, where), block.get("relative", False)
    if not isinstance(relative, bool) or (relative and not scale):
        raise block.problem("relative", f"{where}: relative is true or false, and needs a scale", value=True)
    made = Field(
        name=name,
        label=text(block, "label", where, name.replace("_", " ").capitalize()),
        description=text(block, "description", where, ""),
        unit=text(block, "unit", where, ""),
        format=block.get("format", "decimal"),
        scale=scale,
        relative=relative,
        default=_number(block, "default", where),
        prefill=_prefill(block, where),
        least=_number(block, "least", where),
        most=_number(block, "most", where),
    )
    if made.default is not None:
        _allowed(made, block, where)
    return made


def _allowed(made: Field, block: Block, where: str) -> None:
    try:
        made.checked(made.default or 0.0)
    except Problem as problem:
        raise block.problem("default", f"{where}: {problem.message}", problem.remedy, value=True) from None


def _scale(block: Block, where: str) -> dict[float, str]:
    """A list of values, or words with the value of each."""
    told = block.get("scale", [])
    words = {str(word): value for word, value in told.items()} if isinstance(told, Block) else {}
    values = list(words.values()) if words else told
    if not isinstance(values, list) or not all(_is_number(one) for one in values) or len({float(one) for one in values}) < len(values):
        raise block.problem("scale", f"{where}: scale lists different numbers, or words with a number each", "[1, 2, 3, 5, 8]", value=True)
    return {float(value): word for word, value in words.items()} if words else {float(value): "" for value in values}


def _prefill(block: Block, where: str) -> tuple[str, ...]:
    told = block.get("prefill", [])
    names = told if isinstance(told, list) else [told]
    for one in names:
        if one not in PREFILLS:
            raise block.problem("prefill", f'{where}: nothing is prefilled by "{one}"', did_you_mean(str(one), PREFILLS), value=True)
    return tuple(names)


def _number(block: Block, key: str, where: str) -> float | None:
    told = block.get(key)
    if told is None:
        return None
    if not _is_number(told):
        raise block.problem(key, f"{where}: {key} is a number", value=True)
    return float(told)


def _is_number(value: Any) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool) and abs(value) < 1e300
