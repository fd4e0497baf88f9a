"""One frame of ours and the same scene in Blender Cycles: side by side, and how far masks and depth agree.

    pip install bpy==5.0.1                            # into an environment of its own: it wants NumPy 1
    python benchmarks/blender/compare.py OUT [--scenario driving/cut_in] [--python /path/to/its/python]
        [--samples 48] [--threads 2] [--at 1.0] [--set world.weather=clear ...]

Blender gets the meshes as they stand in that frame, base colours and roughness of their materials, sun, sky
and camera. Our textures are functions inside our shading, so Blender's surfaces are plain; what it adds is
light that bounces. Its mask and depth come from pixels of one sample at their centres, as our labels do.
"""

from __future__ import annotations

import argparse
import subprocess
import time
from pathlib import Path

import cv2
import numpy as np

EDGE = 1  # pixels around the edge of a body that are left out, as anti-aliasing decides there


def export(out: Path, scenario_name: str, settings: dict[str, str], at: float) -> None:
    """Render our frame, and write it beside what Blender needs."""
    from oddsmith import load_scenario
    from oddsmith.observing import sensor_setup
    from renderers.camera.sensor import Camera
    from sim.episode import record

    scenario = load_scenario(scenario_name, settings)
    recording = record(scenario, scenario.nominal(1, 0))
    setup = sensor_setup(scenario, "front", recording)
    camera = Camera(recording, setup)
    index = int(np.argmin(np.abs(setup.times - at)))
    t = float(setup.times[index])
    camera.gbuffer(t)
    camera.picture(index, t)  # compiles
    start = time.process_time()
    labels = camera.gbuffer(t)
    picture = camera.picture(index, t)
    seconds = time.process_time() - start
    cv2.imwrite(str(out / "ours.png"), picture[..., ::-1])
    stage, view, model = camera._stage, camera.view(t), camera.model
    g, hidden = stage.geometry, view.hidden
    points, faces, materials, bodies = [], [], [], []
    count = 0
    for number in range(len(stage.bodies)):
        if number == hidden:
            continue
        (first, last), (low, high) = stage.vertex_ranges[0, number], stage.face_ranges[0, number]
        T = view.T_world_part[stage.part_start[number] + g.vertex_part[first:last]]
        placed = np.einsum("nij,nj->ni", T[:, :3, :3], g.vertices[first:last]) + T[:, :3, 3]
        points.append(placed)
        faces.append(g.faces[low:high] - first + count)
        materials.append(g.face_material[low:high])
        bodies.append(np.full(high - low, number))
        count += len(placed)
    light = camera._lighting
    np.savez(
        out / "scene.npz", points=np.concatenate(points), faces=np.concatenate(faces),
        material=np.concatenate(materials), body=np.concatenate(bodies), materials=g.materials,
        K=model.K, size=np.array([model.width, model.height]), T_world_camera=view.T_world_camera,
        sun=light.sun, sunlight=light.sunlight, sky=light.sky, haze=light.haze, exposure=light.exposure,
    )  # fmt: skip
    np.savez(out / "ours.npz", depth=labels.depth, body=labels.body, seconds=seconds)


def agreement(out: Path) -> None:
    """Print how far masks and depths agree."""
    ours, theirs = np.load(out / "ours.npz"), np.load(out / "blender.npz")
    body, other = ours["body"].astype(np.int64), theirs["body"].astype(np.int64)
    depth, other_depth = ours["depth"], theirs["depth"]
    edge = np.zeros(body.shape, np.uint8)
    for image in (body, other):
        edge[:, 1:] |= image[:, 1:] != image[:, :-1]
        edge[1:] |= image[1:] != image[:-1]
    inside = cv2.dilate(edge, np.ones((2 * EDGE + 1,) * 2, np.uint8)) == 0
    scores = []
    for number in np.unique(body[inside & (body >= 0)]):
        a, b = (body == number) & inside, (other == number) & inside
        scores.append((a & b).sum() / (a | b).sum())
    both = inside & (body == other) & (body >= 0)
    off = np.abs(other_depth[both] / depth[both] - 1.0)
    print(f"bodies {len(scores)}: mask IoU least {min(scores):.4f}, mean {np.mean(scores):.4f}")
    print(f"same body in {np.mean(body[inside] == other[inside]):.5f} of pixels away from edges, "
          f"{np.mean(body == other):.5f} of all")  # fmt: skip
    print(f"depth off by {np.median(off):.1e} (median), {np.quantile(off, 0.999):.1e} (99.9 %); "
          f"within 1 %: {np.mean(off < 0.01):.5f} of {both.sum()} pixels")  # fmt: skip
    print(f"ours {float(ours['seconds']):.3f} CPU s with labels; Cycles {float(theirs['seconds']):.1f} CPU s, "
          f"{float(theirs['wall']):.1f} s by the clock")  # fmt: skip
    pair = [cv2.imread(str(out / name)) for name in ("ours.png", "blender.png")]
    cv2.imwrite(str(out / "beside.jpg"), np.hstack(pair), [cv2.IMWRITE_JPEG_QUALITY, 85])


def main() -> None:
    """Export, let Blender render, compare."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("out", type=Path)
    parser.add_argument("--scenario", default="driving/cut_in")
    parser.add_argument("--python", default="python", help="of the environment that has bpy")
    parser.add_argument("--samples", type=int, default=48)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--at", type=float, default=1.0, help="moment of the episode [s]")
    parser.add_argument("--set", nargs="*", default=[], help="path=value, as `oddsmith run --set` takes them")
    args = parser.parse_args()
    args.out.mkdir(parents=True, exist_ok=True)
    export(args.out, args.scenario, dict(pair.split("=", 1) for pair in args.set), args.at)
    script = Path(__file__).with_name("in_blender.py")
    subprocess.run([args.python, str(script), str(args.out), str(args.samples), str(args.threads)], check=True)
    agreement(args.out)


if __name__ == "__main__":
    main()
