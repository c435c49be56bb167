"""What changes at a vendor without anybody saying so is told: fields that come and go, values of another kind."""

from __future__ import annotations

from tests.contract.rest.company_of_items import Api, Asking

CHANGES = "SELECT name, place, field, was, now FROM source_change ORDER BY ALL"


def firms(first: int, count: int, **said: object) -> list[dict[str, object]]:
    return [{"id": number, "name": f"Firm {number}", **said} for number in range(first, first + count)]


def loaded(company: Asking, api: Api, *more: dict[str, object]) -> list[tuple[str, ...]]:
    """Loads with these firms more; what changed by then."""
    api.items += more
    company.load()
    return company.rows(CHANGES)


def test_what_comes_at_first_is_no_change_and_a_new_field_is(company: Asking, api: Api) -> None:
    api.items = firms(1, 25, place={"city": "Lyon"})
    company.asks()
    assert loaded(company, api) == []

    found = loaded(company, api, *firms(26, 1, place={"city": "Oslo", "country": "NO"}, seats=5))
    assert found == [("new_field", "items", "place.country", "", "text"), ("new_field", "items", "seats", "", "number")]


def test_a_field_that_nearly_all_had_and_none_has_any_more_is_lost_until_it_comes_again(company: Asking, api: Api) -> None:
    api.items = [*firms(1, 29, domain="one.example"), *firms(30, 1)]
    company.asks()
    loaded(company, api)
    assert loaded(company, api, *firms(31, 19)) == []  # nineteen may well have none

    lost = ("lost_field", "items", "domain", "text", "")
    assert loaded(company, api, *firms(50, 1)) == [lost]
    assert loaded(company, api, *firms(51, 1)) == [lost]  # told once
    assert loaded(company, api, *firms(52, 1, domain="one.example")) == [lost, ("new_field", "items", "domain", "", "text")]


def test_what_is_null_for_a_while_is_not_lost_but_what_never_was_is(company: Asking, api: Api) -> None:
    api.items = [*firms(1, 98, closed="2026-01-01", owner="Ana"), *firms(99, 2, closed=None, owner="Bo")]
    company.asks()
    loaded(company, api)

    assert loaded(company, api, *firms(101, 49, closed=None, owner=None)) == []
    assert loaded(company, api, *firms(150, 1, closed=None, owner=None)) == [("lost_field", "items", "owner", "text", "")]


def test_a_value_of_another_kind_is_told(company: Asking, api: Api) -> None:
    api.items = firms(1, 3, seats=5)
    company.asks()
    loaded(company, api)

    assert loaded(company, api, *firms(4, 1, seats="many")) == [("other_kind", "items", "seats", "number", "text")]
