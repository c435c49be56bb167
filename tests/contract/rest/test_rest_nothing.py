"""A vendor that suddenly tells of nothing takes nothing away: a right that was withdrawn looks like that."""

from __future__ import annotations

from tests.contract.rest.company_of_items import Api, Asking

ITEMS = [{"id": number, "name": f"Firm {number}"} for number in range(25)]


def test_nothing_is_removed_until_full_says_so(company: Asking, api: Api) -> None:
    api.items = list(ITEMS)
    company.asks()
    company.load()

    api.items = []
    said = company.failure()
    assert "tells of none of the 25 items that it had; nothing was removed" in said
    assert "--full" in said
    assert len(company.names()) == 25
    assert company.failure() == said  # it does not pass by itself

    company.load(full=True)
    assert company.names() == []


def test_it_goes_on_by_itself_when_the_rows_are_there_again(company: Asking, api: Api) -> None:
    api.items = list(ITEMS)
    company.asks()
    company.load()
    api.items = []
    company.failure()

    api.items = [*ITEMS[1:], {"id": 99, "name": "New"}]
    company.load()

    assert len(company.names()) == 25
    assert "New" in company.names()
    assert "Firm 0" not in company.names()


def test_a_few_may_go_at_once(company: Asking, api: Api) -> None:
    api.items = ITEMS[:19]
    company.asks()
    company.load()

    api.items = []
    company.load()

    assert company.names() == []
