"""What unit tests share."""

from __future__ import annotations

import pytest

from tests.planted import Health


@pytest.fixture(scope="session")
def health(tmp_path_factory: pytest.TempPathFactory) -> Health:
    """The healthy company, made once; each test plants its troubles in a copy."""
    return Health(tmp_path_factory.mktemp("healthy"))
