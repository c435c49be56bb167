"""How the demo company's files come to be: the same each time, only added to as time passes, and never over others' files."""

import hashlib
import json
import shutil
from datetime import datetime, timedelta

import duckdb
import pytest

from data import demo, workspace
from data.__main__ import main
from data.demo.world import World, connect
from data.errors import Problem

SMALL = {"accounts": 30, "events": 12_000}
EARLY, LATE = datetime(2025, 7, 24, 10, 30), datetime(2025, 8, 6, 15, 0)


def contents(root):
    """The hash of every file that a loader reads."""
    return {
        str(path.relative_to(root)): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(root.glob("*/*"))
        if path.name != "exported_at.txt"
    }


@pytest.fixture(scope="module")
def early(tmp_path_factory):
    root = tmp_path_factory.mktemp("early")
    demo.write(root, **SMALL, until=EARLY)
    return root


@pytest.fixture(scope="module")
def late(tmp_path_factory):
    root = tmp_path_factory.mktemp("late")
    demo.write(root, **SMALL, until=LATE)
    return root


def test_the_same_company_is_written_again_to_the_byte(early, tmp_path):
    demo.write(tmp_path, **SMALL, until=EARLY)

    assert contents(tmp_path) == contents(early)


def test_another_seed_is_another_company(early, tmp_path):
    demo.write(tmp_path, **SMALL, until=EARLY, seed=8)

    ours, theirs = contents(early), contents(tmp_path)
    for name in ("app/accounts.csv", "product/events-2025-06.parquet", "billing/subscriptions.csv", "delivery/issues.jsonl"):
        assert ours[name] != theirs[name]


def test_bringing_files_up_to_date_gives_what_writing_them_anew_gives(late, tmp_path):
    for moment in (EARLY, EARLY + timedelta(hours=4), datetime(2025, 8, 1, 0, 0), LATE):
        demo.write(tmp_path, **SMALL, until=moment)

    assert contents(tmp_path) == contents(late)


# file, what says when a row came to be, and the columns that may change later ("As of" in docs/demo.md)
ROWS = {
    "product/*.parquet": ("received_at", ""),
    "helpdesk/messages-*.gz": ("sent_at", ""),
    "surveys/csat.tsv": ("responded_at", ""),
    "surveys/nps.tsv": ("responded_at", ""),
    "web/daily_visits.csv": ("day", ""),
    "app/users.csv": ("created_at", "deactivated_on"),
    "app/accounts.csv": ("created_at", "plan_code, seats, lifecycle, churned_on"),
    "app/account_plans.csv": ("valid_from", "valid_to"),
    "billing/subscriptions.csv": ("From", '"To"'),
    "crm/deals.csv": ("created_at", "deal_stage, is_won, is_closed, closed_at"),
    "crm/deal_stages.tsv": ("entered_at", "left_at"),
    "helpdesk/tickets-2*.gz": (
        "created_at",
        """status, first_response_at, first_solved_at, last_solved_at, reopens, first_response_minutes, first_response_business_minutes,
        resolution_minutes, resolution_business_minutes""",
    ),
    "delivery/issues.jsonl": ("created_at", "cycle_id, state, state_type, started_at, completed_at"),
    "delivery/issue_states.jsonl.gz": ("entered_at", "left_at"),
    "product_ops/ideas.csv": ("created_at", "processed_at"),
    "product_ops/documents.csv": ("created_at", "edited_at"),
}


@pytest.mark.parametrize("pattern", ROWS)
def test_a_later_until_adds_rows_and_changes_none(early, late, pattern):
    time, may_change = ROWS[pattern]

    def rows(root):
        path = str(root / pattern)
        reader = {"parquet": "read_parquet('{}')", "csv": "read_csv('{}', all_varchar=true)", "tsv": "read_csv('{}', all_varchar=true)"}
        source = reader.get(pattern.rsplit(".", 1)[1], "read_json('{}')").format(path)
        left_out = f"EXCLUDE ({may_change})" if may_change else ""
        query = f"SELECT * {left_out} FROM {source} WHERE TRY_CAST(\"{time}\" AS TIMESTAMP) < TIMESTAMP '{EARLY}' ORDER BY ALL"
        return duckdb.connect().execute(query).fetchall()

    before = rows(early)

    assert before
    if time in ("day", "valid_from", "From"):  # a day that had begun was told as far as it went
        assert set(before) <= set(rows(late))
    else:
        assert rows(late) == before


def test_a_minute_later_only_what_can_change_is_touched(copied):
    before = {path: path.stat().st_mtime_ns for path in copied.glob("*/*")}
    demo.write(copied, **SMALL, until=EARLY + timedelta(minutes=40))
    touched = {str(path.relative_to(copied)) for path in copied.glob("*/*") if before.get(path) != path.stat().st_mtime_ns}

    events = {name for name in touched if name.startswith("product/events")}
    assert events == {"product/events-2025-07-24.parquet"}
    assert not touched & {"helpdesk/tickets-2025-05.jsonl.gz", "helpdesk/messages-2025-06.jsonl.gz", "web/daily_visits.csv"}
    assert "product/exported_at.txt" in touched


def test_the_marker_tells_the_moment(early):
    assert (early / "billing/exported_at.txt").read_text() == "2025-07-24T10:30:00Z\n"


def test_a_day_that_begins_a_month_merges_the_days_of_the_last(late):
    names = {path.name for path in (late / "product").glob("*.parquet")}

    assert {"events-2025-07.parquet", "events-2025-08-06.parquet"} <= names
    assert not any(name.startswith("events-2025-07-") for name in names)


def test_edited_settings_stay(copied):
    (copied / "sources.yml").write_text("sources: {}\n")
    demo.write(copied, **SMALL, until=EARLY + timedelta(minutes=1))

    assert (copied / "sources.yml").read_text() == "sources: {}\n"


def test_a_company_is_found_with_its_parameters(early, tmp_path):
    assert demo.parameters(tmp_path) is None
    found = demo.parameters(early)
    assert (found["accounts"], found["events"], found["seed"], found["until"]) == (30, 12_000, 7, "2025-07-24T10:30:00Z")
    assert workspace.load(early).is_demo


def test_another_companys_workspace_is_left_alone(tmp_path):
    (tmp_path / "sources.yml").write_text("company: {name: Acme}\n")

    with pytest.raises(Problem, match="another company's workspace"):
        demo.write(tmp_path, **SMALL, until=EARLY)
    assert [path.name for path in tmp_path.iterdir() if not path.name.startswith(".")] == ["sources.yml"]


def test_an_interrupted_first_run_can_be_run_again(early, tmp_path):
    def stop(path, share):
        if share > 0.5:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        demo.write(tmp_path, **SMALL, until=EARLY, progress=stop)
    demo.write(tmp_path, **SMALL, until=EARLY)

    assert contents(tmp_path) == contents(early)


@pytest.fixture
def copied(early, tmp_path):
    """A folder of its own that holds the early company."""
    return shutil.copytree(early, tmp_path / "copied")


def test_a_company_that_no_store_has_loaded_is_exchanged_for_another(copied):
    demo.write(copied, **SMALL, until=EARLY - timedelta(days=40))

    assert not (copied / "product/events-2025-07-01.parquet").exists()
    assert demo.parameters(copied)["until"] == "2025-06-14T10:30:00Z"


@pytest.mark.parametrize("changed", [{"seed": 8}, {"events": 13_000}, {"until": EARLY - timedelta(days=1)}])
def test_a_loaded_company_is_not_exchanged_for_another(copied, changed):
    (copied / "store").mkdir()
    before = contents(copied)

    with pytest.raises(Problem, match="already loaded"):
        demo.write(copied, **SMALL | {"until": EARLY} | changed)
    assert contents(copied) == before


@pytest.mark.parametrize("wrong", [{"until": datetime(2025, 4, 30)}, {"accounts": 0}, {"events": 0}])
def test_a_company_that_cannot_be_is_refused(tmp_path, wrong):
    with pytest.raises(Problem):
        demo.write(tmp_path, **SMALL | {"until": EARLY} | wrong)


def test_the_dice_fall_as_ever():
    """An engine that hashes otherwise makes another company: then existing demo workspaces are written anew."""
    connection = connect(World(400, 500_000, 7, EARLY))

    found = connection.execute("SELECT draw('what', 1), draw('what', 1, 'b'), draw('what', 1, 2, 3)").fetchone()
    assert found == pytest.approx((0.32257211403870845, 0.9476986890178842, 0.9502095405902021))


def test_the_command_writes_and_goes_on_with_what_it_finds(tmp_path, monkeypatch, capsys):
    monkeypatch.setenv("TRANSVERSE_WORKSPACE", str(tmp_path))

    assert main(["demo", "--accounts", "30", "--events", "12000", "--until", "2025-06-01"]) == 0
    assert main(["demo", "--until", "2025-06-01T12:30"]) == 0
    truth = json.loads((tmp_path / "ground_truth.json").read_text())
    assert truth["parameters"]["accounts"] == 30
    assert truth["parameters"]["until"] == "2025-06-01T10:30:00Z"
    assert "python -m connectors sync" in capsys.readouterr().out
    assert main(["demo", "--until", "2025-07-01", "--every", "60s"]) == 2
