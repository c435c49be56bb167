"""The Data page: sources, refused rows, findings, generations, and how to go back."""

import json
import os
import shutil
import subprocess
import sys
from datetime import date, timedelta

import pytest
from playwright.sync_api import expect

from data import status
from data.generation import Layout
from data.reader import Reader
from data.store import Store
from data.workspace import load
from tests.browser import harness
from tests.browser.harness import opened, serve, stretched
from tests.loads import Company


def manifest(demo):
    return json.loads((Layout(demo / "store").generation(1) / "manifest.json").read_text())


def test_each_source_is_shown_with_its_state_and_its_rows(browser, app, demo):
    with Reader(demo).open() as snapshot:
        sources = status.sources(snapshot)
    page = stretched(opened(browser, f"{app}/data"))
    rows = page.locator(".st-key-card-sources tbody tr")
    expect(rows).to_have_count(len(sources))
    for row, source in zip(rows.all(), sources, strict=True):
        expect(row).to_contain_text(source.source)
        expect(row).to_contain_text("Fresh")
        expect(row).to_contain_text(f"{source.rows_in:,}")
    page.context.close()


def test_refused_rows_are_told_with_file_line_and_reason_and_can_be_taken_away(browser, app, demo):
    with Reader(demo).open() as snapshot:
        groups = status.rejects(snapshot)
    page = opened(browser, f"{app}/data")
    expect(page.locator(".tv-lead")).to_contain_text(f"{manifest(demo)['rejects']} rows were refused")
    expect(page.locator(".st-key-card-refused .tv-table tbody tr")).to_have_count(len(groups))

    with page.expect_download() as download:
        page.locator(".st-key-card-refused").get_by_role("button", name="Download as CSV", exact=True).click()
    lines = download.value.path().read_text(encoding="utf-8-sig").splitlines()
    assert lines[0].startswith("file,line,column,value,detail")
    assert len(lines) == groups[0].count + 1
    page.context.close()


def test_what_the_checks_found_shows_its_examples(browser, app, demo):
    with Reader(demo).open() as snapshot:
        found = status.findings(snapshot)
    page = opened(browser, f"{app}/data")
    items = page.locator(".tv-findings li")
    expect(items).to_have_count(len(found))
    expect(items.first.locator("b")).to_have_text(f"{found[0].count:,}")

    items.first.locator("summary").click()
    expect(items.first.locator("tbody tr")).to_have_count(len(found[0].examples))
    expect(items.first.locator("tbody tr").first).to_be_visible()
    page.context.close()


def test_the_published_generation_is_marked_and_the_way_back_is_written_out(browser, app, demo, tmp_path):
    copy = tmp_path / "copy"
    shutil.copytree(demo, copy, ignore=shutil.ignore_patterns(".keeper.lock"))
    with Store(copy, load(copy).company.timezone).draft() as draft:
        draft.publish(sources={}, audits=[])
    with serve(copy) as url:
        page = opened(browser, f"{url}/data")
        first = page.locator(".st-key-card-generations tbody tr").first
        expect(first).to_contain_text("2")
        expect(first).to_contain_text("published")
        expect(page.get_by_text("python -m data rollback 1")).to_be_visible()
        page.context.close()


def test_a_source_that_failed_says_what_would_mend_it(browser, demo, tmp_path):
    copy = tmp_path / "copy"
    shutil.copytree(demo, copy, ignore=shutil.ignore_patterns(".keeper.lock"))
    with Store(copy, load(copy).company.timezone).draft() as draft:
        draft.connection.execute("""
            INSERT INTO sync_run
            SELECT 'r', 'crm', now(), now(), 'failed', 0, 0, 0, 'sources.yml:7 there is no file deals.csv' || chr(10) || 'Put it there.'
        """)
        draft.publish(sources={}, audits=[])
    with serve(copy) as url:
        page = opened(browser, f"{url}/data")
        expect(page.locator(".tv-lead")).to_contain_text("1 source failed to load")
        expect(page.get_by_role("alert")).to_contain_text("Put it there.")
        expect(page.locator(".st-key-card-sources tbody tr", has_text="crm")).to_contain_text("Failed")
        page.context.close()


def test_on_a_phone_each_row_is_a_card_with_the_names_of_its_columns(browser, app):
    page = opened(browser, f"{app}/data", width=390)
    cell = page.locator(".st-key-card-sources tbody tr").first.locator("td[data-label='Rows in']")
    assert cell.evaluate("cell => getComputedStyle(cell, '::before').content") == '"Rows in"'
    assert page.locator(".st-key-card-sources thead").evaluate("head => head.getBoundingClientRect().width") <= 1
    page.context.close()


@pytest.mark.parametrize("name", ["catalogue", "data"])
def test_in_french_every_part_is_drawn(browser, app, name):
    page = stretched(opened(browser, f"{app}/{name}", locale="fr-FR"))
    expect(page.locator("h1")).to_have_text({"catalogue": "Catalogue", "data": "Données"}[name])
    expect(page.locator("[data-testid=stMain] .tv-state:not(.st-key-card-changes *)")).to_have_count(0)
    page.context.close()


def test_what_changed_at_a_source_is_told_and_a_day_that_lacks_rows(browser, tmp_path):
    company = Company(tmp_path)
    days = [date.today() - timedelta(days=back) for back in range(60, 0, -1)]
    rows = [f"{day}-{number},{day}T12:00:00Z,open" for day in days for number in range(3 if day == days[-2] else 40)]
    company.write("events.csv", "\n".join(["id,time,name", *rows]) + "\n")
    company.write("accounts.csv", "id,name,seats\na1,Alder,5\n")
    company.says(
        """
        account: {file: accounts.csv, columns: {account_id: id, name: name}}
        event: {file: events.csv, columns: {event_id: id, occurred_at: time, event_name: name}}
        """,
        head=f"as_of: {days[-1]}",
    )
    company.load()
    company.write("accounts.csv", "id,name,owner\na1,Alder,Ana\n")
    company.load()
    with serve(tmp_path) as url:
        page = opened(browser, f"{url}/data")
        expect(page.locator(".st-key-card-changes tbody tr")).to_have_count(2)
        expect(page.locator(".st-key-card-changes")).to_contain_text("“seats” no longer comes")
        expect(page.locator(".st-key-card-changes")).to_contain_text("“owner” is new")
        expect(page.locator(".tv-findings li")).to_contain_text("are usual for that weekday")
        expect(page.locator(".tv-findings li b")).to_have_text("3")
        page.context.close()


def test_when_every_row_was_refused_the_page_says_so(browser, tmp_path):
    (tmp_path / "sources.yml").write_text(
        "company: {name: Acme}\n"
        "sources:\n"
        "  exports:\n"
        "    connector: files\n"
        "    path: .\n"
        "    tables: {account: {file: accounts.csv, columns: {account_id: id, seats: seats}}}\n"
    )
    (tmp_path / "accounts.csv").write_text("id,seats\na1,about forty\n")
    subprocess.run(
        [sys.executable, "-m", "connectors", "sync"],
        cwd=harness.ROOT,
        env=os.environ | {"TRANSVERSE_WORKSPACE": str(tmp_path)},
        capture_output=True,
        check=False,
    )
    with serve(tmp_path) as url:
        page = opened(browser, f"{url}/data")
        expect(page.locator(".tv-lead")).to_contain_text("1 row was refused")
        expect(page.locator(".st-key-card-refused tbody").first).to_contain_text("A value could not be read")
        expect(page.locator(".st-key-card-sources tbody").first).to_contain_text("exports")
        page.context.close()


def test_a_load_asked_for_on_the_page_is_done_by_the_worker(browser, own):
    with serve(own) as url:
        page = opened(browser, f"{url}/data")
        before = Store(own).layout.read_current()
        page.get_by_role("button", name="Load now").click()
        expect(page.get_by_text("Waits for the worker")).to_be_visible()
        here = os.environ | {"TRANSVERSE_WORKSPACE": str(own)}
        subprocess.run([sys.executable, "-m", "connectors", "work", "--once"], cwd=harness.ROOT, env=here, check=True, capture_output=True)
        expect(page.locator(".tv-done")).to_be_visible()
        expect(page.locator(".tv-done")).to_contain_text(
            "nothing was new" if Store(own).layout.read_current() == before else "was published"
        )
        expect(page.get_by_role("button", name="Load now")).to_be_enabled()
        page.context.close()
