"""The store under fire: readers during publishes, kills at random and at every step, a full disk, two writers."""

from __future__ import annotations

import json
import os
import random
import re
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest

from data import files
from data.errors import Problem
from data.reader import Reader
from data.store import Store
from tests.faults.store_process import batches, publish
from tests.waiting import PATIENCE

REPOSITORY = Path(__file__).parents[2]


def start(*arguments: object) -> subprocess.Popen[str]:
    command = [sys.executable, "-m", "tests.faults.store_process", *map(str, arguments)]
    # Killed or starved, it would leave torn files of the interpreter and of coverage.
    environment = {name: value for name, value in os.environ.items() if not name.startswith("COVERAGE_")}
    environment["PYTHONDONTWRITEBYTECODE"] = "1"
    return subprocess.Popen(command, cwd=REPOSITORY, env=environment, text=True, stdout=subprocess.PIPE, stderr=subprocess.PIPE)


def published(root: Path) -> tuple[int, list[int]]:
    """The published generation and its batches, which must be whole."""
    with Reader(root).open() as snapshot:
        return snapshot.generation, batches(snapshot)


def ended(process: subprocess.Popen[str]) -> str:
    """What a process had to say in the end."""
    return process.communicate(timeout=PATIENCE)[1]


def test_a_reader_in_another_process_sees_whole_generations_only(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    store = Store(tmp_path)
    publish(store)
    reader = start("read", tmp_path)
    assert reader.stdout is not None
    assert reader.stdout.readline() == "ready\n"
    seen = 0
    for number in range(20):
        published_now = publish(store)
        store.prune(keep=1, younger_than=timedelta(0))
        while number % 2 and seen < published_now:  # the other publishes happen while it reads
            seen = int(reader.stdout.readline())
    (tmp_path / "stop").touch()
    found = json.loads(reader.communicate(timeout=PATIENCE)[0].splitlines()[-1])

    with capsys.disabled():
        shown = f"{found['reads']} reads of {len(found['generations'])} generations, slowest {1000 * found['slowest']:.0f} ms"
        print(f"\nreader during 20 publishes: {shown}, {len(found['errors'])} errors")
    assert found["errors"] == []
    assert found["generations"] == sorted(set(found["generations"]))
    assert found["generations"][-1] == 21
    assert len(found["generations"]) >= 10


def test_a_writer_killed_at_random_leaves_a_whole_generation(tmp_path: Path, full: bool, capsys: pytest.CaptureFixture[str]) -> None:
    store, chance, kills = Store(tmp_path), random.Random(20261123), 60 if full else 10
    publish(store)
    left_drafts = left_unpublished = 0
    for _ in range(kills):
        before, held_before = published(tmp_path)
        writer = start("write", tmp_path)
        assert writer.stdout is not None
        assert writer.stdout.readline() == "ready\n"
        time.sleep(chance.uniform(0, 0.5))
        writer.kill()
        told = [int(line) for line in writer.communicate()[0].split()]

        number, held = published(tmp_path)
        assert number in (told[-1:] or [before]) or number == held[-1] > max([before, *told])
        assert held == [*held_before, *(each for each in held if each > before)]
        assert set(told) <= set(held)
        left_drafts += any(store.layout.drafts.iterdir())
        left_unpublished += store.layout.numbers()[-1] > number

        following = publish(store)
        assert published(tmp_path) == (following, [*held, following])
        assert list(store.layout.drafts.iterdir()) == []
        store.prune(keep=2, younger_than=timedelta(0))

    with capsys.disabled():
        print(f"\n{kills} kills: {left_drafts} inside a draft, {left_unpublished} between rename and CURRENT, all whole")


def test_a_writer_killed_before_each_step_of_a_publish_leaves_a_whole_generation(tmp_path: Path) -> None:
    store = Store(tmp_path)
    publish(store)
    died = 0
    for step in range(1, 40):
        before, held = published(tmp_path)
        writer = start("write_once", tmp_path, step)
        said = ended(writer)
        number, now_held = published(tmp_path)
        if writer.returncode == 0:
            break
        assert writer.returncode == -signal.SIGKILL, said
        died += 1
        assert (number, now_held) == (before, held) or now_held == [*held, number]
        with store.draft(wait=0):
            pass
    assert died >= 8
    assert now_held == [*held, number]


@pytest.mark.parametrize("limit", [0, 100_000, 600_000, 2_000_000, 6_000_000])
def test_a_full_disk_leaves_the_previous_generation_and_says_why(tmp_path: Path, limit: int) -> None:
    store = Store(tmp_path)
    publish(store)

    writer = start("write_starved", tmp_path, limit)
    said = ended(writer)

    assert writer.returncode == 1
    assert re.search(r"generation 2 could not be written \(.*File too large.*\); generation 1 stays published", said)
    assert published(tmp_path) == (1, [1])
    assert list(store.layout.drafts.iterdir()) == []
    assert publish(store) == 2
    assert published(tmp_path) == (2, [1, 2])


@pytest.mark.parametrize("refused", ["manifest.json", "CURRENT.new", "CURRENT"])
def test_a_full_disk_at_the_last_steps_is_told_and_undone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, refused: str) -> None:
    store = Store(tmp_path)
    publish(store)
    write_text, replace = files.write_text, Path.replace

    def refusing(path: Path, what: object, call: Callable[[Path, object], object], name: str) -> object:
        if name == refused:
            raise OSError(28, "No space left on device")
        return call(path, what)

    with monkeypatch.context() as patched:
        patched.setattr(files, "write_text", lambda path, text: refusing(path, text, write_text, path.name))
        patched.setattr(Path, "replace", lambda path, target: refusing(path, target, replace, Path(target).name))
        with pytest.raises(Problem, match=r"No space left on device.*generation 1 stays published.*disk has room"):
            publish(store)

    assert published(tmp_path) == (1, [1])
    assert list(store.layout.drafts.iterdir()) == []
    following = publish(store)
    assert published(tmp_path) == (following, [1, following])


def test_the_second_of_two_writers_names_the_first_and_goes_on_when_it_is_killed(tmp_path: Path) -> None:
    holder = start("hold", tmp_path)
    assert holder.stdout is not None
    assert holder.stdout.readline() == "ready\n"
    store, told = Store(tmp_path), []

    with pytest.raises(Problem, match=rf"written by process {holder.pid} on .* \(a long sync, since "), store.draft(wait=0):
        pass

    def kill(who: object) -> None:
        told.append(str(who))
        holder.kill()

    with store.draft(wait=PATIENCE, on_wait=kill) as draft:
        draft.publish(sources={}, audits=[])
    holder.communicate()
    assert len(told) == 1
    assert store.current() == 1
