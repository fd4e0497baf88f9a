"""Memory over many episodes: the resident size of a process that records, renders and writes them.

    python benchmarks/memory.py [--episodes 1000] [--scenario driving/cut_in]

Frames are small here (160x120, all labels), so that a thousand episodes fit into minutes; everything that could
be kept by mistake (scenes, meshes, physics, tables) is as large as ever.
"""

from __future__ import annotations

import argparse
import os
import tempfile
from pathlib import Path

SMALL = {"sensors.front.camera.resolution": "[160, 120]", "sensors.front.camera.rate": "2 Hz"}


def resident_mb() -> float:
    """Return the resident memory of this process [MB]."""
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE") / 1e6


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--episodes", type=int, default=1000)
    parser.add_argument("--scenario", default="driving/cut_in")
    options = parser.parse_args()

    from oddsmith import load_scenario
    from oddsmith.observing import sensor_setup
    from renderers.observation import observe_rows, sensor_columns
    from renderers.sensors import TABLE
    from renderers.shards import TableWriter, table_schema
    from sim.episode import record

    scenario = load_scenario(options.scenario, SMALL)
    kind = TABLE["camera"]
    with tempfile.TemporaryDirectory() as folder:
        for index in range(options.episodes):
            recording = record(scenario, scenario.nominal(1, index))
            setup = sensor_setup(scenario, "front", recording)
            with TableWriter(
                Path(folder), table_schema("front", sensor_columns(kind, setup.settings))
            ) as table:
                for row in observe_rows(kind, recording, setup, episode_id=f"{index:016x}", delay=0.0):
                    table.add(row)
                for part in table.finish():
                    part.path.unlink()
            if index + 1 in {1, 10, 50} or (index + 1) % 100 == 0:
                print(f"after {index + 1:5d} episodes {resident_mb():8.0f} MB", flush=True)


if __name__ == "__main__":
    main()
