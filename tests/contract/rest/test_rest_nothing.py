"""A vendor that suddenly tells of nothing takes nothing away: a right that was withdrawn looks like that."""

from __future__ import annotations

from tests.contract.rest.company_of_items import Api, Asking

TWO = """
account: {stream: items, columns: {account_id: id, name: name}}
feature: {stream: parts, columns: {feature_id: id, name: name}}
"""
ITEMS = [{"id": number, "name": f"Firm {number}"} for number in range(25)]


def test_nothing_is_removed_until_full_says_so(company: Asking, api: Api) -> None:
    api.items = list(ITEMS)
    company.asks()
    company.load()

    api.items = []
    said = company.failure()
    assert "tells of none of the 25 items that it had; none of them was removed" in said
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


def test_what_it_still_tells_of_is_loaded_meanwhile(company: Asking, api: Api) -> None:
    api.answers = {"/items": list(ITEMS), "/parts": [{"id": "a", "name": "Arm"}]}
    company.asks(tables=TWO)
    file = company.root / "sources.yml"
    file.write_text(file.read_text().replace("/v1", "").replace("streams:", "streams:\n      parts: {path: parts, id: id}"))
    company.load()
    until = company.rows("SELECT max(loaded_until) FROM freshness")

    api.answers = {"/items": [], "/parts": [{"id": "a", "name": "Arm"}, {"id": "b", "name": "Base"}]}
    assert "tells of none of the 25 items" in company.failure()

    assert len(company.names()) == 25
    assert company.rows("SELECT name FROM feature ORDER BY feature_id") == [("Arm",), ("Base",)]
    assert company.rows("SELECT max(loaded_until) FROM freshness") == until  # what is not believed is not said to be complete

    company.failure()
    generation = company.rows("SELECT count(*) FROM sync_run")
    company.failure()
    assert company.rows("SELECT count(*) FROM sync_run") == generation  # and nothing is published because it waits
