"""A frozen review never changes, whatever is loaded or defined later; actions are carried from review to review until they are done."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import create_engine, text

from data import journal as journals
from data import workspace as workspaces
from data.journal import Journal
from metrics import __main__ as command
from metrics.insight.review import frozen as review_frozen
from metrics.insight.review import key, review, spoken
from metrics.insight.review.model import Review, ToDo
from metrics.insight.review.templates import shelf
from metrics.layer import Layer
from pages.components import i18n, review_files
from tests import warehouse
from tests.company import Company

SUNDAY = date(2026, 3, 8)
#: A number of every kind of section: with another value the week after, and another definition.
TEMPLATE = """
talk:
  sections:
    - {kind: exceptions, title: Look here, metrics: [orders]}
    - {kind: six_twelve, title: Sales, metrics: [orders]}
    - {kind: drivers, title: Why, metrics: [orders]}
    - {kind: releases, title: Releases}
    - {kind: actions, title: Actions}
    - {kind: comments, title: Comments}
"""
#: Another process writes the files of a frozen review.
LATER = """
import sys
from pathlib import Path
from data import workspace
from data.journal import open_journal
from metrics.insight.review import frozen
from pages.components import i18n, review_files
snapshot = open_journal(workspace.load().root).reviews.get(sys.argv[1])
with i18n.use(sys.argv[2]):
    for form, write in review_files.WRITERS.items():
        (Path(sys.argv[3]) / form).write_bytes(write(frozen.opened(snapshot), snapshot))
"""
ROOT = Path(__file__).parents[2]
ORDERS = {"sum": "value", "in": "numbers", "where": "name = 'orders'", "good": "up", "targets": {"2026-W10": 200}}


def company(extra: int = 0) -> Company:
    days = [date(2025, 1, 1) + timedelta(days=ahead) for ahead in range(440)]
    return Company(
        tables={
            "number": [{"name": "orders", "day": day, "value": 20 + extra * (day == SUNDAY)} for day in days],
            "release": [{"release_id": "r1", "name": "New editor", "planned_at": "2026-03-03", "released_at": "2026-03-05"}],
        },
        loaded_until="2026-03-17",
        loaded_since="2025-01-01",
        metrics={"orders": ORDERS},
    )


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = warehouse.build(company(), tmp_path_factory.mktemp("frozen"))
    (root / "reviews").mkdir()
    (root / "reviews" / "own.yml").write_text(TEMPLATE)
    return root


@pytest.fixture
def root(built: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.delenv("TRANSVERSE_JOURNAL", raising=False)
    monkeypatch.setenv("TRANSVERSE_WORKSPACE", str(tmp_path))
    return Path(shutil.copytree(built, tmp_path, dirs_exist_ok=True))


@pytest.fixture
def book(root: Path) -> Journal:
    return journals.open_journal(root)


def layer_of(root: Path) -> Layer:
    return Layer(workspaces.load(root))


def made(root: Path, book: Journal, ending: date = SUNDAY) -> Review:
    layer = layer_of(root)
    return review(layer, shelf(layer.workspace, layer.metrics).named("talk"), week_ending=ending, journal=book)


def to_do(of: Review) -> list[tuple[str, str, bool, bool]]:
    return [(one.text, one.state, one.carried, one.overdue) for one in actions(of)]


def actions(of: Review) -> tuple[ToDo, ...]:
    return next(section.actions for section in of.sections if section.kind == "actions")


def test_a_review_reads_back_as_it_was_written(root: Path, book: Journal) -> None:
    book.reviews.comment(key("talk", SUNDAY), "All well", author="ana", section="Sales", metric="orders")
    book.reviews.act("talk", SUNDAY, "Call Alder", author="ana", due=date(2026, 3, 12))
    told = made(root, book)

    assert Review.from_json(told.to_json()) == told
    assert Review.from_json(told.to_json()).to_json() == told.to_json()
    assert [one.text for section in told.sections for one in section.comments] == ["All well"]
    assert [one.rule for section in told.sections for one in section.exceptions] == ["off_target"]


def test_what_was_frozen_stays_byte_by_byte_after_new_data_and_definitions(root: Path, book: Journal) -> None:
    snapshot = review_frozen.freeze(made(root, book), book, "ana")
    before = snapshot.content
    warehouse.publish(company(extra=7), root)
    (root / "metrics" / "company.yml").write_text("orders: {count: '*', in: numbers, format: integer}\n")
    (root / "reviews" / "own.yml").unlink()
    book.targets.set("orders", "2026-W10", 5, author="ben")

    kept = book.reviews.get(snapshot.id)
    assert kept.content == before
    assert (kept.generation, kept.definitions, kept.author) == (1, Review.from_json(before).definitions, "ana")


@pytest.mark.parametrize("language", ["en", "fr"])
def test_the_files_of_a_frozen_review_are_the_same_bytes_later(root: Path, book: Journal, language: str, tmp_path: Path) -> None:
    """Other data, definitions and targets, another clock, time zone and process: what was taken away then can be taken away now."""
    snapshot = review_frozen.freeze(made(root, book), book, "ana")
    with i18n.use(language):
        then = {form: write(review_frozen.opened(snapshot), snapshot) for form, write in review_files.WRITERS.items()}
    warehouse.publish(company(extra=7), root)
    (root / "metrics" / "company.yml").write_text("orders: {count: '*', in: numbers, format: integer}\n")
    (root / "reviews" / "own.yml").unlink()
    book.targets.set("orders", "2026-W10", 5, author="ben")
    book.reviews.comment(key("talk", SUNDAY), "Said later", author="ben")

    elsewhere = os.environ | {"TZ": "Asia/Tokyo", "PYTHONHASHSEED": "7"}
    subprocess.run([sys.executable, "-c", LATER, snapshot.id, language, str(tmp_path)], cwd=ROOT, env=elsewhere, check=True)
    assert {form: (tmp_path / form).read_bytes() for form in then} == then


def test_a_later_look_says_what_has_changed_since(root: Path, book: Journal) -> None:
    then = made(root, book)
    assert review_frozen.changed(then, made(root, book)) == ()

    warehouse.publish(company(extra=7), root)
    (more,) = review_frozen.changed(then, made(root, book))
    assert (more.metric, more.then, more.now, more.redefined) == ("orders", 140, 147, False)

    (root / "metrics" / "company.yml").write_text("orders: {count: '*', in: numbers, format: integer}\n")
    layer = layer_of(root)
    now = review_frozen.again(layer, then, book)
    assert now is not None
    (other,) = review_frozen.changed(then, now)
    assert (other.then, other.now, other.redefined) == (140, 7, True)


def test_a_snapshot_opens_without_the_warehouse(root: Path, book: Journal, capsys: pytest.CaptureFixture[str]) -> None:
    snapshot = review_frozen.freeze(made(root, book), book, "ana")
    shutil.rmtree(root / "store")
    (root / "reviews" / "own.yml").unlink()

    assert command.main(["review", "--frozen", snapshot.id]) == 0
    assert "# Talk · Week 2–8 Mar 2026" in capsys.readouterr().out
    assert command.main(["review", "--frozen", snapshot.id, "--html", str(root / "kept.html")]) == 0
    assert "New editor" in (root / "kept.html").read_text()


def test_freezing_twice_keeps_one_and_a_comment_later_stands_beside_it(root: Path, book: Journal) -> None:
    first = review_frozen.freeze(made(root, book), book, "ana")
    again = review_frozen.freeze(made(root, book), book, "ben")
    book.reviews.comment(key("talk", SUNDAY), "An afterthought", author="ben")

    assert again.id == first.id
    assert "An afterthought" not in book.reviews.get(first.id).content
    assert "An afterthought" in made(root, book).to_json()


def test_actions_are_carried_over_until_they_are_done(root: Path, book: Journal) -> None:
    monday_after = SUNDAY + timedelta(days=7)
    call = book.reviews.act("talk", SUNDAY, "Call Alder", author="ana", owner="ben", due=date(2026, 3, 12))
    book.reviews.act("talk", monday_after, "Fix the export", author="ana")

    assert to_do(made(root, book)) == [("Call Alder", "open", False, False)]
    assert to_do(made(root, book, monday_after)) == [("Call Alder", "open", True, True), ("Fix the export", "open", False, False)]
    book.reviews.set_state(call.id, "done", author="ben")
    assert to_do(made(root, book, monday_after)) == [("Fix the export", "open", False, False), ("Call Alder", "done", True, False)]


def test_what_was_done_before_the_days_of_a_review_is_not_told_again(root: Path, book: Journal) -> None:
    call = book.reviews.act("talk", SUNDAY, "Call Alder", author="ana")
    book.reviews.set_state(call.id, "done", author="ben")
    engine = create_engine(f"sqlite:///{root / 'journal.db'}")
    with engine.begin() as connection:
        connection.execute(
            text("UPDATE review_action SET closed_at = :day"), {"day": datetime(2026, 3, 10, tzinfo=UTC).replace(tzinfo=None)}
        )
    engine.dispose()
    told = made(root, book)

    assert to_do(spoken(told, book)) == [("Call Alder", "done", False, False)]
    assert to_do(made(root, book, date(2026, 3, 15))) == [("Call Alder", "done", True, False)]
    assert to_do(made(root, book, date(2026, 3, 22))) == []


def test_a_recommendation_that_was_taken_up_is_due_with_its_expectation(root: Path, book: Journal) -> None:
    told = {"action": "Call the accounts whose use falls", "owner": "sales", "expect": {"within_days": 28}}
    book.decisions.take("use_falls", "assigned", playbook="use_falls", author="ana", assignee="ben", frozen=told)
    today = datetime.now(UTC).date()
    (one,) = actions(made(root, book, today))

    assert (one.text, one.owner, one.due, one.state) == (told["action"], "ben", today + timedelta(days=28), "open")
    assert one.recommended
    assert actions(made(root, book)) == ()  # it was not taken up yet when that week was reviewed


def test_the_command_line_freezes_for_somebody_only(root: Path, book: Journal, capsys: pytest.CaptureFixture[str]) -> None:
    asked = ["review", "--template", "talk", "--week-ending", "2026-03-08", "--freeze"]

    assert command.main(asked) == 2
    assert "Add --author NAME" in capsys.readouterr().err
    assert command.main([*asked, "--author", "ana", "--json"]) == 0
    assert [one.author for one in book.reviews.frozen()] == ["ana"]
    assert book.reviews.frozen()[0].id in capsys.readouterr().out
