"""The bundled cases: small, sourced, without a warning, and their event is possible but not usual."""

from __future__ import annotations

import math

import pytest

from oddsmith.catalog import bundled_scenarios, load_scenario
from sim.episode import score

CASES = {
    name: file
    for name, file in bundled_scenarios().items()
    if name.startswith("driving/") and "use: [pieces/" in file.read_text("utf-8")
}
"""Those put together from the shared pieces; the others have tests of their own, with more draws."""
MOST = 1200
"""Draws within which the event has to come."""


@pytest.mark.parametrize("name", CASES)
def test_a_case_is_small_sourced_and_has_a_rare_event(name):
    assert len(CASES[name].read_text("utf-8").splitlines()) <= 60
    scenario = load_scenario(name)
    assert scenario.sources
    assert scenario.about
    assert not scenario.warnings
    target = scenario.target
    found, tried = 0, 0
    for draw in scenario.nominal_batch(11, 0, MOST):
        outcome = score(scenario, draw)
        assert all(math.isfinite(value) for value in outcome.scores.values())
        tried, found = tried + 1, found + outcome.occurred(target)
        if found and tried >= 30:
            break
    assert found, f"no {target} in {MOST} draws"
    assert found / tried < 0.5
