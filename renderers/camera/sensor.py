"""The camera as a sensor: its columns, and a recording turned into frames."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from renderers.annotations import KeyPoint, Silhouette, annotate
from renderers.assets.boxes import box_at
from renderers.assets.key_points import key_points
from renderers.camera.declaration import LABELS, labels_of
from renderers.camera.drawing import View
from renderers.camera.encoding import (
    encode_jpeg,
    encode_png,
    encode_tiff,
    pack_depth,
    pack_disparity,
    pack_flow,
    pack_normals,
)
from renderers.camera.frame import Film, FrameRenderer
from renderers.camera.grading import Grading
from renderers.camera.intrinsics import Intrinsics
from renderers.camera.lens import COEFFICIENTS, FISHEYE, WIDEST
from renderers.camera.lighting import darkness, lighting
from renderers.camera.model import T_SENSOR_CAMERA, CameraModel
from renderers.camera.motion import Motion
from renderers.camera.shots import is_blurred, moments, moved, openings
from renderers.camera.stage import Stage
from renderers.camera.standing import body_about
from renderers.camera.stereo import baseline
from renderers.raster.developing import Photosites
from renderers.raster.gbuffer import GBuffer
from renderers.sample import Column, Sample, SensorSetup
from renderers.weather import degrade
from sim.errors import RunError
from sim.geometry import Array
from sim.noise import Noise
from sim.recording import Recording

__all__ = ["Camera", "columns", "observe"]

_IMAGE = pa.struct([("bytes", pa.binary()), ("path", pa.string())])
_NUMBERS = pa.list_(pa.float32())
_OBJECTS = pa.list_(
    pa.struct(
        [
            ("instance_id", pa.uint16()),
            ("name", pa.string()),
            ("category", pa.string()),
            ("category_id", pa.uint8()),
            ("bbox", _NUMBERS),
            ("amodal_bbox", _NUMBERS),
            ("pixels", pa.int32()),
            ("visibility", pa.float32()),
            ("truncation", pa.float32()),
            ("occlusion", pa.float32()),
            ("distance", pa.float32()),
            ("box3d", pa.struct([("center", _NUMBERS), ("size", _NUMBERS), ("rotation", _NUMBERS)])),
            ("amodal_mask", pa.binary()),
            (
                "keypoints",
                pa.list_(
                    pa.struct(
                        [
                            ("name", pa.string()),
                            ("x", pa.float32()),
                            ("y", pa.float32()),
                            ("visibility", pa.uint8()),
                        ]
                    )
                ),
            ),
            ("lights", pa.list_(pa.string())),
        ]
    )
)
_KEPT = 3
"""Views that are kept: of a frame, of the ones before and after it, and of the moment flow leads to."""
_SAME = 1e-9
"""Moments nearer than this are one [s]."""
_LABEL_TYPES = {name: _OBJECTS if name == "objects" else _IMAGE for name in LABELS}
_DEPTH_UNITS = {"uint16": "m/256", "float32": "m"}


def columns(settings: Mapping[str, Any]) -> tuple[Column, ...]:
    """Return the columns of a camera's table."""
    always: tuple[Column, ...] = (
        Column("rgb", _IMAGE, "feature", f"the picture, {settings['format']}"),
        Column("K", pa.list_(pa.float64(), 9), "feature", "intrinsics, row by row", "px"),
        Column(
            "T_world_camera",
            pa.list_(pa.float64(), 16),
            "label",
            "pose of the camera (x right, y down, z forward), row by row",
        ),
    )
    always += (
        Column(
            "T_body_camera",
            pa.list_(pa.float64(), 16),
            "feature",
            "calibrated pose of the camera on the body that carries it, in the world without one, row by row",
        ),
    )
    lens = settings["distortion"].kind
    if lens != "none":
        names = ", ".join(COEFFICIENTS[lens])
        doc = f"distortion, {lens}: {names}, as OpenCV takes them"
        always = (*always[:2], Column("distortion", pa.list_(pa.float64()), "feature", doc), *always[2:])
    units = {"depth": _DEPTH_UNITS[settings["depth"]], "flow": "px/64", "backward_flow": "px/64"}
    units["disparity"] = "px/256"
    labels = tuple(
        Column(name, _LABEL_TYPES[name], "label", LABELS[name], units.get(name, ""))
        for name in labels_of(settings)
    )
    return always + labels


def observe(recording: Recording, setup: SensorSetup) -> Iterator[Sample]:
    """Yield the frames of a recording, in time order.

    Raises:
        RunError: the camera stands inside a body at the beginning.
    """
    from renderers.camera.rolling import RollingCamera

    rolls = float(setup.settings["readout"]) > 0.0
    camera = RollingCamera(recording, setup) if rolls else Camera(recording, setup)
    camera.refuse_inside()
    for index, t in enumerate(setup.times):
        yield camera.sample(index, float(t))


class Camera:
    """One camera in one episode."""

    def __init__(self, recording: Recording, setup: SensorSetup, *, threads: int = 1) -> None:
        """Build the stage and reserve the buffers.

        Args:
            recording: the truth.
            setup: where the camera is and what it gives.
            threads: bands of rows drawn at the same time; the frames do not depend on it.
        """
        self._recording, self._setup = recording, setup
        settings = setup.settings
        self.model = CameraModel(Intrinsics.of(settings))
        self._labels = labels_of(settings)
        self._stage = Stage.of(recording.scene)
        self._motion = Motion(recording, self._stage)
        self._frames = FrameRenderer(
            self._stage, self.model, self._motion.is_still, near=_near(self.model, settings), threads=threads,
            looks_ahead="next_frame" in self._labels,
        )  # fmt: skip
        other = setup.T_sensor_other
        self._baseline = baseline(other) if other is not None and "disparity" in self._labels else 0.0
        light = recording.scene.light
        self._darkness = darkness(light)
        seed = _bits(setup.noise, "sky", 0, 0.0)
        self._lighting = lighting(light, seed, float(settings["exposure"]), float(settings["contrast"]))
        self._grading = Grading.of(settings)
        self._film = _film(settings)
        self._views: dict[float, View] = {}
        names = [body.name for body in self._stage.bodies]
        is_hidden = setup.on is not None and not settings["sees_carrier"]
        self._hidden = names.index(setup.on) if is_hidden and setup.on is not None else -1

    def refuse_inside(self) -> None:
        """Raise a RunError if the camera stands in a body other than its carrier when the episode begins."""
        setup, t = self._setup, self._recording.window[0]
        eye = self._motion.camera_at(t, setup.on, setup.T_body_sensor)[:3, 3]
        name = body_about(self._stage, self._motion.parts_at(t), eye, carrier=setup.on)
        if name is not None:
            raise RunError(
                f"sensors.{setup.name}: the camera stands inside {name!r}; its `at:` must lie outside of it"
            )

    def view(self, t: float) -> View:
        """Return where everything is at a moment; the last answers are kept."""
        if t not in self._views:
            while len(self._views) > _KEPT:
                self._views.pop(next(iter(self._views)))
            self._views[t] = self._view(t)
        return self._views[t]

    def _view(self, t: float) -> View:
        T_world_camera = self._motion.camera_at(t, self._setup.on, self._setup.T_body_sensor)
        return View(self._motion.parts_at(t), T_world_camera, self._hidden)

    def gbuffer(self, t: float) -> GBuffer:
        """Draw a frame and return its labels, which stay valid until the next frame.

        Without flow where the recording ends before the next frame.
        """
        later = t + 1.0 / float(self._setup.settings["rate"])
        is_known = later <= self._recording.window[1] + 1e-9
        out = self._frames.labels(self.view(t), self.view(later if is_known else t))
        if not is_known:
            out.flow.fill(np.nan)
        return out

    def picture(self, index: int, t: float) -> NDArray[np.uint8]:
        """Return the (H, W, 3) RGB picture of the frame that `gbuffer` drew last.

        A picture that is blurred is drawn from many views; `objects` must be asked for before it.
        """
        setup, light = self._setup, self._recording.scene.light
        key = _bits(setup.noise, setup.name, index, t)
        exposed = self._grading.applied(self._exposed(t))
        picture = self._frames.developed(exposed, self._lighting, self._film, key=key)
        if light.rain > 0.0 or light.snow > 0.0:
            speed = self._recording.channel(setup.on or "", "speed")
            picture = degrade(
                picture,
                light=light,
                key=key,
                t=t,
                focal=self.model.focal,
                speed=0.0 if speed is None else speed.at(t),
            )
        return picture

    def _exposed(self, t: float) -> NDArray[np.float32]:
        """Return (H, W, 3) exposed radiance of the frame that `gbuffer` drew last."""
        if is_blurred(self._setup.settings):
            return self._frames.mean_light(self._shots(t), self._lighting)
        return self._frames.light(self.view(t), self._motion.lamps_at(t, self._darkness), self._lighting)

    def _shots(self, t: float) -> Iterator[tuple[View, NDArray[np.float32]]]:
        """Yield the views, and the lamps in them, whose mean is the picture."""
        settings = self._setup.settings
        count, focus = int(settings["blur_steps"]), float(settings["focus"])
        times = moments(t, float(settings["shutter"]), count, self._recording.window)
        for moment, (right, down) in zip(times, openings(float(settings["aperture"]), count), strict=True):
            view = self._view(moment)
            view = View(
                view.T_world_part,
                moved(view.T_world_camera, right, down),
                view.hidden,
                (right / focus, down / focus),
            )
            yield view, self._motion.lamps_at(moment, self._darkness)

    def objects(self, t: float, gbuffer: GBuffer) -> list[dict[str, Any]]:
        """Return the annotations of the frame that `gbuffer` drew last, by instance id."""
        view, stage = self.view(t), self._stage
        T_camera_part = view.T_camera_part
        found = self._silhouettes(t, gbuffer)
        return [
            annotate(
                stage.bodies[body],
                int(stage.semantic[body]),
                T_camera_part[stage.part_start[body]],
                found[body],
                amodal_mask=encode_png(found[body].mask, "instance"),
                keypoints=self._key_points(body, t, T_camera_part[stage.part_start[body]], gbuffer),
                lights=self._motion.lights_on(body, t),
                box=box_at(stage.bodies[body], self._recording, t),
            ).row()
            for body in sorted(found)
        ]

    def _silhouettes(self, t: float, gbuffer: GBuffer) -> dict[int, Silhouette]:
        return self._frames.silhouettes(gbuffer)

    def _drawn(self, t: float) -> dict[str, bytes]:
        """Return the files asked for that are not of the G-buffer: paint, and the frames around."""
        out, step, window = {}, 1.0 / float(self._setup.settings["rate"]), self._recording.window
        shape = self.model.height, self.model.width
        if "backward_flow" in self._labels:
            before = t - step
            flow = np.full((*shape, 2), np.nan, np.float32)
            if before >= window[0] - _SAME:
                flow = self._frames.flow_back(self.view(t), self.view(self._frame_at(before)))
            out["backward_flow"] = encode_png(pack_flow(flow), "backward_flow")
        if "markings" in self._labels:
            out["markings"] = encode_png(self._frames.markings(), "markings")
        if "lanes" in self._labels:
            out["lanes"] = encode_png(self._frames.lanes(), "lanes")
        if "next_frame" in self._labels:
            fates = np.zeros(shape, np.uint8)
            if t + step <= window[1] + _SAME:
                fates = self._frames.fates(self.view(t), self.view(self._frame_at(t + step)))
            out["next_frame"] = encode_png(fates, "next_frame")
        return out

    def _frame_at(self, t: float) -> float:
        """Return the frame's own moment where there is one at a moment: sums of steps differ in digits."""
        times = self._setup.times
        at = int(np.argmin(np.abs(times - t)))
        return float(times[at]) if abs(times[at] - t) < _SAME else t

    def _key_points(self, body: int, t: float, T_camera_body: Array, gbuffer: GBuffer) -> tuple[KeyPoint, ...]:
        """Return where the key points of a body are seen, and whether nothing but its own flesh hides them."""
        points = key_points(self._stage.bodies[body].shape, self._motion.channels_at(body, t))
        if points is None:
            return ()
        places = self._points_seen(body, t, points.places @ T_camera_body[:3, :3].T + T_camera_body[:3, 3])
        seen = self.model.project(places)
        found = []
        for name, (x, y), z, depth in zip(points.names, seen, places[:, 2], points.depths, strict=True):
            visibility = 0
            if 0.0 <= x < self.model.width and 0.0 <= y < self.model.height:
                surface = float(gbuffer.depth[int(y), int(x)])
                visibility = 2 if surface == 0.0 or surface >= z - depth else 1
            at_x, at_y = (float(x), float(y)) if np.isfinite(x) else (None, None)
            found.append(KeyPoint(name, at_x, at_y, visibility))
        return tuple(found)

    def _points_seen(self, body: int, t: float, places: Array) -> Array:
        """Return (N, 3) where the key points of a body are in the camera frame when they are seen.

        Args:
            body: its number on the stage.
            t: moment of the frame [s].
            places: (N, 3) where they are at that moment.
        """
        return places

    def sample(self, index: int, t: float) -> Sample:
        """Return one frame with everything the settings ask for."""
        gbuffer = self.gbuffer(t)
        objects = self.objects(t, gbuffer) if "objects" in self._labels else []
        drawn = self._drawn(t)
        rgb = self.picture(index, t)
        is_jpeg, quality = self._setup.settings["format"] == "jpeg", int(self._setup.settings["quality"])
        values: dict[str, Any] = {
            "rgb": self._file(
                encode_jpeg(rgb, quality) if is_jpeg else encode_png(rgb), index, "jpg" if is_jpeg else "png"
            ),
            "K": self.model.K.ravel().tolist(),
            "T_world_camera": self.view(t).T_world_camera.ravel().tolist(),
            "T_body_camera": (self._setup.T_body_sensor @ T_SENSOR_CAMERA).ravel().tolist(),
        }
        if not self.model.is_straight:
            values["distortion"] = list(self.model.intrinsics.lens.coefficients)
        for name in self._labels:
            if name == "objects":
                values[name] = objects
            elif name == "disparity":
                pixels = self.model.intrinsics.fx * self._baseline
                stored = encode_png(pack_disparity(gbuffer.depth, pixels), name)
                values[name] = self._file(stored, index, f"{name}.png")
            elif name in ("backward_flow", "next_frame", "markings", "lanes"):
                values[name] = self._file(drawn[name], index, f"{name}.png")
            elif name == "depth" and self._setup.settings["depth"] == "float32":
                values[name] = self._file(encode_tiff(gbuffer.depth), index, "depth.tiff")
            else:
                values[name] = self._file(encode_png(_packed(name, gbuffer), name), index, f"{name}.png")
        return Sample(index, t, values)

    def _file(self, content: bytes, index: int, suffix: str) -> dict[str, Any]:
        return {"bytes": content, "path": f"{self._setup.name}/{index:06d}.{suffix}"}


def _near(model: CameraModel, settings: Mapping[str, Any]) -> float:
    """Return the depth before which nothing is seen [m]; at a fisheye's rim it is a sliver of distance."""
    near = float(settings["near"])
    return near * math.cos(WIDEST) if model.intrinsics.lens.number == FISHEYE else near


def _film(settings: Mapping[str, Any]) -> Film:
    """Return what becomes of the light: photons counted one by one, or only the noise of it all."""
    sensor, vignetting = settings["sensor"], float(settings["vignetting"])
    if sensor is None:
        return Film(vignetting, Photosites(0.0, 0.0, 0.0), float(settings["noise"]))
    steps = 2.0 ** int(sensor["bits"]) - 1.0
    return Film(vignetting, Photosites(float(sensor["full_well"]), float(sensor["read_noise"]), steps), 0.0)


def _packed(name: str, gbuffer: GBuffer) -> NDArray[np.uint8] | NDArray[np.uint16]:
    """Return a label image as whole numbers."""
    if name == "depth":
        return pack_depth(gbuffer.depth)
    if name == "normals":
        return pack_normals(gbuffer.normals)
    if name == "flow":
        return pack_flow(gbuffer.flow)
    return gbuffer.instance if name == "instance" else gbuffer.semantic


def _bits(noise: Noise, entity: str, index: int, t: float) -> int:
    """Return 53 addressed random bits."""
    return int(noise.uniform(entity, "picture", index, t) * 2.0**53)
