"""A sync that is killed at any moment leaves the previous or the next generation, whole; the next sync makes up for it."""

from __future__ import annotations

import random
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from data.store import Store
from tests.faults.sync_process import start
from tests.loads import Company
from tests.waiting import PATIENCE, wait_until

ROWS = 5_000
SOURCES = """
company: {timezone: Europe/Paris, currency: EUR}
sources:
  app:
    connector: files
    path: exports
    tables:
      account: {file: accounts.csv, mode: snapshot, columns: {account_id: id, name: name, plan: plan}}
      event:
        file: events
        join: {who: {file: accounts.csv, on: {account: id}}}
        columns: {event_id: id, occurred_at: time, event_name: name, account_id: account, value: n}
        attrs: {plan: who.plan}
"""

# What a round leaves: how many rows, how many keys, the sum of the values, the rejects, the accounts and the cursors.
State = tuple[int, int, int, int, int, int, int]


def write_round(company: Company, number: int) -> None:
    """One more file of events (with one row that cannot be loaded), and accounts of which one is new and one is gone."""
    accounts = "".join(f"A{each},name {each},{'pro' if each % 2 else 'basic'}\n" for each in range(number, number + 50))
    company.write("accounts.csv", f"id,name,plan\n{accounts}")
    events = "".join(
        f"{number}-{each},2026-01-{each % 28 + 1:02} 10:00:00,event_{each % 7},A{number + each % 50},{each}\n" for each in range(ROWS)
    )
    company.write(f"events/{number:04}.csv", f"id,time,name,account,n\n{events}{number}-bad,2026-01-01,x,A{number},much\n")


def expected(number: int) -> State:
    """The state after rounds 1 to `number`, by arithmetic."""
    return (number * ROWS, number * ROWS, number * sum(range(ROWS)), number, 50, 50 + max(number - 1, 0), number + 1)


def state(company: Company) -> State:
    """The published state; zeros when nothing is published yet."""
    if Store(company.root).current() is None:
        return (0, 0, 0, 0, 0, 0, 0)
    ((events, keys, total),) = company.rows("SELECT count(*), count(DISTINCT event_id), CAST(sum(value) AS BIGINT) FROM event")
    ((rejects,),) = company.rows("SELECT count(*) FROM reject")
    ((live, accounts),) = company.rows("SELECT count(*) FILTER (deleted_at IS NULL), count(*) FROM account")
    ((cursors,),) = company.rows("SELECT count(*) FROM sync_state WHERE source = 'app'")
    return (events, keys, total, rejects, live, accounts, cursors)


def finish(company: Company) -> float:
    """A sync that is left alone; how long it took."""
    begun = time.perf_counter()
    process = start(company.root)
    begun = time.perf_counter()
    out, err = process.communicate(timeout=PATIENCE)
    assert process.returncode == 0, err
    assert len(out.split()) == 2, out
    return time.perf_counter() - begun


def prepared(root: Path) -> Company:
    company = Company(root)
    company.exports.mkdir(parents=True)
    (root / "sources.yml").write_text(SOURCES, encoding="utf-8")
    return company


def test_killed_at_random(tmp_path: Path, full: bool, record_property: pytest.RecordProperty) -> None:  # type: ignore[name-defined]
    company, chance = prepared(tmp_path), random.Random(20261123)
    write_round(company, 1)
    took = finish(company)
    before, early, late, rounds = expected(1), 0, 0, 60 if full else 3
    for number in range(2, rounds + 2):
        write_round(company, number)
        process = start(company.root)
        time.sleep(chance.uniform(0, 1.1 * took))
        process.send_signal(signal.SIGKILL)
        process.communicate()

        found = state(company)
        assert found in (before, expected(number)), number
        early, late = early + (found == before), late + (found != before)

        took = (took + finish(company)) / 2 if found == before else took
        before = expected(number)
        assert state(company) == before, number
    print(f"{rounds} syncs killed: {early} left the previous generation whole, {late} the next; every next sync made up for it")


def test_killed_again_and_again_on_the_same_files(tmp_path: Path, full: bool) -> None:
    """Nothing piles up while one and the same load never gets to its end."""
    company, chance = prepared(tmp_path), random.Random(7)
    write_round(company, 1)
    for _ in range(20 if full else 2):
        process = start(company.root)
        time.sleep(chance.uniform(0, 0.3))
        process.send_signal(signal.SIGKILL)
        process.communicate()
        assert state(company) in ((0, 0, 0, 0, 0, 0, 0), expected(1))

    finish(company)

    assert state(company) == expected(1)
    assert list((tmp_path / "store/drafts").iterdir()) == []
    left = {entry.name for entry in (tmp_path / "landing").iterdir()}
    assert left == {"app"}


def test_a_file_that_is_written_while_it_is_read(tmp_path: Path, full: bool) -> None:
    """Each sync sees some beginning of the file; when the writer is done, all its rows are there, once."""
    company = prepared(tmp_path)
    write_round(company, 1)
    growing, enough = company.exports / "events/growing.csv", tmp_path / "enough"
    writer = subprocess.Popen([sys.executable, "-c", WRITER, str(growing), str(enough)], stdout=subprocess.PIPE, text=True)
    size = 0
    for _ in range(6 if full else 3):
        wait_until(lambda least=size: growing.exists() and growing.stat().st_size > least)
        size = growing.stat().st_size
        company.load()
    assert writer.poll() is None
    enough.touch()
    rows = int(writer.communicate(timeout=PATIENCE)[0])

    company.load()

    assert company.rows("SELECT count(*), count(DISTINCT event_id) FROM event WHERE event_id LIKE 'g%'") == [(rows, rows)]
    assert [reason for *_, reason in company.rejects()] == ["bad_value"], "what was half a line has been loaded since"


WRITER = """
import pathlib, sys, time
path, enough, rows = sys.argv[1], pathlib.Path(sys.argv[2]), 0
with open(path, "w") as file:
    file.write("id,time,name,account,n\\n")
    while not enough.exists():
        line = f"g{rows},2026-01-01 10:00:00,grow,A1,{rows}\\n"
        file.write(line[:7]); file.flush()
        file.write(line[7:]); rows += 1
        if rows % 50 == 0: time.sleep(0.005)
print(rows)
"""


def test_a_torn_archive_is_told_and_the_others_load_when_it_is_whole(tmp_path: Path) -> None:
    import gzip

    company = prepared(tmp_path)
    write_round(company, 1)
    whole = gzip.compress(b"id,time,name,account,n\nz1,2026-01-01,x,A1,1\nz2,2026-01-01,x,A1,1\n" + b"z3,2026-01-01,x,A1,1\n" * 1000)
    company.load()
    for cut in (5, 20, len(whole) // 2, len(whole) - 4):
        company.write("events/torn.csv.gz", whole[:cut])
        result = company.sync()
        assert [source.state for source in result.sources] == ["failed"]
        assert "torn.csv.gz is cut short" in str(result.sources[0].error)
        assert state(company)[0] == ROWS

    company.write("events/torn.csv.gz", whole)
    company.load()

    assert company.rows("SELECT count(*) FROM event WHERE event_id LIKE 'z%'") == [(3,)]
