"""Priorities: a value is put over the data's with a reason, the order follows, and it is undone; a candidate is added and chosen."""

from datetime import timedelta

import pytest
from playwright.sync_api import expect

from data import journal
from metrics.insight import priorities
from metrics.insight.priorities.frameworks import shelf
from tests.browser import harness
from tests.browser.harness import opened, settled

TICKETS = """SELECT feature_id, count(*) FROM ticket WHERE created_at_day >= $since AND created_at_day < $until AND feature_id IS NOT NULL
  AND deleted_at IS NULL AND coalesce(account_id, '') NOT IN (SELECT account_id FROM account WHERE is_test)
  AND coalesce(person_id, '') NOT IN (SELECT person_id FROM person WHERE is_internal) GROUP BY 1"""
ASKED = """WITH asked AS (
  SELECT DISTINCT title, account_id FROM idea WHERE created_at_day >= $since AND created_at_day < $until AND deleted_at IS NULL
    AND coalesce(account_id, '') NOT IN (SELECT account_id FROM account WHERE is_test)
    AND coalesce(person_id, '') NOT IN (SELECT person_id FROM person WHERE is_internal)
), paid AS (
  SELECT account_id, sum(mrr_reporting) AS mrr FROM subscription_period WHERE status IN ('active', 'past_due') AND deleted_at IS NULL
    AND valid_from_day < $until AND (valid_to_day IS NULL OR valid_to_day >= $until) GROUP BY 1
)
SELECT title, coalesce(sum(mrr), 0) FROM asked LEFT JOIN paid USING (account_id) GROUP BY 1"""


@pytest.fixture(scope="module")
def served(own):
    with harness.serve(own) as url:
        yield url


def rows(page):
    return page.locator(".st-key-priorities-roster").locator("tbody tr")


def first(page):
    return rows(page).first.locator("th a")


def test_a_value_with_a_reason_changes_the_order_and_is_undone(browser, served, own):
    page = opened(browser, f"{served}/priorities?kind=feature")
    before, last = first(page).inner_text(), rows(page).last.locator("th a")
    name = last.inner_text()
    last.click()
    drawer = page.get_by_role("dialog")
    drawer.get_by_label("Your name").fill("Ana")
    drawer.get_by_label("New value").fill("90000")
    drawer.get_by_label("Reason").fill("a survey of all customers")
    drawer.get_by_role("button", name="Save").click()

    expect(drawer.locator(".tv-kept b").first).to_have_text("Reach (accounts): 90,000")
    expect(first(page)).to_have_text(name)
    expect(rows(page).first.locator("small.person")).to_contain_text("a survey of all customers")
    drawer.get_by_role("button", name="Undo Reach").click()
    expect(drawer.get_by_role("button", name="Undo Reach")).to_have_count(0)
    expect(first(page)).to_have_text(before)
    written = journal.open_journal(own).priorities.history()[:2]
    assert [(one.author, one.value, bool(one.undoes)) for one in written] == [("Ana", None, True), ("Ana", 90000, False)]
    page.context.close()


def test_a_candidate_is_added_and_chosen_by_its_link(browser, served, own):
    page = opened(browser, f"{served}/priorities")
    page.get_by_role("button", name="Add a candidate").click()
    drawer = page.get_by_role("dialog")
    drawer.get_by_label("Your name").fill("Ben")
    drawer.get_by_label("Name", exact=True).fill("Sell in Japan")
    drawer.get_by_role("button", name="Add").click()
    expect(drawer.locator("h2").filter(has_text="Sell in Japan")).to_be_visible()

    made = journal.open_journal(own).priorities.items()[-1]
    page.goto(f"{served}/priorities?candidate=hand:{made.id}")
    settled(page)
    drawer.get_by_label("Your name").fill("Ben")
    drawer.get_by_role("button", name="Choose it").click()
    expect(drawer.get_by_role("button", name="Take the choice back")).to_be_visible()
    expect(page.get_by_role("table", name="What was chosen, and were we right?")).to_contain_text("Sell in Japan")
    page.context.close()


def test_the_demos_values_are_what_plain_sql_counts(layer):
    """Over the raw tables: tickets and askers' MRR of the last 28 days, without the test accounts."""
    until = layer.query("mrr").until.date() + timedelta(days=1)
    pool = priorities.Pool(layer, (), until - timedelta(days=28), until)
    rows = pool.ranking(shelf().kept["value_effort"], {}).rows + pool.ranking(shelf().kept["rice"], {}).rows
    span = {"since": until - timedelta(days=28), "until": until}
    with layer.reader.open() as snapshot:
        tickets = dict(snapshot.cursor.execute(TICKETS, span).fetchall())
        asked = dict(snapshot.cursor.execute(ASKED, span).fetchall())

    ideas = {row.candidate.name: row.cells["value"].value for row in rows if row.candidate.kind == "idea" and "value" in row.cells}
    counted = {row.candidate.id: row.cells["tickets"].value for row in rows if row.candidate.kind == "feature" and "tickets" in row.cells}
    assert len(ideas) > 5
    assert ideas == {name: pytest.approx(float(asked[name])) for name in ideas}
    assert counted == {feature: tickets.get(feature, 0) for feature in counted}
