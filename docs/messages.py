"""Finds what the layers below the pages say to people, for the French of the pages: `python -m docs.messages`.

The layers speak English, in f-strings. A template is such a string with a name for each of its values (`there is no source
"{name}"`); `pages/components/relay.py` knows a text again by it. The command brings `pages/locale/messages/fr.po` up to date: what is
new comes without a translation, what is no longer said goes.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterable, Iterator
from pathlib import Path

from babel.messages.catalog import Catalog
from babel.messages.pofile import read_po, write_po

from docs.texts import Scope, Spoken, bodies, called, resolve, returned, template

ROOT = Path(__file__).parent.parent
LAYERS = ("data", "metrics", "connectors")
FRENCH = ROOT / "pages/locale/messages/fr.po"
#: What the command line alone says stays English.
_OF_TERMINALS = ("metrics/insight/verbs/*", "*/console.py", "*/__main__.py", "data/demo/*")
#: Calls with texts for people, and the places of those; functions that hand a parameter on to one of these speak as well.
SPEAKERS = {"Problem": (0, 4), "problem": (0, 1, 2), "Check": (4,), "failed": (1,), "ValueError": (0,), "Field": ()}
SPEAKERS |= dict.fromkeys(("Refused", "Missing", "Unknown", "Away"), (0, 1))
#: Functions that give such texts back, beside those whose answer is handed to one of the calls.
_TELLING = {
    ("metrics/checks.py", "_wrong"), ("metrics/checks.py", "_age"), ("metrics/checks.py", "_ask"), ("metrics/examples.py", "wrong"),
    ("connectors/quarantine.py", "_same_key"),
}  # fmt: skip
#: A text says something by itself when so many words of it are no values.
FEWEST_WORDS = 2


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
                spoken.returned += [(told, inner) for told in returned(child)]
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


def _texts(call: ast.Call, scope: Scope, spoken: Spoken) -> Iterator[ast.expr]:
    """The arguments of a call that people read."""
    name = called(call)
    if name in SPEAKERS:
        yield from (call.args[place] for place in SPEAKERS[name] if place < len(call.args))
        yield from (word.value for word in call.keywords if word.arg in ("message", "remedy", "detail", "description"))
        return
    for function, _inner in bodies(name, scope, spoken):
        asked = [one.arg for one in function.args.args]
        asked = asked[1:] if asked[:1] in (["self"], ["cls"]) else asked
        given = dict(zip(asked, call.args, strict=False)) | {word.arg: word.value for word in call.keywords if word.arg}
        yield from (given[one] for one in sorted(spoken.saying.get(function, ())) if one in given)


def _hand_on(spoken: Spoken) -> bool:
    """Notes the functions that hand a parameter on to what speaks; whether one was new."""
    before = sum(map(len, spoken.saying.values()))
    for function, scope in (one for alike in spoken.functions.values() for one in alike):
        asked = {one.arg for one in (*function.args.args, *function.args.kwonlyargs)} - {"self", "cls", "key"}
        for call in (one for one in ast.walk(function) if isinstance(one, ast.Call)):
            for text in _texts(call, scope, spoken):
                handed = {part.id for parts in resolve(text, scope, spoken) for part in parts if isinstance(part, ast.Name)} & asked
                if handed:
                    spoken.saying.setdefault(function, set()).update(handed)
    return sum(map(len, spoken.saying.values())) > before


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
