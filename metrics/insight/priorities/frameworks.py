"""Frameworks for priorities as they are written: fields with scale, unit, default and prefill, and a formula over them.

The built-in ones (`frameworks.yml`) and a company's own (`priorities/*.yml` of the workspace) are read alike.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import duckdb
from sqlglot import exp

from data.errors import did_you_mean
from data.expressions import check
from data.shelf import Shelf, filled
from data.workspace import Workspace
from data.yaml_file import Mapping as Block
from metrics.definition import NAME, text
from metrics.insight.priorities import fields as fields_of
from metrics.insight.priorities.fields import Field
from metrics.kinds import formula

#: The view of objectives and key results has no formula; no framework may take its name.
OKR = "okr"
BUILT_IN = Path(__file__).with_name("frameworks.yml")
_KEYS = ("label", "description", "source", "formula", "judged_by", "plane", "fields")


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


def shelf(workspace: Workspace | None = None) -> Shelf[Framework]:
    """The built-in frameworks, and over them the company's own of the same names. One that is wrong takes none of the others away."""
    own = sorted((workspace.root / "priorities").glob("*.yml")) if workspace else []
    files = [(BUILT_IN, f"metrics/insight/priorities/{BUILT_IN.name}"), *((path, f"priorities/{path.name}") for path in own)]
    return filled("framework", files, read)


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
    fields = {one: fields_of.read(one, written, name) for one in written}
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
