"""Accounts where adoption, revenue and support disagree: by the built-in rules, and by a company's own over them."""

import pytest

from data.workspace import Workspace
from metrics import disagree, load
from metrics.insight.actions import playbooks
from tests.planted import UNTIL, ago
from tests.troubles import PLANTED, quiet, set_to, tickets

CATALOGUE = load.catalogue()
BUILT_IN = Workspace(playbooks.BUILT_IN / "none")


@pytest.fixture(scope="module")
def troubled(health):
    planted = [PLANTED[name][0] for name in ("pays_idle", "use_falls", "use_down_mrr_up", "tickets_up_use_down", "pays_little")]
    with health.planted(*(statement for one in planted for statement in one), tickets(12, "c10"), tickets(2, "c11")) as layer:
        yield layer


def marked(layer, workspace=BUILT_IN, until=None):
    found = disagree.marks(layer, playbooks.load(workspace, CATALOGUE).values(), until)
    return {account: tuple(kinds) for account, kinds in found.items()}


def test_an_account_is_marked_where_what_it_pays_uses_and_asks_do_not_fit(troubled):
    """c11 asks twice more than the once that is usual: too little to be told."""
    assert marked(troubled) == {
        "c04": ("pays_idle",),
        "c06": ("use_falls",),
        "c08": ("use_falls", "use_down_mrr_up"),
        "c09": ("use_falls", "tickets_up_use_down", "many_tickets"),
        "c10": ("many_tickets",),
        "c17": ("pays_little",),
        "c18": ("pays_little",),
    }


def test_nobody_is_marked_in_a_company_that_is_well(health):
    with health.planted() as layer:
        assert marked(layer) == {}


def test_a_mark_comes_with_the_numbers_that_it_was_judged_by(troubled):
    """c08 did 8 things of 36, and pays 130 instead of 100."""
    found = disagree.marks(troubled, playbooks.load(BUILT_IN, CATALOGUE).values())

    assert found["c08"]["use_down_mrr_up"] == {"pays": 130, "paid_before": 100, "uses": 8, "before": 36}
    assert found["c17"]["pays_little"]["price"] == pytest.approx(100 / 36)


def test_the_rules_that_concern_the_most_money_come_first(troubled):
    """c06, c08 and c09 pay 100, 130 and 100; c09 and c10 have many tickets, and pay 100 each."""
    weights = disagree.weighed(troubled, disagree.marks(troubled, playbooks.load(BUILT_IN, CATALOGUE).values()), UNTIL)

    assert [(kind, one.accounts, one.mrr) for kind, one in weights.items()] == [
        ("use_falls", 3, 330.0),
        ("many_tickets", 2, 200.0),
        ("use_down_mrr_up", 1, 130.0),
        ("pays_idle", 1, 100.0),
        ("tickets_up_use_down", 1, 100.0),
        ("pays_little", 2, 20.0),
    ]


def test_on_an_earlier_day_the_marks_are_those_of_that_day(troubled):
    assert marked(troubled, until=ago(28)) == {"c17": ("pays_little",), "c18": ("pays_little",)}


def test_who_asks_and_does_not_use_the_product_asks_more_than_anybody(health):
    with health.planted(quiet("account_id = 'c05'"), tickets(3, "c05")) as layer:
        assert "many_tickets" in marked(layer)["c05"]


def test_a_company_changes_a_threshold_in_a_file_of_its_own(troubled, tmp_path):
    text = (playbooks.BUILT_IN / "disagreements.yml").read_text(encoding="utf-8")
    block = text[text.index("many_tickets:") : text.index("pays_little:")].replace("tickets >= 3", "tickets >= 20")
    (tmp_path / "playbooks").mkdir()
    (tmp_path / "playbooks" / "disagreements.yml").write_text(block, encoding="utf-8")

    assert {account for account, kinds in marked(troubled, Workspace(tmp_path)).items() if "many_tickets" in kinds} == set()


def test_without_data_nothing_is_marked(health):
    with health.planted("DELETE FROM freshness WHERE table_name = 'event'") as layer:
        assert marked(layer) == {}


def test_test_accounts_are_never_marked(health):
    with health.planted(quiet("account_id = 'c04'"), set_to("account", "account_id = 'c04'", is_test="TRUE")) as layer:
        assert marked(layer) == {}
