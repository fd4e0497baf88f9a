"""Stored calls weighed for other laws, against closed forms; and everything that must be refused."""

import numpy as np
import pytest
from scipy.stats import multivariate_normal, norm

from oddsmith.odds_under import TooWeak, differences, odds_under
from sim.errors import ScenarioError, UsageError

DEPENDENT = """\
dependence:
  - gaussian_copula: {of: [speed, gap], rho: 0.4}
constraints: ["gap > 8 m"]
"""


@pytest.fixture(scope="module")
def plain(stored):
    return stored(8000)


@pytest.fixture(scope="module")
def coupled(stored):
    return stored(8000, dependence=DEPENDENT)


def under(kept, overrides, events=("fast", "close")):
    return odds_under(kept.folder, overrides, kept.columns, kept.parameters, events=events)


def check(result, event, truth):
    (found,) = (one.estimate for one in result.events if one.event == event)
    assert abs(found.rate - truth) < 4.0 * found.cov * truth
    return found


def test_another_mean(plain):
    result = under(plain, {"speed": "{normal: [32 m/s, 2 m/s]}"})
    assert result.changed == ("speed",)
    assert result.total_weight == pytest.approx(1.0, abs=0.1)
    found = check(result, "fast", norm.sf(2.0))
    assert found.interval[0] < norm.sf(2.0) < found.interval[1]
    check(result, "close", norm.cdf(np.log(15 / 40) / 0.4))


def test_one_number_of_a_law(plain):
    result = under(plain, {"parameters.gap.lognormal.sigma": "0.45"})
    check(result, "close", norm.cdf(np.log(15 / 40) / 0.45))


def test_another_family_and_two_laws_at_once(plain):
    weather = "{choice: {clear: 0.5, rain: 0.3, fog: 0.2}}"
    result = under(
        plain, {"speed": "{uniform: [27 m/s, 37 m/s]}", "weather": weather}, events=("fast", "foggy")
    )
    assert result.changed == ("speed", "weather")
    check(result, "fast", 0.1)
    check(result, "foggy", 0.2)


def test_a_law_that_depends_on_another_keeps_doing_so(plain):
    """The law of grip in fog moves with gap, whose own law is untouched: its change leaves `fast` alone."""
    result = under(plain, {"grip.fog": '{normal: ["${0.5 + gap / 1000 m}", 0.12]}'})
    check(result, "fast", norm.sf(3.0))


def test_groups_are_the_units_where_calls_depend(stored):
    kept = stored(8000, groups=40)
    result = under(kept, {"speed": "{normal: [31 m/s, 2 m/s]}"})
    assert check(result, "fast", norm.sf(2.5)).spread == "groups"


def test_constraints_are_normalised_under_both_laws(coupled):
    result = under(coupled, {"gap": "{lognormal: {median: 36 m, sigma: 0.4}}"}, events=("close",))
    low, high = (norm.cdf(np.log(end / 36) / 0.4) for end in (8.0, 15.0))
    check(result, "close", (high - low) / (1.0 - low))


def test_another_dependence(coupled):
    result = under(
        coupled, {"dependence": "[{gaussian_copula: {of: [speed, gap], rho: 0.2}}]"}, events=("fast",)
    )
    assert result.changed == ("dependence",)
    low = np.log(8 / 40) / 0.4
    both = multivariate_normal([0, 0], [[1, -0.2], [-0.2, 1]]).cdf([-3.0, -low])  # speed high, gap kept
    check(result, "fast", both / norm.sf(low))


def test_mass_where_the_calls_have_none_is_refused(plain):
    with pytest.raises(TooWeak, match="do not reach what the other law of gap makes likely"):
        under(plain, {"gap": "{lognormal: {median: 200 m, sigma: 0.1}}"})
    with pytest.raises(TooWeak, match="hunt anew with --set"):
        under(plain, {"speed": "{normal: [20 m/s, 0.5 m/s]}"})


def test_too_few_effective_events_are_refused(stored):
    kept = stored(300)
    with pytest.raises(TooWeak, match=r"worth \d+\.\d independent events only, fewer than 20"):
        under(kept, {"speed": "{normal: [29.5 m/s, 1.6 m/s]}"}, events=("fast",))


def test_events_of_what_is_boosted_have_no_answer_and_others_keep_theirs(plain):
    faster = {"speed": "{normal: [32 m/s, 2 m/s]}"}

    def asked(events, spoken_of):
        return odds_under(
            plain.folder, faster, plain.columns, plain.parameters, events=events, under_boost=spoken_of
        )

    result = asked(("fast", "close"), {"close": ("rings",)})
    check(result, "fast", norm.sf(2.0))
    assert [one.event for one in result.events] == ["fast"]
    assert result.refused["close"].startswith("close has no odds under any law: rings: boosted")
    assert "hunt with boost: 1" in result.refused["close"]
    with pytest.raises(TooWeak, match="fast has no odds under any law: rings, mules: boosted"):
        asked(("fast",), {"fast": ("rings", "mules")})


@pytest.mark.parametrize(
    ("overrides", "told"),
    [
        ({"duration": "5 s"}, "changes duration, which is no law"),
        ({"world.ego.lane": "1"}, "changes world.ego.lane"),
        ({"speed": "30 m/s"}, "speed would be fixed"),
        ({"world.ego.speed": "{normal: [30 m/s, 1 m/s]}"}, "world.ego.speed was fixed when"),
        ({"speed": "{normal: [30 m/s, 2 m/s]}"}, "changes nothing"),
    ],
)
def test_what_is_no_change_of_a_law_is_refused(plain, overrides, told):
    with pytest.raises(UsageError, match=told):
        under(plain, overrides)


def test_faults_of_a_law_are_told_as_in_a_file(plain):
    with pytest.raises(ScenarioError, match="must be positive, got -2"):
        under(plain, {"speed": "{normal: [30 m/s, -2 m/s]}"})


def test_a_discrete_quantity_in_a_copula_is_refused(stored):
    text = "dependence:\n  - gaussian_copula: {of: [gap, wheels], rho: 0.3}\n"
    kept = stored(200, dependence="  wheels: {poisson: 3}\n" + text)
    with pytest.raises(UsageError, match="'wheels' is discrete and stands in a copula"):
        under(kept, {"gap": "{lognormal: {median: 41 m, sigma: 0.4}}"}, events=("close",))


def test_differences_go_by_the_ids_of_items():
    old = {"a": [{"id": "x", "v": 1}, {"id": "y", "v": 2}], "b": {"c": 1}, "same": [1, 2]}
    new = {"a": [{"id": "y", "v": 3}, {"id": "x", "v": 1}], "b": {"d": 1}, "same": [1, 2]}
    assert list(differences(old, new)) == ["a.y.v", "b.c", "b.d"]
