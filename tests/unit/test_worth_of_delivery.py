"""What late work is worth: the MRR of those whose tickets and ideas wait for it, counted by hand; or why nothing can be said."""

import pytest

from data.workspace import Workspace
from data.yaml_file import parse
from metrics import load
from metrics.insight import actions
from metrics.insight.actions import playbook_file, playbooks
from metrics.insight.actions.told import lines, to_dict
from tests.planted import UNTIL, ago
from tests.troubles import PLANTED, added

CATALOGUE = load.catalogue()
KNOWN = playbooks.load(Workspace(playbooks.BUILT_IN / "none"), CATALOGUE)
SLIPS = PLANTED["objective_slips"][0]


def tie(request, work, **values):
    """A ticket or an idea tied to a piece of work."""
    told = {"from_source": "'books'", "to_source": "'books'", "kind": "'asked for in'"} | values
    return added("link", 1, from_id=f"'{request}'", to_id=f"'{work}'", **told)


def slipping(health, *statements):
    with health.planted(*SLIPS, *statements) as layer:
        (found,) = actions.actions(layer, [KNOWN["objective_slips"]])
        return found


def test_a_slipping_objective_is_worth_what_those_pay_who_wait_for_its_open_work(health):
    """c04 asked twice and pays 100 once, c05 pays 100; c06 has its work, c07's tie leads to another tool, c08's ticket is deleted."""
    found = slipping(
        health,
        tie("t-c04-0", "w-core-1-1"),
        tie("t-c04-1", "w-core-2-2"),
        tie("i-c05-1", "g-web-2"),
        tie("t-c06-1", "w-core-0-5"),
        tie("t-c07-1", "g-web-2", to_source="'elsewhere'"),
        tie("t-c08-1", "g-web-2"),
        "UPDATE ticket SET deleted_at = created_at WHERE ticket_id = 't-c08-1'",
    )

    assert (found.prize.accounts, found.prize.money, found.accounts) == (2, 200, ("c04", "c05"))
    assert found.values["asks"].value == 3
    assert to_dict(found)["prize"]["says"].startswith("What the accounts pay today whose tickets or ideas are tied to work")
    assert "2 accounts, 200 EUR of MRR concerned" in lines(found, "EUR")[2]


def test_without_a_tie_it_is_told_all_the_same_and_says_why_there_is_no_money(health):
    found = slipping(health)

    assert (found.prize.accounts, found.prize.money, found.accounts) == (None, None, ())
    assert found.prize.says.startswith("No money can be put on it, because no customer's ticket or idea")
    assert any(line.startswith("  worth: No money can be put on it") for line in lines(found, "EUR"))


def test_a_request_waits_from_the_day_of_request_and_work_until_the_work_is_done(health):
    """w-core-1-0 was done on the 30th day before, three days after it was begun and six after it was written down."""
    done = ago(30)
    with health.planted(tie("t-c00-4", "w-core-1-0"), tie("t-c01-4", "g-core-0")) as layer:
        told = {
            row["period"].isoformat(): row["waiting_requests"]
            for row in layer.query("waiting_requests", grain="day", since=ago(37), until=UNTIL).rows
        }

    waits = [day for day, count in told.items() if count]
    written, begun = [ago(36), ago(35), ago(34), ago(33), ago(32), ago(31)], [ago(days) for days in range(6, 0, -1)]
    assert waits == [day.isoformat() for day in written + begun]
    assert done.isoformat() not in waits


def test_every_built_in_playbook_has_a_size_or_says_why_not():
    assert [name for name, one in KNOWN.items() if not (one.prize.none or one.prize.money or (one.accounts and one.accounts.needed))] == []


@pytest.mark.parametrize(
    ("written", "said", "line"),
    [
        ("{accounts: {needed: perhaps, numbers: {uses: events_count}, when: uses > 0}}", "needed is true or false", 1),
        ("{prize: {none: 'nobody of {accuonts}'}}", 'there is no number "accuonts"', 1),
    ],
)
def test_a_mistake_in_them_is_told_at_its_place(written, said, line):
    text = "late: {label: a, description: b, team: product, action: c, numbers: {n: work_completed}, when: n > 0, n: n, " + written[1:]
    with pytest.raises(Exception, match=said) as caught:
        playbook_file.read("late", parse(text, "own.yml"))
    assert (caught.value.file, caught.value.line) == ("own.yml", line)
