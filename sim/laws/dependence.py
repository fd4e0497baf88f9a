"""Dependence between quantities: the Gaussian copula."""

from __future__ import annotations

import math
import operator
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from sim.laws.base import LawError, clamp
from sim.laws.checks import finite
from sim.laws.elementary import SCALARS
from sim.laws.gaussian import normal_cdf, normal_quantile
from sim.lazy import np

__all__ = ["GaussianCopula"]

_LEAST, _MOST = 2.0**-1000, 1.0 - 2.0**-53
"""Bounds that keep a correlated uniform inside (0, 1)."""
_LEAST_EIGENVALUE = 1e-10


@dataclass(frozen=True)
class GaussianCopula:
    """Couples quantities through correlated standard normals and leaves the law of each alone.

    Independent uniforms u become normals z, then L z with L L^T the correlation (Cholesky), then uniforms
    again: a Rosenblatt map, so that a draw stays a point of the unit cube. The first quantity keeps its u.

    Args:
        of: names of the d quantities.
        correlation: (d, d) correlation of the latent normals.
    """

    of: tuple[str, ...]
    correlation: tuple[tuple[float, ...], ...]

    def __post_init__(self) -> None:
        """Refuse names that repeat and a matrix that is no correlation."""
        if len(self.of) < 2 or len(set(self.of)) != len(self.of):
            raise LawError("of", "expected two or more different quantities")
        _check_correlation(self.correlation, len(self.of))

    @classmethod
    def exchangeable(cls, of: Sequence[str], rho: float) -> GaussianCopula:
        """Return the copula with one correlation rho for every pair.

        Raises:
            LawError: rho is not in (-1 / (d - 1), 1), or names repeat.
        """
        least = -1.0 / max(len(of) - 1, 1)
        if not least < finite("rho", rho) < 1.0:
            raise LawError("rho", f"must lie between {least:g} and 1, ends excluded, got {rho:g}")
        count = range(len(of))
        return cls(tuple(of), tuple(tuple(1.0 if i == j else float(rho) for j in count) for i in count))

    @cached_property
    def _factor(self) -> tuple[tuple[float, ...], ...]:
        """The lower Cholesky factor L."""
        return _cholesky(self.correlation)

    @cached_property
    def _log_determinant(self) -> float:
        return 2.0 * math.fsum(math.log(row[i]) for i, row in enumerate(self._factor))

    def correlate(self, u: Sequence[Any]) -> tuple[Any, ...]:
        """Return d dependent uniforms from d independent ones; floats or arrays, bit for bit the same.

        Args:
            u: d floats in (0, 1), or d arrays of one shape.
        """
        z = [normal_quantile(one) for one in u]
        latent = [_combined(row, z) for row in self._factor[1:]]
        return (u[0], *(_kind_of(u[0], clamp(normal_cdf(x), _LEAST, _MOST)) for x in latent))

    def decorrelate(self, v: Sequence[Any]) -> tuple[Any, ...]:
        """Return the d independent uniforms from which `correlate` makes v."""
        z: list[Any] = []
        for row, x in zip(self._factor, (normal_quantile(one) for one in v), strict=True):
            z.append((x - _combined(row, z)) / row[len(z)] if z else x)
        return (v[0], *(_kind_of(v[0], clamp(normal_cdf(x), _LEAST, _MOST)) for x in z[1:]))

    def log_density(self, v: Sequence[Any]) -> Any:
        """Return the log of the copula density at d dependent uniforms.

        Beside the sum of the marginals' `log_prob` this makes the joint log-density.
        """
        x = [normal_quantile(one) for one in v]
        z: list[Any] = []
        for row, one in zip(self._factor, x, strict=True):
            z.append((one - _combined(row, z)) / row[len(z)] if z else one)
        squares = sum(one * one for one in x) - sum(one * one for one in z)
        return _kind_of(v[0], 0.5 * (squares - self._log_determinant))

    def to_data(self) -> Any:
        """Return {gaussian_copula: {of, correlation}}."""
        return {
            "gaussian_copula": {"of": list(self.of), "correlation": [list(row) for row in self.correlation]}
        }


def _combined(row: Sequence[float], z: Sequence[Any]) -> Any:
    """Return the sum of row * z over the leading entries, in one fixed order for floats and arrays alike."""
    total = row[0] * z[0]
    for weight, one in zip(row[1:], z[1:], strict=False):
        total = total + weight * one
    return total


def _kind_of(like: Any, x: Any) -> Any:
    return float(x) if isinstance(like, SCALARS) else x


def _check_correlation(rows: tuple[tuple[float, ...], ...], size: int) -> None:
    if len(rows) != size or any(len(row) != size for row in rows):
        raise LawError("correlation", f"expected {size} rows of {size} numbers")
    entries = {(i, j): finite("correlation", one) for i, row in enumerate(rows) for j, one in enumerate(row)}
    if any(one != entries[j, i] for (i, j), one in entries.items()):
        raise LawError("correlation", "must be symmetric")
    if any(entries[i, i] != 1.0 for i in range(size)):
        raise LawError("correlation", "must have ones on its diagonal")
    if any(abs(one) > 1.0 for one in entries.values()):
        raise LawError("correlation", "entries must lie in [-1, 1]")
    try:
        _cholesky(
            [[one - _LEAST_EIGENVALUE * (i == j) for j, one in enumerate(row)] for i, row in enumerate(rows)]
        )
    except ArithmeticError:
        least = float(np.linalg.eigvalsh(np.array(rows, float))[0])
        message = f"must be positive definite; its least eigenvalue is {least:.3g}"
        raise LawError("correlation", message) from None


def _cholesky(matrix: Sequence[Sequence[float]]) -> tuple[tuple[float, ...], ...]:
    """Return the lower factor of a symmetric matrix: few rows, for which NumPy would take longer to import.

    Raises:
        ArithmeticError: the matrix is not positive definite.
    """
    factor: list[list[float]] = []
    for i, row in enumerate(matrix):
        made: list[float] = []
        for j in range(i):
            made.append((row[j] - math.fsum(map(operator.mul, made, factor[j]))) / factor[j][j])
        pivot = row[i] - math.fsum(one * one for one in made)
        if not pivot > 0.0:
            raise ArithmeticError("not positive definite")
        factor.append([*made, math.sqrt(pivot)])
    return tuple((*row, *(0.0,) * (len(matrix) - len(row))) for row in factor)
