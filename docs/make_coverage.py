"""Writes `driving_cases.md`, which says what published lists of cases the bundled scenarios cover.

`python docs/make_coverage.py` remakes it; a test compares it with the folder of scenarios.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path

FILE = Path(__file__).with_name("driving_cases.md")

Entry = tuple[str, tuple[str, ...]]
"""(what the list calls it and says of it, names of the scenarios that cover it)."""

NHTSA: Mapping[str, Entry] = {
    "1": ("vehicle failure | 42", ("brake_fade",)),
    "2": ("control loss with prior vehicle action | 103", ("braking_in_curve",)),
    "3": ("control loss without prior vehicle action | 529", ("curve_too_fast",)),
    "4": ("running red light | 254", ("emergency_at_red",)),
    "5": ("running stop sign | 48", ()),
    "6": ("road edge departure with prior vehicle manoeuvre | 68", ()),
    "7": ("road edge departure without prior vehicle manoeuvre | 334", ("drowsy_departure",)),
    "8": ("road edge departure while backing up | 66", ()),
    "9": ("animal with prior vehicle manoeuvre | 23", ()),
    "10": ("animal without prior vehicle manoeuvre | 305", ("deer",)),
    "11": ("pedestrian with prior vehicle manoeuvre | 17", ()),
    "12": (
        "pedestrian without prior vehicle manoeuvre | 39",
        (
            "walker_near_side",
            "runner_far_side",
            "walker_along",
            "occluded_child",
            "occluded_child_lidar",
            "child_before_bus",
            "bus_stop",
            "crosswalk_group",
            "walker_on_motorway",
        ),
    ),
    "13": ("pedalcyclist with prior vehicle manoeuvre | 18", ("truck_turns_right",)),
    "14": (
        "pedalcyclist without prior vehicle manoeuvre | 24",
        ("cyclist_near_side", "cyclist_behind_cars", "cyclist_far_side", "cyclist_along", "e_scooter_crossing"),
    ),
    "15": ("backing up into another vehicle | 131", ()),
    "16": ("vehicle turning, same direction | 222", ()),
    "17": ("vehicle parking, same direction | 48", ("pulling_out", "shoulder_pull_out")),
    "18": (
        "vehicle changing lanes, same direction | 338",
        ("cut_in", "cut_in_motorcycle", "own_lane_change", "on_ramp_merge", "work_zone_merge"),
    ),
    "19": ("vehicle drifting, same direction | 98", ("drifting_neighbour",)),
    "20": (
        "vehicle making a manoeuvre, opposite direction | 15",
        ("oncoming_overtaker", "own_overtaking", "rural_overtaking"),
    ),
    "21": ("vehicle not making a manoeuvre, opposite direction | 124", ("oncoming_drift",)),
    "22": ("following a vehicle that makes a manoeuvre | 85", ("lead_parks",)),
    "23": ("lead vehicle accelerating | 19", ("lead_accelerates",)),
    "24": ("lead vehicle at a lower constant speed | 210", ("slower_lead",)),
    "25": (
        "lead vehicle decelerating | 428",
        (
            "lead_brake",
            "braking_lead",
            "braking_motorcycle",
            "careful_deceleration",
            "end_of_queue",
            "map_lead_brake",
        ),
    ),
    "26": (
        "lead vehicle stopped | 975",
        (
            "stopped_lead",
            "system_under_test",
            "standing_motorcycle",
            "cut_out",
            "cut_out_queue",
            "partly_blocked_lane",
        ),
    ),
    "27": ("left turn across path, opposite direction, signalised | 220", ("left_turn_across_path",)),
    "28": ("right turn, signalised | 35", ()),
    "29": ("left turn across path, opposite direction, not signalised | 190", ()),
    "30": ("straight crossing paths, not signalised | 264", ("straight_crossing_paths", "tram_crossing")),
    "31": ("vehicle turning, not signalised | 435", ("roundabout_entry",)),
    "32": ("evasive action with prior vehicle manoeuvre | 13", ()),
    "33": ("evasive action without prior vehicle manoeuvre | 56", ("evasive_swerve",)),
    "34": ("non-collision incident | 46", ()),
    "35": ("object with prior vehicle manoeuvre | 30", ("pallet_behind_lead",)),
    "36": ("object without prior vehicle manoeuvre | 55", ("pallet_on_motorway",)),
    "37": ("other | 35", ()),
}
"""Number -> entry of DOT HS 810 767 (2007), with its crashes a year in thousands (2004, light vehicles)."""

R157: Mapping[str, Entry] = {
    "free driving": ("no other vehicle; nothing to avoid", ()),
    "swerving lead vehicle": ("", ("swerving_lead",)),
    "side vehicle": ("", ("drifting_neighbour",)),
    "fully blocking target": ("", ("stopped_lead", "end_of_queue")),
    "partly blocking target": ("", ("partly_blocked_lane",)),
    "crossing pedestrian": ("", ("walker_on_motorway",)),
    "multiple blocking targets": ("", ("end_of_queue",)),
    "follow lead, comfortable braking": ("", ("slower_lead",)),
    "follow lead, emergency braking": ("deceleration of Annex 4", ("careful_deceleration", "lead_brake")),
    "cut-in, avoidable and not": ("one law over both", ("cut_in", "cut_in_motorcycle", "shoulder_pull_out")),
    "cut-out before one blocker": ("", ("cut_out", "pallet_behind_lead")),
    "cut-out before several blockers": ("", ("cut_out_queue",)),
    "forward detection range": ("a test of a sensor, not of an encounter", ()),
    "lateral detection range": ("a test of a sensor, not of an encounter", ()),
}
"""Template of OSC-ALKS-scenarios, which implement UN R157 -> entry."""

NCAP: Mapping[str, Entry] = {
    "CCRs": ("car, standing", ("stopped_lead", "system_under_test")),
    "CCRm": ("car, slower", ("slower_lead",)),
    "CCRb": ("car, braking", ("braking_lead", "lead_brake")),
    "CCFtap": ("car, turning across the path of an oncoming one", ("left_turn_across_path",)),
    "CCFhos": ("car, head-on", ("oncoming_drift",)),
    "CCFhol": ("car, head-on with a lane change", ("oncoming_overtaker",)),
    "CCCscp": ("car, straight crossing path", ("straight_crossing_paths",)),
    "CMCscp": ("motorcycle, straight crossing path", ()),
    "CPNA": ("adult from the near side", ("walker_near_side", "crosswalk_group")),
    "CPFA": ("adult from the far side", ("runner_far_side",)),
    "CPNCO": (
        "child from behind parked cars",
        ("occluded_child", "occluded_child_lidar", "child_before_bus", "crosswalk_group"),
    ),
    "CPLA": ("adult along the road", ("walker_along",)),
    "CPTA": ("adult, while the car turns", ()),
    "CPRA": ("adult or child, while the car backs up", ()),
    "CBNA": ("cyclist from the near side", ("cyclist_near_side",)),
    "CBNAO": ("cyclist from behind parked cars", ("cyclist_behind_cars", "e_scooter_crossing")),
    "CBFA": ("cyclist from the far side", ("cyclist_far_side",)),
    "CBLA": ("cyclist along the road", ("cyclist_along",)),
    "CMRs": ("motorcycle, standing", ("standing_motorcycle",)),
    "CMRb": ("motorcycle, braking", ("braking_motorcycle",)),
    "CMFtap": ("motorcycle, turning across its path", ()),
}
"""Case of Euro NCAP's crash avoidance protocols -> entry."""

PRESETS = ("natural_driving", "perception_street")
"""Scenarios that are no case but traffic and streets as they are."""

BESIDE = ("dooring",)
"""Cases that none of the three lists has."""

INTRODUCTION = """\
# Driving cases

Which entries of three published lists the bundled scenarios of `driving/` cover, and which not. A scenario
covers an entry if its event is what the entry describes, with natural laws in place of the list's grid, so
that a probability comes out of it. It is not a conformity test. Every scenario can be run, shown and changed
as it is:

```text
oddsmith preview driving/deer
oddsmith run driving/deer --out outputs/deer
```

![Twelve of the cases, 0.4 s before the event](gallery/driving_cases.jpg)

Junctions are those of [roads.md](roads.md). What is missing needs a vehicle that backs up, people who
cross where others turn, or one that does something odd before; the tables name it all the same.
"""

OUTLOOK = """\
## How the scenarios are made

Most are files of at most 60 lines that use shared pieces: `pieces/street.yaml`,
`pieces/country_road.yaml` and `pieces/motorway.yaml` are roads with the weather and the sensors on them;
`pieces/aeb.yaml`, `pieces/aeb_alone.yaml` and `pieces/driver_in_traffic.yaml` drive the ego. What a scenario
says itself wins, so that a variant is a few lines:

```text
use: [pieces/street.yaml, pieces/aeb.yaml, pieces/town_speed.yaml]
```

Comments say where the laws come from, or that they are assumptions. A probability is that of an
encounter as described, not of a kilometre: how often such encounters happen is `exposure`, which only
`driving/cut_in` can give from a published count. [`driving/natural_driving`](natural_driving.md) is no case
but traffic as it is, to be laid beside recordings, and `driving/perception_street` a street as cameras see it.

Two-wheelers are one body with their rider. They lean as steady curves ask (the pose rolls by the angle
whose tangent is the lateral acceleration over gravity), pedal, cross a road straight, brake with at most
5.5 m/s² in traffic, and fall over when they are hit; rider and machine do not part. A deer trots and runs;
it neither stops nor turns back.

## Trailers, doors, trams, sirens

`trailer: semi_trailer` behind a `tractor` (16.5 m in all), `caravan` or `box_trailer` behind a car: the
trailer follows its hitch on a tractrix, so that its axle cuts corners (behind a hitch on a circle of radius
H it runs on one of radius sqrt(H² - L²)) and swings in on a straight as exp(-way / L). It is a body of its
own, as in nuScenes and Cityscapes: its id is the vehicle's with `_trailer` behind it, it has its own
instance, box and class `trailer`, and events name it: `collided(ego, truck) or collided(ego,
truck_trailer)`. Through a crash the coupling holds. It never pushes back: a trailer neither sways nor
jackknifes by its own weight, and it brakes with its vehicle. `driving/truck_turns_right` has one.

`do: [{at: 2 s, open_door: {side: left}}]` opens a front door of a car or van, parked or not. The door
belongs to its car: who touches it touches the car, distance and time to collision count it, and it is part
of the car's instance and of its 3D box while it is open. In a crash it neither bends nor tears off.
`driving/dooring`, which is in none of the lists above, has one; nobody is seen getting out.

A `tram` keeps to the middle of its lane with both bogies, whatever a script says, brakes with at most 2.7
m/s² and goes first at junctions without signals (Vienna Convention, article 18 (7)):
`driving/tram_crossing`. It is one stiff car of 14 m; longer ones, which bend, and the rails in the road are
not there.

An `ambulance` with `blue_lights: true` flashes (UN R65), passes red at 20 km/h, and yields there only to
whoever could no longer stop with ease. Others who hear it (`hears_siren`, 60 m unless given) let it go
first at junctions, and on the way move to the side of their lane, on roads of several lanes to form a
corridor; they do not stop for it there. Drivers `constant`, `replay`, `python` and `r157_careful` do not
heed it: `driving/emergency_at_red`.
"""


def page() -> str:
    """Return the whole page."""
    blocks = [
        INTRODUCTION,
        "## NHTSA's pre-crash scenarios\n\n"
        "DOT HS 810 767 (2007); crashes a year in thousands, light vehicles, 2004. "
        f"Covered: {_covered(NHTSA)} of {len(NHTSA)} entries.\n",
        _table(("no.", "scenario", "crashes", "bundled"), _rows(NHTSA)),
        "## UN R157\n\n"
        "The templates of OSC-ALKS-scenarios for automated lane keeping. "
        f"Covered: {_covered(R157)} of {len(R157)} entries.\n",
        _table(("template", "remark", "bundled"), _rows(R157)),
        "## Euro NCAP\n\n"
        "Car to car, pedestrian, bicyclist and motorcyclist, up to the protocols of 2026. "
        f"Covered: {_covered(NCAP)} of {len(NCAP)} entries.\n",
        _table(("case", "target", "bundled"), _rows(NCAP)),
        OUTLOOK,
    ]
    return "\n".join(blocks)


def named() -> set[str]:
    """Return the names of all scenarios in the tables, and of those beside them."""
    return {name for table in (NHTSA, R157, NCAP) for _, names in table.values() for name in names} | {
        *PRESETS,
        *BESIDE,
    }


def _covered(table: Mapping[str, Entry]) -> int:
    return sum(bool(names) for _, names in table.values())


def _rows(table: Mapping[str, Entry]) -> Iterable[str]:
    for key, (text, names) in table.items():
        yield f"| {key} | {text} | {', '.join(f'`{name}`' for name in names) or 'not covered'} |"


def _table(head: tuple[str, ...], rows: Iterable[str]) -> str:
    lines = [f"| {' | '.join(head)} |", f"|{' --- |' * len(head)}", *rows]
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    FILE.write_text(page(), "utf-8")
