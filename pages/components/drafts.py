"""Definitions that are put together on a page and not saved: the board that knows them, also in the drawer of that page."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import streamlit as st

from metrics import blocks
from pages.components import board as boards
from pages.components.board import Board

_KEPT = "drafts"


def drafted(board: Board, name: str, keys: Mapping[str, Any]) -> Board:
    """The board with one more definition, which the drawer knows for the rest of the session. Raises Problem for a wrong one."""
    text = blocks.written(name, keys)
    st.session_state.setdefault(_KEPT, {})[name] = text
    return boards.drafted(board, text)


def knowing(board: Board, name: str) -> Board:
    """The board that knows a metric, be it one that this session put together."""
    text = st.session_state.get(_KEPT, {}).get(name)
    return board if board.has(name) or text is None else boards.drafted(board, text)
