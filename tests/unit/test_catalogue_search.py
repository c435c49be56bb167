"""The Catalogue finds a metric by whatever a reader may call it."""

import pytest

from metrics import load
from pages import catalogue
from pages.components import i18n, search

KNOWN = list(load.catalogue().values())


def names(asked):
    return [metric.name for metric in search.matching(KNOWN, asked)]


def test_nothing_asked_for_lists_everything():
    assert sorted(names("")) == sorted(metric.name for metric in KNOWN)


@pytest.mark.parametrize(
    ("asked", "expected"),
    [
        ("weekly active acc", "weekly_active_accounts"),
        ("WAA", "weekly_active_accounts"),
        ("run rate", "arr"),
        ("first public answer", "first_response_median"),
        ("nrr_does_not_exist", None),
    ],
)
def test_a_metric_is_found_by_label_synonym_or_meaning(asked, expected):
    assert expected in names(asked) if expected else names(asked) == []


def test_each_word_must_stand_somewhere_in_any_order():
    assert "weekly_active_accounts" in names("accounts weekly")
    assert "monthly_active_accounts" not in names("accounts weekly")


def test_what_begins_with_the_words_comes_first():
    assert names("mrr")[0] == "mrr"
    assert names("logos")[0] == "paying_accounts"


def test_an_owner_finds_what_they_keep():
    assert {metric.owner for metric in search.matching(KNOWN, "finance")} == {"finance"}


def test_accents_and_capitals_do_not_matter():
    assert i18n.plain("Évolution du Revenu ") == "evolution du revenu"


def test_a_file_is_a_domain_and_a_companys_own_file_keeps_its_name():
    assert catalogue.domains(KNOWN) == ["adoption", "cross_domain", "delivery", "sales", "support"]
    with i18n.use("en"):
        assert catalogue.domain_name("sales") == "Sales"
        assert catalogue.domain_name("partner_metrics") == "Partner metrics"
