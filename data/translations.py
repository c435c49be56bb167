"""Catalogues of translations: read from .po files and compiled in memory, so that there is no build step and no stale file."""

from __future__ import annotations

import gettext
import io
from functools import cache
from pathlib import Path

#: The languages that Transverse speaks, each with what it calls itself.
LANGUAGES = {"en": "English", "fr": "Français"}


@cache
def catalogue(folder: Path, language: str) -> gettext.NullTranslations:
    """The translations into a language that a folder holds (`fr.po`); without a file all is English."""
    from babel.messages.mofile import write_mo
    from babel.messages.pofile import read_po

    path = folder / f"{language}.po"
    if not path.exists():
        return gettext.NullTranslations()
    with path.open("rb") as file:
        messages = read_po(file, locale=language)
    compiled = io.BytesIO()
    write_mo(compiled, messages)
    return gettext.GNUTranslations(io.BytesIO(compiled.getvalue()))


def N_(text: str) -> str:  # noqa: N802  (gettext's own name)
    """Marks a text for translation where it is not said yet."""
    return text
