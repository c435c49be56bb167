"""python -m data: the store from the command line."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from data.__main__ import VERBS, main
from data.store import Store


@pytest.fixture
def store(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Store:
    monkeypatch.setenv("TRANSVERSE_WORKSPACE", str(tmp_path))
    return Store(tmp_path)


def publish(store: Store, times: int = 1) -> None:
    for _ in range(times):
        with store.draft() as draft:
            draft.publish(sources={}, audits=[])


def test_generations_are_listed_newest_first(store: Store, capsys: pytest.CaptureFixture[str]) -> None:
    publish(store, 2)
    store.rollback(1)

    assert main(["generations", "--json"]) == 0

    found = json.loads(capsys.readouterr().out)["generations"]
    assert [(each["number"], each["is_current"], each["parent"]) for each in found] == [(2, False, 1), (1, True, None)]
    assert main(["generations"]) == 0
    assert "published" in capsys.readouterr().out


def test_an_empty_store_says_what_to_run(store: Store, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["generations"]) == 0
    assert "python -m connectors sync" in capsys.readouterr().out.replace("\n", " ")


def test_rollback_publishes_the_number(store: Store, capsys: pytest.CaptureFixture[str]) -> None:
    publish(store, 2)
    assert main(["rollback", "1"]) == 0
    assert "Generation 1 of" in capsys.readouterr().out
    assert store.current() == 1


def test_a_wrong_number_is_a_wrong_call(store: Store, capsys: pytest.CaptureFixture[str]) -> None:
    publish(store)
    assert main(["rollback", "9"]) == 2
    assert "generation 9 is not in the store. In the store: 1." in capsys.readouterr().err


def test_prune_says_what_it_removed(store: Store, capsys: pytest.CaptureFixture[str]) -> None:
    publish(store)
    assert main(["prune"]) == 0
    assert "Nothing to remove." in capsys.readouterr().out
    publish(store)
    path = store.layout.generation(1) / "manifest.json"
    path.write_text(path.read_text().replace('"created_at": "20', '"created_at": "19'))
    assert main(["prune", "--keep", "1"]) == 0
    assert "Removed 1." in capsys.readouterr().out


def test_a_workspace_that_is_not_there_is_a_wrong_call(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys) -> None:
    monkeypatch.setenv("TRANSVERSE_WORKSPACE", str(tmp_path / "nowhere"))
    assert main(["generations"]) == 2
    assert "does not exist" in capsys.readouterr().err


def test_every_verb_explains_itself(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        main(["--help"])
    shown = capsys.readouterr().out
    assert ended.value.code == 0
    assert all(name in shown and verb.__doc__ for name, verb in VERBS.items())
    with pytest.raises(SystemExit) as ended:
        main(["nonsense"])
    assert ended.value.code == 2
