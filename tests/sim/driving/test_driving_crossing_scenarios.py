"""The bundled scenarios on roads that meet: they run, their rare case is rare but there, and it is recorded."""

from __future__ import annotations

import numpy as np
import pytest

from oddsmith.catalog import load_scenario
from sim.episode import record, score

NAMES = ("left_turn_across_path", "straight_crossing_paths", "map_lead_brake")


@pytest.fixture(scope="module", params=NAMES)
def case(request):
    scenario = load_scenario(f"driving/{request.param}")
    draws, outcomes = list(scenario.nominal_batch(3, 0, 2000)), []
    for draw in draws:
        outcomes.append(score(scenario, draw))
        if len(outcomes) >= 100 and any(outcome.occurred("collision") for outcome in outcomes):
            break
    return scenario, draws, outcomes


def test_the_rare_case_is_rare_but_there(case):
    scenario, _, outcomes = case
    assert scenario.sources
    assert not scenario.warnings
    share = np.mean([outcome.occurred("collision") for outcome in outcomes])
    assert 0.0 < share < 0.2
    assert all(np.isfinite(value) for outcome in outcomes for value in outcome.scores.values())


def test_a_collision_is_recorded_as_it_was_scored_and_goes_on(case):
    scenario, draws, outcomes = case
    k = next(k for k, outcome in enumerate(outcomes) if outcome.occurred("collision"))
    recording = record(scenario, draws[k])
    assert recording.outcome == outcomes[k]
    assert all(np.all(np.isfinite(track.poses)) for track in recording.tracks)
    assert recording.tracks[0].times[-1] > outcomes[k].event_times["collision"]
    names = [body.name for body in recording.scene]
    assert len(names) == len(set(names))
    signals = {body.name for body in recording.scene if body.category == "traffic light"}
    lit = {channel.body for channel in recording.channels if channel.name == "green_light"}
    assert signals == lit
    assert bool(signals) == (scenario.name == "driving/left_turn_across_path")


def test_the_surface_of_the_junction_closes_the_roads(case):
    scenario, draws, _ = case
    recording = record(scenario, draws[0])
    kinds = {body.name: body.category for body in recording.scene}
    assert kinds["junction"] == "road"
    roads = [body for body in recording.scene if body.shape.kind == "road"]
    outlines = [
        np.array(points)
        for body in recording.scene
        if body.shape.kind == "junction"
        for kind, _, points in body.shape.details["surfaces"]
        if kind == "asphalt"
    ]
    for body in (body for body in roads if body.name.startswith("road_")):
        _, x, y, heading, _, _ = body.shape.details["reference"][0]
        right, left = next(strip[:2] for strip in body.shape.details["strips"] if strip[2] == "asphalt")
        for d in (right, left):
            corner = (x - d * np.sin(heading), y + d * np.cos(heading))
            assert np.linalg.norm(outlines[0] - corner, axis=1).min() < 1e-6


def test_nothing_stands_on_a_road_but_traffic(case):
    scenario, draws, _ = case
    if scenario.name == "driving/map_lead_brake":
        return  # nothing stands beside the roads of a map
    recording = record(scenario, draws[0])
    world = scenario.resolve(draws[0]).world
    half = 1.0 * world["road"].settings["lane_width"]
    for body in recording.scene:
        if body.category in ("building", "traffic light", "traffic sign"):
            x, y = body.pose[:2]
            if max(abs(x), abs(y)) < 200.0:  # the view is closed where the arms end
                assert min(abs(x), abs(y)) > half, body.name
