"""What a release did to adoption, revenue and support: an estimate for each outcome, what speaks for it, and what can be said."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from data.errors import Problem, did_you_mean
from data.journal import Annotation
from metrics.insight.impact.effects import LEVEL, holm
from metrics.insight.impact.outcomes import Outcome, Verdict, asked
from metrics.insight.impact.release_panel import ADOPTING, Member, Panel, Weeks
from metrics.insight.impact.study import Study
from metrics.insight.impact.surroundings import Happening, around, coinciding
from metrics.layer import Layer
from metrics.releases import Release

#: Weeks over which an effect is measured, and the fewest with which anything is said.
WINDOW, LEAST = 8, 4
#: The weeks that may be asked for.
WINDOWS = range(LEAST, 27)


@dataclass(frozen=True)
class Impact:
    """A release and its effects. `until` is the last day that any of them looks at, exclusive; `settled` when the window is over.

    `eligible` accounts may use its features, `reached` of them did within four weeks; `adopters` and `others` are those that could
    be compared, `out` counts who could not, by why.
    """

    release: Release
    day: date
    window: int
    until: date
    settled: date
    generation: int | None
    outcomes: tuple[Outcome, ...]
    happenings: tuple[Happening, ...]
    eligible: int = 0
    reached: int = 0
    adopters: tuple[Member, ...] = ()
    others: tuple[Member, ...] = ()
    out: tuple[tuple[str, int], ...] = ()


def impact(
    layer: Layer,
    release: str | Release,
    *,
    outcomes: Sequence[str] | None = None,
    window: int = WINDOW,
    notes: Iterable[Annotation] = (),
) -> Impact:
    """The effects of a release, which is named by its id or its name, or made by `by_hand`.

    `outcomes` are names of metrics (by default those of `outcomes.FEATURED`), `window` is in weeks, `notes` are the journal's
    annotations. Raises Problem for a release, metric or window that does not exist, and for one that has not been shipped.
    """
    if window not in WINDOWS:
        raise Problem(f"a window of {window} weeks cannot be judged", remedy=f"From {WINDOWS[0]} to {WINDOWS[-1]} weeks, such as 8w.")
    found = find(layer, release) if isinstance(release, str) else release
    if found.shipped is None:
        raise Problem(f'"{found.name}" has not been shipped', remedy="Its effects can be looked at once it is.")
    panel = Panel(layer, found, Weeks.around(layer, found.shipped))
    study = Study(panel, window)
    wanted = asked(layer, outcomes, featured=bool(found.features))
    happened = around(layer, found, found.shipped, study.until, notes)
    judged = corrected([study.measure(one) for one in wanted])
    accounts = study.accounts
    return Impact(
        found,
        found.shipped,
        window,
        study.until,
        panel.weeks.after(window + (ADOPTING if found.features else 0)),
        layer.generation(),
        tuple(_owned(one, happened, found.shipped) for one in judged),
        happened,
        eligible=accounts.eligible if accounts else 0,
        reached=accounts.reached if accounts else 0,
        adopters=study.side(adopted=True),
        others=study.side(adopted=False),
        out=tuple(accounts.out.items()) if accounts else (),
    )


def find(layer: Layer, named: str) -> Release:
    """The release of that id or, in any case, that name; the newest where several are called so. Raises Problem for another word."""
    known = layer.releases(most=100_000)
    found = [one for one in known if one.release_id == named] or [one for one in known if one.name.casefold() == named.casefold()]
    if not found:
        names = {one.name: one.name for one in known} | {one.release_id: one.release_id for one in known}
        raise Problem(f'unknown release "{named}"', remedy=did_you_mean(named, names))
    return found[0]


def by_hand(layer: Layer, day: date, features: Sequence[str]) -> Release:
    """A release that no source tells of: a day, and the features that it changed.

    Raises Problem for a feature that does not exist, and for a day that is still to come.
    """
    if day > datetime.now(ZoneInfo(layer.workspace.company.timezone)).date():
        raise Problem(f"{day.isoformat()} is still to come", remedy="Name the day on which it was shipped.")
    known = {*layer.workspace.features, *layer.values("events", "feature_id")}
    for feature in features:
        if feature not in known:
            raise Problem(f'unknown feature "{feature}"', remedy=did_you_mean(feature, sorted(known)))
    names = [layer.workspace.features[one].name if one in layer.workspace.features else one for one in features]
    return Release(", ".join(names) or day.isoformat(), None, None, day, None, None, "", ",".join(features))


def corrected(found: Sequence[Outcome]) -> tuple[Outcome, ...]:
    """The outcomes with their p corrected for there being several (Holm), and what can be said of each by it.

    Those that could not be measured do not count among them; those whose design failed a check do, for they were looked at.
    """
    measured = [one.estimate.p for one in found if one.estimate]
    ps = iter(holm(measured))
    judged = []
    for one in found:
        if one.estimate is None:
            judged.append(one)
            continue
        p = next(ps)
        said = Verdict("consistent_with" if p < LEVEL else "no_detectable_effect")
        judged.append(replace(one, corrected=p, verdict=one.verdict if one.verdict.reason else said))
    return tuple(judged)


def _owned(one: Outcome, happened: Sequence[Happening], day: date) -> Outcome:
    """An effect is the release's only where nothing else may have brought it; that there is none needs no such owner.

    A number of the whole company moves with everything that is released in those weeks, unless somebody named it for this release.
    """
    if one.verdict.code != "consistent_with":
        return one
    whole = one.design == "before_after" and not one.of_features and not one.named
    ends = one.weeks[-1].day + timedelta(weeks=1) if one.weeks else date.max
    other = coinciding([each for each in happened if each.day < ends], day, anything=whole)
    if other is None:
        return one
    return replace(one, verdict=Verdict("cannot_tell", "coinciding", other.day, other.name))
