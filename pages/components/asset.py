"""The style sheets and scripts beside the components, and Streamlit's components that are made of them."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from functools import cache
from pathlib import Path
from typing import Any

import streamlit as st

_FOLDER = Path(__file__).parent / "assets"
#: What stands in the page under `transverse`, by name.
_scripts: dict[str, str] = {}


@cache
def asset(name: str) -> str:
    """The text of a file in pages/components/assets."""
    return (_FOLDER / name).read_text(encoding="utf-8")


def put_in_page(name: str, files: Sequence[str], made: str, *more: str | None) -> None:
    """Puts what the last of these scripts exports into the page, once: `transverse.<name> = <made>(export, *more)`."""
    # A module's one export becomes what a function around it gives back: in the page all of them stand in one script.
    text = "\n".join(map(asset, files)).replace("export default function", "return function")
    _scripts[name] = f"{made}((() => {{\n{text}\n}})(), {', '.join(map(json.dumps, more))})"


def component(name: str, html: str) -> Callable[..., Any]:
    """A component of Streamlit's that is drawn by `name.js`, and has `name.css` to itself: for what readers write in or press.

    Script and style sheet stand in the page: what every message to it would carry, and the browser read again, is one line.
    """
    put_in_page(name, (f"{name}.js",), "dressed", asset(f"{name}.css"))
    call = f"export default told => transverse.{name}({{ ...told, data: JSON.parse(told.data.json) }});"
    made = st.components.v2.component(f"transverse_{name}", html=html, js=call, isolate_styles=True)

    def mount(*, data: Any, **options: Any) -> Any:
        # As a text: of anything else Streamlit asks whether it is a table, and writes it twice.
        return made(data={"json": json.dumps(data)}, **options)

    return mount


def shared_script() -> str:
    """The scripts of all components, for the page's head to hold once."""
    made = "\n".join(f"transverse.{name} = {text};" for name, text in _scripts.items())
    return f"window.transverse = {{}};\n(() => {{\n{asset('shared.js')}\n{made}\n}})();\n"
