"""Test protocols in closed form: Euro NCAP's meeting points and impact speeds, platoons of the IDM."""

from __future__ import annotations

import math
from itertools import pairwise

import numpy as np
import pytest

KMH = 1 / 3.6
DT = 0.01
SHARP = 1e6  # a jerk without time [m/s3]
STEP_JERK = 30.0  # of whoever walks or rides across [m/s3]


def way_of_a_start(speed: float, acceleration: float) -> tuple[float, float]:
    """Return (time, way) from rest to a speed where the acceleration ramps up and down at the jerk."""
    time = speed / acceleration + acceleration / STEP_JERK
    return time, 0.5 * speed * time


CROSSINGS = {
    # name: (body, speed, way from its middle to the ego's middle line, way to get up to speed)
    "CPNA": ({"pedestrian": "adult"}, 5 * KMH, 4.0, 1.0),
    "CPFA": ({"pedestrian": "adult"}, 8 * KMH, 6.0, 1.5),
    "CBNA": ({"vehicle": "bicycle"}, 15 * KMH, 17.0, 9.0),
    "CBFA": ({"vehicle": "bicycle"}, 20 * KMH, 19.0, 14.0),
}


@pytest.mark.parametrize("share", [0.25, 0.5, 0.75])
@pytest.mark.parametrize("ego_kmh", [10, 40, 60])
@pytest.mark.parametrize("case", CROSSINGS)
def test_target_and_ego_meet_where_the_protocol_says(driving, case, ego_kmh, share):
    body, speed, way, run_up = CROSSINGS[case]
    is_far = case.endswith("FA")
    v, width = ego_kmh * KMH, 1.815  # of the hatchback
    acceleration = speed * speed / (2 * run_up)
    begin, start_way = way_of_a_start(speed, acceleration)
    # the point of the ego's front that is to be hit, from the side the target comes from
    lateral = way - width / 2 + share * width
    meeting = begin + (lateral - start_way) / speed
    delay = max(0.0, 3.0 - meeting)  # the ego needs some way as well
    target = {
        "id": "target", **body, "lane": 1, "offset": way if is_far else -way, "ahead": v * (meeting + delay),
        "do": [{"at": delay, "cross": {"speed": speed, "acceleration": acceleration}}],
    }  # fmt: skip
    road = {"street": {"lanes": 1, "oncoming_lanes": 1, "parking": 6.0, "sidewalk": 10.0}}
    ego = {"vehicle": "hatchback", "lane": 1, "speed": v}
    trace = driving.run(duration=meeting + delay + 3.0, dt=DT, road=road, ego=ego, actors=[target])
    contact = next(one for one in trace.occurrences if one.kind == "contact")
    assert contact.t == pytest.approx(meeting + delay, abs=DT)
    assert contact.fields["side_a"] == "front"
    here = trace.signal("lateral_offset", ("target",))[-1]
    lane = round(trace.signal("lane", ("target",))[-1]) - 1
    place = here + 3.5 * lane
    side = 1.0 if is_far else -1.0
    assert side * place == pytest.approx(way - lateral, abs=speed * DT)


def ccrm_impact(u: float, ttc: float, delay: float, a: float) -> float:
    """Closing speed at impact with a target at constant speed; 0 if it is avoided."""
    return math.sqrt(max(u * u - 2.0 * a * (u * ttc - u * delay), 0.0))


@pytest.mark.parametrize("ego_kmh", [50, 60, 70, 80])
def test_ccrm_hits_at_the_closed_form_speed(driving, ego_kmh):
    brake = {"trigger_ttc": 0.8, "delay": 0.25, "emergency_deceleration": 6.0, "emergency_jerk": SHARP,
             "deceleration": 0.01}  # fmt: skip
    target = {"id": "target", "vehicle": "gvt", "lane": 1, "ahead": 40.0, "speed": 20 * KMH}
    ego = {"vehicle": "hatchback", "lane": 1, "speed": ego_kmh * KMH, "driver": {"acc_aeb": brake}}
    trace = driving.run(duration=9.0, dt=0.005, ego=ego, actors=[target])
    expected = ccrm_impact((ego_kmh - 20) * KMH, 0.8, 0.25, 6.0)
    # the cruise control that cannot brake slows down by 0.01 m/s2 all the same
    assert trace.measure("impact_speed", ("ego", "target")) == pytest.approx(expected, abs=0.06)


def ccrb_impact(v: float, gap: float, b: float, ttc: float, delay: float, a: float) -> float:
    """Closing speed at impact with a leader that brakes with b from the ego's own speed; 0 if it is avoided."""
    stop = v / b

    def state(t: float) -> tuple[float, float]:
        """(gap, closing speed) with the ego still at v."""
        if t <= stop:
            return gap - 0.5 * b * t * t, b * t
        return gap - 0.5 * b * stop * stop - v * (t - stop), v

    trigger = -ttc + math.sqrt(ttc * ttc + 2.0 * gap / b)
    if trigger > stop:  # it stands already: gap = ttc v
        trigger = stop + (gap - 0.5 * b * stop * stop - ttc * v) / v
    begin = trigger + delay
    left, closing = state(begin)
    if begin < stop:  # both brake until the leader stands
        rest = stop - begin
        is_decided = closing <= (a - b) * rest or left <= closing * rest - 0.5 * (a - b) * rest * rest
        if is_decided:
            return math.sqrt(max(closing * closing - 2.0 * (a - b) * left, 0.0))
        left -= closing * rest - 0.5 * (a - b) * rest * rest
        closing -= (a - b) * rest
    return math.sqrt(max(closing * closing - 2.0 * a * left, 0.0)) if closing > 0.0 else 0.0


@pytest.mark.parametrize("gap", [12.0, 40.0])
@pytest.mark.parametrize("b", [2.0, 6.0])
@pytest.mark.parametrize("ttc", [0.7, 1.0])
def test_ccrb_hits_at_the_closed_form_speed(driving, gap, b, ttc):
    v = 50 * KMH
    brake = {"trigger_ttc": ttc, "delay": 0.2, "emergency_deceleration": 7.0, "emergency_jerk": SHARP,
             "deceleration": 0.01}  # fmt: skip
    lead = {"id": "lead", "vehicle": "gvt", "lane": 1, "ahead": gap, "speed": v,
            "do": [{"at": 1.0, "brake": {"deceleration": b, "jerk": SHARP}}]}  # fmt: skip
    ego = {"vehicle": "hatchback", "lane": 1, "speed": v, "driver": {"acc_aeb": brake}}
    trace = driving.run(duration=14.0, dt=0.005, ego=ego, actors=[lead])
    expected = ccrb_impact(v, gap, b, ttc, 0.2, 7.0)
    assert trace.measure("impact_speed", ("ego", "lead")) == pytest.approx(expected, abs=0.15)


def idm(s: float, v: float, lead: float, *, desired: float, headway: float, a: float, b: float) -> float:
    """Acceleration of Treiber, Hennecke and Helbing (2000), with a standstill gap of 2 m."""
    wish = 2.0 + max(0.0, v * headway + v * (v - lead) / (2.0 * math.sqrt(a * b)))
    return a * (1.0 - (v / desired) ** 4 - (wish / s) ** 2)


def platoon_gain(v: float, omega: float, **settings: float) -> tuple[float, float]:
    """Return (amplification of a speed wave from car to car, margin of string stability), linearised.

    The follower's speed answers the leader's by (f_l i w + f_s) / (f_s - w^2 - f_v i w); no wave grows if
    f_v^2 - f_l^2 - 2 f_s >= 0. Source: Treiber and Kesting (2013), Traffic Flow Dynamics, chapter 15.
    """
    s = (2.0 + v * settings["headway"]) / math.sqrt(1.0 - (v / settings["desired"]) ** 4)
    h = 1e-5
    f_s = (idm(s + h, v, v, **settings) - idm(s - h, v, v, **settings)) / (2 * h)
    f_v = (idm(s, v + h, v, **settings) - idm(s, v - h, v, **settings)) / (2 * h)
    f_l = (idm(s, v, v + h, **settings) - idm(s, v, v - h, **settings)) / (2 * h)
    gain = abs(complex(f_s, f_l * omega) / complex(f_s - omega**2, -f_v * omega))
    return gain, f_v**2 - f_l**2 - 2.0 * f_s


@pytest.mark.parametrize(
    ("headway", "a", "is_stable"), [(1.8, 2.0, True), (0.8, 0.5, False)], ids=["stable", "unstable"]
)
def test_waves_in_a_platoon_grow_as_string_stability_says(driving, tmp_path, headway, a, is_stable):
    v, omega, swing, cars = 15.0, 0.2, 0.05, 5
    settings = {"desired": 30.0, "headway": headway, "a": a, "b": 2.0}
    gain, margin = platoon_gain(v, omega, **settings)
    assert (margin > 0.0) == is_stable == (gain < 1.0)
    duration = 300.0
    times = np.arange(0.0, duration + 1.0, 0.25)
    way = v * times + swing / omega * (1.0 - np.cos(omega * times))
    table = "".join(f"{t!r},{x!r}\n" for t, x in zip(times.tolist(), way.tolist(), strict=True))
    (tmp_path / "wave.csv").write_text("t,forward\n" + table)
    gap = (2.0 + v * headway) / math.sqrt(1.0 - (v / 30.0) ** 4)
    lead = {"id": "car0", "vehicle": "sedan", "lane": 1, "ahead": 900.0,
            "driver": {"replay": str(tmp_path / "wave.csv")}}  # fmt: skip
    driver = {"idm": {"desired_speed": 30.0, "headway": headway, "acceleration": a, "deceleration": 2.0}}
    behind = [{"id": f"car{k}", "vehicle": "sedan", "lane": 1, "of": f"car{k - 1}", "behind": gap, "speed": v,
               "driver": driver} for k in range(1, cars + 1)]  # fmt: skip
    ego = {"lane": 3, "speed": 0.0}
    trace = driving.run(duration=duration, dt=0.05, ego=ego, actors=[lead, *behind])
    late = trace.times > duration - 2 * 2.0 * math.pi / omega
    wave = np.exp(-1j * omega * trace.times[late])
    heights = [
        2.0 * abs(np.mean((trace.signal("speed", (f"car{k}",))[late] - v) * wave)) for k in range(cars + 1)
    ]
    assert heights[0] == pytest.approx(swing, rel=0.01)
    for near, far in pairwise(heights):
        assert far / near == pytest.approx(gain, rel=0.02)
