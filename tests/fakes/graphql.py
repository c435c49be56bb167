"""GraphQL as a vendor's server answers it: judged by the vendor's own schema where that lies, else by what is selected alone."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Any

from graphql import DocumentNode, FieldNode, GraphQLSchema, build_schema, execute, parse, validate, value_from_ast_untyped


@cache
def schema(path: Path) -> GraphQLSchema | None:
    """The schema in a file, None where it does not lie."""
    return build_schema(path.read_text(encoding="utf-8"), assume_valid=True) if path.exists() else None


def answer(judge: GraphQLSchema | None, query: str, root: dict[str, Any], variables: dict[str, Any]) -> tuple[Any, list[str]]:
    """The data of an answer, and what is wrong with the query or the data. Functions in `root` are resolvers."""
    document, wrong = _judged(judge, query)
    if wrong:
        return None, wrong
    if judge is None:
        return picked(root, document.definitions[0], variables), []
    found = execute(judge, document, root, variable_values=variables)
    assert not hasattr(found, "__await__")
    return found.data, [error.message for error in found.errors or ()]


@cache
def _judged(judge: GraphQLSchema | None, query: str) -> tuple[DocumentNode, list[str]]:
    document = parse(query)
    return document, [error.message for error in validate(judge, document)] if judge else []


def picked(value: Any, node: Any, variables: dict[str, Any]) -> Any:
    """What a query selects of a value."""
    if isinstance(value, list):
        return [picked(each, node, variables) for each in value]
    if not isinstance(value, dict) or node.selection_set is None:
        return value
    found: dict[str, Any] = {}
    for field in node.selection_set.selections:
        assert isinstance(field, FieldNode)
        one = value.get(field.name.value)
        told = {each.name.value: value_from_ast_untyped(each.value, variables) for each in field.arguments or ()}
        found[field.name.value] = picked(one(None, **told) if callable(one) else one, field, variables)
    return found


def cost(query: str) -> float:
    """What a query costs by Linear's count: a tenth of a point a value, a point an object, times the things on a page."""
    return _cost(parse(query).definitions[0])


def _cost(field: Any) -> float:
    if field.selection_set is None:
        return 0.1
    if not isinstance(field, FieldNode):
        return sum(_cost(each) for each in field.selection_set.selections)
    first = next((int(value_from_ast_untyped(each.value)) for each in field.arguments or () if each.name.value == "first"), 1)
    return 1 + first * sum(_cost(each) for each in field.selection_set.selections)
