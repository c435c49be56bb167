"""Playbooks on a page: which there are, what they find now, and their words with the numbers put in, in the reader's language."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from datetime import date, datetime, timedelta
from typing import Any

from data.errors import Problem
from metrics import disagree
from metrics.insight import actions
from metrics.insight.actions import Found, history, playbooks, standing
from metrics.insight.actions.action import Action, Evidence
from metrics.insight.actions.history import Tried
from metrics.insight.actions.playbook import Number, Playbook
from metrics.insight.actions.standing import Standing
from metrics.insight.actions.told import sentence
from pages.components import format as fmt
from pages.components import present
from pages.components.board import Board
from pages.components.i18n import N_, _, ngettext, translated
from pages.components.memory import Memory

TEAMS = {
    "product": N_("Product"),
    "design": N_("Design"),
    "engineering": N_("Engineering"),
    "sales": N_("Sales"),
    "marketing": N_("Marketing"),
    "customer success": N_("Customer success"),
    "support": N_("Support"),
}

#: What a playbook knows without asking a metric.
KNOWN = {
    "accounts": N_("Accounts that it is about"),
    "money": N_("Their MRR"),
    "time_passed": N_("Share of its time that is over"),
    "days_left": N_("Days that are left"),
    "days_out": N_("Days since its release"),
}
PRIZES = {"at risk": N_("of MRR at risk"), "to win": N_("of MRR to win"), "concerned": N_("of MRR concerned")}
LEVELS = {"high": N_("High confidence"), "medium": N_("Medium confidence"), "low": N_("Low confidence")}
#: Shape and colour of a level: a disc, a diamond, a square.
TONES = {"high": "good", "medium": "warn", "low": "bad"}

_found = Memory(50)


def known(board: Board) -> Mapping[str, Playbook]:
    """Every playbook of the workspace. Raises Problem for a wrong one."""
    workspace, definitions = board.layer.workspace, board.layer.metrics
    return _found.recall((board.layer, _stamp(board)), definitions, lambda: playbooks.load(workspace, definitions))


def found(board: Board) -> Found:
    """What they come to on what is loaded, whatever the reader's filters let through; worked out once a generation."""
    key = ("found", board.layer, board.generation, _stamp(board))
    return _found.recall(key, board.layer.metrics, lambda: actions.found(board.layer, known(board).values()))


def marks(board: Board) -> disagree.Marks:
    """The accounts where the sources disagree, at the end of the reader's range; none while a playbook cannot be read."""
    if not marking(board):
        return {}
    key = ("marks", board.layer, board.generation, _stamp(board), board.filters.until)
    return _found.recall(key, board.layer.metrics, lambda: disagree.marks(board.layer, known(board).values(), board.filters.until))


def standings(board: Board) -> list[Standing]:
    """What was found, and how each recommendation stands today."""
    decided = board.book.decisions.current() if board.book is not None else {}
    return standing.standings(found(board).actions, decided, datetime.now(board.zone).date())


def tried(board: Board, one: Playbook) -> list[Tried]:
    """What a playbook would have found at the ends of the last months."""
    key = ("tried", board.layer, board.generation, one)
    return _found.recall(key, board.layer.metrics, lambda: history.tried(board.layer, one, board.filters.until))


def weights(board: Board) -> dict[str, disagree.Weight]:
    """How many accounts each rule marks, and what they pay; those that concern the most MRR first."""
    key = ("weights", board.layer, board.generation, _stamp(board), board.filters.until)
    return _found.recall(key, board.layer.metrics, lambda: disagree.weighed(board.layer, marks(board), board.filters.until))


def marking(board: Board) -> dict[str, Playbook]:
    """The playbooks that mark accounts, the most urgent first; none while one cannot be read: accounts are listed all the same."""
    with suppress(Problem):
        return {name: one for name, one in known(board).items() if one.mark is not None}
    return {}


def _stamp(board: Board) -> tuple[Any, ...]:
    return tuple((str(path), path.stat().st_mtime) for path, _shown in playbooks.files(board.layer.workspace.playbooks))


def words(text: str) -> str:
    """What a built-in playbook says, in the reader's language."""
    return translated(text, "playbooks")


def said(board: Board, action: Action, text: str) -> str:
    """A text of the playbook with its numbers put in."""
    return sentence(action, words(text), lambda one: number(board, one))


def number(board: Board, one: Evidence) -> str:
    """A number as the reader's language writes it."""
    return fmt.full(one.value, one.format, board.currency)


def of_account(board: Board, one: Playbook, values: Mapping[str, float | None]) -> str:
    """What a playbook says of an account that it marks."""
    if one.mark is None or one.accounts is None:
        return ""
    shapes = {each.name: _shape(board, each) for each in one.accounts.numbers}
    told = {name: fmt.full(value, shapes[name], board.currency) for name, value in values.items()}
    return words(one.mark.says).format_map(told)


def _shape(board: Board, one: Number) -> str:
    return one.format or (board.metric(one.metric).format if one.metric else "decimal")


def subject(action: Action) -> str:
    """What a recommendation is about, by its playbook and its members."""
    return " · ".join([words(action.playbook.label), *(present.member(name) for name in action.named)])


def owner(action: Action) -> str:
    """Who looks after it, where that is somebody else than the team."""
    return action.owner if action.owner != action.team else ""


def frozen_subject(told: Mapping[str, Any]) -> str:
    """The same, of a recommendation as it was kept with a decision."""
    return " · ".join([words(str(told.get("label", ""))), *(present.member(str(name)) for name in told.get("named", ()))])


def prize(board: Board, action: Action) -> tuple[str, str]:
    """What is at stake in a figure, and below it in words."""
    money, accounts = action.prize.money, action.prize.accounts
    said = "" if accounts is None else ngettext("{count} account", "{count} accounts", accounts).format(count=fmt.full(accounts, "integer"))
    if money is None:
        unknown = _("no money can be put on it") if action.prize.says else _("worth not known")
        return said or fmt.NOTHING, "" if said else unknown
    return fmt.short(money, "money", board.currency), " · ".join(part for part in (_(PRIZES[action.prize.kind]), said) if part)


def worth(board: Board, action: Action) -> str:
    """What the playbook says of the money: how it is found, or why there is none; empty where it says nothing."""
    return said(board, action, action.prize.says) if action.prize.says else ""


def why(action: Action) -> str:
    """What decides how sure it is."""
    sure = action.confidence
    told = {
        "n": _("It rests on {n}, where {needed} are asked for at least and twice as many are enough to be sure."),
        "margin": _("The numbers are {share} beyond the threshold, where a fifth is enough to be sure."),
        "checks": _("Of {checks} things that would speak against it, {quiet} do not hold."),
    }[sure.weakest]
    n, share = fmt.full(round(sure.n), "integer"), fmt.full(sure.margin, "percent")
    return told.format(n=n, needed=fmt.full(sure.needed, "integer"), share=share, checks=sure.checks, quiet=sure.quiet)


def expected(board: Board, action: Action) -> str:
    """What should come of it, and how one will know."""
    told = action.expect
    if told is None:
        return ""
    amount = fmt.full(abs(told.change), "decimal")
    way = {"%": _("{amount} %"), "points": _("{amount} points"), "": "{amount}"}[told.unit].format(amount=amount)
    sign = "+" if told.change > 0 else fmt.MINUS
    said = _("{metric}: {change} within {days} days. It is measured over {over} days, of the same members or accounts.")
    return said.format(metric=board.label(told.metric), change=f"{sign}{way}", days=told.within, over=told.days)


def label(board: Board, one: Evidence) -> str:
    """What a number is called."""
    if one.name in KNOWN and one.metric in (None, "mrr") and one.of in ("known", "accounts") and one.since is None:
        return _(KNOWN[one.name])
    return words(one.label) if one.label else board.label(one.metric) if one.metric else one.name.replace("_", " ")


def stretch(one: Evidence) -> str:
    """Over which days a number is, and of whom."""
    if one.of in ("accounts", "known") and one.since is None and one.until is None:
        return ""
    of = {"all": _("of all together"), "accounts": _("of these accounts"), "median": _("the middle of all")}.get(one.of, "")
    span = fmt.span(one.since, one.until - timedelta(days=1)) if one.since and one.until else _("ever") if one.until else ""
    trend = _("slope over {weeks} weeks").format(weeks=one.trend) if one.trend else ""
    where = _("where {condition}").format(condition=one.where) if one.where else ""
    members = ", ".join(present.member(member) for _dimension, member in one.members)
    return " · ".join(part for part in (span, members, of, trend, where) if part)


def letter(board: Board, action: Action) -> tuple[str, str]:
    """A recommendation as a title and a text in Markdown, for other tools."""
    figure, below = prize(board, action)
    evidence = [f"- {label(board, one)} ({stretch(one)}): {number(board, one)}" for one in action.evidence if one.value is not None]
    against = [f"- {said(board, action, each.says)}" for each in action.against if each.speaks]
    parts = [
        said(board, action, action.playbook.action),
        f"{figure} {below} · {_(LEVELS[action.confidence.level])}. {why(action)}",
        worth(board, action),
        expected(board, action),
        "\n".join([_("Evidence:"), *evidence]),
        "\n".join([_("What speaks against it:"), *against]) if against else "",
    ]
    return subject(action), "\n\n".join(part for part in parts if part)


def last(action: Action) -> date:
    """The last day that a recommendation looks at."""
    return action.until - timedelta(days=1)


def day(action: Action) -> str:
    """The same in words."""
    return fmt.day(last(action))
