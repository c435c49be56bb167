"""Definitions that are put together on a page and not saved: the board that knows them, also in the drawer of that page."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import streamlit as st

from metrics import Layer, blocks, load
from pages.components.board import Board

_KEPT = "drafts"


def drafted(board: Board, name: str, keys: Mapping[str, Any]) -> Board:
    """The board with one more definition, and only until the page is drawn anew. Raises Problem for a wrong one."""
    text = blocks.written(name, keys)
    st.session_state.setdefault(_KEPT, {})[name] = text
    return _with(board, text)


def knowing(board: Board, name: str) -> Board:
    """The board that knows a metric, be it one that this session put together."""
    text = st.session_state.get(_KEPT, {}).get(name)
    return board if board.has(name) or text is None else _with(board, text)


def _with(board: Board, text: str) -> Board:
    layer = _layer(board.layer, id(board.layer.metrics), text)
    return replace(board, layer=layer, known=layer.metrics)


@st.cache_resource(max_entries=64, show_spinner=False)
def _layer(_layer: Layer, _stamp: int, text: str) -> Layer:
    """A layer of its own for each text, so that what it answered is remembered."""
    return Layer(_layer.workspace, _layer.reader, load.over(_layer.metrics, text))
