"""Signal or noise: a card says which, its drawer shows the limits, in words and as a table."""

from playwright.sync_api import expect

from metrics.insight import signal
from tests.browser.harness import opened


def test_a_card_says_whether_it_is_a_signal_and_the_drawer_why(browser, app, layer):
    judged = signal.judge(layer, "mrr")
    said = "Within its usual range" if judged.told.verdict == "usual" else "Signal: "

    page = opened(browser, f"{app}/")
    tile = page.locator(".tile[data-id='mrr']")
    expect(tile.locator(".note")).to_contain_text(said)
    assert "usual are" in tile.locator(".pick").get_attribute("title")
    assert said in tile.locator(".pick").get_attribute("aria-label")

    tile.hover()
    page.get_by_role("button", name="How is this computed?: MRR").click()
    card = page.get_by_role("dialog").locator(".st-key-card-signal")
    expect(card.locator("h2")).to_have_text("Signal or noise")
    expect(card.locator(".tv-legend")).to_contain_text("Upper limit")
    expect(card.locator("svg.chart").first).to_be_visible()
    card.locator("summary").click()
    expect(card.locator("[data-testid=stDataFrame]")).to_be_visible()
    expect(card.get_by_text(said).first).to_be_visible()
    page.context.close()
