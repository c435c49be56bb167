"""A review as the parts of a document: what its files (HTML, PDF, Markdown, a page of Notion) are all made of."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from zoneinfo import ZoneInfo

from data.journal import Snapshot
from metrics.insight.review import model as review_model
from metrics.insight.review.model import Number, Review, Said, Section
from pages.components import format as fmt
from pages.components import report, review_charts, review_effects
from pages.components import review_words as words
from pages.components.i18n import _, ngettext, translated
from pages.components.relay import relayed
from pages.components.report import Beside, Chapter, Heading, Listed, Part


def heading(review: Review, frozen: Snapshot | None = None) -> Heading:
    """What stands over the document: of a frozen one also by whom and when it was frozen, which is when the document was made."""
    by = words.by(review, frozen) if frozen else ""
    facts = [(_("Days"), words.days(review)), (_("Company"), review.company)]
    facts += [(_("Audience"), translated(review.audience, "reviews"))] if review.audience else []
    facts += [(_("Generation"), str(review.generation)), (_("Definitions"), review.definitions)]
    if review.loaded_until is not None:
        facts.append((_("Data until"), fmt.until(review.loaded_until, ZoneInfo(review.timezone), dated=True)))
    facts += [(_("Frozen"), by)] if by else []
    foot = " · ".join(part for part in (review.company, words.title(review), words.days(review), by) if part)
    return Heading(
        f"{words.title(review)} · {words.days(review)}",
        translated(review.description, "reviews"),
        facts,
        foot,
        frozen.written_at if frozen else None,
    )


def parts(review: Review) -> list[Part]:
    """Every section in its order; one without anything to show says so, or is left out where it is not missed."""
    return [part for section in review.sections for part in _section(review, section)]


def _section(review: Review, section: Section) -> Iterator[Part]:
    body = [*_BODIES.get(section.kind, _nothing)(review, section), *comments(review, section.comments)]
    if not body and not section.text:
        return
    owner = _("Owner: {name}").format(name=section.owner) if section.owner else ""
    yield Chapter(words.section_title(section), owner)
    if section.text:
        yield report.Said(translated(section.text, "reviews"))
    yield from body


def _nothing(_review: Review, _section: Section) -> Iterator[Part]:
    yield from ()


def _exceptions(review: Review, section: Section) -> Iterator[Part]:
    if not section.exceptions:
        yield report.Said(_("Nothing left its usual course."))
        return
    rows = tuple((words.label(one.number), words.rule(review, one)) for one in section.exceptions)
    yield Listed("", (_("Metric"), _("What is unusual")), rows)


def _numbers(review: Review, section: Section) -> Iterator[Part]:
    if section.numbers:
        columns, rows = number_table(review, section.numbers)
        yield Listed("", columns, rows, tuple(range(1, len(columns) - 2)))


def number_table(review: Review, numbers: tuple[Number, ...]) -> tuple[tuple[str, ...], tuple[tuple[str, ...], ...]]:
    """Numbers in one line each, as texts: the value, against the period before and the year before, target, how far to trust it."""
    columns = (_("Metric"), _("Value"), words.before(review), _("Change"), _("Year before"), _("Change"), _("Target"), _("Status"))
    return columns, tuple(_line(review, one) for one in numbers)


def _line(review: Review, one: Number) -> tuple[str, ...]:
    target, word, _tone = words.aim(review, one)
    year = (fmt.NOTHING, fmt.NOTHING)
    if review.cadence != "release":
        year = (words.value(review, one, one.prior_year), words.change(review, one, one.yoy, one.yoy_difference)[0])
    return (
        words.label(one),
        words.value(review, one, one.value),
        words.value(review, one, one.previous),
        words.change(review, one, one.change, one.difference)[0],
        *year,
        " · ".join(part for part in (target, word) if part),
        relayed(one.problem) or words.status(one)[0],
    )


def _six_twelve(review: Review, section: Section) -> Iterator[Part]:
    for chart in section.charts:
        number = chart.number
        if number.problem:
            yield report.Said(f"{words.label(number)}: {relayed(number.problem)}")
            continue
        yield Beside(
            words.label(number), (review_charts.weeks(review, chart), review_charts.months(review, chart)), standing(review, number)
        )
        columns, row = to_date(review, chart)
        yield Listed("", columns, (row,), tuple(range(len(columns))))


def standing(review: Review, number: Number) -> str:
    """A number in a line: its value, its target and where it stands, how far it is to be trusted."""
    target, word, _tone = words.aim(review, number)
    aim = _("Target {target}").format(target=target) if target else ""
    told = (words.value(review, number, number.value), aim, word, words.status(number)[0])
    return " · ".join(part for part in told if part)


def to_date(review: Review, chart: review_model.Chart) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """The line under a 6-12: the last week, and the month, quarter and year to date, each against the year before."""
    number, told = chart.number, chart.values

    def moved(relative: float | None, difference: float | None) -> str:
        return words.change(review, number, relative, difference)[0]

    columns = (
        _("Last week"), _("vs. week before"), _("vs. year before"), _("Month to date"), _("vs. year before"),
        _("Quarter to date"), _("vs. year before"), _("Year to date"), _("vs. year before"),
    )  # fmt: skip
    return columns, (
        words.value(review, number, told.six_weeks[-1]),
        moved(told.wow, told.wow_difference),
        moved(told.yoy, told.yoy_difference),
        words.value(review, number, told.mtd),
        moved(told.mtd_yoy, told.mtd_yoy_difference),
        words.value(review, number, told.qtd),
        moved(told.qtd_yoy, told.qtd_yoy_difference),
        words.value(review, number, told.ytd),
        moved(told.ytd_yoy, told.ytd_yoy_difference),
    )


def _drivers(review: Review, section: Section) -> Iterator[Part]:
    if not section.drivers:
        yield report.Said(words.unmoved(section))
        return
    yield Listed("", driver_columns(), tuple((words.label(one.number), *words.moved(review, one)) for one in section.drivers), (1,))


def driver_columns() -> tuple[str, ...]:
    """What is told of each metric that moved."""
    return _("Metric"), _("Change"), _("Made of"), _("What stands out")


def _releases(_review: Review, section: Section) -> Iterator[Part]:
    if not section.releases:
        yield report.Said(_("Nothing was released or planned for these days."))
        return
    columns = (_("Release"), _("Kind"), _("Planned"), _("Shipped"), _("Against the plan"))
    yield Listed("", columns, tuple(release_line(one) for one in section.releases))


def release_line(one: review_model.Shipped) -> tuple[str, ...]:
    """A release as texts."""
    planned, shipped = (fmt.day(day) if day else fmt.NOTHING for day in (one.planned, one.shipped))
    return one.name, one.kind or "", planned, shipped, words.shipped(one)


def _impact(review: Review, section: Section) -> Iterator[Part]:
    if section.effects is None:
        return
    rows = tuple(review_effects.line(review, one) for one in section.effects.outcomes)
    yield Listed("", review_effects.columns(), rows, (2, 3, 4), said=review_effects.judged_by(review, section.effects))


def _actions(_review: Review, section: Section) -> Iterator[Part]:
    if not section.actions:
        yield report.Said(_("No actions are open."))
        return
    rows = tuple(
        (
            one.text,
            one.owner or _("nobody"),
            fmt.day(one.due) if one.due else fmt.NOTHING,
            words.state(one)[0],
            _("since {day}").format(day=fmt.day(one.raised)) if one.carried else _("new"),
        )
        for one in section.actions
    )
    carried = sum(one.carried for one in section.actions)
    said = ngettext("{count} is carried over", "{count} are carried over", carried).format(count=carried) if carried else ""
    yield Listed("", (_("Action"), _("Owner"), _("Due"), _("State"), _("Raised")), rows, said=said)


def comments(review: Review, told: tuple[Said, ...]) -> Iterator[Part]:
    """What people said, who and when."""
    known = review.numbers()
    for one in told:
        about = f"{words.label(known[one.metric])}: " if one.metric in known else ""
        who = _("{name}, {day}").format(name=one.author, day=fmt.day(one.written_at.astimezone(ZoneInfo(review.timezone)).date()))
        yield report.Said(f"“{about}{one.text}” ({who})")


_BODIES: dict[str, Callable[[Review, Section], Iterator[Part]]] = {
    "exceptions": _exceptions,
    "numbers": _numbers,
    "six_twelve": _six_twelve,
    "drivers": _drivers,
    "releases": _releases,
    "impact": _impact,
    "actions": _actions,
}
