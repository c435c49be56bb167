"""What an API has given is kept until every generation has it: a rollback loses nothing, also what cannot be asked for again."""

from __future__ import annotations

from pathlib import Path

from data.store import Store
from tests.contract.api_company import made
from tests.fakes import vendor


def test_what_is_received_is_not_lost_by_a_rollback(tmp_path: Path) -> None:
    fake = vendor("hubspot").fake(7)
    with fake.serve():
        company = made(tmp_path, "hubspot", fake)
        first = company.load().generation
        for _ in range(5):
            vendor("hubspot").edit(fake)
        company.load()
        assert first is not None

        Store(tmp_path).rollback(first)
        company.load()

        assert company.loaded() == vendor("hubspot").expected(fake)
