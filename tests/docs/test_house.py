"""The rules of the house: which way imports run, and which libraries stay in which layer."""

import ast
import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
MAY_USE = {"pages": {"metrics", "data"}, "metrics": {"data"}, "connectors": {"data"}, "data": set()}
KEPT_OUT = {
    "pages": {"duckdb", "sqlalchemy", "httpx", "sqlglot"},
    "metrics": {"streamlit"},
    "connectors": {"streamlit"},
    "data": {"streamlit"},
}
FILES = [path for layer in MAY_USE for path in sorted((ROOT / layer).rglob("*.py")) if "workspaces" not in path.parts]


def imported(path: Path) -> set[str]:
    """The top-level modules that a file imports, anywhere in it."""
    found = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            found |= {alias.name.split(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            found.add(node.module.split(".")[0])
    return found


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(ROOT)))
def test_imports_run_one_way(path):
    layer = path.relative_to(ROOT).parts[0]
    allowed = set(MAY_USE) if path.name == "__main__.py" else MAY_USE[layer] | {layer}

    assert not (imported(path) & set(MAY_USE)) - allowed
    assert not imported(path) & KEPT_OUT[layer]


def test_the_rule_bites(tmp_path):
    wrong = tmp_path / "wrong.py"
    wrong.write_text("def late():\n    import duckdb\n    from pages.components import tiles\n")

    assert imported(wrong) == {"duckdb", "pages"}


def test_the_command_line_does_not_wait_for_pandas():
    said = "import sys, connectors.__main__, data.__main__, metrics.__main__; print('pandas' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", said], cwd=ROOT, capture_output=True, text=True, check=True)

    assert done.stdout.strip() == "False"


def test_pages_hold_no_sql():
    for path in (ROOT / "pages").rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Constant) and isinstance(node.value, str):
                assert not node.value.lstrip().upper().startswith(("SELECT ", "WITH ", "INSERT ", "CREATE ")), f"{path}:{node.lineno}"


def test_no_test_uses_the_shared_connection_of_duckdb():
    """A result that one test leaves unread there would fail the next one."""
    wrong = re.compile(r"\bduckdb\.(sql|execute|query)\(")
    texts = {path: path.read_text(encoding="utf-8") for path in (ROOT / "tests").rglob("*.py") if "benchmarks" not in path.parts}

    assert [path.name for path, text in texts.items() if wrong.search(text)] == []
