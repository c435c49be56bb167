"""Whom the pages are for: the reader's role decides which page opens first, and which group of pages stands first."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from types import ModuleType

import streamlit as st

from pages.components import i18n, places
from pages.components.i18n import N_, _

ROLES = {"leadership": N_("Leadership"), "product": N_("Product"), "ops": N_("Ops")}
#: The page that opens first.
HOMES = {"leadership": "overview", "product": "adoption", "ops": "data"}
USUAL = "leadership"
_KEY = "role"

Pages = Mapping[str, Sequence[ModuleType]]


def chosen() -> str:
    """The reader's role: chosen before, or named by the link that opened the app, in whatever language."""
    if _KEY in st.session_state:
        return str(st.session_state[_KEY])
    asked = st.query_params.get(_KEY, "")
    found = i18n.meant(asked, ROLES)
    if found and asked != _(ROLES[found]):
        st.session_state[_KEY] = found
    return found or USUAL


def home(role: str, pages: Pages) -> ModuleType:
    """The page that a role begins with."""
    return next(module for group in pages.values() for module in group if places.name(module) == HOMES[role])


def ordered(role: str, pages: Pages) -> dict[str, Sequence[ModuleType]]:
    """The groups of pages, the one with the role's home first, and in it that page."""
    first = home(role, pages)
    groups = sorted(pages.items(), key=lambda one: first not in one[1])
    return {title: sorted(group, key=lambda module: module is not first) for title, group in groups}


def question() -> str:
    """What the choice of the role is about, in the reader's language."""
    return _("Home page for")


def control() -> None:
    """The choice of the role; it stands in the URL."""
    st.segmented_control(
        question(),
        list(ROLES),
        default=USUAL,
        required=True,
        format_func=lambda role: _(ROLES[role]),
        key=_KEY,
        label_visibility="collapsed",
        bind="query-params",
    )
