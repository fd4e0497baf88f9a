"""Published values of reliability, maintenance and extremes, one after the other, to one per cent.

What components draw from is given here: scrambled points of Sobol instead of the episode's noise, 32 times
anew, so that every estimate has a standard error of its own that would show an error of one per cent even in
the tails (Owen 1997). That the noise itself is uniform and independent is shown in `test_noise.py`. Rows 54 and
60, which nothing random enters, are in `test_factory_wear.py`; 41 and 42 in `test_factory_repair.py`.
"""

import math

import numpy as np
import pytest
from scipy import integrate, special, stats
from scipy.stats import qmc

from sim.domains.factory.draws import EXPONENTIAL, WEIBULL, fill, place_of, survival
from sim.domains.factory.oee import Oee
from sim.domains.factory.wear import Hazard, Lifetime
from sim.domains.factory.wear_paths import GammaProcess, Wiener
from sim.laws import from_data
from sim.noise import Noise

RUNS, POINTS = 32, 2**12


class Given:
    """Numbers that are given, one after the other."""

    def __init__(self, values=()):
        self.load(values)

    def load(self, values):
        self._values = iter(values)

    def next(self, t):
        return next(self._values)


def points(dimension, n=POINTS):
    """Yield (n, dimension) uniforms, RUNS times."""
    for run in range(RUNS):
        found = qmc.Sobol(dimension, rng=np.random.default_rng(run)).random(n)
        yield np.clip(found, 2.0**-54, 1.0 - 2.0**-53)


def agrees(values, exact, *, within=0.01):
    error = np.std(values, ddof=1) / math.sqrt(len(values))
    assert 3.5 * error <= within * exact, f"too coarse: {error:.3g} for {exact:.6g}"
    assert abs(np.mean(values) - exact) <= 3.5 * error + 1e-12, (
        f"{np.mean(values):.8g} +- {error:.2g}, not {exact}"
    )
    return True


def lives(process, span=math.inf):
    """Return POINTS ages at failure of a component that is renewed; inf for those beyond a span."""
    found = np.empty(POINTS)
    for i in range(POINTS):
        found[i] = process.ahead(span, 0.0)
        process.renew(0.0, 0.0)
    return found


def lifetimes(shape, scale):
    law = from_data({"weibull": [shape, scale]})
    return np.array([lives(Lifetime(law, Given(u[:, 0].tolist()))) for u in points(1)])


@pytest.mark.parametrize(
    ("shape", "scale", "mean", "sd", "survival", "tenth"),
    [
        (0.7, 1000.0, 1265.82350606, 1851.17140040, 0.8191187338, 40.16294528),
        (1.5, 1000.0, 902.74529295, 612.93579175, 0.9688719943, 223.07552564),
        (2.5, 1000.0, 887.26381750, 379.66654992, 0.9968427171, 406.50992647),
        (3.5, 200.0, 179.94943530, 56.94655440, 0.9154053122, None),
    ],
)
def test_weibull_lives(shape, scale, mean, sd, survival, tenth):
    """Rows 43 to 46: mean, standard deviation, R(100), the age by which a tenth has failed."""
    found = lifetimes(shape, scale)
    assert agrees(found.mean(axis=1), mean)
    assert agrees(found.std(axis=1), sd)
    assert agrees((found > 100.0).mean(axis=1), survival)
    assert agrees((found <= 100.0).mean(axis=1), 1.0 - survival, within=0.05)
    if tenth is not None:
        assert agrees((found <= tenth).mean(axis=1), 0.1)


def test_the_ends_of_weibull_laws():
    """Rows 45 and 46: the age that one in a million does not reach, and the hazard at 100."""
    law = from_data({"weibull": [2.5, 1000.0]})
    (early,) = lives_at(law, [1.0 - 1e-6])
    assert early == pytest.approx(3.98107250, rel=1e-8)
    law = from_data({"weibull": [3.5, 200.0]})
    assert math.exp(law.log_prob(100.0)) / law.sf(100.0) == pytest.approx(3.09359217e-3, rel=1e-8)


def lives_at(law, survivals):
    """Return the ages at failure that belong to chances of living longer."""
    process = Lifetime(law, Given(survivals))
    for _ in survivals:
        yield process.ahead(math.inf, 0.0)
        process.renew(0.0, 0.0)


def test_the_first_of_a_hundred_weibull_lives():
    """Row 47: eta n^(-1/beta) Gamma(1 + 1/beta), of lives drawn from the episode's noise."""
    law = from_data({"weibull": [2.5, 1000.0]})
    out, first = np.empty(100_000), []
    for run in range(RUNS):
        fill(out, WEIBULL, law.scale, 1.0 / law.shape, *Noise(run).arrays, *place_of("part", "life"), 0, 0.0)
        first.append(out.reshape(1000, 100).min(axis=1).mean())
    assert agrees(first, 140.62183843)


def test_age_replacement():
    """Row 48: Weibull(2.5, 1000), costs 1 and 10: T* = 354.574413, and what the two rules cost."""
    best, law = 354.574413, from_data({"weibull": [2.5, 1000.0]})

    def cost(age):
        return (9.0 * float(law.cdf(age)) + 1.0) / integrate.quad(law.sf, 0.0, age)[0]

    ages = np.linspace(best - 1.0, best + 1.0, 2001)
    assert ages[np.argmin([cost(age) for age in ages])] == pytest.approx(best, abs=2e-3)
    found = [lives(Lifetime(law, Given(u[:, 0].tolist())), best) for u in points(1)]
    failed = [np.isfinite(one).mean() for one in found]
    spans = [np.minimum(one, best).mean() for one in found]
    assert agrees(failed, 0.07212960)
    assert agrees([(9.0 * p + 1.0) / span for p, span in zip(failed, spans, strict=True)], 0.0047505468)
    assert agrees(10.0 / lifetimes(2.5, 1000.0).mean(axis=1), 0.0112706050)


def test_a_proportional_hazard():
    """Row 49: exp(0.7) times the hazard of Weibull(2, 1000) has the mean 1000 exp(-0.35) Gamma(1.5)."""
    law = from_data({"weibull": [2.0, 1000.0]})
    ones = [1.0] * (POINTS + 1)
    found = [lives(Hazard(law, Given(u[:, 0].tolist()), [(0.7, Given(ones))])) for u in points(1)]
    assert agrees([one.mean() for one in found], 624.51355915)


def failed(process, rows, age):
    """Return the share of components that have failed by an age, a row of numbers for each.

    Args:
        process: is renewed for each.
        rows: pairs of a `Given` and the (n, k) numbers that it gives each in turn.
    """
    found = 0
    for i in range(len(rows[0][1])):
        for numbers, values in rows:
            numbers.load(values[i])
        process.ahead(age, 0.0)
        found += process.level_at(age) == 1.0
        process.renew(0.0, 0.0)
    return found / len(rows[0][1])


def brownian(u, step):
    """Return Brownian wear that is looked at after a step, and what it draws on."""
    z, touches, shapes = Given(), Given(), Given()
    process = Wiener(z, touches, shapes, drift=0.5, spread=1.0, limit=50.0, step=step)
    normals = special.ndtri(u[:, [0, 2]])
    return process, [
        (z, normals[:, :1].tolist()),
        (touches, u[:, [1, 3]].tolist()),
        (shapes, normals[:, 1:].tolist()),
    ]


@pytest.mark.parametrize(("age", "exact", "top"), [(60.0, 6.2770602272e-3, 0.05), (80.0, 0.1527941838, 1.0)])
def test_brownian_wear_fails_early_as_often_as_it_should(age, exact, top):
    """Row 52: inverse Gaussian, P(T <= 60) and P(T <= 80), in one step: a grid would see its ends alone.

    Of paths to 60 those that end highest are looked at closely, and the others, which hardly ever touch, less.
    """
    found = []
    for high, low in zip(points(4, 2**12), points(4, 2**8), strict=True):
        high[:, 0], low[:, 0] = 1.0 - top * high[:, 0], (1.0 - top) * low[:, 0]
        found.append(top * failed(*brownian(high, age), age))
        found[-1] += (1.0 - top) * failed(*brownian(low, age), age) if top < 1.0 else 0.0
    assert agrees(found, exact)
    assert stats.norm.sf((50.0 - 0.5 * age) / math.sqrt(age)) < 0.9 * exact


def ages(process, rows, span):
    """Return the ages at failure of components, a row of numbers for each, as in `failed`."""
    found = np.empty(len(rows[0][1]))
    for i in range(len(found)):
        for numbers, values in rows:
            numbers.load(values[i])
        found[i] = process.ahead(span, 0.0)
        process.renew(0.0, 0.0)
    return found


def test_brownian_wear_fails_at_the_mean_age_and_scatters_as_much():
    """Row 52: 100 and 20."""
    found = [ages(*brownian(u, 400.0), 400.0) for u in points(4)]
    assert agrees([one.mean() for one in found], 100.0)
    assert agrees([one.std() for one in found], 20.0)


def jumping(u, step):
    """Return gamma wear that is looked at after a step, and what it draws on."""
    grown, halves = Given(), Given()
    process = GammaProcess(grown, halves, rate=1.0, limit=50.0, step=step)
    return process, [(grown, special.gammaincinv(step, u[:, :1]).tolist()), (halves, u[:, 1:].tolist())]


@pytest.mark.parametrize(
    ("age", "exact", "top", "n"),
    [
        (30.0, 9.1682886146e-4, 0.01, 2**12),
        (40.0, 6.4570368921e-2, 1.0, 2**10),
        (50.0, 0.4811916845, 1.0, 2**10),
    ],
)
def test_gamma_wear_fails_early_as_often_as_it_should(age, exact, top, n):
    """Row 53: shape 1 per time, scale 1, limit 50; the halves tell where in the step, not whether.

    Of rare failures the largest increments are looked at alone: no smaller one gets there.
    """

    def failing(u):
        return failed(*jumping(np.column_stack([u, np.full((len(u), 10), 0.5)]), age), age)

    found = [top * failing(np.maximum(1.0 - top * u, 2.0**-54)) for u in points(1, n)]
    assert agrees(found, exact)
    assert failing(np.array([[max(1.0 - top, 2.0**-54)]])) == 0.0


def test_gamma_wear_fails_at_the_mean_age():
    """Row 53: 50.5; a crossing is known to a thousandth of a step, from above."""
    exact, _ = integrate.quad(lambda t: special.gammainc(t, 50.0), 0.0, 200.0)
    assert exact == pytest.approx(50.5, abs=2e-4)
    found = [ages(*jumping(u, 100.0), 100.0).mean() - 0.5 * 100.0 / 1024.0 for u in points(11, 2**10)]
    assert agrees(found, 50.5)


def test_the_last_of_a_thousand_exponential_lives():
    """Rows 56 and 57: mean the thousandth harmonic number, standard deviation, P(max > 20)."""
    out, means, sds = np.empty(1_000_000), [], []
    for run in range(RUNS):
        last = []
        for part in range(5):
            fill(out, EXPONENTIAL, 1.0, 0.0, *Noise(run).arrays, *place_of(f"part_{part}", "life"), 0, 0.0)
            last.append(out.reshape(-1, 1000).max(axis=1))
        means.append(np.mean(last))
        sds.append(np.std(last))
    assert agrees(means, 7.4854708606)
    assert agrees(sds, 1.2821601174)
    above = survival(EXPONENTIAL, 1.0, 0.0, 20.0)
    assert -math.expm1(1000.0 * math.log1p(-above)) == pytest.approx(2.0611515004e-6, rel=1e-9)
    # row 57: less ln 1000 it is nearly a Gumbel law, whose mean is Euler's constant
    assert agrees(np.array(means) - math.log(1000.0), 0.5772156649 + 0.5e-3, within=0.025)
    for quantile, rest in ((4.6001492268, 0.01), (6.9072550705, 0.001)):
        above = survival(EXPONENTIAL, 1.0, 0.0, quantile + math.log(1000.0))
        assert -math.expm1(1000.0 * math.log1p(-above)) == pytest.approx(rest, rel=1e-4)


def test_effectiveness_is_the_product_of_its_three():
    """Row 59: 0.9 x 0.95 x 0.99 = 0.84645, and good count times ideal cycle over planned time."""
    one = Oee(planned=1000.0, running=900.0, ideal=0.95, made=900, good=891)
    assert (one.availability, one.performance, one.quality) == pytest.approx((0.9, 0.95, 0.99))
    assert one.oee == pytest.approx(0.84645, rel=1e-12)
    assert one.oee == pytest.approx(one.availability * one.performance * one.quality, rel=1e-12)
