"""What the cast values of a block become in its table: days, words, addresses, defaults, attrs; and what refuses a row."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from connectors import words
from connectors.blocks import ALL, EMAIL, NULLABLE_KEYS
from connectors.casts import Zones, cast
from connectors.mapping import Bound, Mapped
from connectors.sql import literal, quoted
from data.schema import TIME, Table

# What a ticket's times say, where its source does not say it itself. An end before its beginning is no time, and a finding.
_MINUTES = (
    ("first_response_minutes", "created_at", "first_response_at"),
    ("resolution_minutes", "created_at", "last_resolved_at"),
)
_TYPE_NAMES = {"TIMESTAMPTZ": "TIMESTAMP WITH TIME ZONE"}
_SPOKEN = {
    "BIGINT": "whole number",
    "DOUBLE": "number",
    "DECIMAL": "number",
    "BOOLEAN": "true or false",
    "DATE": "day",
    "TIMESTAMP WITH TIME ZONE": "time",
    "TIMESTAMP": "time",
}


@dataclass(frozen=True)
class Check:
    """One way in which a row can be refused: the column people see, its text in SQL, the condition, the reason, more words."""

    column: str | None
    text: str
    condition: str
    reason: str
    detail: str | None = None


@dataclass
class Shape:
    """Collects SQL over columns `x<n>` (as mapped) and `v<n>` (as cast): `values` makes the v from the x, `filled` the table's
    columns from both, `checks` say what refuses a row, `texts` what its columns held, `unknown` which word has no meaning.
    """

    mapped: Mapped
    zones: Zones
    currency: str
    salt: str
    with_attrs: bool
    checks: list[Check] = field(default_factory=list)
    values: dict[str, str] = field(default_factory=dict)
    filled: dict[str, str] = field(default_factory=dict)
    texts: dict[str, str] = field(default_factory=dict)
    unknown: dict[str, str] = field(default_factory=dict)
    parameters: dict[str, Any] = field(default_factory=dict)
    packed: dict[str, str] = field(default_factory=dict)

    @property
    def table(self) -> Table:
        """The table that is filled."""
        return self.mapped.filling.table

    def refuse(self, column: str, text: str, failed: str | None, changed: str | None, wanted: str) -> None:
        """Refuses rows whose cast failed or changed the value."""
        kind = wanted.split("(")[0]
        if failed:
            self.checks.append(Check(column, text, failed, "bad_value", f"is no {_SPOKEN.get(kind, kind)}"))
        if changed:
            detail = f"would change as {_SPOKEN.get(kind, kind)}; round it in sources.yml if that is meant"
            self.checks.append(Check(column, text, changed, "changed_value", detail))

    def columns(self, types: dict[str, str]) -> None:
        """Takes the mapped columns; `types` are those of the x."""
        for index, bound in enumerate(self.mapped.columns):
            if bound.name == EMAIL:
                self._email(f"x{index}")
            else:
                self._column(bound, f"x{index}", f"v{index}", types[f"x{index}"])
        self._defaults()
        self._attrs()
        self._keys()

    def _column(self, bound: Bound, text: str, value: str, given: str) -> None:
        wanted = _TYPE_NAMES.get(self.table.columns[bound.name], self.table.columns[bound.name])
        made = cast(text, value, given, wanted, self.zones)
        self.values[value] = made.value
        self.texts[bound.name] = text
        self.refuse(bound.name, text, made.failed, made.changed, wanted)
        self.filled[bound.name] = self._word(bound.name, value)
        if self.table.columns[bound.name] == TIME and f"{bound.name}_day" in self.table.columns:
            self.filled[f"{bound.name}_day"] = self.zones.day(text, value, given)

    def _word(self, name: str, value: str) -> str:
        """The value as metrics use it; the vendor's word goes into the raw column."""
        if f"{name}_raw" in self.table.columns and f"{name}_raw" not in (bound.name for bound in self.mapped.columns):
            self.filled[f"{name}_raw"] = value
        known = words.canonical(self.table.name, name)
        if known is not None:
            branches = " ".join(f"WHEN {literal(word)} THEN {literal(meant)}" for word, meant in known.items())
            meant = f"CASE replace(replace(lower(trim({value})), ' ', '_'), '-', '_') {branches} END"
            self.unknown[name] = f"{value} IS NOT NULL AND {meant} IS NULL"
            return meant
        if (self.table.name, name) == ("account", "domain"):
            return rf"nullif(regexp_extract(lower(trim({value})), '^(?:https?://)?(?:www\.)?([^/:?#]+)', 1), '')"
        return value

    def _email(self, text: str) -> None:
        """The address itself goes nowhere, not even to the rejects."""
        clean = f"lower(trim(CAST({text} AS VARCHAR)))"
        self.checks.append(Check(EMAIL, "NULL", f"{text} IS NOT NULL AND {clean} NOT LIKE '%_@_%'", "bad_value", "is no e-mail address"))
        self.parameters["salt"] = self.salt
        known = f"regexp_matches({clean}, '^[0-9a-f]{{64}}@')"  # what came by an API is hashed before it is written anywhere
        hashed = f"CASE WHEN {known} THEN split_part({clean}, '@', 1) ELSE sha256($salt || {clean}) END"
        for name, sql in {"email_hash": hashed, "email_domain": f"split_part({clean}, '@', 2)"}.items():
            (self.filled if name in self.table.columns else self.packed)[name] = sql

    def _defaults(self) -> None:
        for minutes, begin, end in _MINUTES if self.table.name == "ticket" else ():
            if minutes not in self.filled and {begin, end} <= set(self.filled):
                elapsed = f"epoch({self.filled[end]} - {self.filled[begin]}) / 60"
                self.filled[minutes] = f"CASE WHEN {elapsed} < 0 THEN 0 ELSE {elapsed} END"
        if self.table.name == "subscription_period":
            self.filled.setdefault("status", "'active'")
        if self.table.money:
            self.filled.setdefault("currency", literal(self.currency))
        for name in self.table.key:
            self.filled.setdefault(name, f"CAST(NULL AS {self.table.columns[name]})")

    def _attrs(self) -> None:
        packed = {bound.name: f"y{index}" for index, bound in enumerate(self.mapped.attrs)} | self.packed
        parts = [self._object(packed.pop(ALL))] if ALL in packed else []
        for name, sql in self.unknown.items():
            if f"{name}_raw" not in self.table.columns:
                packed[f"{name}_raw"] = f"CASE WHEN {sql} THEN {self.texts[name]} END"
        if packed:
            parts.append(f"to_json(struct_pack({', '.join(f'{quoted(name)} := {sql}' for name, sql in packed.items())}))")
        if parts:
            self.filled["attrs"] = f"nullif(json_merge_patch('{{}}', {', '.join(parts)}), '{{}}')"
        elif self.with_attrs:
            self.filled["attrs"] = "CAST(NULL AS JSON)"

    def _object(self, text: str) -> str:
        """A JSON object whose values go into attrs as they are."""
        value = f"TRY_CAST({text} AS JSON)"
        failed = f"{text} IS NOT NULL AND json_type({value}) IS DISTINCT FROM 'OBJECT'"
        self.checks.append(Check(f"attrs.{ALL}", text, failed, "bad_value", "is no JSON object"))
        return f"coalesce({value}, '{{}}')"

    def _keys(self) -> None:
        for name in self.table.key:
            if name in self.texts and (self.table.name, name) not in NULLABLE_KEYS:
                detail = f"{name} tells rows apart and is empty"
                self.checks.append(Check(name, "NULL", f"{self.texts[name]} IS NULL", "missing_key", detail))
