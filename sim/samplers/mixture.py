"""A proposal: the natural law plus Gaussians in normal scores times probabilities of categories.

q(z) = a0 p(z) + (1 - a0) sum_k w_k N(B^T z; m_k, S_k) prod_j q_kj(c_j), natural in every other direction. With
a0 > 0 the likelihood ratio p / q is at most 1 / a0 (defensive mixture: Hesterberg 1995; Owen 2013, Monte Carlo
theory, methods and examples, section 9.11).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sim.geometry import Array
from sim.samplers.points import Stream, scores_of, uniforms_of

__all__ = ["Frame", "Gaussians", "Mixture", "merged"]


@dataclass(frozen=True, eq=False)
class Frame:
    """Which part of z a proposal acts on.

    Args:
        choices: coordinate -> natural probabilities of its categories.
        continuous: the other coordinates.
        basis: (len(continuous), r) orthonormal directions.
    """

    choices: Mapping[int, tuple[float, ...]]
    continuous: tuple[int, ...]
    basis: Array

    @classmethod
    def of(cls, dimension: int, choices: Mapping[int, tuple[float, ...]]) -> Frame:
        """Return the frame of all coordinates."""
        continuous = tuple(i for i in range(dimension) if i not in choices)
        return cls(dict(sorted(choices.items())), continuous, np.eye(len(continuous)))

    def along(self, basis: Array) -> Frame:
        """Return the frame with other directions of the same coordinates."""
        return Frame(self.choices, self.continuous, basis)

    def reduced(self, z: Array) -> Array:
        """Return (n, r) coordinates of z along the basis."""
        return np.asarray(z[:, list(self.continuous)] @ self.basis, np.float64)

    def categories(self, z: Array) -> NDArray[np.intp]:
        """Return (n, J) the categories of all choices."""
        found = np.empty((len(z), len(self.choices)), np.intp)
        for j, (place, probabilities) in enumerate(self.choices.items()):
            found[:, j] = np.searchsorted(np.cumsum(probabilities)[:-1], uniforms_of(z[:, place]), side="left")
        return found

    def with_categories(self, z: Array, categories: NDArray[np.intp], stream: Stream) -> Array:
        """Return z with each choice at a natural place within its category."""
        z = z.copy()
        for j, (place, probabilities) in enumerate(self.choices.items()):
            ends = np.concatenate(([0.0], np.cumsum(probabilities)))
            ends[-1] = 1.0
            low, high = ends[categories[:, j]], ends[categories[:, j] + 1]
            u = low + stream.uniforms(len(z)) * (high - low)
            z[:, place] = scores_of(np.clip(u, np.nextafter(low, 1.0), np.nextafter(high, 0.0)))
        return z


@dataclass(frozen=True, eq=False)
class Gaussians:
    """K components.

    Args:
        shares: (K,) summing to 1.
        means: (K, r).
        covariances: (K, r, r).
        categories: per choice (K, categories) probabilities.
    """

    shares: Array
    means: Array
    covariances: Array
    categories: tuple[Array, ...]

    @cached_property
    def factors(self) -> Array:
        """(K, r, r) lower Cholesky factors."""
        return np.asarray(np.linalg.cholesky(self.covariances), np.float64)

    def log_ratios(
        self, y: Array, categories: NDArray[np.intp], natural: Sequence[Sequence[float] | Array]
    ) -> Array:
        """Return (n, K) log of component density over natural density, shares included."""
        found = np.empty((len(y), len(self.shares)))
        squares = 0.5 * np.sum(y * y, axis=1)
        for k, (mean, factor) in enumerate(zip(self.means, self.factors, strict=True)):
            scaled = np.linalg.solve(factor, (y - mean).T)
            log_det = float(np.sum(np.log(np.diag(factor))))
            found[:, k] = squares - 0.5 * np.sum(scaled * scaled, axis=0) - log_det
        with np.errstate(divide="ignore", invalid="ignore"):  # 0 / 0 for categories that never occur
            found += np.log(self.shares)
            for j, (mine, theirs) in enumerate(zip(self.categories, natural, strict=True)):
                ratio = np.log(mine) - np.log(np.asarray(theirs))
                found += ratio[:, categories[:, j]].T
        return found


def merged(parts: Sequence[tuple[float, Gaussians]]) -> Gaussians:
    """Return one set of components from several, with the share of each."""
    total = sum(share for share, _ in parts)
    return Gaussians(
        np.concatenate([share / total * one.shares for share, one in parts]),
        np.concatenate([one.means for _, one in parts]),
        np.concatenate([one.covariances for _, one in parts]),
        tuple(
            np.concatenate([one.categories[j] for _, one in parts]) for j in range(len(parts[0][1].categories))
        ),
    )


@dataclass(frozen=True, eq=False)
class Mixture:
    """A proposal one can draw from and whose likelihood ratio is known.

    Args:
        frame: what it acts on.
        parts: its components.
        natural: share a0 of the natural law.
    """

    frame: Frame
    parts: Gaussians
    natural: float

    def draw(self, n: int, dimension: int, stream: Stream) -> Array:
        """Return (n, dimension) independent draws."""
        z = stream.normals(n, dimension)
        u = stream.uniforms(n)
        which = stream.categories(self.parts.shares, n)
        moved = np.flatnonzero(u >= self.natural)
        k = which[moved]
        frame, parts = self.frame, self.parts
        y = frame.reduced(z[moved])
        wanted = parts.means[k] + np.einsum("nij,nj->ni", parts.factors[k], y)
        places = np.array(frame.continuous, np.intp)
        if len(places):
            z[np.ix_(moved, places)] += (wanted - y) @ frame.basis.T
        if frame.choices:
            chosen = np.empty((len(moved), len(frame.choices)), np.intp)
            for j, table in enumerate(parts.categories):
                ends = np.cumsum(table, axis=1)[k]
                position = stream.uniforms(len(moved))[:, None] * ends[:, -1:]
                chosen[:, j] = np.minimum(np.sum(ends <= position, axis=1), table.shape[1] - 1)
            z[moved] = frame.with_categories(z[moved], chosen, stream)
        return z

    def log_lr(self, z: Array) -> Array:
        """Return (n,) log of natural over proposal density."""
        frame = self.frame
        ratios = self.parts.log_ratios(frame.reduced(z), frame.categories(z), list(frame.choices.values()))
        top = ratios.max(axis=1)
        mixed = top + np.log(np.exp(ratios - top[:, None]).sum(axis=1))
        return np.asarray(-np.logaddexp(np.log(self.natural), np.log1p(-self.natural) + mixed), np.float64)

    def to_data(self) -> dict[str, Any]:
        """Return plain data."""
        return {
            "choices": {str(place): list(law) for place, law in self.frame.choices.items()},
            "continuous": list(self.frame.continuous),
            "basis": self.frame.basis.tolist(),
            "natural": self.natural,
            "shares": self.parts.shares.tolist(),
            "means": self.parts.means.tolist(),
            "covariances": self.parts.covariances.tolist(),
            "categories": [table.tolist() for table in self.parts.categories],
        }

    @classmethod
    def from_data(cls, data: Mapping[str, Any]) -> Mixture:
        """Return what `to_data` described."""
        # files sort keys as words, "10" before "9"; the tables of categories stand in the order of places
        choices = dict(sorted((int(place), tuple(law)) for place, law in data["choices"].items()))
        k, r = len(data["shares"]), len(data["means"][0])
        basis = np.array(data["basis"], np.float64).reshape(len(data["continuous"]), r)
        frame = Frame(choices, tuple(data["continuous"]), basis)
        return cls(
            frame,
            Gaussians(
                np.array(data["shares"]),
                np.array(data["means"], np.float64).reshape(k, r),
                np.array(data["covariances"], np.float64).reshape(k, r, r),
                tuple(np.array(table) for table in data["categories"]),
            ),
            data["natural"],
        )
