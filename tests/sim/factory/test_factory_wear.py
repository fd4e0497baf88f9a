"""Lives of components against closed forms: every process, its mean and its tails."""

import math

import numpy as np
import pytest
from scipy import integrate, stats

from sim.domains.factory.fitting import process_of
from sim.domains.factory.surroundings import Surroundings
from sim.domains.factory.wear import Process
from sim.fields import Chosen
from sim.laws import from_data
from sim.laws.source import LawSource
from sim.laws.varying.base import Course, Path
from sim.noise import Edit, Noise


def each(law):
    return LawSource(from_data(law), "law:x")


def lives(kind: str, settings: object, n: int, *, key: int = 5) -> np.ndarray:
    """Return n ages at failure of one component that is renewed again and again."""
    process = process_of(Chosen(kind, settings), Noise(key), "part")
    found = np.empty(n)
    for i in range(n):
        found[i] = process.ahead(math.inf, 0.0)
        process.renew(0.0, 0.0)
    return found


def agrees(values: np.ndarray, exact: float) -> bool:
    error = values.std(ddof=1) / math.sqrt(len(values))
    assert abs(values.mean() - exact) <= 3.5 * error, f"{values.mean():.6g} +- {error:.2g}, not {exact:.6g}"
    return True


@pytest.mark.parametrize(
    ("shape", "scale", "mean", "tail", "survival"),
    [
        (0.7, 1000.0, 1265.82350606, 100.0, 0.8191187338),
        (1.5, 1000.0, 902.74529295, 100.0, 0.9688719943),
        (2.5, 1000.0, 887.26381750, 100.0, 0.9968427171),
        (3.5, 200.0, 179.94943530, 100.0, 0.9154053122),
    ],
)
def test_weibull_lives(shape, scale, mean, tail, survival):
    found = lives("lifetime", each({"weibull": [shape, scale]}), 20_000)
    assert agrees(found, mean)
    assert agrees(found > tail, survival)


@pytest.mark.parametrize(
    "law",
    [
        {"exponential": 3.0},
        {"lognormal": [10.0, 0.5]},
        {"gamma": [2.0, 5.0]},
        {"uniform": [2.0, 9.0]},
        {"geometric": 0.2},
        {"geometric": 0.2, "plus": -1.0},
        {"mixture": {"weights": [0.3, 0.7], "laws": [{"exponential": 1.0}, {"weibull": [4.0, 50.0]}]}},
    ],
    ids=str,
)
def test_a_life_whose_noise_changes_in_its_midst_has_the_law_itself(law):
    """Drawn anew at moments of change from what the law leaves to a part of its age."""
    source, law = each(law), from_data(law)
    changes = [float(law.ppf(p)) for p in (0.02, 0.3, 0.6, 0.9)]
    found = np.empty(4000)
    for i in range(len(found)):
        lineage = tuple(Edit(10 * i + k + 1, t=change) for k, change in enumerate(changes))
        process = process_of(Chosen("lifetime", source), Noise(i, lineage), "part")
        t = 0.0
        while (left := process.ahead(process.horizon(t), t)) == math.inf:
            span = process.horizon(t)
            process.spend(span)
            t += span
        found[i] = t + left
    for p in (0.01, 0.1, 0.3, 0.5, 0.8, 0.99):
        age = float(law.ppf(p))
        exact = float(law.cdf(age))
        assert abs(np.mean(found <= age) - exact) <= 3.5 * math.sqrt(exact * (1.0 - exact) / len(found))


def test_a_covariate_multiplies_the_hazard():
    """Mean of exp(0.7 z) times the hazard of Weibull(2, 1000) at z = 1: 1000 exp(-0.35) Gamma(1.5)."""
    settings = {"shape": 2.0, "scale": 1000.0, "covariates": ({"effect": 0.7, "value": 1.0},)}
    assert agrees(lives("hazard", settings, 8000), 624.51355915)


class Steps:
    """A course that is one number until a moment and another from then on."""

    def __init__(self, first, then, moment):
        self._path = Path(np.array([0.0, moment]), np.array([first, then]))

    def path(self, times, noise, entity, stream, *, since=0.0):
        return self._path


@pytest.mark.parametrize("spans", [[math.inf], [130.0] * 40, [70.0, 800.0, *[90.0] * 40]], ids=len)
def test_a_covariate_that_changes_within_a_life_is_integrated(spans):
    """S(t) = exp(-integral of h0 exp(0.7 (z - 0.1) + 0.07)) with z = 0.5 before 600 and 3 after."""
    shaft = {"load": Course(Steps(0.5, 3.0, 600.0), "law:load"), "speed": 100.0}
    settings = {"shape": 2.0, "scale": 1000.0}
    settings |= {"covariates": ({"effect": 0.7, "value": 0.1, "of": "load"}, {"effect": 0.2, "value": 0.35})}
    found = np.empty(3000)
    for i in range(len(found)):
        noise = Noise(i)
        around = Surroundings(5000.0, noise, {"mill": shaft})
        process = process_of(Chosen("hazard", settings), noise, "part", machine="mill", around=around)
        t = 0.0
        for span in spans:
            left = process.ahead(span, t)
            if left < math.inf:
                break
            process.spend(span)
            t += span
        found[i] = t + left

    def through(t):
        before, after = np.minimum(t, 600.0) ** 2, np.maximum(t, 600.0) ** 2 - 600.0**2
        return (before * math.exp(0.7 * 0.4) + after * math.exp(0.7 * 2.9)) * math.exp(0.07) / 1e6

    assert stats.kstest(found, lambda t: 1.0 - np.exp(-through(t))).pvalue > 1e-3


def test_a_covariate_that_does_not_change_is_one_of_a_whole_life():
    settings = {"shape": 2.0, "scale": 1000.0, "covariates": ({"effect": 0.7, "value": 0.0, "of": "load"},)}
    around = Surroundings(1e5, Noise(5), {"mill": {"load": 1.0}})
    process = process_of(Chosen("hazard", settings), Noise(5), "part", machine="mill", around=around)
    found = np.empty(8000)
    for i in range(len(found)):
        found[i] = process.ahead(math.inf, 0.0)
        process.renew(0.0, 0.0)
    assert agrees(found, 624.51355915)


def test_a_part_ages_by_what_its_machine_bears_then(factory, tmp_path):
    """Ten times the hazard in the second half of a day; parts are as good as new at once."""
    world = """
sources: [{id: orders}]
sinks: [{id: done}]
machines:
  - id: mill
    count: 20
    from: orders
    to: done
    cycle_time: 60 s
    shaft: {load: {profile: {file: load.csv, time: t, column: load, between: step}}}
components:
  - id: part
    on: mill
    ages: operating
    degrades: {hazard: {shape: 1, scale: 100 h, covariates: [{effect: 2.302585093, of: load}]}}
    repair: {time: 0 s}
"""
    (tmp_path / "load.csv").write_text("t,load\n0,0\n43200,1\n", "utf-8")
    trace = factory(world, 86_400.0).run(recorded=True)
    failures = np.array([one.t for one in trace.occurrences if one.kind == "failed"])
    early, late = (failures < 43_200).sum(), (failures >= 43_200).sum()
    assert abs(early - 2.4) <= 3.5 * math.sqrt(2.4)
    assert abs(late - 24.0) <= 3.5 * math.sqrt(24.0)


def wiener(step: float) -> dict[str, float]:
    return {"drift": 0.5, "spread": 1.0, "limit": 50.0, "step": step}


@pytest.mark.parametrize("step", [2.0, 15.0, 60.0])
def test_first_passages_of_brownian_motion_are_inverse_gaussian_on_any_grid(step):
    """A path looked at on its grid alone would miss crossings and fail too late."""
    found = lives("wiener", wiener(step), 6000)
    law = stats.invgauss(mu=100.0 / 2500.0, scale=2500.0)
    assert agrees(found, 100.0)
    assert agrees((found - found.mean()) ** 2, 400.0)
    assert agrees(found <= 80.0, 0.1527941838)
    assert agrees(found <= 60.0, 6.2770602272e-3)
    assert stats.kstest(found, law.cdf).pvalue > 1e-3


@pytest.mark.parametrize("step", [1.0, 20.0])
def test_first_passages_of_the_gamma_process(step):
    found = lives("gamma", {"rate": 1.0, "scale": 1.0, "limit": 50.0, "step": step}, 4000)
    assert agrees(found, 50.5)
    for age, exact in ((30.0, 9.1682886146e-4), (40.0, 6.4570368921e-2), (50.0, 0.4811916845)):
        assert abs(np.mean(found <= age) - exact) <= 3.5 * math.sqrt(exact * (1 - exact) / len(found))


def test_a_crack_grows_as_paris_says():
    settings = {"coefficient": 1e-11, "exponent": 3.0, "geometry": 1.12, "stress": 100e6, "frequency": 10.0}
    settings |= {"initial": 1e-3, "critical": 20e-3}
    process = process_of(Chosen("paris", settings), Noise(1), "gear")
    life = process.ahead(math.inf, 0.0)
    assert life * 10.0 == pytest.approx(627672.126233, rel=1e-9)

    def growth(age: float, a: np.ndarray) -> np.ndarray:
        return 10.0 * 1e-11 * (1.12 * 100.0 * np.sqrt(np.pi * a)) ** 3.0

    path = integrate.solve_ivp(growth, (0.0, 0.9 * life), [1e-3], rtol=1e-10, atol=1e-14, dense_output=True)
    for age in (0.1 * life, 0.5 * life, 0.9 * life):
        assert process.level_at(age) == pytest.approx((path.sol(age)[0] - 1e-3) / 19e-3, rel=1e-6)


@pytest.mark.parametrize(("speed", "minutes"), [(100.0, 256.0), (200.0, 16.0), (300.0, 3.16049383)])
def test_a_tool_lives_as_taylor_says(speed, minutes):
    settings = {"speed": speed / 60.0, "exponent": 0.25, "constant": 400.0 / 60.0}
    assert lives("taylor", settings, 1)[0] == pytest.approx(60.0 * minutes, rel=1e-8)


def test_stages_of_exponential_times_have_an_erlang_life():
    found = lives("stages", tuple(each({"exponential": 10.0}) for _ in range(4)), 5000)
    assert stats.kstest(found, stats.gamma(4, scale=10.0).cdf).pvalue > 1e-3


def _walk(process: Process, span: float, n: int) -> list[tuple[float, float]]:
    path = []
    for _ in range(n):
        left = process.ahead(span, 0.0)
        path.append((process.age, process.level))
        if left < span:
            process.spend(left)
            path.append((process.age, process.level))
            break
        process.spend(span)
    return path


@pytest.mark.parametrize("kind", ["wiener", "gamma"])
def test_looking_ahead_in_other_spans_changes_nothing(kind):
    settings = {
        "wiener": wiener(5.0),
        "gamma": {"rate": 1.0, "scale": 1.0, "limit": 50.0, "step": 5.0},
    }[kind]
    paths = []
    for span in (1.0, 7.0, 1000.0):
        process = process_of(Chosen(kind, settings), Noise(77), "part")
        paths.append(_walk(process, span, 1000)[-1])
    assert paths[0] == pytest.approx(paths[1])
    assert paths[0] == pytest.approx(paths[2])
    assert paths[0][1] == 1.0


def test_wear_reaches_1_exactly_at_failure_and_a_perfect_repair_takes_it_away():
    process = process_of(Chosen("wiener", wiener(5.0)), Noise(3), "part")
    path = _walk(process, 10.0, 1000)
    assert path[-1][1] == 1.0
    assert all(level < 1.0 for _, level in path[:-1])
    process.renew(0.0, 0.0)
    assert process.level == 0.0


@pytest.mark.parametrize("kind", ["wiener", "gamma"])
def test_wear_grows_to_the_very_moment_of_the_crossing(kind):
    """A step may end beyond the limit: before the crossing inside it, the part has not failed."""
    settings = {"wiener": wiener(40.0), "gamma": {"rate": 1.0, "scale": 1.0, "limit": 50.0, "step": 40.0}}[kind]
    for seed in range(40):
        process = process_of(Chosen(kind, settings), Noise(seed), "part")
        fails = process.ahead(1000.0, 0.0)
        assert process.level_at(fails) == 1.0
        just_before = process.level_at(fails - 1e-9)
        assert just_before < 1.0
        assert just_before == pytest.approx(1.0, abs=1e-6)


def test_an_imperfect_repair_leaves_a_virtual_age():
    """Kijima II: after a repair at age 500 that takes half of it away, it fails by S(250 + x)/S(250)."""
    law = from_data({"weibull": [2.5, 1000.0]})
    process = process_of(Chosen("lifetime", each({"weibull": [2.5, 1000.0]})), Noise(8), "part")
    left = np.empty(5000)
    for i in range(len(left)):
        process.renew(250.0, 0.0)
        left[i] = process.ahead(math.inf, 0.0)
    exact = float(law.sf(650.0) / law.sf(250.0))
    assert abs(np.mean(left > 400.0) - exact) <= 3.5 * math.sqrt(exact * (1 - exact) / len(left))


def test_a_redraw_from_a_moment_on_changes_only_what_is_looked_at_later():
    edited = Noise(5, (Edit(99, t=40.0),))
    for kind, settings in (("wiener", wiener(5.0)), ("lifetime", each({"exponential": 1000.0}))):
        plain, changed = (process_of(Chosen(kind, settings), one, "part") for one in (Noise(5), edited))
        for t in range(0, 40, 5):
            assert plain.ahead(5.0, float(t)) == changed.ahead(5.0, float(t))
            assert plain.level == changed.level
            plain.spend(5.0)
            changed.spend(5.0)
        ends = [one.age + one.ahead(math.inf, 40.0) for one in (plain, changed)]
        assert ends[0] != ends[1]
