"""What our own scripts draw: its data stands in the page as an attribute, a script draws beside it in the same frame, an ear hears clicks.

A component of Streamlit's is drawn one frame later than the elements around it, and each weighs as much as many of them; so there is
one on the page, the ear, and another where something runs alone (`listening`).
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from functools import partial
from html import escape
from typing import Any

import streamlit as st

from pages.components.asset import asset, component, put_in_page

#: What is called when something happens in a drawing: by the name of what happened.
Heard = dict[str, Callable[[Any], None]]
_HEARD, _DRAWN = "drawings_heard", "drawings_drawn"
_ear_of: ContextVar[str] = ContextVar("ear", default="page")
#: What would end the attribute, or looks to Streamlit like the end of something and is taken out; JSON can write it in another way.
_ENDING = "<>&'"


def drawing(name: str, html: str, *, scripts: Sequence[str] = (), isolated: bool = True) -> Callable[..., None]:
    """What `name.js`, or several scripts, draw into `html`. It has `name.css` to itself; not `isolated`, it has the page's style sheet.

    Gives a function that draws it: `key` tells it from others on the page, `data` is what the script gets, plain JSON, `above` the HTML
    of its heading. What the script says under a name goes to the function that is given under that name, before the page runs again.
    """
    put_in_page(name, scripts or (f"{name}.js",), "drawn", asset(f"{name}.css") if isolated else None, html)

    def draw(*, key: str, data: Any, above: str = "", **heard: Callable[[Any], None]) -> None:
        st.session_state.setdefault(_HEARD, {})[key] = heard
        st.session_state.setdefault(_DRAWN, set()).add(key)
        place = f"data-draw='{name}' data-key='{escape(key)}' data-ear='{_ear_of.get()}'"
        st.html(f"{over(above)}<div class='tv-told' {place} data-told='{_told(data)}'></div>")

    return draw


def over(above: str) -> str:
    """The HTML of a heading as it stands in one element with what is below it."""
    return f'<div class="tv-above">{above}</div>' if above else ""


def _told(data: Any) -> str:
    text = json.dumps(data, ensure_ascii=False)
    for letter in _ENDING:
        text = text.replace(letter, f"\\u{ord(letter):04x}")
    return text


def begin() -> None:
    """Listens to what is drawn from here on."""
    st.session_state[_DRAWN] = set()
    _listen("page")


def end() -> None:
    """Forgets whom to tell of drawings that are gone."""
    drawn = st.session_state[_DRAWN]
    st.session_state[_HEARD] = {key: heard for key, heard in st.session_state.get(_HEARD, {}).items() if key in drawn}


@contextmanager
def listening(name: str) -> Iterator[None]:
    """Listens to what is drawn within by itself: for a fragment, which then runs alone."""
    before = _ear_of.set(name)
    _listen(name)
    try:
        yield
    finally:
        _ear_of.reset(before)


def _listen(name: str) -> None:
    key = f"ear-{name}"
    _ear(key=key, data={"name": name}, on_said_change=partial(_hear, key))


def _hear(ear: str) -> None:
    said = st.session_state[ear].get("said")
    heard: Heard = st.session_state.get(_HEARD, {}).get(said["key"], {}) if said else {}
    if said and said["name"] in heard:
        heard[said["name"]](said["value"])


_ear = component("ear", "<i></i>")
