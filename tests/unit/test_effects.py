"""Estimates of effects against published figures, against statsmodels, and against plain arithmetic."""

import numpy as np
import pytest
import statsmodels.api as sm
from scipy import stats

from metrics.insight.impact import did, event_study, matching, placebo
from metrics.insight.impact.effects import as_share, estimate, holm, joint, minimum_detectable
from metrics.insight.impact.forecast import forecast


def sample(count, mean, error):
    """So many numbers with this mean and this standard error of it."""
    half = error * (count - 1) ** 0.5 if count % 2 == 0 else error * count**0.5
    return np.array([mean - half, mean + half] * (count // 2) + [mean] * (count % 2))


def everyone(adopters):
    """No weighting at all: each account counts once, and the weights are not reckoned from anything."""
    count = len(adopters)
    return matching.Matching(np.ones(count), np.full(count, 0.5), np.zeros((count, 1)), 0.0, 0.0)


def test_card_and_krueger_by_the_means_of_each_wave():
    # Card and Krueger (1994), table 3, rows 1 to 3: full-time-equivalent employment of stores in New Jersey and Pennsylvania.
    jersey, pennsylvania = (sample(321, 20.44, 0.51), sample(319, 21.03, 0.52)), (sample(77, 23.33, 1.35), sample(77, 21.17, 0.94))

    found = did.of_waves(jersey, pennsylvania)

    assert found.value == pytest.approx(2.76, abs=0.011)  # the printed means are rounded
    assert found.se == pytest.approx((0.51**2 + 0.52**2 + 1.35**2 + 0.94**2) ** 0.5, rel=0.003)


def test_card_and_krueger_by_the_stores_observed_twice():
    # Row 4: mean changes 0.47 (0.48) and −2.28 (1.25); their difference is printed as 2.75 (1.34).
    found = did.of_changes(sample(309, 0.47, 0.48), sample(75, -2.28, 1.25))

    assert (found.value, found.se) == (pytest.approx(2.75, abs=0.005), pytest.approx(1.34, abs=0.005))
    assert found.p == pytest.approx(0.043, abs=0.003)  # 2.75 / 1.34 by t with the degrees of freedom of Welch, about 96


def test_the_changes_of_two_groups_are_welchs_test():
    generator = np.random.default_rng(1)
    treated, control = generator.normal(1, 2, 30), generator.normal(0, 1, 50)

    found, expected = did.of_changes(treated, control), stats.ttest_ind(treated, control, equal_var=False)

    assert found.p == pytest.approx(expected.pvalue)
    assert (found.low, found.high) == pytest.approx(expected.confidence_interval(0.95))


def test_a_difference_of_means_has_the_error_that_statsmodels_gives_by_account():
    generator = np.random.default_rng(2)
    adopters = np.arange(40) < 15
    values = generator.normal(10, 2, (40, 12)) + generator.normal(0, 3, (40, 1)) + 2.0 * adopters[:, None] * (np.arange(12) >= 8)
    contrast = np.where(np.arange(12) < 8, -1 / 8, 1 / 4)

    found = did.gap(values, adopters, everyone(adopters), contrast[None, :], "difference").one()

    account, week = np.divmod(np.arange(480), 12)
    after, adopted = week >= 8, adopters[account]
    design = np.column_stack([np.ones(480), after, adopted, after & adopted]).astype(float)
    panel = sm.OLS(values.ravel(), design).fit(cov_type="cluster", cov_kwds={"groups": account})
    changes = sm.OLS(values @ contrast, np.column_stack([np.ones(40), adopters])).fit(cov_type="HC2")
    assert found.value == pytest.approx(panel.params[3])
    assert found.se == pytest.approx(changes.bse[1])
    assert found.se == pytest.approx(panel.bse[3], rel=0.06)  # that one is corrected for the number of accounts as a whole


def test_a_ratio_is_the_logarithm_of_the_ratio_of_ratios_of_sums():
    before, after = np.array([[10.0], [30.0], [20.0], [20.0]]), np.array([[15.0], [45.0], [22.0], [22.0]])
    adopters = np.array([True, True, False, False])

    found = did.gap(np.hstack([before, after]), adopters, everyone(adopters), np.array([[-1.0, 1.0]]), "ratio")

    assert as_share(found.one()).value == pytest.approx((60 / 40) / (44 / 40) - 1)
    assert found.effective == pytest.approx(1 / (0.25**2 + 0.75**2))  # the share of 30 among 40, and of 45 among 60, is three quarters


def test_what_multiplies_everyone_alike_is_no_effect():
    generator = np.random.default_rng(3)
    levels, season = np.exp(generator.normal(3, 1, 60)), np.exp(np.sin(np.arange(20)))
    adopters = generator.random(60) < 0.4
    contrast = did.line(12, 20)[12:].mean(axis=0)[None, :]

    found = did.gap(levels[:, None] * season, adopters, everyone(adopters), contrast, "ratio").one()

    assert found.value == pytest.approx(0.0, abs=1e-12)


def test_the_line_before_is_taken_off_what_comes_after():
    weeks = np.arange(10.0)
    contrasts = did.line(6, 10)

    assert contrasts @ (3 + 2 * weeks) == pytest.approx(np.zeros(10), abs=1e-12)
    jump = 3 + 2 * weeks + 5 * (weeks >= 6)
    assert (contrasts @ jump)[6:] == pytest.approx([5, 5, 5, 5])


def test_the_odds_of_adopting_are_those_of_statsmodels():
    generator = np.random.default_rng(4)
    design = np.column_stack([np.ones(300), generator.normal(size=(300, 2))])
    outcome = (generator.random(300) < 1 / (1 + np.exp(-(design @ [-0.5, 1.0, -0.7])))).astype(float)

    expected = sm.Logit(outcome, design).fit(disp=0).predict(design)

    assert matching.logistic(design, outcome, ridge=0.0) == pytest.approx(expected, abs=1e-6)


def test_weighted_others_look_like_those_who_adopted():
    generator = np.random.default_rng(5)
    size, strata = generator.normal(size=400), generator.integers(0, 3, 400)
    adopters = generator.random(400) < 1 / (1 + np.exp(1 - size - 0.5 * strata))

    found = matching.match(adopters, strata, size[:, None])

    assert found.apart > 0.5
    assert found.matched < 0.1
    weighted = np.average(size[~adopters], weights=found.weight[~adopters])
    assert weighted == pytest.approx(size[adopters & found.kept].mean(), abs=0.1)
    assert size[~adopters].mean() < size[adopters].mean() - 0.4


def test_a_segment_where_everybody_adopted_has_nobody_to_be_compared_with():
    adopters = np.array([True] * 10 + [True, False] * 20)
    strata = np.array([0] * 10 + [1] * 40)

    found = matching.match(adopters, strata, np.random.default_rng(6).normal(size=(50, 1)))

    assert not found.kept[:10].any()
    assert found.kept[10:].sum() >= 35


def test_holm_corrects_as_statsmodels_does():
    from statsmodels.stats.multitest import multipletests

    ps = [0.01, 0.04, 0.03, 0.005, 0.9, 0.03]

    assert holm(ps) == pytest.approx(multipletests(ps, method="holm")[1])
    assert holm([]) == []


def test_the_smallest_effect_that_is_found_is_found_in_80_of_100_cases():
    generator, se = np.random.default_rng(7), 0.7
    true = minimum_detectable(se, 10_000)

    found = np.array([estimate(value, se, 10_000).p < 0.05 for value in generator.normal(true, se, 4000)])

    assert found.mean() == pytest.approx(0.8, abs=0.02)
    assert true == pytest.approx(2.8016 * se, rel=0.001)  # 1.9600 + 0.8416


def test_a_joint_test_of_many_clusters_is_walds():
    values, covariance = np.array([1.0, -0.5]), np.array([[0.5, 0.1], [0.1, 0.2]])
    statistic = values @ np.linalg.inv(covariance) @ values

    assert joint(values, covariance, 1e7) == pytest.approx(stats.chi2.sf(statistic, 2), rel=1e-4)
    assert joint(values, covariance, 10) > stats.chi2.sf(statistic, 2)


def test_two_sides_that_bend_apart_before_fail_the_pretrend_test():
    generator = np.random.default_rng(8)
    adopters = np.arange(200) < 80
    values = generator.poisson(30, (200, 36)).astype(float)
    bent = values + 12.0 * adopters[:, None] * (np.arange(36) < 8)

    fine = event_study.study(values, adopters, everyone(adopters), 26, "ratio")
    apart = event_study.study(bent, adopters, everyone(adopters), 26, "ratio")

    assert fine.pretrend > 0.05
    assert apart.pretrend < 0.001
    assert len(fine.weeks) == 36
    assert not placebo.passes(placebo.in_panel(bent[:, :26], adopters, everyone(adopters), 4, "ratio"))


def test_a_series_without_memory_is_forecast_as_statsmodels_does(monkeypatch):
    from metrics.insight.impact import forecast as module

    monkeypatch.setattr(module, "_FADING", (0.0,))
    generator = np.random.default_rng(9)
    moving = generator.normal(size=(48, 1))
    series = 5 + 0.02 * np.arange(40) + 0.7 * moving[:40, 0] + generator.normal(0, 0.1, 40)

    found = forecast(series, moving, 8)

    design = np.column_stack([np.ones(48), np.arange(48) / 40, moving])
    fitted = sm.OLS(series, design[:40]).fit()
    expected = fitted.get_prediction(design[40:])
    assert found.values == pytest.approx(expected.predicted_mean)
    assert np.sqrt(np.diag(found.covariance)) == pytest.approx(expected.se_obs)
    mean = design[40:].mean(axis=0)
    error = (mean @ fitted.cov_params() @ mean + fitted.mse_resid / 8) ** 0.5
    assert found.mean_above(series[:8]).se == pytest.approx(error)


def test_a_shock_that_lasts_is_expected_to_fade_and_widens_the_interval():
    generator = np.random.default_rng(10)
    shocks = np.zeros(52)
    for week in range(1, 52):
        shocks[week] = 0.8 * shocks[week - 1] + generator.normal(0, 0.1)

    lasting = forecast(4 + shocks, np.zeros((60, 0)), 8)
    shuffled = forecast(4 + generator.permutation(shocks), np.zeros((60, 0)), 8)

    assert lasting.mean_above(np.zeros(8)).se > 1.5 * shuffled.mean_above(np.zeros(8)).se


@pytest.mark.full
def test_the_interval_of_adopters_against_others_holds_the_truth():
    from tests.benchmarks import insight_impact

    figures = insight_impact.simulated(quick=False)

    assert [figure.said for figure in figures if not figure.ok] == []
