"""A meeting as people hold it: comment, say who does what, freeze, take away; what was frozen opens by its address and stays."""

import io
import re
from uuid import uuid4

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import expect
from pypdf import PdfReader

from data import journal
from tests.browser.harness import opened, settled

SERIOUS = ("serious", "critical")


def taken(page, name):
    """The name and the content of a file that the menu gives."""
    page.get_by_role("button", name="Share", exact=True).click()
    with page.expect_download() as download:
        page.get_by_role("button", name=name).click()
    page.keyboard.press("Escape")
    return download.value.suggested_filename, download.value.path().read_bytes()


def test_a_meeting_is_commented_frozen_and_taken_away(browser, app, demo):
    page = opened(browser, f"{app}/review")
    expect(page.locator(".tv-lead")).to_contain_text("Weekly business review")
    expect(page.locator("[class*=st-key-card-612-] svg.chart").first).to_be_visible()
    page.get_by_label("Your name").fill("Ana")
    page.get_by_label("Your name").press("Enter")
    settled(page)

    call = f"Call Alder {uuid4().hex[:6]}"  # a run that failed may have left another
    page.get_by_label("New action").fill(call)
    page.get_by_label("Owner", exact=True).fill("Ben")
    page.get_by_role("button", name="Add", exact=True).click()
    expect(page.locator(".tv-action").filter(has_text=call)).to_contain_text("Ben")
    page.get_by_role("button", name="Comment on MRR").click()
    page.get_by_role("textbox", name="Comment on MRR").fill("Two renewals slipped")
    page.get_by_role("button", name="Save", exact=True).click()
    expect(page.locator(".tv-comments").first).to_contain_text("Two renewals slipped")
    page.keyboard.press("Escape")

    page.get_by_role("button", name="Freeze", exact=True).click()
    page.get_by_role("button", name="Freeze this review").click()
    expect(page.locator(".tv-for").first).to_contain_text("Frozen by Ana")
    kept = journal.open_journal(demo).reviews.frozen()[0]
    assert page.url.endswith(f"id={kept.id}")
    expect(page.get_by_text("Nothing: the same numbers would come out now.")).to_be_visible()
    expect(page.locator(".tv-comments").first).to_contain_text("Two renewals slipped")
    expect(page.get_by_label("New action")).to_have_count(0)

    again = opened(browser, page.url)
    expect(again.locator(".tv-action").filter(has_text=call)).to_be_visible()
    again.get_by_role("button", name=re.compile(r"\d frozen")).click()
    expect(again.get_by_role("button", name=re.compile("Weekly business review.*Ana")).first).to_be_visible()
    again.keyboard.press("Escape")
    again.get_by_role("button", name="The live review").click()
    expect(again.get_by_label("New action")).to_be_visible()
    again.get_by_label("Your name").fill("Ben")
    again.get_by_label("Your name").press("Enter")
    settled(again)
    key = next(one.id for one in journal.open_journal(demo).reviews.actions("weekly") if one.text == call)
    again.locator(f".st-key-done-{key}").get_by_role("button").first.click()
    expect(again.locator(".tv-action.done").filter(has_text=call)).to_be_visible()
    again.context.close()

    file, report = taken(page, "As PDF")
    text = " ".join(" ".join(sheet.extract_text() for sheet in PdfReader(io.BytesIO(report)).pages).split())
    assert re.fullmatch(r"weekly_\d{4}-\d\d-\d\d\.pdf", file)
    assert [
        word for word in ("Weekly business review", call, "Two renewals slipped", "Frozen: Ana") if word not in text.replace("\u00a0", " ")
    ] == []
    file, document = taken(page, "As one HTML file")
    assert file.endswith(".html")
    page.context.close()
    _can_be_read_by_all(browser, document.decode())


def _can_be_read_by_all(browser, html):
    """The file by itself, without any network: light, dark and on a phone."""
    for scheme, width in (("light", 1280), ("dark", 390)):
        context = browser.new_context(viewport={"width": width, "height": 900}, color_scheme=scheme, offline=True)
        page = context.new_page()
        page.set_content(html)
        assert page.evaluate("document.documentElement.scrollWidth") <= width
        assert page.locator("svg").count() >= 12
        found = [one for one in Axe().run(page).response["violations"] if one["impact"] in SERIOUS]
        assert [(one["id"], one["nodes"][0]["html"][:200]) for one in found] == []
        context.close()


def test_a_link_opens_its_review_in_any_language(browser, app):
    page = opened(browser, f"{app}/review?template=monthly&month=2026-09", locale="fr-FR")

    expect(page.locator(".tv-lead")).to_contain_text("Revue mensuelle")
    expect(page.locator(".tv-lead")).to_contain_text("septembre 2026")
    page.context.close()
