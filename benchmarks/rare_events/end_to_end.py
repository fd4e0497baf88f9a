"""Bundled scenarios from YAML to dataset: does the weighted rate agree with a nominal run 100 times longer?

    python benchmarks/rare_events/end_to_end.py --quick
    python benchmarks/rare_events/end_to_end.py --scenario driving/cut_in

The rare event is a hard impact, less probable than 1e-3. The hunt makes 20,000 calls and a dataset of 4,000
episodes without sensors; the nominal run scores at least 2 million draws, in chunks kept under --store, so
that it may be stopped and gone on with, or made by several processes that share the work (--from, --to).
"""

from __future__ import annotations

import argparse
import json
import math
import multiprocessing
import os
import time
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np

import oddsmith
from oddsmith.generation import resume
from oddsmith.odds.columns import read_calls
from oddsmith.odds.estimates import estimate
from oddsmith.odds.verdicts import doubt_of, judge
from sim.episode import score
from sim.scenario import Scenario

ROOT = Path(__file__).resolve().parents[2]
STORE = ROOT / "outputs" / "rare_events" / "nominal"
CHUNK = 2000
SEED = 987_654_321
ONE_THREAD = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "NUMBA_NUM_THREADS")


@dataclass(frozen=True)
class Case:
    """A scenario and its rare event.

    Args:
        other: the entity that the ego meets.
        threshold: of the impact speed that is hunted for [m/s].
        stored: threshold with which the nominal run is scored [m/s]; its scores serve every threshold, since
            the score is speed minus threshold with a scale of 1 m/s.
    """

    scenario: str
    other: str
    threshold: float
    stored: float

    def overrides(self, threshold: float) -> dict[str, str]:
        """Return the events: any collision, a hard one, and a near miss."""
        pair = f"ego, {self.other}"
        events = {
            "collision": f"collided({pair})",
            "impact": f"impact_speed({pair}) > {threshold:g} m/s",
            "near": f"eventually(ttc({pair}) < 0.5 s)",
        }
        return {"event": json.dumps(events), "sampling.target": "impact"}


CASES = (
    Case("driving/cut_in", "intruder", 9.0, 5.0),
    Case("driving/occluded_child", "child", 15.0, 11.0),
)


# -- the nominal run -----------------------------------------------------------------------------------------


def nominal_chunk(job: tuple[Case, Path, int]) -> None:
    """Score one chunk of nominal draws and keep (n, 3) scores."""
    case, folder, number = job
    path = folder / f"{number:05d}.npy"
    if path.is_file():
        return
    scenario = _loaded(case.scenario, tuple({**case.overrides(case.stored), "modes": "{}"}.items()))
    draws = scenario.nominal_batch(SEED, number * CHUNK, (number + 1) * CHUNK)
    rows = [[score(scenario, draw).scores[name] for name in scenario.events] for draw in draws]
    temporary = folder / f"tmp{os.getpid()}.npy"
    np.save(temporary, np.array(rows))
    temporary.replace(path)


_SCENARIOS: dict[Any, Scenario] = {}


def _loaded(name: str, overrides: tuple[tuple[str, str], ...]) -> Scenario:
    if (name, overrides) not in _SCENARIOS:
        _SCENARIOS[name, overrides] = oddsmith.load_scenario(name, dict(overrides))
    return _SCENARIOS[name, overrides]


def nominal(case: Case, *, store: Path, start: int, stop: int, workers: int) -> dict[str, float]:
    """Make the chunks start, …, stop - 1 that are missing, and return the rate over all there are."""
    folder = store / case.scenario.replace("/", "_")
    folder.mkdir(parents=True, exist_ok=True)
    jobs = [(case, folder, i) for i in range(start, stop) if not (folder / f"{i:05d}.npy").is_file()]
    if jobs:
        with multiprocessing.get_context("spawn").Pool(workers) as pool:
            for done, _ in enumerate(pool.imap_unordered(nominal_chunk, jobs), 1):
                if done % 10 == 0:
                    print(f"  nominal: {done} of {len(jobs)} chunks", flush=True)
    files = sorted(path for path in folder.glob("*.npy") if path.stem.isdigit())
    if not files:
        return {"calls": 0.0, "hits": 0.0, "rate": math.nan, "cov": math.inf}
    scores = np.concatenate([np.load(path)[:, 1] for path in files])
    hits = int((scores >= case.threshold - case.stored).sum())
    n = len(scores)
    return {
        "calls": float(n),
        "hits": float(hits),
        "rate": hits / n,
        "cov": math.sqrt((n - hits) / (n * hits)) if hits else math.inf,
    }


# -- the hunt ------------------------------------------------------------------------------------------------


def dataset_of(
    case: Case, *, out: Path, calls: int, episodes: int, method: str, seed: int, workers: int
) -> Path:
    """Make the dataset, without sensors: what is judged is the choice of episodes."""
    folder = out / f"{case.scenario.replace('/', '_')}-{method}-{calls}-{seed}"
    overrides = {
        **case.overrides(case.threshold),
        "sensors": "{}",
        "export": "[]",
        "sampling.method": method,
        "sampling.calls": str(calls),
        "sampling.episodes": str(episodes),
        "sampling.event_share": "0.5",
    }
    scenario = oddsmith.load_scenario(case.scenario, overrides)
    if folder.exists() and not (folder / "manifest.json").is_file():
        resume(folder, workers=workers)
    else:
        oddsmith.run(scenario, folder, overrides=overrides, seed=seed, workers=workers)
    return folder


def hunted(folder: Path) -> dict[str, Any]:
    """Return what the calls and the exported episodes of a dataset say about the hard impact."""
    dataset = oddsmith.Dataset(folder)
    columns = read_calls(dataset)
    assert columns is not None
    found = estimate(columns, "impact")
    rows = [(episode.events["impact"], episode.weight or 0.0) for episode in dataset.episodes()]
    is_event = np.array([row[0] for row in rows])
    weights = np.array([row[1] for row in rows])[is_event]
    squares = float((weights**2).sum())
    ess = float(weights.sum()) ** 2 / squares if squares else 0.0
    return {
        "rate": found.rate or 0.0,
        "interval": found.interval,
        "cov": math.inf if found.cov is None else found.cov,
        "verdict": judge(found, doubt=doubt_of(dataset.manifest.get("hunt") or {})).word,
        "calls": found.all_calls,
        "hunt": dataset.manifest.get("hunt"),
        "episodes": len(rows),
        "event_share": float(is_event.mean()),
        "event_ess_per_4000": ess * 4000.0 / len(rows),
        "exported_rate": float(weights.sum()),
    }


def compared(hunt: Mapping[str, Any], plain: Mapping[str, float]) -> dict[str, Any]:
    """Return whether both agree, and whether the dataset is worth its episodes."""
    error = math.hypot(hunt["rate"] * hunt["cov"], plain["rate"] * plain["cov"])
    z = (hunt["rate"] - plain["rate"]) / error if math.isfinite(error) and error > 0.0 else math.nan
    return {
        "z": z,
        "claims": {
            "nominal run of at least 2 million calls": plain["calls"] >= 2e6,
            "rate between 1e-5 and 1e-3": 1e-5 <= plain["rate"] <= 1e-3,
            "CoV at most 15 % on both sides": max(hunt["cov"], plain["cov"]) <= 0.15,
            "difference within 3 joint standard errors": abs(z) <= 3.0,
            "at least 45 % of exported episodes are events": hunt["event_share"] >= 0.45,
            "ESS of events at least 500 per 4,000": hunt["event_ess_per_4000"] >= 500.0,
        },
    }


def options_of() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--scenario", choices=[case.scenario for case in CASES], help="only this one")
    parser.add_argument("--threshold", type=float, help="impact speed in m/s instead of the case's own")
    parser.add_argument("--method", default="auto")
    parser.add_argument("--calls", type=int, default=20_000)
    parser.add_argument("--episodes", type=int, default=4000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--store", type=Path, default=STORE, help="chunks of the nominal run")
    parser.add_argument("--from", type=int, default=0, dest="start", help="first chunk of 2,000 nominal calls")
    parser.add_argument("--to", type=int, default=1000, dest="stop", help="past the last one; 0 to make none")
    parser.add_argument("--out", type=Path, default=ROOT / "outputs" / "rare_events" / "end_to_end")
    parser.add_argument("--no-hunt", action="store_true", help="only the nominal run")
    parser.add_argument("--quick", action="store_true", help="2,000 calls, 100 episodes, two nominal chunks")
    options = parser.parse_args()
    if options.quick:
        options.calls, options.episodes, options.stop = 2000, 100, options.start + 2
    return options


def main() -> None:
    options = options_of()
    os.environ.update(dict.fromkeys(ONE_THREAD, "1"))
    for case in CASES:
        if options.scenario not in (None, case.scenario):
            continue
        if options.threshold is not None:
            case = Case(case.scenario, case.other, options.threshold, case.stored)
        report(case, options)


def report(case: Case, options: argparse.Namespace) -> None:
    """Run and print one case."""
    print(f"{case.scenario}: impact above {case.threshold:g} m/s")
    begun = time.perf_counter()
    plain = nominal(case, store=options.store, start=options.start, stop=options.stop, workers=options.workers)
    print(
        f"  nominal  p {plain['rate']:.4g}  CoV {plain['cov']:.1%}  {plain['hits']:.0f} of {plain['calls']:.0f}"
    )
    if options.no_hunt:
        return
    folder = dataset_of(
        case,
        out=options.out,
        calls=options.calls,
        episodes=options.episodes,
        method=options.method,
        seed=options.seed,
        workers=options.workers,
    )
    hunt = hunted(folder)
    found = compared(hunt, plain)
    print(f"  weighted p {hunt['rate']:.4g}  CoV {hunt['cov']:.1%}  {hunt['calls']} calls  {hunt['verdict']}")
    print(f"  difference of {found['z']:+.2f} joint standard errors")
    print(
        f"  exported {hunt['episodes']} episodes, {hunt['event_share']:.1%} events, worth "
        f"{hunt['event_ess_per_4000']:.0f} per 4,000; they sum to {hunt['exported_rate']:.4g}"
    )
    for text, is_kept in found["claims"].items():
        print(f"  {'pass' if is_kept else 'FAIL'}  {text}")
    path = options.out / f"{folder.name}.json"
    facts = {"case": asdict(case), "nominal": plain, "hunt": hunt, **found, "s": time.perf_counter() - begun}
    path.write_text(json.dumps(facts, indent=1, default=str))
    print(f"  {path}")


if __name__ == "__main__":
    main()
