"""What a scenario may say of the search, and what stands where it says nothing."""

from __future__ import annotations

import pytest

from sim.errors import ScenarioError


def sampling(load, base, **overrides):
    return load(base, overrides={f"sampling.{key}": value for key, value in overrides.items()}).sampling


@pytest.mark.parametrize(
    ("method", "share"),
    [
        ("nominal", 0.0),
        ("event", 0.0),
        ("coverage", 0.0),
        ("importance", 0.05),
        ("splitting", 0.05),
        ("auto", 0.05),
    ],
)
def test_what_searches_is_audited_unless_told_otherwise(load, base, method, share):
    assert sampling(load, base, method=method).audit_share == share
    wanted = 0.1 if share else 0.0
    assert sampling(load, base, method=method, audit_share="10 %").audit_share == wanted


def test_a_wanted_spread_is_a_share_or_a_percentage(load, base):
    assert sampling(load, base).cov is None
    assert sampling(load, base, cov="15 %").cov == sampling(load, base, cov="0.15").cov == 0.15
    with pytest.raises(ScenarioError, match=r"must be at most 0\.99"):
        sampling(load, base, cov="2")


def test_events_are_told_apart_by_modes_where_there_are_some(load, base):
    assert sampling(load, base).diversity == "parameters"
    assert sampling(load, base, **{"diversity.by": "signals"}).diversity == "signals"
    assert sampling(load, base, diversity="{by: none}").diversity == "none"
    with_modes = base + 'modes:\n  near: "min_distance(clerk, clerk) < 1 m"\n'
    assert sampling(load, with_modes).diversity == "modes"


def test_modes_that_are_not_there_tell_nothing_apart(load, base):
    with pytest.raises(ScenarioError, match="declares no modes to tell events apart by"):
        sampling(load, base, **{"diversity.by": "modes"})
