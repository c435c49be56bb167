"""The notebook of the documentation runs from its first cell to its last, on a demo company."""

import ast
import json
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
NOTEBOOK = json.loads((ROOT / "docs" / "notebook.ipynb").read_text(encoding="utf-8"))
CELLS = ["".join(cell["source"]) for cell in NOTEBOOK["cells"] if cell["cell_type"] == "code"]


@pytest.fixture(scope="module")
def demo(tmp_path_factory):
    root = tmp_path_factory.mktemp("notebook")
    for command in (["data", "demo", "--accounts", "40", "--events", "8000"], ["connectors", "sync"]):
        here = {"PATH": "/usr/bin:/bin", "TRANSVERSE_WORKSPACE": str(root)}
        subprocess.run([sys.executable, "-m", *command], cwd=ROOT, env=here, check=True, capture_output=True)
    return root


def shown(cell, names):
    """Runs a cell, and gives what its last line shows."""
    *before, last = ast.parse(cell).body
    exec(compile(ast.Module(before, []), "cell", "exec"), names)
    if isinstance(last, ast.Expr):
        return eval(compile(ast.Expression(last.value), "cell", "eval"), names)
    return exec(compile(ast.Module([last], []), "cell", "exec"), names)


def test_every_cell_runs_and_shows_something(demo, monkeypatch, capsys):
    monkeypatch.setenv("TRANSVERSE_WORKSPACE", str(demo))
    names = {}

    for cell in CELLS:
        frame = shown(cell, names)

        printed = capsys.readouterr().out
        assert printed.strip() or len(frame), cell
    assert "Did you mean account.plan" in printed


def test_it_holds_no_outputs_that_could_grow_old():
    assert all(not cell.get("outputs") for cell in NOTEBOOK["cells"])
