"""Accounts: which customers use the product, what do they pay, what help do they need, and where do the three disagree?"""

from __future__ import annotations

from collections.abc import Mapping

import streamlit as st

from metrics.insight.actions.playbook import Playbook
from pages.components import customers, disagreements, places, plays, saved, section
from pages.components.board import Board
from pages.components.customers import Customer
from pages.components.export import downloads, file_name
from pages.components.i18n import N_, _, ngettext
from pages.components.roster import roster
from pages.components.section import plainly
from pages.components.states import guarded, nothing, notice

TITLE = N_("Accounts")
QUESTION = N_("Which customers use the product, what do they pay, what help do they need, and where do the three disagree?")
ICON = ":material/domain:"

TILES = ("all_accounts", "paying_accounts", "accounts_at_risk", "mrr_at_risk", "mrr", "active_accounts", "accounts_with_tickets")
ALL = "all"
#: How the table stands before anybody searches, chooses or sorts, by the names in the URL; and how many rows are shown at a time.
USUAL = {"find": "", "only": ALL, "sort": "-mrr"}
SHOWN = 50
#: What stands in the URL for this page alone.
OWN = (*USUAL, "tile")
_VIEW, _MORE = "accounts_view", "accounts_shown"


def show(board: Board) -> None:
    """Draws the page."""
    rules = plays.marking(board)
    view = _view(rules)
    picked, shown = section.board_of_tiles(board, TILES, key="tile", most=4)
    with guarded():
        _table(board, rules, view, None if picked is shown[0] else picked.id)
    with guarded():
        disagreements.rules(board, rules)


def _view(rules: Mapping[str, Playbook]) -> dict[str, str]:
    """What is searched, shown alone and sorted by: as a link says it, else as it was left, then put into the URL again."""
    st.query_params.pop("id", None)
    kept = st.session_state.get(_VIEW, {})
    view = {name: st.query_params.get(name) or kept.get(name) or usual for name, usual in USUAL.items()}
    if view["only"] not in rules:
        view["only"] = ALL
    return _remember(**view)


def _remember(**changed: str) -> dict[str, str]:
    view = {**USUAL, **st.session_state.get(_VIEW, {}), **changed}
    st.session_state[_VIEW] = view
    for name, value in view.items():
        if value != USUAL[name]:
            st.query_params[name] = value
        else:
            st.query_params.pop(name, None)
    return view


def _table(board: Board, rules: Mapping[str, Playbook], view: dict[str, str], counted: str | None) -> None:
    """The accounts, or those that the metric of the picked tile counts."""
    with st.container(key="card-accounts", gap="small"):
        found = customers.customers(board)
        head = st.container(
            key="accounts-head", horizontal=True, horizontal_alignment="distribute", vertical_alignment="bottom", gap="small"
        )
        with head:
            title = st.container(width="content")
            asked, only = _choices(rules, view)
        among = customers.counted(board, counted) if counted else None
        kept = customers.chosen([one for one in found if among is None or one.id in among], asked, only)
        column, falling = _sorted_by(board, view["sort"])
        rows = customers.ordered(kept, column, falling)
        with title:
            _title(len(kept), len(found))
        if not rows:
            _nothing(found)
            return
        most = int(st.session_state.get(_MORE, SHOWN))
        opened = roster(
            customers.lines(board, rows[:most]), customers.headings(board), key="accounts", title=_("Accounts"),
            sorted_by=(column, falling), on_sort=lambda chosen: _sort(chosen, column, falling), own=OWN,
        )  # fmt: skip
        _foot(board, rows, most, _origin(board, rules, view))
    if opened:
        places.go("account", id=opened)


def _choices(rules: Mapping[str, Playbook], view: dict[str, str]) -> tuple[str, str]:
    """The search, and the mark that is shown alone."""
    state = st.session_state
    state.setdefault("only_one", view["only"])
    state.setdefault("searched", view["find"])

    def keep() -> None:
        _remember(only=state["only_one"], find=state["searched"])

    with st.container(key="search", horizontal=True, vertical_alignment="bottom", gap="small", width="content"):
        only = st.selectbox(
            _("Disagreement"), [ALL, *rules], format_func=lambda kind: _choice(rules, kind), key="only_one", label_visibility="collapsed",
            on_change=keep,
        )  # fmt: skip
        asked = st.text_input(
            _("Search"), key="searched", placeholder=_("Name of the account or owner"), icon=":material/search:",
            label_visibility="collapsed", on_change=keep,
        )  # fmt: skip
    return asked or "", "" if only == ALL else str(only)


def _choice(rules: Mapping[str, Playbook], kind: str) -> str:
    told = rules[kind].mark if kind in rules else None
    return plays.words(told.label) if told else _("All accounts")


def _title(kept: int, all_of_them: int) -> None:
    said = ngettext("{count} account", "{count} accounts", kept).format(count=kept)
    if kept < all_of_them:
        said = _("{shown} of {count}").format(shown=said, count=all_of_them)
    title = _("Adoption, revenue and support of each account")
    st.html(plainly(title, said))


def _sorted_by(board: Board, asked: str) -> tuple[str, bool]:
    """The column that the table is sorted by, and whether the largest comes first."""
    known = [one.id for one in customers.headings(board)]
    column = asked.removeprefix("-")
    return (column, asked.startswith("-")) if column in known else (known[0], False)


def _sort(chosen: str, column: str, falling: bool) -> None:
    """A column's first click shows its largest values, names from A to Z; the next click turns it round."""
    down = not falling if chosen == column else chosen != "name"
    _remember(sort=f"-{chosen}" if down else chosen)


def _origin(board: Board, rules: Mapping[str, Playbook], view: dict[str, str]) -> str:
    """Where the accounts of a segment come from, in words."""
    said = [
        _(TITLE),
        _choice(rules, view["only"]) if view["only"] != ALL else "",
        view["find"],
        *(m for ms in board.filters.members.values() for m in ms),
    ]
    return " · ".join(part for part in said if part)


def _nothing(found: list[Customer]) -> None:
    if found:
        notice(_("No account matches"), _("Try fewer letters, or show all accounts again."))
    else:
        nothing()


def _foot(board: Board, rows: list[Customer], most: int, origin: str) -> None:
    with st.container(horizontal=True, horizontal_alignment="distribute", vertical_alignment="center"):
        downloads(file_name(board, "accounts"), lambda: customers.sheet(board, rows), key="accounts")
        saved.segment_box(board, lambda: [one.id for one in rows], key="accounts", origin=origin)
        if len(rows) > most:
            left = min(SHOWN, len(rows) - most)
            said = ngettext("Show {count} more", "Show {count} more", left).format(count=left)
            st.button(said, key="more", on_click=lambda: st.session_state.update({_MORE: most + SHOWN}))
