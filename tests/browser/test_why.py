"""Why did it move: from what changed most to the waterfall, the dimension that explains it, and the rows behind a bar."""

import re

from playwright.sync_api import expect

from tests.browser.harness import opened, settled


def amounts(page, key):
    """The numbers beside the bars of a waterfall, as cents."""
    said = page.locator(f".st-key-{key} .value").all_inner_texts()
    return [round(float(re.sub(r"[^\d.−-]", "", one).replace("−", "-")) * 100) for one in said]


def test_what_changed_most_is_explained_to_its_rows(browser, app):
    page = opened(browser, app)
    page.get_by_role("button", name=re.compile("^Why\\? ")).first.click()
    drawer = page.get_by_role("dialog")
    expect(drawer.get_by_role("tab", name="Why did it move?")).to_have_attribute("aria-selected", "true")
    expect(drawer.locator(".tv-lead")).to_contain_text(re.compile("rose from|fell from"))
    expect(drawer.get_by_text("The bars add up to the change").first).to_be_visible()

    bars = amounts(page, "why-dimension")
    assert bars[0] + sum(bars[1:-1]) == bars[-1]

    drawer.locator(".st-key-why-ranking button").nth(1).click()
    settled(page)
    again = amounts(page, "why-dimension")
    assert again[0] + sum(again[1:-1]) == again[-1]
    assert (again[0], again[-1]) == (bars[0], bars[-1])

    drawer.get_by_text("In words and as a table").last.click()
    expect(drawer.get_by_role("button", name="Download as CSV", exact=True).last).to_be_visible()

    drawer.locator(".st-key-why-dimension button.pick").first.click()
    expect(page.get_by_role("dialog").get_by_role("tab", name="Rows", exact=True)).to_be_visible()
    page.context.close()


def test_two_periods_are_chosen_and_stand_in_the_address(browser, app):
    page = opened(browser, f"{app}/support?lang=en")
    page.locator(".tile .act[data-act=explain]").first.click(force=True)
    drawer = page.get_by_role("dialog")
    drawer.get_by_role("tab", name="Why did it move?").click()
    expect(drawer.locator(".tv-lead")).to_be_visible()
    for place, month in enumerate(("September 2026", "August 2026")):
        drawer.get_by_role("combobox").nth(place).click()
        page.keyboard.type(month)
        page.keyboard.press("Enter")
        settled(page)
    expect(page).to_have_url(re.compile("why_from=August.2026"))
    expect(drawer.locator(".st-key-why-dimension .total").last).to_contain_text("Sept 2026")
    page.context.close()
