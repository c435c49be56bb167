"""Measures the outcomes of one release: adopters against like accounts, or a series against its own forecast, with every check."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from functools import cached_property

import numpy as np

from metrics.insight.impact import did, event_study, matching, placebo
from metrics.insight.impact.did import Scale
from metrics.insight.impact.effects import LEVEL, Array, Estimate, as_share, minimum_detectable
from metrics.insight.impact.forecast import forecast
from metrics.insight.impact.matching import Flags, Matching
from metrics.insight.impact.outcomes import Asked, Outcome, Reason, Verdict, Week
from metrics.insight.impact.placebo import Placebo
from metrics.insight.impact.release_panel import ADOPTING, BEFORE_SERIES, Accounts, Member, Panel

#: The fewest weeks after, and before; accounts on each side, by effective number; of counts, rows a week.
LEAST_WEEKS, LEAST_BEFORE, LEAST_ACCOUNTS, LEAST_ROWS = 4, 12, 8.0, 3.0
#: Where not even a change by as much would be seen (on the logarithmic scale), nothing was looked at.
NOISE = 1.0
#: Two sides that lie further apart after weighting, in standard deviations, are not compared. Source: Imbens and Rubin, Causal
#: Inference (2015), chapter 14, who find regression unreliable well before that.
UNLIKE = 0.5


@dataclass(frozen=True)
class Study:
    """The outcomes of one release over a window of weeks."""

    panel: Panel
    window: int

    @cached_property
    def accounts(self) -> Accounts | None:
        """Who adopted and who did not; None for a release that names no feature."""
        return self.panel.accounts(self.until) if self.panel.about else None

    @cached_property
    def until(self) -> date:
        """The end of the window after the weeks of adopting, or of what is loaded."""
        return self.panel.weeks.after(self.window + (ADOPTING if self.panel.about else 0))

    def side(self, *, adopted: bool) -> tuple[Member, ...]:
        """The accounts of one side that count: those for whom there are like ones on the other."""
        if self.accounts is None or not len(self.accounts.members):
            return ()
        chosen = zip(self.accounts.members, self.accounts.adopters, self._matching(self._use).kept, strict=True)
        return tuple(member for member, adopter, kept in chosen if kept and adopter == adopted)

    def measure(self, wanted: Asked) -> Outcome:
        """An outcome by its design, with all checks."""
        if wanted.design == "before_after":
            return self._before_after(wanted)
        return self._difference(wanted)

    def _difference(self, wanted: Asked) -> Outcome:
        weeks, panel = self.panel.weeks, self.panel
        after = self._loaded_after(wanted.metric, weeks.landmark)
        if (early := self._too_early(wanted, after, weeks.landmark)) is not None:
            return _unsaid(wanted, early)
        if panel.before < LEAST_BEFORE:
            return _unsaid(wanted, Verdict("cannot_tell", "too_little_history"))
        accounts = self.accounts
        if accounts is None or min(accounts.adopters.sum(), (~accounts.adopters).sum()) < LEAST_ACCOUNTS:
            return _unsaid(wanted, Verdict("cannot_tell", "too_few_accounts"), accounts)
        since, until = weeks.before(panel.before), weeks.after(ADOPTING + after)
        values = panel.by_account(wanted.metric, accounts.members, since, until)
        weighted = self._matching(values[:, : panel.before])
        if min(_kept(weighted, accounts.adopters), _kept(weighted, ~accounts.adopters)) < LEAST_ACCOUNTS:
            return _unsaid(wanted, Verdict("cannot_tell", "too_few_accounts"), accounts)
        return self._compared(wanted, values, accounts.adopters, weighted)

    def _compared(self, wanted: Asked, values: Array, adopters: Flags, weighted: Matching) -> Outcome:
        before = self.panel.before
        scale = _scale(values, adopters, weighted)
        if not values[weighted.kept].any():
            return _unsaid(wanted, Verdict("cannot_tell", "too_few_events"), self.accounts)
        contrast = did.line(before, values.shape[1])[before + ADOPTING :].mean(axis=0)
        found = did.gap(values, adopters, weighted, contrast[None, :], scale)
        studied = event_study.study(values, adopters, weighted, before, scale)
        placebos = placebo.in_panel(values[:, :before], adopters, weighted, LEAST_WEEKS, scale)
        told = found.one()
        detectable = minimum_detectable(told.se, told.df)
        doubts: dict[Reason, bool] = {
            "too_few_accounts": found.effective < LEAST_ACCOUNTS,
            "unlike": weighted.matched > UNLIKE,
            "pretrend": studied.pretrend < LEVEL,
            "placebo": not placebo.passes(placebos),
            "too_noisy": scale == "ratio" and detectable > NOISE,
        }
        shown = as_share if scale == "ratio" else _as_it_is
        return Outcome(
            wanted.area,
            wanted.metric,
            wanted.design,
            _judged(doubts),
            named=wanted.named,
            scale=scale,
            estimate=shown(told),
            detectable=_shared(detectable, scale),
            weeks=tuple(self._week(place - before, None, shown(one)) for place, one in enumerate(studied.weeks)),
            placebos=tuple(Placebo(one.weeks_before, shown(one.found)) for one in placebos),
            pretrend=studied.pretrend,
            effective=found.effective,
            apart=weighted.apart,
            matched=weighted.matched,
            adopters=_kept(weighted, adopters),
            others=_kept(weighted, ~adopters),
        )

    def _before_after(self, wanted: Asked) -> Outcome:
        weeks, panel = self.panel.weeks, self.panel
        after = self._loaded_after(wanted.metric, weeks.start)
        if (early := self._too_early(wanted, after, weeks.start)) is not None:
            return _unsaid(wanted, early)
        since, until = weeks.before(BEFORE_SERIES), weeks.after(after)
        where = panel.about if wanted.of_features else None
        seen = panel.series(wanted.metric, since, until, where)
        known = seen[: len(seen) - after]
        first = next((count for count, value in enumerate(reversed(known)) if value is None), len(known))
        # The oldest week that is known may have begun before the data did.
        first -= first < len(known)
        if first < LEAST_BEFORE:
            return _unsaid(wanted, Verdict("cannot_tell", "too_little_history"))
        series = np.array([float("nan") if value is None else value for value in seen[len(known) - first :]])
        if wanted.of_features and not series[:first].any():
            return _unsaid(wanted, Verdict("cannot_tell", "new_feature"))
        if np.isnan(series).any() or series[:first].mean() < LEAST_ROWS or (series < 0).any():
            return _unsaid(wanted, Verdict("cannot_tell", "too_few_events"))
        return self._forecast(wanted, np.log(series + 0.5), self._moving(wanted, until, len(series)), after)

    def _forecast(self, wanted: Asked, series: Array, moving: Array, after: int) -> Outcome:
        before = len(series) - after
        made = forecast(series[:before], moving, after)
        told = made.mean_above(series[before:])
        placebos = placebo.in_series(series[:before], moving[:before], LEAST_WEEKS)
        detectable = minimum_detectable(told.se, told.df)
        expected: list[Estimate | None] = [None] * before + [_counted(one) for one in made.weeks()]
        return Outcome(
            wanted.area,
            wanted.metric,
            wanted.design,
            _judged({"placebo": not placebo.passes(placebos), "too_noisy": detectable > NOISE}),
            of_features=wanted.of_features,
            named=wanted.named,
            estimate=as_share(told),
            detectable=_shared(detectable, "ratio"),
            weeks=tuple(
                self._week(place - before, float(np.exp(value) - 0.5), one)
                for place, (value, one) in enumerate(zip(series, expected, strict=True))
            ),
            placebos=tuple(Placebo(one.weeks_before, as_share(one.found)) for one in placebos),
        )

    def _moving(self, wanted: Asked, until: date, count: int) -> Array:
        """What moves the series without the release: the same of all other features, where the outcome is of some."""
        if not wanted.of_features or not self.panel.about:
            return np.zeros((count, 0))
        others = self.panel.series(wanted.metric, self.panel.weeks.before(BEFORE_SERIES), until, f"not ({self.panel.about})")[-count:]
        return np.log(np.array([one or 0.0 for one in others])[:, None] + 0.5)

    def _loaded_after(self, metric: str, start: date) -> int:
        """How many whole weeks from a day on are loaded, up to the window."""
        seen = self.panel.series(metric, start, start + timedelta(weeks=self.window))
        return next((count for count, value in enumerate(seen) if value is None), len(seen))

    def _too_early(self, wanted: Asked, after: int, start: date) -> Verdict | None:
        """Why nothing can be said yet, or at all: the weeks are not over, or nothing is loaded."""
        least = self.window if wanted.slow else LEAST_WEEKS
        if after >= least:
            return None
        loaded = self.panel.layer.query(wanted.metric, grain="week", since=self.panel.weeks.before(1), until=self.panel.weeks.start)
        if not any(row[wanted.metric] is not None for row in loaded.rows):
            return Verdict("cannot_tell", "not_loaded")
        return Verdict("cannot_tell", "too_early", start + timedelta(weeks=least))

    @cached_property
    def _use(self) -> Array:
        """The use of each account before the release."""
        accounts, weeks = self.accounts, self.panel.weeks
        members = accounts.members if accounts else ()
        return self.panel.by_account("meaningful_events", members, weeks.before(self.panel.before), weeks.before_ends)

    def _matching(self, own: Array) -> Matching:
        """Accounts weighted by their use before the release and by their own course of the outcome."""
        accounts = self.accounts
        assert accounts is not None
        return matching.match(accounts.adopters, accounts.strata, np.hstack([matching.course(self._use), matching.course(own)]))

    def _week(self, place: int, seen: float | None, found: Estimate | None) -> Week:
        weeks = self.panel.weeks
        return Week(place, weeks.after(place) if place >= 0 else weeks.before(-place), seen, found)


def _judged(doubts: dict[Reason, bool]) -> Verdict:
    """The first doubt that holds; without any, what holds until the p of all outcomes are corrected."""
    reason = next((reason for reason, holds in doubts.items() if holds), None)
    return Verdict("cannot_tell", reason) if reason else Verdict("no_detectable_effect")


def _scale(values: Array, adopters: Flags, weighted: Matching) -> Scale:
    """A ratio where both sides have something every week, else a difference of means."""
    sums = [weighted.weight[side] @ values[side] for side in (adopters, ~adopters)]
    return "ratio" if min(float(one.min()) for one in sums) > 0 else "difference"


def _kept(weighted: Matching, side: Flags) -> int:
    return int((weighted.kept & side).sum())


def _unsaid(wanted: Asked, verdict: Verdict, accounts: Accounts | None = None) -> Outcome:
    adopters = int(accounts.adopters.sum()) if accounts else 0
    others = len(accounts.members) - adopters if accounts else 0
    return Outcome(wanted.area, wanted.metric, wanted.design, verdict, wanted.of_features, wanted.named, adopters=adopters, others=others)


def _as_it_is(found: Estimate) -> Estimate:
    return found


def _shared(size: float, scale: Scale) -> float:
    return float(np.expm1(size)) if scale == "ratio" else size


def _counted(found: Estimate) -> Estimate:
    """A forecast of log(count + ½) in counts."""
    value, low, high = (max(float(np.exp(one)) - 0.5, 0.0) for one in (found.value, found.low, found.high))
    return Estimate(value, found.se, found.df, low, high, found.p)
