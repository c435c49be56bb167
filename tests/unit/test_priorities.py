"""Priorities of a small company whose accounts, ideas and tickets can be counted by hand: what prefills, what people say over it."""

import json
from datetime import UTC, date, datetime

import pytest

import metrics
from data import journal, workspace
from data.errors import Problem
from metrics.__main__ import main
from metrics.insight import priorities
from metrics.insight.priorities.frameworks import shelf
from tests import warehouse
from tests.company import Company

SINCE, UNTIL = date(2026, 1, 5), date(2026, 2, 2)
#: Plan and MRR of each account; t1 is a test. Powers of two tell which were added.
ACCOUNTS = {"a1": ("pro", 100), "a2": ("pro", 200), "a3": ("basic", 400), "a4": ("pro", 800), "t1": ("pro", 5000)}
#: (day, account, feature) of events; export needs the plan pro.
EVENTS = [("2026-01-20", "a1", "export"), ("2026-01-21", "a2", "import"), ("2026-01-22", "a3", "import"), ("2026-01-23", "t1", "export")]
#: (day, account, feature, title) of ideas; the last one lies before the span.
IDEAS = [
    ("2026-01-10", "a1", "export", "Faster export"), ("2026-01-11", "a1", "export", "Faster export"),
    ("2026-01-12", "a4", "export", "Faster export"), ("2026-01-13", "t1", "export", "Faster export"),
    ("2026-01-14", "a3", None, "A dark theme"), ("2026-01-15", "a2", "import", None), ("2025-12-01", "a2", "export", "Faster export"),
]  # fmt: skip
#: (day, account, feature) of tickets.
TICKETS = [("2026-01-08", "a1", "export"), ("2026-01-09", "a2", "export"), ("2026-01-10", "a3", "import"), ("2026-01-11", "a3", None)]
#: (project, feature, state, estimate) of work.
WORK = [
    ("p-open", "import", "unstarted", 3), ("p-open", "import", "started", 5), ("p-open", None, "completed", 8),
    ("p-open", "export", "cancelled", 20),
    ("d1", None, "completed", 10), ("d2", None, "completed", 20), ("d2", None, "completed", 20), ("d3", None, "completed", 90),
]  # fmt: skip


def company():
    return Company(
        tables={
            "account": [
                {"account_id": one, "name": one.upper(), "plan": plan, "created_at": "2025-12-01", "is_test": one == "t1"}
                for one, (plan, _mrr) in ACCOUNTS.items()
            ],
            "subscription_period": [
                {"subscription_id": f"s-{one}", "account_id": one, "plan": plan, "mrr": mrr, "valid_from": "2025-12-01", "status": "active"}
                for one, (plan, mrr) in ACCOUNTS.items()
            ],
            "event": [
                {"event_id": f"e{n}", "occurred_at": f"{day}T09:00", "account_id": account, "event_name": "used", "feature_id": feature}
                for n, (day, account, feature) in enumerate(EVENTS)
            ],
            "feature": [
                {"feature_id": "export", "name": "Export", "eligible_plans": "pro", "released_at": "2025-06-01"},
                {"feature_id": "import", "name": "Import", "eligible_plans": None, "released_at": "2025-06-01"},
            ],
            "idea": [
                {"idea_id": f"i{n}", "created_at": f"{day}T10:00", "account_id": account, "feature_id": feature, "title": title}
                for n, (day, account, feature, title) in enumerate(IDEAS)
            ],
            "ticket": [
                {"ticket_id": f"k{n}", "created_at": f"{day}T10:00", "account_id": account, "feature_id": feature}
                for n, (day, account, feature) in enumerate(TICKETS)
            ],
            # Ten answers after tickets about export, seven of them 4 or 5; nine about import, which are too few.
            "survey_response": [
                {"response_id": f"r{n}", "kind": "csat", "score": 5 if n % 10 < 7 else 2, "account_id": "a1",
                 "ticket_id": "k0" if n < 10 else "k2", "responded_at": "2026-01-15T10:00"}
                for n in range(19)
            ],
            "project": [
                {"project_id": "p-open", "name": "Better import", "status": "started", "objective_id": "o1", "started_at": "2026-01-01"},
                {"project_id": "p-gone", "name": "Given up", "status": "cancelled", "started_at": "2026-01-01"},
                *({"project_id": f"d{n}", "name": f"Done {n}", "status": "completed", "completed_at": "2025-11-01"} for n in (1, 2, 3)),
            ],
            "work_item": [
                {"work_item_id": f"w{n}", "project_id": project, "feature_id": feature, "state_type": state, "estimate": size,
                 "created_at": "2025-10-01T09:00", "completed_at": "2025-11-01T09:00" if state == "completed" else None}
                for n, (project, feature, state, size) in enumerate(WORK)
            ],
            "objective": [
                {"objective_id": "o1", "name": "Grow", "starts_on": "2026-01-01", "ends_on": "2026-12-31"},
                {"objective_id": "o0", "name": "Long over", "starts_on": "2025-01-01", "ends_on": "2025-12-31"},
            ],
            "release": [],
        },
        loaded_until="2026-02-02T00:00",
        loaded_since="2025-06-01",
        metrics={
            "mrr": {"snapshot": "mrr", "in": "mrr_day", "format": "money", "good": "up", "objective": "o1", "targets": {"2026": 2000}},
        },
    )  # fmt: skip


@pytest.fixture(scope="module")
def layer(tmp_path_factory):
    return metrics.open(workspace.load(warehouse.build(company(), tmp_path_factory.mktemp("tiny"))))


@pytest.fixture
def book(tmp_path, monkeypatch):
    monkeypatch.setenv("TRANSVERSE_JOURNAL", f"sqlite:///{tmp_path / 'journal.db'}")
    opened = journal.open_journal(tmp_path)
    yield opened
    opened.close()


def ranking(layer, book, framework="rice", **options):
    return priorities.open_pool(layer, book, since=SINCE, until=UNTIL, **options).ranking(
        shelf().kept[framework], book.priorities.in_force()
    )


def cells(layer, book, key, framework="rice", **options):
    return {name: cell.value for name, cell in ranking(layer, book, framework, **options).row(key).cells.items()}


def test_candidates_are_features_ideas_and_what_is_not_done(layer, book):
    book.priorities.add("Sell in Japan", author="ana")
    found = {(row.candidate.kind, row.candidate.name) for row in ranking(layer, book).rows}

    assert found == {
        ("feature", "Export"), ("feature", "Import"), ("idea", "Faster export"), ("idea", "A dark theme"),
        ("project", "Better import"), ("objective", "Grow"), ("hand", "Sell in Japan"),
    }  # fmt: skip


def test_a_feature_reaches_the_accounts_that_may_use_it_and_what_they_pay(layer, book):
    """Three pro accounts without the test; nobody has estimated: three finished projects took 10, 40 and 90."""
    assert cells(layer, book, "feature:export") == {
        "reach": 3, "impact": 1, "confidence": 0.8, "effort": 40, "revenue": 1100, "tickets": 2,
    }  # fmt: skip
    assert ranking(layer, book).row("feature:export").score == pytest.approx(3 * 1 * 0.8 / 40)


def test_an_idea_reaches_those_who_use_its_feature_and_is_worth_what_those_pay_who_asked(layer, book):
    """a1 uses export; a1 (twice) and a4 asked: 100 + 800. One idea of the same title lies before the span, one is a test's."""
    assert cells(layer, book, "idea:export/Faster export") == {
        "reach": 1, "impact": 1, "confidence": 0.8, "effort": 40, "revenue": 900, "tickets": 2,
    }  # fmt: skip
    assert cells(layer, book, "idea:export/Faster export", "value_effort")["requests"] == 3


def test_what_is_not_loaded_is_not_known_instead_of_nothing(book, tmp_path):
    whole = company()
    few = whole.but(tables={name: whole.tables[name] for name in ("account", "event", "feature")}, metrics={})
    bare = metrics.open(workspace.load(warehouse.build(few, tmp_path / "few")))

    assert cells(bare, book, "feature:export") == {
        "reach": 3, "impact": 1, "confidence": 0.8, "effort": None, "revenue": None, "tickets": None,
    }  # fmt: skip
    assert ranking(bare, book).row("feature:export").score is None


def test_an_idea_without_a_feature_reaches_those_who_asked(layer, book):
    told = ranking(layer, book).row("idea:/A dark theme").cells

    assert (told["reach"].value, told["reach"].told.way, told["revenue"].value) == (1, "accounts_with_ideas", 400)
    assert (told["tickets"].value, told["tickets"].origin) == (None, "missing")


def test_a_project_takes_what_of_it_is_still_open(layer, book):
    told = ranking(layer, book).row("project:p-open").cells

    assert (told["effort"].value, told["effort"].told.way, told["effort"].told.n) == (8, "open_work", 2)
    assert told["reach"].value == 4


def test_a_prefilled_value_says_where_it_comes_from(layer, book):
    told = ranking(layer, book).row("feature:export").cells["revenue"].told

    assert (told.metric, told.since, told.until, told.n) == ("mrr_of_eligible", SINCE, UNTIL, 3)
    assert told.members == (("feature_id", ("export",)),)
    assert told.as_of == datetime(2026, 2, 2, tzinfo=UTC)


def test_satisfaction_needs_ten_answers_and_importance_is_who_uses_it(layer, book):
    """7 of 10 answers about export are 4 or 5; 1 of 3 eligible accounts uses it: 10/3 + max(10/3 - 7, 0)."""
    export, other = (ranking(layer, book, "opportunity").row(f"feature:{one}") for one in ("export", "import"))

    assert (export.cells["satisfaction"].value, export.cells["satisfaction"].told.n) == (7, 10)
    assert export.score == pytest.approx(10 / 3)
    assert (other.cells["satisfaction"].origin, other.score) == ("missing", None)


def test_the_share_of_tickets_is_of_all_that_came_in(layer, book):
    told = ranking(layer, book, "value_effort").row("feature:export").cells["ticket_share"]

    assert (told.value, told.told.n) == (2 / 4, 4)


def test_wsjf_puts_the_data_on_its_scale_and_keeps_it_beside(layer, book):
    """1500 is the most that any candidate's accounts pay: 1100 is 14.7 of 20, nearest to 13; 900 is 12."""
    values = {
        key: ranking(layer, book, "wsjf").row(key).cells["user_business_value"]
        for key in ("feature:import", "feature:export", "idea:export/Faster export")
    }

    assert [cell.value for cell in values.values()] == [20, 13, 13]
    assert [cell.raw for cell in values.values()] == [1500, 1100, 900]


def test_filters_narrow_what_the_data_says(layer, book):
    told = cells(layer, book, "feature:import", where="account.plan = 'basic'")

    assert (told["reach"], told["revenue"], told["tickets"], told["effort"]) == (1, 400, 1, 40)


def test_a_word_over_the_data_changes_the_order_until_it_is_undone(layer, book):
    before = [row.candidate.key for row in ranking(layer, book).rows]
    written = priorities.override(book, ranking(layer, book), "idea:export/Faster export", "reach", 500, author="ana", reason="a survey")
    after = ranking(layer, book)

    assert after.rows[0].candidate.key == "idea:export/Faster export"
    cell = after.rows[0].cells["reach"]
    assert (cell.value, cell.origin, cell.said.author, cell.said.reason, cell.raw) == (500, "person", "ana", "a survey", 1)
    assert cell.said.told["value"] == 1
    assert cell.said.told["metric"] == "feature_adopters"

    book.priorities.undo(written.id, author="ben")
    assert [row.candidate.key for row in ranking(layer, book).rows] == before
    assert [(one.author, one.value, one.undoes) for one in book.priorities.history()] == [("ben", None, written.id), ("ana", 500, None)]


def test_a_word_is_checked_against_its_field(layer, book):
    for field, value, reason, said in (
        ("impact", 4, "x", "one of its scale"),
        ("reach", -1, "x", "from 0 on"),
        ("reach", 5, " ", "reason is empty"),
    ):
        with pytest.raises(Problem) as caught:
            priorities.override(book, ranking(layer, book), "feature:export", field, value, author="ana", reason=reason)
        assert said in str(caught.value)
    with pytest.raises(Problem, match="there is no owner"):
        priorities.override(book, ranking(layer, book), "feature:export", "owner", 1, author="ana", reason="x")


def test_without_data_of_its_own_a_candidate_waits_for_words(layer, book):
    key = f"hand:{book.priorities.add('Sell in Japan', author='ana').id}"
    assert (ranking(layer, book).row(key).score, ranking(layer, book).row(key).rank) == (None, None)

    priorities.override(book, ranking(layer, book), key, "reach", 80, author="ana", reason="list of leads")
    assert ranking(layer, book).row(key).score == pytest.approx(80 * 1 * 0.8 / 40)


def test_an_accepted_recommendation_is_a_candidate_once(layer, book):
    first = book.priorities.add("Fix the export", author="ana", kind="recommendation", ref="rec-7", feature_id="export")
    again = book.priorities.add("Fix the export", author="ben", kind="recommendation", ref="rec-7", feature_id="export")

    assert again.id == first.id
    assert cells(layer, book, "recommendation:rec-7")["revenue"] == 1100


def test_a_choice_keeps_every_score_as_it_was(layer, book):
    pool, known = priorities.open_pool(layer, book, since=SINCE, until=UNTIL), shelf().kept
    priorities.override(book, ranking(layer, book), "feature:export", "impact", 3, author="ana", reason="x")
    kept = priorities.choose(book, pool, known, "feature:export", author="ana")
    priorities.override(book, ranking(layer, book), "feature:export", "impact", 0.25, author="ben", reason="y")

    assert set(kept.frozen) == {"rice", "wsjf", "value_effort", "opportunity"}
    assert kept.frozen["rice"]["score"] == pytest.approx(3 * 3 * 0.8 / 40)
    assert kept.frozen["rice"]["fields"]["impact"]["override"]["by"] == "ana"
    with pytest.raises(Problem, match="chosen already"):
        priorities.choose(book, pool, known, "feature:export", author="ana")

    book.priorities.unchoose("feature:export", author="ben")
    assert (book.priorities.chosen(), [one.chosen for one in book.priorities.choices()]) == ([], [False, True])


def test_the_command_gives_what_the_page_shows(layer, book, monkeypatch, capsys):
    monkeypatch.setenv("TRANSVERSE_WORKSPACE", str(layer.workspace.root))
    assert main(["priorities", "--since", "2026-01-05", "--until", "2026-02-02", "--kind", "feature", "--json"]) == 0
    told = json.loads(capsys.readouterr().out)

    assert [(one["key"], one["score"]) for one in told["candidates"]] == [
        (row.candidate.key, row.score) for row in ranking(layer, book).only(("feature",)).rows
    ]
    assert told["candidates"][0]["fields"]["reach"]["source"]["metric"] == "eligible_accounts"
    assert main(["priorities", "--framework", "rise"]) == 2
    assert "Did you mean rice" in capsys.readouterr().err
    assert main(["priorities", "--since", "2026-03-01"]) == 2
    with pytest.raises(SystemExit, match="2"):
        main(["priorities", "--since", "soon"])
    assert '"soon" is not a day' in capsys.readouterr().err


def test_objectives_show_how_far_their_key_results_are(layer, book, monkeypatch, capsys):
    """MRR was 1500 before the year began and is 1500: none of the way to 2000. 32 of 365 days are over."""
    monkeypatch.setenv("TRANSVERSE_WORKSPACE", str(layer.workspace.root))
    assert main(["priorities", "--framework", "okr", "--until", "2026-02-02", "--json"]) == 0
    grow = next(one for one in json.loads(capsys.readouterr().out)["objectives"] if one["id"] == "o1")

    (result,) = grow["key_results"]
    assert (result["start"], result["now"], result["target"], result["progress"]) == (1500, 1500, 2000, 0)
    assert result["due"] == pytest.approx(1500 + 500 * 32 / 365)
    assert (result["elapsed"], result["status"]) == (pytest.approx(32 / 365), "risk")
    assert [one["key"] for one in grow["projects"]] == ["project:p-open"]


def test_what_is_taken_away_stands_as_on_the_page_with_its_sources(layer, book):
    from pages.components import board as boards
    from pages.components import i18n, priority_table
    from pages.components.board import Board
    from pages.components.filters import Filters

    priorities.override(book, ranking(layer, book), "feature:import", "impact", 3, author="ana", reason="a | b")
    found = ranking(layer, book).only(("feature",))
    with i18n.use("en"):
        board = Board(layer, Filters(SINCE, UNTIL, "28d"), 1, boards.reach(layer, 1), layer.metrics)
        rows = priority_table.ordered(found, "score", falling=False)
        sheet = priority_table.sheet(board, found, rows, {"feature:import"})
        text = priority_table.markdown(board, found, rows).decode()

    assert list(sheet.frame["Candidate"]) == ["Export", "Import"]
    assert list(sheet.frame["Chosen"]) == ["", "yes"]
    assert list(sheet.frame["Reach: source"]) == ["3 accounts may use it", "4 accounts may use it"]
    assert ("Formula", "reach * impact * confidence / effort") in sheet.facts
    assert [line.split(" | ")[1] for line in text.splitlines() if " | Feature | " in line] == ["Export", "Import"]
    assert r"a \| b)" in text
