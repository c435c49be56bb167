"""Every page, light and dark, wide and on a phone: it settles without an error, fits, and axe finds nothing serious."""

from axe_playwright_python.sync_playwright import Axe

from tests.browser.harness import PAGES, opened, stretched

#: The page of one account of the demo company: it is in no navigation.
ACCOUNT = "account?id=acc_00001"
LOOKS = [("light", 1440), ("dark", 390), ("dark", 1440), ("light", 390)]


def pytest_generate_tests(metafunc):
    """Each page in both schemes and both widths: in two of the four pairs, which take turns, or in all with --full."""
    if "scheme" in metafunc.fixturenames:
        every = metafunc.config.getoption("--full")
        looks = [(name, *look) for place, name in enumerate((*PAGES, ACCOUNT)) for look in (LOOKS if every else LOOKS[place % 2 * 2 :][:2])]
        metafunc.parametrize(
            ("name", "scheme", "width"), looks, ids=[f"{name or 'overview'}-{scheme}-{width}" for name, scheme, width in looks]
        )


def test_a_page_settles_fits_and_can_be_read_by_all(browser, app, name, scheme, width):
    page = opened(browser, f"{app}/{name}", width=width, scheme=scheme)
    stretched(page)

    assert page.locator("[data-testid=stException]").count() == 0
    assert page.locator(".tv-state.problem").all_inner_texts() == []
    assert "Traceback" not in page.locator("body").inner_text()
    assert page.evaluate("document.querySelector('[data-testid=stMain]').scrollWidth") <= width
    assert page.evaluate("document.documentElement.scrollWidth") <= width

    found = Axe().run(page).response["violations"]
    serious = [f"{one['id']}: {one['nodes'][0]['html'][:160]}" for one in found if one["impact"] in ("serious", "critical")]
    assert serious == []
    page.context.close()


def test_nothing_is_fetched_from_elsewhere(browser, app):
    context = browser.new_context()
    page, asked = context.new_page(), []
    page.on("request", lambda request: asked.append(request.url))
    page.goto(f"{app}/")
    page.locator(".tile").first.wait_for(timeout=30_000)

    assert [url for url in asked if not url.startswith((app, app.replace("http", "ws"), "data:", "blob:"))] == []
    context.close()


def test_a_link_into_a_fresh_server_opens_the_page_itself(browser, demo):
    from tests.browser.harness import serve

    with serve(demo) as url:
        page = opened(browser, f"{url}/support")
        page.locator(".tile").first.wait_for(timeout=30_000)
        assert page.locator(".tv-head h1").inner_text() == "Support"
        assert page.locator("[data-testid=stSidebarNav]").count() == 0
        page.context.close()
