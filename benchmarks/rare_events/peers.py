"""OpenTURNS' rare-event samplers on the same problems: a comparison for development, and no dependency.

    pip install openturns

Their calls are counted by the function they evaluate. They work on functions of normals: queues are left out.
"""

from __future__ import annotations

import time
from typing import Any

import numpy as np
from hunts import Result
from problems import PROBLEMS

__all__ = ["PEERS", "peer"]

PEERS = ("ot_subset", "ot_nais")


def peer(name: str, *, method: str, calls: int, seed: int) -> Result:
    """Run a peer once.

    Args:
        name: of a problem in `problems.py`.
        method: one of `PEERS`.
        calls: only a bound: both decide themselves how many they need; NAIS is given a batch that spends
            about as many as this.
        seed: of OpenTURNS' one generator.
    """
    try:
        import openturns as ot
    except ImportError as error:
        raise SystemExit(
            "OpenTURNS is not installed: pip install openturns, or leave out its methods"
        ) from error
    problem = PROBLEMS[name]
    ot.RandomGenerator.SetSeed(seed % 2**31)
    made = 0

    def score(sample: Any) -> Any:
        nonlocal made
        x = np.asarray(sample)
        made += len(x)
        return problem.score(x)[:, None]

    start = time.perf_counter()
    function = ot.PythonFunction(problem.dimension, 1, func_sample=score)
    noise = ot.RandomVector(ot.Normal(problem.dimension))
    event = ot.ThresholdEvent(ot.CompositeRandomVector(function, noise), ot.GreaterOrEqual(), 0.0)
    algorithm = _subset(ot, event) if method == "ot_subset" else _nais(ot, event, calls)
    algorithm.run()
    found = algorithm.getResult()
    p = float(found.getProbabilityEstimate())
    half = 1.96 * float(found.getStandardDeviation())
    return Result(p, made, max(p - half, 0.0), p + half, "", method, (), time.perf_counter() - start)


def _subset(ot: Any, event: Any) -> Any:
    """Return subset simulation with 1,000 states per level, its usual size."""
    algorithm = ot.SubsetSampling(event)
    algorithm.setMaximumOuterSampling(1000)
    algorithm.setBlockSize(1)
    return algorithm


def _nais(ot: Any, event: Any, calls: int) -> Any:
    """Return non-parametric adaptive importance sampling; with its usual steps of 0.1 it needs about 5."""
    algorithm = ot.NAIS(event, 0.1)
    algorithm.setMaximumOuterSampling(max(calls // 5, 500))
    algorithm.setBlockSize(1)
    return algorithm
