"""What the page's own scripts draw gets to them whole, whatever it says; what people wrote is read again once somebody writes."""

import json
import time
from html.parser import HTMLParser

import pytest
from streamlit.testing.v1 import AppTest

from data import journal as journals
from pages.components import kept
from tests.waiting import PATIENCE

HOSTILE = ["</style>", "<script>alert(1)</script>", "--!>", "it's", 'say "no"', "A & B", "&lt;", "\\u003c", "é\n\u2028 😀"]


def drawing_page():  # its source is run by itself, so it imports what it needs
    from pages.components import drawing
    from pages.components.ranked import Row, ranked
    from tests.unit.test_drawing import HOSTILE

    drawing.begin()
    ranked([Row(text, text, "1") for text in HOSTILE], key="of'all", title="</style>", above="<h2>Largest</h2>")
    drawing.end()


class Attributes(HTMLParser):
    """The attributes of the one element that says what is drawn."""

    def handle_starttag(self, _tag, attrs):
        told = dict(attrs)
        if told.get("class") == "tv-told":
            self.told = told


def test_hostile_texts_come_whole_and_nothing_of_them_is_markup():
    shown = AppTest.from_function(drawing_page).run(timeout=PATIENCE)

    assert not shown.exception
    body = next(one.proto.body for one in shown.get("html") if "tv-told" in one.proto.body)
    parsed = Attributes()
    parsed.feed(body)
    assert [row["label"] for row in json.loads(parsed.told["data-told"])["rows"]] == HOSTILE
    assert (parsed.told["data-draw"], parsed.told["data-key"], parsed.told["data-ear"]) == ("ranked", "of'all", "page")
    assert body.startswith('<div class="tv-above"><h2>Largest</h2></div>')
    # Streamlit takes an attribute away that looks like the end of a comment or of an element.
    assert not any(end in parsed.told["data-told"] for end in ("</", "-->", "--!>", "]>"))


@pytest.fixture
def book(tmp_path, monkeypatch):
    monkeypatch.setenv(journals.VARIABLE, f"sqlite:///{tmp_path / 'journal.db'}")
    opened = journals.open_journal(tmp_path)
    yield opened
    opened.close()


def test_what_people_wrote_is_read_once_and_again_as_soon_as_somebody_writes(book):
    book.targets.set("mrr", "2026", 100.0)
    time.sleep(0.15)
    first = kept.kept(book)
    assert kept.kept(book) is first
    assert first.targets == {"mrr": {"2026": 100.0}}

    book.targets.set("mrr", "2026", 120.0)
    assert kept.kept(book).targets == {"mrr": {"2026": 120.0}}
    book.segments.save("Pilot", ["a"])
    assert [one.name for one in kept.kept(book).segments] == ["Pilot"]
    time.sleep(0.15)
    assert kept.kept(book) is kept.kept(book)
