"""`rig:` in the place of a sensor: several sensors from a file of their own, mounted together.

    sensors:
      eyes: {rig: rigs/stereo.yaml, on: ego, at: {x: 1.6 m, z: 1.65 m}}

A rig's file has `sensors:` as a scenario has, each with its calibration: where it stands in the rig's frame
(`at:`) and what is inside it. It may say `on:` and `at:` of the whole rig, too; what the scenario says wins.
Every sensor becomes one of the scenario, named after the rig and itself (`eyes_left`), which composes both
poses. A rig moves as one: a law in its pose would be drawn for each of its sensors, so only constants and
`${…}` may stand there.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from sim.fields import Section
from sim.language.includes import used_mapping
from sim.language.input_files import Inputs
from sim.language.nodes import Entry, MapNode, Node, ScalarNode, kind_of
from sim.language.report import Report

__all__ = ["RIG", "has_rigs", "with_rigs"]

RIG = "rig"
"""Key in the place of a kind of sensor, under which the path of the file stands."""

_SHARED = ("on", "delay", "capture")
_ENTRY = (RIG, "at", *_SHARED)
_FILE = (RIG, "about", "at", "sensors", *_SHARED)


def has_rigs(root: Node) -> bool:
    """Return whether a document has a sensor that is a rig."""
    sensors = root.get("sensors") if isinstance(root, MapNode) else None
    return isinstance(sensors, MapNode) and any(_is_rig(entry.value) for entry in sensors.entries)


def with_rigs(root: Node, inputs: Inputs, report: Report, *, sensors: Mapping[str, Section]) -> Node:
    """Return a document with the sensors of its rigs in their places.

    Args:
        root: the document.
        inputs: finds the files, and remembers them.
        report: takes the faults.
        sensors: kind of sensor -> what may stand in its section.
    """
    if not isinstance(root, MapNode) or not has_rigs(root):
        return root
    node = root.get("sensors")
    assert isinstance(node, MapNode)
    reader = _Rigs(inputs, report, sensors)
    entries: list[Entry] = []
    for entry in node.entries:
        entries += reader.sensors_of(entry) if _is_rig(entry.value) else [entry]
    seen: dict[str, Entry] = {}
    for entry in entries:
        if entry.key in seen:
            message = f"a rig makes a sensor '{entry.key}', which there is already"
            report.add("E127", f"sensors.{entry.key}", message, place=entry.place)
        seen.setdefault(entry.key, entry)
    return root.with_entry("sensors", MapNode(tuple(seen.values()), node.place))


def _is_rig(node: Node) -> bool:
    return isinstance(node, MapNode) and RIG in node.by_key


@dataclass(frozen=True)
class _Rigs:
    """Reads the files of rigs."""

    inputs: Inputs
    report: Report
    kinds: Mapping[str, Section]

    def sensors_of(self, entry: Entry) -> list[Entry]:
        """Return the sensors that a rig stands for; none with a fault."""
        own, where = entry.value, f"sensors.{entry.key}"
        assert isinstance(own, MapNode)
        self._check_keys(own, _ENTRY, where)
        path = own.by_key[RIG]
        written = path.value.value if isinstance(path.value, ScalarNode) else None
        if not isinstance(written, str):
            message = f"expected the path of a file, got {kind_of(path.value)}"
            self.report.add("E122", f"{where}.{RIG}", message, place=path.value.place)
            return []
        file = used_mapping(
            self.inputs.rebased(written, path.value.place), f"{where}.{RIG}", path.value.place, self.inputs,
            self.report, expected="a rig is a mapping with `sensors:`",
        )  # fmt: skip
        if file is None:
            return []
        self._check_keys(file, _FILE, f"{where}.{RIG}")
        members = file.get("sensors")
        if not isinstance(members, MapNode) or not members.entries:
            message = "a rig has `sensors:`, names with their sensors"
            self.report.add("E121", f"{where}.{RIG}", message, place=file.place)
            return []
        shared = [one for one in (own.by_key.get(key) or file.by_key.get(key) for key in _SHARED) if one]
        pose = own.by_key.get("at") or file.by_key.get("at")
        if pose is not None:
            self._check_pose(pose.value, f"{where}.at")
            shared.append(Entry("rig_at", pose.value, pose.place))
        found = (self._member(one, entry, members, shared) for one in members.entries)
        return [one for one in found if one is not None]

    def _member(self, member: Entry, rig: Entry, members: MapNode, shared: list[Entry]) -> Entry | None:
        """Return a sensor of a rig as one of the scenario."""
        name, where = f"{rig.key}_{member.key}", f"sensors.{rig.key}.{member.key}"
        if not isinstance(member.value, MapNode):
            message = f"expected a sensor, got {kind_of(member.value)}"
            self.report.add("E122", where, message, place=member.value.place)
            return None
        for key in ("on", "rig_at", RIG):
            if key in member.value.by_key:
                message = f"'{key}' cannot stand in a sensor of a rig: the rig as a whole stands on a body"
                self.report.add("E120", where, message, place=member.value.by_key[key].place)
        own = tuple(self._renamed(one, rig.key, members) for one in member.value.entries)
        rest = tuple(one for one in shared if one.key not in member.value.by_key)
        return Entry(name, MapNode((*own, *rest), member.value.place), member.place)

    def _renamed(self, entry: Entry, rig: str, members: MapNode) -> Entry:
        """Return the settings of a sensor in which the other of a pair has the name it gets."""
        pair = getattr(self.kinds.get(entry.key), "pair", None)
        if pair is None or not isinstance(entry.value, MapNode):
            return entry
        other = entry.value.get(pair.key)
        if not isinstance(other, ScalarNode) or other.value not in members.by_key:
            return entry
        named = ScalarNode(f"{rig}_{other.value}", other.place)
        return Entry(entry.key, entry.value.with_entry(pair.key, named), entry.place)

    def _check_keys(self, node: MapNode, allowed: tuple[str, ...], where: str) -> None:
        for one in node.entries:
            if one.key not in allowed:
                self.report.add(
                    "E120", f"{where}.{one.key}", f"unknown key '{one.key}'", place=one.place, allowed=allowed,
                    given=one.key,
                )  # fmt: skip

    def _check_pose(self, node: Node, where: str) -> None:
        for one in node.entries if isinstance(node, MapNode) else ():
            if not isinstance(one.value, ScalarNode):
                message = (
                    "a rig moves as one, and a law here would be drawn for each of its sensors: "
                    f"name it under parameters and write ${{name}}, got {kind_of(one.value)}"
                )
                self.report.add("E134", f"{where}.{one.key}", message, place=one.value.place)
