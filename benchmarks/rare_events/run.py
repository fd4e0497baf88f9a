"""Rare-event samplers against exact probabilities: bias, cost, coverage, verdicts; with OpenTURNS beside them.

    python benchmarks/rare_events/run.py --quick
    python benchmarks/rare_events/run.py --problems metaball cutin_mixed --methods auto --repetitions 400

"calls" is everything: discovery, pilot, tuning, diagnosis, main and audit. Every method has one configuration
for all problems. Finished repetitions are kept under --store: the same command goes on where it stopped, and
--report only summarises what is there.
"""

from __future__ import annotations

import argparse
import json
import multiprocessing
import os
import platform
import time
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path

from claims import judge_all
from hunts import ALL, METHODS, Result, hunt, seed_of
from peers import PEERS, peer
from problems import PROBLEMS
from summaries import Summary, summarise, table

ROOT = Path(__file__).resolve().parents[2]
ONE_THREAD = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "NUMBA_NUM_THREADS")
"""Set to 1 for the workers: there is a process per core."""
QUICK = ("four_branch_7", "metaball", "cutin_mixed", "two_mode_d50", "mixed_lifetime")


@dataclass(frozen=True)
class Task:
    """One repetition."""

    problem: str
    method: str
    calls: int
    seed: int
    repetition: int

    @property
    def group(self) -> str:
        """Name of the file that repetitions of a kind stand in."""
        return f"{self.problem}-{self.method}-{self.calls}-{self.seed}.jsonl"


def perform(task: Task) -> tuple[Task, Result]:
    """Make one hunt."""
    seed = seed_of(task.seed, task.problem, task.method, task.repetition)
    make = peer if task.method in PEERS else hunt
    return task, make(task.problem, method=task.method, calls=task.calls, seed=seed)


def kept(store: Path, group: str) -> dict[int, Result]:
    """Return repetition -> result of what a store has."""
    path = store / group
    if not path.is_file():
        return {}
    rows = [json.loads(line) for line in path.read_text("utf-8").splitlines()]
    return {row.pop("repetition"): Result(**{**row, "modes": tuple(row["modes"])}) for row in rows}


def tasks_of(options: argparse.Namespace) -> list[Task]:
    """Return all repetitions, peers only on functions."""
    return [
        Task(problem, method, options.calls, options.seed, repetition)
        for repetition in range(options.repetitions)
        for problem in options.problems
        for method in options.methods
        if method not in PEERS or problem in PROBLEMS
    ]


def missing(tasks: list[Task], store: Path) -> Iterator[Task]:
    """Yield the tasks that were not done yet."""
    done = {group: kept(store, group) for group in sorted({task.group for task in tasks})}
    return (task for task in tasks if task.repetition not in done[task.group])


def carry_out(tasks: list[Task], store: Path, workers: int) -> None:
    """Do what is missing, and keep each result as it comes."""
    store.mkdir(parents=True, exist_ok=True)
    todo = list(missing(tasks, store))
    start = time.perf_counter()
    os.environ.update(dict.fromkeys(ONE_THREAD, "1"))
    with multiprocessing.get_context("spawn").Pool(workers) as pool:
        for done, (task, result) in enumerate(pool.imap_unordered(perform, todo), 1):
            row = {"repetition": task.repetition, **asdict(result)}
            with (store / task.group).open("a", encoding="utf-8") as file:
                file.write(json.dumps(row) + "\n")
            if done % 50 == 0:
                rate = done / (time.perf_counter() - start)
                print(f"{done} of {len(todo)} hunts, {(len(todo) - done) / rate:.0f} s to go", flush=True)


def rows_of(tasks: list[Task], store: Path) -> list[Summary]:
    """Return a summary per problem and method."""
    wanted: dict[str, list[Task]] = {}
    for task in tasks:
        wanted.setdefault(task.group, []).append(task)
    rows = []
    for group, members in wanted.items():
        have = kept(store, group)
        results = [have[one.repetition] for one in members if one.repetition in have]
        if results:
            name = members[0].problem
            rows.append(summarise(name, members[0].method, p=ALL[name].p, results=results))
    return sorted(rows, key=lambda row: list(ALL).index(row.problem))


def options_of() -> argparse.Namespace:
    """Return the command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--problems", nargs="+", choices=list(ALL), default=list(ALL), metavar="NAME")
    parser.add_argument(
        "--methods", nargs="+", choices=[*METHODS, *PEERS], default=list(METHODS), metavar="NAME"
    )
    parser.add_argument("--repetitions", type=int, default=100)
    parser.add_argument("--calls", type=int, default=20_000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--store", type=Path, default=ROOT / "outputs" / "rare_events")
    parser.add_argument("--quick", action="store_true", help="five problems, 4 repetitions of 6,000 calls")
    parser.add_argument("--report", action="store_true", help="only summarise what is in the store")
    options = parser.parse_args()
    if options.quick:
        options.problems, options.repetitions, options.calls = list(QUICK), 4, 6000
    return options


def main() -> None:
    options = options_of()
    tasks = tasks_of(options)
    if not options.report:
        carry_out(tasks, options.store, options.workers)
    rows = rows_of(tasks, options.store)
    claims = judge_all(rows)
    print(table(rows))
    print()
    for claim in claims:
        print(f"{claim.state:14} {claim.text:78} {claim.seen}")
    report = options.store / "report.json"
    report.write_text(
        json.dumps(
            {
                "calls": options.calls,
                "seed": options.seed,
                "python": platform.python_version(),
                "rows": [asdict(row) for row in rows],
                "claims": [asdict(claim) for claim in claims],
            },
            indent=1,
        )
    )
    print(f"\n{report}")


if __name__ == "__main__":
    main()
