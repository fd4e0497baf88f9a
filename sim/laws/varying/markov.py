"""A chain of states: each is held for an exponential time, then another follows."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from sim.laws.base import Array, LawError
from sim.laws.checks import finite
from sim.laws.varying.base import Path, VaryingArgument, VaryingKind
from sim.lazy import np
from sim.noise import Noise, address, entity_hash

__all__ = ["KIND", "Markov"]

State = str | float


@dataclass(frozen=True)
class Markov:
    """A continuous-time Markov chain.

    Args:
        states: words, or numbers in SI.
        rates: (n, n) rates of change from row to column [1/s]; the diagonal is 0.
        start: probability of each state at the start; None is the stationary law.
    """

    states: tuple[State, ...]
    rates: tuple[tuple[float, ...], ...]
    start: tuple[float, ...] | None = None

    def __post_init__(self) -> None:
        """Refuse chains that cannot be."""
        if self.start is not None and abs(math.fsum(self.start) - 1.0) > 1e-9:
            raise LawError("start", f"the probabilities sum to {math.fsum(self.start):.9g}, not to 1")
        _ = self._start

    @property
    def is_numeric(self) -> bool:
        """Whether its values are numbers."""
        return not isinstance(self.states[0], str)

    @property
    def low(self) -> float:
        """The least state; NaN for words."""
        return min(float(one) for one in self.states) if self.is_numeric else math.nan

    @property
    def high(self) -> float:
        """The greatest state; NaN for words."""
        return max(float(one) for one in self.states) if self.is_numeric else math.nan

    @cached_property
    def stationary(self) -> Array:
        """(n,) the share of time in each state in the long run.

        Raises:
            LawError: it depends on the start, because some states never reach others.
        """
        rates = np.array(self.rates)
        flow = rates - np.diag(rates.sum(axis=1))
        system = np.vstack([flow.T, np.ones(len(flow))])
        # scaled by the largest rate, so that slow chains are as well conditioned as fast ones
        system[:-1] /= max(rates.max(), 1e-300)
        shares, _, rank, _ = np.linalg.lstsq(system, np.append(np.zeros(len(flow)), 1.0), rcond=1e-12)
        if rank < len(flow):
            raise LawError("start", "is needed: not every state can be reached from every other")
        found: Array = np.maximum(shares, 0.0)
        found /= found.sum()
        return found

    @cached_property
    def _start(self) -> Array:
        return np.cumsum(self.stationary if self.start is None else self.start)

    @cached_property
    def _tables(self) -> tuple[Array, Array, np.ndarray]:
        """Rate of leaving each state, cumulative probabilities of what follows, the states as an array."""
        rates = np.array(self.rates)
        leaving = rates.sum(axis=1)
        following = np.cumsum(rates, axis=1) / np.where(leaving > 0.0, leaving, 1.0)[:, None]
        return leaving, following, np.array(self.states)

    def path(self, times: Array, noise: Noise, entity: str, stream: str, *, since: float = 0.0) -> Path:
        """Return the path: its jumps, at their own moments."""
        from sim.laws.varying.kernels import markov_path

        leaving, following, states = self._tables
        where, whose = np.uint64(address(entity, stream)), np.uint64(entity_hash(entity))
        room, count = 64, -1
        while count < 0:
            room *= 4
            moments, numbers = np.empty(room), np.empty(room, np.int64)
            count = markov_path(
                times, leaving, following, self._start, *noise.arrays, where, whose, moments, numbers
            )
        return Path(moments[:count], states[numbers[:count]])


def _build(arguments: Mapping[str, Any]) -> Markov:
    if ("rates" in arguments) == ("dwell" in arguments):
        raise LawError(None, "markov takes dwell, or rates")
    listed = arguments["rates"] if "rates" in arguments else arguments["dwell"]
    others = [word for row in arguments.get("rates", {}).values() for word in row]
    states = tuple(dict.fromkeys([*listed, *others]))
    if len(states) < 2:
        raise LawError(None, "a chain has at least two states")
    rates = _from_rates(arguments["rates"], states) if "rates" in arguments else _from_dwell(arguments, states)
    times, plus = arguments.get("times", 1.0), arguments.get("plus", 0.0)
    values = tuple(one if isinstance(one, str) else plus + times * one for one in states)
    return Markov(values, rates, _start_of(arguments.get("start"), states))


def _from_rates(rows: Mapping[State, Mapping[State, float]], states: tuple[State, ...]) -> Any:
    matrix = []
    for state in states:
        row = rows.get(state, {})
        if state in row:
            raise LawError("rates", f"'{state}' cannot follow itself")
        matrix.append(tuple(_at_least_zero("rates", row.get(other, 0.0)) for other in states))
    return tuple(matrix)


def _from_dwell(arguments: Mapping[str, Any], states: tuple[State, ...]) -> Any:
    dwell, following = arguments["dwell"], arguments.get("next", {})
    for state in following:
        if state not in states:
            raise LawError("next", f"'{state}' has no dwelling time")
    return tuple(_row(state, dwell[state], following.get(state), states) for state in states)


def _row(state: State, dwell: float, following: Any, states: tuple[State, ...]) -> tuple[float, ...]:
    """Return the rates out of one state with a mean dwelling time."""
    if not dwell > 0.0:
        raise LawError("dwell", f"must be positive, got {dwell:g} s for '{state}'")
    if math.isinf(dwell):
        return (0.0,) * len(states)
    if following is None:
        if len(states) > 2:
            raise LawError("next", f"say what follows '{state}': with three states or more it is not plain")
        following = {other: 1.0 for other in states if other != state}
    for other, share in following.items():
        if other not in states:
            raise LawError("next", f"'{other}' has no dwelling time")
        if other == state:
            raise LawError("next", f"'{state}' cannot follow itself: make its dwelling time longer")
        _at_least_zero("next", share)
    total = math.fsum(following.values())
    if abs(total - 1.0) > 1e-6:
        raise LawError("next", f"the probabilities after '{state}' sum to {total:.9g}, not to 1")
    return tuple(following.get(other, 0.0) / total / dwell for other in states)


def _start_of(start: Any, states: tuple[State, ...]) -> tuple[float, ...] | None:
    if start is None:
        return None
    for state, share in start.items():
        if state not in states:
            raise LawError("start", f"'{state}' is none of the states")
        _at_least_zero("start", share)
    return tuple(start.get(state, 0.0) for state in states)


def _at_least_zero(argument: str, value: float) -> float:
    if finite(argument, value) < 0.0:
        raise LawError(argument, f"must be at least 0, got {value:g}")
    return float(value)


KIND = VaryingKind(
    name="markov",
    doc="A chain of states, each held for an exponential time: words, or numbers.",
    example="{markov: {dwell: {free: 2 min, dense: 40 s}}}",
    arguments=(
        VaryingArgument("dwell", "dwell", "the mean time each state is held; inf for one that is never left"),
        VaryingArgument(
            "next", "jumps", "the probabilities of what follows each state; not needed where there are only two"
        ),
        VaryingArgument(
            "rates", "rates", "instead of dwell and next: the rate of each change from state to state"
        ),
        VaryingArgument(
            "start", "weights", "the first state, or the probabilities of it; the stationary law unless given"
        ),
    ),
    build=_build,
    words=True,
)
