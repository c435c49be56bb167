"""What the layers below the pages say is in the French catalogue, all of it and nothing else, and is known again."""

from __future__ import annotations

from pathlib import Path
from string import Formatter

import pytest
from babel.messages.pofile import read_po

from docs import messages
from pages.components import i18n
from pages.components.relay import relayed


@pytest.fixture(scope="module")
def french() -> dict[str, str]:
    with messages.FRENCH.open("rb") as file:
        return {str(message.id): str(message.string) for message in read_po(file) if message.id and not message.fuzzy}


def values(text: str) -> set[str]:
    return {name for _literal, name, _form, _conversion in Formatter().parse(text) if name is not None}


def test_every_message_is_in_the_catalogue_and_nothing_else_is(french: dict[str, str]) -> None:
    said = set(messages.templates())

    assert len(said) > 700
    assert said - set(french) == set(), "new; run: python -m docs.messages"
    assert set(french) - said == set(), "no longer said; run: python -m docs.messages"
    assert [text for text, translation in french.items() if not translation] == [], "not translated"


def test_both_languages_have_the_same_values(french: dict[str, str]) -> None:
    assert [text for text, translation in french.items() if values(text) != values(translation)] == []


def test_each_message_is_known_again_with_its_values(french: dict[str, str]) -> None:
    wrong = []
    for text, translation in french.items():
        filled = {name: f"v{place}w" for place, name in enumerate(sorted(values(text)))}
        with i18n.use("fr"):
            found = relayed(text.format(**filled))
        with i18n.use("en"):
            same = relayed(text.format(**filled))
        wrong += [text] if found != translation.format(**filled) or same != text.format(**filled) else []

    assert wrong == []


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ('def f(a):\n    raise Problem(f"there is no {a.name} here", remedy="Write it.")', ["Write it.", "there is no {name} here"]),
        ('def f(a, b):\n    raise Problem("one thing " + f"and {a[0]} is {b} or {b}")', ["one thing and {a} is {b} or {b}"]),
        ('def f(a):\n    raise Problem("it is red" if a else "it is green")', ["it is green", "it is red"]),
        ('def f(a):\n    said = f"it has {len(a):,} ends"\n    raise Problem(said)', ["it has {a} ends"]),
        ("def f(a):\n    raise Problem(f\"it was {'not ' if a else ''}found here\")", ["it was found here", "it was not found here"]),
        ('def why():\n    return "Look at it."\ndef f():\n    raise Problem("x", remedy=why())', ["Look at it."]),
        ('def told(text):\n    raise Problem(text)\ndef f(a):\n    told(f"it is not {a}")', ["it is not {a}"]),
        (
            'def f(a):\n    raise a.problem("key", f"{a.name}: use {{braces}} for it", "Try again.")',
            ["Try again.", "use {{braces}} for it"],
        ),
        ("def f(a):\n    raise Problem(f\"one of {', '.join(a)} is wrong\")", ["one of {names} is wrong"]),
        ('def f(a):\n    raise Problem(f"{a} {a.b}", "file of it", remedy=a)', []),
    ],
)
def test_messages_are_found_however_they_are_put_together(tmp_path: Path, source: str, expected: list[str]) -> None:
    (tmp_path / "module.py").write_text(source)

    assert messages.templates([tmp_path / "module.py"]) == expected
