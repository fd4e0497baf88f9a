"""Entries per second of a bank, from nothing to Parquet files with every column and label; and its parts.

    python benchmarks/fraud/speed.py --customers 10000 --days 60

The bank is fraud/retail_bank_eu with all its campaigns, as boosted as they stand there, or that of --scenario;
unless --without-controls, with the usual controls. All figures are CPU time of one process, the best of several
rounds after one that loads the kernels; other work on the machine makes CPU time longer too, so the time of a
fixed piece of work is told beside them. Published rates of others, measured with theirs on machines like ours,
stand in the report: see `PEERS`.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator, Sequence
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
from sim.domains.base import Setup
from sim.domains.fraud.world import World
from sim.episode import record, score
from sim.noise import Draw
from sim.scenario import Scenario

SCENARIOS = Path(__file__).parents[2] / "scenarios" / "fraud"
BANK = "retail_bank_eu"
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
scenario = speed.load({name!r}, 10_000, 60, controls=False)
next(speed.written(scenario, scenario.nominal(1, 0)))
print(time.perf_counter() - began, time.process_time())
"""


def load(name: str, customers: int, days: int, *, controls: bool = True) -> Scenario:
    """Return a bundled scenario with as many customers and days, with the usual controls or without any."""
    changed = {"world.customers": str(customers), "duration": f"{days} d"}
    if controls:
        changed["world.controls"] = "{}"
    return Scenario.load(
        str(SCENARIOS / f"{name}.yaml"),
        sensors=sensor_sections(),
        exporters=tuple(EXPORTERS),
        overrides=changed,
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


def campaign_steps(scenario: Scenario, draw: Draw) -> tuple[int, int, int, float]:
    """Return how many turns, steps and entries the crimes of an episode had, and the CPU seconds they took.

    A turn is a moment at which a process goes on, what SimPy calls a step. A step is an item of its typology's
    `steps` that a ring carried out, however many payments that took and in however many rounds, with its share
    of all it causes: who is looked for, accounts that are lived, rules, reports, chargebacks.
    """
    values = scenario.resolve(draw)
    began = time.process_time()
    world = World(Setup(scenario.duration, values.world, draw.noise, clock=scenario.clock))
    world.clock.run(scenario.duration)
    spent = time.process_time() - began
    steps = {(mark.ring.name, mark.stage) for mark in world.roll.marks}
    return world.clock.turns, len(steps), sum(ring.entries for ring in world.roll.rings), spent


def scored(scenario: Scenario, draws: Sequence[Draw]) -> float:
    """Return the CPU seconds of a call of `score`, the mean of some."""
    began = time.process_time()
    for draw in draws:
        score(scenario, draw)
    return (time.process_time() - began) / len(draws)


def yardstick() -> float:
    """Return the CPU seconds of a fixed piece of work in Python."""
    began = time.process_time()
    total = 0
    for number in range(1_000_000):
        total += number & 3
    return time.process_time() - began


def first_row(name: str) -> tuple[float, float]:
    """Return seconds of wall and of CPU time from the start of Python to the first rows of a bundled scenario.

    The kernels were compiled before; nothing else is kept from an earlier process. All crimes of an episode are
    played before its first row is there.
    """
    program = _FIRST_ROW.format(here=str(Path(__file__).parent), name=name)
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True, env=dict(os.environ)
    )
    wall, cpu = done.stdout.split()
    return float(wall), float(cpu)


def main() -> None:
    """Print the figures."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--scenario", default=BANK, choices=(BANK, "mules", "large_ring", "mule_chain"))
    parser.add_argument("--customers", type=int, default=10_000)
    parser.add_argument("--days", type=int, default=60)
    parser.add_argument("--rounds", type=int, default=4)
    parser.add_argument("--without-controls", action="store_true")
    given = parser.parse_args()
    scenario = load(given.scenario, given.customers, given.days, controls=not given.without_controls)
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
    turns, steps, made, seconds = min(
        (campaign_steps(scenario, draw) for _ in range(given.rounds)), key=lambda one: one[-1]
    )
    print(
        f"campaigns: {turns:,} turns of processes in {seconds:.3f} s, {turns / seconds:,.0f}/s; "
        f"{steps:,} steps of rings, {steps / seconds:,.0f}/s; {made:,} entries, {made / seconds:,.0f}/s"
    )
    for name in ("mules", "large_ring", "mule_chain"):
        one = Scenario.load(
            str(SCENARIOS / f"{name}.yaml"), sensors=sensor_sections(), exporters=tuple(EXPORTERS)
        )
        draws = [one.nominal(1, number) for number in range(30)]
        scored(one, draws)
        print(f"score of {name}: {1000 * min(scored(one, draws) for _ in range(given.rounds)):.1f} ms a call")
    for name in ("mules", BANK):
        wall, cpu = min(first_row(name) for _ in range(given.rounds))
        print(f"first rows of {name} after {wall:.2f} s of wall time, {cpu:.2f} s of CPU time")
    print(f"a million turns of a loop in Python meanwhile: {yardstick():.3f} s")


if __name__ == "__main__":
    main()
