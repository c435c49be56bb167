"""A channel says in which language its messages are: words, figures and dates. Names stay as they are, and so does why a rule fails."""

from datetime import UTC, datetime

import pytest

from data import channels
from data import journal as journals
from data.errors import Problem
from data.yaml_file import parse
from metrics.insight.alerts import digest
from metrics.insight.alerts import run as alert_run
from metrics.insight.alerts.speech import Speech, sentence
from tests.alerting import OLD, desk

CHANNELS = "ops: {url: '${OPS_URL}'}\nparis: {url: '${PARIS_URL}', language: fr}\n"
MORE = f"""
more: {{metric: tickets_created, when: {{changes_by: 50%, at_least: 20}}, by: account_id, tell: [ops, paris], owner: ana, {OLD}}}
"""
NOON = datetime(2026, 1, 28, 12, tzinfo=UTC)
#: French puts thin spaces between thousands, and a space that does not break before its signs.
THIN, FIXED = "\u202f", "\u00a0"
FACTS = {
    "format": "money", "grain": "week", "period": "2026-11-16", "label": "Entreprise {0}", "code": "fell",
    "value": 1234567.4, "before": 2500000.0, "limit": None, "n": 1200.0,
}  # fmt: skip


@pytest.fixture
def book(tmp_path, monkeypatch):
    monkeypatch.setenv("TRANSVERSE_JOURNAL", f"sqlite:///{tmp_path / 'journal.db'}")
    monkeypatch.setenv("OPS_URL", "json://localhost/ops")
    monkeypatch.setenv("PARIS_URL", "json://localhost/paris")
    opened = journals.open_journal(tmp_path)
    yield opened
    opened.close()


def test_two_channels_hear_of_the_same_in_their_own_language(tmp_path, book):
    layer = desk(tmp_path / "desk", {"e1": [30, 60], "e2": [30, 160]}, MORE, CHANNELS)
    alert_run.run(layer, book, NOON)

    told = {one.channel: one.message for one in book.alerts.deliveries()}
    assert told["ops"]["title"] == "Tiny: 2 alerts – More"
    assert "- E2: 160 in the week of 2026-01-12, up 433% from 30 (n = 160)" in told["ops"]["text"]
    assert told["paris"]["title"] == f"Tiny{FIXED}: 2 alertes – More"
    said = "- E2 : 160 pour la semaine du 12 janvier 2026, en hausse de 433 % contre 30 (n = 160)"
    assert said in told["paris"]["text"].replace(THIN, " ").replace(FIXED, " ")
    assert f"Responsable{FIXED}: ana." in told["paris"]["html"]
    assert "S’il arrive deux fois" in told["paris"]["markdown"]


def test_amounts_and_shares_are_written_as_the_language_writes_them():
    english, french = (sentence(FACTS, Speech(language, "EUR")) for language in ("en", "fr"))

    assert english == "Entreprise {0}: €1,234,567 in the week of 2026-11-16, down 51% from €2,500,000 (n = 1,200)"
    assert french.replace(THIN, " ").replace(FIXED, " ") == (
        "Entreprise {0} : 1 234 567 € pour la semaine du 16 novembre 2026, en baisse de 51 % contre 2 500 000 € (n = 1 200)"
    )
    near = FACTS | {"format": "decimal", "code": "below", "value": 4.2973, "limit": 4.3, "n": 37.0, "label": ""}
    assert sentence(near, Speech()) == "4.297 in the week of 2026-11-16, below 4.3 (n = 37)"
    share = FACTS | {"format": "percent", "value": 0.123, "before": 0.153, "label": "", "grain": "day", "n": None}
    assert sentence(share, Speech()) == "12.3% on 2026-11-16, down 3 points from 15.3%"
    assert sentence(share, Speech("fr")).replace(THIN, " ").replace(FIXED, " ") == (
        "12,3 % le 16 novembre 2026, en baisse de 3 points contre 15,3 %"
    )


def test_an_alarm_and_a_test_speak_french_too():
    alarm = digest.alarm("Acme", [("more", "alerts/own.yml:3 unknown metric")], "", Speech("fr"))
    one = digest.test("Acme", "paris", Speech("fr"))

    assert alarm.title == f"Acme{FIXED}: 1 alerte ne peut pas s’exécuter"
    assert f"more{FIXED}: alerts/own.yml:3 unknown metric" in alarm.text
    assert one.title == f"Acme{FIXED}: essai de paris"


def test_another_language_is_refused_with_its_place(tmp_path):
    within = parse("ops:\n  url: ${OPS_URL}\n  language: de\n", channels.FILE)

    with pytest.raises(Problem, match=r'channels.yml:3:13 ops: language is one of en, fr, not "de"'):
        channels._channel("ops", within)
