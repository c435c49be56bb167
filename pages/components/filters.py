"""The filter bar: period, grain, comparison, segment, plan, region. Its state stands in the URL and holds on every page."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from typing import Any

import streamlit as st

from data.journal import Segment
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
#: What is chosen until something else is, by the names in the URL.
_FIRST = {"period": "28d", "grain": GRAINS[0], "compare": COMPARISONS[0]}
#: The name of a saved segment in the URL.
SAVED = "saved"
#: Every name of the filters in the URL.
KEYS = (*_FIRST, *NARROWING, SAVED, "dates")
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
    #: The accounts of the saved segment of this name, which alone count.
    segment: str | None = None
    accounts: tuple[str, ...] | None = None
    #: Whether a reader picked it in the bar of the page, which then can be told to pick otherwise.
    picked: bool = False

    @property
    def days(self) -> int:
        """How many days the range has."""
        return (self.until - self.since).days

    @property
    def compare(self) -> str | None:
        """What the layer is asked to compare a whole range with."""
        return None if self.comparison == "none" else self.comparison

    @property
    def asked(self) -> dict[str, Any]:
        """The range and whom it is narrowed to, as the layer's methods take them."""
        return {"since": self.since, "until": self.until, "where": self.where, "accounts": self.accounts}

    @property
    def stamp(self) -> Hashable:
        """What tells these filters from others."""
        members = tuple(sorted(self.members.items()))
        return (self.since, self.until, self.grain, self.comparison, members, self.condition, self.segment, self.accounts)

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
    """The half-open range of a preset that ends with the newest loaded day, or of the day or two picked (both included)."""
    if period == "custom" and custom:
        return custom[0], custom[-1] + timedelta(days=1)
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


def bar(newest: date, choices: Callable[[str], list[str]], segments: Sequence[Segment] = ()) -> Filters:
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
    narrowed = sum(len(st.session_state.get(name) or ()) for name in NARROWING) + bool(st.session_state.get(SAVED))
    label = _("Filters · {count}").format(count=narrowed) if narrowed else _("Filters")
    with st.popover(label, icon=":material/tune:", key="filters"):
        members = {dimension: _members(name, choices(dimension)) for name, dimension in NARROWING.items()}
        segment = _segment(segments)
        grain = _choice("grain", _("Grain"), GRAINS)
        comparison = _choice("compare", _("Compared with"), COMPARISONS)
        custom = _custom(newest) if period == "custom" else ()
        st.button(_("Reset"), icon=":material/restart_alt:", type="tertiary", on_click=_reset)
    since, until = range_of(str(period), newest, custom)
    fine = grain if grain != "auto" else automatic_grain((until - since).days)
    kept = {key: some for key, some in members.items() if some}
    chosen = Filters(since, until, str(period), fine, comparison, kept, picked=True)
    return replace(chosen, segment=segment.name, accounts=tuple(segment.accounts)) if segment else chosen


def _segment(segments: Sequence[Segment]) -> Segment | None:
    """The saved segment that is chosen. One that a link or a view names and that is gone is told of: all accounts are shown then."""
    known = {one.name: one for one in segments}
    asked = st.session_state.get(SAVED) or st.query_params.get(SAVED)
    if asked and asked not in known:
        st.session_state.pop(SAVED, None)
        st.query_params.pop(SAVED, None)  # told once, not with every click that follows
        st.toast(_("There is no saved segment “{name}” any more: all accounts are shown.").format(name=asked), icon=":material/info:")
    if not known:
        return None
    picked = st.selectbox(_("Saved segment"), list(known), index=None, key=SAVED, placeholder=_("All accounts"), bind="query-params")
    return known.get(picked or "")


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
    picked: Any = st.date_input(
        _("From and to"), value=(first, newest), max_value=newest, key="dates", format=date_order(), bind="query-params"
    )
    return tuple(picked) if isinstance(picked, tuple) else (picked,)


def address(chosen: Filters) -> dict[str, list[str]]:
    """What a link would ask for to see the same, in the same words whatever the reader's language."""
    kept = {"period": [chosen.period], "grain": [str(st.session_state["grain"])], "compare": [chosen.comparison]}
    kept |= {name: list(chosen.members.get(dimension, ())) for name, dimension in NARROWING.items()}
    kept |= {SAVED: [chosen.segment] if chosen.segment else []}
    if chosen.period == "custom":
        kept["dates"] = [chosen.since.isoformat(), (chosen.until - timedelta(days=1)).isoformat()]
    return {key: values for key, values in kept.items() if values and values != [_FIRST.get(key)]}


def others() -> dict[str, list[str]]:
    """What the URL asks for beyond the filters and who reads: what the page itself remembers there."""
    return {key: st.query_params.get_all(key) for key in st.query_params if key not in (*KEYS, "lang", "role")}


def only(dimension: str, member: str) -> dict[str, list[str]]:
    """What `restore` is told to narrow to one member of a dimension of the bar."""
    return {next(name for name, of in NARROWING.items() if of == dimension): [member]}


def zoom(since: date, until: date) -> dict[str, list[str]]:
    """What `restore` is told to look at these days alone, `until` left out."""
    return {"period": ["custom"], "dates": [since.isoformat(), (until - timedelta(days=1)).isoformat()]}


def unset(asked: Mapping[str, list[str]]) -> dict[str, list[str]]:
    """Of what `restore` is told, what the URL has to say too: the field for days is not there yet to write it."""
    return {"dates": asked["dates"]} if "dates" in asked else {}


def restore(asked: Mapping[str, list[str]]) -> None:
    """Chooses what `address` told; for callbacks, since the run that follows draws the bar."""
    state = st.session_state
    for key, first in _FIRST.items():
        state[key] = asked.get(key, [first])[0]
    for name in NARROWING:
        state[name] = list(asked.get(name, ()))
    state[SAVED] = asked.get(SAVED, [None])[0]
    if "dates" in asked:
        state["dates"] = tuple(map(date.fromisoformat, asked["dates"]))


def date_order() -> str:
    """How a field for a day writes it in the reader's language."""
    return {"en_US": "MM/DD/YYYY"}.get(str(i18n.locale()), "DD/MM/YYYY")


def _reset() -> None:
    restore({})
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
