"""Are all failure modes found in the first 1,000 calls? Over many seeds, on problems with known modes.

    python benchmarks/rare_events/discovery.py [--repetitions 200]

A mode counts as found once a call of any role came to the event in it. The hunt has its usual budget; it is
looked at after its first 1,000 calls, whatever they were for.
"""

from __future__ import annotations

import argparse
import json
from collections import Counter
from pathlib import Path

import numpy as np
from hunts import METHODS, seed_of
from problems import PROBLEMS, Problem

from oddsmith.scored_function import FunctionPopulation, ScoredFunction
from sim.noise import Draw
from sim.recording import Outcome
from sim.samplers import TABLE, Settings
from sim.samplers.points import scores_of

ROOT = Path(__file__).resolve().parents[2]
NAMES = ("four_branch_7", "metaball", "cutin_mixed")
WITHIN = 1000
WANTED = 0.95


def modes_found(problem: Problem, method: str, *, calls: int, seed: int) -> dict[str, int]:
    """Return mode -> events found in it within the first calls of a hunt."""
    sampler = TABLE[method](FunctionPopulation(problem.dimension, problem.choices), Settings(seed, calls, 0.05))
    function = ScoredFunction(problem.score, problem.named_modes)
    found: Counter[str] = Counter()
    seen = 0
    while seen < WITHIN and (asked := sampler.ask()):
        outcomes = outcomes_of(function, [call.draw for call in asked])
        found.update(one.mode for one in outcomes[: WITHIN - seen] if one.occurred("event"))
        seen += len(asked)
        sampler.tell(outcomes)
    return dict(found)


def outcomes_of(function: ScoredFunction, draws: list[Draw]) -> list[Outcome]:
    """Return what draws of a function come to."""
    z = scores_of(np.array([draw.u for draw in draws]))
    scores = function.score(z)
    names = [""] * len(z)
    hits = np.flatnonzero(scores >= 0.0)
    for i, name in zip(hits.tolist(), function.modes(z[hits]) if function.modes else (), strict=True):
        names[i] = name
    nothing = {"event": float("nan")}
    return [
        Outcome({"event": score}, nothing, nothing, {}, mode)
        for score, mode in zip(scores.tolist(), names, strict=True)
    ]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--problems", nargs="+", choices=list(PROBLEMS), default=list(NAMES), metavar="NAME")
    parser.add_argument("--method", choices=METHODS, default="auto" if "auto" in METHODS else METHODS[0])
    parser.add_argument("--repetitions", type=int, default=200)
    parser.add_argument("--calls", type=int, default=20_000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--out", type=Path, default=ROOT / "outputs" / "rare_events" / "discovery.json")
    options = parser.parse_args()
    rows = []
    print(f"{'problem':16} {'modes':>5} {'all found':>10} {'mean found':>11} {'events':>7}")
    for name in options.problems:
        problem = PROBLEMS[name]
        found = [
            modes_found(
                problem, options.method, calls=options.calls, seed=seed_of(options.seed, name, "discovery", r)
            )
            for r in range(options.repetitions)
        ]
        rows.append(row := row_of(name, len(problem.modes), found))
        state = "pass" if row["all_found"] >= WANTED else "FAIL"
        print(
            f"{name:16} {row['modes']:5} {row['all_found']:10.1%} {row['mean_found']:11.2f} "
            f"{row['events']:7.0f}  {state}: {row['misses']}",
            flush=True,
        )
    options.out.parent.mkdir(parents=True, exist_ok=True)
    options.out.write_text(json.dumps({"method": options.method, "within": WITHIN, "rows": rows}, indent=1))


def row_of(name: str, modes: int, found: list[dict[str, int]]) -> dict[str, object]:
    """Return the summary of one problem; misses are the modes that hunts did not find."""
    names = PROBLEMS[name].modes
    return {
        "problem": name,
        "modes": modes,
        "repetitions": len(found),
        "all_found": sum(len(one) == modes for one in found) / len(found),
        "mean_found": sum(map(len, found)) / len(found),
        "events": sum(sum(one.values()) for one in found) / len(found),
        "misses": {mode: sum(mode not in one for one in found) for mode in names},
    }


if __name__ == "__main__":
    main()
