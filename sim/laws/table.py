"""The table of laws a scenario may name: one line per family, in the order in which help lists them."""

from __future__ import annotations

from sim.laws import (
    bernoulli,
    beta,
    choice,
    constant,
    empirical,
    exponential,
    gamma,
    geometric,
    given,
    lognormal,
    mixture,
    normal,
    pareto,
    poisson,
    uniform,
    weibull,
)
from sim.laws.base import LawKind

__all__ = ["TABLE", "VARYING"]

TABLE: dict[str, LawKind] = {
    "constant": constant.KIND,
    "uniform": uniform.KIND,
    "normal": normal.KIND,
    "lognormal": lognormal.KIND,
    "exponential": exponential.KIND,
    "gamma": gamma.KIND,
    "beta": beta.KIND,
    "weibull": weibull.KIND,
    "pareto": pareto.KIND,
    "gpd": pareto.GPD_KIND,
    "poisson": poisson.KIND,
    "geometric": geometric.KIND,
    "bernoulli": bernoulli.KIND,
    "choice": choice.KIND,
    "empirical": empirical.KIND,
    "mixture": mixture.KIND,
    "given": given.KIND,
}
"""Name in a scenario -> family."""

VARYING = ("ou", "markov", "profile", "calendar")
"""Names of the laws that vary in time; what they are is `sim.laws.varying`'s, loaded where one stands."""
