"""The journal keeps what people write: on SQLite and on PostgreSQL, across versions, and with several writers at once."""

import json
import sqlite3
import subprocess
import sys
import threading
import time
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import psycopg
import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from sqlalchemy import create_engine, text

from data import journal as journals
from data.errors import Problem
from data.journal import migrate
from data.journal.base import Base
from data.journal.jobs import LEASE
from tests import engines
from tests.machine import postgres_programs

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def server():
    if postgres_programs() is None:
        pytest.skip("PostgreSQL is not installed")
    with engines.cluster() as folder:
        yield folder


@pytest.fixture(params=["sqlite", "postgresql"])
def url(request, tmp_path):
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path / 'journal.db'}"
    folder, name = request.getfixturevalue("server"), f"journal_{abs(hash(tmp_path))}"
    with psycopg.connect(host=str(folder), user="postgres", dbname="postgres", autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE {name}")
    return f"postgresql+psycopg://postgres@/{name}?host={folder}"


@pytest.fixture
def book(url, monkeypatch, tmp_path):
    monkeypatch.setenv("TRANSVERSE_JOURNAL", url)
    opened = journals.open_journal(tmp_path)
    yield opened
    opened.close()


def test_a_segment_is_kept_removed_and_brought_back(book):
    made = book.segments.save("  Pilot   customers ", ["b", "a", "b"], author="ana", origin="Accounts, 90 days")

    assert [(one.name, one.accounts, one.author, one.origin) for one in book.segments.all()] == [
        ("Pilot customers", ["a", "b"], "ana", "Accounts, 90 days")
    ]
    book.segments.remove(made.id)
    assert book.segments.all() == []
    book.segments.restore(made.id)
    assert [one.id for one in book.segments.all()] == [made.id]


def test_two_segments_do_not_share_a_name(book):
    first = book.segments.save("Pilot", ["a"])
    with pytest.raises(Problem, match='"Pilot" already'):
        book.segments.save("Pilot", ["b"])

    book.segments.remove(first.id)
    book.segments.save("Pilot", ["b"])
    with pytest.raises(Problem, match="already"):
        book.segments.restore(first.id)


@pytest.mark.parametrize(
    ("name", "accounts", "said"), [(" ", ["a"], "name is empty"), ("x", [], "no account"), ("x" * 201, ["a"], "201 characters")]
)
def test_a_segment_without_name_or_accounts_is_refused(book, name, accounts, said):
    with pytest.raises(Problem, match=said):
        book.segments.save(name, accounts)


def test_a_view_saved_again_under_its_name_is_replaced(book):
    book.views.save("Pro", "adoption", "plan=pro")
    book.views.save("Pro", "adoption", "plan=pro&period=90d", author="ben")
    book.views.save("Pro", "revenue", "plan=pro")

    assert sorted((one.page, one.asked, one.author) for one in book.views.all()) == [
        ("adoption", "plan=pro&period=90d", "ben"), ("revenue", "plan=pro", ""),
    ]  # fmt: skip


def test_annotations_come_newest_day_first(book):
    book.annotations.add(date(2026, 3, 1), "Campaign")
    gone = book.annotations.add(date(2026, 5, 1), "Wrong day")
    book.annotations.add(date(2026, 4, 1), "Outage", metric="mrr", author="cy")
    book.annotations.remove(gone.id)

    assert [(one.day.isoformat(), one.text, one.metric) for one in book.annotations.all()] == [
        ("2026-04-01", "Outage", "mrr"), ("2026-03-01", "Campaign", None),
    ]  # fmt: skip


def test_the_latest_target_holds_until_it_is_given_back(book):
    book.targets.set("mrr", "2026", 100.0)
    book.targets.set("mrr", "2026", 120.0, author="ana", reason="board")
    book.targets.set("mrr", "2026-Q4", 130.5)
    assert book.targets.in_force() == {"mrr": {"2026": 120.0, "2026-Q4": 130.5}}

    book.targets.set("mrr", "2026", None)
    assert book.targets.in_force() == {"mrr": {"2026-Q4": 130.5}}
    assert [one.value for one in book.targets.history("mrr")] == [None, 130.5, 120.0, 100.0]


def test_a_target_that_is_no_number_is_refused(book):
    with pytest.raises(Problem, match="no number"):
        book.targets.set("mrr", "2026", float("nan"))


def test_changes_of_a_definition_are_told_newest_first(book):
    book.definitions.record(name="mrr", file="metrics/own.yml", before=None, after="mrr: 1", author="ana", reason="first")
    book.definitions.record(name="nps", file="metrics/own.yml", before=None, after="nps: 1", author="ana", reason="second")
    last = book.definitions.record(name="mrr", file="metrics/own.yml", before="mrr: 1", after="mrr: 2", author="ben", reason="third")

    assert [one.reason for one in book.definitions.history()] == ["third", "second", "first"]
    assert [one.reason for one in book.definitions.history("mrr")] == ["third", "first"]
    assert book.definitions.get(last.id).before == "mrr: 1"
    with pytest.raises(Problem, match="reason is empty"):
        book.definitions.record(name="mrr", file="f", before="a", after="b", author="ana", reason="")
    with pytest.raises(Problem, match="did not change"):
        book.definitions.record(name="mrr", file="f", before="a", after="a", author="ana", reason="r")


def test_what_is_said_over_the_data_holds_until_it_is_undone_step_by_step(book):
    put = book.priorities.set
    first = put("rice", "feature:x", "reach", 10.0, author="ana", reason="counted", told={"value": 4.0, "metric": "eligible_accounts"})
    put("wsjf", "feature:x", "reach", 3.0, author="ana", reason="other framework")
    second = put("rice", "feature:x", "reach", 20.0, author="ben", reason="counted again")
    place = ("rice", "feature:x", "reach")
    assert book.priorities.in_force()[place].value == 20.0
    with pytest.raises(Problem, match="does not hold any more"):
        book.priorities.undo(first.id, author="cy")

    undone = book.priorities.undo(second.id, author="cy")
    assert (undone.undoes, undone.value, undone.author) == (second.id, 10.0, "cy")
    held = book.priorities.in_force()[place]
    assert (held.id, held.told) == (first.id, {"value": 4.0, "metric": "eligible_accounts"})

    put("rice", "feature:x", "reach", None, author="ana", reason="the data is right")
    assert place not in book.priorities.in_force()
    assert [one.reason for one in book.priorities.history("feature:x")][:2] == ["the data is right", "counted again"]


@pytest.mark.parametrize(
    ("author", "reason", "value", "said"), [("", "r", 1.0, "author"), ("a", "", 1.0, "reason"), ("a", "r", float("nan"), "no number")]
)
def test_nobody_says_anything_over_the_data_without_a_name_and_a_reason(book, author, reason, value, said):
    with pytest.raises(Problem, match=said):
        book.priorities.set("rice", "feature:x", "reach", value, author=author, reason=reason)


def test_a_candidate_by_hand_is_kept_removed_and_brought_back(book):
    made = book.priorities.add("  Sell in  Japan ", author="ana", feature_id="export")
    assert [(one.name, one.kind, one.feature_id) for one in book.priorities.items()] == [("Sell in Japan", "hand", "export")]

    book.priorities.remove(made.id)
    assert book.priorities.items() == []
    book.priorities.restore(made.id)
    assert [one.id for one in book.priorities.items()] == [made.id]
    with pytest.raises(Problem, match="hand or recommendation"):
        book.priorities.add("x", author="ana", kind="wish")


def test_a_choice_that_was_taken_back_can_be_made_again(book):
    book.priorities.choose("feature:x", "X", author="ana", frozen={"rice": {"score": 2.5}}, features=["x"], since=date(2026, 1, 1))
    with pytest.raises(Problem, match="chosen already"):
        book.priorities.choose("feature:x", "X", author="ben", frozen={})
    book.priorities.unchoose("feature:x", author="ben")
    with pytest.raises(Problem, match="not chosen"):
        book.priorities.unchoose("feature:x", author="ben")

    book.priorities.choose("feature:x", "X", author="cy", frozen={"rice": {"score": 3.5}})
    assert [(one.author, one.frozen["rice"]["score"]) for one in book.priorities.chosen()] == [("cy", 3.5)]
    assert [one.chosen for one in book.priorities.choices()] == [True, False, True]


def test_moments_come_back_in_utc_to_the_microsecond(book):
    before = datetime.now(UTC)
    written = book.annotations.add(date(2026, 3, 1), "x").written_at
    again = book.annotations.all()[0].written_at

    assert again.utcoffset() == timedelta(0)
    assert before <= again == written <= datetime.now(UTC)


def test_a_job_asked_twice_is_done_once(book):
    first = book.jobs.request("sync", {"names": ["crm"]}, key="sync:crm", author="ana")
    assert book.jobs.request("sync", {"names": ["crm"]}, key="sync:crm").id == first.id

    taken = book.jobs.take(["sync"])
    assert (taken.id, taken.state, taken.arguments, taken.tries) == (first.id, "running", {"names": ["crm"]}, 1)
    assert book.jobs.take(["sync"]) is None
    book.jobs.tell(taken.id, 0.5, "reading")
    assert (book.jobs.get(taken.id).share, book.jobs.get(taken.id).step) == (0.5, "reading")
    book.jobs.done(taken.id, {"generation": 4})

    ended = book.jobs.latest("sync:crm")
    assert (ended.state, ended.result, ended.open) == ("done", {"generation": 4}, False)
    assert book.jobs.request("sync", key="sync:crm").id != first.id


def test_what_machines_ask_for_over_and_over_waits_once_and_leaves_no_heap(book):
    first = book.jobs.request("sync", key="webhook:crm", again=True).id
    assert book.jobs.request("sync", key="webhook:crm", again=True).id == first
    book.jobs.take(["sync"])
    second = book.jobs.request("sync", key="webhook:crm", again=True).id
    assert second != first

    book.jobs.done(first)
    book.jobs.request("sync", key="sync:crm")
    assert book.jobs.request("sync", key="webhook:crm", again=True).id == second
    book.jobs.failed(book.jobs.take(["sync"]).id, "no network")
    third = book.jobs.request("sync", key="webhook:crm", again=True).id
    assert sorted(job["id"] for job in book.export()["job"]) == sorted([third, book.jobs.latest("sync:crm").id])


def test_a_job_of_another_kind_is_left_alone(book):
    book.jobs.request("check", key="check:crm")

    assert book.jobs.take(["sync"]) is None
    assert book.jobs.take(["sync", "check"]).kind == "check"


def test_a_job_that_fails_may_be_tried_three_times(book):
    key = book.jobs.request("sync", key="sync").id
    for tries in (1, 2, 3):
        assert book.jobs.take(["sync"]).tries == tries
        book.jobs.failed(key, "no network", again=True)

    assert (book.jobs.get(key).state, book.jobs.get(key).error) == ("failed", "no network")
    assert book.jobs.take(["sync"]) is None


def test_the_job_of_a_worker_that_died_is_taken_up_again(book, url, monkeypatch):
    key = book.jobs.request("sync", key="sync").id
    book.jobs.take(["sync"])
    engine = create_engine(url)
    with engine.begin() as connection:
        connection.execute(text("UPDATE job SET held_until = :past"), {"past": datetime.now(UTC).replace(tzinfo=None) - LEASE})
    engine.dispose()

    assert (book.jobs.take(["sync"]).id, book.jobs.get(key).tries) == (key, 2)


def test_of_many_workers_one_gets_each_job(book):
    asked = [book.jobs.request("sync", key=str(number)).id for number in range(12)]
    taken: list[str] = []

    def work():
        while job := book.jobs.take(["sync"]):
            taken.append(job.id)

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert sorted(taken) == sorted(asked)


def test_the_migrations_make_what_the_models_say(book, url):
    engine = create_engine(url)
    with engine.connect() as connection:
        differs = compare_metadata(MigrationContext.configure(connection), Base.metadata)
    engine.dispose()

    assert differs == []


def test_what_was_written_survives_when_the_journal_is_opened_again(book, url, tmp_path):
    book.segments.save("Pilot", ["a"])
    book.close()
    journals._opened.cache_clear()

    assert [one.name for one in journals.open_journal(tmp_path).segments.all()] == ["Pilot"]


def test_the_latest_decision_holds_and_undoing_it_brings_back_the_one_before(book):
    book.decisions.take("use_falls", "accepted", playbook="use_falls", author="ana", frozen={"was": 3})
    later = book.decisions.take("use_falls", "assigned", playbook="use_falls", author="ana", assignee="bo", reason=" because ")
    assert [(one.state, one.assignee, one.reason) for one in book.decisions.history("use_falls")] == [
        ("assigned", "bo", "because"),
        ("accepted", "", ""),
    ]

    book.decisions.undo(later.id)
    assert book.decisions.current()["use_falls"].state == "accepted"
    assert book.decisions.current()["use_falls"].frozen == {"was": 3}
    book.decisions.restore(later.id)
    assert book.decisions.current()["use_falls"].state == "assigned"


def test_what_was_taken_up_is_followed_from_where_it_began(book):
    def take(action, state, **told):
        return book.decisions.take(action, state, playbook="p", author="ana", **told)

    take("again", "accepted")
    take("again", "rejected", reason="no")
    began = take("again", "accepted")
    ended = take("again", "done")
    take("never", "accepted")
    take("never", "snoozed", until=date(2030, 1, 1))

    assert [(first.id, last.id) for first, last in book.decisions.taken_up()] == [(began.id, ended.id)]


@pytest.mark.parametrize(
    ("state", "told", "said"),
    [
        ("rejected", {}, "reason is empty"),
        ("assigned", {}, "assignee is empty"),
        ("snoozed", {}, "needs the day"),
        ("accepted", {"until": date(2030, 1, 1)}, "needs the day"),
        ("accepted", {"author": " "}, "author is empty"),
        ("maybe", {}, 'cannot be "maybe"'),
    ],
)
def test_a_decision_that_says_too_little_is_refused(book, state, told, said):
    with pytest.raises(Problem, match=said):
        book.decisions.take("a", state, **{"playbook": "p", "author": "ana", **told})
    assert book.decisions.history() == []


def test_a_snooze_ends_on_its_day(book):
    told = book.decisions.take("a", "snoozed", playbook="p", author="ana", until=date(2026, 7, 1))

    assert told.holds(date(2026, 6, 30))
    assert not told.holds(date(2026, 7, 1))


def test_a_journal_of_the_first_version_gets_what_is_new_and_keeps_what_it_had(url, monkeypatch, tmp_path):
    monkeypatch.setenv("TRANSVERSE_JOURNAL", url)
    engine = create_engine(url)
    with engine.begin() as connection:
        settings = migrate.config()
        settings.attributes["connection"] = connection
        command.upgrade(settings, "0001")
        values = "('n', 'ana', '2026-01-01 00:00:00', '2026-01-02', 'kept')"
        connection.execute(text(f"INSERT INTO annotation (id, author, written_at, day, text) VALUES {values}"))
    engine.dispose()
    opened = journals.open_journal(tmp_path)

    assert [one.text for one in opened.annotations.all()] == ["kept"]
    assert opened.decisions.history() == []
    opened.close()


def test_a_journal_of_a_newer_version_is_left_alone(book, url, tmp_path):
    engine = create_engine(url)
    with engine.begin() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    engine.dispose()
    journals._opened.cache_clear()

    with pytest.raises(Problem, match=r"newer version \(9999\)"):
        journals.open_journal(tmp_path)


def test_a_journal_in_a_file_tells_whether_anything_was_written_since(book, url):
    if not url.startswith("sqlite"):
        assert book.stamp() is None
        return
    book.segments.save("Pilot", ["a"])
    assert book.stamp() is None  # another writer may have come within the same tick of the file's clock
    time.sleep(0.15)
    before = book.stamp()
    assert before is not None
    assert book.stamp() == before

    with sqlite3.connect(url.removeprefix("sqlite:///")) as another:
        another.execute("UPDATE segment SET name = 'Others'")
    time.sleep(0.15)
    assert book.stamp() not in (None, before)


def test_everything_can_be_taken_away(book):
    book.segments.save("Pilot", ["a"], author="ana")
    gone = book.views.save("Pro", "adoption", "plan=pro")
    book.views.remove(gone.id)
    told = book.export()

    assert {name: len(rows) for name, rows in told.items()} == {
        "alert": 0, "alert_check": 0, "alert_delivery": 0, "alert_snooze": 0,
        "annotation": 0, "decision": 0, "definition_change": 0, "job": 0,
        "priority_choice": 0, "priority_item": 0, "priority_value": 0,
        "review_action": 0, "review_comment": 0, "review_snapshot": 0,
        "saved_view": 1, "segment": 1, "target": 0,
    }  # fmt: skip
    assert told["segment"][0]["accounts"] == ["a"]
    assert told["saved_view"][0]["removed_at"] is not None


def test_processes_may_open_a_new_journal_at_once(tmp_path):
    said = (
        "import sys; from pathlib import Path; from data import journal;"
        "journal.open_journal(Path(sys.argv[1])).segments.save(sys.argv[2], ['a'])"
    )
    running = [subprocess.Popen([sys.executable, "-c", said, str(tmp_path), f"s{number}"], cwd=ROOT) for number in range(3)]

    assert [one.wait(60) for one in running] == [0, 0, 0]
    with sqlite3.connect(tmp_path / "journal.db") as connection:
        assert sorted(connection.execute("SELECT name FROM segment")) == [("s0",), ("s1",), ("s2",)]


def test_a_file_that_is_no_journal_is_told_of(tmp_path, monkeypatch):
    monkeypatch.delenv("TRANSVERSE_JOURNAL", raising=False)
    (tmp_path / "journal.db").write_text("not a database, but long enough to be looked at" * 50)

    with pytest.raises(Problem, match="the journal refused: file is not a database") as caught:
        journals.open_journal(tmp_path)
    assert "journal.db" in caught.value.file
    assert "TRANSVERSE_JOURNAL" in caught.value.remedy


def test_the_password_of_a_database_is_never_told(tmp_path, monkeypatch):
    monkeypatch.setenv("TRANSVERSE_JOURNAL", "postgresql+psycopg://ana:hunter2@127.0.0.1:1/journal")

    with pytest.raises(Problem) as caught:
        journals.open_journal(tmp_path)
    assert "hunter2" not in str(caught.value)


def test_the_command_writes_it_as_json(tmp_path, monkeypatch, capsys):
    from data.__main__ import main

    monkeypatch.delenv("TRANSVERSE_JOURNAL", raising=False)
    monkeypatch.setenv("TRANSVERSE_WORKSPACE", str(tmp_path))
    journals.open_journal(tmp_path).annotations.add(date(2026, 3, 1), "Campaign")

    assert main(["journal"]) == 0
    assert json.loads(capsys.readouterr().out)["annotation"][0]["text"] == "Campaign"


def kept(book, content="{}", author="ana", **changes):
    told = {
        "template": "weekly",
        "label": "Weekly",
        "first": date(2026, 3, 2),
        "last": date(2026, 3, 8),
        "generation": 4,
        "definitions": "d1",
    }
    return book.reviews.freeze(content, author=author, **(told | changes))


def test_a_frozen_review_is_kept_byte_by_byte_and_once(book):
    text = '{"é": "line\u2028\\n", "n": 0.1}'
    made = kept(book, text, author=" ana  silva ")
    again = kept(book, text, author="ben")
    other = kept(book, text + " ")

    assert book.reviews.get(made.id).content == text
    assert again.id == made.id != other.id
    assert [(one.author, one.generation) for one in book.reviews.frozen("weekly")] == [("ana", 4), ("ana silva", 4)]
    assert book.reviews.frozen("monthly") == []
    with pytest.raises(Problem, match="author is empty"):
        kept(book, "new", author=" ")


def test_a_frozen_review_that_was_changed_in_the_database_is_told(book, url):
    made = kept(book, "{}")
    engine = create_engine(url)
    with engine.begin() as connection:
        connection.execute(text("UPDATE review_snapshot SET content = :other"), {"other": "{ }"})
    engine.dispose()

    with pytest.raises(Problem, match="was changed in the database"):
        book.reviews.get(made.id)


def test_comments_stay_in_the_order_in_which_they_were_written(book):
    book.reviews.comment("weekly:2026-03-08", "Campaign", author="ana", section="Revenue", metric="mrr")
    gone = book.reviews.comment("weekly:2026-03-08", "Wrong", author="ben")
    book.reviews.comment("weekly:2026-03-15", "Later", author="cy")
    book.reviews.remove_comment(gone.id)

    assert [(one.text, one.author, one.section, one.metric) for one in book.reviews.comments("weekly:2026-03-08")] == [
        ("Campaign", "ana", "Revenue", "mrr")
    ]
    with pytest.raises(Problem, match="comment is empty"):
        book.reviews.comment("weekly:2026-03-08", " ", author="ana")
    with pytest.raises(Problem, match="author is empty"):
        book.reviews.comment("weekly:2026-03-08", "x", author="")


def test_an_action_is_closed_and_opened_again_with_who_did_it(book):
    made = book.reviews.act("weekly", date(2026, 3, 8), " Call  Alder ", author="ana", owner="ben", due=date(2026, 3, 12))
    done = book.reviews.set_state(made.id, "done", author="cy")

    assert (done.text, done.owner, done.due, done.state, done.closed_by) == ("Call Alder", "ben", date(2026, 3, 12), "done", "cy")
    assert done.closed_on == datetime.now(UTC).date()
    opened = book.reviews.set_state(made.id, "open", author="ana")
    assert (opened.state, opened.closed_at, opened.closed_by) == ("open", None, "")
    with pytest.raises(Problem, match='not "lost"'):
        book.reviews.set_state(made.id, "lost", author="ana")
    assert book.reviews.actions("monthly") == []
