"""A text to write YAML in: its lines are numbered, and those that are wrong are marked as it is typed."""

from __future__ import annotations

from collections.abc import Sequence

from pages.components.asset import component

#: The height of the text with its label, in yaml_text.css.
HEIGHT = 456


def yaml_text(label: str, text: str, *, key: str, version: str, marks: Sequence[tuple[int, str]] = ()) -> str:
    """Draws the text and gives what it says now. Another `version` shows `text` anew; `marks` are lines with `error` or `warning`."""
    data = {"label": label, "text": text, "version": version, "marks": [list(mark) for mark in marks]}
    found = _text(key=key, data=data, default={"text": text}, height=HEIGHT, on_text_change=lambda: None)
    return str(found.text)


_text = component(
    "yaml_text",
    '<div class="sheet"><label for="yaml"></label><div class="room"><ol aria-hidden="true"></ol>'
    '<textarea id="yaml" spellcheck="false" autocapitalize="off" autocomplete="off"></textarea></div></div>',
)
