"""Where everything is at a moment, as matrices: parts, camera, lamps."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping

import numpy as np
from numpy.typing import NDArray

from renderers.assets import pose_parts
from renderers.assets.materials import Lamp
from renderers.camera.model import camera_pose
from renderers.camera.stage import Stage
from sim.geometry import Array, matrix_from_pose
from sim.recording import Channel, Recording

__all__ = ["Motion"]

_BLINK_RATE = 1.5
"""Flashes of a direction indicator per second [Hz]; UN R48 wants 1 to 2."""

_TAIL_LEVEL = 0.25
"""Brightness of a tail light relative to the brake light in the same glass."""

_TOLD = 512
"""Bodies at moments whose channels are kept."""


_LIGHTS = {
    "red_light": "red", "amber_light": "amber", "green_light": "green", "brake_lights": "brake",
    "indicator_left": "indicator_left", "indicator_right": "indicator_right",
}  # fmt: skip
"""Channel of a light -> its name in labels."""
_ON = 0.5


class Motion:
    """The moving side of a recording, on the stage's slots."""

    def __init__(self, recording: Recording, stage: Stage) -> None:
        """Prepare what does not move; only tracked or articulated bodies are looked at again."""
        self._recording = recording
        self._stage = stage
        self._index = {body.name: i for i, body in enumerate(stage.bodies)}
        self._rest = matrix_from_pose(np.array([body.pose for body in stage.bodies]).reshape(-1, 7))
        self._channels: dict[str, list[Channel]] = {}
        # What the channels said of bodies last: parts, lamps and key points of one moment ask for the same.
        self._told: dict[tuple[int, float], Mapping[str, float]] = {}
        # How the parts of each body stood last, and by which channels: what is parked stays as it is.
        self._posed: dict[int, tuple[Mapping[str, float], Array]] = {}
        for channel in recording.channels:
            self._channels.setdefault(channel.body, []).append(channel)
        tracked = {name for track in recording.tracks for name in track.bodies}
        self.is_static = np.array(
            [body.name not in tracked and body.name not in self._channels for body in stage.bodies], np.bool_
        )
        self.is_still = self.is_static | self._stands()
        self._rest_parts = self._rest[np.repeat(np.arange(len(stage.bodies)), np.diff(stage.part_start))]
        articulated = np.flatnonzero(np.diff(stage.part_start) > 1)
        for body in articulated[self.is_still[articulated]]:
            self._pose_parts(int(body), self._rest[body], self.channels_at(int(body), 0.0), self._rest_parts)
        self._moving = np.flatnonzero(~self.is_still)
        lamps = np.flatnonzero(stage.has_lamps).tolist()
        self._switched = [body for body in lamps if stage.bodies[body].name in self._channels]

    def _stands(self) -> NDArray[np.bool_]:
        """Return (B,) which bodies in tracks never move nor change, and take their poses as those at rest."""
        out = np.zeros(len(self._stage.bodies), np.bool_)
        for track in self._recording.tracks:
            stands = (track.poses == track.poses[0]).all(axis=(0, 2))
            for n in np.flatnonzero(stands):
                name = track.bodies[n]
                body = self._index[name]
                if all((each.values == each.values[0]).all() for each in self._channels.get(name, ())):
                    out[body], self._rest[body] = True, matrix_from_pose(track.poses[0, n])
        return out

    def parts_at(self, t: float) -> Array:
        """Return (P, 4, 4) T_world_part."""
        T_world_part = self._rest_parts.copy()
        T_world_body = dict(self._moved(t))
        for body in self._moving:
            first, last = self._stage.part_start[body : body + 2]
            T = T_world_body.get(int(body), self._rest[body])
            T_world_part[first:last] = T
            if last - first > 1:
                self._pose_parts(int(body), T, self.channels_at(int(body), t), T_world_part)
        return T_world_part

    def _moved(self, t: float) -> Iterator[tuple[int, Array]]:
        """Yield the numbers and the (4, 4) T_world_body of all bodies in tracks."""
        for track in self._recording.tracks:
            numbers = (self._index[name] for name in track.bodies)
            yield from zip(numbers, matrix_from_pose(track.at(t)), strict=True)

    def _pose_parts(
        self, body: int, T_world_body: Array, channels: Mapping[str, float], T_world_part: Array
    ) -> None:
        slots = slice(self._stage.part_start[body], self._stage.part_start[body + 1])
        if body not in self._posed or self._posed[body][0] != channels:
            self._posed[body] = channels, pose_parts(self._stage.bodies[body].shape, channels)
        T_world_part[slots] = T_world_body @ self._posed[body][1]

    def camera_at(self, t: float, carrier: str | None, T_body_sensor: Array) -> Array:
        """Return the (4, 4) T_world_camera of a camera mounted on a body."""
        pose = None if carrier is None else self._recording.pose_at(carrier, t)
        return camera_pose(pose, T_body_sensor)

    def channels_at(self, body: int, t: float) -> Mapping[str, float]:
        """Return the value of every channel of a body."""
        if (body, t) not in self._told:
            while len(self._told) > _TOLD:
                self._told.pop(next(iter(self._told)))
            channels = self._channels.get(self._stage.bodies[body].name, ())
            self._told[body, t] = {channel.name: channel.at(t) for channel in channels}
        return self._told[body, t]

    def lights_on(self, body: int, t: float) -> tuple[str, ...] | None:
        """Return which lights of a body are on that tell something; None for one that has no lamps.

        An indicator is on while it blinks, dark moments included.
        """
        if not self._stage.has_lamps[body]:
            return None
        state = self.channels_at(body, t)
        return tuple(name for channel, name in _LIGHTS.items() if state.get(channel, 0.0) > _ON)

    def lamps_at(self, t: float, darkness: float) -> NDArray[np.float32]:
        """Return (B, L) brightness of every kind of `Lamp` on every body, 0 off to 1 on.

        Args:
            t: moment [s].
            darkness: how far lights are switched on that depend on daylight, 0..1.
        """
        levels = np.zeros((len(self._stage.bodies), len(Lamp)), np.float32)
        levels[:, Lamp.ALWAYS] = 1.0
        levels[:, Lamp.STREET] = darkness
        is_lit = math.floor(2.0 * _BLINK_RATE * t) % 2 == 0
        # What has no state, or none of brake lights, is parked: its lights are off.
        for body in self._switched:
            state = self.channels_at(body, t)
            if "brake_lights" in state:
                levels[body, [Lamp.HEAD_LIGHTS, Lamp.TAIL_LIGHTS]] = darkness
                levels[body, Lamp.BRAKE_LIGHTS] = max(state["brake_lights"], _TAIL_LEVEL * darkness)
            levels[body, Lamp.INDICATOR_LEFT] = state.get("indicator_left", 0.0) * is_lit
            levels[body, Lamp.INDICATOR_RIGHT] = state.get("indicator_right", 0.0) * is_lit
            for lamp in (Lamp.RED_LIGHT, Lamp.AMBER_LIGHT, Lamp.GREEN_LIGHT, Lamp.BLUE_LEFT, Lamp.BLUE_RIGHT):
                levels[body, lamp] = state.get(lamp.name.lower(), 0.0)
        return levels
