"""The texts that an expression of Python may stand for, in parts, as far as reading the sources tells (for `docs/messages.py`)."""

from __future__ import annotations

import ast
import re
from dataclasses import dataclass, field
from itertools import islice, product

#: How many texts one expression may stand for; how deep names are followed.
_MOST, _DEEPEST = 64, 6

#: A text in parts: what stands in it literally, or the expression whose value does.
Parts = tuple[str | ast.expr, ...]


@dataclass
class Scope:
    """What a name means where a text stands: the values assigned to it, in the function and in its module."""

    module: dict[str, list[ast.expr]]
    local: dict[str, list[ast.expr]] = field(default_factory=dict)
    path: str = ""


@dataclass
class Spoken:
    """What was found in the sources: the functions by name, and which of their parameters are texts for people."""

    functions: dict[str, list[tuple[ast.FunctionDef, Scope]]] = field(default_factory=dict)
    calls: list[tuple[ast.Call, Scope]] = field(default_factory=list)
    returned: list[tuple[ast.expr, Scope]] = field(default_factory=list)
    #: A function -> the names of parameters that it says.
    saying: dict[ast.FunctionDef, set[str]] = field(default_factory=dict)


def template(parts: Parts) -> str:
    """The text with a name for each value, the same for the same expression; braces of the text itself are doubled."""
    names: dict[str, str] = {}
    said = ""
    if len(parts) > 1 and not isinstance(parts[0], str) and isinstance(parts[1], str) and parts[1].startswith(": "):
        parts = (parts[1][2:], *parts[2:])
    for part in parts:
        if isinstance(part, str):
            said += part.replace("{", "{{").replace("}", "}}")
            continue
        shown = ast.dump(part)
        if shown not in names:
            wanted = _name(part)
            taken = sum(re.sub(r"\d+$", "", name) == wanted for name in names.values())
            names[shown] = f"{wanted}{taken + 1}" if taken else wanted
        said += f"{{{names[shown]}}}"
    return said


def _name(value: ast.expr) -> str:
    """What a reader of the catalogue would call a value: the name that stands for it, its last attribute."""
    match value:
        case ast.Call(func=ast.Attribute(value=ast.Constant(value=str(glue)), attr="join")) if glue.strip() in ("or", "and"):
            return f"names_{glue.strip()}"
        case ast.Call(func=ast.Attribute(value=ast.Constant(value=str()), attr="join")):
            return "names"
        case ast.Call(func=ast.Name(id="str" | "len" | "repr" | "round" | "abs"), args=[only, *_]):
            return _name(only)
        case ast.Name(id=name) | ast.Attribute(attr=name) | ast.Call(func=ast.Name(id=name) | ast.Attribute(attr=name)):
            return re.sub(r"\d+$", "", name.strip("_").lower()) or "value"
        case ast.Subscript(value=inner):
            return _name(inner)
    return "value"


def called(call: ast.Call) -> str:
    """The name of what is called."""
    return call.func.id if isinstance(call.func, ast.Name) else call.func.attr if isinstance(call.func, ast.Attribute) else ""


def resolve(value: ast.expr, scope: Scope, spoken: Spoken, depth: int = 0) -> list[Parts]:
    """The texts that an expression may be, each in parts; what is only known when it runs stays an expression."""
    if depth > _DEEPEST:
        return [(value,)]
    again = lambda one: resolve(one, scope, spoken, depth + 1)  # noqa: E731
    match value:
        case ast.Constant(value=str(text)):
            return [(text,)]
        case ast.JoinedStr(values=values):
            return _all_of([_shown(one, scope, spoken, depth) for one in values])
        case ast.BinOp(op=ast.Add(), left=left, right=right):
            return _all_of([again(left), again(right)])
        case ast.IfExp(body=body, orelse=orelse):
            return again(body) + again(orelse)
        case ast.BoolOp(op=ast.Or(), values=values):
            return [parts for one in values for parts in again(one)]
        case ast.NamedExpr(value=inner):
            return again(inner)
        case ast.Name(id=name) if told := scope.local.get(name) or scope.module.get(name):
            found = [parts for one in told for parts in again(one)]
            return found if any(isinstance(part, str) for parts in found for part in parts) else [(value,)]
        case ast.Call(func=ast.Attribute(value=ast.Name() as form, attr="format"), args=[only]):
            texts = [parts[0] for parts in again(form) if isinstance(parts[0], str) and "{}" in parts[0]]
            return [(before, only, after) for before, _sign, after in (text.partition("{}") for text in texts)] or [(value,)]
        case ast.Call() if known := bodies(called(value), scope, spoken):
            found = [parts for body, inner in known for one in returned(body) for parts in resolve(one, inner, spoken, depth + 1)]
            return found if any(isinstance(part, str) for parts in found for part in parts) else [(value,)]
    return [(value,)]


def returned(function: ast.FunctionDef) -> list[ast.expr]:
    """What a function gives back; of a list or a dictionary, what stands in it."""
    found = [one.value for one in ast.walk(function) if isinstance(one, ast.Return) and one.value]
    found = [one.value if isinstance(one, ast.Subscript) else one for one in found]
    inner = {ast.List: lambda one: one.elts, ast.Dict: lambda one: one.values}
    return [part for one in found for part in (inner[type(one)](one) if type(one) in inner else [one])]


def bodies(name: str, scope: Scope, spoken: Spoken) -> list[tuple[ast.FunctionDef, Scope]]:
    """The functions of that name: those of the same module, else the only one that there is."""
    every = spoken.functions.get(name, [])
    return [one for one in every if one[1].module is scope.module] or (every if len(every) == 1 else [])


def _shown(value: ast.expr, scope: Scope, spoken: Spoken, depth: int) -> list[Parts]:
    """What a part of an f-string may be: words that depend on a condition are told apart, all else is a value."""
    if not isinstance(value, ast.FormattedValue):
        return resolve(value, scope, spoken, depth + 1)
    inner = value.value
    if words := _words(inner, scope):
        return [(word,) for word in words]
    found = resolve(inner, scope, spoken, depth + 1) if isinstance(inner, ast.IfExp | ast.Name | ast.Call) else [(inner,)]
    return found if isinstance(inner, ast.IfExp) or all(map(_is_wordy, found)) else [(inner,)]


def _is_wordy(parts: Parts) -> bool:
    """Whether parts are more of a text than of a value: they begin literally, and hold words or nothing else."""
    words = (isinstance(part, str) and re.search(r"[A-Za-z]\S* | \S*[A-Za-z]", part) for part in parts)
    return isinstance(parts[0], str) and (len(parts) == 1 or any(words))


def _words(value: ast.expr, scope: Scope) -> list[str]:
    """The words of a table of words that a value is looked up in."""
    match value:
        case ast.Subscript(value=ast.Name(id=name)) | ast.Call(func=ast.Attribute(value=ast.Name(id=name), attr="get")):
            told = scope.module.get(name, [])
            texts = [text for one in told if isinstance(one, ast.Dict) for text in one.values]
            words = [text.value for text in texts if isinstance(text, ast.Constant) and isinstance(text.value, str)]
            return list(dict.fromkeys(words)) if len(words) == len(texts) else []
    return []


def _all_of(parts: list[list[Parts]]) -> list[Parts]:
    return [sum(one, ()) for one in islice(product(*parts), _MOST)]
