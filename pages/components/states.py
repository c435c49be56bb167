"""What stands where numbers would: something went wrong, nothing is loaded yet, data is late. Never a traceback."""

from __future__ import annotations

import logging
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from html import escape

import streamlit as st

from data.errors import Problem
from pages.components import format as fmt
from pages.components.board import Source
from pages.components.drawing import over
from pages.components.i18n import _
from pages.components.relay import relayed

log = logging.getLogger("transverse.pages")


@contextmanager
def guarded(above: str = "") -> Iterator[None]:
    """Whatever fails inside is told in its place, under the HTML of its heading; the rest of the page goes on."""
    try:
        yield
    except Problem as found:
        problem(found, above)
    except Exception:
        log.exception("a card failed")
        said = _("The error was written to the log of the app. The rest of the page is not affected.")
        notice(_("This part could not be drawn"), said, above)


def problem(found: Problem, above: str = "") -> None:
    """A Problem with its place and its remedy."""
    place = ":".join(str(part) for part in (found.file, found.line) if part is not None)
    said = f"<p>{escape(relayed(found.message))}</p>"
    said += f"<p>{escape(relayed(found.remedy))}</p>" if found.remedy else ""
    said += f"<p><code>{escape(place)}</code></p>" if place else ""
    title = _("This cannot be computed")
    st.html(f'{over(above)}<section class="tv-state problem" role="alert"><h3>{escape(title)}</h3>{said}</section>')


def notice(title: str, text: str, above: str = "") -> None:
    """A plain box that says why there is nothing to see, and what to do."""
    st.html(f'{over(above)}<section class="tv-state"><h3>{escape(title)}</h3><p>{escape(text)}</p></section>')


def nothing(above: str = "") -> None:
    """The box of a card without data."""
    notice(_("Nothing to show"), _("There is no data for this in the range and filters that you chose."), above)


def late(sources: Sequence[Source], zone: object) -> None:
    """One line for the sources that were not loaded for longer than they should, or whose last run failed."""
    said = []
    for source in sources:
        if source.error:
            said.append(
                _("The last load of {source} failed: {error}").format(source=source.name, error=relayed(source.error.splitlines()[0]))
            )
        elif source.late and source.loaded_until and source.lag:
            text = _("{source} is loaded until {moment}, {age} ago.")
            said.append(text.format(source=source.name, moment=fmt.until(source.loaded_until, zone), age=fmt.age(source.lag)))
    if said:
        st.html(f'<section class="tv-state late" role="status"><p>{escape(" ".join(said))}</p></section>')


def steps(names: Sequence[str], done: int) -> str:
    """A list of steps as HTML: those behind, the one at work, those ahead."""
    kinds = ["done" if place < done else "now" if place == done else "" for place in range(len(names))]
    rows = "".join(f'<li class="{kind}">{escape(name)}</li>' for name, kind in zip(names, kinds, strict=True))
    return f'<ol class="tv-steps">{rows}</ol>'
