"""The style sheets and scripts beside the components, and the components that are made of them."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from functools import cache
from pathlib import Path
from typing import Any

import streamlit as st

_FOLDER = Path(__file__).parent / "assets"
#: The script of each component, as it stands in the page.
_scripts: dict[str, str] = {}


@cache
def asset(name: str) -> str:
    """The text of a file in pages/components/assets."""
    return (_FOLDER / name).read_text(encoding="utf-8")


def component(name: str, html: str, *, scripts: Sequence[str] = (), isolated: bool = True) -> Callable[..., Any]:
    """A component that is drawn by `name.js`, or by several scripts, and has `name.css` to itself.

    One that is not `isolated` has the page's style sheet instead. Script and style sheet stand in the page (`shared_script`): what
    every message to it would carry, and the browser read again, is one line.
    """
    # A module's one export becomes what a function around it gives back: in the page all of them stand in one script.
    text = "\n".join(map(asset, scripts or (f"{name}.js",))).replace("export default function", "return function")
    draw = f"(() => {{\n{text}\n}})()"
    _scripts[name] = f"dressed({json.dumps(asset(f'{name}.css'))}, {draw})" if isolated else draw
    call = f"export default told => transverse.{name}({{ ...told, data: JSON.parse(told.data.json) }});"
    made = st.components.v2.component(f"transverse_{name}", html=html, js=call, isolate_styles=isolated)

    def mount(*, data: Any, **options: Any) -> Any:
        # As a text: of anything else Streamlit asks whether it is a table, and writes it twice.
        return made(data={"json": json.dumps(data)}, **options)

    return mount


def shared_script() -> str:
    """The scripts of all components, for the page's head to hold once."""
    made = "\n".join(f"transverse.{name} = {text};" for name, text in _scripts.items())
    return f"window.transverse = {{}};\n(() => {{\n{asset('shared.js')}\n{made}\n}})();\n"
