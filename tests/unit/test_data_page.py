"""The words of the Data page: how a source is judged, why rows were refused, what the checks found."""

from datetime import UTC, datetime, timedelta

from data.checks import CHECKS
from data.source_changes import KINDS
from data.status import Finding, SourceStatus
from pages import data as page
from pages.components import i18n
from pages.components.table import Cell, Column, markup

NOW = datetime(2026, 6, 30, 12, tzinfo=UTC)


def source(loaded_until=NOW, error=None):
    return SourceStatus("crm", "done", NOW, NOW, 10, 9, 1, loaded_until, None, error)


def test_a_source_is_fresh_late_empty_or_failed():
    with i18n.use("en"):
        assert page.judged(source(NOW - timedelta(hours=26)), NOW) == ("good", "Fresh")
        assert page.judged(source(NOW - timedelta(hours=26, seconds=1)), NOW) == ("warn", "Late")
        assert page.judged(source(None), NOW) == ("warn", "Nothing loaded")
        assert page.judged(source(NOW, error="no such file"), NOW) == ("bad", "Failed")


def test_a_reason_is_told_in_words():
    with i18n.use("en"):
        assert page.reason("changed_value") == "A value would have changed"
        assert page.reason("audit:seats_positive") == "Seats positive"


def test_every_standing_check_has_its_words():
    assert {check.name for check in CHECKS} == set(page.FINDINGS)


def test_one_row_is_told_as_one():
    def told(count):
        return page.looks(Finding("crm", "ticket", "unknown_account", "warning", "", count, [], NOW))

    with i18n.use("en"):
        assert told(1) == "row names an account that no source knows"
        assert told(2) == "rows name an account that no source knows"
    with i18n.use("fr"):
        assert told(1) == "ligne nomme un compte qu’aucune source ne connaît"


def test_every_kind_of_change_has_its_words():
    assert set(KINDS) == set(page.CHANGES)


def test_a_table_tells_its_columns_on_each_cell_and_trusts_no_text():
    html = markup([Column("Source"), Column("Rows", True)], [[Cell("<b>crm</b>", tone="bad"), "1,204"]], title='"Sources"')

    assert '<th scope="col" class="number">Rows</th>' in html
    assert '<td class="number" data-label="Rows"><div>1,204</div></td>' in html
    assert "&lt;b&gt;crm&lt;/b&gt;" in html
    assert 'aria-label="&quot;Sources&quot;"' in html
    assert '<span class="tv-mark bad"></span>' in html
