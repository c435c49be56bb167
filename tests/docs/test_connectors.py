"""The reference of the files connector names every key, table, column, reason and known word."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from connectors import CONNECTORS, connector
from connectors.api import Api
from connectors.blocks import Block, Join, columns_of
from connectors.files import Config
from connectors.google_sheets import Range
from connectors.queries import Rows
from connectors.rest_settings import Changes, Paging, StreamSettings
from data.schema import ENUMS, TABLES

DOCS = Path(__file__).parents[2] / "docs/connectors"
TEXT = (Path(__file__).parents[2] / "docs/connectors/files.md").read_text(encoding="utf-8")


@pytest.mark.parametrize("model", [Config, Block, Join])
def test_each_key_is_described_as_the_code_describes_it(model):
    for name, field in model.model_fields.items():
        assert f"| `{name}` | {field.description} |" in TEXT


@pytest.mark.parametrize("table", TABLES.values(), ids=lambda table: table.name)
def test_each_table_and_column_is_named(table):
    row = re.search(rf"^\| `{table.name}` \| {table.one_row} \| (.*) \|$", TEXT, flags=re.MULTILINE)

    named = set(row[1].replace("*", "").split(", "))
    assert named | {"updated_at", "deleted_at"} == set(columns_of(table))


@pytest.mark.parametrize(("table", "column"), ENUMS)
def test_each_known_word_is_named(table, column):
    assert f"- `{table}.{column}`: {', '.join(ENUMS[table, column])}" in TEXT


@pytest.mark.parametrize("reason", ["bad_value", "changed_value", "duplicate_key", "missing_key", "malformed_line"])
def test_each_reason_is_explained(reason):
    assert f"| `{reason}` |" in TEXT


@pytest.mark.parametrize("name", CONNECTORS)
def test_each_connector_has_a_page_that_describes_its_keys(name):
    page = (DOCS / f"{name}.md").read_text(encoding="utf-8")

    shared = set(Api.model_fields) - {"connector"} if issubclass(connector(name).Config, Api) else set()
    own = {key: field.description for key, field in connector(name).Config.model_fields.items() if key not in shared}
    assert all(f"| `{key}` | {described} |" in page for key, described in own.items())
    assert f"[{name}]({name}.md) | {connector(name).SUMMARY} |" in (DOCS / "README.md").read_text(encoding="utf-8")


@pytest.mark.parametrize(("page", "model"), [("rest", StreamSettings), ("rest", Paging), ("rest", Changes), ("google_sheets", Range)])
def test_each_key_of_a_stream_is_described_as_the_code_describes_it(page, model):
    text = (DOCS / f"{page}.md").read_text(encoding="utf-8")

    assert [name for name, field in model.model_fields.items() if f"| `{field.alias or name}` | {field.description} |" not in text] == []


def test_each_key_of_a_query_is_described_as_the_code_describes_it():
    page = (DOCS / "database.md").read_text(encoding="utf-8")

    assert all(f"| `{field.alias or name}` | {field.description} |" in page for name, field in Rows.model_fields.items())


def test_the_keys_of_every_api_are_described():
    text = (DOCS / "README.md").read_text(encoding="utf-8")

    assert all(f"| `{name}` | {field.description} |" in text for name, field in Api.model_fields.items() if name != "connector")
