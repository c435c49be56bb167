"""The filter bar: period, grain, comparison, segment, plan, region. Its state stands in the URL and holds on every page."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any

import streamlit as st

from metrics.calendar import add_months
from pages.components import i18n
from pages.components.i18n import N_, _

#: What the layer calls members without a name.
NONE = "(none)"
#: Days of each preset; `12m` goes back whole months.
PRESETS = {"7d": 7, "28d": 28, "90d": 90, "12m": 365}
GRAINS = ("auto", "day", "week", "month", "quarter")
COMPARISONS = ("previous", "year", "none")
#: The dimensions that every page can be narrowed by, with their URL names.
NARROWING = {"segment": "account.segment", "plan": "account.plan", "region": "account.region"}
_WORDS = {
    "7d": N_("7D"), "28d": N_("28D"), "90d": N_("90D"), "12m": N_("12M"), "custom": N_("Custom"),
    "auto": N_("Automatic"), "day": N_("Day"), "week": N_("Week"), "month": N_("Month"), "quarter": N_("Quarter"),
    "previous": N_("Period before"), "year": N_("Year before"), "none": N_("None"),
    "segment": N_("Segment"), "plan": N_("Plan"), "region": N_("Region"),
}  # fmt: skip


@dataclass(frozen=True)
class Filters:
    """What the reader wants to see: a half-open range of days, how fine, compared with what, of which accounts."""

    since: date
    until: date
    period: str = "28d"
    grain: str = "day"
    comparison: str = "previous"
    members: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    #: A further condition on the rows, as of a bar of a histogram.
    condition: str | None = None

    @property
    def days(self) -> int:
        """How many days the range has."""
        return (self.until - self.since).days

    @property
    def compare(self) -> str | None:
        """What the layer is asked to compare a whole range with."""
        return None if self.comparison == "none" else self.comparison

    @property
    def where(self) -> str | None:
        """The condition for the layer; none when nothing is narrowed."""
        told = [conditions(self.members), f"({self.condition})" if self.condition else None]
        return " AND ".join(part for part in told if part) or None


def conditions(members: Mapping[str, tuple[str, ...]]) -> str | None:
    """`account.plan IN ('pro')` for each narrowed dimension, all of them to hold."""
    return " AND ".join(_condition(dimension, chosen) for dimension, chosen in members.items() if chosen) or None


def _condition(dimension: str, chosen: tuple[str, ...]) -> str:
    named = [one for one in chosen if one != NONE]
    either = [f"{dimension} IN ({', '.join(_quoted(one) for one in named)})"] if named else []
    either += [f"{dimension} IS NULL"] if NONE in chosen else []
    return either[0] if len(either) == 1 else f"({' OR '.join(either)})"


def automatic_grain(days: int) -> str:
    """As fine as still gives a readable chart: days up to six weeks, weeks up to half a year, months up to four years."""
    return "day" if days <= 42 else "week" if days <= 190 else "month" if days <= 1500 else "quarter"


def range_of(period: str, newest: date, custom: tuple[date, ...] = ()) -> tuple[date, date]:
    """The half-open range of a preset that ends with the newest loaded day, or of the two days picked (both included)."""
    if period == "custom" and len(custom) == 2:
        return custom[0], custom[1] + timedelta(days=1)
    until = newest + timedelta(days=1)
    if period == "12m":
        return add_months(until, -12), until
    return until - timedelta(days=PRESETS.get(period, 28)), until


def usual(newest: date) -> Filters:
    """What a page without a filter bar looks at: the last four weeks, of all accounts."""
    return Filters(*range_of("28d", newest))


def word(key: str) -> str:
    """The label of a choice in the reader's language."""
    return _(_WORDS[key])


def bar(newest: date, choices: Callable[[str], list[str]]) -> Filters:
    """Draws the filter bar and gives what is chosen. `choices(dimension)` lists a dimension's members; without any it is left out."""
    _understand_links()
    period = st.segmented_control(
        _("Period"),
        [*PRESETS, "custom"],
        default="28d",
        required=True,
        format_func=word,
        key="period",
        label_visibility="collapsed",
        bind="query-params",
    )
    narrowed = sum(len(st.session_state.get(name) or ()) for name in NARROWING)
    label = _("Filters · {count}").format(count=narrowed) if narrowed else _("Filters")
    with st.popover(label, icon=":material/tune:", key="filters"):
        members = {dimension: _members(name, choices(dimension)) for name, dimension in NARROWING.items()}
        grain = _choice("grain", _("Grain"), GRAINS)
        comparison = _choice("compare", _("Compared with"), COMPARISONS)
        custom = _custom(newest) if period == "custom" else ()
        st.button(_("Reset"), icon=":material/restart_alt:", type="tertiary", on_click=_reset)
    since, until = range_of(str(period), newest, custom)
    fine = grain if grain != "auto" else automatic_grain((until - since).days)
    return Filters(since, until, str(period), fine, comparison, {key: chosen for key, chosen in members.items() if chosen})


def _choice(key: str, label: str, options: tuple[str, ...]) -> str:
    return str(
        st.segmented_control(label, list(options), default=options[0], required=True, format_func=word, key=key, bind="query-params")
    )


def _members(name: str, options: list[str]) -> tuple[str, ...]:
    if not options:
        return ()
    return tuple(st.multiselect(word(name), options, key=name, placeholder=_("All"), bind="query-params"))


def _custom(newest: date) -> tuple[date, ...]:
    first = newest - timedelta(days=27)
    order = {"en_US": "MM/DD/YYYY"}.get(str(i18n.locale()), "DD/MM/YYYY")
    picked: Any = st.date_input(_("From and to"), value=(first, newest), max_value=newest, key="dates", format=order, bind="query-params")
    return tuple(picked) if isinstance(picked, tuple) else (picked,)


def _reset() -> None:
    first = {"period": "28d", "grain": GRAINS[0], "compare": COMPARISONS[0]}
    for key in (*first, *NARROWING, "dates"):
        if key in st.session_state:
            st.session_state[key] = first.get(key, [])
    st.session_state.pop("dates", None)


def _understand_links() -> None:
    """A link made in another language, or by hand with the plain keys, opens the same page."""
    if st.session_state.setdefault("links_understood", False):
        return
    st.session_state["links_understood"] = True
    for key, options in {"period": (*PRESETS, "custom"), "grain": GRAINS, "compare": COMPARISONS}.items():
        asked = st.query_params.get(key)
        if not asked:
            continue
        found = i18n.meant(asked, {option: _WORDS[option] for option in options})
        if found and asked != word(found):
            st.session_state[key] = found


def _quoted(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"
