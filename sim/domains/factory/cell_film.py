"""Robots and plates for the Recording: bodies, and how they moved where it matters.

Carriages that were dropped, the tightest one and those left in doubt are played again in PyBullet and filmed,
and what came before the first of them: a few in an episode. Between films a robot stands still, without parts.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import TYPE_CHECKING

import numpy as np

from sim.domains.factory.cell import REACH, Handling, Pick
from sim.domains.factory.cell_guide import GuidedConveyor, Jam
from sim.geometry import Array
from sim.recording import Channel, PoseTrack
from sim.scene import Scene, Shape
from sim.worlds.arms import Arm
from sim.worlds.carrying import joint_path
from sim.worlds.grasping import STEP, Carried, carry
from sim.worlds.guiding import pass_by

if TYPE_CHECKING:
    from sim.domains.factory.world import World

__all__ = ["FILMS", "STEEL_BLUE", "TABLE", "Way", "add_cells", "filmed", "rotated_up", "shown"]

Way = tuple[str, Array, Array]
"""A body, (T,) moments and (T, 7) its poses then."""

FILMS = 6
"""Carriages of a machine, or jams of a conveyor, that are filmed at most."""
TABLE = 0.75
"""Height of tables and belts [m]."""
_BACK = 0.35  # from a robot's axis to the middle of its table [m]
_COMES, _LEAVES = 1.6, 2.0  # time for which a part is seen before and after its carriage [s]
_BELT = 0.25  # speed of the belts that bring and take parts [m/s]
_HIDDEN = (0.0, 0.0, -50.0, 0.0, 0.0, 0.0, 1.0)
_EDGE = 1e-6
_COLOURS = {"panda": (0.76, 0.76, 0.74), "iiwa": (0.80, 0.25, 0.03)}
STEEL_BLUE = (0.10, 0.20, 0.36)


def filmed(handling: Handling) -> list[Pick]:
    """Return the carriages that are filmed, in time order."""
    picks = handling.picks
    dropped = [i for i, pick in enumerate(picks) if pick.is_dropped]
    doubtful = [i for i, pick in enumerate(picks) if pick.is_played]
    tightest = sorted(range(len(picks)), key=lambda i: picks[i].margin)[:1]
    critical = list(dict.fromkeys([*dropped[: FILMS - 2], *tightest, *doubtful]))[: FILMS - 1]
    chosen = {*critical, *(i - 1 for i in sorted(critical)[:1] if i)}
    return [picks[i] for i in sorted(chosen)]


def add_cells(
    world: World, scene: Scene, places: dict[str, float], end: float
) -> tuple[list[PoseTrack], list[Channel]]:
    """Add robots, belts, plates and filmed parts to a scene; return how they move.

    Args:
        world: at the end.
        scene: with the machines in it.
        places: machine -> x in the hall [m].
        end: of the episode [s].
    """
    tracks: list[PoseTrack] = []
    channels: list[Channel] = []
    for name, handling in world.handlings.items():
        _add_robot(scene, name, handling, places[name])
        films = [(pick, _film(handling, pick)) for pick in filmed(handling)]
        tracks += [
            shown(*_part_way(scene, name, handling, places[name], pick, film), end) for pick, film in films
        ]
        channels += _robot_channels(name, handling, films)
    row = 0.0
    for name, store in world.stores.items():
        if isinstance(store, GuidedConveyor):
            row += 1.0
            _add_plate(scene, name, store, row)
            tracks += [shown(*_jam_way(scene, name, store, row, jam, end), end) for jam in store.jams[:FILMS]]
    if tracks or world.handlings or world.pilings:
        floor = Shape("ground", (80.0, 80.0, 0.0), {"material": "concrete"})
        scene.add("floor", category="floor", shape=floor, labelled=False)
    return tracks, channels


# -- robots -----------------------------------------------------------------------------------------------


def _film(handling: Handling, pick: Pick) -> Carried:
    return carry(handling.carriage, pick.grip, after=_LEAVES)


def _add_robot(scene: Scene, name: str, handling: Handling, x: float) -> None:
    arm, way = handling.carriage.robot, handling.carriage
    base = (x - _BACK, 0.0, TABLE, 0.0, 0.0, 0.0, 1.0)
    scene.add(f"{name}.robot", category="robot", shape=_robot_shape(arm), pose=base)
    length = way.place[1] + 1.4
    for side, end in (("in", -1.0), ("out", 1.0)):
        # a belt on each side, from a little inside the place where the hand works outwards
        near = way.place[1] - 0.15
        shape = Shape("box", (0.24, length - near, 0.06), {"colour": (0.02, 0.021, 0.023)})
        pose = (x - _BACK + REACH, end * (near + length) / 2, TABLE - 0.06, 0.0, 0.0, 0.0, 1.0)
        scene.add(f"{name}.belt_{side}", category="conveyor", shape=shape, pose=pose)


def _robot_shape(arm: Arm) -> Shape:
    joints = tuple((joint.turns, tuple(joint.origin.ravel().tolist())) for joint in arm.joints)
    details = {"joints": joints, "rest": arm.rest, "fingers": arm.has_fingers, "colour": _COLOURS[arm.name]}
    return Shape("robot", (0.9, 0.3, 0.9), details)


def _part_way(scene: Scene, name: str, handling: Handling, x: float, pick: Pick, film: Carried) -> Way:
    """Return the way of one part: on the belt, in the hand, and away on the other belt or on the table."""
    body, size = f"{name}.part_{pick.part}", pick.grip.size
    shape = Shape("box", size, {"colour": STEEL_BLUE})
    scene.add(body, category="part", shape=shape, pose=_HIDDEN)
    start = pick.t - handling.carriage.time
    come = np.arange(-_COMES, -_EDGE, 0.02)
    coming = np.repeat(film.part[:1], len(come), axis=0)
    coming[:, 1] += _BELT * come
    held = film.part.copy()
    after = film.times > handling.carriage.time
    if not pick.is_dropped:
        held[after, 1] += _BELT * (film.times[after] - handling.carriage.time)
    poses = np.concatenate([coming, held])
    poses[:, :3] += np.array([x - _BACK, 0.0, TABLE]) - rotated_up(poses[:, 3:], size[2] / 2)
    return body, start + np.concatenate([come, film.times]), poses


def rotated_up(q: Array, length: float) -> Array:
    """Return (n, 3) the upward axis of turned bodies times a length."""
    x, y, z, w = q.T
    return length * np.column_stack([2 * (x * z + w * y), 2 * (y * z - w * x), 1 - 2 * (x * x + y * y)])


def shown(body: str, times: Array, poses: Array, end: float) -> PoseTrack:
    """Return a track up to the end of the episode, of a body that is out of sight before and after its way."""
    edge = np.array([_HIDDEN])
    kept = (times >= 0.0) & (times <= end)
    times, poses = times[kept], poses[kept]
    if times[0] > _EDGE:
        times, poses = np.append(times[0] - _EDGE, times), np.concatenate([edge, poses])
    if times[-1] < end - _EDGE:
        times, poses = np.append(times, times[-1] + _EDGE), np.concatenate([poses, edge])
    if times[-1] < end:
        times, poses = np.append(times, end), np.concatenate([poses, poses[-1:]])
    return PoseTrack((body,), times, poses[:, None])


def _robot_channels(name: str, handling: Handling, films: list[tuple[Pick, Carried]]) -> Iterator[Channel]:
    """Yield joints, torques, opening and load of a robot; as it waits where nothing is filmed."""
    way = handling.carriage
    home = joint_path(way, round(way.time / STEP))[0]
    wide = films[0][1].opening[0] if films else 0.0
    spans, columns = [], []
    for pick, film in films:
        rows = film.times <= way.time + _EDGE
        spans.append(pick.t - way.time + film.times[rows])
        data = np.column_stack([film.joints, film.torques, film.opening, film.load])[rows]
        columns.append(data)
    times = np.concatenate(spans) if spans else np.zeros(1)
    data = np.concatenate(columns) if columns else np.array([[*home, *(0.0 for _ in home), wide, 0.0]])
    rising = np.concatenate(([True], times[1:] > np.maximum.accumulate(times)[:-1]))
    times, data = times[rising], data[rising]
    n = len(home)
    named = [(f"joint_{k + 1}", "rad") for k in range(n)] + [(f"torque_{k + 1}", "N*m") for k in range(n)]
    for column, (key, unit) in enumerate([*named, ("opening", "m"), ("load", "N")]):
        for body in (name, f"{name}.robot"):  # sensors stand on the machine, renderers look at the robot
            yield Channel(body, key, unit, times, data[:, column])


# -- plates -----------------------------------------------------------------------------------------------


def _place(row: float) -> Array:
    """Return where the plate of a conveyor stands: in rows beside the machines [m]."""
    return np.array([0.0, 3.0 * row, TABLE])


def _add_plate(scene: Scene, name: str, store: GuidedConveyor, row: float) -> None:
    guide = store.guide
    x, y, z = (float(v) for v in _place(row))
    belt = Shape("box", (2.4, 0.5, 0.06), {"colour": (0.02, 0.021, 0.023)})
    scene.add(name, category="conveyor", shape=belt, pose=(x - 0.5, y, z - 0.06, 0.0, 0.0, 0.0, 1.0))
    turn = (0.0, 0.0, math.sin(guide.angle / 2), math.cos(guide.angle / 2))
    plate = Shape("box", (guide.length, 0.02, 0.12), {"colour": (0.62, 0.50, 0.05)})
    scene.add(f"{name}.plate", category="conveyor", shape=plate, pose=(x, y, z, *turn))


def _jam_way(scene: Scene, name: str, store: GuidedConveyor, row: float, jam: Jam, end: float) -> Way:
    """Return the way of a part that jams: it comes in time for that, and lies there until it is cleared.

    One that nobody clears lies there to the end of the episode.
    """
    seen = pass_by(store.guide, jam.friction, yaw=jam.yaw)
    body, size = f"{name}.part_{jam.part}", store.guide.size
    scene.add(body, category="part", shape=Shape("box", size, {"colour": STEEL_BLUE}), pose=_HIDDEN)
    moves = np.linalg.norm(np.diff(seen.poses[:, :2], axis=0), axis=1) > 1e-5
    stops = seen.times[int(np.flatnonzero(moves)[-1]) + 1] if moves.any() else 0.0
    kept = seen.times <= stops
    times = jam.t - stops + seen.times[kept]
    poses = seen.poses[kept].copy()
    poses[:, :3] += _place(row)
    until = end if math.isnan(jam.until) else jam.until
    last = until if until > times[-1] else times[-1] + 1.0
    return body, np.append(times, last), np.concatenate([poses, poses[-1:]])
