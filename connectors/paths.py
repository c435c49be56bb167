"""Places in JSON: `data.items`, `meta.next`, `rows.-1.id`."""

from __future__ import annotations

from typing import Any


class Lacking(LookupError):
    """Nothing stands at a path; `there` are the keys where it ends, `after` is the part of the path that was found."""

    def __init__(self, after: str, there: Any) -> None:
        super().__init__(after)
        self.after = after
        self.there = [*there] if isinstance(there, dict) else []


def look(value: Any, path: str, after: str = "") -> Any:
    """What stands at a path; "" is the value itself. A key may itself hold dots. Raises Lacking when there is nothing."""
    if not path:
        return value
    if isinstance(value, dict) and path in value:
        return value[path]
    head, _, rest = path.partition(".")
    found = f"{after}.{head}" if after else head
    if isinstance(value, dict) and head in value:
        return look(value[head], rest, found)
    if isinstance(value, list) and head.lstrip("-").isdigit() and -len(value) <= int(head) < len(value):
        return look(value[int(head)], rest, found)
    raise Lacking(after, value)


def maybe(value: Any, path: str) -> Any:
    """What stands at a path, None when there is nothing."""
    try:
        return look(value, path)
    except Lacking:
        return None


def put(into: dict[str, Any], path: str, value: Any) -> dict[str, Any]:
    """A copy in which the value stands at the path."""
    head, _, rest = path.partition(".")
    inner = into.get(head)
    return into | {head: put(inner if isinstance(inner, dict) else {}, rest, value) if rest else value}


def without(value: Any, path: str) -> Any:
    """A copy without what stands at a path; in a list, without it in each of its values."""
    if isinstance(value, list):
        return [without(each, path) for each in value]
    if not isinstance(value, dict):
        return value
    head, _, rest = path.partition(".")
    kept = {key: each for key, each in value.items() if key != path}
    return kept | {head: without(kept[head], rest)} if rest and head in kept else kept
