"""What a review says in the reader's language: its days, how numbers moved, which rule fired, how far a number is to be trusted."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime
from zoneinfo import ZoneInfo

from data.journal import Snapshot
from metrics.insight.review.model import Exceptional, Moved, Number, Review, Section, Share, Shipped, ToDo
from pages.components import format as fmt
from pages.components import present, trust, why_words
from pages.components.i18n import N_, _, ngettext, translated
from pages.components.relay import relayed

#: The word and the tone (good, warn, bad, flat) for each status of a number; a complete one needs no word.
STATUSES = {
    "complete": ("", "flat"),
    "immature": (N_("Not final yet"), "warn"),
    "unfinished": (N_("Not over yet"), "warn"),
    "stale": (N_("Data is late"), "warn"),
    "failing": (N_("Test fails"), "bad"),
}
STATES = {"open": N_("To do"), "done": N_("Done"), "dropped": N_("Dropped")}
_BEFORE = {
    "week": N_("Week before"),
    "month": N_("Month before"),
    "quarter": N_("Quarter before"),
    "release": N_("As many days before"),
}
_TONES = {"up": ("good", "bad"), "down": ("bad", "good")}
_DIMENSIONS = {
    "account.plan": N_("Plan"),
    "account.segment": N_("Segment"),
    "account.region": N_("Region"),
    "account.industry": N_("Industry"),
    "priority": N_("Priority"),
    "channel": N_("Channel"),
}
_CAUTIONS = {
    "simpson": N_("the mix moved it, against the parts themselves"),
    "not_additive": N_("parts do not add up to it"),
    "small_n": N_("rests on few"),
    "overlap": N_("parts overlap"),
}
_AIMS = {"on": ("good", N_("On pace")), "risk": ("warn", N_("At risk")), "off": ("bad", N_("Behind"))}


def days(review: Review) -> str:
    """Which days a review is about: Week 16 – 22 Nov 2026, October 2026."""
    span = fmt.span(review.first, review.last)
    if review.cadence == "month":
        return fmt.period(review.first, "month", long=True)
    if review.cadence == "release":
        return _("{release}: {days}").format(release=review.release, days=span)
    return (_("Week {days}") if review.cadence == "week" else _("Quarter {days}")).format(days=span)


def title(review: Review) -> str:
    """What a review is called."""
    return translated(review.label, "reviews")


def by(review: Review, frozen: Snapshot) -> str:
    """Who froze a review, and on which day of the company."""
    return _("{name}, {day}").format(name=frozen.author, day=fmt.day(frozen.written_at.astimezone(ZoneInfo(review.timezone)).date()))


def section_title(section: Section) -> str:
    """What a section is called; the words of built-in templates are translated."""
    return translated(section.title, "reviews")


def unmoved(section: Section) -> str:
    """What is said where no driver is told of."""
    return _("None of the metrics that have data moved.") if section.left_out else _("None of these metrics moved.")


def before(review: Review) -> str:
    """What the period just before is called."""
    return _(_BEFORE[review.cadence])


def label(number: Number) -> str:
    """A metric's name."""
    return translated(number.label)


def value(review: Review, number: Number, told: float | None) -> str:
    """A value of a metric as a table has it."""
    return fmt.short(told, number.format, review.currency)


def change(review: Review, number: Number, relative: float | None, difference: float | None) -> tuple[str, str]:
    """How a number moved, and whether that is good, bad or neither: of shares in points, of all else in percent."""
    if difference is None or (relative is None and number.format != "percent"):
        return fmt.NOTHING if difference is None else fmt.change(difference, number.format, review.currency), "flat"
    said = fmt.change(difference, "percent") if number.format == "percent" else fmt.share(relative)
    tones = _TONES.get(number.good)
    return said, tones[difference < 0] if tones and difference else "flat"


def aim(review: Review, number: Number) -> tuple[str, str, str]:
    """The target of a number, a word for where it stands, and the tone; empty where there is none."""
    if number.aim is None:
        return "", "", "flat"
    tone, word = _AIMS.get(number.aim.status or "", ("flat", ""))
    return fmt.short(number.aim.value, number.format, review.currency), _(word) if word else "", tone


def status(number: Number) -> tuple[str, str]:
    """A word for how far a number is to be trusted, and its tone."""
    word, tone = STATUSES[number.status]
    return _(word) if word else "", tone


def rule(review: Review, found: Exceptional) -> str:
    """Which rule fired, in a sentence with its numbers."""
    return _RULES[found.rule](review, found)


def _off_target(review: Review, found: Exceptional) -> str:
    number = found.number
    told = {
        "value": fmt.full(number.value, number.format, review.currency),
        "target": fmt.short(found.facts["target"], number.format, review.currency),
        "day": fmt.day(datetime.fromisoformat(found.facts["due"]).date()),
    }
    behind = found.facts.get("behind")
    if behind is None:
        return _("{value}: off its target of {target} by {day}").format(**told)
    size = fmt.change(behind, number.format, review.currency, signed=False)
    return _("{value}: {size} behind the way to its target of {target} by {day}").format(size=size, **told)


def _stale(review: Review, found: Exceptional) -> str:
    until = datetime.fromisoformat(found.facts["loaded_until"])
    return _("Its data ends {moment}, before the days of this review do").format(
        moment=fmt.until(until, ZoneInfo(review.timezone), dated=True)
    )


def _failing(_review: Review, found: Exceptional) -> str:
    return _("A test of its definition fails: {found}").format(found=trust.summed(found.facts["failures"]))


def _outside(review: Review, found: Exceptional) -> str:
    said = _("{value}: above its usual range of {lower} to {upper}")
    if found.facts["direction"] < 0:
        said = _("{value}: below its usual range of {lower} to {upper}")
    return said.format(**{key: fmt.full(found.facts[key], found.number.format, review.currency) for key in ("value", "lower", "upper")})


def _lasting(review: Review, found: Exceptional) -> str:
    """A run or a shift: since when, for how long, how far off."""
    facts, up = found.facts, found.facts["direction"] > 0
    if facts["changes"]:
        said = _("{value}: moves up more than usual since {day}") if up else _("{value}: moves down more than usual since {day}")
    else:
        said = _("{value}: above its mean since {day}, by {size}") if up else _("{value}: below its mean since {day}, by {size}")
    size = fmt.change(abs(facts["size"]), found.number.format, review.currency, signed=False)
    day = fmt.day(date.fromisoformat(facts["since"] or facts["period"]))
    return said.format(value=fmt.full(facts["value"], found.number.format, review.currency), day=day, size=size)


_RULES: dict[str, Callable[[Review, Exceptional], str]] = {
    "off_target": _off_target,
    "stale": _stale,
    "tests_failing": _failing,
    "signal_outside": _outside,
    "signal_shift": _lasting,
    "signal_run": _lasting,
}


def moved(review: Review, told: Moved) -> tuple[str, str, str]:
    """Why a metric moved, in three texts: the change, what it is made of, what stands out."""
    number = told.number
    change_ = fmt.change(number.difference, number.format, review.currency)
    if told.problem:
        return change_, "", relayed(told.problem)
    parts = ", ".join(f"{_part(one)} {fmt.change(one.contribution, number.format, review.currency)}" for one in told.parts)
    cause = told.cause
    if cause is None:
        return change_, parts, _("spread evenly: no part stands out")
    members = " · ".join(present.member(name) for name in cause.members)
    said = _("{member} ({dimension})").format(member=members, dimension=", ".join(map(_dimension, cause.by)))
    if "not_additive" not in told.cautions:
        said += " " + fmt.change(cause.contribution, number.format, review.currency)
    doubts = [_(_CAUTIONS[code]) for code in told.cautions if code in _CAUTIONS]
    doubts += [_("may be chance")] if cause.verdict == "faint" else []
    return change_, parts, " · ".join([said, *doubts])


def _part(one: Share) -> str:
    return (
        translated(one.metric) if one.metric else _(why_words.PARTS[one.name]) if one.name in why_words.PARTS else present.member(one.name)
    )


def _dimension(name: str) -> str:
    return _(_DIMENSIONS[name]) if name in _DIMENSIONS else name


def shipped(one: Shipped) -> str:
    """Whether a release came on the day that was planned."""
    if one.shipped is None:
        return _("planned, not shipped")
    if one.days_late is None:
        return ""
    if one.days_late == 0:
        return _("on the day")
    if one.days_late < 0:
        return ngettext("{count} day early", "{count} days early", -one.days_late).format(count=-one.days_late)
    return ngettext("{count} day late", "{count} days late", one.days_late).format(count=one.days_late)


def state(one: ToDo) -> tuple[str, str]:
    """The state of an action and its tone; an open one says that it is overdue."""
    if one.overdue:
        return _("Overdue"), "bad"
    return _(STATES[one.state]), {"open": "warn", "done": "good"}.get(one.state, "flat")
