"""Finds what the layers below the pages say to people, for the French of the pages: `python -m docs.messages`.

The layers speak English, in f-strings. A template is such a string with a name for each of its values (`there is no source
"{name}"`); `pages/components/relay.py` knows a text again by it. The command brings `pages/locale/messages/fr.po` up to date: what is
new comes without a translation, what is no longer said goes.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from itertools import islice, product
from pathlib import Path

from babel.messages.catalog import Catalog
from babel.messages.pofile import read_po, write_po

ROOT = Path(__file__).parent.parent
LAYERS = ("data", "metrics", "connectors")
FRENCH = ROOT / "pages/locale/messages/fr.po"
#: What the command line alone says stays English.
_OF_TERMINALS = ("metrics/insight/verbs/*", "*/console.py", "*/__main__.py", "data/demo/*")
#: Calls with texts for people, and the places of those; functions that hand a parameter on to one of these speak as well.
SPEAKERS = {"Problem": (0, 4), "problem": (0, 1, 2), "Check": (4,), "failed": (1,), "ValueError": (0,), "Field": ()}
SPEAKERS |= dict.fromkeys(("Refused", "Missing", "Unknown", "Away"), (0, 1))
#: Functions that give such texts back, beside those whose answer is handed to one of the calls.
_TELLING = {("metrics/checks.py", "_wrong"), ("metrics/checks.py", "_age"), ("metrics/checks.py", "_ask"), ("metrics/examples.py", "wrong")}
#: How many texts one expression may stand for; how deep names are followed.
_MOST, _DEEPEST = 64, 6
#: A text says something by itself when so many words of it are no values.
FEWEST_WORDS = 2

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


def templates(files: Iterable[Path] | None = None) -> list[str]:
    """Every template of the layers, sorted; the names in braces are made from the expressions.

    Those that differ in these names alone are one, and what stands before a first colon as its place (`{name}: `) is left out.
    """
    spoken = _read(files or _files())
    while _hand_on(spoken):
        pass
    told = [(text, scope) for call, scope in spoken.calls for text in _texts(call, scope, spoken)] + spoken.returned
    found = {template(parts) for text, scope in told for parts in resolve(text, scope, spoken)}
    alike = {re.sub(r"{(?!names_)\w+}", "{}", one): one for one in sorted(found, reverse=True) if says(one)}
    return sorted(alike.values())


def _files() -> list[Path]:
    paths = [path for layer in LAYERS for path in sorted((ROOT / layer).rglob("*.py"))]
    return [path for path in paths if not any(path.relative_to(ROOT).match(one) for one in _OF_TERMINALS)]


def says(text: str) -> bool:
    """Whether enough of a template is words to know it again: two, or one that it begins with."""
    words = re.findall(r"(?<!\S)[\"'(]*[^\W\d_]+[,.:;?!)\"']*(?!\S)", re.sub(r"{\w+}", " ", text))
    return len(words) >= FEWEST_WORDS or bool(re.match(r"[A-Z][a-z]+:? ", text))


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


def _read(files: Iterable[Path]) -> Spoken:
    spoken = Spoken()
    for path in files:
        tree = ast.parse(path.read_text(encoding="utf-8"))
        whole = Scope(_assigned(tree), path=path.as_posix().removeprefix(f"{ROOT.as_posix()}/"))
        _collect(tree, whole, spoken)
    return spoken


def _collect(node: ast.AST, scope: Scope, spoken: Spoken) -> None:
    """Notes the functions and the calls below a node, each with what names mean there."""
    for child in ast.iter_child_nodes(node):
        if isinstance(child, ast.FunctionDef):
            inner = Scope(scope.module, scope.local | _assigned(child), scope.path)
            spoken.functions.setdefault(child.name, []).append((child, inner))
            if (scope.path, child.name) in _TELLING:
                spoken.returned += [(told, inner) for told in _returned(child)]
            _collect(child, inner, spoken)
            continue
        if isinstance(child, ast.Call):
            spoken.calls.append((child, scope))
        _collect(child, scope, spoken)


def _assigned(node: ast.Module | ast.FunctionDef) -> dict[str, list[ast.expr]]:
    """The values that names are given in a function, or at the top of a module."""
    found: dict[str, list[ast.expr]] = {}
    below = ast.walk(node) if isinstance(node, ast.FunctionDef) else iter(node.body)
    for one in below:
        match one:
            case ast.Assign(targets=[ast.Name(id=name)], value=value) | ast.AnnAssign(target=ast.Name(id=name), value=ast.expr() as value):
                found.setdefault(name, []).append(value)
            case ast.AugAssign(target=ast.Name(id=name) as target, op=ast.Add(), value=value):
                found.setdefault(name, []).append(ast.BinOp(found[name][-1] if found.get(name) else target, ast.Add(), value))
            case ast.Assign(targets=[ast.Tuple(elts=targets)], value=ast.Tuple(elts=values)) if len(targets) == len(values):
                for target, value in zip(targets, values, strict=True):
                    if isinstance(target, ast.Name):
                        found.setdefault(target.id, []).append(value)
    return found


def _called(call: ast.Call) -> str:
    return call.func.id if isinstance(call.func, ast.Name) else call.func.attr if isinstance(call.func, ast.Attribute) else ""


def _texts(call: ast.Call, scope: Scope, spoken: Spoken) -> Iterator[ast.expr]:
    """The arguments of a call that people read."""
    name = _called(call)
    if name in SPEAKERS:
        yield from (call.args[place] for place in SPEAKERS[name] if place < len(call.args))
        yield from (word.value for word in call.keywords if word.arg in ("message", "remedy", "detail", "description"))
        return
    for function, _inner in _bodies(name, scope, spoken):
        asked = [one.arg for one in function.args.args]
        asked = asked[1:] if asked[:1] in (["self"], ["cls"]) else asked
        given = dict(zip(asked, call.args, strict=False)) | {word.arg: word.value for word in call.keywords if word.arg}
        yield from (given[one] for one in sorted(spoken.saying.get(function, ())) if one in given)


def _hand_on(spoken: Spoken) -> bool:
    """Notes the functions that hand a parameter on to what speaks; whether one was new."""
    before = sum(map(len, spoken.saying.values()))
    for function, scope in (one for bodies in spoken.functions.values() for one in bodies):
        asked = {one.arg for one in (*function.args.args, *function.args.kwonlyargs)} - {"self", "cls", "key"}
        for call in (one for one in ast.walk(function) if isinstance(one, ast.Call)):
            for text in _texts(call, scope, spoken):
                handed = {part.id for parts in resolve(text, scope, spoken) for part in parts if isinstance(part, ast.Name)} & asked
                if handed:
                    spoken.saying.setdefault(function, set()).update(handed)
    return sum(map(len, spoken.saying.values())) > before


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
        case ast.Call() if bodies := _bodies(_called(value), scope, spoken):
            found = [parts for body, inner in bodies for one in _returned(body) for parts in resolve(one, inner, spoken, depth + 1)]
            return found if any(isinstance(part, str) for parts in found for part in parts) else [(value,)]
    return [(value,)]


def _returned(function: ast.FunctionDef) -> list[ast.expr]:
    """What a function gives back; of a list or a dictionary, what stands in it."""
    found = [one.value for one in ast.walk(function) if isinstance(one, ast.Return) and one.value]
    found = [one.value if isinstance(one, ast.Subscript) else one for one in found]
    inner = {ast.List: lambda one: one.elts, ast.Dict: lambda one: one.values}
    return [part for one in found for part in (inner[type(one)](one) if type(one) in inner else [one])]


def _bodies(name: str, scope: Scope, spoken: Spoken) -> list[tuple[ast.FunctionDef, Scope]]:
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


def main() -> None:
    """Writes the French catalogue anew: the translations that are there, and an empty one for each new template."""
    told = {}
    if FRENCH.exists():
        with FRENCH.open("rb") as file:
            told = {message.id: message.string for message in read_po(file) if message.id}
    fresh = Catalog(locale="fr", fuzzy=False)
    for one in templates():
        fresh.add(one, told.get(one, ""))
    with FRENCH.open("wb") as file:
        file.write(b"# What the layers below the pages say (docs/messages.py), in French.\n\n")
        write_po(file, fresh, omit_header=True, width=0, sort_output=True)


if __name__ == "__main__":
    main()
