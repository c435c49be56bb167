"""The catalogue as a document, and what it says of metrics that have to do with one another."""

import re
from html.parser import HTMLParser

import pytest

from metrics import handbook, load
from metrics.__main__ import main
from metrics.related import confusable, used_by

OWN = """
first: {label: "1. Deals *won*", count: "*", in: opportunities, good: up, owner: "<script>alert(1)</script>", tests: [{not_below: 0}],
  description: "- <b>Bold</b> & [a link](javascript:alert(1)) # no heading"}
second: {label: Second, ratio: first, to: first, good: up, format: percent, drivers: [first], tests: [{not_below: 0}]}
"""


@pytest.fixture(scope="module")
def known():
    return load.catalogue()


@pytest.fixture(scope="module")
def text(known):
    return handbook.html("Acme", known)


class Page(HTMLParser):
    """What a page has: its anchors, its links within itself, its tags."""

    def __init__(self, text):
        super().__init__()
        self.anchors, self.links, self.tags, self.texts = [], [], [], []
        self.feed(text)

    def handle_starttag(self, tag, attrs):
        told = dict(attrs)
        self.tags.append(tag)
        self.anchors += [told["id"]] if "id" in told else []
        self.links += [told["href"]] if "href" in told else []

    def handle_data(self, data):
        self.texts.append(data)


@pytest.mark.parametrize(
    ("name", "near"),
    [
        ("weekly_active_accounts", {"daily_active_accounts", "monthly_active_accounts", "active_accounts"}),
        ("first_response_median", {"first_response_business_median"}),
        ("nrr_12m", {"grr_12m", "nrr_1m"}),
        ("dau_over_mau", {"stickiness_ratio"}),
    ],
)
def test_metrics_that_are_easily_confused_are_named(known, name, near):
    assert near <= set(confusable(name, known))


def test_what_has_nothing_to_do_with_it_is_not_named(known):
    assert confusable("win_rate", known) == []
    assert not any(name in confusable(name, known) for name in known)


def test_what_is_made_of_a_metric_is_named(known):
    assert {"stickiness_ratio", "dau_over_mau"} <= set(used_by("monthly_active_users", known))
    assert used_by("stickiness_ratio", known) == []


def test_the_page_has_a_section_for_each_metric_and_no_link_that_leads_nowhere(known, text):
    page = Page(text)

    assert sorted(page.anchors) == sorted(known)
    assert {link.removeprefix("#") for link in page.links} <= set(known)
    assert len(page.links) > 300


def test_each_section_has_its_own_anchor_and_definition(known, text):
    for name in ("nrr_12m", "win_rate"):
        section = text.split(f'<h3 id="{name}">')[1].split("<h3")[0]
        assert section.startswith(f"{known[name].label}</h3>")
        assert f"\n{name}:\n" in f"\n{section.split('language-yaml')[1].split('>', 1)[1]}"


def test_what_people_write_is_text_and_no_markup():
    known = load.over({}, OWN)
    page = Page(handbook.html("Acme <b>&</b> sons", known))
    said = "".join(page.texts)

    assert {"script", "b"}.isdisjoint(page.tags)
    assert not any("javascript" in link for link in page.links)
    assert page.anchors == ["first", "second"]
    assert "1. Deals *won*" in said
    assert "- <b>Bold</b> & [a link](javascript:alert(1)) # no heading" in said
    assert "Metrics of Acme <b>&</b> sons" in said


def test_the_command_writes_the_form_that_the_file_is_called_by(tmp_path, monkeypatch, capsys):
    monkeypatch.setenv("TRANSVERSE_WORKSPACE", str(tmp_path))

    assert main(["catalogue", str(tmp_path / "all.html")]) == 0
    assert (tmp_path / "all.html").read_text().startswith("<!doctype html>")
    assert main(["catalogue"]) == 0
    assert re.match(r"# Metrics of Company\n\n## Adoption\n\n### Active accounts\n", capsys.readouterr().out)
