"""Laws of quantities: values that know their quantiles, probabilities, densities, moments and spelling.

`TABLE` lists the families a scenario may name. A law is built from arguments in SI (`build`) or from plain data
(`from_data`), of which every law's `to_data` is the inverse. `truncate` and `affine` restrict, shift and scale.
"""

from sim.laws.affine import Affine, affine
from sim.laws.base import Argument, IntegerLaw, Law, LawError, LawKind, NumericLaw
from sim.laws.bernoulli import Bernoulli
from sim.laws.beta import Beta
from sim.laws.choice import Choice
from sim.laws.constant import Constant
from sim.laws.dependence import GaussianCopula
from sim.laws.empirical import Empirical, Histogram, column_values
from sim.laws.exponential import Exponential
from sim.laws.gamma import Gamma
from sim.laws.geometric import Geometric
from sim.laws.given import Given
from sim.laws.lognormal import Lognormal
from sim.laws.mixture import Mixture, mix
from sim.laws.normal import Normal
from sim.laws.pareto import GeneralizedPareto, Pareto
from sim.laws.plain import MODIFIERS, bind, build, check_form, from_data
from sim.laws.poisson import Poisson
from sim.laws.source import LawSource
from sim.laws.table import TABLE
from sim.laws.truncated import Truncated, truncate
from sim.laws.uniform import Uniform
from sim.laws.weibull import Weibull

__all__ = [
    "MODIFIERS",
    "TABLE",
    "Affine",
    "Argument",
    "Bernoulli",
    "Beta",
    "Choice",
    "Constant",
    "Empirical",
    "Exponential",
    "Gamma",
    "GaussianCopula",
    "GeneralizedPareto",
    "Geometric",
    "Given",
    "Histogram",
    "IntegerLaw",
    "Law",
    "LawError",
    "LawKind",
    "LawSource",
    "Lognormal",
    "Mixture",
    "Normal",
    "NumericLaw",
    "Pareto",
    "Poisson",
    "Truncated",
    "Uniform",
    "Weibull",
    "affine",
    "bind",
    "build",
    "check_form",
    "column_values",
    "from_data",
    "mix",
    "truncate",
]
