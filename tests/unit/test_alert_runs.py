"""Alerts are told once, at a publish or in a digest, whatever dies and however many workers there are; what cannot run is an alarm."""

import json
import threading
from datetime import UTC, datetime, timedelta

import psycopg
import pytest

from data import journal as journals
from data.errors import Problem
from data.journal.alerts import LEASE, RUNS
from metrics.__main__ import main
from metrics.insight.alerts import delivery as alert_delivery
from metrics.insight.alerts import run as alert_run
from metrics.insight.alerts import watch as alert_watch
from metrics.layer import Layer
from tests import engines, warehouse
from tests.alerting import OLD, desk, http, tables, week
from tests.company import Company
from tests.machine import postgres_programs

COUNTS = {"e1": [30, 30, 60], "e2": [30, 30, 90], "s1": [30, 30, 31]}
MORE = f"more: {{metric: tickets_created, when: {{changes_by: 50%, at_least: 20}}, by: account_id, tell: [ops], {OLD}}}\n"
CHANNELS = "ops: {url: '${OPS_URL}'}\nboss: {url: '${BOSS_URL}'}\n"
#: A Wednesday noon in UTC; digests went out at eight.
NOON = datetime(2026, 1, 28, 12, tzinfo=UTC)


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    return desk(tmp_path_factory.mktemp("desk"), COUNTS, MORE, CHANNELS).workspace


@pytest.fixture(scope="module")
def server():
    if postgres_programs() is None:
        pytest.skip("PostgreSQL is not installed")
    with engines.cluster() as folder:
        yield folder


@pytest.fixture
def layer(made, monkeypatch):
    monkeypatch.setenv("OPS_URL", "json://127.0.0.1:9/ops")
    monkeypatch.setenv("BOSS_URL", "json://127.0.0.1:9/boss")
    return written(made, MORE)


@pytest.fixture
def book(tmp_path, monkeypatch):
    yield from opened(f"sqlite:///{tmp_path / 'journal.db'}", tmp_path, monkeypatch)


@pytest.fixture(params=["sqlite", "postgresql"])
def either(request, tmp_path, monkeypatch):
    """A journal on each of the two databases."""
    url = f"sqlite:///{tmp_path / 'journal.db'}"
    if request.param == "postgresql":
        folder, name = request.getfixturevalue("server"), f"alerts_{abs(hash(tmp_path))}"
        with psycopg.connect(host=str(folder), user="postgres", dbname="postgres", autocommit=True) as connection:
            connection.execute(f"CREATE DATABASE {name}")
        url = f"postgresql+psycopg://postgres@/{name}?host={folder}"
    yield from opened(url, tmp_path, monkeypatch)


def opened(url, tmp_path, monkeypatch):
    monkeypatch.setenv("TRANSVERSE_JOURNAL", url)
    book = journals.open_journal(tmp_path)
    yield book
    book.close()


def written(workspace, rules, channels=CHANNELS):
    (workspace.alerts / "team.yml").write_text(rules)
    (workspace.alerts / "channels.yml").write_text(channels)
    return Layer(workspace)


def told(book, kind=None):
    return [one for one in book.alerts.deliveries() if kind in (None, one.kind)]


def test_what_fires_in_one_run_is_one_message_the_worst_first(layer, book):
    ran = alert_run.run(layer, book, NOON)

    assert ran.fresh == 2
    (message,) = told(book)
    assert (message.channel, message.kind, message.state) == ("ops", "publish", "waiting")
    assert message.message["title"] == "Tiny: 2 alerts – More"
    lines = [line for line in message.message["text"].splitlines() if line.startswith("- ")]
    assert lines == [
        "- E2: 90 in the week of 2026-01-19, up 200% from 30 (n = 90)",
        "- E1: 60 in the week of 2026-01-19, up 100% from 30 (n = 60)",
    ]


def test_a_second_run_tells_nothing_again(layer, either):
    assert [alert_run.run(layer, either, NOON + timedelta(minutes=place)).fresh for place in range(3)] == [2, 0, 0]
    assert len(told(either)) == 1


def test_two_workers_at_once_tell_once(layer, either):
    gate, fresh = threading.Barrier(4), []

    def work():
        gate.wait()
        fresh.append(alert_run.run(layer, either, NOON).fresh)

    workers = [threading.Thread(target=work) for _ in range(4)]
    for one in workers:
        one.start()
    for one in workers:
        one.join()
    alert_run.run(layer, either, NOON)

    assert sum(fresh) in (0, 2)  # where the first runs hindered each other, the next one tells
    assert len(either.alerts.fired()) == 2
    assert len(told(either, "publish")) == 1


def test_a_run_that_dies_before_its_end_leaves_nothing(layer, either, monkeypatch):
    def dies(*_, **__):
        raise RuntimeError("killed")

    with monkeypatch.context() as broken:
        broken.setattr(alert_run, "_checks", dies)
        with pytest.raises(RuntimeError):
            alert_run.run(layer, either, NOON)
    assert (either.alerts.fired(), told(either)) == ([], [])

    assert alert_run.run(layer, either, NOON).fresh == 2
    assert len(told(either)) == 1


def test_a_storm_is_one_message_that_counts_the_rest(tmp_path_factory, book, monkeypatch):
    monkeypatch.setenv("OPS_URL", "json://127.0.0.1:9/ops")
    storm = {f"e{place}": [0, 10 + (place == 46)] for place in range(47)}
    rule = MORE.replace("changes_by: 50%, at_least: 20", "changes_by: 50%, at_least: 5, min_n: 10")
    layer = desk(tmp_path_factory.mktemp("storm"), storm, rule)
    alert_run.run(layer, book, NOON)

    (message,) = told(book)
    lines = message.message["text"].splitlines()
    assert message.message["title"] == "Tiny: 47 alerts – More"
    assert lines[1].startswith("- E46: 11 in the week")
    assert len([line for line in lines if line.startswith("- E")]) == 10
    assert "- and 37 more" in lines
    assert "37 more" in message.message["html"]
    assert "37 more" in message.message["markdown"]


def test_a_digest_waits_for_its_hour_and_comes_once(layer, either):
    layer = written(layer.workspace, MORE.replace("tell: [ops]", "tell: [ops], cadence: daily"))
    assert alert_run.run(layer, either, NOON).fresh == 2
    assert told(either) == []
    alert_run.run(layer, either, NOON + timedelta(hours=19, minutes=59))
    assert told(either) == []

    for minutes in (0, 1, 600):
        alert_run.run(layer, either, NOON + timedelta(hours=20, minutes=minutes))
    assert [(one.kind, len(one.alerts)) for one in told(either)] == [("daily", 2)]
    alert_run.run(layer, either, NOON + timedelta(hours=44))
    assert len(told(either)) == 1  # there was nothing new


def test_a_weekly_digest_comes_on_the_first_day_of_the_week(layer, book):
    layer = written(layer.workspace, MORE.replace("tell: [ops]", "tell: [ops, boss], cadence: weekly"))
    alert_run.run(layer, book, NOON)
    alert_run.run(layer, book, datetime(2026, 2, 2, 7, 59, tzinfo=UTC))
    assert told(book) == []
    alert_run.run(layer, book, datetime(2026, 2, 2, 8, tzinfo=UTC))

    assert sorted((one.channel, one.kind) for one in told(book)) == [("boss", "weekly"), ("ops", "weekly")]


def test_what_is_snoozed_is_kept_and_not_told_until_it_is_taken_back(layer, book):
    member = book.alerts.snooze("more", NOON + timedelta(days=9999), member="e2", reason="migration", author="ana")
    alert_run.run(layer, book, NOON)
    assert {one.member: one.state for one in book.alerts.fired()} == {"e1": "fired", "e2": "quiet"}
    assert "E2" not in told(book)[0].message["text"]

    book.alerts.remove(member.id)
    assert book.alerts.snoozes(NOON) == []
    book.alerts.restore(member.id)
    assert [(one.rule, one.member, one.reason) for one in book.alerts.snoozes(NOON)] == [("more", "e2", "migration")]
    with pytest.raises(Problem, match="over"):
        book.alerts.snooze("more", datetime(2020, 1, 1, tzinfo=UTC))


def test_a_rule_that_rests_after_it_told_is_silent_in_the_next_period(tmp_path, book, monkeypatch):
    monkeypatch.setenv("OPS_URL", "json://127.0.0.1:9/ops")
    counts = {"e1": [30, 60, 90]}
    rule = MORE.replace("changes_by: 50%, at_least: 20", "above: 50").replace("tell:", "snooze: 2 weeks, tell:")
    layer = desk(tmp_path, counts, rule, until=week(2).isoformat())
    assert alert_run.run(layer, book, NOON).fresh == 1
    warehouse.publish(Company(tables=tables(counts), loaded_since=week(0).isoformat(), loaded_until=week(3).isoformat()), tmp_path)

    assert alert_run.run(layer, book, NOON).fresh == 0
    (tmp_path / "alerts" / "team.yml").write_text(rule.replace("2 weeks", "1 weeks"))
    assert alert_run.run(layer, book, NOON).fresh == 1
    assert [one.period for one in book.alerts.fired()] == [week(2).isoformat(), week(1).isoformat()]


def test_alerts_are_acknowledged_by_somebody(layer, book):
    alert_run.run(layer, book, NOON)
    first = book.alerts.fired()[0]
    with pytest.raises(Problem, match="author"):
        book.alerts.acknowledge([first.id], author=" ")
    book.alerts.acknowledge([first.id], author="ana")

    assert [one.acknowledged_by for one in book.alerts.fired()] == ["ana", ""]


@pytest.mark.parametrize(
    ("was", "now", "code", "said"),
    [
        ("metric: tickets_created", "metric: gone", "definition", "unknown metric"),
        ("by: account_id", "by: account.gone", "definition", "account.gone"),
        ("stale_after: 9999 days", "stale_after: 1 hour", "stale", "is loaded until 2026-01-26"),
        ("when: {changes_by: 50%, at_least: 20}", "when: {changes_by: 50%}", "file", "at_least"),
        ("tell: [ops]", "tell: [ops, nobody]", "channel", "nobody"),
    ],
)
def test_what_cannot_run_is_an_alarm_once_until_it_runs_again(layer, book, was, now, code, said):
    layer = written(layer.workspace, MORE.replace(was, now).replace("tell:", "owner: boss, tell:"))
    for minutes in range(3):
        ran = alert_run.run(layer, book, NOON + timedelta(minutes=minutes))
        assert ran.troubles["more"].code == code
    (alarm,) = told(book, "alarm")
    check = book.alerts.checks()["more"]

    assert alarm.channel == ("ops" if code == "file" else "boss")  # of a rule that cannot be read only the channels are known
    assert said in alarm.message["text"]
    assert (check.code, check.since, check.ran_at) == (code, NOON, NOON + timedelta(minutes=2))

    layer = written(layer.workspace, MORE.replace("tell:", "owner: boss, tell:"))
    alert_run.run(layer, book, NOON + timedelta(minutes=5))
    assert (book.alerts.checks()["more"].code, book.alerts.checks()["more"].since) == ("", None)
    layer = written(layer.workspace, MORE.replace(was, now).replace("tell:", "owner: boss, tell:"))
    alert_run.run(layer, book, NOON + timedelta(minutes=6))
    assert len(told(book, "alarm")) == 2


def test_a_channel_that_refuses_is_an_alarm_to_another(layer, book):
    layer = written(layer.workspace, MORE.replace("tell:", "owner: boss, tell:"))
    alert_run.run(layer, book, NOON)
    for pause in (timedelta(0), timedelta(minutes=1)):
        (refused,) = alert_delivery.deliver(layer.workspace, book, NOON + pause)
        assert (refused.state, "did not take the message" in refused.error) == ("waiting", True)
    alert_run.run(layer, book, NOON + timedelta(minutes=2))

    assert book.alerts.checks()["more"].code == "refused"
    assert [one.channel for one in told(book, "alarm")] == ["boss"]
    with http() as (where, got):
        (layer.workspace.alerts / "channels.yml").write_text(CHANNELS)
        monkey = pytest.MonkeyPatch()
        monkey.setenv("OPS_URL", f"json://{where}/ops")
        monkey.setenv("BOSS_URL", f"json://{where}/boss")
        alert_delivery.deliver(layer.workspace, book, NOON + timedelta(hours=1))
        monkey.undo()
    assert sorted(one["path"] for one in got) == ["/boss", "/ops"]
    assert "did not take the message" in next(one["body"]["message"] for one in got if one["path"] == "/boss")
    alert_run.run(layer, book, NOON + timedelta(hours=2))
    assert book.alerts.checks()["more"].code == ""


def test_a_message_is_tried_again_after_longer_and_longer_pauses_and_then_given_up(layer, book):
    alert_run.run(layer, book, NOON)
    moment, waits = NOON, []
    while (one := told(book, "publish")[0]).state != "failed":
        if one.held_until:
            waits.append(one.held_until - moment)
            moment = one.held_until
        alert_delivery.deliver(layer.workspace, book, moment)

    assert waits == [timedelta(minutes=1), timedelta(minutes=5), timedelta(minutes=30), timedelta(hours=2)]
    assert one.tries == 5


def test_a_message_of_a_sender_that_died_is_taken_up_after_its_lease(layer, book):
    alert_run.run(layer, book, NOON)
    held = book.alerts.take(NOON)
    assert book.alerts.take(NOON + timedelta(seconds=1)) is None

    again = book.alerts.take(NOON + LEASE)
    assert (again.id, again.tries) == (held.id, 2)


def test_who_does_not_run_is_noticed(layer, book):
    assert alert_watch.silence(book, NOON) == timedelta.max
    alert_run.run(layer, book, NOON)
    assert book.alerts.checks()[RUNS].ran_at == NOON
    assert alert_watch.silence(book, NOON + timedelta(minutes=59)) is None
    assert alert_watch.silence(book, NOON + timedelta(minutes=61)) == timedelta(minutes=61)


def test_the_watch_runs_once_a_publish_and_survives_what_goes_wrong(made, tmp_path, monkeypatch):
    monkeypatch.setenv("TRANSVERSE_JOURNAL", f"sqlite:///{tmp_path / 'journal.db'}")
    monkeypatch.setenv("OPS_URL", "json://127.0.0.1:9/ops")
    monkeypatch.setattr(alert_watch, "LOOKS", 0.0)
    written(made, MORE)
    ran = []
    run = alert_run.run
    monkeypatch.setattr(alert_watch.alert_run, "run", lambda *args: ran.append(run(*args).fresh))
    look = alert_watch.watching(made.root)
    look()
    look()
    assert ran == [2]

    (made.alerts / "channels.yml").write_text("a: [")
    look()
    (made.alerts / "channels.yml").write_text(CHANNELS)
    look()
    assert ran == [2, 0, 0]


def test_the_command_line_runs_tries_and_says_what_is_wrong(layer, book, monkeypatch, capsys):
    def command(*arguments):
        code = main(["alerts", *arguments])
        said = capsys.readouterr()
        return code, json.loads(said.out) if said.out.startswith("{") else said.err

    monkeypatch.setenv("TRANSVERSE_WORKSPACE", str(layer.workspace.root))
    with http() as (where, got):
        monkeypatch.setenv("OPS_URL", f"json://{where}/ops")
        monkeypatch.setenv("BOSS_URL", f"json://{where}/refuse-s3cr3t")
        _code, history = command("--try", str(layer.workspace.alerts / "team.yml"), "--json")
        assert [(one["member"], one["period"], one["value"], one["before"]) for one in history["rules"][0]["fired"]] == [
            ("e2", "2026-01-19", 90.0, 30.0), ("e1", "2026-01-19", 60.0, 30.0),
        ]  # fmt: skip
        code, told = command("--json")
        assert (code, told["runs"], told["rules"][0]["state"]) == (1, False, "never ran")
        code, told = command("--run", "--json")
        assert (code, told["fresh"], [one["state"] for one in told["messages"]]) == (0, 2, ["sent"])
        code, told = command("--json")
        assert (code, told["runs"], told["rules"][0]["state"]) == (0, True, "fired")
        code, said = command("--send-test", "boss")
        assert (code, "did not take" in said, "s3cr3t" in said) == (1, True, False)
        code, said = command("--send-test", "bos")
        assert (code, "boss" in said) == (2, True)
    assert [one["path"] for one in got] == ["/ops", "/refuse-s3cr3t"]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "alerts/mine.yml:1 holds no rule"),
        (
            "a:\n  metric: ticket_created\n  when: {above: 5}\n  tell: ops",
            'alerts/mine.yml:2:11 a: unknown metric "ticket_created". Did you',
        ),
        (
            "a:\n  metric: tickets_created\n  when: {above: 5}\n  by: account.plann\n  tell: ops",
            "alerts/mine.yml:4:7 a: tickets_created has",
        ),
        (
            "a:\n  metric: tickets_created\n  when: {above: 5}\n  where: status =\n  tell: ops",
            "alerts/mine.yml:4:10 a: this expression cannot",
        ),
    ],
)
def test_a_rule_that_is_tried_is_told_what_is_wrong_with_its_place(layer, monkeypatch, tmp_path, capsys, text, said):
    monkeypatch.setenv("TRANSVERSE_WORKSPACE", str(layer.workspace.root))
    (tmp_path / "mine.yml").write_text(text)

    assert main(["alerts", "--try", str(tmp_path / "mine.yml")]) == 2
    assert said in capsys.readouterr().err
