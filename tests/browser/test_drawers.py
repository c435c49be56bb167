"""Behind every number: its rows, its accounts, its definition and its SQL, one click away."""

import re

from playwright.sync_api import expect

from pages.components import board as boards
from pages.components import filters, matrix
from pages.components.board import Board
from tests.browser.harness import opened, settled


def click_mark(page, key, at=0.4):
    """Clicks into the column of a chart that lies at a share of its width."""
    drawn = page.locator(f".st-key-{key} svg.chart").first
    drawn.scroll_into_view_if_needed()
    box = drawn.bounding_box()
    page.mouse.click(box["x"] + box["width"] * at, box["y"] + box["height"] * 0.6)


def counted_at(page, drawer, at):
    """Opens the drawer of a mark; what it counts. One that counts nothing is closed again."""
    click_mark(page, "hero", at)
    settled(page)
    counted = int(drawer.locator(".tv-title strong").inner_text().replace(",", ""))
    if not counted:
        page.keyboard.press("Escape")
        expect(drawer).to_have_count(0)
    return counted


def test_a_click_on_a_mark_opens_its_accounts_and_rows(browser, app):
    page = opened(browser, f"{app}/support")
    page.locator(".st-key-hero svg.chart").first.wait_for()
    page.wait_for_timeout(500)
    drawer = page.get_by_role("dialog")
    counted = next(found for at in (0.4, 0.55, 0.7, 0.85) if (found := counted_at(page, drawer, at)))  # a day may have had no ticket

    drawer.get_by_role("tab", name="Rows").click()
    expect(drawer.get_by_text("1 row" if counted == 1 else f"{counted:,} rows")).to_be_visible()
    with page.expect_download() as download:
        drawer.get_by_role("button", name="Download as CSV", exact=True).click()
    assert download.value.path().read_text().count("\n") == counted + 1

    page.keyboard.press("Escape")
    expect(drawer).to_have_count(0)
    page.context.close()


def test_what_was_pointed_at_narrows_the_page_and_its_link_restores_that(browser, app):
    page = opened(browser, f"{app}/adoption")
    grid = page.get_by_role("grid", name="Who uses what")
    expect(grid.locator("tbody tr").first).to_be_visible()
    pro = grid.locator("thead th").all_inner_texts().index("pro")
    grid.locator("tbody tr").first.locator("td").nth(pro).click()
    page.get_by_role("button", name="Only pro on this page").click()
    expect(page.get_by_role("dialog")).to_have_count(0)
    expect(page.locator(".tv-on")).to_have_text("pro")

    page.locator(".st-key-hero svg.chart").first.wait_for()
    page.wait_for_timeout(500)
    click_mark(page, "hero")
    page.get_by_role("button", name="on this page").click()
    expect(page.locator(".tv-head .when")).to_contain_text("compared with the day before")
    told = page.locator(".tv-head .when").inner_text()
    again = opened(browser, page.url)
    expect(again.locator(".tv-head .when")).to_have_text(told, use_inner_text=True)
    page.context.close()


def test_a_bubble_of_the_matrix_opens_its_feature(browser, app, layer):
    last = boards.last_day(layer.query("events_count").loaded_until["events"], layer)
    board = Board(layer, filters.usual(last), layer.generation(), known=layer.metrics)
    largest = matrix.found(board, "feature_adopters").places[0].name

    page = opened(browser, f"{app}/adoption")
    page.locator(".st-key-matrix-plot .bubble").first.click()

    expect(page.get_by_role("dialog").get_by_role("link", name=f"All about {largest}")).to_be_visible()
    page.context.close()


def test_the_same_mark_opens_again(browser, app):
    page = opened(browser, f"{app}/support")
    page.locator(".st-key-hero svg.chart").first.wait_for()
    page.wait_for_timeout(500)
    for _time in range(2):
        click_mark(page, "hero")
        expect(page.get_by_role("dialog").locator(".tv-title strong")).to_be_visible()
        page.keyboard.press("Escape")
        expect(page.get_by_role("dialog")).to_have_count(0)
    page.context.close()


def test_what_has_the_focus_keeps_it_when_its_numbers_change(browser, app):
    page = opened(browser, f"{app}/adoption")
    pick = page.locator(".tile[data-id='weekly_active_users'] .pick")
    pick.focus()
    page.keyboard.press("Enter")

    expect(page.locator(".st-key-card-hero h2")).to_have_text("Weekly active users")
    expect(pick).to_have_attribute("aria-pressed", "true")
    expect(pick).to_be_focused()
    page.context.close()


def test_a_tile_explains_itself_down_to_its_sql(browser, app):
    page = opened(browser, f"{app}/")
    page.locator(".tile[data-id='mrr']").hover()
    page.get_by_role("button", name="How is this computed?: MRR").click()
    drawer = page.get_by_role("dialog")

    expect(drawer).to_contain_text("snapshot: mrr")
    expect(drawer).to_contain_text("FROM mrr_day AS f")
    expect(drawer).to_contain_text("Left out")
    expect(drawer).to_contain_text("finance")
    page.context.close()


def test_the_menu_of_a_card_explains_its_number(browser, app):
    page = opened(browser, f"{app}/adoption")
    page.locator("[class*=st-key-menu-features] button").click()
    page.get_by_text("How is this computed?").last.click()

    expect(page.get_by_role("dialog")).to_contain_text("feature_accounts")
    page.context.close()


def test_a_row_of_a_list_and_a_cell_of_a_table_open_what_is_behind_them(browser, app):
    page = opened(browser, f"{app}/adoption")
    row = page.locator(".st-key-features li").first
    name, value = row.locator(".label").inner_text().split("\n")[0].split("  ")[0], row.locator(".value").inner_text()
    row.locator(".pick").click()
    expect(page.get_by_role("dialog").locator(".tv-title strong")).to_have_text(value)
    assert name.split(" ")[0] in page.get_by_role("dialog").locator(".tv-title").inner_text()
    page.keyboard.press("Escape")

    cell = page.locator(".st-key-depth td[tabindex]").first
    value = cell.inner_text()
    cell.click()
    expect(page.get_by_role("dialog").locator(".tv-title strong")).to_have_text(value)
    page.context.close()


def test_keys_lead_through_a_table_of_tinted_cells(browser, app):
    page = opened(browser, f"{app}/adoption")
    grid = page.get_by_role("grid", name="Who uses what")
    expect(grid.locator("[tabindex='0']")).to_have_count(1)

    grid.locator("[tabindex='0']").focus()
    page.keyboard.press("End")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("ArrowLeft")
    second = grid.locator("tbody tr").nth(1).locator("td[tabindex]")
    beside = second.nth(second.count() - 2)
    expect(beside).to_be_focused()
    expect(grid.locator("[tabindex='0']")).to_have_count(1)

    value = beside.inner_text()
    page.keyboard.press("Enter")
    expect(page.get_by_role("dialog").locator(".tv-title strong")).to_have_text(value)
    page.keyboard.press("Escape")
    expect(beside).to_be_focused()
    page.context.close()


def test_tiles_can_be_picked_and_explained_by_keyboard(browser, app):
    page = opened(browser, f"{app}/")
    page.locator(".tile[data-id='mrr'] .pick").focus()
    page.keyboard.press("Enter")
    expect(page.locator(".st-key-card-hero h2")).to_have_text("MRR")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    expect(page.get_by_role("dialog")).to_contain_text("snapshot: mrr")
    page.context.close()


def test_beside_a_chart_stand_its_words_and_its_table(browser, app):
    page = opened(browser, f"{app}/support")
    page.locator(".st-key-beside-hero summary").click()

    expect(page.locator(".st-key-beside-hero")).to_contain_text("Tickets: from")
    expect(page.locator(".st-key-beside-hero [data-testid=stDataFrame]")).to_be_visible()
    page.context.close()


def test_a_chart_is_read_by_pointer_and_by_keys_and_a_mark_opens_with_enter(browser, app):
    page = opened(browser, f"{app}/support")
    drawn, tip = page.locator(".st-key-hero svg.chart"), page.locator(".st-key-hero .tv-tip")
    expect(tip).to_be_hidden()
    drawn.hover(position={"x": 300, "y": 120})
    expect(tip).to_contain_text("This period")
    page.mouse.move(5, 5)
    expect(tip).to_be_hidden()

    drawn.focus()
    page.keyboard.press("End")
    last = tip.locator("b").inner_text()
    page.keyboard.press("ArrowLeft")
    expect(tip.locator("b")).not_to_have_text(last)
    before = tip.locator("b").inner_text()
    page.keyboard.press("Escape")
    expect(tip).to_be_hidden()
    page.keyboard.press("End")
    page.keyboard.press("ArrowLeft")
    page.keyboard.press("Enter")
    expect(page.get_by_role("dialog")).to_contain_text(before)
    page.context.close()


def test_a_chart_is_as_wide_as_its_card_whatever_the_window_is_made(browser, app):
    page = opened(browser, f"{app}/support")
    drawn = page.locator(".st-key-hero svg.chart")
    days = drawn.locator(".bar")
    expect(days.first).to_be_visible()
    before = days.count()
    page.get_by_role("radio", name="90D", exact=True).click()
    expect(days).not_to_have_count(before)
    weeks = days.count()
    page.set_viewport_size({"width": 700, "height": 900})
    expect(drawn).to_have_attribute("viewBox", re.compile(r"^0 0 [5-6]\d\d"))
    assert days.count() == weeks  # what is shown now is drawn again, not what was shown first
    page.context.close()


def test_a_chart_beside_a_long_table_is_as_high_as_its_card(browser, app):
    page = opened(browser, f"{app}/journeys")
    drawn = page.locator(".st-key-curve svg.chart")
    expect(drawn.locator(".line").first).to_be_visible()
    card = page.locator(".st-key-card-curve").bounding_box()
    assert drawn.bounding_box()["height"] > 0.6 * card["height"] > 200
    page.context.close()
