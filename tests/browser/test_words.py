"""French readers read French, whether their browser says so or they switch."""

from playwright.sync_api import expect

from tests.browser.harness import opened


def test_a_french_browser_gets_french_words_and_figures(browser, app):
    page = opened(browser, f"{app}/revenue", locale="fr-FR")

    expect(page.locator(".tv-head h1")).to_have_text("Revenus")
    expect(page.get_by_role("button", name="Où en sommes-nous ?")).to_be_visible()
    expect(page.locator(".tile[data-id='net_new_mrr'] .name")).to_have_text("Nouveau MRR net")
    expect(page.locator(".tile[data-id='mrr'] .number")).to_contain_text("€")
    expect(page.locator(".tile[data-id='mrr'] .number")).not_to_contain_text("K")
    page.context.close()


def test_the_reader_can_switch_and_the_link_keeps_it(browser, app):
    page = opened(browser, f"{app}/support")
    page.get_by_role("radio", name="FR", exact=True).click()
    expect(page.locator(".tv-head p").first).to_contain_text("De combien d’aide")

    other = opened(browser, page.url)
    expect(other.locator(".tv-head p").first).to_contain_text("De combien d’aide")
    page.context.close()
    other.context.close()
