"""What people keep: a segment narrows other pages, a view is restored, a note stands on the charts, a target holds, removal is undone."""

import re
from datetime import date

import pytest
from playwright.sync_api import expect

from data import journal
from data.reader import Reader
from tests.browser import harness
from tests.browser.harness import opened, settled, tile

pytestmark = pytest.mark.usefixtures("untouched")


@pytest.fixture(scope="module")
def served(own):
    with harness.serve(own) as url:
        yield url


@pytest.fixture(scope="module")
def book(own):
    return journal.open_journal(own)


def test_a_segment_of_accounts_narrows_another_page_by_its_link(browser, served, own, book):
    page = opened(browser, f"{served}/accounts?plan=pro")
    page.get_by_role("button", name="Save as segment").click()
    page.get_by_label("Name of the segment").fill("Pro customers")
    page.get_by_role("button", name="Save", exact=True).click()
    expect(page.get_by_text("Segment “Pro customers” is saved")).to_be_visible()
    page.goto(f"{served}/revenue?saved=Pro+customers")
    settled(page)
    expect(page.locator(".tv-on")).to_have_text("Pro customers")
    shown = tile(page, "paying_accounts")

    (kept,) = [one for one in book.segments.all() if one.name == "Pro customers"]
    with Reader(own).open() as snapshot:
        cursor = snapshot.cursor
        pro = {one for (one,) in cursor.execute("SELECT account_id FROM account WHERE plan = 'pro' AND NOT is_test").fetchall()}
        sql = "SELECT count(DISTINCT account_id) FROM mrr_day WHERE day = (SELECT max(day) FROM mrr_day) AND list_contains(?, account_id)"
        (paying,) = cursor.execute(sql, [kept.accounts]).fetchone()
    assert set(kept.accounts) == pro
    assert shown == str(paying)
    page.context.close()


def test_a_link_to_a_segment_that_is_gone_says_so(browser, served):
    page = opened(browser, f"{served}/revenue?saved=Nobody")

    expect(page.get_by_text("There is no saved segment “Nobody” any more")).to_be_visible()
    page.context.close()


def test_a_view_saved_in_french_is_opened_from_another_page_in_english(browser, served):
    page = opened(browser, f"{served}/revenue?period=90d&plan=pro", locale="fr-FR")
    page.get_by_role("button", name="Vues, segments et notes").click()
    page.get_by_label("Enregistrer cette vue sous").fill("Pro à 90 jours")
    page.get_by_role("button", name="Enregistrer", exact=True).click()
    expect(page.get_by_role("button", name="Pro à 90 jours · Revenus")).to_be_visible()
    page.context.close()

    page = opened(browser, f"{served}/adoption")
    page.get_by_role("button", name="Saved views").click()
    page.get_by_role("button", name="Pro à 90 jours · Revenue").click()
    expect(page.locator(".tv-head h1")).to_have_text("Revenue")
    expect(page.locator(".tv-on")).to_have_text("pro")
    expect(page.get_by_role("radio", name="90D")).to_be_checked()
    expect(page.get_by_role("dialog")).to_have_count(0)
    page.context.close()


def test_a_note_is_kept_removed_and_brought_back(browser, served, book):
    page = opened(browser, f"{served}/revenue")
    page.get_by_role("button", name="Saved views").click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_label("Your name").fill("Ana")
    dialog.get_by_label("Your name").press("Enter")
    settled(page)
    dialog.get_by_role("tab", name="Notes").click()
    dialog.get_by_label("What happened").fill("Price change")
    dialog.get_by_role("button", name="Save", exact=True).last.click()
    expect(dialog.get_by_text("Price change", exact=True)).to_be_visible()
    assert [(one.text, one.author) for one in book.annotations.all()] == [("Price change", "Ana")]

    dialog.get_by_role("button", name="Remove Price change").click()
    expect(dialog.get_by_text("“Price change” was removed.")).to_be_visible()
    assert book.annotations.all() == []
    dialog.get_by_role("button", name="Undo").click()
    expect(dialog.get_by_text("Price change", exact=True)).to_be_visible()
    page.context.close()


def test_a_target_set_in_the_drawer_holds_on_the_tile(browser, served, book):
    page = opened(browser, f"{served}/revenue")
    first = page.locator(".tile[data-id='arpa']")
    first.hover()
    first.get_by_role("button", name=re.compile("^How is this computed")).click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_text("Set a target").click()
    dialog.get_by_label("Target (EUR)").fill("1234567")
    dialog.get_by_label("Reason").fill("Board")
    dialog.get_by_role("button", name="Save", exact=True).click()
    expect(dialog.get_by_text(re.compile(rf"{date.today().year} · €1.23M")).first).to_be_visible()
    page.keyboard.press("Escape")

    expect(first).to_contain_text("Target €1.23M")
    assert book.targets.in_force()["arpa"] == {str(date.today().year): 1234567.0}
    page.context.close()
