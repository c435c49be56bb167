"""Every word of the pages can be translated, and the French catalogue is whole."""

import ast
import re
from pathlib import Path

import pytest
from babel.messages.extract import extract_from_file
from babel.messages.pofile import read_po

from connectors import CONNECTORS, connector
from data.workspace import Workspace
from metrics import load
from metrics.explain import readings
from metrics.insight.actions import playbooks
from metrics.insight.alerts import speech
from metrics.insight.review import templates as review_templates

ROOT = Path(__file__).parents[2]
FILES = [ROOT / "app.py", *sorted((ROOT / "pages").rglob("*.py"))]
CATALOGUES = sorted((ROOT / "pages/locale").glob("*.po"))
#: Streamlit's elements whose first argument is read by people.
SPEAKING = re.compile(
    "title|header|subheader|caption|markdown|write|text|button|link_button|download_button|checkbox|toggle|radio|selectbox|multiselect|"
    "segmented_control|pills|text_input|text_area|number_input|date_input|slider|tabs|expander|popover|info|warning|error|success|toast|"
    "metric|badge|menu_button|dialog|page_link|spinner|status"
)
NAMES = ("label", "help", "placeholder", "title", "description", "alt")
MARKUP = re.compile(r"<[^>]*>|:material/\w+:")


def wanted() -> set[str | tuple[str, ...]]:
    """Every text that the pages hand to gettext."""
    keywords = {"_": None, "ngettext": (1, 2), "N_": None, "NN_": (1, 2)}
    found = (row[1] for path in FILES if path.exists() for row in extract_from_file("python", path, keywords=keywords))
    return {text if isinstance(text, str) else tuple(text[:2]) for text in found if text}


def placeholders(text: str) -> set[str]:
    return set(re.findall(r"{(\w*)[^}]*}", text))


@pytest.mark.parametrize("path", CATALOGUES, ids=lambda path: path.stem)
def test_a_catalogue_translates_every_text_and_nothing_else(path):
    with path.open("rb") as file:
        messages = [message for message in read_po(file) if message.id]

    assert wanted() - {message.id for message in messages} == set(), "not in the catalogue"
    assert {message.id for message in messages} - wanted() == set(), "no longer said by any page"
    for message in messages:
        said = [message.string] if isinstance(message.string, str) else list(message.string)
        asked = [message.id] if isinstance(message.id, str) else list(message.id)
        assert all(said), f"no translation of {message.id!r}"
        assert not message.fuzzy, message.id
        assert all(placeholders(one) <= placeholders(" ".join(asked)) for one in said), message.id


def test_every_built_in_metric_speaks_french():
    with (ROOT / "pages/locale/metrics/fr.po").open("rb") as file:
        told = {message.id for message in read_po(file) if message.id and message.string and not message.fuzzy}
    known = load.catalogue()
    said = {text for metric in known.values() for text in (metric.label, metric.description, metric.objective) if text}
    said |= {reading for name in known for reading in readings((name,), known).values()}

    assert said - told == set(), "not in the catalogue"
    assert told - said == set(), "no longer said by any definition"


def test_every_built_in_review_speaks_french():
    with (ROOT / "pages/locale/reviews/fr.po").open("rb") as file:
        told = {message.id for message in read_po(file) if message.id and message.string and not message.fuzzy}
    found = review_templates.shelf(Workspace(ROOT / "nowhere"), load.catalogue()).kept
    said = {text for one in found.values() for text in spoken(one)} | set(review_templates.TITLES.values())

    assert said - told == set(), "not in the catalogue"
    assert told - said == set(), "no longer said by any template"


def spoken(template):
    """What the pages say of a template of reviews."""
    texts = (
        template.label,
        template.description,
        template.audience,
        *(text for part in template.sections for text in (part.title, part.text)),
    )
    return {text for text in texts if text}


def test_every_built_in_playbook_speaks_french():
    with (ROOT / "pages/locale/playbooks/fr.po").open("rb") as file:
        told = {str(message.id): str(message.string) for message in read_po(file) if message.id and message.string and not message.fuzzy}
    said = {text for path, shown in playbooks.files() for text in playbooks.texts(path, shown)}

    assert said - set(told) == set(), "not in the catalogue"
    assert set(told) - said == set(), "no longer said by any playbook"
    assert [text for text, french in told.items() if placeholders(text) != placeholders(french)] == []


def test_messages_about_alerts_speak_french():
    with (speech.LOCALE / "fr.po").open("rb") as file:
        told = [message for message in read_po(file) if message.id]
    keywords = {"say": None, "N_": None, "count": (1, 2)}
    paths = sorted((ROOT / "metrics/insight/alerts").glob("*.py"))
    found = [row[1] for path in paths for row in extract_from_file("python", path, keywords=keywords)]
    said = {text if isinstance(text, str) else tuple(text[:2]) for text in found if text and text[0]}

    assert {message.id for message in told} == said
    for message in told:
        asked, french = ([texts] if isinstance(texts, str) else list(texts) for texts in (message.id, message.string))
        assert all(french)
        assert not message.fuzzy
        assert all(placeholders(one) == placeholders(" ".join(asked)) for one in french), message.id


def test_every_connector_says_in_french_what_it_loads():
    with (ROOT / "pages/locale/connectors/fr.po").open("rb") as file:
        told = {message.id for message in read_po(file) if message.id and message.string and not message.fuzzy}

    assert told == {connector(name).SUMMARY for name in CONNECTORS}


def unspoken(path: Path) -> list[str]:
    """Texts that a page hands to Streamlit without gettext."""
    found = []
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and SPEAKING.fullmatch(node.func.attr):
            said = [*node.args[:1], *(word.value for word in node.keywords if word.arg in NAMES)]
            texts = [part.value for part in said if isinstance(part, ast.Constant) and isinstance(part.value, str)]
            found += [f"{path.name}:{node.lineno} {text!r}" for text in texts if re.search(r"[A-Za-z]{2}", MARKUP.sub("", text))]
    return found


@pytest.mark.parametrize("path", [path for path in FILES if path.exists()], ids=lambda path: path.name)
def test_no_page_speaks_past_gettext(path):
    assert unspoken(path) == []


def test_the_search_for_unspoken_texts_bites(tmp_path):
    page = tmp_path / "page.py"
    page.write_text('import streamlit as st\nst.button("Save", help=_("Keeps it"))\nst.markdown("<b></b>")\nst.caption(_("Fine"))\n')

    assert unspoken(page) == ["page.py:2 'Save'"]


def hidden(path: Path) -> list[str]:
    """Texts that are handed to gettext within an f-string, where the extractor does not see them."""
    whole = ast.walk(ast.parse(path.read_text(encoding="utf-8")))
    calls = (call for node in whole if isinstance(node, ast.JoinedStr) for call in ast.walk(node) if isinstance(call, ast.Call))
    found = (call for call in calls if isinstance(call.func, ast.Name) and call.func.id in ("_", "N_", "NN_", "ngettext"))
    texts = {
        (call.lineno, part.value) for call in found for part in call.args if isinstance(part, ast.Constant) and isinstance(part.value, str)
    }
    return [f"{path.name}:{line} {text!r}" for line, text in sorted(texts)]


@pytest.mark.parametrize("path", [path for path in FILES if path.exists()], ids=lambda path: path.name)
def test_no_text_hides_from_the_extractor_in_an_f_string(path):
    assert hidden(path) == []


def test_the_search_for_hidden_texts_bites(tmp_path):
    page = tmp_path / "page.py"
    page.write_text(
        """word = "Saved"\nsaid = f"<b>{_('Save')}</b> {_(word)}"\nfine = _("Save")\nmany = f"{ngettext('one', 'more', 2)}"\n"""
    )

    assert hidden(page) == ["page.py:2 'Save'", "page.py:4 'more'", "page.py:4 'one'"]
