"""What tiles and lists say to those who hear the page, and that a failing card is told in its place."""

from streamlit.testing.v1 import AppTest

from pages.components import i18n
from pages.components.cards import Card, spoken
from pages.components.ranked import Row
from pages.components.ranked import spoken as spoken_row
from pages.components.states import steps
from tests.waiting import PATIENCE


def test_a_tile_is_heard_with_its_change_its_status_and_its_progress():
    card = Card("waa", "Active accounts", "312", "4.2%", "up", "good", "299", status="risk", progress="last day until 14:32")

    with i18n.use("en"):
        assert spoken(card) == "Active accounts: 312, up 4.2%, At risk, last day until 14:32"
        assert spoken(Card("waa", "Active accounts", problem="unknown column")) == "Active accounts: unknown column"
    with i18n.use("fr"):
        assert "en hausse de 4.2%" in spoken(card)


def test_a_tile_is_silent_only_when_it_has_nothing_to_tell():
    assert Card("a", "A", "–", spark=(None, None)).silent
    assert not Card("a", "A", "–", spark=(None, 1.0)).silent
    assert not Card("a", "A", "–", was="3").silent
    assert not Card("a", "A", problem="why").silent


def test_a_row_is_heard_with_its_note():
    with i18n.use("en"):
        assert spoken_row(Row("e", "Export", "86", 0.9, "6.2%", "up", "good", note="292 people")) == "Export: 86, 292 people, up 6.2%"


def test_steps_are_behind_at_work_or_ahead():
    assert steps(["one", "<two>", "three"], 1) == (
        '<ol class="tv-steps"><li class="done">one</li><li class="now">&lt;two&gt;</li><li class="">three</li></ol>'
    )


def failing_page():  # its source is run by itself, so it imports what it needs
    import streamlit as st

    from data.errors import Problem
    from pages.components.states import guarded

    with guarded():
        raise Problem("unknown column", "sales.yml", 7, remedy="Did you mean amount?")
    with guarded():
        raise ZeroDivisionError
    st.write("the rest")


def test_what_fails_is_told_in_its_place_and_the_rest_stands():
    shown = AppTest.from_function(failing_page).run(timeout=PATIENCE)

    assert not shown.exception
    said = [one.proto.body for one in shown.get("html")]
    assert "unknown column" in said[0]
    assert "Did you mean amount?" in said[0]
    assert "sales.yml:7" in said[0]
    assert "Traceback" not in "".join(said)
    assert "could not be drawn" in said[1]
    assert shown.markdown[0].value == "the rest"
