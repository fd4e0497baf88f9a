"""Parts under cameras, made by hand."""

from __future__ import annotations

from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from renderers.inspection.seen import SeenPart
from renderers.inspection.sensor import InspectionCamera
from renderers.sample import SensorSetup
from sim.defects import DEFECTS
from sim.fields import Chosen
from sim.noise import Draw, Noise
from sim.recording import Channel, Outcome, Recording
from sim.scene import Scene, Shape

RING = Chosen("ring", {"diameter": 0.14, "height": 0.16, "diffusion": 0.8})
DOME = Chosen("dome", {"height": 0.2, "hole": 0.03})
BAR = Chosen("bar", {"azimuth": 1.57, "elevation": 0.6, "distance": 0.2, "length": 0.15})

_SETTINGS: dict[str, Any] = {
    "surface": "brushed", "colour": [0.04, 0.10, 0.30], "resolution": [160, 120],
    "field": 0.06, "distance": 0.3, "tilt": 0.0, "light": RING, "brightness": 1.0, "noise": 1.2, "blur": 0.5,
    "fixture": {"shift": 3e-4, "turn": 0.005}, "negatives": {"dust": 0.0, "reflections": 0.0, "marks": 0.0},
    "one_in": 1, "labels": Chosen("all", {}), "depth": False, "format": "png",
}  # fmt: skip

CATEGORIES = ("part", *DEFECTS)


SURFACES = {
    "scratch": "brushed", "dent": "painted", "crack": "cast", "pit": "weld", "inclusion": "painted",
    "stain": "cast",    "missing": "board", "misplaced": "board", "spatter": "weld", "colour_drift": "painted",
}  # fmt: skip
SIZES = {"pit": 2e-3, "missing": 1.6e-3, "misplaced": 6e-4, "spatter": 2e-3, "colour_drift": 15e-6}


def settings(**changes: Any) -> dict[str, Any]:
    """Return settings of a camera, some of them changed."""
    return {**_SETTINGS, **changes}


def part(kind: str = "", size: float = 0.0, number: int = 0) -> SeenPart:
    """Return a part with a defect."""
    return SeenPart(number, 10.0 * number, True, kind, size, "", float("nan"))


def recording(rows: list[tuple[int, float, bool, float, str, str]]) -> Recording:
    """Return a recording whose machine `eye` inspects parts: part, t, is_spoilt, severity, cause, defect."""
    scene = Scene(CATEGORIES)
    scene.add("eye", category="part", shape=Shape("machine", (2.0, 1.5, 1.8)))
    names = ("part", "t", "is_spoilt", "severity", "cause", "defect")
    columns = {name: np.array([row[i] for row in rows]) for i, name in enumerate(names)}
    columns |= {"machine": np.array(["eye"] * len(rows)), "passed": np.ones(len(rows), bool)}
    wear = Channel("tool", "wear", "", np.array([0.0, 100.0]), np.array([0.0, 1.0]))
    outcome = Outcome({}, {}, {}, {})
    return Recording(scene, (), (wear,), {"quality": (columns,)}, (), outcome, Draw(1, ()), {}, (0.0, 100.0))


def setup(name: str = "camera", key: int = 5, **changes: Any) -> SensorSetup:
    """Return a camera over `eye`."""
    return SensorSetup(name, "inspection", "eye", np.eye(4), settings(**changes), np.empty(0), Noise(key))


@pytest.fixture(scope="session")
def hand() -> SimpleNamespace:
    """What makes parts, cameras and recordings by hand."""
    return SimpleNamespace(settings=settings, part=part, recording=recording, setup=setup, dome=DOME, bar=BAR)


@pytest.fixture(scope="session")
def sample_of() -> Callable[..., dict[str, Any]]:
    """The values of a picture: sample_of(kind, number=0, name="camera", key=5, size=None, **settings)."""

    def sample(
        kind: str,
        *,
        number: int = 0,
        name: str = "camera",
        key: int = 5,
        size: float | None = None,
        **changes: Any,
    ) -> dict[str, Any]:
        camera = InspectionCamera(setup(name, key, **{"surface": SURFACES.get(kind, "brushed"), **changes}))
        size = size or (SIZES.get(kind, 8e-3) if kind else 0.0)
        return dict(camera.sample(0, part(kind, size, number), CATEGORIES).values)

    return sample
