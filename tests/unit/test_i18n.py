"""Words: the reader's language, and what is not said in it."""

from pages.components import i18n
from pages.components.i18n import _, ngettext, translated


def test_texts_follow_the_language():
    with i18n.use("fr"):
        assert _("On target") == "Atteint"
        assert ngettext("{total} row", "{total} rows", 0) == "{total} ligne"  # French counts nothing as one
    with i18n.use("en"):
        assert _("On target") == "On target"
        assert ngettext("{total} row", "{total} rows", 0) == "{total} rows"


def test_a_language_that_is_not_spoken_here_is_english():
    with i18n.use("de_DE"):
        assert i18n.language() == "en"
        assert _("On target") == "On target"


def test_the_country_decides_how_dates_and_figures_look():
    with i18n.use("fr_CA"):
        assert str(i18n.locale()) == "fr_CA"
    with i18n.use("en"):
        assert str(i18n.locale()) == "en_GB"


def test_a_company_s_own_words_stay_as_they_are():
    with i18n.use("fr"):
        assert translated("Net new MRR") == "Nouveau MRR net"
        assert translated("Exports per moon") == "Exports per moon"
