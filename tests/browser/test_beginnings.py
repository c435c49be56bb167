"""Before there are numbers, and when something is wrong: the page says what to do and never shows a traceback."""

from playwright.sync_api import expect

from tests.browser import harness
from tests.browser.harness import opened

SOURCES = """
sources:
  exports:
    connector: files
    path: nowhere
    tables: {account: {file: accounts.csv, columns: {account_id: id}}}
"""


def test_the_first_run_makes_the_demo_company_before_the_reader_s_eyes(browser, tmp_path):
    code = harness.copy_of_the_code(tmp_path / "clone")
    with harness.started(code, tmp_path / "app.log", {}) as app:
        page = opened(browser, app)
        expect(page.get_by_text("Making the demo company")).to_be_visible()
        expect(page.locator("[data-testid=stProgress]")).to_be_visible()
        expect(page.locator(".tile").first).to_be_visible(timeout=60_000)
        page.context.close()
    assert (code / "data/workspaces/demo/store/CURRENT").exists()


def test_an_empty_workspace_says_what_to_do_and_offers_the_demo(browser, tmp_path):
    with harness.serve(tmp_path) as app:
        page = opened(browser, app)
        expect(page.get_by_text("This workspace is empty")).to_be_visible()
        expect(page.get_by_text("python -m connectors sync")).to_be_visible()

        page.get_by_role("button", name="Make the demo company here").click()
        expect(page.get_by_text("Making the demo company")).to_be_visible()
        page.context.close()


def test_a_workspace_with_sources_offers_to_load_them_and_tells_what_failed(browser, tmp_path):
    (tmp_path / "sources.yml").write_text(SOURCES)
    with harness.serve(tmp_path) as app:
        page = opened(browser, app)
        expect(page.get_by_text("sources.yml names exports")).to_be_visible()
        page.get_by_role("button", name="Load now").click()
        expect(page.locator("body")).to_contain_text("exports", timeout=30_000)
        expect(page.locator("body")).not_to_contain_text("Traceback")
        page.context.close()


def test_a_wrong_file_is_told_with_its_line(browser, tmp_path):
    (tmp_path / "sources.yml").write_text("company: {name: Acme, timezone: Europe/Pariss}\n")
    with harness.serve(tmp_path) as app:
        page = opened(browser, app)
        expect(page.locator(".tv-state.problem")).to_contain_text("unknown time zone")
        expect(page.locator(".tv-state.problem")).to_contain_text("sources.yml:1")
        page.context.close()


def test_one_failing_metric_leaves_the_rest_of_the_page_standing(browser, own):
    wrong = own / "metrics" / "wrong.yml"
    wrong.write_text("arpa: {label: ARPA, count: '*', in: opportunities, where: colour = 'red', format: money}\n")
    try:
        with harness.serve(own) as app:
            page = opened(browser, f"{app}/revenue")
            tile = page.locator(".tile[data-id='arpa']")
            expect(tile).to_contain_text("Cannot be computed")
            expect(tile).to_contain_text('unknown column "colour"')
            expect(page.locator(".tile[data-id='mrr'] .number")).to_contain_text("€")
            expect(page.locator(".st-key-hero svg.chart").first).to_be_visible()
            expect(page.locator("body")).not_to_contain_text("Traceback")
            page.context.close()
    finally:
        wrong.unlink()
