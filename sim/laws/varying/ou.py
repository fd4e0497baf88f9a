"""Noise around a mean: the stationary Gaussian process whose correlation decays exponentially."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from sim.laws.base import Array, LawError, special
from sim.laws.checks import finite, positive
from sim.laws.normal import Normal
from sim.laws.truncated import truncate
from sim.laws.varying.base import Path, VaryingArgument, VaryingKind
from sim.lazy import np
from sim.noise import Noise, address, entity_hash

__all__ = ["KIND", "OrnsteinUhlenbeck"]

_BEYOND = 8.5
"""Standard deviations beyond which a bound takes less probability than a uniform of 53 bits can show."""


@dataclass(frozen=True)
class OrnsteinUhlenbeck:
    """The Ornstein-Uhlenbeck process, dx = (mean - x) dt / time_constant + std sqrt(2 / time_constant) dW.

    Between bounds it is the process with the normal law truncated to them as its stationary law: every value of
    the plain process is replaced by that of the same probability.

    Args:
        mean: the mean it returns to.
        std: standard deviation of the stationary law.
        time_constant: time after which the correlation has fallen to 1/e [s].
        start: value at the first moment; None draws it from the stationary law.
        least, most: the bounds; infinite for none.

    Source: Gillespie (1996), exact numerical simulation of the Ornstein-Uhlenbeck process.
    """

    mean: float
    std: float
    time_constant: float
    start: float | None = None
    least: float = -math.inf
    most: float = math.inf

    def __post_init__(self) -> None:
        """Refuse arguments that make it impossible."""
        finite("mean", self.mean)
        positive("std", self.std)
        positive("time_constant", self.time_constant)
        if not self.least < self.most:
            raise LawError("within", "the lower end must lie below the upper")
        if self.start is not None and not self.least < finite("start", self.start) < self.most:
            raise LawError("start", f"{self.start:g} does not lie between the bounds")
        _ = self._stationary  # bounds that leave nothing are told now

    @property
    def low(self) -> float:
        """The least value."""
        return self.least

    @property
    def high(self) -> float:
        """The greatest value."""
        return self.most

    @cached_property
    def _stationary(self) -> Any:
        """The stationary law where its bounds matter, else None."""
        near = min(self.mean - self.least, self.most - self.mean) / self.std
        return None if near > _BEYOND else truncate(Normal(self.mean, self.std), self.least, self.most)

    def path(self, times: Array, noise: Noise, entity: str, stream: str, *, since: float = 0.0) -> Path:
        """Return the path: exact in law at the times asked for."""
        from sim.laws.varying.kernels import ou_path

        z = np.empty(len(times))
        start = math.nan if self.start is None else self._latent(self.start)
        where, whose = np.uint64(address(entity, stream)), np.uint64(entity_hash(entity))
        ou_path(times, self.time_constant, start, *noise.arrays, where, whose, z)
        if self._stationary is None:
            return Path(times, np.clip(self.mean + self.std * z, self.least, self.most))
        tails = special().ndtr(-np.abs(z))  # the smaller tail keeps its digits
        below, above = self._stationary.ppf(tails), self._stationary.isf(tails)
        return Path(times, np.where(z < 0.0, below, above))

    def _latent(self, value: float) -> float:
        if self._stationary is None:
            return (value - self.mean) / self.std
        p, q = self._stationary.cdf(value), self._stationary.sf(value)
        return float(special().ndtri(p)) if p < q else -float(special().ndtri(q))


def _build(arguments: Mapping[str, Any]) -> OrnsteinUhlenbeck:
    times, plus = arguments.get("times", 1.0), arguments.get("plus", 0.0)
    if times == 0.0:
        raise LawError("times", "must not be 0")
    least, most = arguments.get("within", (-math.inf, math.inf))
    start = arguments.get("start")
    return OrnsteinUhlenbeck(
        mean=plus + times * finite("mean", arguments["mean"]),
        std=abs(times) * positive("std", arguments["std"]),
        time_constant=arguments["time_constant"],
        start=None if start is None else plus + times * start,
        least=least,
        most=most,
    )


KIND = VaryingKind(
    name="ou",
    doc="Noise around a mean that it returns to: an Ornstein-Uhlenbeck process, stationary from the start.",
    example="{ou: {mean: 30 m/s, std: 1 m/s, time_constant: 8 s}}",
    arguments=(
        VaryingArgument("mean", "value", "the mean", required=True),
        VaryingArgument(
            "std", "spread", "the standard deviation of the stationary law, above 0", required=True
        ),
        VaryingArgument(
            "time_constant", "seconds", "the time after which the correlation is 1/e", required=True
        ),
        VaryingArgument("start", "value", "the value at the start; drawn from the stationary law unless given"),
    ),
    build=_build,
)
