"""What a hunt costs beside the episodes it scores: CPU time per call, by where it goes.

    python benchmarks/rare_events/overhead.py [SCENARIO] [--method auto] [--calls 4000]

Runs hunt, selection and the table of calls in one process, without rendering. Evaluation is resolving the draw
and scoring it; all the rest is overhead. CPU time is read, so that waiting for others does not count, and
libraries are loaded beforehand, which `benchmarks/startup.py` measures.
"""

from __future__ import annotations

import argparse
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pyarrow as pa

from oddsmith import hunt, planning, tasks
from oddsmith.backends.serial import Serial
from oddsmith.begin import begin, scenario_file
from oddsmith.catalog import load_scenario
from oddsmith.layout import Layout
from oddsmith.parts import first_order
from oddsmith.progress import silence
from oddsmith.working import warm_up
from renderers.shards import rows_to_table, table_bytes
from sim.samplers import TABLE
from sim.scenario import Scenario


@dataclass
class Clock:
    """CPU seconds spent in a function."""

    seconds: float = 0.0

    def timing(self, function: Callable[..., Any]) -> Callable[..., Any]:
        """Return a function that does the same and is timed."""

        def timed(*args: Any, **kwargs: Any) -> Any:
            began = time.process_time()
            try:
                return function(*args, **kwargs)
            finally:
                self.seconds += time.process_time() - began

        return timed


@contextmanager
def watched(owner: Any, name: str, clock: Clock) -> Iterator[None]:
    plain = getattr(owner, name)
    setattr(owner, name, clock.timing(plain))
    try:
        yield
    finally:
        setattr(owner, name, plain)


def measure(scenario: Scenario, overrides: dict[str, str], folder: Path) -> dict[str, float]:
    """Return where -> CPU microseconds per call."""
    layout = Layout(folder / "out")
    begin(layout, scenario, overrides=overrides, seed=0)
    order = first_order(scenario, 0)
    warm_up(scenario, 0)
    sampler = type(TABLE[scenario.sampling.method](scenario, order.settings(scenario)))
    places = {
        "resolving": (Scenario, "resolve"),
        "scoring": (tasks, "score"),
        "shortening running maxima": (tasks, "coarsened"),
        "keeping batches": (hunt, "pack"),
        "sampler: ask": (sampler, "ask"),
        "sampler: tell": (sampler, "tell"),
        "sampler: weights": (sampler, "weights"),
        "telling events apart": (planning, "clustered"),
        "choosing episodes": (planning, "_chosen"),
        "table of calls": (planning, "_write_calls"),
    }
    clocks = {what: Clock() for what in places}
    backend = Serial(scenario_file(layout))
    list(backend.run([tasks.ScoreTask(())]))  # loads the scenario
    table_bytes(rows_to_table(pa.schema([("x", pa.float64())]), [{"x": 1.0}]))  # loads pyarrow
    with ExitStack() as stack:
        for what, (owner, name) in places.items():
            stack.enter_context(watched(owner, name, clocks[what]))
        began = time.process_time()
        plan, _ = planning.planned(layout, scenario, backend, order, receipts={}, listen=silence)
        total = time.process_time() - began
    found = {what: clock.seconds / plan.calls * 1e6 for what, clock in clocks.items()}
    return {**found, "the rest": total / plan.calls * 1e6 - sum(found.values()), "calls": plan.calls}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("scenario", nargs="?", default="driving/cut_in")
    parser.add_argument("--method", default="auto")
    parser.add_argument("--calls", default="4000")
    asked = parser.parse_args()
    overrides = {"sampling.method": asked.method, "sampling.calls": asked.calls}
    scenario = load_scenario(asked.scenario, overrides)
    with tempfile.TemporaryDirectory() as folder:
        found = measure(scenario, overrides, Path(folder))
    calls = found.pop("calls")
    evaluation = found["resolving"] + found["scoring"]
    print(f"{asked.scenario}, {asked.method}, {calls:.0f} calls; CPU time per call")
    for what, each in found.items():
        print(f"  {what:<28}{each:9.1f} us")
    overhead = sum(found.values()) - evaluation
    print(f"overhead {overhead:.0f} us, {overhead / evaluation:.1%} of an evaluation of {evaluation:.0f} us")


if __name__ == "__main__":
    main()
