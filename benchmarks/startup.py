"""How soon the light commands answer, beside a bare interpreter and beside importing NumPy.

    python benchmarks/startup.py [--runs 9]

Each command is a process of its own, with bytecode cached as after a first run. The medians of wall and of
processor seconds are shown; on a machine that does other things besides, the second says more. The bound is
0.4 s of wall time.
"""

from __future__ import annotations

import argparse
import os
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

COMMANDS = {
    "python -c pass": [sys.executable, "-c", "pass"],
    "python -c 'import numpy'": [sys.executable, "-c", "import numpy"],
    "oddsmith --help": ["oddsmith", "--help"],
    "oddsmith list": ["oddsmith", "list"],
    **{
        f"oddsmith check {name}": ["oddsmith", "check", name]
        for name in ("driving/cut_in", "fraud/retail_bank_eu", "factory/bearing_seizure")
    },
}


def seconds(command: list[str], environment: dict[str, str]) -> tuple[float, float]:
    """Return the wall time and the processor time, user and system, of one run."""
    before, start = resource.getrusage(resource.RUSAGE_CHILDREN), time.perf_counter()
    silent = subprocess.DEVNULL
    subprocess.run(command, check=True, env=environment, stdout=silent, stderr=silent)
    wall, after = time.perf_counter() - start, resource.getrusage(resource.RUSAGE_CHILDREN)
    return wall, after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--runs", type=int, default=9)
    runs = parser.parse_args().runs
    scripts = Path(sys.executable).parent
    print(f"{'command':40} {'wall':>7} {'(min':>7} {'max)':>6} {'cpu':>7} {'(min':>7} {'max)':>6}  s")
    with tempfile.TemporaryDirectory() as cache:
        environment = {**os.environ, "PYTHONPYCACHEPREFIX": cache}
        environment.pop("PYTHONDONTWRITEBYTECODE", None)
        for name, command in COMMANDS.items():
            path = scripts / command[0]
            full = [str(path) if path.exists() else command[0], *command[1:]]
            seconds(full, environment)
            shown = [
                f"{statistics.median(times):7.3f} {min(times):7.3f} {max(times):6.3f}"
                for times in zip(*(seconds(full, environment) for _ in range(runs)), strict=True)
            ]
            print(f"{name:40} {' '.join(shown)}")


if __name__ == "__main__":
    main()
