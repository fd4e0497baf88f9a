"""The seam: budgets are kept, every call is weighed, and a hunt is a pure function of what it is told."""

import json
import math

import numpy as np
import pytest

from sim.noise import Draw
from sim.recording import Outcome
from sim.samplers import TABLE, Settings

METHODS = ["nominal", "event", "importance", "splitting", "auto"]
SEARCHES = ["importance", "splitting", "auto"]
MISS = Outcome({"event": -1.0}, {"event": math.nan}, {"event": math.nan}, {})


def sums_to_one(hunted):
    tolerance = 1e-12 if hunted.sampler.about()["method"] != "importance" else 0.5
    return hunted.weight[hunted.is_main].sum() == pytest.approx(1.0, abs=tolerance)


def sound(hunted, calls):
    """Whether a finished hunt keeps what the seam promises."""
    weights, roles = hunted.sampler.weights(), hunted.role
    counted = hunted.sampler.about()
    return (
        len(weights) == len(roles) <= calls
        and np.array_equal(np.isnan(weights.weight), roles == "pilot")
        and sums_to_one(hunted)
        and (not (roles == "audit").any() or abs(weights.weight[roles == "audit"].sum() - 1.0) < 1e-12)
        and all(counted[f"{role}_calls"] == np.sum(roles == role) for role in ("pilot", "main", "audit"))
    )


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("calls", [1, 2, 33, 200, 499, 500, 1300])
def test_no_budget_is_exceeded_and_every_call_is_weighed(worlds, hunt_by_asking, method, calls):
    share = 0.3 if method in SEARCHES else 0.0
    assert sound(hunt_by_asking(worlds["half-spaces"], method, calls, audit_share=share), calls)


@pytest.mark.parametrize("method", SEARCHES)
@pytest.mark.parametrize("name", ["mixed", "conditioned", "impossible category", "category alone", "failures"])
def test_searches_are_sound_whatever_the_parameters(worlds, hunt, method, name):
    assert sound(hunt(worlds[name], method, 2500, audit_share=0.05), 2500)


@pytest.mark.parametrize("method", ["splitting", "auto"])
@pytest.mark.parametrize("name", ["walk", "drift", "pace", "noise"])
def test_searches_are_sound_with_addressed_noise(worlds, hunt, method, name):
    assert sound(hunt(worlds[name], method, 2500), 2500)


@pytest.mark.parametrize(
    ("method", "name"), [("importance", "mixed"), ("splitting", "noise"), ("auto", "drift")]
)
def test_asking_and_running_are_the_same_hunt(worlds, hunt, hunt_by_asking, method, name):
    run = hunt(worlds[name], method, 2500, audit_share=0.1)
    asked = hunt_by_asking(worlds[name], method, 2500, audit_share=0.1)
    assert run.draws == asked.draws
    assert np.array_equal(run.weight, asked.weight, equal_nan=True)
    assert np.array_equal(run.group, asked.group)
    assert np.array_equal(run.root, asked.root)
    assert run.sampler.about() == asked.sampler.about()
    assert run.sampler.frozen() == asked.sampler.frozen()


@pytest.mark.parametrize(("method", "name"), [("auto", "mixed"), ("splitting", "walk")])
def test_telling_stored_outcomes_again_goes_on_with_the_same_hunt(worlds, method, name):
    world, settings = worlds[name], Settings(4, 2500, 0.05)
    first, again = (TABLE[method](world, settings) for _ in range(2))
    stored = []
    while asked := first.ask():
        stored.append((asked, world.outcomes([call.draw for call in asked])))
        first.tell(stored[-1][1])
    for asked, outcomes in stored:
        assert again.ask() == asked
        again.tell(outcomes)
    assert again.ask() == ()
    assert np.array_equal(first.weights().weight, again.weights().weight, equal_nan=True)


def test_other_outcomes_make_another_hunt(worlds):
    samplers = [TABLE["splitting"](worlds["mixed"], Settings(4, 2500)) for _ in range(2)]
    following = []
    for sampler, turn in zip(samplers, (1.0, -1.0), strict=True):
        scores = [turn * call.draw.u[0] - 2.0 for call in sampler.ask()]
        sampler.tell([Outcome({"event": score}, {}, {}, {}) for score in scores])
        following.append(sampler.ask())
    assert following[0] != following[1]


@pytest.mark.parametrize("method", METHODS)
def test_another_seed_makes_other_calls(worlds, hunt_by_asking, method):
    hunts = [hunt_by_asking(worlds["mixed"], method, 600, seed=seed) for seed in (1, 2)]
    keys = [{draw.key for draw in one.draws} for one in hunts]
    assert not keys[0] & keys[1]


@pytest.mark.parametrize(
    ("method", "name"), [("importance", "mixed"), ("splitting", "drift"), ("auto", "mixed")]
)
def test_a_frozen_hunt_goes_on_with_other_noise_and_the_same_proposal(worlds, hunt, method, name):
    world = worlds[name]
    first = hunt(world, method, 3000)
    frozen = json.loads(json.dumps(first.sampler.frozen()))
    parts = [hunt(world, method, 1200, frozen=frozen, part=part, audit_share=0.05) for part in (0, 1)]
    for one in parts:
        assert sound(one, 1200)
        assert not (one.role == "pilot").any()
        found = dict(one.sampler.frozen())
        assert all(found[key] == value for key, value in frozen.items() if key not in ("size", "groups"))
    first_keys, second_keys = ({draw.key for draw in one.draws} for one in parts)
    assert not first_keys & second_keys


def test_the_first_part_of_a_frozen_hunt_repeats_its_main_calls(worlds, hunt):
    whole = hunt(worlds["mixed"], "importance", 3000)
    n = int(whole.is_main.sum())
    again = hunt(worlds["mixed"], "importance", n, frozen=whole.sampler.frozen())
    assert again.draws == [draw for draw, main in zip(whole.draws, whole.is_main, strict=True) if main]
    assert np.array_equal(again.weight, whole.weight[whole.is_main])


@pytest.mark.parametrize(("method", "name"), [("importance", "mixed"), ("splitting", "two tails")])
def test_a_wanted_cov_fixes_fewer_calls(worlds, hunt, method, name):
    every = hunt(worlds[name], method, 8000)
    few = hunt(worlds[name], method, 8000, cov=0.5)
    assert few.is_main.sum() < 0.6 * every.is_main.sum()
    assert sums_to_one(few)


def test_groups_are_independent_lots_and_roots_are_ancestors(worlds, hunt):
    split = hunt(worlds["drift"], "splitting", 3000)
    main = split.is_main
    assert len(set(split.group[main])) == 20
    numbers = np.flatnonzero(main)
    roots = split.root[main]
    assert (roots <= numbers).all()
    assert np.array_equal(split.group[roots], split.group[main])
    assert (split.root[roots] == roots).all()
    drawn = hunt(worlds["mixed"], "importance", 3000)
    assert np.array_equal(drawn.root[drawn.is_main], np.flatnonzero(drawn.is_main))
    assert np.bincount(drawn.group[drawn.is_main]).min() > 0


@pytest.mark.parametrize("method", SEARCHES)
def test_an_event_that_is_never_approached_leaves_natural_draws_and_a_warning(world_of, hunt, method):
    flat = world_of(lambda x, _: np.full(len(x), -1.0), 0.0, dimension=2)
    found = hunt(flat, method, 1500, audit_share=0.1)
    main = found.is_main
    about = found.sampler.about()
    assert about["method"] == "nominal"
    assert "nearer to event than a score of -1" in about["warnings"][0]
    assert np.array_equal(found.weight[main], np.full(main.sum(), 1.0 / main.sum()))
    assert found.sampler.frozen() is None
    assert len(found.draws) == 1500


def test_weights_are_not_given_before_the_hunt_is_over(worlds):
    sampler = TABLE["splitting"](worlds["mixed"], Settings(1, 1000))
    asked = sampler.ask()
    with pytest.raises(ValueError, match=f"{len(asked)} calls were asked"):
        sampler.weights()


def test_a_batch_is_told_once_and_whole(worlds):
    sampler = TABLE["importance"](worlds["mixed"], Settings(1, 1000))
    with pytest.raises(ValueError, match="1 outcomes of 0 calls"):
        sampler.tell([MISS])
    asked = sampler.ask()
    with pytest.raises(ValueError, match="not told yet"):
        sampler.ask()
    with pytest.raises(ValueError, match=f"1 outcomes of {len(asked)} calls"):
        sampler.tell([MISS])
    sampler.tell([MISS] * len(asked))
    with pytest.raises(ValueError, match="1 outcomes of 0 calls"):
        sampler.tell([MISS])


def test_a_hunt_that_ran_asks_for_nothing_more(worlds, hunt):
    assert hunt(worlds["mixed"], "importance", 600).sampler.ask() == ()


@pytest.mark.parametrize("method", SEARCHES)
def test_without_an_event_there_is_nothing_to_look_for(world_of, method):
    with pytest.raises(ValueError, match="no event"):
        TABLE[method](world_of(lambda x, _: x[:, 0], 0.0, target=None), Settings(1, 10))


@pytest.mark.parametrize(
    ("arguments", "match"),
    [
        ((1, 0), "at least 1"),
        ((1, 10, 1.0), "audit_share"),
        ((1, 10, -0.1), "audit_share"),
        ((1, 10, 0.0, 0.0), "cov"),
        ((1, 10, 0.0, 1.0), "cov"),
    ],
)
def test_settings_that_cannot_be_are_refused(arguments, match):
    with pytest.raises(ValueError, match=match):
        Settings(*arguments)


def test_weights_are_read_singly_and_in_slices(worlds, hunt):
    weights = hunt(worlds["mixed"], "importance", 1000).sampler.weights()
    assert weights[0].weight is None
    assert weights[0].log_lr is None
    last = weights[len(weights) - 1]
    assert last.weight == pytest.approx(math.exp(last.log_lr) / (~np.isnan(weights.weight)).sum())
    assert [one.weight for one in weights[-3:]] == [weights[i].weight for i in range(-3, 0)]


# -- nominal draws -----------------------------------------------------------------------------------------


def test_nominal_calls_are_the_population_whatever_the_batch(worlds, hunt_by_asking):
    found = hunt_by_asking(worlds["mixed"], "nominal", 600, seed=3)
    assert found.draws == worlds["mixed"].nominal_batch(3, 0, 600)
    assert np.array_equal(found.weight, np.full(600, 1 / 600))
    assert np.array_equal(found.root, np.arange(600))
    assert np.array_equal(found.group, np.arange(600) % 32)
    assert found.sampler.about()["main_calls"] == 600
    assert found.sampler.frozen() == {"method": "nominal"}


def test_only_rejection_leaves_the_population_out(worlds):
    exports = {name: TABLE[name](worlds["mixed"], Settings(1, 1)).exports for name in METHODS}
    assert [name for name, kind in exports.items() if kind != "population"] == ["event"]


def test_nominal_weights_wait_for_all_outcomes(worlds):
    sampler = TABLE["nominal"](worlds["mixed"], Settings(1, 10))
    sampler.ask()
    with pytest.raises(ValueError, match="0 of 10"):
        sampler.weights()
    with pytest.raises(ValueError, match="11 outcomes of 10"):
        sampler.tell([MISS] * 11)


def test_nominal_parts_are_other_draws(worlds, hunt_by_asking):
    parts = [hunt_by_asking(worlds["mixed"], "nominal", 50, part=part).draws for part in (0, 1, 2)]
    assert len({draw.key for part in parts for draw in part}) == 150
    assert all(isinstance(draw, Draw) for draw in parts[2])
