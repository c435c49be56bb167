"""Frameworks for priorities as they are written: fields with scale, unit, default and prefill, and a formula over them.

The built-in ones (`frameworks.yml`) and a company's own (`priorities/*.yml` of the workspace) are read alike.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import duckdb
from sqlglot import exp

from data import yaml_file
from data.errors import Problem, did_you_mean
from data.expressions import check
from data.workspace import Workspace
from data.yaml_file import Mapping as Block
from metrics.definition import FORMATS, NAME, text
from metrics.kinds import formula

#: What of the data can fill a field; `metrics/insight/priorities/prefill.py` says how each is asked.
PREFILLS = (
    "reach", "eligible_accounts", "active_accounts", "eligible_users", "active_users", "revenue", "requests", "requesting_accounts",
    "tickets", "ticket_share", "importance", "satisfaction", "open_estimate", "usual_estimate",
)  # fmt: skip
#: The view of objectives and key results has no formula; no framework may take its name.
OKR = "okr"
BUILT_IN = Path(__file__).with_name("frameworks.yml")
_KEYS = ("label", "description", "source", "formula", "judged_by", "plane", "fields")
_FIELD_KEYS = ("label", "description", "unit", "format", "scale", "relative", "default", "prefill", "least", "most")


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


@dataclass(frozen=True)
class Framework:
    """A way to rank: its fields, the formula over them, where it was published, and the place where it is written."""

    name: str
    label: str
    description: str
    source: str
    formula: formula.Formula
    fields: Mapping[str, Field]
    judged_by: str | None
    plane: tuple[str, str] | None
    file: str

    @property
    def counted(self) -> tuple[str, ...]:
        """The fields that the score is made of, in their order."""
        return tuple(name for name in self.fields if name in self.formula.parts)


def load(workspace: Workspace | None = None) -> dict[str, Framework]:
    """Every framework by name: the built-in ones, the company's own over them. Raises Problem at the first wrong one."""
    found = _read(BUILT_IN, f"metrics/insight/priorities/{BUILT_IN.name}")
    for path in sorted((workspace.root / "priorities").glob("*.yml")) if workspace else ():
        found |= _read(path, f"priorities/{path.name}")
    return found


def known(name: str, frameworks: Mapping[str, Framework]) -> Framework:
    """The framework of a name. Raises Problem when there is none."""
    if name not in frameworks:
        raise Problem(f'unknown framework "{name}"', remedy=did_you_mean(name, [*frameworks, OKR]))
    return frameworks[name]


def scores(framework: Framework, rows: Sequence[Mapping[str, float | None]]) -> list[float | None]:
    """The score of each row of values by field: the formula, computed by the engine; None where a value is missing or divides by zero."""
    if not rows:
        return []
    with duckdb.connect() as connection:
        return [one for (one,) in connection.execute(*_statement(framework.formula, rows)).fetchall()]


def read(name: str, within: Block) -> Framework:
    """The framework of that name in a file. Raises Problem at the place of what is wrong."""
    block = within[name]
    if not NAME.fullmatch(name) or name == OKR:
        raise within.problem(name, f'"{name}" cannot name a framework', f"Use small letters, digits and _; {OKR} is taken.")
    if not isinstance(block, Block):
        raise within.problem(name, f"{name} must be a mapping with formula and fields", value=True)
    block.only(_KEYS, name)
    written = block.get("fields")
    if not isinstance(written, Block) or not written:
        raise block.problem("fields", f"{name}: fields maps the name of each field to what it is", "Such as {effort: {unit: points}}.")
    fields = {one: _field(one, written, name) for one in written}
    framework = Framework(
        name=name,
        label=text(block, "label", name, name.replace("_", " ").capitalize()),
        description=text(block, "description", name, ""),
        source=text(block, "source", name, ""),
        formula=_formula(block, name, fields),
        fields=fields,
        judged_by=_named(block, "judged_by", block.get("judged_by"), fields, name),
        plane=_plane(block, fields, name),
        file=within.file,
    )
    _try(framework, block)
    return framework


def _read(path: Path, shown: str) -> dict[str, Framework]:
    told = yaml_file.read(path, shown)
    return {name: read(name, told) for name in told}


def _formula(block: Block, name: str, fields: Mapping[str, Field]) -> formula.Formula:
    told = formula.read("formula", block, name)
    for column in check(told.text).find_all(exp.Column):
        if len(column.parts) > 1 or column.name not in fields:
            said = f'{name}: the formula names "{column.sql()}", which is no field'
            raise block.problem("formula", said, did_you_mean(column.name, fields), value=True)
    return told


def _try(framework: Framework, block: Block) -> None:
    """Computes the formula once: what is no arithmetic is found before anybody opens the page."""
    try:
        scores(framework, [dict.fromkeys(framework.counted, 1.0)])
    except duckdb.Error as error:
        said = f"{framework.name}: the formula cannot be computed: {str(error).splitlines()[0]}"
        raise block.problem("formula", said, "It is arithmetic over numbers.", value=True) from None


def _statement(told: formula.Formula, rows: Sequence[Mapping[str, float | None]]) -> tuple[str, dict[str, Any]]:
    """One statement over all rows, in their order; each field is a list that is bound."""
    names = {part: f"v{place}" for place, part in enumerate(told.parts)}
    computed = formula.combine(told, names)
    columns = ", ".join(f"unnest(CAST(${name} AS DOUBLE[])) AS {name}" for name in names.values())
    values = {name: [row.get(part) for row in rows] for part, name in names.items()}
    # greatest, least and coalesce would pass over what is not known.
    known = " AND ".join(f"{name} IS NOT NULL" for name in names.values())
    score = f"CASE WHEN {known} THEN CAST({computed} AS DOUBLE) END"
    sql = f"SELECT {score} FROM (SELECT unnest(range($rows)) AS place, {columns}) ORDER BY place"
    return sql, {**values, "rows": len(rows)}


def _field(name: str, within: Block, framework: str) -> Field:
    block, where = within[name], f"{framework}.{name}"
    if not NAME.fullmatch(name):
        raise within.problem(name, f'"{name}" cannot name a field', "Use small letters, digits and _, beginning with a letter.")
    if not isinstance(block, Block):
        raise within.problem(name, f"{where} must be a mapping such as {{unit: accounts}}", value=True)
    block.only(_FIELD_KEYS, where)
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


def _plane(block: Block, fields: Mapping[str, Field], name: str) -> tuple[str, str] | None:
    told = block.get("plane")
    if told is None:
        return None
    if not isinstance(told, Block) or set(told) != {"across", "up"}:
        raise block.problem("plane", f"{name}: plane names the two fields of its chart", "Such as {across: effort, up: value}.", value=True)
    across, up = (_named(told, key, told[key], fields, name) for key in ("across", "up"))
    return str(across), str(up)


def _named(block: Block, key: str, told: Any, fields: Mapping[str, Field], name: str) -> str | None:
    if told is not None and told not in fields:
        raise block.problem(key, f'{name}: {key} names "{told}", which is no field', did_you_mean(str(told), fields), value=True)
    return None if told is None else str(told)


def _number(block: Block, key: str, where: str) -> float | None:
    told = block.get(key)
    if told is None:
        return None
    if not _is_number(told):
        raise block.problem(key, f"{where}: {key} is a number", value=True)
    return float(told)


def _is_number(value: Any) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool) and abs(value) < 1e300
