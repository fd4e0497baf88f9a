"""The numbers of a driving episode as events and datasets name them: signals over time, measures of the whole.

Signals exist from the start to the first touch of two bodies, where the motion model ends; what follows is the
crash, told by measures that say so.
"""

from __future__ import annotations

from sim.domains.base import MeasureDeclaration, SignalDeclaration

__all__ = ["MEASURES", "SIGNALS"]

_PAIR = ("any", "any")
_ONE = ("any",)

SIGNALS: dict[str, SignalDeclaration] = {
    "distance": SignalDeclaration(_PAIR, "m", 1.0, "signed distance of the two footprints, negative inside"),
    "gap": SignalDeclaration(
        _PAIR, "m", 1.0, "clear way along the road between the two, bumper to bumper; 0 while side by side"
    ),
    "ttc": SignalDeclaration(
        _PAIR,
        "s",
        1.0,
        "time until the footprints touch if both keep their velocity along the road; inf if they miss",
        "Hayward (1972), widened to footprints",
    ),
    "thw": SignalDeclaration(_PAIR, "s", 1.0, "time headway: gap over the speed of the one behind"),
    "drac": SignalDeclaration(
        _PAIR,
        "m/s2",
        1.0,
        "deceleration to avoid a crash: closing speed squared over twice the gap",
        "Almqvist, Hyden, Risser (1991)",
    ),
    "required_deceleration": SignalDeclaration(
        _PAIR, "m/s2", 1.0, "drac less the acceleration of the one ahead, at least 0", "Westhofen et al. (2023)"
    ),
    "modified_ttc": SignalDeclaration(
        _PAIR,
        "s",
        1.0,
        "time until the gap is closed if both keep their accelerations; inf if it never is",
        "Ozbay et al. (2008)",
    ),
    "rss_margin": SignalDeclaration(
        _PAIR,
        "m",
        5.0,
        "gap less the safe longitudinal distance of responsibility-sensitive safety, whatever the lanes; "
        "response 1 s, accelerations 3.5, -4 (-3 towards an oncoming body) and -8 m/s2",
        "Shalev-Shwartz et al. (2017)",
    ),
    "brake_threat_number": SignalDeclaration(
        _PAIR,
        "",
        0.5,
        "required deceleration over what the friction of the one behind allows; above 1 braking comes too late",
        "Brannstrom et al. (2008)",
    ),
    "r157_ttc_margin": SignalDeclaration(
        _PAIR,
        "s",
        1.0,
        "gap over closing speed, less the time from which an automated lane keeping system must avoid a crash "
        "with whoever cuts in: v / 12 m/s2 + 0.35 s",
        "UN R157, paragraph 5.2.5.2",
    ),
    "eu_2022_1426_ttc_margin": SignalDeclaration(
        _PAIR,
        "s",
        1.0,
        "the same by the rules for fully automated vehicles, without standing passengers: v / 12 m/s2 + 0.25 s",
        "Regulation (EU) 2022/1426",
    ),
    "closing_speed": SignalDeclaration(_PAIR, "m/s", 1.0, "rate at which the gap shrinks along the road"),
    "sight": SignalDeclaration(
        _PAIR, "m", 0.5, "clearance of the line of sight from the first to the second; negative while hidden"
    ),
    "speed": SignalDeclaration(_ONE, "m/s", 1.0, "speed forward"),
    "acceleration": SignalDeclaration(_ONE, "m/s2", 1.0, "acceleration forward"),
    "lateral_acceleration": SignalDeclaration(_ONE, "m/s2", 1.0, "acceleration to the left"),
    "jerk": SignalDeclaration(_ONE, "m/s3", 5.0, "rate of change of the acceleration forward"),
    "yaw_rate": SignalDeclaration(_ONE, "rad/s", 0.1, "rate of turning, counter-clockwise positive"),
    "lateral_offset": SignalDeclaration(_ONE, "m", 0.5, "way to the left of the nearest lane centre"),
    "lateral_speed": SignalDeclaration(_ONE, "m/s", 0.5, "speed across the road, to the left positive"),
    "heading": SignalDeclaration(
        _ONE, "rad", 0.1, "direction relative to the road, counter-clockwise positive"
    ),
    "lane": SignalDeclaration(_ONE, "", 1.0, "number of the lane the centre is nearest to"),
    "lane_departure": SignalDeclaration(
        _ONE,
        "m",
        0.5,
        "how far the footprint reaches beyond the lane its centre is nearest to; negative inside",
    ),
    "travelled": SignalDeclaration(_ONE, "m", 1.0, "way travelled since the start"),
}

MEASURES: dict[str, MeasureDeclaration] = {
    "min_distance": MeasureDeclaration(_PAIR, "m", 1.0, "smallest distance of the two before the first touch"),
    "min_gap": MeasureDeclaration(_PAIR, "m", 1.0, "smallest gap of the two before the first touch"),
    "min_ttc": MeasureDeclaration(_PAIR, "s", 1.0, "smallest ttc of the two before the first touch"),
    "min_thw": MeasureDeclaration(_PAIR, "s", 1.0, "smallest time headway of the two before the first touch"),
    "max_drac": MeasureDeclaration(_PAIR, "m/s2", 1.0, "largest drac before the first touch", grows=True),
    "pet": MeasureDeclaration(
        _PAIR,
        "s",
        1.0,
        "post-encroachment time: least time between one leaving a place and the other reaching it, before the "
        "first touch; 0 if the two touch, inf if they share no place",
        source="Allen, Shin and Cooper (1978)",
    ),
    "time_exposed_ttc": MeasureDeclaration(
        _PAIR,
        "s",
        1.0,
        "time during which ttc is below 1.5 s, before the first touch",
        grows=True,
        source="Minderhoud and Bovy (2001)",
    ),
    "max_deceleration": MeasureDeclaration(
        _ONE, "m/s2", 1.0, "strongest braking before the first touch", grows=True
    ),
    "rules_broken": MeasureDeclaration(
        _ONE, "", 1.0, "number of traffic rules a vehicle breaks before the first touch", grows=True
    ),
    "impact_speed": MeasureDeclaration(
        _PAIR, "m/s", 1.0, "relative speed of the two at their touch, if it is the first; else 0", grows=True
    ),
    "first_contact_side": MeasureDeclaration(
        _ONE, "", 1.0, "side of the first touch: 0 none, 1 front, 2 left, 3 rear, 4 right"
    ),
    "delta_v": MeasureDeclaration(
        _ONE, "m/s", 1.0, "largest change of velocity in one impact of the crash", needs_crash=True
    ),
    "fatality_risk": MeasureDeclaration(
        _ONE,
        "",
        0.1,
        "probability that the crash kills: a vehicle's driver (delta_v / 71 mph)^4, a pedestrian in the first "
        "touch as an adult 1 / (1 + exp(6.9 - 0.090 v)) of the impact speed in km/h, and so a rider, who has "
        "no curve; 0 for whoever is not hit",
        needs_crash=True,
        source="Joksch (1993); Rosen and Sander (2009)",
    ),
    "contact_impulse": MeasureDeclaration(
        _PAIR, "N*s", 1000.0, "impulse the two exchange in their first impact", needs_crash=True
    ),
}
