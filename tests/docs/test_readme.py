"""The README's two commands: what a newcomer types is what CI runs, and it works on a fresh machine."""

import re
import subprocess
from pathlib import Path

ROOT = Path(__file__).parents[2]
SET_UP = "python3 -m venv .venv && .venv/bin/pip install -r "


def commands() -> list[str]:
    """The README's lines that set up an environment and do something in it."""
    return [line for line in (ROOT / "README.md").read_text(encoding="utf-8").splitlines() if line.startswith("python3 -m venv")]


def test_there_are_two_commands_one_runs_the_app_and_one_the_tests():
    assert commands() == [
        SET_UP + "requirements.txt && .venv/bin/streamlit run app.py",
        SET_UP + "requirements-dev.txt && .venv/bin/python -m pytest",
    ]


def test_ci_takes_its_test_command_from_the_readme():
    script = (ROOT / ".ci/run").read_text(encoding="utf-8")
    search = re.search(r"line=\$\((grep .+ README\.md)\)", script)

    found = subprocess.run(["bash", "-c", search[1]], cwd=ROOT, capture_output=True, text=True, check=True).stdout.strip()

    assert found == commands()[1]
    assert re.findall(r"-m pytest", script) == ["-m pytest"], "only the search for the README's line may name pytest"
