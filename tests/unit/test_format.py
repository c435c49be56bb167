"""Figures as people write them, in English and in French."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from pages.components import format as fmt
from pages.components import i18n


def plain(text):
    """With the usual space for the narrow and the unbreakable one, which differ between editions of the locale data."""
    return text.replace("\u202f", " ").replace("\xa0", " ").replace("\u2009", " ")


@pytest.mark.parametrize(
    ("value", "kind", "english", "french"),
    [
        (19683, "integer", "19,683", "19 683"),
        (1_234_567, "integer", "1.23M", "1,23 M"),
        (17.66, "decimal", "17.7", "17,7"),
        (4.128, "decimal", "4.13", "4,13"),
        (-5, "integer", "−5", "−5"),
        (0.4341, "percent", "43.4%", "43,4 %"),
        (1234.4, "money", "€1,234", "1 234 €"),
        (157_512, "money", "€157.5K", "157,5 k €"),
        (45, "duration", "45m", "45min"),
        (130, "duration", "2h 10m", "2h 10min"),
        (4600, "duration", "3d 4h", "3j 4h"),
        (0, "duration", "0m", "0min"),
        (None, "money", "–", "–"),
        (float("nan"), "decimal", "–", "–"),
    ],
)
def test_a_number_on_a_tile(value, kind, english, french):
    with i18n.use("en"):
        assert fmt.short(value, kind) == english
    with i18n.use("fr"):
        assert plain(fmt.short(value, kind)) == french


def test_a_dollar_is_a_dollar_in_britain_too():
    with i18n.use("en"):
        assert fmt.short(157_512, "money", "USD") == "$157.5K"


def test_changes_of_shares_are_told_in_points_and_others_with_their_sign():
    with i18n.use("en"):
        assert fmt.change(-0.0321, "percent") == "−3.2 pts"
        assert fmt.change(14, "duration") == "+14m"
        assert fmt.share(0.0416) == "+4.2%"
        assert fmt.share(-3.2, signed=False) == "320%"


def test_an_axis_writes_all_its_values_alike():
    with i18n.use("en"):
        assert fmt.axis((0, 5000, 10000), "money") == ["€0", "€5K", "€10K"]
        assert fmt.axis((0, 0.25, 0.5), "percent") == ["0%", "25%", "50%"]
        assert fmt.axis((0.05, 0.075), "percent") == ["5.0%", "7.5%"]
        assert fmt.axis((0, 60, 120), "duration") == ["0m", "1h", "2h"]


def test_days_and_periods():
    with i18n.use("en"):
        assert plain(fmt.span(date(2026, 10, 26), date(2026, 11, 22))) == "26 Oct – 22 Nov 2026"
        assert fmt.period(date(2026, 11, 9), "week", long=True) == "Week of 9 Nov 2026"
        assert fmt.period(date(2026, 10, 1), "quarter") == "Q4 2026"
    with i18n.use("en_US"):
        assert fmt.day(date(2026, 11, 9)) == "Nov 9, 2026"
    with i18n.use("fr"):
        assert fmt.period(date(2026, 11, 9), "week", long=True) == "Semaine du 9 nov. 2026"
        assert fmt.period(date(2026, 10, 1), "quarter") == "T4 2026"


def test_a_moment_of_another_day_says_its_day():
    with i18n.use("en"):
        assert fmt.clock(datetime(2024, 12, 31, 22, 59, tzinfo=UTC), ZoneInfo("Europe/Paris")) == "31 Dec 2024, 23:59"


def test_an_age_is_told_in_its_largest_unit():
    with i18n.use("en"):
        assert fmt.age(timedelta(minutes=3)) == "3 minutes"
    with i18n.use("fr"):
        assert plain(fmt.age(timedelta(days=2))) == "2 jours"
