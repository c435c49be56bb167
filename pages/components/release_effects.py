"""The adoption of a feature before and after each of its releases, as a card."""

from __future__ import annotations

from datetime import timedelta

from metrics.releases import Release, effect
from pages.components import format as fmt
from pages.components import places, present, section
from pages.components.board import Board
from pages.components.i18n import _
from pages.components.states import guarded, notice
from pages.components.table import Cell, Column, Rows, table

METRIC = "feature_adoption"
#: The metric looks back over as many days, so this is when all of them lie after a release.
DAYS = 28


def release_effects(of_feature: Board, feature: str, *, key: str, most: int = 6) -> None:
    """The card: a line for each release, the newest first; `of_feature` is the board narrowed to the feature."""
    if not of_feature.has(METRIC):
        return
    title = _("Adoption before and after each release")
    below = _("On the day before, and once 28 days have passed: of the accounts that may use it, the share that used it in 28 days")
    with section.card(of_feature, METRIC, key=key, title=title, subtitle=below), guarded():
        found = [one for one in of_feature.layer.releases(until=of_feature.filters.until, most=most, feature=feature) if one.shipped]
        if not found:
            notice(_("No release names this feature"), _("Load a table of releases whose feature_ids name the features that they changed."))
            return
        columns = (
            Column(_("Release")),
            Column(_("Shipped")),
            Column(_("Before"), True),
            Column(_("After"), True),
            Column(_("Change"), True),
        )
        table(columns, lines(of_feature, found), title=title)


def lines(of_feature: Board, found: list[Release]) -> Rows:
    """A row of texts for each release."""
    shipped = [one.shipped for one in found if one.shipped]
    daily = of_feature.ask(METRIC, grain="day", since=min(shipped) - timedelta(days=1)).rows
    values = {row["period"]: present.number(row[METRIC]) for row in daily}
    whole = [row["period"] for row in daily if row["complete"]]
    last = max(whole, default=of_feature.last_day)
    metric = of_feature.metric(METRIC)
    written: list[tuple[Cell | str, ...]] = []
    for one in found:
        if one.shipped is None:
            continue
        told = effect(values, one.shipped, last, DAYS)
        said, direction, tone = present.change(of_feature, metric, told.after, told.before)
        arrow = {"up": "↑", "down": "↓", "flat": "→"}[direction]
        young = _("after {days} of {all} days").format(days=told.days, all=DAYS) if told.days < DAYS else ""
        unknown = _("before the data begins") if told.before is None and told.after is None else ""
        written.append(
            (
                Cell(one.name, one.kind or "", href=places.address("impact", release=one.release_id)),
                fmt.day(one.shipped),
                fmt.full(told.before, metric.format),
                Cell(fmt.full(told.after, metric.format), young or unknown),
                Cell(f"{arrow} {said}" if said else "", tone="" if young or tone == "flat" else tone),
            )
        )
    return written
