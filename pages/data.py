"""Data: what is loaded, how fresh is it, what was refused or looks wrong?"""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import UTC, date, datetime
from html import escape
from typing import TYPE_CHECKING, Any

import streamlit as st

from data import looks as last_looks
from data import status
from data.pauses import paused
from data.reader import Snapshot
from data.status import Finding, GenerationStatus, RejectGroup, SourceChange, SourceStatus, TableStatus
from pages.components import format as fmt
from pages.components.board import LATE_AFTER, Board
from pages.components.export import Sheet, downloads
from pages.components.export_facts import facts
from pages.components.i18n import N_, NN_, _, ngettext
from pages.components.loading import loading
from pages.components.relay import relayed
from pages.components.section import plain_card
from pages.components.states import notice
from pages.components.table import Cell, Column, markup, table

if TYPE_CHECKING:
    import pandas as pd

TITLE = N_("Data")
QUESTION = N_("What is loaded, how fresh is it, what was refused or looks wrong?")
ICON = ":material/database:"
#: No filter bar: the page shows all that was loaded, also when no row came of it.
FILTERED = False

REASONS = {
    "bad_value": N_("A value could not be read"),
    "changed_value": N_("A value would have changed"),
    "duplicate_key": N_("The same key as an earlier row, but other values"),
    "missing_key": N_("No key"),
    "malformed_line": N_("The line could not be read"),
}
FINDINGS = {
    "zero_length_period": NN_(
        "subscription period ends when it begins; no MRR counts for it", "subscription periods end when they begin; no MRR counts for them"
    ),
    "ends_before_start": NN_(
        "subscription period ends before it begins; no MRR counts for it",
        "subscription periods end before they begin; no MRR counts for them",
    ),
    "overlapping_periods": NN_(
        "period of a subscription overlaps another one; its MRR counts twice", "periods of one subscription overlap; their MRR counts twice"
    ),
    "response_before_creation": NN_("ticket was answered before it was created", "tickets were answered before they were created"),
    "resolution_before_creation": NN_("ticket was resolved before it was created", "tickets were resolved before they were created"),
    "unknown_schedule": NN_(
        "ticket names a schedule that sources.yml does not have; it has no business time",
        "tickets name a schedule that sources.yml does not have; they have no business time",
    ),
    "before_any_schedule": NN_(
        "ticket was opened before its schedule was in force; business time counts from then",
        "tickets were opened before their schedule was in force; business time counts from then",
    ),
    "in_the_future": NN_("row is dated in the future", "rows are dated in the future"),
    "unknown_account": NN_("row names an account that no source knows", "rows name an account that no source knows"),
    "missing_rate": NN_("amount has no exchange rate; totals leave it out", "amounts have no exchange rate; totals leave them out"),
    "in_two_sources": NN_("id comes from two sources; joined rows count twice", "ids come from two sources; joined rows count twice"),
    "two_accounts": NN_(
        "account has an id of a tool that belongs to another by another sign; say in sources.yml, under accounts, whose it is",
        "accounts have an id of a tool that belongs to another by another sign; say in sources.yml, under accounts, whose it is",
    ),
    "shared_domain": NN_(
        "account shares a domain with another, so that it ties nobody to them; say in sources.yml, under accounts, who belongs where",
        "accounts share a domain, so that it ties nobody to them; say in sources.yml, under accounts, who belongs where",
    ),
}
CHANGES = {
    "new_field": N_("“{field}” is new"),
    "lost_field": N_("“{field}” no longer comes"),
    "other_kind": N_("“{field}” is now also {now}; it was {was}"),
    "rows_gone": N_("More than half of the rows are gone: {was} before, {now} now"),
}
_SHOWN, _MOST = 200, 100_000


def show(board: Board) -> None:
    """Draws the page."""
    with board.layer.reader.open() as snapshot:
        sources, found = status.sources(snapshot), status.findings(snapshot)
        _lead(board, snapshot, sources, found)
        with plain_card(key="sources", title=_("Sources")):
            _sources(board, sources)
            loading(board, list(board.layer.workspace.sources))
        with plain_card(
            key="findings",
            title=_("What the checks found"),
            subtitle=_("These rows are loaded and count. Look at the examples, and mend them at their source."),
        ):
            _findings(found)
        with plain_card(
            key="changes",
            title=_("What changed at the sources"),
            subtitle=_("Nothing here stops a load. See that what reads a field still finds it."),
        ):
            _changes(board, status.changes(snapshot))
        with plain_card(
            key="refused", title=_("Refused rows"), subtitle=_("These rows are not loaded. They are read again when their file changes.")
        ):
            _refused(board, snapshot)
        with plain_card(key="tables", title=_("What is loaded")):
            _tables(board, _held(snapshot, str(board.layer.workspace.root), snapshot.generation))
        with plain_card(
            key="generations",
            title=_("Generations"),
            subtitle=_("Each load publishes a whole new generation; the ones before can be brought back."),
        ):
            _generations(board, status.generations(snapshot))


def judged(source: SourceStatus, now: datetime) -> tuple[str, str]:
    """The tone and the word for a source: failed, nothing loaded, late, or fresh."""
    if source.error:
        return "bad", _("Failed")
    if source.loaded_until is None:
        return "warn", _("Nothing loaded")
    return ("warn", _("Late")) if now - source.loaded_until > LATE_AFTER else ("good", _("Fresh"))


def _lead(board: Board, snapshot: Snapshot, sources: Sequence[SourceStatus], found: Sequence[Finding]) -> None:
    until, refused = board.loaded_until, snapshot.manifest.rejects
    good = len([source for source in sources if source.loaded_until])
    loaded = ngettext("<b>{count} source</b> is loaded", "<b>{count} sources</b> are loaded", good).format(count=good)
    reach = _(" up to <b>{moment}</b>").format(moment=escape(fmt.clock(until, board.zone))) if until else ""
    left = ngettext("<b>{count} row</b> was refused", "<b>{count} rows</b> were refused", refused)
    left = left.format(count=fmt.full(refused, "integer"))
    looks = ngettext("<b>{count} check</b> found something", "<b>{count} checks</b> found something", len(found)).format(count=len(found))
    failed = len([source for source in sources if source.error])
    broken = ngettext(" <b>{count} source</b> failed to load.", " <b>{count} sources</b> failed to load.", failed).format(count=failed)
    st.html(f'<section class="tv-lead"><p>{loaded}{reach}.{broken if failed else ""} {left}, {looks}.</p></section>')


def _sources(board: Board, sources: Sequence[SourceStatus]) -> None:
    columns = [Column(_("Source")), Column(_("State")), Column(_("Last run"))]
    columns += [Column(_("Rows in"), True), Column(_("Rows loaded"), True), Column(_("Refused"), True), Column(_("Loaded until"))]
    declared, resting = board.layer.workspace.sources, paused(board.layer.workspace.root)
    rows = [_source(board, source, source.source in resting) for source in sources]
    for name in sorted(set(declared) - {source.source for source in sources}):
        rows.append(
            [Cell(name, _connector(board, name)), Cell(_("Not loaded yet"), f"python -m connectors sync {name}", "warn"), *[""] * 5]
        )
    table(columns, rows, title=_("Sources"))
    for source in sources:
        if source.error:
            said = "".join(f"<p>{escape(relayed(line))}</p>" for line in source.error.splitlines())
            st.html(f'<section class="tv-state problem" role="alert"><h3>{escape(source.source)}</h3>{said}</section>')


def _source(board: Board, source: SourceStatus, rests: bool) -> list[Cell | str]:
    now = datetime.now(UTC)
    tone, word = ("", _("Paused")) if rests else judged(source, now)
    ran = Cell(fmt.NOTHING)
    if source.started_at:
        took = fmt.age(source.ended_at - source.started_at) if source.ended_at else ""
        ran = Cell(
            fmt.clock(source.started_at, board.zone), _next(board, source.source) or (_("took {time}").format(time=took) if took else "")
        )
    reach = Cell(fmt.NOTHING)
    if source.loaded_until:
        reach = Cell(fmt.clock(source.loaded_until, board.zone), _("{age} behind").format(age=fmt.age(now - source.loaded_until)))
    counts = [fmt.full(count, "integer") for count in (source.rows_in, source.rows_out, source.rejects)]
    return [Cell(source.source, _connector(board, source.source)), Cell(word, tone=tone), ran, *counts, reach]


def _next(board: Board, name: str) -> str:
    """When a source that has a pace of its own is asked again."""
    look = last_looks.last(board.layer.workspace.root, name)
    return _("next at {moment}").format(moment=fmt.clock(look.next, board.zone)) if look and look.next else ""


def _connector(board: Board, name: str) -> str:
    block = board.layer.workspace.sources.get(name)
    return str(block.get("connector") or "") if isinstance(block, dict) else ""


def _findings(found: Sequence[Finding]) -> None:
    if not found:
        notice(_("Nothing found"), _("Every check passed."))
        return
    st.html(f'<ul class="tv-findings">{"".join(map(_finding, found))}</ul>')


def _finding(found: Finding) -> str:
    mark = f'<span class="tv-mark {"bad" if found.severity == "error" else "warn"}"></span>'
    place = " · ".join(part for part in (found.source, found.table) if part)
    count = fmt.full(found.count, "integer")
    return f"<li>{mark}<b>{count}</b> {escape(looks(found))}<small>{escape(place)}</small>{_examples(found)}</li>"


def looks(found: Finding) -> str:
    """What a check found, in words that follow a number of rows."""
    if found.name == "volume":
        odd = found.examples[0]
        words = ngettext(
            "row on {day}; {least} to {most} are usual for that weekday",
            "rows on {day}; {least} to {most} are usual for that weekday",
            found.count,
        )
        least, most = (fmt.full(odd[name], "integer") for name in ("usual_from", "usual_to"))
        return words.format(day=fmt.day(date.fromisoformat(odd["day"])), least=least, most=most)
    if found.name in FINDINGS:
        return ngettext(*FINDINGS[found.name], found.count)
    said = found.message.removeprefix("does not hold: ")
    if said == found.message:
        return ngettext("row: {what}", "rows: {what}", found.count).format(what=said)
    name = found.name.replace("_", " ")
    return ngettext("row breaks “{name}”: {rule}", "rows break “{name}”: {rule}", found.count).format(name=name, rule=said)


def change(one: SourceChange) -> str:
    """What changed, in words."""
    return _(CHANGES[one.name]).format(field=one.field, was=one.was, now=one.now)


def _changes(board: Board, found: Sequence[SourceChange]) -> None:
    if not found:
        notice(_("Nothing changed"), _("No field came or went in 90 days, and no value became another kind."))
        return
    columns = [Column(_("What changed")), Column(_("Source")), Column(_("Where")), Column(_("Noticed"))]
    tones = {"lost_field": "warn", "other_kind": "warn", "rows_gone": "warn"}
    rows: list[list[Cell | str]] = [
        [Cell(change(one), tone=tones.get(one.name, "")), one.source, one.place, fmt.clock(one.changed_at, board.zone)]
        for one in found[:_SHOWN]
    ]
    table(columns, rows, title=_("What changed at the sources"))


def _examples(found: Finding) -> str:
    if not found.examples:
        return ""
    names = list(dict.fromkeys(name for example in found.examples for name in example))
    rows = [[_plain(example.get(name)) for name in names] for example in found.examples]
    label = ngettext("{count} example", "{count} examples", len(rows)).format(count=len(rows))
    return f"<details><summary>{escape(label)}</summary>{markup([Column(name) for name in names], rows, title=label)}</details>"


def _plain(value: Any) -> str:
    return "" if value is None else value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


def reason(name: str) -> str:
    """Why a row was refused, in words."""
    return _(REASONS[name]) if name in REASONS else name.removeprefix("audit:").replace("_", " ").capitalize()


def _refused(board: Board, snapshot: Snapshot) -> None:
    groups = status.rejects(snapshot)
    if not groups:
        notice(_("Nothing refused"), _("Every row that was read is loaded."))
        return
    columns = [Column(_("Reason")), Column(_("Source")), Column(_("Table")), Column(_("Rows"), True), Column(_("Last seen"))]
    rows = [
        [reason(one.reason), one.source, one.table, fmt.full(one.count, "integer"), fmt.clock(one.last_at, board.zone)] for one in groups
    ]
    table(columns, rows, title=_("Refused rows"))
    group = st.selectbox(_("Rows refused because"), groups, format_func=_named, key="refused_group")
    shown = _told(status.reject_rows(snapshot, group, limit=_SHOWN))
    known = shown.dropna(axis="columns", how="all")
    st.dataframe(known, hide_index=True, column_config=_headings(), alt=_("Refused rows"))

    def everything() -> Sheet:
        with board.layer.reader.open() as latest:
            rows = _told(status.reject_rows(latest, group, limit=_MOST))
        about = " ".join((_("Rows refused because"), _named(group)))
        return Sheet(_("Refused rows"), rows, facts(board, about), zone=board.zone)

    downloads(f"refused-{group.source}-{group.table}-{group.reason.replace(':', '-')}", everything, key="refused")


def _told(rows: pd.DataFrame) -> pd.DataFrame:
    """Refused rows with what is wrong with each in the reader's language."""
    return rows.assign(detail=rows["detail"].map(relayed, na_action="ignore"))


def _headings() -> dict[str, str]:
    """The columns of refused rows in the reader's language."""
    names = {"file": _("File"), "line": _("Line"), "column": _("Column"), "value": _("Value"), "detail": _("Detail")}
    return names | {"payload": _("Whole row"), "rejected_at": _("Refused at")}


def _named(group: RejectGroup) -> str:
    return f"{reason(group.reason)} · {group.source} · {group.table} ({fmt.full(group.count, 'integer')})"


@st.cache_resource(max_entries=4, show_spinner=False)
def _held(_snapshot: Snapshot, root: str, generation: int) -> list[TableStatus]:  # noqa: ARG001  (root and generation are the cache's key)
    """What the sources hold of each table; counted once a generation, for it reads a column of every row."""
    return status.tables(_snapshot)


def _tables(board: Board, held: Sequence[TableStatus]) -> None:
    columns = [Column(_("Table")), Column(_("Source")), Column(_("Rows"), True), Column(_("Loaded from")), Column(_("Loaded until"))]
    columns.append(Column(_("Rows without an account"), True))
    rows: list[list[Cell | str]] = []
    for one in sorted(held, key=lambda one: (one.table, one.source)):
        since = fmt.day(one.loaded_since) if one.loaded_since else fmt.NOTHING
        until = fmt.clock(one.loaded_until, board.zone) if one.loaded_until else fmt.NOTHING
        without = Cell(fmt.full(one.without_account, "percent"), share=one.without_account) if one.without_account is not None else ""
        rows.append([Cell(one.table), one.source, fmt.full(one.rows, "integer"), since, until, without])
    table(columns, rows, title=_("What is loaded"))


def _generations(board: Board, known: Sequence[GenerationStatus]) -> None:
    columns = [Column(_("Generation")), Column(_("Made")), Column(_("Rows"), True), Column(_("Refused"), True), Column(_("Size"), True)]
    rows: list[list[Cell | str]] = []
    for one in known:
        state = (
            Cell(str(one.number), _("published"), "good")
            if one.is_current
            else Cell(str(one.number), relayed(one.damage or ""), "bad" if one.damage else "")
        )
        made = fmt.clock(one.created_at, board.zone) if one.created_at else fmt.NOTHING
        rows.append([state, made, fmt.full(one.rows, "integer"), fmt.full(one.rejects, "integer"), fmt.size(one.size)])
    table(columns, rows, title=_("Generations"))
    earlier = next((one.number for one in known if not one.is_current and not one.damage), None)
    if earlier is not None:
        st.caption(_("To bring an earlier one back:"))
        st.code(f"python -m data rollback {earlier}", language="shell")
