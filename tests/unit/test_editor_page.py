"""The form of the Editor: what is chosen in it, as the definition that it amounts to, and what is saved of it."""

from __future__ import annotations

from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from data.journal import open_journal
from metrics import editing
from tests import warehouse
from tests.company import Company
from tests.waiting import PATIENCE

FILE = """# Ours
exports:   # asked for by the board
  label: Exports
  description: Accounts that export.
  # who exports once only tried it
  count_distinct: account_id
  in: events
  where: event = 'report_exported'
  at_least: 2
  good: up
  owner: ana
  tests: [{not_below: 0}]

deals: {count: "*", in: opportunities, description: "…", good: up, owner: ana, tests: [{not_below: 0}]}
"""
EVENTS = [
    ("a", "report_exported", 5),
    ("a", "report_exported", 6),
    ("b", "report_exported", 7),
    ("b", "signed_in", 8),
    ("c", "signed_in", 9),
]


@pytest.fixture
def root(tmp_path: Path) -> Path:
    told = [
        {"event_id": f"e{day}", "account_id": one, "event_name": name, "occurred_at": f"2026-01-{day:02}T10:00"}
        for one, name, day in EVENTS
    ]
    company = Company({"event": told, "account": [{"account_id": one, "name": one.upper()} for one in "abc"]}, "2026-02-01", "2025-01-01")
    warehouse.build(company, tmp_path)
    (tmp_path / "metrics").mkdir(exist_ok=True)
    (tmp_path / "metrics" / "ours.yml").write_text(FILE, encoding="utf-8")
    return tmp_path


def page(root: str) -> None:  # its source is run by itself, so it imports what it needs
    from datetime import date
    from pathlib import Path

    import metrics
    from data import workspace
    from data.journal import open_journal
    from pages import catalogue, editor
    from pages.components import board as boards
    from pages.components import i18n, places
    from pages.components.board import Board
    from pages.components.filters import Filters

    i18n.begin()
    places.register([catalogue, editor])
    layer = metrics.open(workspace.load(Path(root)))
    filters = Filters(date(2026, 1, 5), date(2026, 2, 1))
    editor.show(Board(layer, filters, 1, boards.reach(layer, 1), layer.metrics, open_journal(Path(root))))


def opened(root: Path, name: str | None = None) -> AppTest:
    shown = AppTest.from_function(page, kwargs={"root": str(root)}, default_timeout=PATIENCE)
    if name:
        shown.query_params["edit"] = name
    return shown.run()


def said(shown: AppTest) -> str:
    assert not shown.exception
    return "".join(one.proto.body for one in shown.get("html")) + "".join(one.value for one in shown.caption)


def text(shown: AppTest) -> str:
    return str(shown.session_state["editor_text"])


def test_one_field_changes_one_line_and_is_saved_with_its_reason(root: Path) -> None:
    shown = opened(root, "exports")
    assert "Nothing has changed" in said(shown)
    assert "Accounts with at least 2 events in the product where event is report_exported, in the period." in said(shown)
    assert shown.button(key="save").disabled

    shown.number_input(key="form-at_least").set_value(3).run()
    shown.text_input(key="author").set_value("Ana")
    shown.button(key="save").click().run()
    assert "a change needs an author and a reason" in said(shown)
    assert (root / "metrics" / "ours.yml").read_text(encoding="utf-8") == FILE

    shown.text_input(key="save-reason").set_value("Twice is by chance")
    shown.button(key="save").click().run()
    assert "exports is saved in metrics/ours.yml." in said(shown)
    assert (root / "metrics" / "ours.yml").read_text(encoding="utf-8") == FILE.replace("at_least: 2", "at_least: 3")
    change = open_journal(root).definitions.history("exports")[0]
    assert (change.author, change.reason) == ("Ana", "Twice is by chance")

    shown.button(key=f"back-{change.id}").click().run()
    assert (root / "metrics" / "ours.yml").read_text(encoding="utf-8") == FILE
    assert shown.number_input(key="form-at_least").value == 2
    assert open_journal(root).definitions.history("exports")[0].reason == "Back to what was before: Twice is by chance"


def test_the_effect_of_a_change_is_told_month_by_month(root: Path) -> None:
    shown = opened(root, "exports")
    shown.number_input(key="form-at_least").set_value(1).run()
    shown.segmented_control(key="look").set_value("effect").run()

    assert "1 of the last 12 months changes." in said(shown)  # January: b exported once


def test_what_somebody_else_saved_meanwhile_is_not_written_over(root: Path) -> None:
    shown = opened(root, "exports")
    shown.number_input(key="form-at_least").set_value(3).run()
    theirs = FILE.replace("at_least: 2", "at_least: 9")
    (root / "metrics" / "ours.yml").write_text(theirs, encoding="utf-8")
    shown.run()

    assert "Changed meanwhile" in said(shown)
    assert shown.button(key="save").disabled
    shown.button(key="anew").click().run()
    assert text(shown) == editing.blocks.cut(theirs, "ours.yml", "exports")


def test_conditions_are_added_joined_and_removed(root: Path) -> None:
    shown = opened(root, "exports")
    assert shown.multiselect(key="which-0-values-event").options == ["report_exported · 3", "signed_in · 2"]
    shown.button(key="which-add").click().run()
    shown.selectbox(key="which-1-column").set_value("value").run()
    shown.selectbox(key="which-1-is").set_value(">=").run()
    assert "  where: event = 'report_exported'\n" in text(shown)  # nothing is asked yet
    shown.number_input(key="which-1-number-value").set_value(2.5).run()
    assert "  where: event = 'report_exported' and value >= 2.5\n" in text(shown)

    shown.selectbox(key="which_match").set_value("any").run()
    assert "  where: event = 'report_exported' or value >= 2.5\n" in text(shown)
    shown.button(key="which-0-out").click().run()
    assert "  where: value >= 2.5\n" in text(shown)


def test_a_new_one_needs_a_name_that_is_free(root: Path) -> None:
    shown = opened(root)
    assert "Say first what it is called" in said(shown)
    shown.text_input(key="form-label").set_value("Exports").run()
    assert "there is a metric exports already" in said(shown)

    shown.selectbox(key="form-what").set_value("ratio").run()
    shown.selectbox(key="form-above").set_value("exports").run()
    shown.selectbox(key="form-below").set_value("deals").run()
    shown.text_input(key="form-label").set_value("Exports per deal").run()
    shown.text_input(key="form-targets").set_value("2026-Q4: 0.5").run()
    assert text(shown) == (
        "exports_per_deal:\n  label: Exports per deal\n  description: Exports divided by Deals, each over the whole period.\n"
        "  ratio: exports\n  to: deals\n  good: up\n  targets: {2026-Q4: 0.5}\n  tests: [{not_below: 0}]\n"
    )


def test_what_the_form_cannot_say_is_edited_as_yaml(root: Path) -> None:
    assert "it is edited as YAML" in said(opened(root, "nrr_12m"))
    assert "There is no metric nonsense" in said(opened(root, "nonsense"))
