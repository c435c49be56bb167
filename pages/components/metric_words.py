"""What a metric counts, in the words of the business: the choices of its form, and the sentence that they add up to."""

from __future__ import annotations

from metrics.conditions import OF_NUMBERS, WITHOUT, Condition, Conditions
from metrics.recipe import Recipe
from pages.components.i18n import N_, _, ngettext

#: What can be counted: the verb and the column that it stands for; None is a column of the reader's choice.
WHAT: dict[str, tuple[str, str | None]] = {
    "accounts": ("count_distinct", "account_id"),
    "people": ("count_distinct", "person_id"),
    "rows": ("count", "*"),
    "different": ("count_distinct", None),
    "sum": ("sum", None),
    "average": ("average", None),
    "median": ("median", None),
    "percentile": ("percentile", None),
    "min": ("min", None),
    "max": ("max", None),
    "snapshot": ("snapshot", None),
    "ratio": ("ratio", None),
}
_WHAT = {
    "accounts": N_("Accounts"),
    "people": N_("People"),
    "rows": N_("Every time it happens"),
    "different": N_("Different things of another kind"),
    "sum": N_("A total"),
    "average": N_("An average"),
    "median": N_("A median: half lie below it"),
    "percentile": N_("A percentile: this share lies below it"),
    "min": N_("The smallest"),
    "max": N_("The largest"),
    "snapshot": N_("A level: the total on the last day"),
    "ratio": N_("A share or rate: one metric divided by another"),
}
#: What the rows of a fact are called.
_ROWS = {
    "events": N_("events in the product"),
    "accounts": N_("accounts"),
    "persons": N_("people"),
    "mrr_day": N_("MRR of each day"),
    "mrr_movements": N_("changes of MRR"),
    "account_day": N_("days of accounts"),
    "paying_day": N_("days of paying accounts"),
    "adoption_day": N_("days on which an account may use a feature"),
    "eligible_user_day": N_("days on which people may use a feature"),
    "adopter_movements": N_("changes of MRR of adopters"),
    "pipeline_day": N_("days of open deals"),
    "work_day": N_("days of work in progress"),
    "waiting_day": N_("days of requests that wait for work"),
    "subscriptions": N_("subscriptions"),
    "opportunities": N_("deals"),
    "tickets": N_("tickets"),
    "tickets_open_day": N_("days of open tickets"),
    "survey_responses": N_("answers to surveys"),
    "work_items": N_("finished work items"),
    "ideas": N_("ideas"),
    "releases": N_("releases"),
    "numbers": N_("numbers of other sources"),
}
_COMPARISON = {
    "is": N_("is"),
    "is_not": N_("is known and is not"),
    "contains": N_("contains"),
    "starts_with": N_("starts with"),
    "known": N_("is known"),
    "unknown": N_("is not known"),
    "true": N_("is true"),
    "false": N_("is false"),
    "=": N_("is exactly"),
    ">=": N_("is at least"),
    ">": N_("is more than"),
    "<=": N_("is at most"),
    "<": N_("is less than"),
}
_SUBJECT = {
    "different": N_("Different values of {column} among {rows}"),
    "sum": N_("Total {column} of {rows}"),
    "average": N_("Average {column} of {rows}"),
    "median": N_("Median {column} of {rows}"),
    "percentile": N_("{share} percentile of {column} of {rows}"),
    "min": N_("Smallest {column} of {rows}"),
    "max": N_("Largest {column} of {rows}"),
    "snapshot": N_("Total {column} of {rows}"),
}
_OF_ENTITY = {"account": N_("taken for each account first"), "person": N_("taken for each person first")}


def what(recipe: Recipe) -> str:
    """Which choice of WHAT a definition stands for."""
    exact = next((choice for choice, told in WHAT.items() if told == (recipe.verb, recipe.of)), None)
    return exact or next(choice for choice, (verb, column) in WHAT.items() if verb == recipe.verb and column in (None, "*"))


def what_word(choice: str) -> str:
    """A choice of what is counted, as the form shows it."""
    return _(_WHAT[choice])


def rows_word(fact: str) -> str:
    """What the rows of a fact are called, in the plural."""
    return _(_ROWS[fact]) if fact in _ROWS else fact.replace("_", " ")


def capital(text: str) -> str:
    """The text with its first letter large."""
    return text[:1].upper() + text[1:]


def column_word(column: str) -> str:
    """A column as people read it: `account.plan` is account › plan, `is_won` is won."""
    return " › ".join(part.removeprefix("is_").replace("_", " ") for part in column.split("."))


def comparison_word(comparison: str) -> str:
    """A comparison as the form shows it."""
    return _(_COMPARISON[comparison])


def sentence(recipe: Recipe, chosen: Conditions | None, label: str = "", below: str = "") -> str:
    """What a definition counts, in one sentence; `label` and `below` are the names of a ratio's metrics."""
    if recipe.verb == "ratio":
        return _("{above} divided by {below}, each over the whole period.").format(above=label or recipe.of, below=below or recipe.to)
    said = _subject(recipe)
    if recipe.where:
        asked = _conditions(chosen) if chosen is not None else recipe.where
        said = _("{subject} where {conditions}").format(subject=said, conditions=asked)
    told = [said, _(_OF_ENTITY[recipe.per]) if recipe.per in _OF_ENTITY else "", _time(recipe)]
    return f"{', '.join(part for part in told if part)}."


def _subject(recipe: Recipe) -> str:
    choice, rows = what(recipe), rows_word(recipe.fact or "")
    if choice in ("accounts", "people", "rows"):
        if recipe.fact == {"accounts": "accounts", "people": "persons"}.get(choice) or choice == "rows":
            return capital(rows)
        if recipe.at_least and recipe.at_least > 1:
            return _("{subject} with at least {count} {rows}").format(subject=what_word(choice), count=recipe.at_least, rows=rows)
        return _("{subject} with {rows}").format(subject=what_word(choice), rows=rows)
    return _(_SUBJECT[choice]).format(column=column_word(recipe.of), rows=rows, share=f"{100 * (recipe.at or 0):g} %")


def _conditions(chosen: Conditions) -> str:
    word = _("{one} or {other}") if chosen.any_of else _("{one} and {other}")
    said = ""
    for one in chosen.each:
        said = word.format(one=said, other=_condition(one)) if said else _condition(one)
    return said


def _condition(one: Condition) -> str:
    said = f"{column_word(one.column)} {comparison_word(one.comparison)}"
    if one.comparison in WITHOUT:
        return said
    values = one.values[:1] if one.comparison in (*OF_NUMBERS, "contains", "starts_with") else one.values
    listed = values[0] if values else ""
    for value in values[1:]:
        listed = _("{one} or {other}").format(one=listed, other=value)
    return f"{said} {listed}"


def _time(recipe: Recipe) -> str:
    if recipe.verb == "snapshot":
        return _("on the last loaded day of the period")
    if not recipe.over_last:
        return _("in the period")
    count = days(recipe.over_last)
    return ngettext("on the last day of the period", "in the last {count} days of the period", count).format(count=count)


def days(stretch: str) -> int:
    """How many days a stretch such as `2 weeks` has; 0 for one that is none."""
    count, _space, unit = stretch.partition(" ")
    return int(count) * (7 if unit.startswith("week") else 1) if count.isdigit() else 0
