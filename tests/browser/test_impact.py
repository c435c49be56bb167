"""Impact as a reader walks through it: from a release of a feature to its effects, to another outcome, to an account."""

import re

from playwright.sync_api import expect

from tests.browser.harness import opened, settled, tile


def test_from_a_release_to_its_effects_and_to_an_account(browser, app):
    page = opened(browser, f"{app}/feature?feature=forecast")
    page.locator(".tv-table a", has_text=re.compile("^Forecast$")).click()
    expect(page.locator(".tv-head h1")).to_have_text("Impact")
    settled(page)
    page.locator(".tile").first.wait_for()
    assert "release=rel_forecast" in page.url

    lead = page.locator(".tv-lead").inner_text()
    assert lead.startswith("Forecast, 17 Mar 2026: ")
    assert "cannot tell for" in lead
    assert "consistent with" not in lead  # it moved nothing but its own use
    assert tile(page, "feature_events") == "–"  # there was nothing before it

    page.locator(".tile[data-id=first_response_business_median] .pick").click()
    expect(page.locator(".st-key-card-study h2")).to_have_text("First response in business hours")
    assert "outcome=first_response_business_median" in page.url
    page.locator(".st-key-card-study summary").click()
    expect(page.locator(".st-key-card-study [data-testid=stCaptionContainer]")).to_be_visible()

    page.locator(".st-key-card-sides tbody tr").first.click()
    expect(page.locator(".tv-head h1")).to_have_text("Account")
    page.context.close()


def test_a_day_and_a_feature_given_by_hand_stand_in_the_link(browser, app):
    page = opened(browser, f"{app}/impact?release=by_hand&feature=export&day=2026-03-10&window=13")
    page.locator(".tile").first.wait_for()

    assert page.locator(".tv-lead").inner_text().startswith("Export, 10 Mar 2026: ")
    expect(page.locator(".st-key-window input")).to_have_value("13 weeks")
    expect(page.locator(".st-key-day input")).to_have_value("2026-03-10")
    page.context.close()
