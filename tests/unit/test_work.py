"""The worker does what pages ask for through the journal: once, with its progress, also when a worker was killed over it."""

import json
import os
import signal
import subprocess
import sys
from datetime import timedelta
from functools import partial
from pathlib import Path

import pytest

from connectors import work
from data import journal, workspace
from data.journal import jobs
from data.reader import Reader
from data.writer_lock import WriterLock
from tests.waiting import PATIENCE, wait_until

ROOT = Path(__file__).parents[2]
SOURCES = """
sources:
  crm: {connector: files, path: ., tables: {account: {file: accounts.csv, columns: {account_id: id, name: name}}}}
  gone: {connector: files, path: nowhere, tables: {person: {file: people.csv, columns: {person_id: id}}}}
"""


@pytest.fixture
def root(tmp_path, monkeypatch):
    monkeypatch.delenv("TRANSVERSE_JOURNAL", raising=False)
    (tmp_path / "sources.yml").write_text(SOURCES)
    (tmp_path / "accounts.csv").write_text("id,name\na1,Alder\na2,Birch\n")
    return tmp_path


@pytest.fixture
def book(root):
    return journal.open_journal(root)


def accounts(root):
    with Reader(root, workspace.load(root).company.timezone).open() as snapshot:
        return snapshot.cursor.execute("SELECT count(*) FROM account").fetchone()[0]


def command(*arguments):
    return [sys.executable, "-m", "connectors", "work", *arguments]


def here(root):
    return os.environ | {"TRANSVERSE_WORKSPACE": str(root)}


def test_a_load_that_was_asked_for_is_done(root, book):
    steps = []
    tell, book.jobs.tell = book.jobs.tell, lambda key, share, step: (steps.append(share), tell(key, share, step))
    book.jobs.request("sync", {"names": ["crm"]}, key="sync:crm")
    done = work.take(root, book)

    assert (done.state, done.error, done.result["generation"]) == ("done", None, 1)
    assert steps == sorted(steps)
    assert accounts(root) == 2
    assert work.take(root, book) is None


def test_what_a_person_must_mend_is_told_and_not_tried_again(root, book):
    book.jobs.request("sync", {"names": ["gone"]}, key="sync:gone")
    done = work.take(root, book)

    assert done.state == "failed"
    assert done.error.startswith("gone: ")
    assert "nowhere" in done.error
    assert work.take(root, book) is None


def test_what_the_system_refused_is_tried_again(root, book, monkeypatch):
    def refused(*_):
        raise OSError("no space left")

    monkeypatch.setitem(work.KINDS, "sync", refused)
    key = book.jobs.request("sync", key="sync:*").id

    assert [work.take(root, book).state for _ in range(3)] == ["waiting", "waiting", "failed"]
    assert book.jobs.get(key).error == "no space left"


def test_the_command_ends_when_nothing_waits_and_says_what_it_did(root, book):
    book.jobs.request("sync", {"names": ["crm"]}, key="sync:crm")
    done = subprocess.run(command("--once", "--json"), cwd=ROOT, env=here(root), capture_output=True, text=True, check=True)

    assert json.loads(done.stdout)["state"] == "done"
    assert accounts(root) == 2


def test_the_job_of_a_killed_worker_is_done_by_the_next(root, book, monkeypatch):
    monkeypatch.setattr(jobs, "LEASE", timedelta(seconds=-1))  # it has been silent for too long at once
    key = book.jobs.request("sync", {"names": ["crm"]}, key="sync:crm").id
    (root / "store").mkdir()
    with (
        WriterLock(root / "store" / "writer.lock").hold("test"),
        subprocess.Popen(command(), cwd=ROOT, env=here(root)) as worker,
    ):  # it waits for the store
        wait_until(lambda: book.jobs.get(key).state == "running")
        worker.send_signal(signal.SIGKILL)
    assert book.jobs.get(key).state == "running"
    book.jobs.hold(key)
    done = work.take(root, book)

    assert (done.id, done.state, done.tries) == (key, "done", 2)
    assert accounts(root) == 2


def test_ctrl_c_ends_the_worker_well(root, book):
    key = book.jobs.request("sync", {"names": ["crm"]}, key="sync:crm").id
    # A shell that starts the tests in the background has its children ignore Ctrl-C.
    heard = partial(signal.signal, signal.SIGINT, signal.SIG_DFL)
    with subprocess.Popen(command(), cwd=ROOT, env=here(root), stderr=subprocess.PIPE, text=True, preexec_fn=heard) as worker:
        wait_until(lambda: book.jobs.get(key).state == "done")
        worker.send_signal(signal.SIGINT)
        assert worker.wait(PATIENCE) == 0
        assert worker.stderr.read() == ""


def test_a_paused_source_is_left_out_until_it_goes_on(root, book):
    sync = partial(book.jobs.request, "sync", {}, key="sync:*")
    (root / "sources.yml").write_text("\n".join(SOURCES.splitlines()[:3]))
    book.jobs.request("pause", {"name": "crm", "on": True}, key="pause:crm")
    work.take(root, book)
    sync()
    work.take(root, book)
    assert accounts(root) == 0

    book.jobs.request("pause", {"name": "crm", "on": False}, key="pause:crm")
    work.take(root, book)
    sync()
    work.take(root, book)

    assert accounts(root) == 2


def test_a_connection_is_tested_without_loading_anything(root, book):
    book.jobs.request("check", {"name": "crm"}, key="check:crm")
    book.jobs.request("check", {"name": "gone"}, key="check:gone")

    works, fails = work.take(root, book), work.take(root, book)

    assert works.result["counts"] == {"account": 2}
    assert works.result["rows"]["account"][0] == {"account_id": "a1", "name": "Alder"}
    assert "there is no folder" in fails.error
    assert not (root / "store" / "CURRENT").exists()
