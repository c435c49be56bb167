"""What messages say, in the language of the channel that reads them; `locale/fr.po` beside this file holds the French.

Names of rules and of the company's own things stay as they are, and so does why a rule cannot run: that names files and fields.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

from data.translations import N_, catalogue

LOCALE = Path(__file__).with_name("locale")
#: How many decimals beyond the usual are tried.
_MOST = 4
_WHEN = {
    "day": N_("on {day}"),
    "week": N_("in the week of {day}"),
    "month": N_("in the month of {day}"),
    "quarter": N_("in the quarter of {day}"),
}
_SAID = {
    "above": N_("{value} {when}, above {limit}"),
    "below": N_("{value} {when}, below {limit}"),
    "signal": N_("{value} {when}, a signal: {before} was usual"),
    "rose": N_("{value} {when}, up {change} from {before}"),
    "fell": N_("{value} {when}, down {change} from {before}"),
}


@dataclass(frozen=True)
class Speech:
    """A language (en, fr) and the currency that amounts are in."""

    language: str = "en"
    currency: str = "EUR"

    def say(self, text: str, **values: Any) -> str:
        """A text in this language, with the values that it names."""
        return catalogue(LOCALE, self.language).gettext(text).format(**values)

    def count(self, one: str, many: str, count: int, **values: Any) -> str:
        """One of two texts, by a count that both may name."""
        return catalogue(LOCALE, self.language).ngettext(one, many, count).format(count=self.number(count, "integer"), **values)

    def number(self, value: float | None, kind: str, more: int = 0) -> str:
        """A number as this language writes it: 1,234 · 12.3% · €1,234 · 95 min; 1 234 · 12,3 % · 1 234 € in French.

        `more` is how many decimals it has beyond the usual.
        """
        from babel import numbers  # here only: a run that tells nothing needs no words

        if value is None:
            return self.say("nothing")
        if kind == "percent":
            return numbers.format_percent(value, format=self._pattern("percent", f"#,##0.0{'#' * more}"), locale=self.language)
        if kind == "money":
            form = self._pattern("currency", f"#,##0{'.' if more else ''}{'#' * more}")
            return numbers.format_currency(value, self.currency, format=form, locale=self.language, currency_digits=False)
        places = (2 if abs(value) < 10 else 1 if abs(value) < 1000 else 0) + more
        said = numbers.format_decimal(round(value, places), format=f"#,##0.{'#' * places}" if places else "#,##0", locale=self.language)
        return self.say("{minutes} min", minutes=said) if kind == "duration" else said

    def share(self, value: float) -> str:
        """A change as a whole percentage."""
        from babel import numbers

        return numbers.format_percent(value, locale=self.language)

    def day(self, day: str) -> str:
        """A day that is written 2026-11-16; English leaves it so, for it is read the same everywhere."""
        from babel import dates

        return day if self.language == "en" else dates.format_date(date.fromisoformat(day), "long", locale=self.language)

    def _pattern(self, kind: str, figures: str) -> str:
        """The language's own order of sign and figures, with as many figures as messages show: ¤#,##0, or #,##0 ¤ in French."""
        from babel import Locale

        locale = Locale.parse(self.language)
        usual = locale.currency_formats["standard"] if kind == "currency" else locale.percent_formats[None]
        return str(usual.pattern).replace("#,##0.00", "#,##0").replace("#,##0", figures)


def sentence(facts: Mapping[str, Any], speech: Speech) -> str:
    """What was found, in words: "Enterprise: 132 in the week of 2026-11-16, up 45% from 91 (n = 132)"."""
    told = _figures(facts, speech)
    when, what = _WHEN[facts["grain"]], _SAID[facts["code"]]
    said = speech.say(what, **told, when=speech.say(when, day=speech.day(facts["period"])), change=_change(facts, speech))
    if facts["code"] != "signal" and facts.get("n") is not None:
        said += f" (n = {speech.number(round(facts['n']), 'integer')})"
    return speech.say("{label}: {told}", label=facts["label"], told=said) if facts["label"] else said


def _figures(facts: Mapping[str, Any], speech: Speech) -> dict[str, str]:
    """Value, what it is held against and its limit, with as many decimals as tell them apart: nothing is "4.3, below 4.3"."""
    against = "limit" if facts["code"] in ("above", "below") else "before"
    told = dict[str, str]()
    for more in range(_MOST):
        told = {key: speech.number(facts[key], facts["format"], more) for key in ("value", "before", "limit")}
        if told["value"] != told[against]:
            break
    return told


def _change(facts: Mapping[str, Any], speech: Speech) -> str:
    value, before = facts["value"], facts["before"]
    if value is None or before is None:
        return ""
    if facts["format"] == "percent":
        return speech.say("{points} points", points=speech.number(round(abs(value - before) * 100, 1), "decimal"))
    if not before:
        return speech.number(abs(value - before), facts["format"])
    return speech.share(abs(value - before) / abs(before))
