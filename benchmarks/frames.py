"""Labelled frames to Parquet, beside PyBullet's TinyRenderer on the same scene.

    python benchmarks/frames.py [--scenario driving/cut_in] [--episodes 4] [--workers 2] [--labels all]

Ours: 640x480 frames with rgb, depth, instance, semantic, normals, flow, boxes and visibility (or whatever
`labels:` takes), encoded and written to Parquet, in one process per core; simulating and recording the
episode is included.
The yardstick: the same meshes at the same poses through `getCameraImage` with ER_TINY_RENDERER, which gives
rgb, depth and segmentation, nothing encoded or written, in one process (it uses one thread).
"""

from __future__ import annotations

import argparse
import multiprocessing
import tempfile
import time
from multiprocessing.queues import Queue
from multiprocessing.synchronize import Barrier
from pathlib import Path

import numpy as np


def _write_episodes(
    name: str, labels: str, indices: list[int], folder: Path, start_together: Barrier
) -> tuple[int, int, float, float]:
    """Record, observe and write some episodes; return (frames, bytes, seconds, CPU s) after one to warm up."""
    from oddsmith import load_scenario
    from oddsmith.observing import sensor_setup
    from renderers.observation import observe_rows, sensor_columns
    from renderers.sensors import TABLE
    from renderers.shards import TableWriter, table_schema
    from sim.episode import record

    scenario = load_scenario(name, {"sensors.front.camera.labels": labels})
    kind = TABLE["camera"]

    def write(index: int) -> tuple[int, int]:
        recording = record(scenario, scenario.nominal(1, index))
        setup = sensor_setup(scenario, "front", recording)
        schema = table_schema("front", sensor_columns(kind, setup.settings))
        with TableWriter(folder / f"{index:05d}", schema) as table:
            for row in observe_rows(kind, recording, setup, episode_id=f"{index:016x}", delay=0.0):
                table.add(row)
            table.finish()
        size = sum(path.stat().st_size for path in (folder / f"{index:05d}").iterdir())
        return len(setup.times), size

    write(10_000 + indices[0])
    start_together.wait()
    start, busy = time.perf_counter(), time.process_time()
    written = [write(index) for index in indices]
    seconds, busy = time.perf_counter() - start, time.process_time() - busy
    return sum(frames for frames, _ in written), sum(size for _, size in written), seconds, busy


def _work(
    name: str, labels: str, indices: list[int], folder: Path, start_together: Barrier, out: Queue
) -> None:
    out.put(_write_episodes(name, labels, indices, folder, start_together))


def ours(name: str, labels: str, episodes: int, workers: int) -> tuple[int, int, float, float]:
    """Return (frames, bytes written, seconds of the slowest worker, CPU seconds of all)."""
    context = multiprocessing.get_context("spawn")
    start_together, out = context.Barrier(workers), context.Queue()
    with tempfile.TemporaryDirectory() as folder:
        shares = [list(range(worker, episodes, workers)) for worker in range(workers)]
        tasks = [
            context.Process(target=_work, args=(name, labels, share, Path(folder), start_together, out))
            for share in shares
        ]
        for task in tasks:
            task.start()
        results = [out.get() for _ in tasks]
        for task in tasks:
            task.join()
    frames, sizes, seconds, busy = zip(*results, strict=True)
    return sum(frames), sum(sizes), max(seconds), sum(busy)


def tiny_renderer(name: str, frames: int) -> tuple[float, int]:
    """Return (seconds per frame, triangles) of TinyRenderer on the meshes of one episode."""
    import pybullet as p

    from oddsmith import load_scenario
    from renderers.assets import mesh_for
    from sim.episode import record

    scenario = load_scenario(name)
    recording = record(scenario, scenario.nominal(1, 0))
    client = p.connect(p.DIRECT)
    poses = recording.poses_at(recording.window[0] + 1.0)
    triangles = 0
    with tempfile.TemporaryDirectory() as folder:
        for body in recording.scene:
            mesh = mesh_for(body.shape)
            path = Path(folder) / f"{body.instance_id}.obj"
            lines = [f"v {x:.5f} {y:.5f} {z:.5f}" for x, y, z in mesh.vertices]
            lines += [f"vn {x:.4f} {y:.4f} {z:.4f}" for x, y, z in mesh.normals]
            lines += [f"f {a}//{a} {b}//{b} {c}//{c}" for a, b, c in mesh.faces + 1]
            path.write_text("\n".join(lines))
            visual = p.createVisualShape(p.GEOM_MESH, fileName=str(path), rgbaColor=[0.6, 0.6, 0.6, 1])
            pose = poses[body.name]
            p.createMultiBody(0, -1, visual, pose[:3].tolist(), pose[3:].tolist())
            triangles += len(mesh.faces)
    eye = poses["ego"][:3] + np.array([1.7, 0.0, 1.4])
    view = p.computeViewMatrix(eye.tolist(), (eye + np.array([10.0, 0.0, 0.0])).tolist(), [0, 0, 1])
    projection = p.computeProjectionMatrixFOV(55.0, 640 / 480, 0.1, 300.0)
    p.getCameraImage(640, 480, view, projection, renderer=p.ER_TINY_RENDERER)
    start = time.perf_counter()
    for _ in range(frames):
        p.getCameraImage(640, 480, view, projection, shadow=1, renderer=p.ER_TINY_RENDERER)
    seconds = (time.perf_counter() - start) / frames
    p.disconnect(client)
    return seconds, triangles


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--scenario", default="driving/cut_in")
    parser.add_argument("--episodes", type=int, default=4)
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--labels", default="{only: [depth, instance, semantic, normals, flow, objects]}")
    options = parser.parse_args()
    frames, size, seconds, busy = ours(options.scenario, options.labels, options.episodes, options.workers)
    tiny, triangles = tiny_renderer(options.scenario, 5)
    rate, each = frames / seconds, size / frames / 1024
    print(f"{options.scenario}, 640x480")
    print(f"oddsmith      {rate:7.1f} frames/s  {options.workers} processes, {each:.0f} KiB each")
    print(f"              labels: {options.labels}")
    print(f"              {1e3 * busy / frames:7.1f} ms of CPU per frame, which a busy machine bends less")
    print(f"TinyRenderer  {1 / tiny:7.1f} frames/s  1 process, {triangles} triangles, nothing encoded")
    print(f"ratio         {rate * tiny:7.1f}")


if __name__ == "__main__":
    main()
