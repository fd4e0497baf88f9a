"""The immutable truth of one episode: the wall between what happens and how it is observed."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field

import numpy as np

from sim.geometry import Array, interpolate_poses
from sim.noise import Draw
from sim.scene import Scene

__all__ = ["Channel", "Identities", "Occurrence", "Outcome", "PoseTrack", "Recording", "TableBatches", "Words"]


@dataclass(frozen=True)
class Words:
    """A column of words out of a few.

    Args:
        codes: (n,) place of each in `words`; below 0 for none.
        words: what there is to choose from.
    """

    codes: np.ndarray
    words: tuple[str, ...]

    def __len__(self) -> int:
        return len(self.codes)


@dataclass(frozen=True)
class Identities:
    """A column of identities, told as 16 hexadecimal digits.

    Args:
        values: (n,) unsigned 64-bit numbers; 0 for none.
    """

    values: np.ndarray

    def __len__(self) -> int:
        return len(self.values)


TableBatches = Iterable[Mapping[str, np.ndarray | Words | Identities]]
"""A table as batches of rows in time order, each column name -> (n,) values; it can be gone through repeatedly.

A long table makes its batches while it is gone through, so that no more than one is in memory.
"""


@dataclass(frozen=True)
class PoseTrack:
    """Poses of some bodies on one clock.

    Args:
        bodies: (B,) names, the second axis of `poses`.
        times: (T,) increasing seconds.
        poses: (T, B, 7) T_world_body as [x y z qx qy qz qw].
    """

    bodies: tuple[str, ...]
    times: Array
    poses: Array

    def at(self, t: float) -> Array:
        """Return (B, 7) poses at time t, held constant outside the recorded window."""
        i = int(np.searchsorted(self.times, t, side="right")) - 1
        if i < 0:
            return self.poses[0]
        if i >= len(self.times) - 1:
            return self.poses[-1]
        t0, t1 = self.times[i], self.times[i + 1]
        return interpolate_poses(self.poses[i], self.poses[i + 1], float((t - t0) / (t1 - t0)))


@dataclass(frozen=True)
class Channel:
    """One named state of one body over time (speed, steer angle, gait phase, brake lights, wear…).

    Args:
        times: (T,) increasing seconds.
        values: (T,) in SI units.
    """

    body: str
    name: str
    unit: str
    times: Array
    values: Array

    def at(self, t: float) -> float:
        """Return the value at time t, linear between samples, held constant outside."""
        return float(np.interp(t, self.times, self.values))


@dataclass(frozen=True)
class Occurrence:
    """Something that happened at a moment: a contact, a lane change, a decision to brake."""

    t: float
    kind: str
    fields: Mapping[str, object] = field(default_factory=dict)


@dataclass(frozen=True)
class Outcome:
    """What an episode came to, in the scenario's order of events.

    Args:
        scores: robustness per event; the event occurred where it is >= 0. NaN never stands here.
        event_times: first moment [s] at which the event is decided to occur; nan where it does not.
        peak_times: moment [s] of the largest score so far seen along the episode.
        measures: value per declared measure the scenario reads.
        mode: name of the failure mode the episode belongs to, "" if none is declared or none holds.
        running: per event whose score is a running maximum, (times, values) of its change points, so that
            the first time a level is reached can be read off; absent for other events.
        duration: how long the episode lasted [s], where an event may end one; None where its length is fixed.
        is_censored: whether it lasted as long as it may, without that event.
    """

    scores: Mapping[str, float]
    event_times: Mapping[str, float]
    peak_times: Mapping[str, float]
    measures: Mapping[str, float]
    mode: str = ""
    running: Mapping[str, tuple[tuple[float, ...], tuple[float, ...]]] = field(default_factory=dict)
    duration: float | None = None
    is_censored: bool = False

    def occurred(self, event: str) -> bool:
        """Return whether the event happened."""
        return self.scores[event] >= 0.0


@dataclass(frozen=True)
class Recording:
    """Everything that was true in one episode.

    Args:
        scene: the bodies, with their ids, and the light.
        tracks: pose tracks; a body in no track stands at its own pose.
        channels: named states of bodies.
        tables: name of each table the domain declares -> its batches.
        occurrences: what happened, in time order.
        outcome: the same Outcome that `score` gives for this draw.
        draw: the episode's name.
        parameters: value of every once-per-episode parameter, by path.
        window: (start, end) of the simulated time [s].
        documents: name of a file of the domain's field (a road, what happened) -> what makes its text.
    """

    scene: Scene
    tracks: tuple[PoseTrack, ...]
    channels: tuple[Channel, ...]
    tables: Mapping[str, TableBatches]
    occurrences: tuple[Occurrence, ...]
    outcome: Outcome
    draw: Draw
    parameters: Mapping[str, float | str | bool]
    window: tuple[float, float]
    documents: Mapping[str, Callable[[], str]] = field(default_factory=dict)

    def poses_at(self, t: float) -> dict[str, Array]:
        """Return the (7,) pose of every body at time t, by name."""
        poses = {body.name: np.asarray(body.pose, np.float64) for body in self.scene}
        for track in self.tracks:
            poses.update(zip(track.bodies, track.at(t), strict=True))
        return poses

    def pose_at(self, body: str, t: float) -> Array:
        """Return the (7,) pose of one body at time t."""
        for track in self.tracks:
            if body in track.bodies:
                return np.asarray(track.at(t)[track.bodies.index(body)])
        return np.asarray(self.scene[body].pose, np.float64)

    def path_of(self, body: str, times: Array) -> Array:
        """Return the (n, 7) poses of one body at (n,) times, as `pose_at` gives each."""
        times = np.asarray(times, np.float64)
        for track in self.tracks:
            if body in track.bodies and len(track.times) > 1:
                poses = track.poses[:, track.bodies.index(body)]
                at = np.clip(times, track.times[0], track.times[-1])
                i = np.clip(np.searchsorted(track.times, at, side="right") - 1, 0, len(track.times) - 2)
                fraction = (at - track.times[i]) / (track.times[i + 1] - track.times[i])
                return interpolate_poses(poses[i], poses[i + 1], fraction[:, None])
        return np.broadcast_to(self.pose_at(body, 0.0), (len(times), 7))

    def channel(self, body: str, name: str) -> Channel | None:
        """Return a channel, or None where the body has none of that name."""
        for channel in self.channels:
            if channel.body == body and channel.name == name:
                return channel
        return None
