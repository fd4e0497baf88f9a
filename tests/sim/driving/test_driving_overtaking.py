"""Overtaking over the oncoming lane: when drivers go, stay and give up, and that they never touch."""

from __future__ import annotations

import numpy as np
import pytest

from oddsmith.catalog import load_scenario
from sim.domains.driving import layout as c
from sim.episode import record, score
from sim.noise import Noise

ROAD = {"street": {"parking": 0.0, "sidewalk": 0.0, "limit": 100 / 3.6}}


def driver(speed, kind="idm", **overtaking):
    return {kind: {"desired_speed": speed, "overtaking": overtaking}}


def scene(driving, *, oncoming=None, road=ROAD, others=(), duration=25.0, dt=0.02, **overtaking):
    """An ego that wants 27 m/s behind a lorry at 17 m/s, and somebody who comes at 25 m/s."""
    actors = [
        {"id": "lorry", "vehicle": "truck", "lane": 1, "ahead": 25.0, "speed": 17.0, "driver": "constant"}
    ]
    if oncoming is not None:
        comes = {"vehicle": "sedan", "lane": 2, "ahead": oncoming, "speed": 25.0, "driver": driver(25.0)}
        actors.append({"id": "other", **comes})
    ego = {"lane": 1, "speed": 17.0, "driver": driver(27.0, **overtaking)}
    return driving.run(
        road=road, ego=ego, actors=[*actors, *others], duration=duration, dt=dt, through_crash=True
    )


def told(trace, actor="ego"):
    return [
        (one.t, one.fields["kind"]) for one in trace.occurrences
        if one.kind == "manoeuvre" and one.fields["actor"] == actor
    ]  # fmt: skip


def lead(trace, actor="ego", other="lorry"):
    """How far one is ahead of another at the end."""
    index = trace._world.index
    return float(trace._rows[-1, index[actor], c.S] - trace._rows[-1, index[other], c.S])


def test_a_free_road_is_used_at_once_and_without_breaking_a_rule(driving):
    trace = scene(driving)
    assert [kind for _, kind in told(trace)] == ["overtake"]
    assert told(trace)[0][0] < 0.3
    assert lead(trace) > 17.0
    assert abs(trace._rows[-1, 0, c.D] + 1.75) < 0.1
    assert [one for one in trace.occurrences if one.kind == "rule_violation"] == []


def test_the_pass_takes_about_as_long_as_the_literature_says(driving):
    """Jenkins and Rilett (2005): 8 to 10 s from leaving the lane to being back."""
    trace = scene(driving)
    out = trace.times[trace._rows[:, 0, c.D] > 0.0]
    assert 6.0 < out[-1] - out[0] < 11.0


@pytest.mark.parametrize(("oncoming", "goes"), [(250.0, False), (500.0, False), (880.0, True)])
def test_one_waits_for_oncoming_traffic_that_is_too_near(driving, oncoming, goes):
    trace = scene(driving, oncoming=oncoming)
    begins = told(trace)[0][0]
    # the two meet 42 m/s after another
    assert begins < 1.0 if goes else begins > (oncoming - 60.0) / 42.0
    assert lead(trace) > 17.0 or not goes
    assert all(one.kind != "contact" for one in trace.occurrences)


def test_the_smallest_gap_taken_leaves_the_margin_asked_for(driving):
    """When it is back, whoever comes is as far away as its margin says, within half a second."""
    for margin in (1.0, 3.0, 5.0):
        gaps = np.arange(400.0, 1000.0, 10.0)
        taken = next(
            gap for gap in gaps if told(scene(driving, oncoming=gap, margin=margin, duration=0.6, sight=2000.0))
        )
        trace = scene(driving, oncoming=float(taken), margin=margin, sight=2000.0)
        d, s = trace._rows[:, 0, c.D], trace._rows[:, :, c.S]
        back = int(np.flatnonzero(d > -1.0)[-1])
        left = (s[back, 2] - s[back, 0] - 4.7) / (trace._rows[back, 0, c.V] + 25.0)
        assert left == pytest.approx(margin, abs=0.7), margin


def test_nobody_overtakes_over_a_solid_line_or_what_is_hardly_slower(driving):
    solid = {"street": {**ROAD["street"], "centre_line": "solid"}}
    slow = {"street": {**ROAD["street"], "limit": 20.0}}
    assert told(scene(driving, road=solid)) == []
    assert told(scene(driving, road=slow)) == []


def test_without_sight_nobody_overtakes(driving):
    assert told(scene(driving, sight=300.0)) == []


def test_a_pass_is_given_up_when_the_gap_was_misjudged_and_nobody_is_hurt(driving):
    """Whoever comes speeds up to 50 m/s once the pass has begun."""
    fast = {
        "id": "fast", "vehicle": "sedan", "lane": 2, "ahead": 640.0, "speed": 15.0, "driver": "constant",
        "do": [{"at": 0.5, "accelerate": {"acceleration": 8.0, "to": 50.0}}],
    }  # fmt: skip
    trace = scene(driving, others=[fast])
    assert [kind for _, kind in told(trace)][:2] == ["overtake", "give_up_overtaking"]
    assert all(one.kind != "contact" for one in trace.occurrences)
    given_up, index = told(trace)[1][0], trace._world.index
    meets = int(np.argmax(trace._rows[:, index["fast"], c.S] < trace._rows[:, 0, c.S]))
    assert trace.times[meets] > given_up
    assert trace._rows[meets, 0, c.D] < -0.5
    assert trace._rows[meets, 0, c.S] < trace._rows[meets, index["lorry"], c.S]


def test_two_close_together_are_passed_in_one_go_and_a_wide_gap_is_used(driving):
    near = {"id": "near", "vehicle": "van", "lane": 1, "of": "lorry", "ahead": 20.0, "speed": 17.0}
    trace = scene(driving, others=[near], sight=2000.0, duration=12.0)
    d = trace._rows[:, 0, c.D]
    abreast = trace._rows[:, 0, c.S] - trace._rows[:, 1, c.S]
    assert np.all(d[(abreast > 0.0) & (abreast < 28.0)] > 1.0)


def test_a_gap_is_misjudged_by_the_noise_of_the_driver_and_the_one_who_comes(driving):
    starts = set()
    for seed in range(12):
        ego = {"lane": 1, "speed": 17.0, "driver": driver(27.0, misjudges=0.3)}
        lorry = {"id": "lorry", "vehicle": "truck", "lane": 1, "ahead": 25.0, "speed": 17.0}
        other = {"id": "other", "vehicle": "sedan", "lane": 2, "ahead": 620.0, "speed": 25.0}
        trace = driving.run(road=ROAD, ego=ego, actors=[lorry, other], duration=2.0, dt=0.02, noise=Noise(seed))
        starts.add(bool(told(trace)))
    assert starts == {True, False}


def nominal(driving, seed):
    """A country road with a slow lorry or two and three who come, all human and free to overtake."""
    dice = np.random.default_rng(seed)
    slow = float(dice.uniform(14, 20))
    lorry = {"id": "lorry", "vehicle": "truck", "lane": 1, "ahead": float(dice.uniform(20, 60)), "speed": slow}
    actors = [{**lorry, "driver": driver(slow, "human")}]
    if dice.random() < 0.5:
        behind = {"vehicle": "van", "lane": 1, "behind": float(dice.uniform(20, 60)), "speed": slow}
        actors.append({"id": "behind", **behind, "driver": driver(float(dice.uniform(22, 28)), "human")})
    if dice.random() < 0.4:
        more = {
            "vehicle": "truck",
            "lane": 1,
            "of": "lorry",
            "ahead": float(dice.uniform(15, 60)),
            "speed": slow,
        }
        actors.append({"id": "lorry_2", **more, "driver": driver(slow, "human")})
    for k in range(3):
        speed = float(dice.uniform(16, 27))
        place = {"ahead": float(dice.uniform(100, 900))}
        if k:
            place = {"of": f"comes_{k - 1}", "behind": float(dice.exponential(150)) + 25.0}
        kind = str(dice.choice(["sedan", "van", "truck"]))
        body = {"id": f"comes_{k}", "vehicle": kind, "lane": 2, "speed": speed, **place}
        actors.append({**body, "driver": driver(speed + float(dice.uniform(0, 6)), "human")})
    ego = {"lane": 1, "speed": slow, "driver": driver(float(dice.uniform(24, 29)), "human")}
    return driving.run(road=ROAD, ego=ego, actors=actors, duration=30.0, dt=0.02, noise=Noise(seed))


def test_who_judges_gaps_well_never_touches_anybody(driving):
    passes = 0
    for seed in range(200):
        trace = nominal(driving, seed)
        kinds = [(one.kind, one.fields) for one in trace.occurrences]
        assert all(kind != "contact" for kind, _ in kinds), seed
        assert trace.predicate("leaves_road", ("ego",))[-1] < 0.0
        assert trace.predicate("drives_wrong_way", ("ego",))[-1] < 0.0
        passes += sum(fields.get("kind") == "overtake" for _, fields in kinds)
    assert passes > 80


def test_the_bundled_case_is_scored_as_it_is_recorded():
    scenario = load_scenario("driving/rural_overtaking")
    for draw in scenario.nominal_batch(5, 0, 3):
        outcome, recording = score(scenario, draw), record(scenario, draw)
        assert recording.outcome == outcome
        broken = [one for one in recording.occurrences if one.kind == "rule_violation"]
        assert any(one.fields["actor"] == "ego" for one in broken) == outcome.occurred("breaks_a_rule")
