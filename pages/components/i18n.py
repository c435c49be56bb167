"""The reader's language: words through gettext, the locale that figures and dates are written in.

The catalogues are `pages/locale/<language>.po` (`data/translations.py` reads them).
"""

from __future__ import annotations

import gettext as _gettext
import unicodedata
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from functools import cache
from pathlib import Path

import streamlit as st
from babel import Locale, UnknownLocaleError
from streamlit.runtime.scriptrunner import get_script_run_ctx

from data import translations
from data.translations import LANGUAGES as LANGUAGES
from data.translations import N_ as N_

LOCALE = Path(__file__).parent.parent / "locale"
#: How dates and figures look where the browser names a language without a country.
_USUAL = {"en": "en_GB", "fr": "fr_FR"}
#: The locale asked for, spelled like fr_CA; looked up anew where it is not set.
_chosen: ContextVar[str | None] = ContextVar("language", default=None)


def _(text: str) -> str:
    """The text in the reader's language; English where there is no translation."""
    return catalogue(language()).gettext(text) if text else ""


def NN_(one: str, many: str) -> tuple[str, str]:  # noqa: N802
    """Marks a text in its two numbers for translation where it is not said yet: `ngettext(*NN_(…), count)`."""
    return one, many


def translated(text: str, of: str = "metrics") -> str:
    """What a built-in definition says (a label, a description), a connector of itself (`of="connectors"`) or a framework for
    priorities (`of="priorities"`), in the reader's language.

    A company's own words stay as they are.
    """
    return catalogue(language(), of).gettext(text) if text else ""


def ngettext(one: str, many: str, count: float) -> str:
    """`one` or `many`, by the count and the rules of the reader's language; the caller fills in the count."""
    return catalogue(language()).ngettext(one, many, int(abs(count)) if count == count else 0)


def plain(text: str) -> str:
    """Small letters without accents, for comparing."""
    return "".join(letter for letter in unicodedata.normalize("NFD", text.lower()) if not unicodedata.combining(letter)).strip()


def meant(asked: str, words: Mapping[str, str]) -> str | None:
    """The key that a link means which names it, or its word in any language; `words` has the English word of each key."""
    spoken = {catalogue(language).gettext(word).lower(): key for language in LANGUAGES for key, word in words.items()}
    return spoken.get(asked.lower()) or (asked if asked in words else None)


@contextmanager
def use(language: str) -> Iterator[None]:
    """Speaks a language within the block, whatever the browser says (`fr`, or `fr_CA` for its dates and figures)."""
    token = _chosen.set(language)
    try:
        yield
    finally:
        _chosen.reset(token)


def begin() -> None:
    """Looks up once, for the run of a page that begins here, what the reader switched to or the browser speaks."""
    _chosen.set(None)
    _chosen.set(_asked())


def browser_language() -> str:
    """`en` or `fr`: what the browser speaks, English where it speaks neither."""
    asked = (st.context.locale or "en").replace("-", "_").split("_")[0]
    return asked if asked in LANGUAGES else "en"


def language() -> str:
    """`en` or `fr`: what the reader switched to, else the browser's language, else English."""
    return _language(_asked())


@cache
def _language(asked: str) -> str:
    spoken = asked.split("_")[0]
    return spoken if spoken in LANGUAGES else "en"


def locale() -> Locale:
    """The Babel locale for figures and dates: the browser's country when it speaks the reader's language."""
    return _locale(_asked(), language())


@cache
def _locale(asked: str, spoken: str) -> Locale:
    try:
        return Locale.parse(asked if asked.startswith(f"{spoken}_") else _USUAL[spoken])
    except (UnknownLocaleError, ValueError):
        return Locale.parse(_USUAL[spoken])


@cache  # asked for every word: putting the path together each time takes longer than the word
def catalogue(language: str, of: str = "") -> _gettext.NullTranslations:
    """The translations of a language (of pages, or `of` the definitions of "metrics", of "connectors"); without a file all is English."""
    return translations.catalogue(LOCALE / of, language)


def _asked() -> str:
    """The locale asked for, spelled like fr_CA: set for this block, switched to in the app, or sent by the browser."""
    if (chosen := _chosen.get()) is not None:
        return chosen
    if get_script_run_ctx(suppress_warning=True) is None:
        return "en"
    browser = (st.context.locale or "en").replace("-", "_")
    switched = str(st.session_state.get("lang") or st.query_params.get("lang") or "").lower()
    return browser if not switched or browser.startswith(switched) else switched
