"""What a release did, as a review keeps it, in the reader's language: no more than Impact says."""

from __future__ import annotations

from datetime import timedelta
from zoneinfo import ZoneInfo

from metrics.insight.review.model import Effect, Effects, Review
from pages.components import format as fmt
from pages.components.effect_words import OF_FEATURES, REASONS, settled
from pages.components.i18n import _, translated


def columns() -> tuple[str, ...]:
    """What is told of each outcome of a release; figures from the third on."""
    return _("Outcome"), _("What can be said"), _("Effect"), _("95 % interval"), _("Could see")


def line(review: Review, one: Effect) -> tuple[str, ...]:
    """An outcome of a release as texts: what it is, what can be said, the effect, its interval, what would have been seen."""
    name = _(OF_FEATURES[one.metric]) if one.of_features else translated(one.label)
    if one.verdict == "cannot_tell":
        reason = _(REASONS[one.reason]).format(day=fmt.day(one.day) if one.day else "", name=one.name)
        return name, _("Cannot tell: {reason}").format(reason=reason), fmt.NOTHING, fmt.NOTHING, fmt.NOTHING
    value, low, high = (_size(review, one, told) for told in (one.value, one.low, one.high))
    said = _("No detectable effect") if one.verdict == "no_detectable_effect" else _("Consistent with {effect}").format(effect=value)
    if one.scale != "ratio":
        said = _("{said}, for each account and week").format(said=said)
    return name, said, value, _("{low} to {high}").format(low=low, high=high), _size(review, one, one.detectable, signed=False)


def tone(one: Effect) -> str:
    """Whether an effect is good or bad; of what cannot be told, that it is open."""
    if one.verdict == "cannot_tell":
        return "warn"
    if one.verdict == "no_detectable_effect" or one.value is None or one.good == "neutral":
        return ""
    return "good" if (one.value > 0) == (one.good == "up") else "bad"


def judged_by(review: Review, found: Effects) -> str:
    """How far the data was looked at, and until when the figures may move."""
    until = found.until
    if review.loaded_until is not None:
        until = min(until, review.loaded_until.astimezone(ZoneInfo(review.timezone)).date())
    said = _("By what is loaded until {day}.").format(day=fmt.day(until - timedelta(days=1)))
    return said if found.settled <= until else f"{said} {settled(found.settled)}"


def _size(review: Review, one: Effect, value: float | None, *, signed: bool = True) -> str:
    if value is None:
        return fmt.NOTHING
    return fmt.share(value, signed=signed) if one.scale == "ratio" else fmt.change(value, one.format, review.currency, signed=signed)
