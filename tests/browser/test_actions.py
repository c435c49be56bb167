"""Actions: a recommendation is opened, looked into, decided, followed and taken back; a playbook is written, tried and saved."""

import re

import pytest
from playwright.sync_api import expect

import metrics
from connectors import work
from data import journal, workspace
from metrics.insight import actions
from metrics.insight.actions import playbooks
from tests.browser import harness
from tests.browser.harness import opened, settled
from tests.fakes import linear


@pytest.fixture
def decided(untouched):
    """The smaller company, in which nobody has decided anything, before and after."""
    book, sources = journal.open_journal(untouched), untouched / "sources.yml"
    before = sources.read_text()
    yield untouched
    sources.write_text(before)
    for one in book.decisions.history():
        book.decisions.undo(one.id)
    (untouched / "playbooks" / "own.yml").unlink(missing_ok=True)


def found_in(root):
    """What is recommended, asked apart from the page."""
    layer = metrics.open(workspace.load(root))
    return actions.actions(layer, playbooks.load(layer.workspace, layer.metrics).values())


def test_a_recommendation_is_looked_into_accepted_followed_and_undone(browser, decided):
    found = found_in(decided)
    with harness.serve(decided) as app:
        page = opened(browser, f"{app}/actions")
        expect(page.locator(".tv-lead")).to_contain_text(f"{len(found)} recommendation")
        entry = page.locator(".st-key-card-recommendations li").first
        expect(entry).to_contain_text(found[0].playbook.label)
        entry.get_by_role("button").focus()
        page.keyboard.press("Enter")
        page.wait_for_url(re.compile(r"action="))
        expect(page.locator(".tv-who h2")).to_contain_text(found[0].playbook.label)
        expect(page.locator(".st-key-card-against li")).to_have_count(len(found[0].against))

        page.locator(".st-key-card-evidence li", has_text=re.compile(r"20\d\d")).first.click()
        expect(page.get_by_role("dialog")).to_be_visible()
        page.keyboard.press("Escape")
        expect(page.get_by_role("dialog")).to_have_count(0)

        page.get_by_role("button", name="Reject", exact=True).click()
        expect(page.get_by_text("author is empty")).to_be_visible()  # who decides is asked for
        page.get_by_role("textbox", name="Who are you?").fill("Ana")
        page.get_by_role("textbox", name="Who are you?").press("Tab")
        settled(page).get_by_role("button", name="Accept", exact=True).click()
        expect(page.locator(".st-key-card-decide")).to_contain_text("Accepted by Ana")

        page.goto(f"{app}/actions?view=outcomes")
        row = page.locator(".st-key-card-outcomes tbody tr")
        expect(row).to_have_count(1)
        expect(row).to_contain_text(found[0].playbook.label)
        expect(row).to_contain_text("Too early")

        page.goto(f"{app}/actions?state=taken")
        expect(page.locator(".st-key-card-recommendations li")).to_have_count(1)
        page.locator(".st-key-card-recommendations li").first.click()
        settled(page).get_by_text("What was decided").click()
        page.get_by_role("button", name="Undo").click()
        expect(page.locator(".st-key-card-decide")).to_contain_text("Nobody has decided yet")
        page.context.close()


def test_what_is_accepted_is_sent_to_linear_and_shown_with_its_link(browser, decided, monkeypatch):
    made = linear.fake(3)
    with made.serve():
        monkeypatch.setenv("LINEAR_TOKEN", linear.SECRETS["LINEAR_TOKEN"])
        block = f"  tracker: {{connector: linear, token: '${{LINEAR_TOKEN}}', base_url: '{made.url}', rate: 1000, team: Web}}\n"
        sources = decided / "sources.yml"
        sources.write_text(sources.read_text().replace("\nsources:\n", f"\nsources:\n{block}"))
        found, book = found_in(decided)[0], journal.open_journal(decided)
        book.decisions.take(found.id, "accepted", playbook=found.playbook.name, author="Ana")
        with harness.serve(decided) as app:
            page = opened(browser, f"{app}/actions?action={found.id}")
            page.get_by_role("button", name="Send it to tracker as an issue").click()
            expect(page.get_by_text("Waits for the worker")).to_be_visible()
            done = work.take(decided, book)
            assert (done.state, done.error) == ("done", None)

            issue = made.things["issues"][done.result["id"]]
            assert issue["title"].startswith(found.playbook.label)
            assert "Evidence:" in issue["description"]
            expect(page.get_by_role("link", name=f"{issue['identifier']} in tracker")).to_have_attribute("href", issue["url"])
            page.context.close()


def test_a_playbook_is_written_tried_saved_and_taken_back(browser, decided):
    with harness.serve(decided) as app:
        page = opened(browser, f"{app}/actions?view=playbooks&playbook=new")
        text = page.get_by_role("textbox", name="The playbook, as it stands in its file")
        begun = text.input_value()
        text.fill(begun.replace("meaningful_events ", "meaningful_evnts "))
        lint = page.locator(".tv-lint li.error")
        expect(lint).to_contain_text('unknown metric "meaningful_evnts"')
        expect(lint).to_contain_text("line 8")
        expect(page.get_by_text("No preview yet")).to_be_visible()

        # Whoever pays and does anything at all: it speaks up at once, and at the end of every month.
        written = begun.replace("my_playbook", "pays_and_uses").replace("What it is called", "Pays and uses").replace(
            "pays > 0 and before >= 20 and uses < 0.7 * before", "pays > 0 and uses + before > 0"
        ).replace("{accounts: 3, mrr_share: 0.01}", "{accounts: 1}")  # fmt: skip
        text.fill(written)
        expect(page.locator(".st-key-card-preview tbody tr")).to_contain_text("Pays and uses")
        expect(page.locator(".st-key-card-tried")).to_contain_text("at the end of 12 of 12 months")

        page.get_by_role("textbox", name="Who are you?").fill("Ana")
        page.get_by_role("textbox", name="Why do you change it?").fill("The board asks for it")
        page.get_by_role("textbox", name="Why do you change it?").press("Tab")
        settled(page).get_by_role("button", name="Save", exact=True).click()
        expect(page.get_by_text("pays_and_uses is saved in playbooks/own.yml.")).to_be_visible()
        assert "pays_and_uses:\n  label: Pays and uses\n" in (decided / "playbooks" / "own.yml").read_text()
        page.goto(f"{app}/actions")
        expect(page.locator(".st-key-card-recommendations li", has_text="Pays and uses")).to_have_count(1)

        page.goto(f"{app}/actions?view=playbooks&playbook=pays_and_uses")
        page.get_by_role("textbox", name="Who are you?").fill("Ana")
        page.get_by_role("textbox", name="Who are you?").press("Tab")
        settled(page).locator(".st-key-card-history summary").first.click()
        page.get_by_role("button", name="Undo this change").click()
        expect(page.get_by_text("pays_and_uses is taken out of playbooks/own.yml.")).to_be_visible()
        assert not (decided / "playbooks" / "own.yml").exists()
        page.context.close()
