"""An explanation in words: what it begins with, what to be careful about, what dimensions and parts are called."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from metrics.insight.why import Why
from metrics.insight.why.breakdown import AND, REMAINDER, Breakdown
from metrics.insight.why.cautions import Caution
from pages.components import format as fmt
from pages.components import present
from pages.components.board import Board
from pages.components.i18n import N_, _, ngettext

_DIMENSIONS = {
    "account.segment": N_("Segment"),
    "account.plan": N_("Plan"),
    "account.region": N_("Region"),
    "account.industry": N_("Industry"),
    "account_id": N_("Account"),
    "feature_id": N_("Feature"),
    "event": N_("Event"),
    "person.role": N_("Role"),
    "channel": N_("Channel"),
    "ticket.channel": N_("Channel"),
    "priority": N_("Priority"),
    "ticket.priority": N_("Priority"),
    "plan": N_("Plan of the subscription"),
    "kind": N_("Kind"),
    "type": N_("Kind of deal"),
    "team": N_("Team"),
    "owner": N_("Owner"),
    "source": N_("Source"),
    "name": N_("Name"),
    "objective_id": N_("Objective"),
    "project_id": N_("Project"),
}
#: Parts of a change that are no metrics of their own.
PARTS = {
    "new": N_("New"),
    "expansion": N_("Expansion"),
    "contraction": N_("Contraction"),
    "churn": N_("Churn"),
    "reactivation": N_("Reactivation"),
    "entered": N_("Came"),
    "left": N_("Left"),
    "stayed": N_("Stayed"),
    "interaction": N_("Both together"),
    "overlap": N_("Counted in several"),
    "unexplained": N_("Not explained"),
    REMAINDER: N_("All others"),
}
_EFFECTS = {
    "rate": N_("Rate"),
    "mix": N_("Mix"),
    "price": N_("Price"),
    "volume": N_("Volume"),
    "change": N_("Change"),
}
_ALONG = {
    "movements": N_("Along its movements"),
    "entities": N_("Who came and who left"),
    "ratio": N_("Above and below the line"),
    "formula": N_("Along its formula"),
    "product": N_("How many, and how much each"),
    "drivers": N_("Along what drives it"),
}
_VERDICTS = {
    "clear": N_("stands out"),
    "faint": N_("may stand out, or be chance"),
    "even": N_("no more than chance"),
}
#: The same beside a name.
_MARKS = {"clear": N_("clear"), "faint": N_("perhaps"), "even": N_("chance")}
_CAUTIONS = {
    "simpson": N_(
        "Simpson’s reversal: by {dimension}, most parts ({members}) moved one way and the total the other. The mix moved it, not the parts."
    ),
    "not_additive": N_("This number cannot be added up over its parts, so that each is shown by itself, never averaged."),
    "overlap": N_("Some count in several parts. What the overlap changes is a bar of its own."),
    "small_n": N_("Few rows (under {minimum}) in {members}: read these with care."),
    "unequal_days": N_("The periods have {then} and {now} days; a longer one counts more by itself."),
    "cut": N_("The period is not over: its {days} whole days are compared with as many."),
}
#: So many names of members are told in a sentence.
_NAMED = 4


def dimension(by: tuple[str, ...]) -> str:
    """What a dimension, or two together, is called."""
    return AND.join(_(_DIMENSIONS[one]) if one in _DIMENSIONS else one for one in by)


def part(name: str, names: Mapping[str, str], board: Board) -> str:
    """What a part is called: a member, a movement, or a metric."""
    if name in PARTS:
        return _(PARTS[name])
    if name in names:
        return names[name]
    return board.label(name) if board.has(name) else AND.join(present.member(one) for one in name.split(AND))


def effect(name: str, board: Board) -> str:
    """What an effect is called."""
    return _(_EFFECTS[name]) if name in _EFFECTS else board.label(name) if board.has(name) else name


def along(step: str) -> str:
    """The heading of a step along what a metric is made of."""
    return _(_ALONG[step])


def verdict(found: Breakdown) -> str:
    """How sure it is that the lead of a breakdown stands out, in words."""
    return _(_VERDICTS[found.excess.verdict])


def mark(found: Breakdown) -> str:
    """The same in a word."""
    return _(_MARKS[found.excess.verdict])


def headline(board: Board, told: Why) -> str:
    """How the number moved, in one sentence."""
    metric = board.metric(told.metric)
    values = [fmt.exact(value, metric.format, board.currency) for value in (told.value_then, told.value_now)]
    said = _("{label} rose from {then} to {now}: {change}.") if told.change > 0 else _("{label} fell from {then} to {now}: {change}.")
    if not told.change:
        said = _("{label} is {now} in both periods.")
    change = fmt.exact(told.change, metric.format, board.currency, signed=True)
    return said.format(label=board.label(told.metric), then=values[0], now=values[1], change=change)


def beginning(board: Board, told: Why, names: Mapping[str, str]) -> str:
    """What the explanation begins with, in one sentence."""
    cause = told.cause
    if cause is None or cause.lead is None:
        return (
            _("Spread evenly: no part moved otherwise than the rest by more than chance.")
            if told.change
            else _("There is nothing to explain.")
        )
    said = {"dimension": dimension(cause.by), "member": part(cause.lead.member, names, board), "verdict": verdict(cause)}
    if cause.found.method == "own":
        return _("Look first at {member} ({dimension}): it {verdict}.").format(**said)
    metric = board.metric(told.metric)
    moved = fmt.exact(cause.lead.contribution, metric.format, board.currency, signed=True)
    return _("Look first at {member} ({dimension}): {change} of the change; it {verdict}.").format(change=moved, **said)


def caution(one: Caution, names: Mapping[str, str], board: Board) -> str:
    """What to be careful about, in one sentence."""
    facts: dict[str, Any] = {key: fmt.full(value, "integer") for key, value in one.facts.items() if isinstance(value, int | float)}
    shown = [part(member, names, board) for member in one.members[:_NAMED]]
    more = len(one.members) - len(shown)
    if more > 0:
        shown.append(ngettext("{count} more", "{count} more", more).format(count=more))
    return _(_CAUTIONS[one.code]).format(members=", ".join(shown), dimension=dimension(one.facts.get("by", ())), **facts)
