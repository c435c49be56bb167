"""The demo company goes through the same connector as anyone's files: all of it arrives but what was planted to be refused."""

from collections import Counter
from datetime import UTC, datetime, timedelta

import duckdb
import pytest

from connectors.sync import sync
from data import demo, workspace
from data.__main__ import main
from data.reader import Reader


@pytest.fixture(scope="module")
def loaded(tmp_path_factory):
    """The ground truth, the folder, and the published generation."""
    root = tmp_path_factory.mktemp("loads")
    truth = demo.write(root, accounts=40, events=20_000, until=datetime(2025, 9, 1))
    found = workspace.load(root)
    done = sync(found)
    assert [source.error for source in done.sources if source.error] == []
    with Reader(root, found.company.timezone).open() as snapshot:
        yield truth, root, snapshot.cursor


def test_exactly_the_planted_rows_are_refused(loaded):
    truth, _, cursor = loaded
    planted = Counter({(each["file"].split("/")[-1], each["reason"]): each["rows"] for each in truth["rejects"]})
    refused = Counter(cursor.execute("SELECT file, reason FROM reject").fetchall())

    assert refused == planted
    assert {reason for _, reason in refused} == {"bad_value", "changed_value", "duplicate_key", "missing_key"}


def test_tickets_of_unknown_companies_are_found(loaded):
    found = loaded[2].execute("SELECT row_count FROM finding WHERE table_name = 'ticket' AND name = 'unknown_account'").fetchall()

    assert found == [(2,)]


def test_the_minutes_of_tickets_follow_from_moments_and_the_schedule(loaded):
    """The help desk's export tells its own minutes, which sources.yml leaves aside: they are the same."""
    _, root, cursor = loaded
    names = ("first_response_minutes", "first_response_business_minutes", "resolution_minutes", "resolution_business_minutes")
    exported = f"SELECT id, {', '.join(names)} FROM read_json('{root}/helpdesk/tickets-2*.jsonl.gz') ORDER BY id"
    told = duckdb.connect().execute(exported).fetchall()
    computed = cursor.execute(f"SELECT ticket_id, {', '.join(names)} FROM ticket WHERE ticket_id < 'a' ORDER BY ticket_id").fetchall()

    assert len(told) > 100
    assert [(str(key), *minutes) for key, *minutes in told] == computed
    for place in range(1, 5):
        assert sum(row[place] is not None for row in computed) > 100


@pytest.mark.parametrize(
    ("table", "file"),
    [
        ("event", "read_parquet('{}/product/*.parquet')"),
        ("account_history", "read_csv('{}/app/account_plans.csv')"),
        ("ticket_message", "read_json('{}/helpdesk/messages-*.jsonl.gz')"),
        ("opportunity_stage", "read_csv('{}/crm/deal_stages.tsv')"),
        ("work_item", "read_json('{}/delivery/issues.jsonl')"),
        ("work_item_state", "read_json('{}/delivery/issue_states.jsonl.gz')"),
        ("project", "read_csv('{}/delivery/projects.csv')"),
        ("cycle", "read_csv('{}/delivery/cycles.csv')"),
        ("objective", "read_csv('{}/delivery/objectives.csv')"),
        ("idea", "read_csv('{}/product_ops/ideas.csv')"),
        ("release", "read_csv('{}/product_ops/releases.csv')"),
        ("document", "read_csv('{}/product_ops/documents.csv')"),
        ("link", "read_csv('{}/product_ops/links.csv')"),
        ("number", "read_csv('{}/web/daily_visits.csv')"),
    ],
)
def test_every_row_arrives(loaded, table, file):
    _, root, cursor = loaded
    written = duckdb.connect().execute(f"SELECT count(*) FROM {file.format(root)}").fetchone()[0]
    own = "" if table != "account_history" else " AND account_id NOT LIKE 'acc_test%'"

    assert written > 0
    assert cursor.execute(f"SELECT count(*) FROM {table} WHERE deleted_at IS NULL{own}").fetchone()[0] == written


def test_events_belong_to_features_and_previews_to_none(loaded):
    _, root, cursor = loaded
    written = (
        duckdb.connect()
        .execute(f"""
        SELECT CASE WHEN properties.format = 'preview' THEN NULL ELSE feature END AS feature_id, count(*)
        FROM read_parquet('{root}/product/*.parquet') GROUP BY ALL ORDER BY ALL""")
        .fetchall()
    )

    assert cursor.execute("SELECT feature_id, count(*) FROM event GROUP BY ALL ORDER BY ALL").fetchall() == written


def test_our_own_people_and_test_accounts_are_marked(loaded):
    assert loaded[2].execute("SELECT count(*) FILTER (is_test) FROM account").fetchone() == (3,)
    assert loaded[2].execute("SELECT count(*) FILTER (is_internal) >= 21 FROM person").fetchone() == (True,)


def test_a_day_later_the_same_company_goes_on(loaded, tmp_path):
    root = tmp_path
    small = {"accounts": 20, "events": 5_000}
    demo.write(root, **small, until=datetime(2025, 6, 2, 9))
    sync(workspace.load(root))
    demo.write(root, **small, until=datetime(2025, 6, 3, 9))
    done = sync(workspace.load(root))

    assert done.published
    with Reader(root, "Europe/Paris").open() as snapshot:
        stored = snapshot.cursor.execute("SELECT count(*), count(DISTINCT event_id) FROM event WHERE deleted_at IS NULL").fetchone()
    written = duckdb.connect().execute(f"SELECT count(*) FROM read_parquet('{root}/product/*.parquet')").fetchone()[0]
    assert stored == (written, written)


def test_kept_alive_it_is_written_up_to_now_and_loaded_again_and_again(tmp_path, monkeypatch, capsys):
    pauses = []

    def pause(seconds):
        pauses.append(seconds)
        if len(pauses) == 2:
            raise KeyboardInterrupt

    monkeypatch.setenv("TRANSVERSE_WORKSPACE", str(tmp_path))
    monkeypatch.setattr("data.__main__.sleep", pause)

    assert main(["demo", "--accounts", "10", "--events", "500", "--every", "60s"]) == 0
    told = capsys.readouterr().out
    assert ["generation 1" in told, "generation 2" in told] == [True, True]
    assert all(0 <= pause <= 60 for pause in pauses)
    assert datetime.fromisoformat(demo.parameters(tmp_path)["until"]) > datetime.now(UTC) - timedelta(minutes=5)
