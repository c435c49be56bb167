"""An API of items, and a company that asks it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.contract.rest.company_of_items import Api, Asking


@pytest.fixture
def api() -> Iterator[Api]:
    """An API of items, served."""
    made = Api()
    with made.serve():
        yield made


@pytest.fixture
def company(tmp_path: Path, api: Api) -> Asking:
    """A company that asks it."""
    made = Asking(tmp_path)
    made.url = api.url
    return made
