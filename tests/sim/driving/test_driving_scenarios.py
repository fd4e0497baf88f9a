"""The bundled driving scenarios: they load without a warning, run, and their rare case is rare but there."""

from __future__ import annotations

import math

import numpy as np
import pytest

from oddsmith.catalog import bundled_scenarios, load_scenario
from sim.episode import record, score

FIVE = {"cut_in", "cut_out", "lead_brake", "occluded_child", "stopped_lead"}
NAMES = sorted(f"driving/{name}" for name in FIVE)


@pytest.fixture(scope="module", params=NAMES)
def scenario(request):
    return load_scenario(request.param)


def test_the_five_are_there():
    assert set(NAMES) <= set(bundled_scenarios())


def test_each_has_sources_events_and_no_warning(scenario):
    assert scenario.sources
    assert scenario.about
    assert not scenario.warnings
    assert {"collision", "near_miss"} <= set(scenario.events)


def test_the_rare_case_happens_but_not_often(scenario):
    draws = scenario.nominal_batch(5, 0, 250)
    outcomes = [score(scenario, draw) for draw in draws]
    shares = {event: np.mean([o.occurred(event) for o in outcomes]) for event in outcomes[0].scores}
    assert 0.0 < shares["collision"] < 0.5
    assert 0.0 < shares["near_miss"] < 0.5
    assert all(math.isfinite(value) for o in outcomes for value in o.scores.values())
    for o in outcomes:
        assert not (o.occurred("collision") and o.occurred("near_miss"))


def test_a_recorded_collision_goes_on_to_the_end_and_moves_everybody(scenario):
    draws = scenario.nominal_batch(5, 0, 400)
    draw = next(draw for draw in draws if score(scenario, draw).occurred("collision"))
    recording = record(scenario, draw)
    assert recording.outcome == score(scenario, draw)
    track = recording.tracks[0]
    assert set(track.bodies) <= {body.name for body in recording.scene}
    event = recording.outcome.event_times["collision"]
    assert track.times[0] == 0.0
    assert event < track.times[-1] <= scenario.duration + 1e-9
    assert np.all(np.isfinite(track.poses))
