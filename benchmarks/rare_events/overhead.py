"""What a hunt costs beside `score`, and whether its memory stays flat in the number of calls.

    python benchmarks/rare_events/overhead.py [--scenario driving/cut_in] [--calls 4000 16000]

One worker and no episodes: the hunt as `oddsmith run` makes it, batches on disk and all; then the same draws
are scored again and timed alone. Each number of calls has a process of its own, whose peak of memory is told.
"""

from __future__ import annotations

import argparse
import multiprocessing
import os
import resource
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

import oddsmith
from oddsmith.backends.serial import Serial
from oddsmith.hunt import hunt
from oddsmith.layout import Layout
from sim.episode import score
from sim.samplers import TABLE, Settings
from sim.scenario import Scenario

ONE_THREAD = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "NUMBA_NUM_THREADS")


@dataclass(frozen=True)
class Opened:
    """A scenario that is open already."""

    scenario: Scenario

    def open(self) -> Scenario:
        """Return it."""
        return self.scenario


def measured(job: tuple[str, str, int, int]) -> tuple[int, float, float, float]:
    """Return calls, seconds of the hunt, seconds of `score` alone, and peak memory in MB of the hunt."""
    name, method, calls, seed = job
    scenario = oddsmith.load_scenario(name)
    for draw in scenario.nominal_batch(99, 0, 20):
        score(scenario, draw)
    with tempfile.TemporaryDirectory() as folder:
        layout = Layout(Path(folder))
        layout.work.mkdir(parents=True, exist_ok=True)
        start = time.process_time()
        sampler = TABLE[method](scenario, Settings(seed, calls, 0.0 if method == "nominal" else 0.05))
        found = hunt(sampler, Serial(Opened(scenario)), layout, target=scenario.target, report=lambda *_: None)
        hunted = time.process_time() - start
        memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1000.0
        alone = 0.0
        for one in found.scored():
            start = time.process_time()
            score(scenario, one.call.draw)
            alone += time.process_time() - start
    return len(found), hunted, alone, memory


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--scenario", default="driving/cut_in")
    parser.add_argument("--methods", nargs="+", default=["nominal", "importance", "splitting"])
    parser.add_argument("--calls", type=int, nargs="+", default=[4000, 16_000])
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    os.environ.update(dict.fromkeys(ONE_THREAD, "1"))
    print(f"{'method':12} {'calls':>7} {'hunt s':>8} {'score s':>8} {'overhead':>9} {'peak MB':>8}")
    for method in options.methods:
        for calls in options.calls:
            with multiprocessing.get_context("spawn").Pool(1) as pool:
                job = (options.scenario, method, calls, options.seed)
                made, hunted, alone, memory = pool.apply(measured, (job,))
            overhead = hunted / alone - 1.0
            print(f"{method:12} {made:7} {hunted:8.1f} {alone:8.1f} {overhead:9.1%} {memory:8.0f}", flush=True)


if __name__ == "__main__":
    main()
