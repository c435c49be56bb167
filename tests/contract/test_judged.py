"""Connectors whose vendor publishes a description of its interface: that judges each request of ours and each answer of our fake."""

from __future__ import annotations

from pathlib import Path

import httpx
import pytest

from tests.contract.api_company import made
from tests.fakes import VENDORS, vendor
from tests.fakes.judge import judged, spec

JUDGED = [name for name in VENDORS if hasattr(vendor(name), "SPEC")]


@pytest.mark.parametrize("name", JUDGED)
def test_requests_and_answers_keep_to_what_the_vendor_publishes(tmp_path: Path, name: str) -> None:
    fake = vendor(name).fake(5)
    with fake.serve() as behind, judged(spec(vendor(name).SPEC), behind) as address:
        fake.url = address
        company = made(tmp_path, name, fake)
        company.load()
        for _ in range(8):
            vendor(name).edit(fake)
        company.load()

        assert company.loaded() == vendor(name).expected(fake)


@pytest.mark.full
@pytest.mark.parametrize("name", JUDGED)
def test_the_judge_refuses_what_is_wrong(name: str) -> None:
    """An answer that is no JSON object of the vendor's does not pass."""
    fake = vendor(name).fake(5)
    with fake.serve() as behind, judged(spec(vendor(name).SPEC), behind) as address:
        assert httpx.get(f"{address}/there/is/no/such/path").status_code in (404, 422)
