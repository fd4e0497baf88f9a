"""Constrained scene sampling: draws of the shipped cut-in under a hard constraint, and their resolution.

    python benchmarks/scenes.py [--draws 100000]

A draw is every once-per-episode parameter, correlated by the copula, accepted by the constraint. Scenic, a
probabilistic scene language, samples 280 such scenes/s by rejection on a machine like ours.
"""

from __future__ import annotations

import argparse
import time

from oddsmith import load_scenario

SCENIC = 280.0
"""Scenes per second of Scenic, from a measurement of our own on two cores like these."""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--draws", type=int, default=100_000)
    count = parser.parse_args().draws
    print(f"{'constraint':28} {'accepted':>9} {'draws/s':>10} {'x Scenic':>9} {'resolved/s':>11}")
    for constraint in ("gap > 4 m", "gap > 50 m", "gap > 85 m"):
        scenario = load_scenario("driving/cut_in", {"constraints": f'["{constraint}"]'})
        scenario.nominal_batch(0, 0, 1000)
        start = time.perf_counter()
        draws = scenario.nominal_batch(1, 0, count)
        rate = count / (time.perf_counter() - start)
        start = time.perf_counter()
        for draw in draws[:5000]:
            scenario.resolve(draw)
        resolved = 5000 / (time.perf_counter() - start)
        share = scenario.acceptance(seed=3).p
        print(f"{constraint:28} {share:9.4f} {rate:10.0f} {rate / SCENIC:9.0f} {resolved:11.0f}")


if __name__ == "__main__":
    main()
