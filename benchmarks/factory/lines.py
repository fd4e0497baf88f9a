"""Machine-cycles per second of a line of ten machines: our SimPy path, and a line by hand in SimPy, in one run.

python benchmarks/factory/lines.py

Times are of the processor. The compiled kernel has a benchmark of its own, `kernel.py`.
"""

from __future__ import annotations

import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import simpy

from oddsmith.catalog import load_scenario
from sim.domains.base import Setup
from sim.domains.factory.world import World

__all__ = ["by_hand", "ours"]

MACHINES, PLACES, SECONDS = 10, 10, 10_000.0


def by_hand(seed: int) -> float:
    """Return cycles per second of a plain SimPy line: a process per machine, a Store per buffer."""
    env, rng, made = simpy.Environment(), np.random.default_rng(seed), [0]
    buffers = [simpy.Store(env, capacity=PLACES) for _ in range(MACHINES - 1)]

    def machine(i: int) -> Iterator[Any]:
        times = iter(rng.exponential(1.0, 2 * int(SECONDS)).tolist())
        while True:
            if i > 0:
                yield buffers[i - 1].get()
            yield env.timeout(next(times))
            made[0] += 1
            if i < MACHINES - 1:
                yield buffers[i].put(1)

    for i in range(MACHINES):
        env.process(machine(i))
    begun = time.process_time()
    env.run(until=SECONDS)
    return made[0] / (time.process_time() - begun)


def _line() -> str:
    ends = ["s", *(f"b{i}" for i in range(MACHINES - 1)), "e"]
    buffers = "\n".join(f"    - {{id: b{i}, capacity: {PLACES}}}" for i in range(MACHINES - 1))
    machines = "\n".join(
        f"    - {{id: m{i}, from: {ends[i]}, to: {ends[i + 1]}, cycle_time: {{each: {{exponential: 1 s}}}}}}"
        for i in range(MACHINES)
    )
    return (
        f"scenario: factory/line\nduration: {SECONDS} s\nworld:\n  sources: [{{id: s}}]\n  sinks: [{{id: e}}]\n"
        f"  buffers:\n{buffers}\n  machines:\n{machines}\n"
    )


def ours(seed: int) -> float:
    """Return cycles per second of the same line from YAML, run by SimPy, state times included."""
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "line.yaml"
        file.write_text(_line(), "utf-8")
        scenario = load_scenario(str(file))
        draw = scenario.nominal(seed, 0)
        setup = Setup(duration=SECONDS, world=scenario.resolve(draw).world, noise=draw.noise)
    begun = time.process_time()
    world = World(setup)
    world.run()
    return sum(machine.made for machine in world.machines.values()) / (time.process_time() - begun)


if __name__ == "__main__":
    ours(0)  # compile
    for number in range(1, 4):
        mine, hand = ours(number), by_hand(number)
        print(f"ours {mine:9.0f}   by hand {hand:9.0f} machine-cycles/s   ratio {mine / hand:.2f}")
