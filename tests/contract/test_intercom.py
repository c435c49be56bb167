"""What is Intercom's own: scrolls that cannot be asked twice, searches by days, a limit that names its moment, texts that are not kept."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator
from starlette.requests import Request

from tests.contract.api_company import ApiCompany, made
from tests.fakes.intercom import SPEC, Intercom, expected
from tests.fakes.intercom import fake as some
from tests.fakes.judge import spec
from tests.fakes.server import Refusal


@pytest.fixture
def fake() -> Iterator[Intercom]:
    found = some(3)
    with found.serve():
        yield found


def same(company: ApiCompany, fake: Intercom) -> None:
    assert company.loaded() == expected(fake)


def once(fake: Intercom, path: str, act: Callable[[], None]) -> None:
    """Acts before the second request of a path."""
    found = 0

    def before(_method: str, asked: str) -> None:
        nonlocal found
        found += asked == path
        if asked == path and found == 2:
            act()
            found = 3

    fake.before = before


def test_a_scroll_whose_answer_is_lost_is_begun_anew(tmp_path: Path, fake: Intercom) -> None:
    once(fake, "/companies/scroll", lambda: fake.troubles.append("no answer"))

    company = made(tmp_path, "intercom", fake)
    company.load()

    same(company, fake)


def test_a_scroll_that_is_open_elsewhere_is_waited_for(tmp_path: Path, fake: Intercom) -> None:
    fake._scroll = ("someone else's", [], time.monotonic() + 0.1)

    company = made(tmp_path, "intercom", fake)
    company.load()

    same(company, fake)


def test_a_contact_that_is_deleted_is_found_by_a_full_walk(tmp_path: Path, fake: Intercom) -> None:
    company = made(tmp_path, "intercom", fake)
    company.load()
    gone = next(iter(fake.contacts))
    fake.contacts.pop(gone)

    company.load()
    assert gone in {row[0] for row in company.loaded()["staged.person"]}
    company.load(full=True)
    assert gone not in {row[0] for row in company.loaded()["staged.person"]}


def test_a_conversation_that_goes_before_its_messages_are_read_is_left_out(tmp_path: Path, fake: Intercom) -> None:
    company = made(tmp_path, "intercom", fake)
    gone = max(fake.conversations)

    def delete(_method: str, path: str) -> None:
        if path == f"/conversations/{gone}" and gone in fake.conversations:
            fake.conversations.pop(gone)
            fake.deleted.append({"type": "conversation", "id": gone, "metrics_retained": False, "deleted_at": fake.seconds()})

    fake.before = delete
    company.load()
    company.load()

    same(company, fake)


def test_a_limit_without_retry_after_is_waited_for_until_it_is_renewed(
    tmp_path: Path, fake: Intercom, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[float] = []

    def limited(_request: Request, _body: object) -> object:
        asked.append(time.time())
        if len(asked) == 1:
            raise Refusal(429, {"type": "error.list", "errors": []}, {"X-RateLimit-Reset": str(fake.seconds() + 2)})
        return {"type": "admin.list", "admins": []}

    monkeypatch.setattr(fake, "_admins", limited)
    with fake.serve():
        made(tmp_path, "intercom", fake).load()

    assert asked[1] - asked[0] > 0.9


def test_without_messages_no_conversation_is_asked_for_by_itself(tmp_path: Path, fake: Intercom) -> None:
    company = made(tmp_path, "intercom", fake)
    text = (tmp_path / "sources.yml").read_text(encoding="utf-8").replace("messages: true", "messages: false")
    (tmp_path / "sources.yml").write_text(text, encoding="utf-8")

    company.load()

    assert not [path for _, path in fake.requests if path.removeprefix("/conversations/").isdigit()]
    assert company.loaded() == expected(fake) | {"ticket_message": set()}

    company.connects()
    company.load()
    assert company.loaded() == expected(fake)


def test_texts_are_not_kept(tmp_path: Path, fake: Intercom) -> None:
    made(tmp_path, "intercom", fake).load()

    written = b"".join(path.read_bytes() for path in (tmp_path / "landing").rglob("*.jsonl"))

    assert b"conversations" in written
    assert not [text for text in (b"What they wrote", b"Hello", b"free words", b"Somebody", b"Someone") if text in written]


def test_a_value_of_another_type_is_refused_and_counted(tmp_path: Path, fake: Intercom) -> None:
    key = next(iter(fake.companies))
    fake.companies[key]["size"] = "many"

    company = made(tmp_path, "intercom", fake)
    company.load()

    assert [(column, value, reason) for _, _, column, value, reason in company.rejects()] == [("seats", "many", "bad_value")]


def nulls(description: Any) -> Any:
    """A description of OpenAPI 3.0 as JSON Schema: what is nullable may be null."""
    if isinstance(description, list):
        return [nulls(each) for each in description]
    if not isinstance(description, dict):
        return description
    made_ = {name: nulls(each) for name, each in description.items() if name not in ("nullable", "example", "examples")}
    return {"anyOf": [made_, {"type": "null"}]} if description.get("nullable") is True else made_


def test_conversations_are_as_intercom_describes_them(fake: Intercom) -> None:
    """Prism cannot read the description of a conversation, and lets it pass without a look."""
    schemas = nulls(json.loads(spec(SPEC).read_text(encoding="utf-8"))["components"])
    judge = Draft202012Validator({"$ref": "#/components/schemas/conversation", "components": schemas})

    said = [error.message for each in fake.conversations.values() for error in judge.iter_errors(each)]

    assert said == []
    assert list(judge.iter_errors(next(iter(fake.conversations.values())) | {"state": "of no kind"}))
