"""Queues whose overflow has an exact probability, simulated by SimPy from addressed noise.

An episode starts with one customer at the first server and ends when the system is empty or a count has reached
its level. The score is the largest count so far minus the level, a running maximum of the past, so that all
noise used after a level was reached may be redrawn. Every number is read with the moment at which it is used;
times are exponential, so that what is left of one at the moment of a redraw may be drawn anew as well. Else all
that a state grows into would go on with the same next arrival and the same services under way.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Literal

import numba as nb
import numpy as np
import simpy
from numpy.typing import NDArray

from sim.noise import Draw, Noise, address, entity_hash, hash64
from sim.noise_kernels import uniform_at
from sim.recording import Outcome

__all__ = ["QUEUES", "Queue", "Reader"]

_BLOCK = 16


@nb.njit(cache=True, nogil=True)
def _gaps(
    key: np.uint64, edit_keys: np.ndarray, edit_entities: np.ndarray, edit_times: np.ndarray,
    edit_betas: np.ndarray, where: np.uint64, entity: np.uint64, start: int, t: float,
) -> np.ndarray:  # fmt: skip
    """Return a block of unit exponentials from `start` on, as they are if used at t."""
    found = np.empty(_BLOCK)
    for i in range(_BLOCK):
        u = uniform_at(
            key, edit_keys, edit_entities, edit_times, edit_betas, where, entity, start + i, t
        )  # fmt: skip
        found[i] = -math.log(u)
    return found


@lru_cache(maxsize=64)
def _place(entity: str, stream: str) -> tuple[np.uint64, np.uint64]:
    """Return what kernels know a stream by; hashing it anew in every episode would cost more than a block."""
    return np.uint64(address(entity, stream)), np.uint64(entity_hash(entity))


class Reader:
    """Reads unit exponentials of one stream in order.

    What stands at an index changes only when an edit begins to apply, so numbers are made in blocks that are
    thrown away at those moments: one compiled call per block instead of one per number.
    """

    def __init__(self, noise: Noise, entity: str, stream: str) -> None:
        self._arrays = noise.arrays
        self._place = _place(entity, stream)
        self._changes = sorted({edit.t for edit in noise.lineage if edit.entity in (None, entity)})
        self._at = 0
        self._block: Sequence[float] = ()
        self._first = 0
        self._until = -math.inf

    def next(self, t: float) -> float:
        """Return the next number, used at t; moments never go back."""
        if t >= self._until or self._at - self._first == len(self._block):
            self._first = self._at
            self._block = _gaps(*self._arrays, *self._place, self._at, t).tolist()
            self._until = next((change for change in self._changes if change > t), math.inf)
        value = self._block[self._at - self._first]
        self._at += 1
        return value

    def lasts(self, env: simpy.Environment, mean: float) -> Iterator[Any]:
        """Wait for an exponential time; what is left of it when its number changes is drawn anew."""
        t = env.now
        rest = mean * self.next(t)
        for change in self._changes:
            if change <= t:
                continue
            if t + rest <= change:
                break
            yield env.timeout(max(change - env.now, 0.0))
            t = change  # the clock may be a rounding off
            self._at -= 1
            rest = mean * self.next(t)
        yield env.timeout(max(t + rest - env.now, 0.0))


class _Server:
    """A line of customers and the process that serves them one by one."""

    def __init__(self, env: simpy.Environment, services: Reader, mean: float) -> None:
        self.count = 0
        self._env = env
        self._services = services
        self._mean = mean
        self._idle: Any = None

    def join(self) -> None:
        """Take a customer; begin to serve if nobody is served."""
        self.count += 1
        if self._idle is not None:
            idle, self._idle = self._idle, None
            idle.succeed()

    def work(self, leave: Any) -> Iterator[Any]:
        """Serve for ever; `leave` is called when a customer has been served."""
        env = self._env
        while True:
            if not self.count:
                self._idle = env.event()
                yield self._idle
            yield from self._services.lasts(env, self._mean)
            self.count -= 1
            leave()


@dataclass(frozen=True)
class Queue:
    """One or two servers in a row with Poisson arrivals, as a population of draws and their score.

    Args:
        level: count at which the event has happened.
        arrival: rate of arrivals.
        services: rate of each server.
        counted: "all" customers, or those at the "last" server.
        p: exact probability of reaching the level before the system is empty.
    """

    name: str
    level: int
    arrival: float
    services: tuple[float, ...]
    p: float
    counted: Literal["all", "last"] = "all"
    derivation: str = "exact.tandem"
    target = "reached"
    dimension = 0
    is_clocked = False
    is_conditioned = False
    modes = ()

    @property
    def choices(self) -> dict[int, tuple[float, ...]]:
        """No coordinate is a choice: all noise is addressed."""
        return {}

    @property
    def entities(self) -> tuple[str, ...]:
        """Whose noise may be redrawn alone."""
        return ("arrivals", *(f"server_{i}" for i in range(len(self.services))))

    @property
    def crude(self) -> float:
        """Calls times relative mean squared error of crude Monte Carlo."""
        return (1.0 - self.p) / self.p

    def nominal_batch(self, seed: int, start: int, stop: int) -> list[Draw]:
        """Return the nominal draws start, …, stop - 1."""
        return [Draw(hash64(seed, index), ()) for index in range(start, stop)]

    def meets_constraints(self, u: NDArray[np.float64]) -> NDArray[np.bool_]:
        """There are none."""
        return np.ones(len(u), bool)

    def score(self, draw: Draw) -> Outcome:
        """Run one episode."""
        times, counts = self._run(draw.noise)
        score = float(counts[-1] - self.level)
        happened = times[-1] if score >= 0 else math.nan
        curve = tuple(times), tuple(float(n - self.level) for n in counts)
        return Outcome(
            {"reached": score}, {"reached": happened}, {"reached": times[-1]}, {}, "", {"reached": curve}
        )

    def _run(self, noise: Noise) -> tuple[list[float], list[int]]:
        """Return the moments at which the largest count so far grew, and to what."""
        env = simpy.Environment()
        servers = [
            _Server(env, Reader(noise, f"server_{i}", "service"), 1.0 / rate)
            for i, rate in enumerate(self.services)
        ]
        first, last = servers[0], servers[-1]
        first.count = 1
        counts_all = self.counted == "all"
        times, counts = [0.0], [1 if counts_all or first is last else 0]
        gaps = Reader(noise, "arrivals", "gap")
        alive = True

        def changed() -> None:
            nonlocal alive
            everyone = 0
            for server in servers:
                everyone += server.count
            count = everyone if counts_all else last.count
            if count > counts[-1]:
                times.append(env.now)
                counts.append(count)
            alive = everyone > 0 and count < self.level

        def arrive() -> Iterator[Any]:
            while True:
                yield from gaps.lasts(env, 1.0 / self.arrival)
                first.join()
                changed()

        def handed_on(to: _Server) -> Any:
            def leave() -> None:
                to.join()
                changed()

            return leave

        env.process(arrive())
        for server, following in zip(servers, [*servers[1:], None], strict=True):
            env.process(server.work(handed_on(following) if following else changed))
        while alive:
            env.step()
        return times, counts


QUEUES: dict[str, Queue] = {
    one.name: one
    for one in (
        Queue("mm1_K15", 15, 0.3, (0.7,), 4.0298443282499304e-06, derivation="exact.mm1"),
        Queue("tandem_total_20", 20, 0.2, (0.4, 0.4), 1.8119348501633117e-05),
        Queue("tandem_second_10", 10, 0.1, (0.55, 0.35), 1.1076675002816586e-05, counted="last"),
    )
}
"""Problems whose noise is all addressed."""
