"""Entries per second of a bank, from nothing to Parquet files with every column and label; and its parts.

    python benchmarks/fraud/speed.py --customers 10000 --days 60

All figures are CPU time of one process, the best of several rounds after one that loads the kernels. Published
rates of others, measured with theirs on machines like ours, stand in the report: see `PEERS`.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from tempfile import TemporaryDirectory

from oddsmith.catalog import sensor_sections
from oddsmith.exporters import TABLE as EXPORTERS
from oddsmith.observing import sensor_setup, table_schemas
from oddsmith.recorded import recorded_tables
from renderers.observation import observe_rows
from renderers.sensors import TABLE as SENSORS
from renderers.shards import Piece, TableWriter
from sim.episode import record, score
from sim.noise import Draw
from sim.scenario import Scenario

SCENARIO = Path(__file__).parents[2] / "scenarios" / "fraud" / "mules.yaml"
PEERS = {
    "PaySim 2.0, 11 columns, CSV": 336_000,
    "synthfin-aml, 6 columns": 566_000,
    "AMLSim, Sparkov, Fraud Detection Handbook": 16_000,
}
"""Transactions per second, measured on machines like ours; the last is the fastest of three."""

_FIRST_ROW = """
import time; began = time.perf_counter()
import sys; sys.path.insert(0, {here!r})
import speed
scenario = speed.load(10_000, 60, 1.0)
next(speed.written(scenario, scenario.nominal(1, 0)))
print(time.perf_counter() - began)
"""


def load(customers: int, days: int, boost: float) -> Scenario:
    """Return the scenario with as many customers and days, its crimes so much more frequent."""
    changed = {"world.customers": str(customers), "duration": f"{days} d"}
    if boost != 1.0:
        changed["world.campaigns.scam.boost"] = str(boost)
    return Scenario.load(
        str(SCENARIO), sensors=sensor_sections(), exporters=tuple(EXPORTERS), overrides=changed
    )


def written(scenario: Scenario, draw: Draw) -> Iterator[tuple[str, Piece]]:
    """Yield (table, rows) of everything that is written of an episode."""
    recording = record(scenario, draw)
    for name, use in scenario.sensors.items():
        setup = sensor_setup(scenario, name, recording)
        for piece in observe_rows(SENSORS[use.kind], recording, setup, episode_id="0" * 16, delay=use.delay):
            yield name, piece
    yield from recorded_tables(scenario.domain, recording, episode_id="0" * 16)


def write(scenario: Scenario, draw: Draw) -> tuple[Counter[str], Counter[str], int]:
    """Write one episode; return CPU seconds by table, rows by table, and bytes."""
    spent: Counter[str] = Counter()
    rows: Counter[str] = Counter()
    with TemporaryDirectory() as folder, ExitStack() as stack:
        schemas = table_schemas(scenario, (), draw)
        writers: dict[str, TableWriter] = {}
        began = time.process_time()
        for name, piece in written(scenario, draw):
            if name not in writers:
                writers[name] = stack.enter_context(TableWriter(Path(folder) / name, schemas[name]))
            writers[name].add(piece)
            rows[name] += len(piece)
            now = time.process_time()
            spent[name] += now - began
            began = now
        for name, writer in writers.items():
            writer.finish()
            now = time.process_time()
            spent[name] += now - began
            began = now
        size = sum(path.stat().st_size for path in Path(folder).rglob("*.parquet"))
    return spent, rows, size


def campaign_steps(scenario: Scenario, draw: Draw) -> tuple[int, float]:
    """Return how many entries crimes made in a call of `score`, and its CPU seconds."""
    made = sum(piece["entries"].to_numpy().sum() for name, piece in written(scenario, draw) if name == "rings")
    began = time.process_time()
    score(scenario, draw)
    return int(made), time.process_time() - began


def first_row() -> float:
    """Return seconds of wall time from the start of Python to the first rows, kernels compiled before."""
    program = _FIRST_ROW.format(here=str(Path(__file__).parent))
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True, env=dict(os.environ)
    )
    return float(done.stdout)


def main() -> None:
    """Print the figures."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--customers", type=int, default=10_000)
    parser.add_argument("--days", type=int, default=60)
    parser.add_argument("--rounds", type=int, default=4)
    given = parser.parse_args()
    scenario = load(given.customers, given.days, 1.0)
    draw = scenario.nominal(1, 0)
    write(scenario, draw)
    rounds = [write(scenario, draw) for _ in range(given.rounds)]
    best, rows, size = min(rounds, key=lambda one: sum(one[0].values()))
    entries = rows["transactions"]
    rate = entries / sum(best.values())
    print(f"{entries:,} entries of {given.customers:,} customers in {given.days} days, all tables to Parquet")
    print(f"  {rate:,.0f} entries/s of CPU time, {size / entries:.1f} bytes each on disk")
    for name, seconds in best.most_common():
        print(f"  {name:20s} {1e9 * seconds / entries:6.0f} ns per entry, {rows[name]:,} rows")
    for peer, theirs in PEERS.items():
        print(f"  {rate / theirs:5.1f} times {peer} ({theirs:,}/s)")
    steps = [campaign_steps(load(2000, given.days, 20.0), draw) for _ in range(given.rounds)]
    made, seconds = min(steps, key=lambda one: one[1])
    print(f"campaigns: {made:,} entries in {seconds:.3f} s of score, {made / seconds:,.0f}/s")
    print(f"first rows after {min(first_row() for _ in range(given.rounds)):.2f} s of wall time")


if __name__ == "__main__":
    main()
