"""The worked example of the documentation: RavenStack loads, and its figures are those that are known of it."""

from __future__ import annotations

import re
import shutil
from pathlib import Path

import pytest

from data import yaml_file
from tests.loads import Company

DOCS = Path(__file__).parents[2] / "docs"
EXAMPLE = DOCS / "examples/ravenstack/sources.yml"


@pytest.fixture(scope="module")
def company(ravenstack: Path, tmp_path_factory: pytest.TempPathFactory) -> Company:
    root = tmp_path_factory.mktemp("ravenstack")
    shutil.copy(EXAMPLE, root)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("RAVENSTACK", str(ravenstack))
        made = Company(root)
        made.load()
    return made


def test_the_example_of_the_documentation_is_the_file() -> None:
    text = (DOCS / "connectors/files.md").read_text(encoding="utf-8")
    blocks = re.findall(r"```yaml\n(.*?)```", text, flags=re.DOTALL)

    assert EXAMPLE.read_text(encoding="utf-8").strip() == blocks[0].strip()
    assert yaml_file.read(EXAMPLE)["company"]["name"] == "RavenStack"


@pytest.mark.parametrize(
    ("table", "rows"),
    [("account", 500), ("subscription_period", 5000), ("event", 24_979), ("ticket", 2000), ("survey_response", 1175), ("idea", 600)],
)
def test_every_row_loads_but_those_that_cannot(company: Company, table: str, rows: int) -> None:
    assert company.rows(f"SELECT count(*) FROM {table} WHERE deleted_at IS NULL") == [(rows,)]


def test_twenty_one_rows_repeat_a_key(company: Company) -> None:
    assert company.rows("SELECT table_name, reason, count(*) FROM reject GROUP BY ALL") == [("event", "duplicate_key", 21)]
    assert company.rows("SELECT min(line) > 1 AND max(line) <= 25001 FROM reject") == [(True,)]


def test_audits_find_what_is_known_to_be_wrong(company: Company) -> None:
    assert company.findings() == [("event", "within_subscription", 19_142), ("subscription_period", "has_a_length", 13)]
    assert company.rows("SELECT DISTINCT severity FROM finding") == [("warning",)]


def test_mrr_at_the_end_of_2024(company: Company) -> None:
    on_day = "FROM mrr_day JOIN account USING (account_id) WHERE day = '2024-12-31'"

    assert company.rows(f"SELECT CAST(sum(mrr) AS BIGINT) {on_day}") == [(10_159_608,)]
    by_plan = dict(company.rows(f"SELECT mrr_day.plan, CAST(sum(mrr) AS BIGINT) {on_day} GROUP BY 1"))
    assert by_plan == {"Basic": 687_914, "Pro": 1_924_818, "Enterprise": 7_546_876}
    by_account = dict(company.rows(f"SELECT account.plan, CAST(sum(mrr) AS BIGINT) {on_day} GROUP BY 1"))
    assert by_account == {"Basic": 3_719_286, "Pro": 3_545_876, "Enterprise": 2_894_446}


def test_the_mean_satisfaction_and_answer_are_those_of_the_source(company: Company) -> None:
    assert company.rows("SELECT round(avg(score), 3) FROM survey_response") == [(3.981,)]
    assert company.rows("SELECT round(avg(first_response_minutes), 2), round(avg(resolution_minutes) / 60, 2) FROM ticket") == [
        (88.48, 35.86)
    ]


def test_it_is_loaded_until_the_end_of_the_year(company: Company) -> None:
    assert company.rows("SELECT DISTINCT strftime(loaded_until, '%Y-%m-%d %H:%M') FROM freshness") == [("2025-01-01 00:00",)]


def test_a_second_sync_finds_nothing_new(company: Company, ravenstack: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RAVENSTACK", str(ravenstack))

    assert not company.load().published
    assert not company.load(full=True).published
