"""Signal or noise in words: what a card says of a metric's last period, and why."""

from __future__ import annotations

from data.errors import Problem
from metrics.insight.signal import Signal
from pages.components import format as fmt
from pages.components.board import Board
from pages.components.i18n import N_, _

#: What a lasting change is called by grain, above and below; of changes from period to period, and of windows that look back.
_LASTING = {
    ("week", 1): N_("Signal: {count} weeks above its mean"),
    ("week", -1): N_("Signal: {count} weeks below its mean"),
    ("month", 1): N_("Signal: {count} months above its mean"),
    ("month", -1): N_("Signal: {count} months below its mean"),
    ("quarter", 1): N_("Signal: {count} quarters above its mean"),
    ("quarter", -1): N_("Signal: {count} quarters below its mean"),
    ("change", 1): N_("Signal: moves up more than usual since {day}"),
    ("change", -1): N_("Signal: moves down more than usual since {day}"),
    ("window", 1): N_("Signal: above its mean since {day}"),
    ("window", -1): N_("Signal: below its mean since {day}"),
}
_OUTSIDE = {1: N_("Signal: above its usual range"), -1: N_("Signal: below its usual range")}
_UNKNOWN = {
    "too_few": N_("Cannot tell a signal yet: {found} of the {needed} periods that it takes are there."),
    "no_value": N_("Cannot tell a signal: the last period has no value."),
    "no_variation": N_("Cannot tell a signal: its values do not vary."),
    "small_n": N_("Cannot tell a signal: {found} stand behind the last value, and it takes {needed}."),
    "small_count": N_("Cannot tell a signal: it counts {found} a period on average, and it takes {needed}."),
    "shaped": N_("Cannot tell a signal: it has a table of its own, not one value a period."),
}
_BASES = {
    "year": N_("Each period is held against the same one of the year before."),
    "change": N_("A value carries over from the period before, so its changes are judged."),
    "trend": N_("Its trend was taken out."),
    "rhythm": N_("Its seasonal rhythm was taken out."),
    "memory": N_("Its memory was taken out: a value takes after those before it."),
    "every": N_("The windows that it looks back over overlap, so one period in {count} is compared."),
}
_TONES = {True: "good", False: "bad", None: "flat"}


def of(board: Board, name: str) -> Signal | None:
    """The verdict on a metric in the reader's filters; None where it cannot be asked."""
    try:
        return board.signal(name)
    except Problem:
        return None


def short(signal: Signal | None) -> str:
    """What a card says: a signal, or that there is none; nothing where nobody can tell."""
    if signal is None or signal.told.verdict == "cannot_tell":
        return ""
    if signal.told.verdict == "usual":
        return _("Within its usual range")
    told = signal.told
    if told.reason == "outside" or signal.since is None:
        return _(_OUTSIDE[told.direction])
    kind = "change" if told.steady and told.steady.changes else "window" if signal.every > 1 else signal.grain
    said = _LASTING.get((kind, told.direction), _LASTING["window", told.direction])
    return _(said).format(count=told.periods, day=fmt.day(signal.since))


def tone(signal: Signal | None) -> str:
    """Whether a signal is good or bad news, or neither; nothing where there is none."""
    return _TONES[signal.good] if signal is not None and signal.told.is_signal else ""


def why(board: Board, signal: Signal) -> str:
    """The verdict with its numbers, and what was taken into account."""
    told = signal.told
    if told.verdict == "cannot_tell":
        numbers = {key: fmt.full(value, "decimal") for key, value in told.numbers.items()}
        return _(_UNKNOWN[told.reason]).format(**numbers)
    metric = board.metric(signal.metric)

    def said(value: float | None) -> str:
        return fmt.full(value, metric.format, board.currency)

    last = told.places[-1]
    parts = [
        _("{short}. {period}: {value}; usual are {lower} to {upper}.").format(
            short=short(signal),
            period=fmt.period(signal.periods[-1], signal.grain, long=True),
            value=said(last.value),
            lower=said(last.lower),
            upper=said(last.upper),
        )
    ]
    if told.reason == "immaterial":
        moved, floor = said(told.numbers["moved"]), said(told.numbers["floor"])
        parts.append(_("It moved by {moved}, which is less than what matters here ({floor}).").format(moved=moved, floor=floor))
    if told.is_signal and told.periods > 1:
        parts.append(_("On average it lies {size} off what was to be expected.").format(size=said(abs(told.size))))
    return " ".join([*parts, *_basis(signal)])


def _basis(signal: Signal) -> list[str]:
    """How it was judged, where that is not plainly by its values."""
    steady = signal.told.steady
    if steady is None:
        return []
    holds = {
        "year": steady.behind > 1,
        "change": steady.changes,
        "trend": steady.terms.trend and not steady.changes,
        "rhythm": steady.terms.waves > 0,
        "memory": bool(steady.memory),
        "every": signal.every > 1,
    }
    return [_(_BASES[key]).format(count=signal.every) for key, yes in holds.items() if yes]
