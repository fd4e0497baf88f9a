"""LiDAR turns per second on a street scene: casting alone, and whole turns with echoes and weather.

    python benchmarks/lidar.py [--weather rain] [--turns 20] [--workers 2]

A turn is 64 beams by 1800 columns of an HDL-64E on the roof of a car that drives on the street with twenty
actors that `frames.py` takes, against the meshes that the camera sees, every column at its own moment. Casting
alone is what `fire` does, beside the same rays one by one through the same tree. Whole turns have intensity by
material and incidence, textures, extinction, drops, range noise, detection, beam divergence at edges, and
labels; they are not encoded. CPU time is told beside the clock: a busy machine bends it less.
"""

from __future__ import annotations

import argparse
import multiprocessing
import time
from collections.abc import Callable
from multiprocessing.queues import Queue
from multiprocessing.synchronize import Barrier
from pathlib import Path

import numpy as np

from renderers.lidar.sensor import Lidar


def _lidar(name: str, weather: str) -> tuple[Lidar, float, int]:
    """Return the sensor in an episode, a moment of it, and the triangles within its reach."""
    from oddsmith import load_scenario
    from oddsmith.observing import sensor_setup
    from sim.episode import record

    scenario = load_scenario(name, {"world.weather": weather})
    recording = record(scenario, scenario.nominal(1, 0))
    lidar = Lidar(recording, sensor_setup(scenario, "roof", recording))
    return lidar, float(recording.window[0] + 1.0), len(lidar.targets.forest.corners)


def _timed(work: Callable[[int], object], times: int) -> tuple[float, float]:
    """Return (seconds, CPU seconds) of one call, after one to warm up."""
    work(0)
    start, busy = time.perf_counter(), time.process_time()
    for k in range(times):
        work(k)
    return (time.perf_counter() - start) / times, (time.process_time() - busy) / times


def _work(
    name: str, weather: str, turns: int, start_together: Barrier, out: Queue[tuple[float, float]]
) -> None:
    lidar, t, _ = _lidar(name, weather)
    lidar.scan(0, t)
    start_together.wait()
    out.put(_timed(lambda k: lidar.scan(k, t + 0.1 * (k % 20)), turns))


def together(name: str, weather: str, turns: int, workers: int) -> tuple[float, float]:
    """Return (turns per second of all processes, CPU seconds a turn)."""
    context = multiprocessing.get_context("spawn")
    start_together, out = context.Barrier(workers), context.Queue()
    tasks = [
        context.Process(target=_work, args=(name, weather, turns, start_together, out)) for _ in range(workers)
    ]
    for task in tasks:
        task.start()
    results = [out.get() for _ in tasks]
    for task in tasks:
        task.join()
    seconds, busy = zip(*results, strict=True)
    return sum(1.0 / each for each in seconds), sum(busy) / workers


def casting(lidar: Lidar, t: float, turns: int) -> tuple[float, float]:
    """Return CPU seconds of casting a turn's rays by fans, and one by one against what stands still."""
    from sim.raycast.nearest import cast
    from sim.raycast.tree import Tree

    forest = lidar.targets.forest
    tree = Tree(forest.boxes, forest.children, forest.corners, forest.labels)
    moments = np.full(len(lidar.azimuths), t)
    elevations = lidar.model.elevations
    level = np.stack([np.cos(lidar.azimuths), np.sin(lidar.azimuths)], axis=1)
    directions = np.concatenate(
        [np.column_stack([np.cos(e) * level, np.full(len(level), np.sin(e))]) for e in elevations]
    )
    pose = lidar.poses(moments[:1])[0]
    origins = np.tile(pose[:3, 3] - lidar.targets.anchor, (len(directions), 1))
    directions = directions @ pose[:3, :3].T
    fans = _timed(lambda _: lidar.fire(t), turns)[1]
    return fans, _timed(lambda _: cast(tree, origins, directions, limit=lidar.model.range), turns)[1]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--scenario", default=str(Path(__file__).parent / "busy_street_lidar.yaml"))
    parser.add_argument("--weather", default="rain")
    parser.add_argument("--turns", type=int, default=20)
    parser.add_argument("--workers", type=int, default=2)
    options = parser.parse_args()
    lidar, t, triangles = _lidar(options.scenario, options.weather)
    rays = len(lidar.azimuths) * len(lidar.model.elevations)
    fans, single = casting(lidar, t, options.turns)
    wall, busy = _timed(lambda k: lidar.scan(k, t), options.turns)
    print(f"{options.scenario}, {options.weather}: {triangles} triangles in reach, {rays} rays a turn")
    print(f"casting by fans      {1e-6 * rays / fans:7.2f} Mray per CPU second, {1e3 * fans:.1f} ms a turn")
    print(f"casting one by one   {1e-6 * rays / single:7.2f}")
    print(
        f"whole turns          {1e-6 * rays / busy:7.2f}, {1e3 * busy:.1f} ms ({1e3 * wall:.1f} by the clock)"
    )
    rate, each = together(options.scenario, options.weather, options.turns, options.workers)
    print(f"{options.workers} processes          {rate:7.1f} turns/s by clock, {1e-6 * rays * rate:.2f} Mray/s")
    print(f"                     {options.workers / each:7.1f} turns/s by CPU time")


if __name__ == "__main__":
    main()
