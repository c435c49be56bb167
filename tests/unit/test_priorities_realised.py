"""Estimated against realised: what was chosen, beside what the same metric shows 28 days after it shipped."""

from datetime import UTC, date, datetime, timedelta

import pytest

import metrics
from data import journal, workspace
from metrics.insight.priorities import key_results
from metrics.insight.priorities.frameworks import shelf
from metrics.insight.priorities.realised import judged, spearman
from tests import warehouse
from tests.company import Company

RICE = shelf().kept["rice"]
#: How many accounts use each feature in the 28 days before 10 March.
USERS = {"f1": 1, "f2": 2, "f3": 3, "f4": 4, "f5": 5, "f6": 6}
SHIPPED = datetime(2026, 2, 10, 12, tzinfo=UTC)


@pytest.fixture(scope="module")
def layer(tmp_path_factory):
    accounts = [f"a{n}" for n in range(6)]
    company = Company(
        tables={
            "account": [{"account_id": one, "name": one, "created_at": "2026-01-01"} for one in accounts],
            "feature": [{"feature_id": one, "name": one.upper(), "released_at": "2025-06-01"} for one in USERS],
            "event": [
                {
                    "event_id": f"{feature}{n}",
                    "occurred_at": "2026-03-05T09:00",
                    "account_id": f"a{n}",
                    "event_name": "used",
                    "feature_id": feature,
                }
                for feature, count in USERS.items()
                for n in range(count)
            ],
            "release": [
                {"release_id": f"r-{one}", "name": one, "feature_ids": one, "released_at": SHIPPED.isoformat()}
                for one in USERS
                if one != "f6"
            ],
            "project": [{"project_id": "p1", "name": "P", "status": "completed", "completed_at": "2026-01-10"}],
        },
        loaded_until="2026-03-20T00:00",
        loaded_since="2025-06-01",
    )
    return metrics.open(workspace.load(warehouse.build(company, tmp_path_factory.mktemp("shipped"))))


@pytest.fixture
def book(tmp_path, monkeypatch):
    monkeypatch.setenv("TRANSVERSE_JOURNAL", f"sqlite:///{tmp_path / 'journal.db'}")
    opened = journal.open_journal(tmp_path)
    yield opened
    opened.close()


def chosen(book, feature, estimate, *, person=None):
    """A choice of 20 January, of a feature that was to reach so many accounts: by the data, or by what a person said over it."""
    source = {"value": estimate, "way": "feature_adopters", "metric": "feature_adopters"}
    reach = {"value": estimate if person is None else person, "origin": "data" if person is None else "person", "source": source}
    one = book.priorities.choose(
        f"idea:{feature}/Better", "Better", author="ana", features=[feature], since=date(2025, 12, 23), until=date(2026, 1, 20),
        frozen={"rice": {"score": 1.0, "rank": 1, "fields": {"reach": reach}}},
    )  # fmt: skip
    one.written_at = datetime(2026, 1, 20, 9, tzinfo=UTC)
    return one


def test_the_same_metric_is_looked_at_28_days_after_it_shipped(layer, book):
    (outcome,) = judged(layer, RICE, [chosen(book, "f3", 9)], date(2026, 3, 20)).outcomes

    assert (outcome.shipped_on, outcome.known_from) == (SHIPPED.date(), SHIPPED.date() + timedelta(days=28))
    assert [(pair.field, pair.estimated, pair.realised, pair.by_person) for pair in outcome.pairs] == [("reach", 9, 3, False)]


def test_a_persons_word_is_what_was_estimated(layer, book):
    (outcome,) = judged(layer, RICE, [chosen(book, "f3", 9, person=4)], date(2026, 3, 20)).outcomes

    assert [(pair.estimated, pair.realised, pair.by_person) for pair in outcome.pairs] == [(4, 3, True)]


def test_what_has_not_shipped_or_not_long_ago_is_not_judged(layer, book):
    found = judged(layer, RICE, [chosen(book, "f6", 9), chosen(book, "f1", 9)], date(2026, 3, 9))

    assert [(one.shipped_on, [pair.realised for pair in one.pairs]) for one in found.outcomes] == [(None, [None]), (SHIPPED.date(), [None])]
    assert (found.n, found.correlation) == (0, None)


def test_how_estimates_ranked_is_said_from_five_pairs_on(layer, book):
    """Realised 1 to 5 against 10, 30, 20, 40, 50: one swap of neighbours. 1 - 6 × 2 / (5 × 24) = 0.9, by Spearman's formula."""
    every = [chosen(book, feature, estimate) for feature, estimate in zip(USERS, (10, 30, 20, 40, 50), strict=False)]

    assert judged(layer, RICE, every[:4], date(2026, 3, 20)).correlation is None
    found = judged(layer, RICE, every, date(2026, 3, 20))
    assert (found.n, found.correlation) == (5, pytest.approx(0.9))


def test_spearman_against_a_published_table():
    """Ten children's IQ and hours of TV a week: -29/165 (Wikipedia, Spearman's rank correlation coefficient, example)."""
    iq, hours = (106, 86, 100, 101, 99, 103, 97, 113, 112, 110), (7, 0, 27, 50, 28, 29, 20, 12, 6, 17)

    assert spearman(list(zip(iq, hours, strict=True))) == pytest.approx(-29 / 165)
    assert spearman([(1, 2)] * 6) is None


@pytest.mark.parametrize(
    ("start", "now", "aim", "good", "share"),
    [
        (60, 80, 100, "up", 0.5), (135, 101, 120, "down", 34 / 15), (60, 50, 100, "up", -0.25),
        (0.46, 0.29, 0.33, "up", 0), (0.46, 0.4, 0.33, "up", 1), (100, 100, 100, "up", 1), (3.1, 3.3, 3.2, "down", 0),
    ],
)  # fmt: skip
def test_progress_is_the_share_of_the_way_and_staying_where_there_is_none(start, now, aim, good, share):
    assert key_results.progress(start, now, aim, good) == pytest.approx(share)
