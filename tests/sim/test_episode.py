"""Score and record are two verbs over the same code: the same Outcome to the bit, for any draw."""

import math
from pathlib import Path

import pytest

from oddsmith.catalog import load_scenario as load
from sim.episode import capture_window, record, score
from sim.noise import Draw, Edit, hash64

BUNDLED = sorted(path.stem for path in Path(__file__).parents[2].glob("scenarios/driving/*.yaml"))
DEEP = ("cut_in", "cut_out", "lead_brake", "occluded_child", "stopped_lead")
DRAWS = {"system_under_test": 100, "occluded_child_lidar": 20, **dict.fromkeys(DEEP, 1000)}
"""Draws to compare, 5 of any other scenario: one for every kind of edit.

A controller in Python takes its time, one more sensor makes no other episode, and the other scenarios put the
same parts together in another way.
"""


def edited(draw: Draw, index: int, entities: list[str]) -> Draw:
    """Return a draw with a lineage of every kind of edit: suffix and entity redraws, pCN steps, mixtures."""
    key = hash64("edit", index)
    some = entities[index % len(entities)]
    kinds = [
        (),
        (Edit(key, t=1.0 + index % 7),),
        (Edit(key, entity=some),),
        (Edit(key, beta=0.3), Edit(key + 1, beta=0.5)),
        (Edit(key, entity=some, t=2.0), Edit(key + 1, beta=0.2), Edit(key + 2, t=4.0)),
    ]
    return draw.edited(*kinds[index % len(kinds)])


def same(a: float, b: float) -> bool:
    return a == b or (math.isnan(a) and math.isnan(b))


@pytest.mark.slow
@pytest.mark.parametrize("name", BUNDLED)
def test_score_and_record_agree_to_the_bit(name):
    scenario = load(f"driving/{name}")
    entities = ["ego", *(str(item["id"]) for item in scenario.resolve(scenario.nominal(1, 0)).world["actors"])]
    for index, draw in enumerate(scenario.nominal_batch(2026, 0, DRAWS.get(name, 5))):
        changed = edited(draw, index, entities)
        scored, recorded = score(scenario, changed), record(scenario, changed).outcome
        assert scored.scores == recorded.scores
        assert scored.measures == recorded.measures
        assert scored.mode == recorded.mode
        assert scored.running == recorded.running
        for event in scenario.events:
            assert same(scored.event_times[event], recorded.event_times[event])
            assert same(scored.peak_times[event], recorded.peak_times[event])


@pytest.mark.parametrize("name", BUNDLED)
def test_an_episode_is_a_pure_function_of_its_draw(name):
    scenario = load(f"driving/{name}")
    draws = scenario.nominal_batch(3, 0, 6)
    forward = [score(scenario, draw).scores for draw in draws]
    backward = [score(scenario, draw).scores for draw in reversed(draws)]
    assert forward == backward[::-1]


@pytest.mark.parametrize("name", BUNDLED)
def test_what_is_captured_lies_inside_what_was_recorded(name):
    scenario = load(f"driving/{name}")
    for draw in scenario.nominal_batch(5, 0, 4 if name in DRAWS else 1):
        recording = record(scenario, draw)
        for sensor in scenario.sensors:
            start, end = capture_window(scenario, sensor, recording)
            assert recording.window[0] <= start < end <= recording.window[1]
