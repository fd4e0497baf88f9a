"""How soon the light commands answer, beside a bare interpreter and beside importing NumPy.

    python benchmarks/startup.py [--runs 9]

Each command is a process of its own; the median of the runs is shown. The bound is 0.4 s.
"""

from __future__ import annotations

import argparse
import statistics
import subprocess
import sys
import time
from pathlib import Path

COMMANDS = {
    "python -c pass": [sys.executable, "-c", "pass"],
    "python -c 'import numpy'": [sys.executable, "-c", "import numpy"],
    "oddsmith --help": ["oddsmith", "--help"],
    "oddsmith list": ["oddsmith", "list"],
    "oddsmith check driving/cut_in": ["oddsmith", "check", "driving/cut_in"],
}


def seconds(command: list[str], runs: int) -> list[float]:
    """Return the sorted wall times of some runs after one that warms the disk's cache."""
    times = []
    for _ in range(runs + 1):
        start = time.perf_counter()
        subprocess.run(command, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        times.append(time.perf_counter() - start)
    return sorted(times[1:])


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--runs", type=int, default=9)
    runs = parser.parse_args().runs
    scripts = Path(sys.executable).parent
    print(f"{'command':32} {'min':>6} {'median':>7} {'max':>6}  s")
    for name, command in COMMANDS.items():
        path = scripts / command[0]
        times = seconds([str(path) if path.exists() else command[0], *command[1:]], runs)
        print(f"{name:32} {times[0]:6.3f} {statistics.median(times):7.3f} {times[-1]:6.3f}")


if __name__ == "__main__":
    main()
