"""Robot arms as chains of joints: where their links are, and which joints bring the tool to a place.

The chains are read from the descriptions that come with PyBullet. Their meshes are left out, which take a fifth
of a second to load and touch nothing here; only what a hand touches parts with is given a shape.
"""

from __future__ import annotations

import math
import xml.etree.ElementTree as ET
from dataclasses import dataclass
from functools import lru_cache
from importlib.util import find_spec
from pathlib import Path

import numpy as np

from sim.geometry import Array

__all__ = ["ARMS", "CUP", "FINGER_TRAVEL", "PAD", "Arm", "Joint", "arm_named"]

PAD = (0.02, 0.01, 0.02)
"""Size of a finger's pad: across the hand, along the closing, along the finger [m]."""
FINGER_TRAVEL = 0.04
"""How far each finger opens [m]."""
CUP = (0.04, 0.04, 0.02)
"""Size of a vacuum cup, a square one [m]."""
_CUP_LENGTH = 0.10  # from the flange to the lip of the cup [m]


@dataclass(frozen=True)
class Joint:
    """One joint of a chain.

    Args:
        origin: (4, 4) from the parent link's frame to the joint's, at 0.
        turns: whether it is a revolute joint about its own z axis, rather than fixed.
        limits: least and largest angle [rad].
        effort: largest torque [N m].
    """

    name: str
    origin: Array
    turns: bool
    limits: tuple[float, float] = (0.0, 0.0)
    effort: float = 0.0


@dataclass(frozen=True)
class Arm:
    """A chain from the base to the hand.

    Args:
        joints: in order; those that turn are numbered as the entries of q.
        tool: (4, 4) from the last link to where the hand holds, z pointing out of the hand.
        rest: (7,) a pose in the middle of the workspace [rad].
        description: URDF text without meshes.
        has_fingers: two parallel fingers; a vacuum cup otherwise.
    """

    name: str
    joints: tuple[Joint, ...]
    tool: Array
    rest: tuple[float, ...]
    description: str
    has_fingers: bool

    def frames(self, q: Array) -> list[Array]:
        """Return the (4, 4) frames of base, every link after a joint, and the tool."""
        T, turn = np.eye(4), iter(q)
        found = [T]
        for joint in self.joints:
            T = T @ joint.origin
            if joint.turns:
                T = T @ _turned(float(next(turn)))
            found.append(T)
        return [*found, T @ self.tool]

    def reach(self, target: Array, start: Array) -> Array:
        """Return the (7,) joints near `start` that bring the tool to a (4, 4) frame, by damped Newton steps.

        Raises:
            ArithmeticError: the place is out of reach.
        """
        q = np.array(start, np.float64)
        for _ in range(200):
            frames = self.frames(q)
            error = _error(frames[-1], target)
            if np.abs(error).max() < 1e-10:
                return q
            J = self._jacobian(frames)
            step = J.T @ np.linalg.solve(J @ J.T + 1e-8 * np.eye(6), error)
            q = q + step * min(1.0, 0.3 / max(float(np.abs(step).max()), 1e-12))
        raise ArithmeticError(f"{self.name} does not reach {np.round(target[:3, 3], 3).tolist()}")

    def _jacobian(self, frames: list[Array]) -> Array:
        tip = frames[-1][:3, 3]
        columns = []
        for joint, frame in zip(self.joints, frames[1:], strict=False):
            if joint.turns:
                axis = frame[:3, 2]
                columns.append(np.concatenate([np.cross(axis, tip - frame[:3, 3]), axis]))
        return np.array(columns).T


def _turned(angle: float) -> Array:
    c, s = math.cos(angle), math.sin(angle)
    return np.array([[c, -s, 0.0, 0.0], [s, c, 0.0, 0.0], [0.0, 0.0, 1.0, 0.0], [0.0, 0.0, 0.0, 1.0]])


def _error(at: Array, target: Array) -> Array:
    """Return (6,) shift and small rotation from one frame to another."""
    R = target[:3, :3] @ at[:3, :3].T
    turn = 0.5 * np.array([R[2, 1] - R[1, 2], R[0, 2] - R[2, 0], R[1, 0] - R[0, 1]])
    return np.concatenate([target[:3, 3] - at[:3, 3], turn])


def _placed(x: float, y: float, z: float, roll: float = 0.0, pitch: float = 0.0, yaw: float = 0.0) -> Array:
    """Return the (4, 4) frame of a URDF origin: fixed axes, roll first."""
    (cr, sr), (cp, sp), (cy, sy) = ((math.cos(a), math.sin(a)) for a in (roll, pitch, yaw))
    T = np.eye(4)
    T[:3, :3] = [
        [cy * cp, cy * sp * sr - sy * cr, cy * sp * cr + sy * sr],
        [sy * cp, sy * sp * sr + cy * cr, sy * sp * cr - cy * sr],
        [-sp, cp * sr, cp * cr],
    ]
    T[:3, 3] = x, y, z
    return T


def _box(size: tuple[float, float, float], centre: tuple[float, float, float]) -> ET.Element:
    at, extent = (" ".join(f"{v:.9g}" for v in values) for values in (centre, size))
    return ET.fromstring(
        f'<collision><origin xyz="{at}"/><geometry><box size="{extent}"/></geometry></collision>'
    )


def _bare(file: str) -> ET.Element:
    """Return a robot's description without meshes."""
    spec = find_spec("pybullet_data")
    if spec is None or spec.origin is None:
        raise ArithmeticError("the robots of PyBullet are not installed: pip install pybullet")
    root = ET.parse(Path(spec.origin).parent / file).getroot()
    for link in root.findall("link"):
        for kind in ("visual", "collision"):
            for element in link.findall(kind):
                link.remove(element)
    return root


def _chain(root: ET.Element, last: str) -> tuple[Joint, ...]:
    """Return the joints from the base to a link."""
    parents = {_attribute(joint, "child", "link"): joint for joint in root.findall("joint")}
    found: list[Joint] = []
    while last in parents:
        joint = parents[last]
        origin = joint.find("origin")
        numbers = [
            float(v)
            for key in ("xyz", "rpy")
            for v in ("0 0 0" if origin is None else origin.get(key, "0 0 0")).split()
        ]
        frame, name = _placed(*numbers), joint.get("name", "")
        if joint.get("type") == "revolute":
            low, high, effort = (float(_attribute(joint, "limit", key)) for key in ("lower", "upper", "effort"))
            found.append(Joint(name, frame, True, (low, high), effort))
        else:
            found.append(Joint(name, frame, False))
        last = _attribute(joint, "parent", "link")
    return tuple(reversed(found))


def _attribute(element: ET.Element, child: str, key: str) -> str:
    inner = element.find(child)
    return "" if inner is None else inner.get(key, "")


def _panda() -> Arm:
    """Return the Franka Panda with its own two fingers."""
    root = _bare("franka_panda/panda.urdf")
    out = 0.045  # from the root of a finger to the middle of its pad [m]
    for link in root.findall("link"):
        side = {"panda_leftfinger": 1.0, "panda_rightfinger": -1.0}.get(link.get("name", ""))
        if side:
            link.append(_box(PAD, (0.0, side * PAD[1] / 2, out)))
    return Arm(
        "panda",
        _chain(root, "panda_hand"),
        _placed(0.0, 0.0, 0.0584 + out),
        (0.0, -0.215, 0.0, -2.57, 0.0, 2.356, -0.785),
        ET.tostring(root, "unicode"),
        True,
    )


def _iiwa() -> Arm:
    """Return the KUKA LBR iiwa with a vacuum cup on its flange."""
    root = _bare("kuka_iiwa/model.urdf")
    cup = ET.fromstring(
        '<link name="cup"><inertial><mass value="0.2"/><inertia ixx="2e-4" ixy="0" ixz="0" iyy="2e-4" iyz="0" '
        'izz="2e-4"/></inertial></link>'
    )
    cup.append(_box(CUP, (0.0, 0.0, _CUP_LENGTH - CUP[2] / 2)))
    root.append(cup)
    root.append(
        ET.fromstring(
            '<joint name="cup_joint" type="fixed"><parent link="lbr_iiwa_link_7"/><child link="cup"/></joint>'
        )
    )
    return Arm(
        "iiwa",
        _chain(root, "cup"),
        _placed(0.0, 0.0, _CUP_LENGTH),
        (0.0, 0.6, 0.0, -1.5, 0.0, 1.05, 0.0),
        ET.tostring(root, "unicode"),
        False,
    )


_BUILDERS = {"panda": _panda, "iiwa": _iiwa}

ARMS = tuple(_BUILDERS)
"""Names of the arms there are."""


@lru_cache(maxsize=len(ARMS))
def arm_named(name: str) -> Arm:
    """Return an arm.

    Raises:
        KeyError: there is none of this name.
    """
    return _BUILDERS[name]()
