"""What exists is documented: metrics, verbs, connectors, pages, programs and their options."""

import re
from importlib import import_module
from pathlib import Path

import pytest

from docs import generate
from metrics.definition import COMMON
from metrics.kinds import KINDS

ROOT = Path(__file__).parents[2]
DOCS = ROOT / "docs"


def text(name: str) -> str:
    return (DOCS / name).read_text(encoding="utf-8")


def test_the_catalogue_of_metrics_is_up_to_date():
    assert text("catalogue.md") == generate.catalogue(), "run: python -m docs.generate"


@pytest.mark.parametrize("verb", KINDS)
def test_each_verb_is_documented(verb):
    assert re.search(rf"`{verb}\b", text("metrics.md"))


@pytest.mark.parametrize("key", COMMON)
def test_each_key_of_a_definition_is_documented(key):
    assert re.search(rf"`{key}\b", text("metrics.md"))


@pytest.mark.parametrize("program", generate.PROGRAMS)
def test_each_verb_and_option_of_the_command_line_is_documented(program):
    # Python's versions lay the same help out differently, so what is said is compared, not how.
    section = text("command-line.md").split(f"## python -m {program}\n")[1].split("\n## ")[0]
    for verb in generate.verbs(program):
        page = re.search(rf"```text\nusage: python -m {program} {verb} .*?```", section, flags=re.DOTALL)
        assert page, f"python -m {program} {verb} is missing; run: python -m docs.generate"
        assert options(page[0]) == options(generate.help_of(program, verb)), "run: python -m docs.generate"


def options(said: str) -> set[str]:
    return set(re.findall(r"--[a-z][a-z-]+", said))


@pytest.mark.parametrize("page", [path.stem for path in sorted((ROOT / "pages").glob("*.py")) if path.stem != "__init__"])
def test_each_page_is_documented_with_its_question(page):
    module = import_module(f"pages.{page}")

    assert re.search(rf"\| {module.TITLE} \|.*\| {re.escape(module.QUESTION)} \|", text("pages.md"))


def test_each_document_can_be_found_from_the_index():
    named = {path.relative_to(DOCS).as_posix() for path in DOCS.rglob("*.md")} - {"README.md"}

    assert [name for name in sorted(named) if f"({name})" not in text("README.md")] == []
