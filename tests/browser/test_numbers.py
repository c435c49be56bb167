"""The numbers on the tiles are those that the layer gives for the same range."""

from datetime import timedelta
from zoneinfo import ZoneInfo

import pytest

from data import status
from tests.browser.harness import opened, tile


@pytest.fixture(scope="module")
def days(layer):
    """The half-open range that 28 days up to the newest loaded day make."""
    with layer.reader.open() as snapshot:
        newest = max(source.loaded_until for source in status.sources(snapshot))
    until = newest.astimezone(ZoneInfo(layer.workspace.company.timezone)).date() + timedelta(days=1)
    return until - timedelta(days=28), until


def thousands(value):
    return f"{value:,.0f}"


def compact_money(value):
    return f"€{value:,.0f}" if abs(value) < 10_000 else f"€{value / 1000:,.1f}".removesuffix(".0") + "K"


def percent(value):
    return f"{value * 100:.1f}%"


@pytest.mark.parametrize(
    ("page", "names"),
    [
        ("", {"weekly_active_accounts": thousands, "mrr": compact_money, "win_rate": percent, "stickiness_ratio": percent}),
        ("adoption", {"weekly_active_users": thousands, "features_used": thousands, "new_users": thousands}),
        ("revenue", {"paying_accounts": thousands, "arpa": compact_money, "won_amount": compact_money, "pipeline_created": compact_money}),
        ("support", {"tickets_created": thousands, "urgent_tickets": thousands, "reopen_share": percent}),
        ("delivery", {"work_completed": thousands, "work_in_progress": thousands, "bug_share": percent}),
    ],
)
def test_tiles_show_what_the_layer_gives(browser, app, layer, days, page, names):
    shown = opened(browser, f"{app}/{page}")
    shown.locator(".tile").first.wait_for(timeout=30_000)
    since, until = days
    for name, written in names.items():
        (row,) = layer.query(name, since=since, until=until).rows
        assert tile(shown, name) == written(row[name]), name
    shown.context.close()


def test_a_filter_narrows_the_tiles(browser, app, layer, days):
    shown = opened(browser, f"{app}/support?plan=pro")
    shown.locator(".tile").first.wait_for(timeout=30_000)
    since, until = days
    (row,) = layer.query("tickets_created", since=since, until=until, where="account.plan = 'pro'").rows

    assert tile(shown, "tickets_created") == thousands(row["tickets_created"])
    assert shown.locator(".tv-on").all_inner_texts() == ["pro"]
    shown.context.close()
