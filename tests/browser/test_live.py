"""An open page follows what is published, keeping the reader's filters and place."""

import re
import time

from playwright.sync_api import expect

import metrics
from data import workspace
from data.store import Store
from tests.browser import harness
from tests.browser.harness import opened, tile


def publish_fewer_tickets(root):
    """Publishes a generation in which about every fourth ticket is gone."""
    with Store(root, workspace.load(root).company.timezone).draft() as draft:
        draft.connection.execute("DELETE FROM ticket WHERE hash(ticket_id) % 4 = 0")
        return draft.publish(sources={}, audits=[]).generation


def test_a_publish_is_on_the_page_within_three_seconds(browser, own):
    with harness.serve(own) as app:
        page = opened(browser, f"{app}/support?period=90D&plan=pro")
        before = int(tile(page, "tickets_created").replace(",", ""))
        card = page.locator(".st-key-card-by-account")
        card.scroll_into_view_if_needed()
        place = card.bounding_box()["y"]
        assert page.evaluate("document.querySelector('[data-testid=stMain]').scrollTop") > 200

        generation = publish_fewer_tickets(own)
        begun = time.monotonic()
        expect(page.locator(".tv-foot")).to_contain_text(f"generation {generation}", timeout=3_000)
        expect(page.locator(".tile[data-id='tickets_created'] .number")).not_to_have_text(re.compile(f"^{before:,}$"), timeout=3_000)
        assert time.monotonic() - begun < 3.5

        expect(page.locator(".tv-on")).to_have_text("pro")
        expect(page.locator(".tv-head .when")).to_contain_text("compared with the 90 days before")
        assert abs(card.bounding_box()["y"] - place) < 5
        layer = metrics.open(workspace.load(own))
        assert layer.generation() == generation
        page.context.close()


def test_an_open_drawer_keeps_its_numbers_until_it_is_closed(browser, own):
    with harness.serve(own) as app:
        page = opened(browser, f"{app}/support")
        page.locator(".tile[data-id='tickets_created']").hover()
        page.get_by_role("button", name="How is this computed?: Tickets", exact=True).click()
        expect(page.get_by_role("dialog")).to_contain_text("count(*)")
        generation = publish_fewer_tickets(own)
        page.wait_for_timeout(3_000)
        expect(page.get_by_role("dialog")).to_be_visible()

        page.keyboard.press("Escape")
        expect(page.locator(".tv-foot")).to_contain_text(f"generation {generation}", timeout=4_000)
        page.context.close()
