"""The pilot of splitting: levels that respect ties, an end to every climb, errors that say what is wrong."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from sim.errors import RunError
from sim.samplers.pilot import LEVEL_SHARE, _next_level, explore

SCORES = st.lists(
    st.one_of(st.integers(-6, 1).map(float), st.floats(-6.0, 1.0), st.just(-math.inf)), min_size=1, max_size=80
)


@settings(deadline=None)
@given(SCORES, st.one_of(st.just(-math.inf), st.integers(-6, -1).map(float)))
def test_a_level_is_a_score_above_the_last_one_or_the_event(scores, current):
    found = _next_level(np.array(scores), current)
    above = [one for one in scores if current < one < 0.0 and math.isfinite(one)]
    if found is None:
        assert not any(one >= 0.0 for one in scores)
        assert len(set(above)) <= 1
    elif found == 0.0:
        assert any(one >= 0.0 for one in scores)
    else:
        assert found in above
        assert any(one < found for one in scores)


def test_the_level_is_that_whose_share_is_nearest_to_the_wanted_one():
    # of 100: 70 at -3, 18 at -2, 12 at -1: the shares above are 0.30 and 0.12
    tied = np.repeat([-3.0, -2.0, -1.0], [70, 18, 12])
    assert _next_level(tied, -math.inf) == -1.0
    assert _next_level(np.repeat([-3.0, -2.0, -1.0], [70, 27, 3]), -math.inf) == -2.0
    assert _next_level(np.repeat([-2.0, -1.0], [50, 50]), -2.0) == -1.0


def test_a_plateau_with_nothing_above_it_ends_the_climb():
    assert _next_level(np.full(100, -1.0), -math.inf) is None
    assert _next_level(np.full(100, -1.0), -1.0) is None
    assert _next_level(np.repeat([-math.inf, -1.0], [60, 40]), -math.inf) == -1.0


def test_the_event_is_the_level_once_enough_states_reach_it():
    scores = np.linspace(-9.0, 1.0, 100)
    assert (scores >= 0.0).mean() >= LEVEL_SHARE
    assert _next_level(scores, -math.inf) == 0.0


@pytest.mark.parametrize(
    ("name", "step"), [("failures", 1.0), ("walk", 1.0), ("half-spaces", 0.0), ("noise", 0.0), ("pace", 1.0)]
)
def test_a_climb_ends_at_the_event_on_increasing_levels(worlds, drive, name, step):
    pilot = drive(explore(worlds[name], seed=3, size=200, most=20_000), worlds[name])
    assert pilot.levels[-1] == 0.0
    assert list(pilot.levels) == sorted(set(pilot.levels))
    assert len(pilot.levels) == len(pilot.scales) == len(pilot.fractions) == len(pilot.shells) - 1
    assert all(0.0 < share < 1.0 for share in pilot.fractions)
    assert (pilot.events.scores >= 0.0).all()
    for shell, level in zip(pilot.shells, pilot.levels, strict=False):
        assert (shell.scores < level).all()
    if step:
        assert all(level % step == 0.0 for level in pilot.levels)


@pytest.mark.parametrize("refresh", [False, True])
@pytest.mark.parametrize("most", [50, 90, 150, 400])
def test_a_climb_stays_within_its_calls_and_says_how_far_it_came(worlds, drive, most, refresh):
    world = worlds["two tails"]
    pilot = drive(explore(world, seed=3, size=50, most=most, refresh=refresh), world)
    assert pilot.calls <= most
    if pilot.events is None:
        assert "nearer to event than a score of -" in pilot.shortfall("event")


def test_a_climb_that_ran_out_of_calls_says_so(worlds, drive):
    world = worlds["two tails"]
    pilots = [drive(explore(world, seed=seed, size=50, most=200), world) for seed in range(40)]
    texts = {
        one.shortfall("event") for one in pilots if one.events is None and one.shells[-1].scores.max() >= 0
    }
    assert texts == {"the pilot ran out of calls on its way to event"}


def test_chains_that_refresh_the_event_move_within_it(worlds, drive):
    world = worlds["half-spaces"]
    plain, fresh = (
        drive(explore(world, seed=3, size=100, most=9000, refresh=refresh), world) for refresh in (False, True)
    )
    assert (fresh.events.scores >= 0.0).all()
    assert len(fresh.events) > len(plain.events)
    assert len(np.unique(fresh.events.z[:, 0])) > len(np.unique(plain.events.z[:, 0]))


def test_an_event_of_every_natural_draw_is_no_rare_one(world_of, drive):
    world = world_of(lambda x, _: np.ones(len(x)), 1.0)
    with pytest.raises(RunError, match="occurs in each of 50 natural episodes"):
        drive(explore(world, seed=1, size=50, most=500), world)


def test_a_population_that_cannot_be_simulated_is_told(world_of, drive):
    world = world_of(lambda x, _: np.full(len(x), -np.inf), 0.0)
    with pytest.raises(RunError, match="none of 50 pilot episodes"):
        drive(explore(world, seed=1, size=50, most=500), world)


def test_failed_episodes_stay_below_every_level(world_of, drive):
    world = world_of(lambda x, _: np.where(x[:, 0] > 0.0, -np.inf, x[:, 1] - 3.0), 0.0, dimension=2)
    pilot = drive(explore(world, seed=1, size=200, most=9000), world)
    assert (pilot.events.z[:, 0] <= 0.0).all()
    assert np.isfinite(pilot.levels).all()


@pytest.mark.parametrize(
    ("name", "moves"),
    [("noise", {"pcn", "noise", "entity"}), ("mixed", {"pcn", "block"}), ("drift", {"suffix", "pcn"})],
)
def test_whether_noise_matters_is_found_out(worlds, drive, name, moves):
    pilot = drive(explore(worlds[name], seed=1, size=100, most=9000), worlds[name])
    assert set(pilot.schedule.cycle) == moves


def test_noise_that_scores_do_not_read_is_not_moved(world_of, drive):
    world = world_of(lambda x, _: x[:, 0] - 2.0, 0.0, entities=("bystander",))
    pilot = drive(explore(world, seed=1, size=100, most=9000), world)
    assert pilot.schedule.cycle == ("pcn",)
    assert not any(lineage for shell in pilot.shells for lineage in shell.lineages)


def test_without_parameters_and_noise_there_is_no_way_to_go(world_of, drive):
    world = world_of(lambda x, _: np.full(len(x), -1.0), 0.0, dimension=0, entities=("bystander",))
    pilot = drive(explore(world, seed=1, size=100, most=9000), world)
    assert pilot.events is None
    assert pilot.levels == ()
    assert pilot.shortfall("crash") == "no pilot episode came nearer to crash than a score of -1"


def test_step_sizes_are_steered_towards_what_is_accepted(world_of, drive):
    # beyond 3.5 a step must be small; beside it, any may be large
    world = world_of(lambda x, _: x[:, 0] - 4.0, 0.0, dimension=1)
    pilot = drive(explore(world, seed=1, size=400, most=20_000), world)
    scales = [one["pcn"] for one in pilot.scales]
    assert scales[-1] < scales[0]
    assert all(0.02 <= one <= 1.0 for one in scales)


def test_where_the_future_alone_leads_nowhere_all_noise_is_moved(world_of, drive, hunt):
    """What is drawn at 0 shows at 1: who is high enough is known too late to draw it anew."""

    def score(x, draws):
        z = np.array([draw.noise.normal("part", "size") for draw in draws]) - 4.0
        return z, [((0.0, 1.0), (-20.0, value)) for value in z.tolist()]

    world = world_of(score, stats.norm.sf(4.0), dimension=0, entities=("part",), is_clocked=False)
    pilot = drive(explore(world, seed=1, size=100, most=6000), world)
    assert pilot.levels[-1] == 0.0
    assert set(pilot.schedule.cycle) == {"noise", "entity"}
    found = hunt(world, "splitting", 8000).by_group
    error = found.std(ddof=1) / math.sqrt(len(found))
    assert error < 0.5 * world.p
    assert abs(found.mean() - world.p) <= 3.5 * error
