"""Every page, light and dark, at three widths, in both languages: it settles, fits, stands still, reads well, and looks as it did."""

import pytest
from axe_playwright_python.sync_playwright import Axe
from PIL import Image

from tests.browser import harness, pictures
from tests.browser.harness import opened, stretched

#: How far everything moves while a page is drawn, as browsers reckon it; above it people lose their place.
STILL = 0.1
SHIFTS = """() => new Promise(done => {
  let moved = 0;
  new PerformanceObserver(list => { for (const one of list.getEntries()) if (!one.hadRecentInput) moved += one.value; })
    .observe({ type: 'layout-shift', buffered: true });
  setTimeout(() => done(moved), 100);
})"""


def pytest_generate_tests(metafunc):
    """Each page in the looks whose turn it is, or in all with --full."""
    if "look" in metafunc.fixturenames:
        every = metafunc.config.getoption("--full")
        looks = [(name, look) for name in pictures.NAMES for look in (pictures.EVERY if every else pictures.looks(name))]
        metafunc.parametrize(("name", "look"), looks, ids=[pictures.path(*one).stem for one in looks])


@pytest.fixture(scope="module")
def stopped(chromium, tmp_path_factory):
    """The app on a company whose clock begins at the same moment each time."""
    root = harness.make_demo(tmp_path_factory.mktemp("stopped"), clock=harness.STOPPED)
    with harness.serve(root, harness.STOPPED) as url:
        yield url


def test_a_page_settles_fits_and_can_be_read_by_all(browser, stopped, name, look, tmp_path):
    page = opened(browser, f"{stopped}/{name}", width=look.width, scheme=look.scheme, locale=look.locale)
    assert page.evaluate(SHIFTS) < STILL
    stretched(page)

    assert page.locator("[data-testid=stException]").count() == 0
    assert page.locator(".tv-state.problem").all_inner_texts() == []
    assert "Traceback" not in page.locator("body").inner_text()
    assert page.evaluate("document.querySelector('[data-testid=stMain]').scrollWidth") <= look.width
    assert page.evaluate("document.documentElement.scrollWidth") <= look.width
    assert {"en-GB": "generation", "fr-FR": "génération"}[look.locale] in page.locator(".tv-foot").inner_text()

    found = Axe().run(page).response["violations"]
    serious = [f"{one['id']}: {one['nodes'][0]['html'][:160]}" for one in found if one["impact"] in ("serious", "critical")]
    assert serious == []
    if look in pictures.looks(name):
        _looks_as_it_did(page, name, look, tmp_path)
    page.context.close()


def _looks_as_it_did(page, name, look, folder):
    seen, path = pictures.taken(page), pictures.path(name, look)
    with Image.open(path) as kept:
        apart = pictures.difference(seen, kept.convert("RGB"))
    seen.save(folder / path.name)
    assert apart <= pictures.TOLERANCE, (
        f"{apart:.1%} of the page looks another way than {path.name}: compare it with {folder / path.name}, "
        "and where it should, take the pictures anew (python -m tests.browser.pictures)"
    )


def test_a_page_that_lost_a_card_or_its_colours_is_noticed(browser, stopped):
    name, look = "revenue", pictures.looks("revenue")[0]
    page = stretched(opened(browser, f"{stopped}/{name}", width=look.width, scheme=look.scheme, locale=look.locale))
    whole = pictures.taken(page)
    assert pictures.difference(whole, pictures.taken(page)) < pictures.TOLERANCE / 10

    page.add_style_tag(content="[class*=st-key-card-] { visibility: hidden }")
    assert pictures.difference(pictures.taken(page), whole) > pictures.TOLERANCE
    page.add_style_tag(content="[class*=st-key-card-] { visibility: visible } .stApp { background: #777 !important }")
    assert pictures.difference(pictures.taken(page), whole) > pictures.TOLERANCE
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
    with harness.serve(demo) as url:
        page = opened(browser, f"{url}/support")
        page.locator(".tile").first.wait_for(timeout=30_000)
        assert page.locator(".tv-head h1").inner_text() == "Support"
        assert page.locator("[data-testid=stSidebarNav]").count() == 0
        page.context.close()
