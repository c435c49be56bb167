"""Journeys: who stands behind a step and a cohort, and a link that opens the same view in another language."""

from playwright.sync_api import expect

from tests.browser.harness import opened


def whole(text):
    return int(text.replace(",", ""))


def test_a_step_names_the_accounts_that_did_not_come_to_it(browser, app):
    page = opened(browser, f"{app}/journeys")
    step = page.locator(".st-key-funnel-steps li").nth(1)
    lost = whole(step.locator(".lost").inner_text().split()[0])
    step.get_by_role("button").click()
    drawer = page.get_by_role("dialog")

    expect(drawer.locator(".tv-title strong")).to_contain_text(f"{lost:,} of")
    expect(drawer.locator(".st-key-drawer_who li").first).to_be_visible()
    counted = drawer.locator(".st-key-drawer_who li .value").all_inner_texts()
    assert 0 < sum(map(whole, counted)) <= lost
    page.keyboard.press("Escape")
    expect(drawer).to_have_count(0)
    page.context.close()


def test_a_cell_of_the_triangle_tells_who_came_back(browser, app):
    page = opened(browser, f"{app}/journeys?period=12M")
    cell = page.locator(".st-key-retention-heat tbody tr").nth(3).locator("td[tabindex]").nth(1)
    said = cell.get_attribute("title")
    cell.click()
    drawer = page.get_by_role("dialog")

    expect(drawer.locator(".tv-title strong")).to_have_text(said)
    came, size = map(int, said.split(" of "))
    expect(drawer.locator(".st-key-drawer_who li")).to_have_count(size)
    expect(drawer.get_by_text("did not come back", exact=True)).to_have_count(size - came)
    page.context.close()


def test_what_is_chosen_stands_in_the_link_in_any_language(browser, app):
    page = opened(browser, f"{app}/journeys")
    page.get_by_role("combobox", name="Breakdown").click()
    page.get_by_role("option", name="By plan").click()
    expect(page.locator(".st-key-funnel-heat")).to_be_visible()
    page.wait_for_url("**funnel_by=account.plan*")
    link = page.url
    page.context.close()

    french = opened(browser, link, locale="fr-FR")
    expect(french.locator(".st-key-funnel-heat")).to_be_visible()
    expect(french.get_by_role("combobox", name="Ventilation")).to_be_visible()
    french.context.close()
