"""Discovery: every category of every choice is tried, modes are found on all sides, the budget is kept."""

import numpy as np
import pytest
from scipy import stats

from sim.samplers.discovery import discover
from sim.samplers.points import uniforms_of

CHOICES = {0: (0.98, 0.02), 2: (0.9994, 0.0, 0.0003, 0.0003), 3: (0.25, 0.25, 0.25, 0.25)}


def asked(world, drive, calls, seed=1):
    """Return what discovery found and the points it asked for, request by request."""
    points = []

    def course():
        inner = discover(world, seed=seed, calls=calls)
        request = next(inner)
        try:
            while True:
                points.append(request.z)
                request = inner.send((yield request))
        except StopIteration as stop:
            return stop.value

    return drive(course(), world), points


def test_every_category_of_every_choice_is_tried(world_of, drive):
    world = world_of(lambda x, _: np.full(len(x), -1.0), 0.0, dimension=5, choices=CHOICES)
    found, points = asked(world, drive, 300)
    assert found is None
    for place, law in CHOICES.items():
        which = np.searchsorted(np.cumsum(law)[:-1], uniforms_of(points[0][:, place]))
        seen = np.bincount(which, minlength=len(law))
        possible = np.array(law) > 0.0
        assert (seen[possible] > 0.15 * len(which) / possible.sum()).all()
        assert (seen[~possible] == 0).all()
    assert np.isfinite(points[0]).all()


def test_events_far_out_are_found_on_both_sides_and_settle(world_of, drive):
    world = world_of(lambda x, _: np.abs(x[:, 0]) - 4.5, 0.0, dimension=2)
    found, _ = asked(world, drive, 1000)
    assert (found.scores >= 0.0).all()
    sides = np.mean(found.z[:, 0] > 0.0)
    assert 0.15 < sides < 0.85
    # settled: the distance beyond the edge is that of the natural law, not of inflated noise
    beyond = stats.truncnorm(4.5, np.inf)
    assert np.abs(found.z[:, 0]).mean() < 4.5 + 2.5 * (beyond.mean() - 4.5)
    assert found.z[:, 1].std() < 2.5


@pytest.mark.parametrize("calls", [50, 62, 125, 400, 1000])
@pytest.mark.parametrize("name", ["two tails", "half-spaces", "category alone", "conditioned", "far plane"])
def test_no_more_calls_are_made_than_allowed(worlds, drive, name, calls):
    _, points = asked(worlds[name], drive, calls)
    assert sum(map(len, points)) <= calls


def test_what_breaks_constraints_is_not_tried(worlds, drive):
    _, points = asked(worlds["conditioned"], drive, 500)
    assert (np.concatenate(points)[:, 0] > 1.0).all()
    assert len(points[0]) > 0


def test_where_no_point_meets_the_constraints_nothing_is_found(world_of, drive):
    world = world_of(lambda x, _: x[:, 0], 0.0, allowed=lambda x: np.zeros(len(x), bool))
    found, points = asked(world, drive, 300)
    assert found is None
    assert sum(map(len, points)) == 0


def test_without_parameters_it_tries_noise_as_it_comes(worlds, drive):
    found, points = asked(worlds["walk"], drive, 2000)
    assert found is not None
    assert (found.scores >= 0.0).all()
    assert points[0].shape[1] == 0
