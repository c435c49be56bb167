"""Documents and files of the repository: links resolve, nothing private stands in them, and the pins are exact."""

import re
import subprocess
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
LINK = re.compile(r"\]\(([^)\s]+)\)|<img[^>]+src=\"([^\"]+)\"")
PRIVATE = re.compile(
    r"/home/\w|/Users/\w|/root/\w|[A-Z]:\\\\Users"
    r"|AKIA[0-9A-Z]{16}|ghp_[A-Za-z0-9]{36}|sk_live_[A-Za-z0-9]{16}|xox[abp]-[A-Za-z0-9-]{20}|-----BEGIN [A-Z ]*PRIVATE KEY"
)
PIN = re.compile(r"^([a-z0-9][a-z0-9._-]*)==[0-9][\w.+!]*( ; .+)?$")


def tracked() -> list[Path]:
    """The files that git keeps, and those it would; all files where the tree came without git."""
    named = subprocess.run(["git", "ls-files", "-co", "--exclude-standard"], cwd=ROOT, capture_output=True, text=True, check=False).stdout
    paths = [ROOT / name for name in named.splitlines()] or [path for path in ROOT.rglob("*") if ".venv" not in path.parts]
    return [path for path in paths if path.is_file()]


def anchors(text: str) -> set[str]:
    """The names that a Markdown file's headings can be linked by."""
    headings = re.findall(r"^#+ (.+)$", text, flags=re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).strip().replace(" ", "-") for heading in headings}


@pytest.mark.parametrize("path", [path for path in tracked() if path.suffix == ".md"], ids=lambda path: str(path.relative_to(ROOT)))
def test_links_resolve(path):
    for pair in LINK.findall(re.sub(r"```.*?```", "", path.read_text(encoding="utf-8"), flags=re.DOTALL)):
        link = pair[0] or pair[1]
        if re.match(r"[a-z]+:", link):
            continue
        name, _, anchor = link.partition("#")
        target = path.parent / name if name else path
        assert target.exists(), f"{path.name} links to {link}"
        if anchor and target.suffix == ".md":
            assert anchor in anchors(target.read_text(encoding="utf-8")), f"{path.name} links to {link}"


def test_nothing_private_stands_in_the_repository():
    for path in tracked():
        if path != Path(__file__) and path.suffix not in (".png", ".mo", ".parquet", ".gz"):
            assert not PRIVATE.search(path.read_text(encoding="utf-8", errors="replace")), path


@pytest.mark.parametrize("name", ["requirements.txt", "requirements-dev.txt"])
def test_every_requirement_is_pinned_exactly(name):
    lines = [line for line in (ROOT / name).read_text(encoding="utf-8").splitlines() if line and not line.lstrip().startswith("#")]

    assert lines
    assert [line for line in lines if not PIN.match(line)] == []


def test_the_pins_cover_the_direct_dependencies_each_with_its_reason():
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    assert pins("requirements.txt").items() <= pins("requirements-dev.txt").items()
    assert {bare(one) for one in project["dependencies"]} <= pins("requirements.txt").keys()
    assert {bare(one) for one in project["optional-dependencies"]["dev"]} <= pins("requirements-dev.txt").keys()

    section = (ROOT / "pyproject.toml").read_text(encoding="utf-8").split("[tool.")[0]
    declared = re.findall(r'^    "[^"]+",(.*)$', section, flags=re.MULTILINE)
    assert all(re.match(r" +# \w", reason) for reason in declared)


def pins(name: str) -> dict[str, str]:
    lines = (ROOT / name).read_text(encoding="utf-8").splitlines()
    return {line.split("==")[0].lower(): line.split("==")[1] for line in lines if "==" in line}


def bare(requirement: str) -> str:
    return re.split(r"[\[<>=;~! ]", requirement)[0].lower()


def test_contributing_opens_with_three_recipes_of_ten_lines():
    recipes = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8").split("\n## ")[1:4]

    assert [recipe.splitlines()[0] for recipe in recipes] == ["Add a metric", "Add a connector", "Add a page"]
    assert all(len(recipe.strip().splitlines()) <= 11 for recipe in recipes)
