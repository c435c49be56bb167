"""Every connector of an API against a fake of its vendor: complete, incremental, exact after trouble, silent about secrets."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from connectors import of_block
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


def test_a_full_load_is_what_the_vendor_holds_and_nothing_is_published_until_something_changes(
    tmp_path: Path, name: str, fake: Fake
) -> None:
    company = made(tmp_path, name, fake)
    company.load()
    again = company.load()

    same(company, name, fake)
    assert company.rejects() == []
    assert not again.published
    assert [source.state for source in again.sources] == ["unchanged"]


def test_what_changes_later_makes_the_same_as_a_full_load(tmp_path: Path, name: str, fake: Fake, full: bool) -> None:
    company = made(tmp_path / "later", name, fake)
    company.load()

    for _ in range(20 if full else 2):
        for _ in range(fake.random.randrange(5, 15)):
            vendor(name).edit(fake)
        company.load()
        same(company, name, fake)

    at_once = made(tmp_path / "at once", name, fake)
    at_once.load()
    assert company.loaded() == at_once.loaded()


def test_edits_while_it_is_read_are_not_lost(tmp_path: Path, name: str, fake: Fake) -> None:
    company = made(tmp_path, name, fake)
    left = 12

    def busy(_method: str, _path: str) -> None:
        nonlocal left
        if left and fake.random.random() < 0.6:
            left -= 1
            vendor(name).edit(fake)

    fake.before = busy
    company.load()
    fake.before = lambda _method, _path: None
    company.load()

    same(company, name, fake)


def test_trouble_costs_time_and_nothing_else(tmp_path: Path, name: str, fake: Fake) -> None:
    company = made(tmp_path, name, fake)
    for trouble in TROUBLES:
        fake.troubles.extend([trouble, ""])

    company.load()

    same(company, name, fake)
    assert not fake.troubles


def test_a_vendor_that_stays_away_fails_the_source_and_leaves_what_was(tmp_path: Path, name: str, fake: Fake) -> None:
    company = made(tmp_path, name, fake)
    company.load()
    vendor(name).edit(fake)
    fake.troubles.extend(["503"] * 500)

    said = company.failure()
    fake.troubles.clear()

    assert "503" in said
    assert "next sync" in said
    company.load()
    same(company, name, fake)


def test_a_sync_that_ends_at_any_request_is_made_up_for(tmp_path: Path, name: str, fake: Fake, full: bool) -> None:
    company = made(tmp_path, name, fake)
    for round_ in range(40 if full else 2):
        asked = len(fake.requests)
        ends_at = asked + 1 + fake.random.randrange(2 + round_ % 20 * 3)

        def gone(_method: str, _path: str, ends_at: int = ends_at) -> None:
            if len(fake.requests) > ends_at:
                fake.troubles.append("no answer")

        fake.before = gone
        company.sync()
        fake.before = lambda _method, _path: None
        fake.troubles.clear()
        vendor(name).edit(fake)
    company.load()

    same(company, name, fake)


@pytest.mark.parametrize("hours", [3, pytest.param(-3, marks=pytest.mark.full)])
def test_a_clock_that_is_wrong_loses_nothing(tmp_path: Path, name: str, hours: int) -> None:
    fake = vendor(name).fake(11, timedelta(hours=hours))
    with fake.serve():
        company = made(tmp_path, name, fake)
        company.load()
        for _ in range(6):
            vendor(name).edit(fake)
        company.load()

        same(company, name, fake)


def test_neither_secrets_nor_addresses_stand_anywhere(tmp_path: Path, name: str, fake: Fake, capfd: pytest.CaptureFixture[str]) -> None:
    company = made(tmp_path, name, fake)
    fake.troubles.extend(["503"] * 500)
    said = company.failure()
    fake.troubles.clear()
    company.load()
    planted = [value.encode() for value in vendor(name).SECRETS.values()]

    files = [path for path in tmp_path.rglob("*") if path.is_file()]
    written = [path for path in files for secret in planted if secret in path.read_bytes()]
    lines = [line for path in (tmp_path / "landing").rglob("*.jsonl") for line in path.read_text(encoding="utf-8").splitlines()]
    addresses = [word for line in lines for word in line.split('"') if "@" in word]

    assert len(files) > 5
    assert written == []
    assert not any(secret.decode() in said + "".join(capfd.readouterr()) for secret in planted)
    assert not any(secret.decode() in path for secret in planted for _, path in fake.requests)
    assert all(len(word.partition("@")[0]) == 64 for word in addresses)


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
    from connectors.preview import preview

    company = made(tmp_path, name, fake)

    shown = preview(company.workspace, name)

    assert any(shown.counts.values())
    assert not (tmp_path / "store" / "CURRENT").exists()


def test_the_template_is_a_block_that_the_connector_takes(name: str) -> None:
    from connectors import connector
    from data import yaml_file

    block = yaml_file.parse("sources:\n" + connector(name).TEMPLATE.format(name="mine"), "sources.yml")["sources"]

    assert of_block("mine", block["mine"], block) is connector(name)
    connector(name).Config.model_validate(dict(block["mine"]))
