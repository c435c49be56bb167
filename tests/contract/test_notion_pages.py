"""Publishing to Notion: within its limits, and once, whatever is lost or killed on the way."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from starlette.requests import Request

from connectors import notion_pages, work
from data import journal, workspace
from data.errors import Problem
from data.journal import Journal, jobs
from tests.contract.api_company import made
from tests.fakes import notion
from tests.fakes.notion import PARENT, Notion
from tests.waiting import wait_until

ROOT = Path(__file__).parents[2]
KEY = "0123456789abcdef0123456789abcdef"
BLOCKS = [
    {"kind": "heading", "text": "What needs attention", "level": 2},
    {"kind": "text", "text": "é" * 4_500},
    *({"kind": "text", "text": f"line {number}"} for number in range(230)),
    {"kind": "table", "rows": [["Metric", "Value"], *([f"m{number}", str(number)] for number in range(250))]},
]


@pytest.fixture
def fake() -> Iterator[Notion]:
    found = notion.fake(3)
    with found.serve():
        yield found


@pytest.fixture
def root(tmp_path: Path, fake: Notion, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.delenv("TRANSVERSE_JOURNAL", raising=False)
    return made(tmp_path, "notion", fake, f"reviews_page: {PARENT}").root


@pytest.fixture
def book(root: Path) -> Journal:
    return journal.open_journal(root)


def source(root: Path) -> str:
    return next(iter(workspace.load(root).sources))


def ask(root: Path, book: Journal) -> str:
    arguments = {"source": source(root), "id": KEY, "title": "Weekly review", "blocks": BLOCKS}
    return book.jobs.request("publish", arguments, key=f"publish:{KEY}").id


def text(block: dict[str, Any]) -> str:
    return "".join(piece["text"]["content"] for piece in block[block["type"]]["rich_text"])


def is_whole(fake: Notion) -> bool:
    """One page, with every line once and in order, and every row of the table."""
    (page,) = fake.blocks[PARENT]
    blocks = fake.blocks[page["id"]]
    lines = [text(block) for block in blocks if block["type"] == "paragraph"]
    rows = [row["table_row"]["cells"] for block in blocks if block["type"] == "table" for row in block["table"]["children"][1:]]
    assert lines == ["é" * 4_500, *(f"line {number}" for number in range(230))]
    assert [cells[1][0]["text"]["content"] for cells in rows] == [str(number) for number in range(250)]
    return page["child_page"]["title"] == f"Weekly review [{KEY[:12]}]"


def test_a_page_is_made_within_the_limits_and_its_address_told(root: Path, book: Journal, fake: Notion) -> None:
    key = ask(root, book)
    done = work.take(root, book)

    assert done is not None
    assert (done.id, done.state, done.error) == (key, "done", None)
    (page,) = fake.blocks[PARENT]
    assert done.result == {"id": page["id"], "url": f"https://www.notion.so/{page['id']}", "made": True}
    assert is_whole(fake)


def test_asking_again_finds_the_page_and_adds_nothing(root: Path, book: Journal, fake: Notion) -> None:
    ask(root, book)
    work.take(root, book)
    ask(root, book)
    again = work.take(root, book)

    assert again is not None
    assert again.result is not None
    assert again.result["made"] is False
    assert is_whole(fake)


@pytest.mark.parametrize("lost", [("POST", "/pages"), ("PATCH", "/children")])
def test_an_answer_that_is_lost_writes_nothing_twice(root: Path, book: Journal, fake: Notion, lost: tuple[str, str]) -> None:
    answers = []

    def cut(method: str, path: str) -> None:
        if method == lost[0] and path.endswith(lost[1]) and not answers:
            answers.append(path)
            fake.troubles.append("cut")

    fake.before = cut
    ask(root, book)
    done = work.take(root, book)

    assert answers
    assert done is not None
    assert done.state == "done", done.error
    assert is_whole(fake)


@pytest.mark.parametrize("moment", [("POST", "/pages"), ("PATCH", "/children")])
def test_a_worker_killed_between_request_and_answer_is_made_up_for(
    root: Path, book: Journal, fake: Notion, monkeypatch: pytest.MonkeyPatch, moment: tuple[str, str]
) -> None:
    reached, go_on = threading.Event(), threading.Event()
    answers = {"POST": fake._create, "PATCH": fake._append}

    def held(request: Request, body: Any) -> Any:
        """Does what is asked, and answers only once the worker that asked is dead."""
        told = answers[request.method](request, body)
        if not reached.is_set():
            reached.set()
            go_on.wait(20)
        return told

    name = {"POST": "_create", "PATCH": "_append"}[moment[0]]
    monkeypatch.setattr(fake, name, held)
    monkeypatch.setattr(jobs, "LEASE", timedelta(seconds=-1))  # it has been silent for too long at once
    with fake.serve() as url:  # routes are those of the moment at which it is served
        config = root / "sources.yml"
        config.write_text(config.read_text().replace(workspace.load(root).sources[source(root)]["base_url"], url))
        key = ask(root, book)
        call = [sys.executable, "-m", "connectors", "work", "--once"]
        here = os.environ | {"TRANSVERSE_WORKSPACE": str(root)} | notion.SECRETS
        with subprocess.Popen(call, cwd=ROOT, env=here, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as worker:
            wait_until(reached.is_set)
            worker.send_signal(signal.SIGKILL)
        go_on.set()
        assert book.jobs.get(key).state == "running"
        book.jobs.hold(key)
        done = work.take(root, book)

    assert done is not None
    assert (done.id, done.state, done.tries) == (key, "done", 2)
    assert is_whole(fake)


def test_a_source_without_a_page_says_what_to_write(tmp_path: Path, fake: Notion) -> None:
    root = made(tmp_path / "other", "notion", fake).root
    with pytest.raises(Problem, match="names no page") as refused:
        notion_pages.publish(workspace.load(root), source(root), KEY, "Weekly review", BLOCKS)

    assert "reviews_page" in str(refused.value.remedy)


def test_a_page_that_is_not_shared_is_told(tmp_path: Path, fake: Notion) -> None:
    root = made(tmp_path / "other", "notion", fake, "reviews_page: elsewhere").root
    with pytest.raises(Problem, match="Could not find elsewhere"):
        notion_pages.publish(workspace.load(root), source(root), KEY, "Weekly review", BLOCKS)
