"""Resident memory while a bank's entries and labels are written to Parquet: it must not grow with their number.

    python benchmarks/fraud/memory.py --customers 50000 --days 130

Kernels are compiled in a process of their own first, as compiling takes more memory than running.
"""

from __future__ import annotations

import argparse
import os
import resource
import subprocess
import sys
from contextlib import ExitStack
from pathlib import Path
from tempfile import TemporaryDirectory

from speed import BANK, load, written

from oddsmith.observing import table_schemas
from renderers.shards import TableWriter

STEP = 1_000_000


def resident() -> float:
    """Return the memory that is resident now [MB]."""
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE") / 1e6


def main() -> None:
    """Print the resident memory after each million entries, and the most there ever was."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--customers", type=int, default=50_000)
    parser.add_argument("--days", type=int, default=130)
    given = parser.parse_args()
    if given.customers > 100:
        subprocess.run([sys.executable, __file__, "--customers", "100", "--days", "35"], check=True)
    scenario = load(BANK, given.customers, given.days)
    draw = scenario.nominal(1, 0)
    with TemporaryDirectory() as folder, ExitStack() as stack:
        schemas = table_schemas(scenario, (), draw)
        writers: dict[str, TableWriter] = {}
        counts: dict[str, int] = {}
        for name, piece in written(scenario, draw):
            if name not in writers:
                writers[name] = stack.enter_context(TableWriter(Path(folder) / name, schemas[name]))
            writers[name].add(piece)
            before = counts.get(name, 0)
            counts[name] = before + len(piece)
            if counts[name] // STEP > before // STEP:
                print(f"{name:14s}{counts[name]:>12,} rows {resident():7.0f} MB", flush=True)
        for writer in writers.values():
            writer.finish()
    most = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(f"{sum(counts.values()):,} rows of all tables; at most {most:,.0f} MiB")


if __name__ == "__main__":
    main()
