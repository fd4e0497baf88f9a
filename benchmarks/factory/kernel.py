"""Machine-cycles per second of plain lines: the compiled kernel and the SimPy path, in one run.

python benchmarks/factory/kernel.py

Both run the same YAML and give the same numbers to the last bit, which is checked here too. Times are of the
processor, the best of several runs each, so that other work on the machine counts little.
"""

from __future__ import annotations

import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from textwrap import indent

from oddsmith.catalog import load_scenario
from sim.domains.base import Setup
from sim.domains.factory.kernel_world import run_compiled
from sim.domains.factory.world import World

__all__ = ["LINES", "line"]


def line(machines: int, *, places: int, cycle: str, fails: bool = False) -> str:
    """Return the world of a line with a buffer between any two machines."""
    ends = ["s", *(f"b{i}" for i in range(machines - 1)), "e"]
    buffers = "".join(f"  - {{id: b{i}, capacity: {places}}}\n" for i in range(machines - 1))
    found = f"sources: [{{id: s}}]\nsinks: [{{id: e}}]\nbuffers:\n{buffers}machines:\n"
    for i in range(machines):
        found += f"  - {{id: m{i}, from: {ends[i]}, to: {ends[i + 1]}, cycle_time: {cycle}}}\n"
    if fails:
        found += "crews: [{id: men, size: 2}]\ncomponents:\n" + "".join(
            f"  - {{id: c{i}, on: m{i}, ages: operating,\n"
            "     degrades: {lifetime: {each: {exponential: 100 s}}},\n"
            "     repair: {time: {each: {exponential: 10 s}}, crew: men}}\n"
            for i in range(machines)
        )
    return found


LINES = {
    "10 machines, 10 places": line(10, places=10, cycle="{each: {exponential: 1 s}}"),
    "10 machines, 10 places, gamma cycles": line(10, places=10, cycle="{each: {gamma: [2, 0.5 s]}}"),
    "10 machines, 10 places, they fail": line(10, places=10, cycle="{each: {exponential: 1 s}}", fails=True),
    "50 machines, 3 places": line(50, places=3, cycle="{each: {exponential: 1 s}}"),
    "100 desks at one queue": """
sources: [{id: s, every: {each: {exponential: {rate: 90 Hz}}}}]
sinks: [{id: e}]
machines: [{id: m, count: 100, from: s, to: e, cycle_time: {each: {exponential: 1 s}}}]
""",
}
"""What is measured."""


def _setup(world: str, cycles: int) -> Setup:
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "line.yaml"
        machines = 100 if "count: 100" in world else world.count("cycle_time")
        duration = cycles / machines
        file.write_text(
            f"scenario: factory/line\nduration: {duration} s\nworld:\n{indent(world, '  ')}", "utf-8"
        )
        scenario = load_scenario(str(file))
        draw = scenario.nominal(1, 0)
        return Setup(duration=duration, world=scenario.resolve(draw).world, noise=draw.noise)


def _speed(setup: Setup, run: Callable[[World], None], *, times: int) -> tuple[float, list[int]]:
    """Return cycles per second of the fastest run, and the cycles of each machine."""
    best, made = 0.0, [0]
    for _ in range(times):
        world = World(setup)
        begun = time.process_time()
        run(world)
        taken = time.process_time() - begun
        made = [machine.made for machine in world.machines.values()]
        best = max(best, sum(made) / taken)
    return best, made


if __name__ == "__main__":
    for name, world in LINES.items():
        long, short = _setup(world, 2_000_000), _setup(world, 50_000)
        run_compiled(World(short))  # compile
        compiled, _ = _speed(long, run_compiled, times=5)
        by_simpy, made = _speed(short, World.run, times=2)
        assert made == _speed(short, run_compiled, times=1)[1]
        print(
            f"{name:38s} kernel {compiled / 1e6:6.2f} M   SimPy {by_simpy / 1e6:6.3f} M machine-cycles/s"
            f"   ratio {compiled / by_simpy:5.1f}"
        )
