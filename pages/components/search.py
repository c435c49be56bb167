"""Finding a page, a metric, a feature or an account by a few letters, from anywhere (Ctrl+K)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

import streamlit as st

from metrics.definition import Metric
from pages.components import adopting, places
from pages.components.board import Board
from pages.components.drawer import Ask, ask
from pages.components.filters import NONE
from pages.components.i18n import _, plain, translated
from pages.components.states import guarded, notice

#: How many of each kind are listed.
MOST = 6


@dataclass(frozen=True)
class Hit:
    """Something found: the page that shows it, and what that page is asked."""

    page: str
    label: str
    icon: str
    asked: Mapping[str, str] = field(default_factory=dict)


def button() -> None:
    """The button at the top of every page."""
    st.button(_("Search"), icon=":material/search:", key="find", type="tertiary", shortcut="Mod+K", on_click=ask, args=(Ask("search", ""),))


def body(board: Board, _wish: Ask) -> None:
    """The drawer's content: the field, and what is found as it is typed."""
    asked = st.text_input(
        _("Search"),
        key="find_text",
        type="search",
        live=True,
        placeholder=_("A page, a metric, a feature, an account"),
        icon=":material/search:",
        label_visibility="collapsed",
    )
    with guarded():
        _listed(hits(board, asked or ""))


def _listed(found: Mapping[str, list[Hit]]) -> None:
    if not found:
        notice(_("Nothing is called that"), _("Try fewer letters, or another word for it: synonyms of metrics are searched too."))
    for title, listed in found.items():
        st.caption(title)
        for hit in listed:
            places.link(hit.page, hit.label, icon=hit.icon, **hit.asked)


def hits(board: Board, asked: str) -> dict[str, list[Hit]]:
    """What matches, by its kind, kinds without any left out; without a word all pages."""
    words = plain(asked).split()
    pages = [Hit(name, _(title), icon) for name, title, icon in places.known() if _holds(words, f"{_(title)} {name}")]
    if not words:
        return {_("Pages"): pages}
    metrics = [
        Hit("catalogue", board.label(one.name), ":material/menu_book:", {"metric": one.name})
        for one in matching(board.known.values(), asked)
    ]
    found = {
        _("Pages"): pages,
        _("Features"): _features(board, words),
        _("Accounts"): _accounts(board, words),
        _("Metrics"): metrics,
    }
    return {title: listed[:MOST] for title, listed in found.items() if listed}


def matching(known: Iterable[Metric], asked: str) -> list[Metric]:
    """The metrics in which each word that was asked for stands: in the name, label, meaning, a synonym or the owner.

    Those that are called so come first, then those whose label or synonym begins with what was asked for.
    """
    words, whole = plain(asked).split(), plain(asked)
    found = [metric for metric in known if _holds(words, _searched(metric))]
    return sorted(found, key=lambda metric: (whole not in _names(metric), not any(name.startswith(whole) for name in _names(metric))))


def _features(board: Board, words: list[str]) -> list[Hit]:
    names = adopting.features(board)
    return [Hit("feature", name, ":material/extension:", {"feature": one}) for one, name in names.items() if _holds(words, f"{name} {one}")]


def _accounts(board: Board, words: list[str]) -> list[Hit]:
    if not board.has("all_accounts"):
        return []
    everyone = board.everyone().ask("all_accounts", by=("account_id", "account.name")).rows
    named = [(str(row["account_id"]), str(row["account.name"])) for row in everyone if row["account_id"] != NONE]
    found = [(one, one if name == NONE else name) for one, name in named if _holds(words, f"{name} {one}")]
    ranked = sorted(found, key=lambda pair: (not plain(pair[1]).startswith(words[0]), plain(pair[1])))
    return [Hit("account", name, ":material/domain:", {"id": one}) for one, name in ranked]


def _holds(words: list[str], text: str) -> bool:
    """Whether each word stands somewhere in a text."""
    searched = plain(text)
    return all(word in searched for word in words)


def _names(metric: Metric) -> list[str]:
    return [plain(name) for name in (metric.label, translated(metric.label), metric.name, *metric.synonyms)]


def _searched(metric: Metric) -> str:
    said = (metric.description or "", translated(metric.description or ""), metric.owner or "")
    return " ".join([*_names(metric), *map(plain, said)])
