"""Densities of many draws at once agree with those of one, and scores with differences of them."""

import numpy as np
import pytest
from scipy.stats import lognorm, norm

from oddsmith.catalog import bundled_scenarios, load_scenario
from sim.language.densities import log_ratio
from sim.language.knobs import knobs_of, score_of

TEXT = """\
scenario: driving/laws
language: 1
duration: 4 s
parameters:
  wet: {bernoulli: 0.3}
  gap: {lognormal: {median: 40 m, sigma: 0.4}, within: [5 m, 200 m]}
  grip: {given: wet, "true": {normal: ["${0.5 + gap / 1000 m}", 0.1]}, "false": 0.9}
  blend: {mixture: {weights: [0.3, 0.7], laws: [{normal: [1, 0.2]}, {normal: [2, 0.5]}]}, times: 2}
  pieces: {poisson: 3}
  speed: {normal: [30 m/s, 2 m/s]}
dependence:
  - gaussian_copula: {of: [speed, gap], rho: 0.4}
world:
  road: {highway: {lanes: 3}}
  ego: {vehicle: sedan, lane: 2, speed: "${speed * min(grip + blend + pieces, 1)}"}
  actors:
    - {id: other, vehicle: sedan, lane: 2, ahead: "${gap}", speed: "${speed}"}
event: {crash: "collided(ego, other)"}
"""


@pytest.fixture(scope="module")
def scenario(tmp_path_factory):
    file = tmp_path_factory.mktemp("laws") / "laws.yaml"
    file.write_text(TEXT)
    return load_scenario(file)


def values_of(scenario, n):
    rows = [scenario.resolve(draw).parameters for draw in scenario.nominal_batch(3, 0, n)]
    names = [one.name for one in scenario.drawn]
    columns = {name: [row[name] for row in rows] for name in names}
    arrays = {
        name: np.array(column, object if isinstance(column[0], str | bool) else float)
        for name, column in columns.items()
    }
    return rows, arrays


def joint(densities):
    total = sum(densities.log_prob(name) for name in densities.leaves)
    return total + sum(densities.log_copula(copula) for copula, _ in densities.resolution.copulas)


def test_columns_agree_with_single_draws(scenario):
    rows, values = values_of(scenario, 200)
    assert joint(scenario.densities(values)) == pytest.approx([scenario.log_prob(row) for row in rows])


@pytest.mark.parametrize("name", sorted(bundled_scenarios()))
def test_columns_agree_on_bundled_scenarios(name):
    bundled = load_scenario(name)
    rows, values = values_of(bundled, 50)
    densities = np.zeros(len(rows)) + joint(bundled.densities(values))  # 0 where nothing is drawn
    assert densities == pytest.approx([bundled.log_prob(row) for row in rows])


def test_marginals_are_those_of_scipy(scenario):
    _, values = values_of(scenario, 100)
    densities = scenario.densities(values)
    assert densities.log_prob("speed") == pytest.approx(norm(30, 2).logpdf(values["speed"]))
    assert densities.cdf("speed") == pytest.approx(norm(30, 2).cdf(values["speed"]))
    law = lognorm(0.4, scale=40)
    kept = np.log(law.cdf(200) - law.cdf(5))
    assert densities.log_prob("gap") == pytest.approx(law.logpdf(values["gap"]) - kept)
    wet = np.array([bool(one) for one in values["wet"]])
    mean = 0.5 + values["gap"][wet] / 1000
    assert densities.log_prob("grip")[wet] == pytest.approx(norm(mean, 0.1).logpdf(values["grip"][wet]))
    assert (densities.log_prob("grip")[~wet] == 0.0).all()


def test_ratios_take_marginals_and_copula_together(scenario, tmp_path):
    file = tmp_path / "other.yaml"
    file.write_text(TEXT.replace("[30 m/s, 2 m/s]", "[31 m/s, 2.5 m/s]").replace("rho: 0.4", "rho: 0.1"))
    other = load_scenario(file)
    rows, values = values_of(scenario, 60)
    expected = [other.log_prob(row) - scenario.log_prob(row) for row in rows]
    found = log_ratio(other.densities(values), scenario.densities(values), ["speed"])
    assert found == pytest.approx(expected)


def test_a_missing_parameter_is_named(scenario):
    with pytest.raises(ValueError, match="no value for gap"):
        scenario.densities({name: np.zeros(1) for name in ("wet", "grip", "blend", "pieces", "speed")})


def test_all_numbers_that_can_be_turned_are_found(scenario):
    _, values = values_of(scenario, 20)
    found = [(knob.parameter, knob.argument, knob.scale) for knob in knobs_of(scenario.densities(values))]
    assert found == [
        ("wet", "probability", "relative"),
        ("gap", "median", "relative"),
        ("gap", "sigma", "relative"),
        ("grip", "true.std", "relative"),
        ("blend", "weights.0", "relative"),
        ("blend", "weights.1", "relative"),
        ("blend", "laws.0.mean", "deviations"),
        ("blend", "laws.0.std", "relative"),
        ("blend", "laws.1.mean", "deviations"),
        ("blend", "laws.1.std", "relative"),
        ("blend", "times", "relative"),
        ("pieces", "mean", "relative"),
        ("speed", "mean", "deviations"),
        ("speed", "std", "relative"),
        ("speed and gap", "rho", "correlation"),
    ]


def test_numbers_that_move_a_support_have_no_score(tmp_path):
    file = tmp_path / "ends.yaml"
    file.write_text(TEXT.replace("{poisson: 3}", "{uniform: [0, 3]}").replace("times: 2", "plus: 2"))
    other = load_scenario(file)
    densities = other.densities(values_of(other, 20)[1])
    scores = {(one.parameter, one.argument): score_of(one, densities) for one in knobs_of(densities)}
    assert scores["pieces", "to"] is None
    assert scores["blend", "plus"] is not None
    assert scores["gap", "median"] is not None


def test_scores_have_mean_zero_and_closed_forms(scenario):
    """E[d log f] = 0 under the law itself; of a single normal the score of mu / sigma would be z."""
    _, values = values_of(scenario, 6000)
    densities = scenario.densities(values)
    for knob in knobs_of(densities):
        score = score_of(knob, densities)
        assert score is not None, knob
        assert abs(score.mean()) < 4.0 * score.std() / np.sqrt(len(score)), knob
    count = next(knob for knob in knobs_of(densities) if knob.parameter == "pieces")
    assert score_of(count, densities) == pytest.approx(values["pieces"] - 3.0, abs=1e-6)
    wet = next(knob for knob in knobs_of(densities) if knob.parameter == "wet")
    is_wet = values["wet"].astype(float)
    assert score_of(wet, densities) == pytest.approx(is_wet - 0.3 / 0.7 * (1 - is_wet), abs=1e-6)
