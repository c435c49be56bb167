"""Every connector of an API against a fake of its vendor: complete, incremental, exact after trouble, silent about secrets."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from connectors import connector, of_block
from connectors.preview import preview
from data import yaml_file
from tests.contract.api_company import ApiCompany, made
from tests.fakes import VENDORS, vendor
from tests.fakes.server import TROUBLES, Fake

pytestmark = pytest.mark.parametrize("name", VENDORS)


@pytest.fixture
def fake(name: str) -> Iterator[Fake]:
    found = vendor(name).fake(7)
    with found.serve():
        yield found


def same(company: ApiCompany, name: str, fake: Fake) -> None:
    """What is loaded is what the vendor holds."""
    expected, loaded = vendor(name).expected(fake), company.loaded()
    for table in vendor(name).COMPARED:
        assert loaded[table] == expected[table], table
        assert expected[table], f"the fake has nothing for {table}"


def edited(name: str, fake: Fake, times: int) -> None:
    for _ in range(times):
        vendor(name).edit(fake)


def quiet(_method: str, _path: str) -> None:
    """Nothing happens while the vendor is asked."""


def ends_at(fake: Fake, request: int) -> Callable[[str, str], None]:
    """The vendor goes away after some more requests, and stays away."""
    last = len(fake.requests) + request

    def gone(_method: str, _path: str) -> None:
        if len(fake.requests) > last:
            fake.troubles.append("no answer")

    return gone


def busy(name: str, fake: Fake, edits: int) -> Callable[[str, str], None]:
    """People edit while the vendor is asked."""
    left = [edits]

    def edit(_method: str, _path: str) -> None:
        if left[0] and fake.random.random() < 0.6:
            left[0] -= 1
            vendor(name).edit(fake)

    return edit


def test_what_is_loaded_is_what_the_vendor_holds(tmp_path: Path, name: str, fake: Fake, capfd: pytest.CaptureFixture[str]) -> None:
    company = made(tmp_path, name, fake)
    for trouble in TROUBLES:
        fake.troubles.extend([trouble, ""])
    company.load()
    assert company.rejects() == []

    edited(name, fake, 12)
    company.load()

    same(company, name, fake)
    silent(tmp_path, name, fake, "".join(capfd.readouterr()))


@pytest.mark.full
def test_edits_and_interruptions_lose_nothing_and_nothing_is_published_while_nothing_changes(
    tmp_path: Path, name: str, fake: Fake, capfd: pytest.CaptureFixture[str]
) -> None:
    company = made(tmp_path / "later", name, fake)
    for trouble in TROUBLES:
        fake.troubles.extend([trouble, ""])
    company.load()
    same(company, name, fake)
    assert company.rejects() == []

    before = len(fake.requests)
    again = company.load()
    asked = len(fake.requests) - before
    assert not again.published
    assert [source.state for source in again.sources] == ["unchanged"]

    edited(name, fake, 12)
    fake.before = ends_at(fake, min(3, asked - 1))
    said = company.failure()
    fake.troubles.clear()
    assert "next sync" in said

    fake.before = busy(name, fake, 8)
    company.load()
    fake.before = quiet
    company.load()
    same(company, name, fake)

    at_once = made(tmp_path / "at once", name, fake)
    at_once.load()
    assert company.loaded() == at_once.loaded()
    silent(tmp_path, name, fake, said + "".join(capfd.readouterr()))


def silent(root: Path, name: str, fake: Fake, said: str) -> None:
    """Neither a secret nor an address stands anywhere."""
    planted = [value.encode() for value in vendor(name).SECRETS.values()]
    files = [path for path in root.rglob("*") if path.is_file()]
    lines = [
        line for path in root.rglob("landing/*/*") if path.suffix == ".jsonl" for line in path.read_text(encoding="utf-8").splitlines()
    ]
    addresses = [word for line in lines for word in line.split('"') if "@" in word]

    assert len(files) > 5
    assert [path for path in files for secret in planted if secret in path.read_bytes()] == []
    assert not any(secret.decode() in text for secret in planted for text in (said, *(path for _, path in fake.requests)))
    assert all(len(word.partition("@")[0]) == 64 for word in addresses)


@pytest.mark.full
def test_many_rounds_of_edits_make_the_same_as_a_full_load(tmp_path: Path, name: str, fake: Fake) -> None:
    company = made(tmp_path, name, fake)
    for _ in range(20):
        edited(name, fake, fake.random.randrange(12))
        company.load()
        same(company, name, fake)


@pytest.mark.full
def test_a_sync_that_ends_at_any_request_is_made_up_for(tmp_path: Path, name: str, fake: Fake) -> None:
    company = made(tmp_path, name, fake)
    for _ in range(40):
        fake.before = ends_at(fake, fake.random.randrange(1, 60))
        company.sync()
        fake.before = quiet
        fake.troubles.clear()
        edited(name, fake, 2)
    company.load()

    same(company, name, fake)


@pytest.mark.full
@pytest.mark.parametrize("hours", [3, -3])
def test_a_clock_that_is_wrong_loses_nothing(tmp_path: Path, name: str, hours: int) -> None:
    fake = vendor(name).fake(11, timedelta(hours=hours))
    with fake.serve():
        company = made(tmp_path, name, fake)
        company.load()
        edited(name, fake, 6)
        company.load()

        same(company, name, fake)


def test_a_wrong_secret_is_told_with_what_to_do(tmp_path: Path, name: str, fake: Fake, monkeypatch: pytest.MonkeyPatch) -> None:
    company = made(tmp_path, name, fake)
    for variable in vendor(name).SECRETS:
        monkeypatch.setenv(variable, getattr(vendor(name), "WRONG", "wrong-one"))

    said = company.failure()

    assert "401" in said
    assert "token" in said
    assert "wrong-one" not in said


def test_a_secret_in_sources_yml_is_refused(tmp_path: Path, name: str, fake: Fake) -> None:
    company = made(tmp_path, name, fake)
    text = (tmp_path / "sources.yml").read_text(encoding="utf-8")
    for variable in vendor(name).SECRETS:
        text = text.replace(f"${{{variable}}}", "plain-as-day")
    (tmp_path / "sources.yml").write_text(text, encoding="utf-8")

    said = company.failure()

    assert "sources.yml:" in said
    assert "secret" in said
    assert "plain-as-day" not in said


def test_check_shows_a_sample_and_loads_nothing(tmp_path: Path, name: str, fake: Fake) -> None:
    company = made(tmp_path, name, fake)

    shown = preview(company.workspace, name)

    assert any(shown.counts.values())
    assert not (tmp_path / "store" / "CURRENT").exists()


def test_the_template_is_a_block_that_the_connector_takes(name: str) -> None:
    block = yaml_file.parse("sources:\n" + connector(name).TEMPLATE.format(name="mine"), "sources.yml")["sources"]

    assert of_block("mine", block["mine"], block) is connector(name)
    connector(name).Config.model_validate(dict(block["mine"]))
