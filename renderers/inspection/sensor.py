"""The inspection camera as a sensor: its columns, and a recording turned into labelled pictures of parts."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from typing import Any

import cv2
import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from renderers.camera.encoding import encode_jpeg, encode_png, encode_tiff
from renderers.inspection.annotations import DISTRACTORS, OBJECTS, contrast_of, distractors_of, objects_of
from renderers.inspection.developing import developed, levels_of
from renderers.inspection.dice import key_of
from renderers.inspection.scene import Cell, PartScene, cell_of, place_part
from renderers.inspection.seen import SeenPart, seen_parts
from renderers.inspection.shading import shade
from renderers.inspection.tracing import Traced, traced
from renderers.inspection_declaration import LABELS
from renderers.label_choice import chosen_of
from renderers.sample import Column, Sample, SensorSetup
from sim.recording import Recording

__all__ = ["HEIGHT_STEP", "InspectionCamera", "columns", "observe"]

HEIGHT_STEP = 1e-7
"""Metres per step of the height label, about 32768."""
_IMAGE = pa.struct([("bytes", pa.binary()), ("path", pa.string())])
_TYPES = {
    "objects": OBJECTS,
    "distractors": DISTRACTORS,
    "contrast": pa.list_(
        pa.struct([("instance_id", pa.uint16()), ("levels", pa.float32()), ("visibility", pa.float32())])
    ),
}
_LEAST_CHANGE = 3.0
"""Levels by which a defect changes a pixel that counts as visible."""


def columns(settings: Mapping[str, Any]) -> tuple[Column, ...]:
    """Return the columns of an inspection camera's table."""
    text, number = pa.string(), pa.float64()
    seen = [
        Column("rgb", _IMAGE, "feature", f"the picture, {settings['format']}"),
        Column("K", pa.list_(pa.float64(), 9), "feature", "intrinsics, row by row", "px"),
    ]
    if settings["depth"]:
        doc = "distance along the optical axis, 32-bit float TIFF"
        seen.append(Column("depth", _IMAGE, "feature", doc, "m"))
    true = (
        Column("part", pa.int64(), "key", "the part, as in the tables of parts"),
        Column("is_defective", pa.bool_(), "label", "whether the part has a defect"),
        Column("defect", text, "label", "kind of the defect; empty for none"),
        Column("size", number, "label", "size of the defect, as its kind means it", "m"),
        Column("cause", text, "label", "the hidden fault behind it: component#life; empty for none"),
        Column("wear", number, "label", "wear of that component then, 1 at failure; null without one"),
        Column("passed", pa.bool_(), "label", "what the station's own inspection said"),
        Column(
            "T_part_camera", pa.list_(pa.float64(), 16), "label", "pose of the camera over the part, row by row"
        ),
    )
    units = {"height": "m/1e7"}
    labels = (
        Column(name, _TYPES.get(name, _IMAGE), "label", LABELS[name], units.get(name, ""))
        for name in chosen_of(LABELS, settings)
    )
    return (*seen, *true, *labels)


def observe(recording: Recording, setup: SensorSetup) -> Iterator[Sample]:
    """Yield a picture of every part that the machine inspects, in time order.

    Raises:
        RunError: the camera stands on nothing that inspects, or a defect cannot be on its surface.
    """
    camera = InspectionCamera(setup)
    one_in = int(setup.settings["one_in"])
    for index, part in enumerate(seen_parts(recording, setup.on, one_in=one_in)):
        yield camera.sample(index, part, recording.scene.categories)


class InspectionCamera:
    """One inspection camera in one episode."""

    def __init__(self, setup: SensorSetup) -> None:
        """Set up the cell and its exposure."""
        self._setup = setup
        self._labels = chosen_of(LABELS, setup.settings)
        self.cell: Cell = cell_of(setup.settings)

    def trace(self, part: SeenPart) -> tuple[PartScene, Traced]:
        """Return a part as it lies under the camera, and what each pixel sees of it."""
        scene = place_part(self.cell, part, self._setup.noise)
        return scene, traced(scene.stage, *self.cell.size)

    def levels(self, scene: PartScene, seen: Traced) -> NDArray[np.float32]:
        """Return the (H, W, 3) display levels without noise."""
        radiance = shade(scene.stage, scene.lamps, scene.art, seen)
        return levels_of(radiance, self.cell.gain, float(self._setup.settings["blur"]))

    def good_levels(self, scene: PartScene, seen: Traced, levels: NDArray[np.float32]) -> NDArray[np.float32]:
        """Return the levels of the same part in the same light without its defects, where they are."""
        is_defect = seen.defect > 0
        if not is_defect.any():
            return levels
        width, height = self.cell.size
        blur = float(self._setup.settings["blur"])
        around = 4 + 2 * math.ceil(3.0 * blur)  # as far as the lens spreads light
        wanted = cv2.dilate(is_defect.astype(np.uint8), np.ones((2 * around + 1, 2 * around + 1), np.uint8))
        is_moved = len(scene.stage.solids.rows) > 0
        good = traced(scene.good, width, height, wanted=wanted) if is_moved else seen
        flat = good._replace(defect=np.zeros_like(seen.defect))
        rows, cols = np.nonzero(wanted.any(axis=1))[0], np.nonzero(wanted.any(axis=0))[0]
        left, top = int(cols[0]), int(rows[0])
        part = slice(top, int(rows[-1]) + 1), slice(left, int(cols[-1]) + 1)
        out = np.ascontiguousarray(shade(scene.good, scene.lamps, self.cell.art, flat, wanted=wanted)[part])
        without = levels.copy()
        own = levels_of(out, self.cell.gain, blur, window=(left, top, width, height))
        without[part] = np.where(is_defect[part][..., None], own, levels[part])
        return without

    def sample(self, index: int, part: SeenPart, categories: tuple[str, ...]) -> Sample:
        """Return one picture with everything the settings ask for."""
        setup, settings = self._setup, self._setup.settings
        scene, seen = self.trace(part)
        levels = self.levels(scene, seen)
        key = key_of(setup.noise, "pixels", part.number, part.t, entity=setup.name)
        rgb = developed(levels, key=key, noise=float(settings["noise"]))
        is_jpeg = settings["format"] == "jpeg"
        values: dict[str, Any] = {
            "rgb": self._file(
                encode_jpeg(rgb) if is_jpeg else encode_png(rgb), index, "jpg" if is_jpeg else "png"
            ),
            "K": self.cell.K.ravel().tolist(),
            "part": part.number,
            "is_defective": bool(part.kind),
            "defect": part.kind,
            "size": part.size,
            "cause": part.cause,
            "wear": None if np.isnan(part.wear) else part.wear,
            "passed": part.passed,
            "T_part_camera": scene.T_part_camera.ravel().tolist(),
        }
        if settings["depth"]:
            values["depth"] = self._file(encode_tiff(seen.depth), index, "depth.tiff")
        for name, image in self._images(scene, seen, categories).items():
            values[name] = self._file(encode_png(image, "semantic"), index, f"{name}.png")
        if "objects" in self._labels:
            values["objects"] = objects_of(scene, seen, categories)
        if "distractors" in self._labels:
            values["distractors"] = distractors_of(scene, seen)
        if {"contrast", "visible"} & set(self._labels):
            apart = cv2.absdiff(levels, self.good_levels(scene, seen, levels))
            change = cv2.max(cv2.max(apart[..., 0], apart[..., 1]), apart[..., 2])
            if "contrast" in self._labels:
                values["contrast"] = contrast_of(scene, seen, change, _LEAST_CHANGE)
            if "visible" in self._labels:
                visible = np.where((seen.defect > 0) & (change >= _LEAST_CHANGE), 255, 0).astype(np.uint8)
                values["visible"] = self._file(encode_png(visible, "semantic"), index, "visible.png")
        return Sample(index, part.t, values)

    def _images(
        self, scene: PartScene, seen: Traced, categories: tuple[str, ...]
    ) -> dict[str, NDArray[np.uint8] | NDArray[np.uint16]]:
        """Return the label images that are wanted and that no light touches."""
        images: dict[str, NDArray[np.uint8] | NDArray[np.uint16]] = {}
        if "mask" in self._labels:
            images["mask"] = np.where(seen.defect > 0, 255, 0).astype(np.uint8)
        if "instance" in self._labels:
            images["instance"] = seen.defect
        if "semantic" in self._labels:
            classes = [categories.index("part") + 1, *(categories.index(one.kind) + 1 for one in scene.defects)]
            images["semantic"] = np.array(classes, np.uint8)[seen.defect]
        if "negatives" in self._labels:
            images["negatives"] = seen.negative
        if "height" in self._labels:
            steps = np.rint(seen.height / np.float32(HEIGHT_STEP)) + 32768.0
            images["height"] = np.clip(steps, 0.0, 65535.0).astype(np.uint16)
        return images

    def _file(self, content: bytes, index: int, suffix: str) -> dict[str, Any]:
        return {"bytes": content, "path": f"{self._setup.name}/{index:06d}.{suffix}"}
