"""Heat in a machine: bodies that store it, paths that conduct it, stepped exactly whatever the step.

C dT/dt = P(t) - G (T - T_air): the conductance matrix G is symmetric, so scaled by the capacities it has real
modes, and a mode driven by what is linear between two moments has a closed form. Nothing is integrated.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numba as nb
import numpy as np

from sim.geometry import Array

__all__ = ["ThermalNetwork"]


@dataclass(frozen=True)
class ThermalNetwork:
    """Bodies of one temperature each.

    Args:
        capacities: (N,) heat per kelvin [J/K].
        to_air: (N,) conductance to the air [W/K]; at least one is positive.
        links: (i, j, conductance [W/K]) between bodies.
    """

    capacities: Sequence[float]
    to_air: Sequence[float]
    links: Sequence[tuple[int, int, float]] = ()

    @cached_property
    def conductances(self) -> Array:
        """(N, N) what flows out of each body [W] per kelvin of every body over the air."""
        matrix = np.diag(np.asarray(self.to_air, float))
        for i, j, value in self.links:
            matrix[[i, j], [i, j]] += value
            matrix[[i, j], [j, i]] -= value
        return matrix

    @cached_property
    def _modes(self) -> tuple[Array, Array, Array]:
        """(rates, to modes, from modes) of sqrt(C) T."""
        root = np.sqrt(np.asarray(self.capacities, float))
        rates, vectors = np.linalg.eigh(self.conductances / np.outer(root, root))
        return rates, vectors.T / root, (vectors.T / root).T

    @property
    def time_constants(self) -> Array:
        """(N,) time constants [s], the longest first."""
        return 1.0 / self._modes[0]

    def steady(self, powers: Array) -> Array:
        """Return (N,) temperatures over the air at last [K] for (N,) powers [W]."""
        return np.asarray(np.linalg.solve(self.conductances, powers), np.float64)

    def run(self, times: Array, powers: Array, start: Array) -> Array:
        """Return (T, N) temperatures over the air [K], exact for powers that are linear between the moments.

        Args:
            times: (T,) ascending moments [s], at any distance.
            powers: (T, N) heat put into every body [W].
            start: (N,) temperatures over the air at the first moment [K].
        """
        rates, to_modes, from_modes = self._modes
        root_start = np.linalg.solve(from_modes, np.asarray(start, float))
        amplitudes = np.empty((len(times), len(rates)))
        _step(np.asarray(times, float), powers @ to_modes.T, rates, root_start, amplitudes)
        return amplitudes @ from_modes.T


@nb.njit(cache=True, nogil=True)
def _step(times: Array, drives: Array, rates: Array, start: Array, out: Array) -> None:
    """Fill (T, N) amplitudes of modes x' = drive - rate x with drives linear between the moments."""
    for k in range(rates.shape[0]):
        rate, x = rates[k], start[k]
        out[0, k] = x
        for i in range(1, times.shape[0]):
            dt = times[i] - times[i - 1]
            if dt > 0.0:
                gone = -np.expm1(-rate * dt)
                slope = (drives[i, k] - drives[i - 1, k]) / dt
                x += (drives[i - 1, k] / rate - x) * gone + slope / rate * (dt - gone / rate)
            out[i, k] = x
