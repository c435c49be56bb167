"""The effects of a release in words: what can be said of each outcome, no more than its design supports."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from html import escape

from metrics.insight.impact import Impact
from metrics.insight.impact.effects import Estimate
from metrics.insight.impact.outcomes import Outcome, Verdict
from metrics.insight.impact.placebo import passes
from metrics.insight.impact.surroundings import Happening
from pages.components import format as fmt
from pages.components.board import Board
from pages.components.cards import Card
from pages.components.i18n import N_, _

REASONS = {
    "too_early": N_("too early until {day}"),
    "too_little_history": N_("fewer than 12 whole weeks are loaded before it"),
    "new_feature": N_("the feature was not there before"),
    "too_few_accounts": N_("too few accounts of one side are like those of the other"),
    "too_few_events": N_("too little happens to tell a change from chance"),
    "unlike": N_("those who adopted and those who did not are too unlike"),
    "pretrend": N_("the two sides went apart before it"),
    "placebo": N_("the same design finds effects on days without a release"),
    "coinciding": N_("{name} came at the same time ({day})"),
    "too_noisy": N_("it moves so much by itself that even a large effect would be missed"),
    "not_loaded": N_("nothing is loaded for it"),
}
HAPPENED = {
    "release": N_("Release"),
    "same_feature": N_("Release of the same feature"),
    "annotation": N_("Note"),
    "holiday": N_("No working hours"),
    "plan_changes": N_("Changes of plan"),
    "data_gap": N_("Odd amount of data"),
}
#: What the numbers of the release's own features are called.
OF_FEATURES = {"feature_events": N_("Use of its features"), "feature_tickets": N_("Tickets about its features")}
LEFT_OUT = {
    "inactive": N_("did nothing at all in these four weeks"),
    "young": N_("are too new to have a course before it"),
}


def label(board: Board, one: Outcome) -> str:
    """What an outcome is called; of the release's features alone where it is narrowed to them."""
    return _(OF_FEATURES[one.metric]) if one.of_features else board.label(one.metric)


def size(board: Board, one: Outcome, value: float, *, signed: bool = True) -> str:
    """An effect: a relative change, or one in the metric's own unit for each account and week."""
    if one.scale == "ratio":
        return fmt.share(value, signed=signed)
    return fmt.change(value, board.metric(one.metric).format, board.currency, signed=signed)


def interval(board: Board, one: Outcome, found: Estimate) -> str:
    """The 95 % interval."""
    return _("{low} to {high}").format(low=size(board, one, found.low), high=size(board, one, found.high))


def why_not(verdict: Verdict) -> str:
    """Why nothing can be told."""
    return _(REASONS[verdict.reason]).format(day=fmt.day(verdict.day) if verdict.day else "", name=verdict.name)


def sentence(board: Board, found: Impact) -> str:
    """The verdict as HTML: what the release is consistent with, where no effect was seen, what cannot be told."""
    seen = [_seen(board, one) for one in _of(found, "consistent_with")]
    said = [_("consistent with {effects}").format(effects="; ".join(seen))] if seen else []
    if none := _of(found, "no_detectable_effect"):
        said.append(_("no detectable effect on {outcomes}").format(outcomes=_names(board, none)))
    if untold := _of(found, "cannot_tell"):
        said.append(_("cannot tell for {outcomes}").format(outcomes=_names(board, untold)))
    return f"<b>{escape(found.release.name)}</b>, {escape(fmt.day(found.day))}: {'; '.join(said)}."


def tile(board: Board, one: Outcome) -> Card:
    """An outcome as a card: the effect, its interval, what can be said."""
    good = board.metric(one.metric).good
    status, word = _status(one, good), ""
    # A number of which nothing can be said is not shown as if it were one; the chart below has it, with its doubts.
    estimate = None if one.verdict.code == "cannot_tell" else one.estimate
    if one.verdict.code == "cannot_tell":
        word, note = _("Cannot tell"), why_not(one.verdict)
    elif one.verdict.code == "no_detectable_effect":
        note = _("No detectable effect; could see {size}").format(size=size(board, one, one.detectable or 0.0, signed=False))
    else:
        word, note = _("Effect"), _("corrected p {p}").format(p=_p(one.corrected))
    return Card(
        id=one.metric,
        label=label(board, one),
        value=size(board, one, estimate.value) if estimate else fmt.NOTHING,
        status=status,
        word=word,
        pace=_range(board, one, estimate) if estimate else "",
        spark=tuple(week.seen if week.found is None or week.seen is not None else week.found.value for week in one.weeks),
        progress=note,
        help=design(one),
    )


def design(one: Outcome) -> str:
    """How an outcome is measured, in a sentence."""
    if one.design == "before_after":
        if one.of_features:
            return _("Against its own forecast from before, with the same of all other features as the measure of everything else")
        return _("Against its own forecast from before")
    said = _("{adopters} accounts that adopted it against {others} of the same segments, plans and course that did not")
    return said.format(adopters=one.adopters, others=one.others)


def checks(board: Board, one: Outcome) -> list[tuple[bool, str]]:
    """What speaks for a design and against it: whether each check is passed, and a sentence."""
    found = []
    if one.pretrend is not None:
        went = _("Before it both sides went alike (joint test of the weeks before: p {p})")
        apart = _("Before it the two sides went apart (joint test of the weeks before: p {p})")
        found.append((one.pretrend >= 0.05, (went if one.pretrend >= 0.05 else apart).format(p=_p(one.pretrend))))
    if one.placebos:
        fine = passes(one.placebos)
        none = _("On {count} days without a release the same design finds nothing")
        some = _("On {count} days without a release the same design finds an effect as well")
        found.append((fine, (none if fine else some).format(count=len(one.placebos))))
    if one.matched is not None and one.apart is not None and one.effective is not None:
        said = _("The two sides lie {matched} standard deviations apart at most, before weighting {apart}; they count as {count} accounts")
        told = {"matched": fmt.full(one.matched), "apart": fmt.full(one.apart), "count": fmt.full(round(one.effective), "integer")}
        found.append((one.matched <= 0.5, said.format(**told)))
    if one.detectable is not None:
        least = size(board, one, one.detectable, signed=False)
        found.append((True, _("It would find a true effect of {size} in 80 of 100 cases").format(size=least)))
    return found


def happened(one: Happening) -> tuple[str, str, str]:
    """Something else that happened: its day, what it was, its name."""
    name = _("{count} accounts changed their plan since").format(count=one.count) if one.kind == "plan_changes" else one.name
    return fmt.day(one.day), _(HAPPENED[one.kind]), name


def reached(found: Impact) -> str:
    """How far the release came, and who was left out of the comparison, in sentences."""
    said = [
        _("{reached} of the {eligible} accounts that may use it did within four weeks.").format(
            reached=found.reached, eligible=found.eligible
        )
    ]
    for kind, count in found.out:
        if count:
            said.append(_("{count} are left out: they {why}.").format(count=count, why=_(LEFT_OUT[kind])))
    return " ".join(said)


def settled(day: date) -> str:
    """Until when figures may still move."""
    return _("Figures settle on {day}, when the weeks that are looked at are over.").format(day=fmt.day(day))


def _seen(board: Board, one: Outcome) -> str:
    if one.estimate is None:
        return ""
    said = _("{effect} {outcome} (95 % interval {interval})")
    effect = f"<b>{escape(size(board, one, one.estimate.value))}</b>"
    return said.format(effect=effect, outcome=escape(label(board, one)), interval=escape(interval(board, one, one.estimate)))


def _range(board: Board, one: Outcome, found: Estimate) -> str:
    told = interval(board, one, found)
    return told if one.scale == "ratio" else _("{interval} for each account and week").format(interval=told)


def _names(board: Board, found: Sequence[Outcome]) -> str:
    return ", ".join(escape(label(board, one)) for one in found)


def _of(found: Impact, code: str) -> list[Outcome]:
    return [one for one in found.outcomes if one.verdict.code == code]


def _status(one: Outcome, good: str) -> str:
    if one.verdict.code == "cannot_tell":
        return "risk"
    if one.verdict.code == "no_detectable_effect" or one.estimate is None or good == "neutral":
        return ""
    return "on" if (one.estimate.value > 0) == (good == "up") else "off"


def _p(value: float | None) -> str:
    return fmt.NOTHING if value is None else "< 0.001" if value < 0.001 else fmt.full(round(value, 3))
