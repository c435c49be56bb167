"""Notion 2026-03-11 as documented: queries that end at 10,000 rows, times of whole minutes, pages in the bin that are not listed."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from starlette.requests import Request

from tests.fakes.server import Answer, Fake, Refusal

BLOCK = """
connector: notion
token: ${NOTION_TOKEN}
kind_property: Type
owner_property: Owner
"""
SECRETS = {"NOTION_TOKEN": "ntn_4471-planted"}
COMPARED = {
    "document": ("document_id", "title", "kind", "owner", "url", "created_at", "edited_at", "in_trash"),
    "link": ("from_source", "from_id", "to_source", "to_id", "kind"),
}
#: The page that things are published under.
PARENT = "page-of-reviews"
_TIMES = ("created_time", "last_edited_time")


class Notion(Fake):
    """Pages by id as the API shows them, data sources and users by id with their names. What is in `hidden` is not shared."""

    page, most = 7, 10_000

    def __init__(self, seed: int, **options: Any) -> None:
        super().__init__(seed, **options)
        self.pages: dict[str, dict[str, Any]] = {}
        self.sources = {"ds-1": "Product briefs", "ds-2": "Launches", "ds-3": "Empty"}
        self.users = {"u-1": "Ana Silva", "u-2": "Bo Ek"}
        self.hidden: set[str] = set()
        #: The blocks within pages, and within the page that things are published under.
        self.blocks: dict[str, list[dict[str, Any]]] = {PARENT: []}

    def allowed(self, request: Request) -> bool:
        return request.headers.get("Authorization") == f"Bearer {SECRETS['NOTION_TOKEN']}"

    def routes(self) -> list[tuple[str, str, Answer]]:
        return [
            ("POST", "/search", self._search),
            ("POST", "/data_sources/{source}/query", self._query),
            ("GET", "/users", self._users),
            ("GET", "/blocks/{block}/children", self._children),
            ("PATCH", "/blocks/{block}/children", self._append),
            ("POST", "/pages", self._create),
            ("GET", "/pages/{page}", self._page),
        ]

    def shown(self) -> list[dict[str, Any]]:
        """The pages that are shared and not in the bin."""
        return [each for key, each in self.pages.items() if key not in self.hidden and not each["in_trash"]]

    def _search(self, request: Request, body: Any) -> Any:
        _check(request, body, {"query", "filter", "sort", "start_cursor", "page_size"})
        told, sort = body["filter"], body["sort"]
        if told["property"] != "object" or sort["timestamp"] != "last_edited_time":
            raise _refused("body failed validation")
        if told["value"] == "data_source":
            return self._paged([self._source(key, name) for key, name in self.sources.items()], body, "last_edited_time", sort["direction"])
        return self._paged(self.shown(), body, "last_edited_time", sort["direction"])

    def _source(self, key: str, name: str) -> dict[str, Any]:
        times = dict.fromkeys(_TIMES, "2026-01-05T09:00:00.000Z")
        return {"object": "data_source", "id": key, "title": [{"plain_text": name}], "in_trash": False, **times}

    def _query(self, request: Request, body: Any) -> Any:
        _check(request, body, {"filter", "sorts", "start_cursor", "page_size", "result_type"})
        source, (sort,) = request.path_params["source"], body["sorts"]
        if source not in self.sources:
            raise Refusal(404, {"object": "error", "status": 404, "code": "object_not_found", "message": f"Could not find {source}."})
        found = [each for each in self.shown() if each["parent"].get("data_source_id") == source]
        for condition in body.get("filter", {}).get("and", ()):
            name = condition["timestamp"]
            found = [each for each in found if _at(each[name]) >= _at(condition[name]["on_or_after"])]
        return self._paged(found, body, sort["timestamp"], sort["direction"])

    def _users(self, request: Request, _body: Any) -> Any:
        _check(request, {}, set())
        rows = [{"object": "user", "id": key, "name": name, "type": "person"} for key, name in self.users.items()]
        return {"object": "list", "results": rows, "has_more": False, "next_cursor": None}

    def _children(self, request: Request, _body: Any) -> Any:
        _check(request, {}, set())
        block, after = request.path_params["block"], request.query_params.get("start_cursor")
        if block not in self.blocks:
            raise _missing(block)
        rows, first = self.blocks[block], int(after or 0)
        last = first + min(int(request.query_params.get("page_size", 100)), self.page)
        more = last < len(rows)
        return {"object": "list", "results": rows[first:last], "has_more": more, "next_cursor": str(last) if more else None}

    def _create(self, request: Request, body: Any) -> Any:
        _check(request, body, {"parent", "properties", "children"})
        if body["parent"] != {"type": "page_id", "page_id": PARENT}:
            raise _missing(body["parent"].get("page_id"))
        title = "".join(text["text"]["content"] for text in body["properties"]["title"]["title"])
        children = _judged(body.get("children", []))
        key = f"published-{self.number()}"
        made = self.put(key, body["parent"], title={"type": "title", "title": [{"plain_text": title}]})
        self.blocks[key] = children
        self.blocks[PARENT].append({"object": "block", "id": key, "type": "child_page", "child_page": {"title": title}, "in_trash": False})
        return made

    def _append(self, request: Request, body: Any) -> Any:
        _check(request, body, {"children", "position"})
        block = request.path_params["block"]
        if block not in self.blocks:
            raise _missing(block)
        children = _judged(body["children"])
        self.blocks[block] += children
        return {"object": "list", "results": children, "has_more": False, "next_cursor": None}

    def _page(self, request: Request, _body: Any) -> Any:
        _check(request, {}, set())
        if request.path_params["page"] not in self.pages:
            raise _missing(request.path_params["page"])
        return self.pages[request.path_params["page"]]

    def _paged(self, rows: list[dict[str, Any]], body: Any, by: str, direction: str) -> Any:
        """A page after a place; what lies beyond the most is not told, and each page says so."""
        if by not in _TIMES or direction not in ("ascending", "descending"):
            raise _refused("body.sort should be defined")
        ordered = sorted(((each[by], each["id"], each) for each in rows), key=lambda row: row[:2], reverse=direction == "descending")
        is_cut, ordered = len(ordered) > self.most, ordered[: self.most]
        if after := body.get("start_cursor"):
            ordered = [
                row for row in ordered if (f"{row[0]} {row[1]}" > after) == (direction == "ascending") and f"{row[0]} {row[1]}" != after
            ]
        size = min(body.get("page_size", 100), self.page)
        cursor = " ".join(ordered[size - 1][:2]) if len(ordered) > size else None
        found = {"object": "list", "results": [row[2] for row in ordered[:size]], "has_more": cursor is not None, "next_cursor": cursor}
        status = {"type": "incomplete", "incomplete_reason": "query_result_limit_reached"}
        return found | ({"request_status": status} if is_cut else {})

    def minute(self) -> str:
        """Now, as Notion writes it: in whole minutes."""
        return self.now().replace(second=0, tzinfo=None).isoformat(timespec="milliseconds") + "Z"

    def put(self, key: str, parent: dict[str, Any], **properties: Any) -> dict[str, Any]:
        """Makes or changes a page, now."""
        made = {"object": "page", "id": key, "created_time": self.minute(), "created_by": {"object": "user", "id": "u-1"}}
        each = self.pages.setdefault(key, made | {"in_trash": False, "url": f"https://www.notion.so/{key}", "properties": {}})
        each["properties"] = each["properties"] | properties
        each |= {"parent": parent, "last_edited_time": self.minute()}
        return each


def fake(seed: int, skew: timedelta = timedelta(0)) -> Notion:
    """Some pages; all of one minute, so that times are equal at the edges of pages."""
    made = Notion(seed, skew=skew)
    for _ in range(60):
        edit(made)
    return made


def edit(fake: Fake) -> None:
    """One random change."""
    assert isinstance(fake, Notion)
    pick = fake.random
    known = [*fake.pages]
    if not known or pick.random() < 0.4:
        _new(fake)
    elif pick.random() < 0.15:
        fake.sources[pick.choice(["ds-1", "ds-2"])] = f"Pages {fake.number()} é"
    else:
        key = pick.choice(known)
        fake.put(key, fake.pages[key]["parent"], **properties(fake, "data_source_id" in fake.pages[key]["parent"]))


def _new(fake: Notion) -> None:
    """In a data source, in one that is not shared, under a page, or in the workspace; some are brought in with the time of another tool."""
    source = fake.random.choice(["ds-1", "ds-1", "ds-2", "ds-unshared", None, None])
    parent = {"type": "data_source_id", "data_source_id": source} if source else {"type": "workspace", "workspace": True}
    fake.put(f"page-{fake.number():05}", parent, **properties(fake, source is not None))


def properties(fake: Notion, is_row: bool) -> dict[str, Any]:
    """Of a row of a data source, or of a page elsewhere, which has a title only."""
    pick = fake.random
    title = {"Name": {"type": "title", "title": [{"plain_text": "Brief é "}, {"plain_text": str(fake.number())}]}}
    if not is_row:
        return title
    issue = f"https://linear.app/acme/issue/ENG-{pick.randrange(50)}/a-slug"
    project = f"https://linear.app/acme/project/new-editor-{pick.randrange(50):012x}/overview"
    person = {"object": "user", "id": "u-guest", "name": "Gu Est"}
    return title | {
        "Type": {"type": "select", "select": pick.choice([None, {"name": "PRD"}, {"name": "FAQ"}])},
        "Owner": {"type": "people", "people": pick.choice([[], [{"object": "user", "id": "u-2"}], [person]])},
        "Issue": {"type": "url", "url": pick.choice([None, issue, "https://acme.example/linear"])},
        "Project": {"type": "url", "url": pick.choice([None, project])},
        "Notes": {"type": "rich_text", "rich_text": [{"plain_text": "planted-words"}]},
    }


def expected(fake: Fake) -> dict[str, set[tuple[Any, ...]]]:
    """What the pages that are shared and not in the bin say."""
    assert isinstance(fake, Notion)
    documents, links = set(), set()
    for each in fake.shown():
        of = each["properties"]
        type_, people = of.get("Type", {}).get("select"), of.get("Owner", {}).get("people")
        owner = {"u-1": "Ana Silva", "u-2": "Bo Ek", "u-guest": "Gu Est"}[people[0]["id"] if people else "u-1"]
        kind = type_["name"] if type_ else fake.sources.get(each["parent"].get("data_source_id", ""))
        title = "".join(text["plain_text"] for text in of["Name"]["title"])
        times = [_at(each[name]).strftime("%Y-%m-%d %H:%M:%S+00") for name in _TIMES]
        documents.add((each["id"], title, kind, owner, each["url"], *times, "false"))
        for name, place in {"Issue": 5, "Project": 5}.items():
            parts = ((of.get(name) or {}).get("url") or "").split("/")
            if len(parts) > place and parts[2] == "linear.app":
                links.add(
                    ("notion", each["id"], "linear", parts[place].rpartition("-")[2] if name == "Project" else parts[place], "mentions")
                )
    return {"document": documents, "link": links}


def _check(request: Request, body: Any, names: set[str]) -> None:
    if request.headers.get("Notion-Version") != "2026-03-11":
        raise _refused("Notion-Version header should be defined")
    if {*body} - names or not 1 <= body.get("page_size", 100) <= 100:
        raise _refused("body failed validation")


def _missing(key: Any) -> Refusal:
    return Refusal(404, {"object": "error", "status": 404, "code": "object_not_found", "message": f"Could not find {key}."})


def _judged(children: Any) -> list[dict[str, Any]]:
    """Blocks as Notion takes them: at most 100, and 1000 with what is in them; texts of 2,000 signs; rows as wide as their table."""
    if not isinstance(children, list) or len(children) > 100:
        raise _refused("body.children.length should be ≤ `100`")
    if sum(1 + len(each.get("table", {}).get("children", [])) for each in children) > 1000:
        raise _refused("body has more than 1000 blocks")
    for each in children:
        told = each[each["type"]]
        rows = told.get("children", []) if each["type"] == "table" else []
        if each["type"] == "table" and not 1 <= len(rows) <= 100:
            raise _refused("table.children.length should be 1 to `100`")
        if any(len(row["table_row"]["cells"]) != told["table_width"] for row in rows):
            raise _refused("Number of cells in table row must match the table width of the parent table")
        texts = told.get("rich_text", []) + [text for row in rows for cell in row["table_row"]["cells"] for text in cell]
        if len(told.get("rich_text", [])) > 100 or any(len(text["text"]["content"]) > 2000 for text in texts):
            raise _refused("rich_text[0].text.content.length should be ≤ `2000`")
    return children


def _refused(said: str) -> Refusal:
    return Refusal(400, {"object": "error", "status": 400, "code": "validation_error", "message": said})


def _at(text: str) -> datetime:
    return datetime.fromisoformat(text)
