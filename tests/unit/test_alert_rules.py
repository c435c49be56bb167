"""Alert rules and channels as people write them: what is wrong is told with its file, line, field and remedy; secrets are refused."""

from datetime import time, timedelta

import pytest

from data import channels, journal, workspace
from data.errors import Problem
from metrics import editing
from metrics.__main__ import main
from metrics.insight.alerts import lint as alert_lint
from metrics.insight.alerts import rule as alert_rule
from tests.alerting import desk

RULE = "jump:\n  metric: tickets_created\n  when: {changes_by: 25%, at_least: 20}\n  tell: [ops]\n"


@pytest.fixture(scope="module")
def ready(tmp_path_factory):
    """A published desk, made once; what a test writes of rules and channels stands in for what another wrote."""
    return desk(tmp_path_factory.mktemp("desk"), {"e1": [1, 1]})


@pytest.fixture
def written(ready):
    def write(rules, told="ops: {url: '${OPS_URL}'}"):
        (ready.workspace.alerts / "team.yml").write_text(rules)
        (ready.workspace.alerts / "channels.yml").write_text(told)
        return ready

    return write


def rule(text):
    return next(iter(alert_rule.parse(text, "alerts/own.yml").values()))


def test_a_rule_is_read_with_its_defaults():
    read = rule(RULE)

    assert (read.metric, read.grain, read.compare, read.direction, read.cadence) == (
        "tickets_created",
        "week",
        "previous",
        "worse",
        "publish",
    )
    assert (read.when.kind, read.when.share, read.when.floor, read.when.min_n) == ("change", 0.25, 20.0, None)
    assert (read.tell, read.snooze, read.stale_after) == (("ops",), timedelta(0), timedelta(days=3))


@pytest.mark.parametrize(
    ("told", "kind", "limit"), [("{above: 5}", "above", 5.0), ("{below: -2.5}", "below", -2.5), ("{below: target}", "below", None),
                                ("{above: 40%}", "above", 0.4)],
)  # fmt: skip
def test_limits_are_numbers_shares_or_the_target(told, kind, limit):
    read = rule(RULE.replace("{changes_by: 25%, at_least: 20}", told))

    assert (read.when.kind, read.when.limit) == (kind, limit)


@pytest.mark.parametrize(
    ("was", "now", "line", "field", "said"),
    [
        ("  metric: tickets_created\n", "", 2, None, "metric is missing"),
        ("{changes_by: 25%, at_least: 20}", "{changes_by: 25%}", 3, "when", "Add at_least"),
        ("{changes_by: 25%, at_least: 20}", "{changes_by: 25%, at_least: 20, above: 3}", 3, "when", "exactly one of"),
        ("{changes_by: 25%, at_least: 20}", "{changes_by: a lot, at_least: 20}", 3, "changes_by", "a number such as 20 or 25%"),
        ("{changes_by: 25%, at_least: 20}", "{changes_by: 25%, at_last: 20, at_least: 1}", 3, "at_last", "Did you mean at_least?"),
        ("{changes_by: 25%, at_least: 20}", "{changes_by: 0, at_least: 20}", 3, "changes_by", "more than 0"),
        ("{changes_by: 25%, at_least: 20}", "{above: 5, min_n: many}", 3, "min_n", "whole number"),
        ("{changes_by: 25%, at_least: 20}", "often", 3, "when", "says what fires it"),
        ("  tell: [ops]\n", "", 2, "tell", "names the channels"),
        ("tell: [ops]", "tel: [ops]", 4, "tel", "Did you mean tell?"),
        ("  tell: [ops]", "  tell: [ops]\n  grain: fortnight", 5, "grain", "day, week, month, quarter"),
        ("  tell: [ops]", "  tell: [ops]\n  snooze: a while", 5, "snooze", "4 weeks"),
    ],
)
def test_what_is_wrong_is_told_with_its_place(was, now, line, field, said):
    with pytest.raises(Problem) as told:
        rule(RULE.replace(was, now))

    assert (told.value.file, told.value.line, told.value.field) == ("alerts/own.yml", line, field)
    assert said in f"{told.value.message} {told.value.remedy}"


def test_a_wrong_rule_takes_no_other_down(written):
    layer = written(f"{RULE}bad: {{metric: mrr, when: {{over: 1}}, tell: [ops]}}\n")
    torn = layer.workspace.alerts / "torn.yml"
    torn.write_text("a: [\n")
    rules, broken = alert_rule.read_all(layer.workspace)
    torn.unlink()

    assert list(rules) == ["jump"]
    assert [(one.name, one.tell, one.problem.file) for one in broken] == [
        ("bad", ("ops",), "alerts/team.yml"), ("alerts/torn.yml", (), "alerts/torn.yml"),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("change", "level", "field", "said"),
    [
        (("tickets_created", "tickets_creatd"), "error", "metric", "Did you mean tickets_created"),
        (("tell: [ops]", "tell: [opps]"), "error", "tell", "Did you mean ops?"),
        (("tell: [ops]", "tell: [ops]\n  by: account.segmnt"), "error", "by", "Did you mean account.segment"),
        (("tell: [ops]", "tell: [ops]\n  where: sgment = 'x'"), "error", "where", 'unknown column "sgment"'),
        (("tell: [ops]", "tell: [ops]"), "warning", "tell", "is not set here"),
        (("tell: [ops]", "tell: [ops]"), "warning", "owner", "nobody owns"),
        (("metric: tickets_created", "metric: mrr_bridge"), "error", "metric", "several numbers"),
    ],
)
def test_what_a_rule_names_is_checked(written, monkeypatch, change, level, field, said):
    monkeypatch.delenv("OPS_URL", raising=False)
    layer = written(RULE.replace(*change))
    found = {(one.level, one.problem.field): one.problem for one in alert_lint.findings(layer)}

    assert (level, field) in found
    problem = found[level, field]
    assert problem.file == "alerts/team.yml"
    assert said in f"{problem.message} {problem.remedy}"


def test_channels_are_read_and_their_addresses_come_from_outside(written, monkeypatch):
    layer = written("", "ops: {url: '${OPS_URL}'}\nnight: {url: '${NIGHT_URL}', digest_at: 22:15}\n")
    monkeypatch.setenv("OPS_URL", "json://example.org/secret")
    found = channels.read(layer.workspace)

    assert [(one.name, one.digest_at, one.is_set) for one in found.values()] == [("ops", time(8), True), ("night", time(22, 15), False)]
    assert found["ops"].address() == "json://example.org/secret"
    assert "secret" not in repr(found)
    with pytest.raises(Problem, match="NIGHT_URL"):
        found["night"].address()


@pytest.mark.parametrize("url", ["slack://T1JJ3T3L2/A1BRTD4JD/TIiajkdnlazkcOXrIdevi7", "mailtos://a:${PASSWORD}@example.org", ""])
def test_a_secret_that_stands_in_the_file_is_refused(written, url):
    layer = written("", f"ops:\n  url: '{url}'\n")

    with pytest.raises(Problem, match="does not belong into channels") as told:
        channels.read(layer.workspace)
    assert told.value.line == 2
    assert "${OPS_URL}" in str(told.value.remedy)
    assert not url or url not in str(told.value)


def test_an_address_of_the_app_must_be_one(tmp_path):
    (tmp_path / "sources.yml").write_text("company: {address: transverse.example.org}\n")

    with pytest.raises(Problem, match="https://") as told:
        workspace.load(tmp_path)
    assert (told.value.file, told.value.line) == ("sources.yml", 1)


def test_validate_tells_of_rules_beside_definitions(written, monkeypatch, capsys):
    layer = written(RULE.replace("tickets_created", "tickets_creatd"))
    monkeypatch.setenv("TRANSVERSE_WORKSPACE", str(layer.workspace.root))
    monkeypatch.setenv("OPS_URL", "json://127.0.0.1:9/ops")

    assert main(["validate", str(layer.workspace.alerts / "team.yml")]) == 1
    assert 'alerts/team.yml:2:11 jump: unknown metric "tickets_creatd"' in capsys.readouterr().out
    written(f"{RULE}  owner: ana\n")
    assert main(["validate", str(layer.workspace.alerts / "team.yml")]) == 0


def test_a_signal_is_judged_of_one_series():
    with pytest.raises(Problem, match="one series") as told:
        rule(RULE.replace("{changes_by: 25%, at_least: 20}", "{signal: true}\n  by: account.plan"))

    assert (told.value.line, told.value.field) == (4, "by")


def test_a_rule_is_written_into_its_file_and_its_change_can_be_taken_back(written, tmp_path, monkeypatch):
    monkeypatch.setenv("TRANSVERSE_JOURNAL", f"sqlite:///{tmp_path / 'journal.db'}")
    layer, book = written(f"# Ours.\n{RULE}"), journal.open_journal(tmp_path)
    changed = alert_lint.edit(layer.workspace, "jump", RULE.replace("25%", "50%"))
    editing.save(layer.workspace, changed, book.definitions, author="ana", reason="too loud")
    new = alert_lint.edit(layer.workspace, "other", RULE.replace("jump", "other"))
    editing.save(layer.workspace, new, book.definitions, author="ana", reason="asked for")

    assert (layer.workspace.alerts / "team.yml").read_text() == f"# Ours.\n{RULE.replace('25%', '50%')}"
    assert (layer.workspace.alerts / "own.yml").read_text() == RULE.replace("jump", "other")
    (before,) = book.definitions.history("jump", "alerts")
    back = alert_lint.edit(layer.workspace, "jump", before.before)
    editing.save(layer.workspace, back, book.definitions, author="ana", reason="back")
    editing.save(layer.workspace, alert_lint.edit(layer.workspace, "other", None), book.definitions, author="ana", reason="gone")
    assert (layer.workspace.alerts / "team.yml").read_text() == f"# Ours.\n{RULE}"
    assert not (layer.workspace.alerts / "own.yml").exists()
