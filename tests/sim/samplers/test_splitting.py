"""Splitting: unbiased against closed forms, tiles of the population, groups that die, continuations."""

import json
import math

import numpy as np
import pytest

from sim.errors import RunError, UsageError
from sim.samplers.pilot import explore
from sim.samplers.points import Stream
from sim.samplers.splitting import Frozen, _seeds, frozen_from
from sim.samplers.swarm import Schedule


def z_of(by_group, expected):
    return (by_group.mean() - expected) / (by_group.std(ddof=1) / math.sqrt(len(by_group)))


def in_small_groups(hunt, world, calls, *, size=40, seed=1):
    """Return a hunt with frozen levels and as many small groups as the calls pay for."""
    frozen = dict(hunt(world, "splitting", 4000, seed=seed).sampler.frozen())
    return hunt(world, "splitting", calls, seed=seed, frozen=frozen | {"size": size}, part=1)


def tiled(found, values):
    """Return each group's own mean of values over the population."""
    main = found.is_main
    groups = found.group[main]
    count = groups.max() + 1
    return np.bincount(groups, found.weight[main] * values) * count


NAMES = [
    "two tails",
    "half-spaces",
    "mixed",
    "impossible category",
    "conditioned",
    "narrow",
    "failures",
    "noise",
]
WALKS = ["walk", "drift", "pace"]


@pytest.mark.parametrize(
    ("name", "calls"), [(name, 24_000) for name in NAMES] + [(name, 9000) for name in WALKS]
)
def test_the_rate_is_unbiased_with_frozen_levels(worlds, hunt, name, calls):
    found = in_small_groups(hunt, worlds[name], calls)
    estimates = found.by_group
    assert len(estimates) > 40
    assert (estimates > 0.0).sum() > 20
    assert abs(z_of(estimates, worlds[name].p)) < 4.0


def test_the_rate_is_unbiased_over_whole_hunts_pilots_and_all(worlds, hunt):
    rates = np.array([hunt(worlds["two tails"], "splitting", 2500, seed=seed).rate for seed in range(30)])
    assert abs(z_of(rates, worlds["two tails"].p)) < 4.0


@pytest.mark.parametrize("name", ["half-spaces", "mixed"])
def test_the_weighted_calls_are_the_population(worlds, hunt, name):
    found = in_small_groups(hunt, worlds[name], 24_000)
    assert np.allclose(tiled(found, np.ones(found.is_main.sum())), 1.0, atol=1e-12)
    x = found.x
    assert abs(z_of(tiled(found, x[:, 0] ** 2), 1.0)) < 4.0
    assert abs(z_of(tiled(found, x[:, 1]), 0.0)) < 4.0
    assert abs(z_of(tiled(found, x[:, 0] > 2.0), 0.02275013194817921)) < 4.0


def test_an_event_that_happens_mostly_takes_one_level(world_of, hunt):
    world = world_of(lambda x, _: x[:, 0] + 1.0, 0.8413447460685429)
    found = hunt(world, "splitting", 2000)
    assert found.sampler.about()["levels"] == [0.0]
    assert abs(z_of(found.by_group, world.p)) < 4.0


@pytest.mark.parametrize("method", ["splitting", "importance", "auto"])
def test_a_certain_event_is_refused(world_of, hunt, method):
    with pytest.raises(RunError, match="not rare but certain"):
        hunt(world_of(lambda x, _: np.full(len(x), 0.5), 1.0), method, 1000)


def test_failed_episodes_count_and_stand_for_their_part(world_of, hunt):
    world = world_of(
        lambda x, _: np.where(x[:, 0] > 0.0, -np.inf, x[:, 1] - 2.5), 0.5 * 0.006209665, dimension=2
    )
    found = in_small_groups(hunt, world, 20_000)
    assert abs(z_of(found.by_group, world.p)) < 4.0
    assert abs(z_of(tiled(found, ~np.isfinite(found.score[found.is_main])), 0.5)) < 4.0


FROZEN = {
    "method": "splitting",
    "levels": [-3.0, -1.5, 0.0],
    "scales": [{"pcn": 0.6, "block": 0.3}] * 3,
    "lengths": [3, 3, 3],
    "cycle": ["pcn"],
    "noise_levels": 0,
    "size": 20,
    "groups": 20,
}


@pytest.mark.parametrize("highest", [-9.0, -2.0, -1.0])
def test_groups_that_all_die_still_tile_the_population(world_of, hunt, highest):
    world = world_of(lambda x, _: np.minimum(x[:, 0] - 2.5, highest), 0.0)
    found = hunt(world, "splitting", 1500, frozen=FROZEN)
    about = found.sampler.about()
    assert found.rate == 0.0
    assert about["zero_groups"] == about["groups"] == found.group.max() + 1
    assert found.weight.sum() == pytest.approx(1.0, abs=1e-12)
    assert np.allclose(tiled(found, np.ones(len(found.weight))), 1.0, atol=1e-12)


def test_some_groups_may_die(world_of, hunt):
    world = world_of(lambda x, _: x[:, 0] - 4.0, 3.167124183311998e-05)
    found = hunt(world, "splitting", 2000, frozen=FROZEN)
    estimates = found.by_group
    about = found.sampler.about()
    assert 0 < about["zero_groups"] == np.sum(estimates == 0.0) < about["groups"]
    assert np.allclose(tiled(found, np.ones(len(found.weight))), 1.0, atol=1e-12)
    assert about["fractions"][0] == pytest.approx(np.mean(found.score[: about["groups"] * 20] >= -3.0))


def test_rejected_proposals_count_as_calls_and_weigh_nothing(worlds, hunt):
    found = hunt(worlds["half-spaces"], "splitting", 4000)
    weight = found.weight[found.is_main]
    assert (weight >= 0.0).all()
    assert 0.05 < np.mean(weight == 0.0) < 0.95


def test_seeds_are_drawn_evenly_from_each_group_alive():
    groups = np.array([0] * 5 + [2] * 30)
    alive = np.bincount(groups, minlength=4)
    chosen = np.array([_seeds(groups, alive, 10, Stream("seeds", turn)) for turn in range(800)])
    assert chosen.shape == (800, 20)
    seen = np.bincount(chosen.ravel(), minlength=35) / 800
    assert np.allclose(seen[:5], 2.0)  # ten seeds of five states: each twice
    assert np.all(np.abs(seen[5:] - 1.0 / 3.0) < 4.0 * math.sqrt(2.0 / 9.0 / 800))


# -- what is frozen ----------------------------------------------------------------------------------------


def test_what_is_frozen_is_the_same_after_it_was_written_down(worlds, drive):
    pilot = drive(explore(worlds["noise"], seed=1, size=100, most=9000), worlds["noise"])
    one = frozen_from(pilot, calls=9000)
    again = Frozen.from_data(json.loads(json.dumps(one.to_data())), calls=9000)
    assert (again.levels, again.scales, again.lengths) == (one.levels, one.scales, one.lengths)
    assert again.schedule == one.schedule
    assert (again.size, again.groups) == (one.size, one.groups)


@pytest.mark.parametrize("calls", [55, 60, 100, 500, 1000, 5000])
def test_a_continuation_keeps_to_its_calls(worlds, hunt, calls):
    world = worlds["half-spaces"]
    frozen = hunt(world, "splitting", 8000).sampler.frozen()
    found = hunt(world, "splitting", calls, frozen=frozen, part=2)
    about = found.sampler.about()
    assert len(found.draws) <= calls
    assert about["groups"] == found.group.max() + 1
    assert about["groups"] >= (20 if calls >= 1000 else 1)
    assert found.weight.sum() == pytest.approx(1.0, abs=1e-12)


def test_a_continuation_that_pays_for_nothing_says_what_it_takes(worlds, hunt):
    frozen = hunt(worlds["half-spaces"], "splitting", 8000).sampler.frozen()
    with pytest.raises(UsageError, match=r"give it \d+ at least"):
        hunt(worlds["half-spaces"], "splitting", 5, frozen=frozen, part=1)


def test_a_wanted_cov_is_about_what_comes_out(worlds, hunt):
    world = worlds["half-spaces"]
    rates = np.array([hunt(world, "splitting", 20_000, seed=seed, cov=0.3).rate for seed in range(16)])
    assert 0.12 < rates.std(ddof=1) / world.p < 0.6


def test_a_pilot_without_the_event_freezes_nothing(worlds, drive):
    world = worlds["half-spaces"]
    pilot = drive(explore(world, seed=1, size=50, most=9000), world)
    assert frozen_from(pilot, calls=500) is None
    assert frozen_from(pilot, calls=5000) is not None


@pytest.mark.parametrize("sweep", range(4))
def test_moves_follow_the_cycle_and_noise_steps_end(sweep):
    schedule = Schedule(("pcn", "noise", "entity"), noise_levels=2)
    assert schedule.move(1, sweep) == ("pcn", "noise", "entity", "pcn")[sweep]
    assert schedule.move(2, sweep) == ("pcn", "entity", "entity", "pcn")[sweep]
