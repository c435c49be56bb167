"""python -m connectors: what it prints, what it exits with, and the JSON that programs read."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from connectors.__main__ import main
from data import yaml_file
from data.store import Store
from tests.loads import Company
from tests.waiting import PATIENCE, wait_until

TABLES = "account: {file: a.csv, columns: {account_id: id, name: name, seats: seats}}"


@pytest.fixture
def company(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Company:
    monkeypatch.setenv("TRANSVERSE_WORKSPACE", str(tmp_path))
    made = Company(tmp_path)
    made.says(TABLES)
    made.write("a.csv", "id,name,seats\n1,one,1\n2,two,x\n3,three,3\n")
    return made


def told(capsys: pytest.CaptureFixture[str], *arguments: str, code: int = 0) -> Any:
    assert main([*arguments, "--json"]) == code
    return json.loads(capsys.readouterr().out)


def said(capsys: pytest.CaptureFixture[str], *arguments: str, code: int = 0) -> str:
    assert main(list(arguments)) == code
    captured = capsys.readouterr()
    return captured.out + captured.err


def test_sync(company: Company, capsys: pytest.CaptureFixture[str]) -> None:
    first, second = told(capsys, "sync"), told(capsys, "sync")

    assert (first["published"], first["generation"], second["published"], second["generation"]) == (True, 1, False, 1)
    (source,) = first["sources"]
    assert {key: source[key] for key in ("name", "state", "rows_in", "rows_out", "rejects", "error")} == {
        "name": "exports",
        "state": "ok",
        "rows_in": 3,
        "rows_out": 2,
        "rejects": 1,
        "error": None,
    }


def test_sync_says_what_it_did(company: Company, capsys: pytest.CaptureFixture[str]) -> None:
    assert "exports: 3 rows read, 2 loaded, 1 rejects" in said(capsys, "sync")
    assert "Nothing changed, so nothing was published." in said(capsys, "sync")


def test_a_source_that_fails_exits_with_1(company: Company, capsys: pytest.CaptureFixture[str]) -> None:
    company.says(TABLES.replace("a.csv", "b.csv"))

    assert 'no file matches "b.csv"' in said(capsys, "sync", code=1)
    assert told(capsys, "sync", code=1)["sources"][0]["state"] == "failed"


@pytest.mark.parametrize("command", [["sync", "nosuch"], ["check", "nosuch"]])
def test_an_unknown_source_exits_with_2(company: Company, capsys: pytest.CaptureFixture[str], command: list[str]) -> None:
    assert 'there is no source "nosuch". Known: exports.' in said(capsys, *command, code=2)
    assert told(capsys, *command, code=2)["error"]["file"] == "sources.yml"


def test_a_file_that_is_no_yaml_exits_with_2(company: Company, capsys: pytest.CaptureFixture[str]) -> None:
    (company.root / "sources.yml").write_text("sources: {\n")

    assert "sources.yml:2" in said(capsys, "status", code=2)


@pytest.mark.parametrize("arguments", [[], ["snyc"], ["sync", "--every", "soon"], ["sync", "--every", "0s"], ["init"]])
def test_a_wrong_call_exits_with_2(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as left:
        main(arguments)

    assert left.value.code == 2
    assert "usage: python -m connectors" in capsys.readouterr().err


def test_check_shows_and_does_not_load(company: Company, capsys: pytest.CaptureFixture[str]) -> None:
    found = told(capsys, "check", "exports")

    assert [(row["account_id"], row["seats"]) for row in found["tables"]["account"]] == [("1", 1), ("3", 3)]
    assert found["counts"] == {"account": 2}
    assert found["rejects"] == [{"table": "account", "reason": "bad_value", "count": 1, "example": 'a.csv:3 seats "x"'}]
    assert Store(company.root).current() is None
    assert not (company.root / "landing").exists()

    shown = said(capsys, "check", "exports")
    assert "2 rows would load" in shown
    assert "three" in shown


def test_list(capsys: pytest.CaptureFixture[str]) -> None:
    names = [each["name"] for each in told(capsys, "list")["connectors"]]

    assert "files" in names
    assert "CSV" in said(capsys, "list")


def test_status(company: Company, capsys: pytest.CaptureFixture[str]) -> None:
    assert told(capsys, "status")["sources"][0]["state"] == "never"
    main(["sync"])
    capsys.readouterr()

    found = told(capsys, "status")

    assert found["generation"] == 1
    assert [(each["name"], each["connector"], each["state"], each["rejects"]) for each in found["sources"]] == [
        ("exports", "files", "ok", 1)
    ]
    assert "exports" in said(capsys, "status")


def test_init_writes_a_block_that_is_valid_and_keeps_the_rest(company: Company, capsys: pytest.CaptureFixture[str]) -> None:
    before = (company.root / "sources.yml").read_text()

    found = told(capsys, "init", "more")

    text = (company.root / "sources.yml").read_text()
    assert all(line in text for line in before.splitlines())
    assert text.splitlines()[found["line"] - 1] == "  more:"
    assert list(yaml_file.read(company.root / "sources.yml")["sources"]) == ["more", "exports"]
    assert "there already" in said(capsys, "init", "more", code=2)
    assert "is no name" in said(capsys, "init", "Über", code=2)
    assert "Did you mean files" in said(capsys, "init", "x", "--connector", "file", code=2)


def test_init_in_an_empty_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setenv("TRANSVERSE_WORKSPACE", str(tmp_path / "new"))

    assert "Wrote the source exports" in said(capsys, "init", "exports")
    (tmp_path / "new/exports").mkdir()
    (tmp_path / "new/exports/accounts.csv").write_text("id,name,plan,created_at\n1,one,Pro,2026-01-01\n")

    assert told(capsys, "check", "exports")["tables"]["account"][0]["plan"] == "pro"


def test_an_empty_folder_is_a_valid_workspace(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setenv("TRANSVERSE_WORKSPACE", str(tmp_path))

    assert told(capsys, "sync")["sources"] == []
    assert told(capsys, "status")["sources"] == []
    assert "No source is configured" in said(capsys, "status")


def test_sync_every_goes_on_after_an_error_and_ends_quietly(company: Company) -> None:
    environment = os.environ | {"TRANSVERSE_WORKSPACE": str(company.root)}
    command = [sys.executable, "-m", "connectors", "sync", "--every", "0.3s"]
    store, out = Store(company.root), company.root / "out.txt"
    with out.open("w") as written:
        # A shell that starts the tests in the background has its children ignore Ctrl-C.
        heard = partial(signal.signal, signal.SIGINT, signal.SIG_DFL)
        process = subprocess.Popen(command, stdout=written, stderr=subprocess.STDOUT, env=environment, preexec_fn=heard)

    wait_until(lambda: store.current() == 1)
    good = (company.root / "sources.yml").read_text()
    (company.root / "sources.yml").write_text("sources: {\n")
    wait_until(lambda: "is not valid YAML" in out.read_text())
    (company.root / "sources.yml").write_text(good)
    company.write("a.csv", "id,name,seats\n1,one,1\n2,two,2\n")
    wait_until(lambda: store.current() == 2)
    process.send_signal(signal.SIGINT)

    assert process.wait(PATIENCE) == 0, out.read_text()
    assert "Traceback" not in out.read_text()


def test_a_second_sync_waits_for_the_first(company: Company) -> None:
    with Store(company.root).draft():
        environment = os.environ | {"TRANSVERSE_WORKSPACE": str(company.root)}
        process = subprocess.Popen([sys.executable, "-m", "connectors", "sync"], stderr=subprocess.PIPE, text=True, env=environment)
        assert process.stderr is not None
        assert str(os.getpid()) in process.stderr.readline()
        assert process.poll() is None
    process.communicate(timeout=PATIENCE)

    assert process.returncode == 0
    assert company.rows("SELECT count(*) FROM account") == [(2,)]
