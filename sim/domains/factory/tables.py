"""The tables of factory Recordings: what the plant's systems log, and in label columns what was behind it."""

from __future__ import annotations

from sim.domains.base import ColumnDeclaration, TableDeclaration
from sim.domains.factory.milling_fields import MILLING_TABLE

__all__ = ["TABLES"]


def _key(doc: str, type: str = "string") -> ColumnDeclaration:
    return ColumnDeclaration(type, "key", doc)


def _seen(doc: str, type: str = "string", unit: str = "") -> ColumnDeclaration:
    return ColumnDeclaration(type, "feature", doc, unit)


def _true(doc: str, type: str = "string", unit: str = "") -> ColumnDeclaration:
    return ColumnDeclaration(type, "label", doc, unit)


def _time(doc: str) -> ColumnDeclaration:
    return ColumnDeclaration("float64", "feature", doc, "s")


_CAUSE = _true("the hidden fault behind it: component#life, as in lives; empty for none")

TABLES: dict[str, TableDeclaration] = {
    "machine_states": TableDeclaration(
        {
            "machine": _key("the machine"),
            "t": _time("moment from which it is in the state"),
            "until": _time("moment at which it leaves it"),
            "state": _seen("working, starved, blocked, down, maintenance, off, setup or waiting"),
            "cause": _CAUSE,
        },
        "a row per state of a machine, in time order",
    ),
    "alarms": TableDeclaration(
        {
            "alarm": _key("the alarm"),
            "of": _seen("the reading, buffer or machine that it tells of, or the alarm that brings it"),
            "machine": _seen("the machine it belongs to; empty for a buffer"),
            "priority": _seen("low, medium or high"),
            "t": _time("moment"),
            "change": _seen("raised or cleared"),
            "value": _seen("the reading, or the parts in the buffer; NaN for others", "float64"),
            "chatters": _true("whether it is raised three times within a minute here", "bool"),
            "in_flood": _true("whether more than ten alarms are raised within ten minutes here", "bool"),
            "cause": _CAUSE,
        },
        "a row per alarm raised or cleared",
    ),
    "work_orders": TableDeclaration(
        {
            "work_order": _key("number within the episode", "int64"),
            "machine": _seen("the machine"),
            "component": _seen("the component"),
            "kind": _seen("repair or service"),
            "reason": _seen("failure, age, reading or opportunity"),
            "t": _time("moment it is asked for"),
            "begun": _time("moment somebody begins it; NaN where nobody has"),
            "ended": _time("moment it is done; NaN where it is not"),
            "wear": _true("true wear when it was asked for, 1 at failure", "float64"),
            "cause": _CAUSE,
        },
        "a row per job of maintenance",
    ),
    "parts": TableDeclaration(
        {
            "part": _key("number of the part within the episode", "int64"),
            "t": _time("moment it comes into the factory, or is made by disassembly"),
            "is_spoilt": _true("whether it has a defect at the end", "bool"),
            "severity": _true("size of the defect, as its kind means it", "float64", "m"),
            "cause": _CAUSE,
            "defect": _true("kind of the defect; empty for none"),
        },
        "a row per part",
    ),
    "genealogy": TableDeclaration(
        {
            "part": _key("the part", "int64"),
            "machine": _key("the machine that works on it"),
            "t": _time("moment the cycle begins"),
            "until": _time("moment it ends"),
            "into": _seen("the part it becomes a part of in an assembly; -1 for none", "int64"),
        },
        "a row per part and cycle",
    ),
    "quality": TableDeclaration(
        {
            "part": _key("the part", "int64"),
            "machine": _key("the machine that looks at it"),
            "t": _time("moment"),
            "passed": _seen("what the inspection says", "bool"),
            "is_spoilt": _true("whether it has a defect then", "bool"),
            "severity": _true("size of the defect, as its kind means it", "float64", "m"),
            "cause": _CAUSE,
            "defect": _true("kind of the defect; empty for none"),
        },
        "a row per inspected part",
    ),
    "process_values": TableDeclaration(
        {
            "reading": _key("the reading"),
            "t": _time("moment"),
            "value": _seen("what the sensor says; NaN where it says nothing", "float64"),
            "wear": _true("true wear of the component", "float64"),
            "sensor_fault": _true("faults of the sensor at work, joined by +; empty for none"),
        },
        "a row per reading: what decisions see",
    ),
    "stocks": TableDeclaration(
        {
            "spare": _key("the spare part"),
            "t": _time("moment"),
            "stock": _seen("how many there are from then on", "int64"),
        },
        "a row per change of the stock of spare parts",
    ),
    "oee": TableDeclaration(
        {
            "machine": _key("the machine"),
            "planned": _seen("time in which it was to work, since the warm-up", "float64", "s"),
            "running": _seen("of it, time less failures, maintenance and setups", "float64", "s"),
            "ideal_cycle": _seen("mean cycle time of a part", "float64", "s"),
            "made": _seen("parts made", "int64"),
            "good": _seen("of these, neither spoilt nor turned away here", "int64"),
            "availability": _seen("running over planned", "float64"),
            "performance": _seen("made times ideal cycle over running", "float64"),
            "quality": _seen("good over made", "float64"),
            "oee": _seen("good times ideal cycle over planned", "float64"),
        },
        "a row per machine: overall equipment effectiveness",
    ),
    "picks": TableDeclaration(
        {
            "machine": _key("the machine whose robot it is"),
            "part": _key("the part", "int64"),
            "t": _time("moment the carriage is over"),
            "dropped": _seen("whether the hand came empty", "bool"),
            "force": _true("of each finger, or of the suction", "float64", "N"),
            "mass": _true("of the part", "float64", "kg"),
            "friction": _true("between part and hand", "float64"),
            "margin": _true("by which share the force was larger than needed", "float64"),
            "slip": _true("largest way of the part in the hand", "float64", "m"),
            "lost": _true("moment the hand lost it; NaN where it did not", "float64", "s"),
            "decided": _true("by margin, or by contacts where that left a doubt"),
            "cause": _CAUSE,
        },
        "a row per part that a robot carried",
    ),
    "jams": TableDeclaration(
        {
            "store": _key("the conveyor"),
            "part": _key("the part", "int64"),
            "t": _time("moment it jams"),
            "until": _time("moment it is cleared; NaN where it is not"),
            "friction": _true("of the part on the plate", "float64"),
            "yaw": _true("by how much the part was turned", "float64", "rad"),
            "decided": _true("by margin, or by contacts where that left a doubt"),
            "cause": _CAUSE,
        },
        "a row per jam",
    ),
    "piles": TableDeclaration(
        {
            "machine": _key("the machine that piles them up"),
            "pile": _key("number of the pile within the episode", "int64"),
            "layer": _key("0 for the part at the bottom", "int64"),
            "part": _seen("the part", "int64"),
            "t": _time("moment the cycle is over"),
            "turned_away": _seen("whether the part was turned away", "bool"),
            "state": _true("straight, crooked, fallen, or left over: not set down after a fall"),
            "along": _true("its offset from the axis of the pile", "float64", "m"),
            "across": _true("its offset from the axis of the pile", "float64", "m"),
            "margin": _true(
                "of the pile when it is set down: least way of the centre of mass to the rim of a face, over "
                "half a side; below 0 it topples",
                "float64",
            ),
            "decided": _true("by margin, or by contacts where the pile might topple"),
            "cause": _CAUSE,
        },
        "a row per part of a pile",
    ),
    "lives": TableDeclaration(
        {
            "component": _key("the component"),
            "life": _key("0, 1, … within the episode", "int64"),
            "machine": _true("its machine"),
            "fault": _true("what goes wrong in it"),
            "cause": _true("component#life, by which other tables name it"),
            "t": _true("moment it begins", "float64", "s"),
            "until": _true("moment it fails or is replaced, or the end of the episode", "float64", "s"),
            "ends": _true("failure, service or censored"),
        },
        "a row per life of a component; the useful life that remains at t is until - t, censored unless the "
        "life ends in failure",
    ),
    "milling": MILLING_TABLE,
}
"""Name -> table."""
