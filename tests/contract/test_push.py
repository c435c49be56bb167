"""What is accepted here is sent to Linear or Productboard once: whatever is lost on the way, and whoever is killed over it."""

import os
import signal
import subprocess
import sys
from datetime import timedelta
from pathlib import Path

import pytest

from connectors import work
from connectors.push import push
from data import journal, workspace
from data.errors import Problem
from data.journal import jobs
from tests.contract import api_company
from tests.fakes import linear, productboard
from tests.waiting import wait_until

ROOT = Path(__file__).parents[2]
TEXT = {"key": "use_falls/1", "title": "Call the accounts & <listen>", "body": "They use it less.\n\n- 8 events\n- 36 before"}


class Vendor:
    """A fake with what has been pushed into it."""

    def __init__(self, name, fake, root):
        self.name, self.fake, self.root = name, fake, root

    @property
    def taken(self):
        """What was made there, by whoever."""
        kept = self.fake.things["issues"] if self.name == "linear" else self.fake.live("note")
        return [one for key, one in kept.items() if key not in self.before]

    def send(self, **changed):
        return push(workspace.load(self.root), self.name, **{**TEXT, **changed})

    def remember(self):
        self.before = set(self.fake.things["issues"] if self.name == "linear" else self.fake.live("note"))


@pytest.fixture(params=["linear", "productboard"])
def vendor(request, tmp_path, monkeypatch):
    monkeypatch.delenv("TRANSVERSE_JOURNAL", raising=False)
    made = {"linear": linear, "productboard": productboard}[request.param].fake(3)
    with made.serve():
        api_company.made(tmp_path, request.param, made, "team: Web" if request.param == "linear" else "")
        found = Vendor(request.param, made, tmp_path)
        found.remember()
        yield found


def test_it_is_there_with_its_text_and_where_it_is_seen(vendor):
    told = vendor.send()

    (made,) = vendor.taken
    assert told["id"] == made["id"]
    assert told["url"].startswith("https://")
    assert told["is_new"]
    if vendor.name == "linear":
        assert (made["title"], made["description"], made["team"]) == (TEXT["title"], TEXT["body"], {"id": "t1"})
    else:
        assert made["fields"] == {"name": TEXT["title"], "content": "<p>They use it less.</p><p>- 8 events<br>- 36 before</p>"}


def test_asking_again_finds_it_and_another_key_is_another_thing(vendor):
    first, again = vendor.send(), vendor.send(title="Called otherwise meanwhile")

    assert (again["id"], again["is_new"], again["url"]) == (first["id"], False, first["url"])
    assert len(vendor.taken) == 1
    vendor.send(key="use_falls/2")
    assert len(vendor.taken) == 2


@pytest.mark.parametrize("trouble", ["cut", "truncated", "503", "nothing"])
def test_an_answer_that_is_lost_makes_no_second_one(vendor, trouble):
    """The vendor has done it, and its answer does not arrive. Before that it was asked what is there (and Linear for its teams)."""
    vendor.fake.troubles.extend([*[""] * {"linear": 2, "productboard": 1}[vendor.name], trouble])
    told = vendor.send()

    (made,) = vendor.taken
    assert told["id"] == made["id"]
    assert not vendor.fake.troubles


def test_a_worker_that_is_killed_between_request_and_answer_leaves_one(vendor, monkeypatch):
    monkeypatch.setattr(jobs, "LEASE", timedelta(seconds=-1))
    book = journal.open_journal(vendor.root)
    key = book.jobs.request("push", {"name": vendor.name, **TEXT}, key="push:1").id
    killed, answering = [], vendor.fake._answered

    def answered(request, body, answer):
        response = answering(request, body, answer)
        if vendor.taken and not killed:  # it has been made, and its answer is not out yet
            killed.append(worker.pid)
            os.kill(worker.pid, signal.SIGKILL)
        return response

    monkeypatch.setattr(vendor.fake, "_answered", answered)
    environment = os.environ | {"TRANSVERSE_WORKSPACE": str(vendor.root)}
    with subprocess.Popen([sys.executable, "-m", "connectors", "work", "--once"], cwd=ROOT, env=environment) as worker:
        wait_until(lambda: worker.poll() is not None)
    assert killed
    assert book.jobs.get(key).state == "running"
    book.jobs.hold(key)  # with the lease of this process: its worker has been silent for too long at once
    done = work.take(vendor.root, book)

    assert (done.id, done.state, done.tries) == (key, "done", 2)
    assert len(vendor.taken) == 1
    assert done.result["id"] == vendor.taken[0]["id"]


def test_what_was_sent_comes_back_as_work_and_not_as_feedback(vendor):
    """Linear shows the issue as any; a note of ours in Productboard is no customer's idea."""
    company = api_company.ApiCompany(vendor.root, vendor.name, vendor.fake)
    vendor.send()
    company.sync()

    held = {"linear": "work_item", "productboard": "idea"}[vendor.name]
    titles = [title for (title,) in company.rows(f"SELECT title FROM {held} WHERE title = 'Call the accounts & <listen>'")]
    assert titles == ([TEXT["title"]] if vendor.name == "linear" else [])


def test_a_source_that_takes_nothing_is_named(tmp_path):
    (tmp_path / "sources.yml").write_text("sources:\n  crm: {connector: files, path: ., tables: {}}\n")
    with pytest.raises(Problem, match="nothing can be sent to crm"):
        push(workspace.load(tmp_path), "crm", **TEXT)
    with pytest.raises(Problem, match='no source "other"'):
        push(workspace.load(tmp_path), "other", **TEXT)


def test_a_team_that_linear_does_not_know_is_named_with_those_that_it_does(tmp_path):
    made = linear.fake(3)
    with made.serve():
        for head, said in (("team: Sales", 'no team "Sales"'), ("", "not clear which team")):
            api_company.made(tmp_path, "linear", made, head)
            with pytest.raises(Problem, match=said) as refused:
                push(workspace.load(tmp_path), "linear", **TEXT)
            assert "App, Web" in refused.value.remedy
            assert refused.value.file == "sources.yml"
        assert not any("issueCreate" in query for query in made.queries)


def test_a_refused_key_fails_the_job_and_shows_no_secret(vendor, monkeypatch):
    book = journal.open_journal(vendor.root)
    monkeypatch.setattr(vendor.fake, "allowed", lambda _request: False)
    book.jobs.request("push", {"name": vendor.name, **TEXT}, key="push:1")
    done = work.take(vendor.root, book)

    assert done.state == "failed"
    assert "refused" in done.error
    assert "planted" not in done.error
    assert vendor.taken == []
