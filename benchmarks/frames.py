"""Labelled frames to Parquet, beside PyBullet's TinyRenderer on the same scene.

    python benchmarks/frames.py [--scenario driving/cut_in] [--episodes 4] [--workers 2] [--labels all]
        [--resolution 640x480]

`--scenario benchmarks/busy_street.yaml` is a street with twenty actors and more than 150,000 triangles.

Ours: frames with rgb, depth, instance, semantic, normals, flow, boxes and visibility (or whatever
`labels:` takes), encoded and written to Parquet, in one process per core; simulating and recording the
episode is included.
The yardstick: the same meshes at the same poses through `getCameraImage` with ER_TINY_RENDERER, which gives
rgb, depth and segmentation, nothing encoded or written, in one process (it uses one thread).
"""

from __future__ import annotations

import argparse
import multiprocessing
import resource
import tempfile
import time
from multiprocessing.queues import Queue
from multiprocessing.synchronize import Barrier
from pathlib import Path

import numpy as np


def _write_episodes(
    name: str, labels: str, resolution: str, indices: list[int], folder: Path, start_together: Barrier
) -> tuple[int, int, float, float, float]:
    """Record, observe and write some episodes after one to warm up.

    Returns:
        Frames, bytes, seconds, CPU seconds, and the most memory of the process [MB].
    """
    from oddsmith import load_scenario
    from oddsmith.observing import sensor_setup
    from renderers.observation import observe_rows, sensor_columns
    from renderers.sensors import TABLE
    from renderers.shards import TableWriter, table_schema
    from sim.episode import record

    scenario = load_scenario(
        name, {"sensors.front.camera.labels": labels, "sensors.front.camera.resolution": resolution}
    )
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
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024 / 1e6
    return sum(frames for frames, _ in written), sum(size for _, size in written), seconds, busy, memory


def _work(
    name: str, labels: str, resolution: str, indices: list[int], folder: Path, start_together: Barrier,
    out: Queue,
) -> None:  # fmt: skip
    out.put(_write_episodes(name, labels, resolution, indices, folder, start_together))


def ours(
    name: str, labels: str, resolution: str, episodes: int, workers: int
) -> tuple[int, int, float, float, float]:
    """Return (frames, bytes written, seconds of the slowest worker, CPU seconds of all, MB of the largest)."""
    context = multiprocessing.get_context("spawn")
    start_together, out = context.Barrier(workers), context.Queue()
    with tempfile.TemporaryDirectory() as folder:
        shares = [list(range(worker, episodes, workers)) for worker in range(workers)]
        tasks = [
            context.Process(
                target=_work, args=(name, labels, resolution, share, Path(folder), start_together, out)
            )
            for share in shares
        ]
        for task in tasks:
            task.start()
        results = [out.get() for _ in tasks]
        for task in tasks:
            task.join()
    frames, sizes, seconds, busy, memory = zip(*results, strict=True)
    return sum(frames), sum(sizes), max(seconds), sum(busy), max(memory)


def tiny_renderer(name: str, frames: int, width: int, height: int) -> tuple[float, int, int]:
    """Return (seconds per frame, triangles, labelled bodies) of TinyRenderer on the meshes of one episode."""
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
    projection = p.computeProjectionMatrixFOV(55.0, width / height, 0.1, 300.0)
    p.getCameraImage(width, height, view, projection, renderer=p.ER_TINY_RENDERER)
    start = time.perf_counter()
    for _ in range(frames):
        p.getCameraImage(width, height, view, projection, shadow=1, renderer=p.ER_TINY_RENDERER)
    seconds = (time.perf_counter() - start) / frames
    p.disconnect(client)
    return seconds, triangles, sum(body.labelled for body in recording.scene)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--scenario", default="driving/cut_in")
    parser.add_argument("--episodes", type=int, default=4)
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--labels", default="{only: [depth, instance, semantic, normals, flow, objects]}")
    parser.add_argument("--resolution", default="640x480")
    options = parser.parse_args()
    width, height = (int(side) for side in options.resolution.split("x"))
    frames, size, seconds, busy, memory = ours(
        options.scenario, options.labels, f"[{width}, {height}]", options.episodes, options.workers
    )
    tiny, triangles, bodies = tiny_renderer(options.scenario, 5, width, height)
    rate, each = frames / seconds, size / frames / 1024
    print(f"{options.scenario}, {width}x{height}, {triangles} triangles, {bodies} labelled bodies")
    print(f"oddsmith      {rate:7.1f} frames/s  {options.workers} processes, {each:.0f} KiB each")
    print(f"              labels: {options.labels}")
    print(f"              {1e3 * busy / frames:7.1f} ms of CPU per frame, which a busy machine bends less")
    print(f"              {memory:7.1f} MB at most in a process")
    print(f"TinyRenderer  {1 / tiny:7.1f} frames/s  1 process, nothing encoded")
    print(f"ratio         {rate * tiny:7.1f}")


if __name__ == "__main__":
    main()
