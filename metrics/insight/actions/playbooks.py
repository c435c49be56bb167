"""All playbooks of a workspace: the built-in ones, the company's own over them, and what is wrong with any."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import lru_cache
from pathlib import Path
from string import Formatter

from data import yaml_file
from data.errors import Problem, did_you_mean
from data.workspace import Workspace
from data.yaml_file import Mapping as Block
from metrics import columns
from metrics.definition import Metric
from metrics.facts import facts
from metrics.insight.actions import reckon
from metrics.insight.actions.playbook import STEP, Number, Playbook
from metrics.insight.actions.playbook_file import read
from metrics.made_of import facts_of, is_shaped, leaves
from metrics.validate import Finding

BUILT_IN = Path(__file__).parents[2] / "playbooks"
#: How long an unsaved playbook may be, in characters.
MAX_UNSAVED = 20_000


def files(own: Path | None = None) -> list[tuple[Path, str]]:
    """The files of playbooks, later ones winning, each with the name that messages show."""
    found = [(path, f"metrics/playbooks/{path.name}") for path in sorted(BUILT_IN.glob("*.yml"))]
    return found + [(path, f"playbooks/{path.name}") for path in sorted(own.glob("*.yml")) if own] if own else found


def names(path: Path, shown: str) -> list[str]:
    """The names of the playbooks in a file. Raises Problem for a file that cannot be read."""
    return list(yaml_file.read(path, shown))


def texts(path: Path, shown: str) -> set[str]:
    """Everything that the playbooks of a file say to people. Raises Problem for a file that cannot be read."""
    found: set[str] = set()
    for one in _file(path, shown, path.stat().st_mtime).values():
        found |= {one.label, one.description, one.action, *(each.says for each in one.against)}
        found |= {one.mark.label, one.mark.says} if one.mark else set()
        found |= {text for text in (one.prize.rule, one.prize.none) if text}
        found |= {each.label for each in one.every_number if each.label}
    return found


def is_own(shown: str) -> bool:
    """Whether a file of playbooks is the company's own, which goes over the built-in ones."""
    return not shown.startswith("metrics/")


def load(workspace: Workspace, known: Mapping[str, Metric]) -> dict[str, Playbook]:
    """Every playbook by name. Raises Problem at the first wrong one."""
    found: dict[str, Playbook] = {}
    for path, shown in files(workspace.playbooks):
        told = _file(path, shown, path.stat().st_mtime)
        if twice := next((name for name in told if name in found and is_own(found[name].file) == is_own(shown)), None):
            raise Problem(f'"{twice}" is in {found[twice].file} too', shown, told[twice].line, remedy="Rename one.")
        found |= told
    for one in found.values():
        check(one, known)
    return found


@lru_cache(maxsize=64)
def _file(path: Path, shown: str, _stamp: float) -> Mapping[str, Playbook]:
    """The playbooks of a file, read again when it has changed."""
    told = yaml_file.read(path, shown)
    return {name: read(name, told) for name in told}


def over(saved: Mapping[str, Playbook], text: str, shown: str, known: Mapping[str, Metric]) -> dict[str, Playbook]:
    """Unsaved playbooks over the saved ones. Raises Problem at the first wrong one."""
    told = yaml_file.parse(text, shown, limit=MAX_UNSAVED)
    fresh = {name: read(name, told) for name in told}
    for one in fresh.values():
        check(one, known)
    return {**saved, **fresh}


def findings(workspace: Workspace, known: Mapping[str, Metric]) -> list[Finding]:
    """What is wrong with the playbooks of a workspace, and what a reader of them would stumble over; each with its place."""
    found: list[Finding] = []
    seen: dict[str, str] = {}
    for path, shown in files(workspace.playbooks):
        try:
            told = yaml_file.read(path, shown)
        except Problem as problem:
            found.append(Finding("error", problem))
            continue
        for name in told:
            if name in seen and is_own(seen[name]) == is_own(shown):
                found.append(Finding("error", told.problem(name, f'"{name}" is in {seen[name]} too', "Rename one.")))
            seen[name] = shown
        found += _judged(told, known)
    return found


def unsaved(text: str, shown: str, known: Mapping[str, Metric]) -> list[Finding]:
    """What is wrong with a text of playbooks that is being typed; lines are those of the text."""
    try:
        return _judged(yaml_file.parse(text, shown, limit=MAX_UNSAVED), known)
    except Problem as problem:
        return [Finding("error", problem)]


def _judged(told: Block, known: Mapping[str, Metric]) -> list[Finding]:
    found: list[Finding] = []
    for name in told:
        try:
            one = read(name, told)
            check(one, known)
        except Problem as problem:
            found.append(Finding("error", problem))
        else:
            found += [Finding("warning", problem) for problem in unsaid(one)]
    return found


def check(one: Playbook, known: Mapping[str, Metric]) -> None:
    """Everything that can be wrong about metrics, dimensions and conditions on rows, without looking at data. Raises Problem."""
    for block, numbers, within in (
        (one.block, one.numbers, False),
        *(((one.block["accounts"], one.accounts.numbers, True),) if one.accounts else ()),
    ):
        for number in numbers:
            if number.metric is not None:
                _check_number(one, number, block["numbers"], known, within)
    if one.expect is not None:
        expect = one.block["expect"]
        if is_shaped(_check_metric(one.expect.metric, expect, "metric", one.name, known)):
            raise expect.problem("metric", f"{one.name}: {one.expect.metric} is a table, and one number is measured", value=True)


def _check_number(one: Playbook, number: Number, numbers: Block, known: Mapping[str, Metric], within: bool) -> None:
    written = numbers[number.name]
    block, key = (written, "metric") if isinstance(written, Block) else (numbers, number.name)
    metric = _check_metric(str(number.metric), block, key, one.name, known)
    if is_shaped(metric) != bool(number.show):
        said = "is a table: say which of its cells" if is_shaped(metric) else "has one value, and no cells to show"
        raise block.problem(
            key, f"{one.name}: {number.metric} {said}", "Add show, such as {show: from_previous}." if not number.show else None
        )
    if number.of == "account" and not within:
        raise block.problem("of", f"{one.name}: only a number of accounts is of an account", "Write it under accounts.", value=True)
    for fact in facts_of(leaves((metric.name,), known).values()):
        _check_columns(one, number, block, key, fact, within)


def _check_columns(one: Playbook, number: Number, block: Block, key: str, fact: str, within: bool) -> None:
    dimensions = one.each if number.of in ("member", "median") and one.each != (STEP,) else ()
    for dimension in (*dimensions, *(("account_id",) if within and number.of != "all" else ())):
        try:
            columns.dimension(fact, dimension)
        except Problem:
            said = f"{one.name}: {number.metric} cannot be split by {dimension}"
            remedy = "Say of: account, or of: all." if within else f"Say of: all, or split by {_some(fact)}."
            raise block.problem(key, said, remedy, value=True) from None
    if number.where is not None:
        try:
            columns.condition(fact, number.where)
        except Problem as problem:
            raise block.problem("where", f"{one.name}: {problem.message}", problem.remedy, value=True) from None


def _some(fact: str) -> str:
    return ", ".join(columns.names(facts()[fact])[:8])


def _check_metric(name: str, block: Block, key: str, of: str, known: Mapping[str, Metric]) -> Metric:
    if name not in known:
        raise block.problem(key, f'{of}: unknown metric "{name}"', did_you_mean(name, known), value=True)
    return known[name]


def unsaid(one: Playbook) -> Iterator[Problem]:
    """What a playbook should say and does not."""
    if one.expect is None:
        yield one.block.problem(None, f"{one.name} does not say what should come of it", "Add expect: {metric: …, change: …, within: …}.")
    if not one.against:
        yield one.block.problem(None, f"{one.name} looks for nothing that speaks against it", "Add against: [{when: …, says: …}].")
    used = {name for text in _texts(one) for name in text}
    for number in one.every_number:
        if number.name not in used:
            yield one.block.problem("numbers", f'{one.name}: nothing speaks of "{number.name}"', "Remove it.")


def _texts(one: Playbook) -> Iterator[set[str]]:
    """The names that each of its conditions and texts speaks of."""
    spoken = [one.when, one.n, one.prize.accounts, one.prize.money, one.accounts.when if one.accounts else None]
    spoken += [number.formula for number in one.every_number] + [each.when for each in one.against]
    yield from (reckon.names(text) for text in spoken if text)
    said = [one.action, one.mark.says if one.mark else "", one.prize.rule or "", one.prize.none or ""]
    for text in (*said, *(each.says for each in one.against)):
        yield {part for _said, part, _spec, _conversion in Formatter().parse(text) if part}
