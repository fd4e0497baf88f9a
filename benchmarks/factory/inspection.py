"""Labelled pictures of inspected parts per second, and docs/gallery/inspection.jpg with --sheet.

    python benchmarks/factory/inspection.py [--pictures 12] [--processes 2] [--sheet docs/gallery]

One picture is a row as the sensor writes it: 640 x 480, every label, the second shading without the defect that
says how far it stands out, PNG of picture and labels. Several processes, one per core, as `run` uses them. CPU
seconds stand beside the clock's, which a busy machine bends.
"""

from __future__ import annotations

import argparse
import time
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from renderers.inspection.seen import SeenPart
from renderers.inspection.sensor import InspectionCamera
from renderers.sample import SensorSetup
from sim.defects import DEFECTS
from sim.fields import Chosen
from sim.noise import Noise

RING = Chosen("ring", {"diameter": 0.14, "height": 0.16, "diffusion": 0.8})
DOME = Chosen("dome", {"height": 0.2, "hole": 0.03})
BAR = Chosen("bar", {"azimuth": 1.57, "elevation": 0.6, "distance": 0.2, "length": 0.15})

CASES = (
    ("brushed", RING, "scratch", 18e-3),
    ("brushed", RING, "stain", 9e-3),
    ("painted", RING, "dent", 10e-3),
    ("painted", DOME, "inclusion", 2.5e-3),
    ("painted", DOME, "colour_drift", 4e-6),
    ("cast", RING, "crack", 20e-3),
    ("cast", BAR, "pit", 2.2e-3),
    ("weld", RING, "spatter", 2.2e-3),
    ("weld", RING, "crack", 9e-3),
    ("board", BAR, "misplaced", 0.7e-3),
    ("board", DOME, "missing", 1.6e-3),
    ("brushed", BAR, "", 0.0),
)
"""Surface, light, kind of defect and its size [m]."""


def camera(surface: str, light: Chosen) -> InspectionCamera:
    """Return a camera with default settings."""
    settings: dict[str, Any] = {
        "surface": surface, "colour": [0.04, 0.10, 0.30], "resolution": [640, 480],
        "field": 0.06, "distance": 0.3, "tilt": 0.0, "light": light, "brightness": 1.0, "noise": 1.2,
        "blur": 0.5, "fixture": {"shift": 3e-4, "turn": 0.005},
        "negatives": {"dust": 1.5, "reflections": 0.15, "marks": 0.4},
        "one_in": 1, "labels": Chosen("all", {}), "depth": False, "format": "png",
    }  # fmt: skip
    return InspectionCamera(
        SensorSetup("eye", "inspection", "eye", np.eye(4), settings, np.empty(0), Noise(11))
    )


def work(case: tuple[str, Chosen, str, float], pictures: int) -> tuple[float, float]:
    """Return clock and CPU seconds per picture."""
    surface, light, kind, size = case
    eye = camera(surface, light)
    categories = ("part", *DEFECTS)
    for number in range(-1, pictures):
        if number == 0:
            began, spent = time.perf_counter(), time.process_time()
        eye.sample(number, SeenPart(number + 1, 60.0, True, kind, size, "", float("nan")), categories)
    return (time.perf_counter() - began) / pictures, (time.process_time() - spent) / pictures


def picture(case: tuple[str, Chosen, str, float], number: int) -> NDArray[np.uint8]:
    """Return a picture, the mask of its defect small in a corner of it."""
    surface, light, kind, size = case
    part = SeenPart(number, 60.0, True, kind, size, "", float("nan"))
    values = camera(surface, light).sample(0, part, ("part", *DEFECTS)).values
    bgr = cv2.imdecode(np.frombuffer(values["rgb"]["bytes"], np.uint8), cv2.IMREAD_COLOR)
    mask = cv2.imdecode(np.frombuffer(values["mask"]["bytes"], np.uint8), cv2.IMREAD_GRAYSCALE)
    height, width = mask.shape
    small = cv2.resize(mask, (width // 4, height // 4), interpolation=cv2.INTER_AREA)
    bgr[-small.shape[0] :, : small.shape[1]] = np.minimum(small.astype(int) * 3, 255).astype(np.uint8)[
        ..., None
    ]
    name = f"{surface}, {light.kind}: {kind or 'good'}"
    cv2.putText(bgr, name, (10, 24), cv2.FONT_HERSHEY_SIMPLEX, 0.7, (255, 255, 255), 1, cv2.LINE_AA)
    return np.asarray(bgr, np.uint8)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--pictures", type=int, default=12)
    parser.add_argument("--processes", type=int, default=2)
    parser.add_argument("--sheet", type=Path)
    given = parser.parse_args()
    if given.sheet is not None:
        tiles = [picture(case, number) for number, case in enumerate(CASES)]
        sheet = np.vstack([np.hstack(tiles[i : i + 3]) for i in range(0, len(tiles), 3)])
        small = cv2.resize(sheet, None, fx=0.6, fy=0.6, interpolation=cv2.INTER_AREA)
        cv2.imwrite(str(given.sheet / "inspection.jpg"), small, [cv2.IMWRITE_JPEG_QUALITY, 85])
        return
    for case in CASES:
        work(case, 1)  # compiles, or loads what was compiled
        with ProcessPoolExecutor(given.processes, get_context("fork")) as pool:
            times = list(pool.map(work, [case] * given.processes, [given.pictures] * given.processes))
        clock, cpu = np.mean(times, axis=0)
        rate, able = given.processes / clock, given.processes / cpu
        print(f"{case[0]:8} {case[1].kind:5} {case[2]:13} {rate:5.1f} pictures/s, {able:5.1f} by CPU time")


if __name__ == "__main__":
    main()
