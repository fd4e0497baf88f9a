"""The rows of an episode that hang on others: which there are, and where they begin."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from sim.domains.driving import layout as c
from sim.domains.driving.coupled import follow_pullers
from sim.domains.driving.lines import heading_on, own_rows
from sim.domains.driving.roads import pose_at
from sim.domains.driving.trailers import DOORS, TRAILERS, door_body, hitch_of
from sim.domains.driving.vehicles import BodyClass
from sim.domains.driving.world_fields import PULLED_BY
from sim.errors import RunError
from sim.fields import Chosen

__all__ = ["body_of", "couple", "doors_of", "hang", "part_name", "trailers_of", "whole_of"]

Item = Mapping[str, Any]

_ROUNDS = 20  # towards the place of a trailer's axle


def part_name(name: str, side: str) -> str:
    """Return the name of the row of a vehicle's door on one side."""
    return f"{name}#{side}_door"


def whole_of(name: str) -> str:
    """Return the id of the body that a row belongs to."""
    return name.partition("#")[0]


def trailers_of(items: Sequence[Item]) -> list[Item]:
    """Return an item for every trailer that is pulled, with the route of its puller.

    Raises:
        RunError: laws gave a vehicle that cannot pull it.
    """
    found: list[Item] = []
    for item in items:
        kind = item.get("trailer")
        if kind is None:
            continue
        if item.get("vehicle") not in PULLED_BY[kind]:
            raise RunError(f"{item['id']} cannot pull a {kind}: that is for {', '.join(PULLED_BY[kind])}")
        name = f"{item['id']}_trailer"
        driver = Chosen("constant", {})
        found.append({**item, "id": name, "vehicle": kind, "driver": driver, "do": (), "puller": item["id"]})
    return found


def doors_of(items: Sequence[Item]) -> list[Item]:
    """Return an item for every door that is told to open.

    Raises:
        RunError: laws gave a body without such doors.
    """
    found: dict[str, Item] = {}
    for item in items:
        for step in item["do"]:
            if step["choice"].kind != "open_door":
                continue
            body = item.get("vehicle") or item.get("static")
            if body not in DOORS:
                raise RunError(f"{item['id']} has no door that opens: those of {', '.join(DOORS)} do")
            side = step["choice"].settings["side"]
            name = part_name(item["id"], side)
            found[name] = {
                "id": name, "puller": item["id"], "door": side, "of_class": body, "route": item.get("route"),
                "lane": item.get("lane"),
            }  # fmt: skip
    return list(found.values())


def body_of(item: Item, puller: BodyClass) -> BodyClass:
    """Return the class of a body that hangs on another."""
    return door_body(puller) if "door" in item else TRAILERS[item["vehicle"]]


def couple(P: np.ndarray, row: int, on: int, item: Item, puller: BodyClass) -> None:
    """Write how the body of one row hangs on that of another into both rows of parameters."""
    p, q = P[row], P[on]
    p[c.PULLER] = on
    if "door" in item:
        door, side = DOORS[puller.style], 1.0 if item["door"] == "left" else -1.0
        p[c.KIND] = c.PART
        p[c.HITCH], p[c.HITCH_LEFT] = door.hinge, side * 0.5 * (puller.size[1] - p[c.WIDTH])
        q[c.PART0] = row if q[c.PART1] == 0.0 else q[c.PART0]
        q[c.PART1] = row + 1
        q[c.RADIUS] = max(q[c.RADIUS], math.hypot(p[c.HITCH], p[c.HITCH_LEFT]) + door.length)
        return
    p[c.HITCH] = hitch_of(puller)
    q[c.TAIL] = p[c.FRONT] + 0.5 * p[c.LENGTH] - p[c.HITCH] - 0.5 * q[c.LENGTH]
    q[c.POWER] *= q[c.MASS] / (q[c.MASS] + p[c.MASS])


def hang(X: np.ndarray, P: np.ndarray, C: np.ndarray, line: np.ndarray, rows: range) -> None:
    """Put what hangs on others where it begins: trailers with their axles as far across as their pullers."""
    for row in rows:
        on = int(P[row, c.PULLER])
        side = P[row, c.DIRECTION] = P[on, c.DIRECTION]
        X[row, c.TICK] = X[on, c.TICK]
        C[row, c.ACCELERATION] = C[row, c.DECELERATION] = C[row, c.VY] = C[row, c.AYL] = 1.0
        C[row, c.COMMAND_JERK], C[row, c.T0] = 1.0, np.inf
        if P[row, c.KIND] == c.PART:
            C[row, c.MODE] = c.HINGED
            continue
        C[row, c.MODE] = c.TOWED
        own, length = own_rows(line, P[row]), P[row, c.FRONT] + P[row, c.REAR]
        x, y, heading = pose_at(own, X[on, c.S], X[on, c.D])
        yaw = heading + X[on, c.E]
        x, y = x + P[row, c.HITCH] * math.cos(yaw), y + P[row, c.HITCH] * math.sin(yaw)
        s = X[on, c.S] + side * (P[row, c.HITCH] - length)
        for _ in range(_ROUNDS):
            ax, ay, _ = pose_at(own, s, X[on, c.D])
            s += side * (math.hypot(x - ax, y - ay) - length)
        X[row, c.S], X[row, c.E] = s, math.atan2(y - ay, x - ax) - heading_on(own, s)
    follow_pullers(0.0, 0.0, X, X, P, C, line)
    C[rows.start : rows.stop, c.D0] = C[rows.start : rows.stop, c.D1] = X[rows.start : rows.stop, c.D]
