"""What is taken away from a page, as a reader does it: downloaded, opened, and held against the page."""

import csv
import io

import pytest
from openpyxl import load_workbook
from PIL import Image
from playwright.sync_api import expect
from pypdf import PdfReader

from metrics.insight import actions
from metrics.insight.actions import playbooks
from tests.browser.harness import opened, settled, tile


def taken(page, button):
    """The name and the content of the file that a button gives."""
    with page.expect_download() as download:
        button.click()
    return download.value.suggested_filename, download.value.path().read_bytes()


def test_a_chart_and_a_page_can_be_taken_away(browser, app, layer):
    page = opened(browser, f"{app}/?period=90D&metric=mrr")
    page.locator(".tile").first.wait_for(timeout=30_000)
    number = tile(page, "mrr")
    page.locator(".st-key-beside-hero summary").click()
    files = page.locator(".st-key-export-hero")

    file, workbook = taken(page, files.get_by_role("button", name="Download as XLSX"))
    assert file.startswith("mrr_")
    sheet, about = load_workbook(io.BytesIO(workbook)).worksheets
    day, value = (next(cell.column for cell in sheet[1] if cell.value == said) for said in ("First day", "This period"))
    since = sheet.cell(2, day).value.date()
    told = layer.query("mrr", grain="week", since=since).rows
    assert [sheet.cell(line, value).value for line in range(2, 10)] == [row["mrr"] for row in told[:8]]
    assert [row[1].value for row in about.iter_rows() if row[0].value == "Metric"] == ["MRR (mrr)"]

    file, picture = taken(page, files.get_by_role("button", name="Download as PNG"))
    with Image.open(io.BytesIO(picture)) as drawn:
        assert drawn.size == (1600, 900)
        assert len(drawn.convert("RGB").getcolors(1 << 24)) > 50

    page.get_by_role("button", name="Share", exact=True).click()
    expect(page.get_by_role("button", name="Print", exact=True)).to_be_visible()
    file, report = taken(page, page.get_by_role("button", name="This page as PDF"))
    text = " ".join("\n".join(sheet.extract_text() for sheet in PdfReader(io.BytesIO(report)).pages).split())
    assert file.startswith("overview_")
    for said in ("Overview", "How is the product doing for the business", number, "What changed most", "compared with the 90 days before"):
        assert said in text
    page.context.close()


def test_a_list_and_a_heat_table_can_be_taken_away_whole(browser, app):
    page = opened(browser, f"{app}/adoption")
    listed = page.locator(".st-key-features li")
    listed.first.wait_for(timeout=30_000)
    grid = page.get_by_role("grid", name="Who uses what")
    plans = grid.locator("thead th").all_inner_texts()
    shown = {
        (row.locator(".label").evaluate("one => one.firstChild.data.trim()"),): row.locator(".value").inner_text()
        for row in listed.all()[:5]
    }
    cells = {
        (grid.locator("tbody th").first.inner_text(), plan): grid.locator("tbody tr").first.locator("td").nth(place).inner_text()
        for place, plan in enumerate(plans)
    }

    for key, wanted in (("features", shown), ("depth", cells)):
        page.locator(f".st-key-beside-{key} summary").click()
        page.locator(f".st-key-beside-{key} canvas").first.wait_for()
        settled(page)
        file, content = taken(page, page.locator(f".st-key-export-{key}").get_by_role("button", name="Download as CSV"))
        head, *rows = csv.reader(io.StringIO(content.decode("utf-8-sig")))
        width = len(next(iter(wanted)))
        told = {tuple(row[:width]): row[width] for row in rows}

        assert file.startswith("feature_accounts_by_")
        assert head[width] == "Accounts using features"
        assert {member: float(told[member]) for member in wanted} == {member: float(value) for member, value in wanted.items()}
        assert len(told) > len(wanted)
    page.context.close()


def test_shapes_can_be_taken_away_as_pictures(browser, app):
    page = opened(browser, f"{app}/journeys")
    for shape in ("funnel", "retention", "paths"):
        page.locator(f".st-key-beside-{shape} summary").click()
        file, picture = taken(page, page.locator(f".st-key-export-{shape}").get_by_role("button", name="Download as PNG"))

        assert file.endswith(".png")
        with Image.open(io.BytesIO(picture)) as drawn:
            blue = sum(count for count, (red, _green, blue) in drawn.convert("RGB").getcolors(1 << 24) if blue - red > 60)
        assert blue > 20_000, shape
    page.context.close()


def test_paper_has_what_the_page_says_and_nothing_to_click(browser, app):
    page = opened(browser, f"{app}/revenue", scheme="dark")
    page.locator(".tile").first.wait_for(timeout=30_000)
    sheets = PdfReader(io.BytesIO(page.pdf(format="A4", print_background=True))).pages
    text = "\n".join(sheet.extract_text() for sheet in sheets)
    for said in ("Revenue", "MRR by plan", "Largest accounts", "generation"):
        assert said in text
    for said in ("Search", "Filters", "Share", "In words and as a table", "Catalogue"):
        assert said not in text
    page.context.close()


def test_what_a_release_did_can_be_taken_away(browser, app):
    page = opened(browser, f"{app}/impact?release=rel_export_2")
    page.locator(".tile").first.wait_for(timeout=30_000)
    lead = page.locator(".tv-lead").inner_text()
    page.get_by_role("button", name="Share", exact=True).click()
    file, report = taken(page, page.get_by_role("button", name="This page as PDF"))
    text = " ".join("\n".join(sheet.extract_text() for sheet in PdfReader(io.BytesIO(report)).pages).split())

    assert file.startswith("impact_")
    for said in ("What did this release do", " ".join(lead.split())[:60], "Can this be trusted?", "What else happened then"):
        assert said in text
    assert "compared with the" not in text  # it has days of its own
    page.context.close()


def test_recommendations_and_one_of_them_can_be_taken_away(browser, app, layer):
    found = actions.actions(layer, playbooks.load(layer.workspace, layer.metrics).values())
    page = opened(browser, f"{app}/actions?state=all")
    expect(page.locator(".st-key-card-recommendations li")).to_have_count(len(found))
    settled(page)
    page.get_by_role("button", name="Share", exact=True).click()
    file, report = taken(page, page.get_by_role("button", name="This page as PDF"))
    text = words(report)
    assert file.startswith("actions_")
    for one in found:
        assert one.playbook.label in text
    assert "compared with the" not in text  # it has days of its own

    page.keyboard.press("Escape")
    page.locator(".st-key-beside-recommendations summary").click()
    settled(page)
    _file, workbook = taken(page, page.locator(".st-key-export-recommendations").get_by_role("button", name="Download as XLSX"))
    sheet, about = load_workbook(io.BytesIO(workbook)).worksheets
    head = [cell.value for cell in sheet[1]]
    told = [tuple(row[head.index(name)].value for name in ("id", "Accounts", "MRR")) for row in sheet.iter_rows(min_row=2)]
    assert [row[:2] for row in told] == [(one.id, one.prize.accounts) for one in found]
    assert [row[2] for row in told] == [one.prize.money and pytest.approx(one.prize.money) for one in found]
    assert "Range" not in [row[0].value for row in about.iter_rows()]
    page.context.close()

    page = opened(browser, f"{app}/actions?action={found[0].id}")
    page.locator(".st-key-card-against li").first.wait_for(timeout=30_000)
    settled(page)
    page.get_by_role("button", name="Share", exact=True).click()
    text = words(taken(page, page.get_by_role("button", name="This page as PDF"))[1])
    for said in (found[0].playbook.label, "Evidence", "What would speak against it", "What should come of it", "Nobody has decided yet"):
        assert said in text
    page.context.close()


def words(report):
    """The text of a PDF in one line."""
    return " ".join("\n".join(sheet.extract_text() for sheet in PdfReader(io.BytesIO(report)).pages).split())
