"""Laws that vary in time against closed forms, and edits of their noise."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats
from scipy.linalg import expm

from sim.laws import LawError
from sim.laws.varying import TABLE, Course, Markov, OrnsteinUhlenbeck, Path, Profile, profile_rows
from sim.noise import Draw, Edit, Noise

MEAN, STD, TAU = 30.0, 1.5, 4.0
TICKS = np.arange(0.0, 20.0, 0.5)
OU = TABLE["ou"].build
MARKOV = TABLE["markov"].build
THREE = {
    "dwell": {"free": 60.0, "dense": 20.0, "jam": 10.0},
    "next": {
        "free": {"dense": 1.0},
        "dense": {"free": 0.6, "jam": 0.4},
        "jam": {"dense": 1.0},
    },
}


def paths(law, times, n: int, entity: str = "lead") -> list[Path]:
    course = Course(law, "law:speed")
    return [course.path(times, Noise(1000 + k), entity) for k in range(n)]


def close(samples: np.ndarray, truth: float, z: float = 4.5) -> bool:
    """Whether the mean of samples lies within z standard errors of the truth."""
    return abs(samples.mean() - truth) < z * samples.std() / math.sqrt(len(samples))


# -- the Ornstein-Uhlenbeck process ------------------------------------------------------------------------


def test_ou_is_stationary_with_the_correlation_of_the_closed_form():
    law = OrnsteinUhlenbeck(MEAN, STD, TAU)
    times = np.array([0.0, 0.3, 1.0, 4.0, 12.0])
    x = np.array([path.values for path in paths(law, times, 4000)])
    for k, t in enumerate(times):
        assert close(x[:, k], MEAN)
        assert close((x[:, k] - MEAN) ** 2, STD**2)
        assert stats.kstest((x[:, k] - MEAN) / STD, "norm").pvalue > 1e-4
        assert close((x[:, 1] - MEAN) * (x[:, k] - MEAN), STD**2 * math.exp(-abs(t - 0.3) / TAU))


def test_ou_agrees_with_a_slow_twin():
    law, noise = OrnsteinUhlenbeck(MEAN, STD, TAU), Noise(7)
    found = Course(law, "s").path(TICKS, noise, "lead").values
    z = noise.normal("lead", "s", 0, 0.0)
    for k, t in enumerate(TICKS):
        if k:
            rho = math.exp(-(t - TICKS[k - 1]) / TAU)
            z = rho * z + math.sqrt(1.0 - rho * rho) * noise.normal("lead", "s", k, t)
        assert found[k] == pytest.approx(MEAN + STD * z, rel=1e-12)


def test_ou_from_a_start_returns_to_its_mean():
    law = OrnsteinUhlenbeck(MEAN, STD, TAU, start=25.0)
    x = np.array([path.values for path in paths(law, np.array([0.0, 2.0, 60.0]), 4000)])
    assert np.all(x[:, 0] == 25.0)
    keep = math.exp(-2.0 / TAU)
    assert close(x[:, 1], MEAN + keep * (25.0 - MEAN))
    assert close((x[:, 1] - x[:, 1].mean()) ** 2, STD**2 * (1.0 - keep * keep))
    assert close(x[:, 2], MEAN)


def test_ou_between_bounds_has_the_truncated_normal_as_its_stationary_law():
    law = OrnsteinUhlenbeck(MEAN, STD, TAU, start=None, least=29.0, most=31.0)
    x = np.array([path.values for path in paths(law, np.array([0.0, 3.0, 9.0]), 3000)])
    low, high = (29.0 - MEAN) / STD, (31.0 - MEAN) / STD
    for column in x.T:
        assert stats.kstest(column, stats.truncnorm(low, high, MEAN, STD).cdf).pvalue > 1e-4
    started = OrnsteinUhlenbeck(MEAN, STD, TAU, start=30.7, least=29.0, most=31.0)
    assert paths(started, np.array([0.0]), 1)[0].values[0] == pytest.approx(30.7, rel=1e-12)


def test_bounds_far_away_change_nothing():
    free, bounded = OrnsteinUhlenbeck(MEAN, STD, TAU), OrnsteinUhlenbeck(MEAN, STD, TAU, None, 0.0, 100.0)
    for one, other in zip(paths(free, TICKS, 20), paths(bounded, TICKS, 20), strict=True):
        assert np.array_equal(one.values, other.values)


@settings(max_examples=30, deadline=None)
@given(times=st.floats(-3.0, 3.0).filter(lambda x: abs(x) > 0.01), plus=st.floats(-50.0, 50.0))
def test_scaling_an_ou_scales_its_path(times: float, plus: float):
    plain = OU({"mean": MEAN, "std": STD, "time_constant": TAU})
    scaled = OU({"mean": MEAN, "std": STD, "time_constant": TAU, "times": times, "plus": plus})
    one, other = paths(plain, TICKS, 1)[0].values, paths(scaled, TICKS, 1)[0].values
    expected = plus + times * MEAN + abs(times) * (one - MEAN)
    assert other == pytest.approx(expected, abs=1e-9)


@pytest.mark.parametrize(
    ("arguments", "at_fault"),
    [
        ({"mean": 1.0, "std": 0.0, "time_constant": 1.0}, "std"),
        ({"mean": 1.0, "std": 1.0, "time_constant": -1.0}, "time_constant"),
        ({"mean": 1.0, "std": 1.0, "time_constant": 1.0, "within": (2.0, 1.0)}, "within"),
        ({"mean": 1.0, "std": 1.0, "time_constant": 1.0, "within": (0.0, 2.0), "start": 3.0}, "start"),
        ({"mean": 1.0, "std": 1.0, "time_constant": 1.0, "times": 0.0}, "times"),
    ],
)
def test_an_impossible_ou_names_its_argument(arguments, at_fault: str):
    with pytest.raises(LawError) as told:
        OU(arguments)
    assert told.value.argument == at_fault


# -- the chain of states -----------------------------------------------------------------------------------


def test_the_stationary_shares_solve_the_balance():
    law = MARKOV(THREE)
    rates = np.array(law.rates)
    flow = rates - np.diag(rates.sum(axis=1))
    assert law.stationary @ flow == pytest.approx(np.zeros(3), abs=1e-15)
    assert law.stationary.sum() == pytest.approx(1.0)


def test_a_chain_starts_and_stays_stationary():
    law = MARKOV(THREE)
    found = paths(law, np.array([0.0, 15.0, 45.0]), 4000)
    for t in (0.0, 15.0, 45.0):
        for state, share in zip(law.states, law.stationary, strict=True):
            hits = np.array([path.at(t) == state for path in found], float)
            assert close(hits, share)


def test_a_chain_moves_with_the_matrix_exponential():
    law = MARKOV({**THREE, "start": {"free": 1.0}})
    rates = np.array(law.rates)
    flow = rates - np.diag(rates.sum(axis=1))
    found = paths(law, np.array([0.0, 7.0, 30.0]), 4000)
    for t in (7.0, 30.0, 19.0):
        expected = expm(flow * t)[0]
        for state, share in zip(law.states, expected, strict=True):
            assert close(np.array([path.at(t) == state for path in found], float), share)


@pytest.mark.parametrize("cell", [1e9, 3.0, 0.5])
def test_dwelling_times_are_exponential_however_often_their_rest_is_redrawn(cell: float):
    """On a fine grid every dwelling time is put together from many pieces; it has no memory."""
    law = MARKOV({"dwell": {1.0: 2.0, 2.0: 5.0}, "start": {1.0: 1.0}})
    times = np.arange(0.0, 6000.0, min(cell, 6000.0 - 1e-9))
    times = np.append(times, 6000.0)
    path = paths(law, times, 1)[0]
    lengths, states = np.diff(path.times), path.values[:-1]
    assert np.all(states[1:] != states[:-1])
    for state, mean in ((1.0, 2.0), (2.0, 5.0)):
        assert stats.kstest(lengths[states == state], stats.expon(scale=mean).cdf).pvalue > 1e-4


def test_a_state_that_is_never_left_stays():
    law = MARKOV({"dwell": {"up": 3.0, "down": math.inf}, "start": {"up": 1.0}})
    found = paths(law, np.array([0.0, 500.0]), 50)
    assert all(path.at(500.0) == "down" and len(path.times) == 2 for path in found)


def test_rates_and_dwelling_times_say_the_same():
    dwell = MARKOV({"dwell": {"a": 4.0, "b": 2.0}})
    rates = MARKOV({"rates": {"a": {"b": 0.25}, "b": {"a": 0.5}}})
    assert dwell == rates


@pytest.mark.parametrize(
    ("arguments", "at_fault"),
    [
        ({"dwell": {"a": 1.0}}, None),
        ({}, None),
        ({"dwell": {"a": 1.0, "b": 0.0}}, "dwell"),
        ({"dwell": {"a": 1.0, "b": 1.0, "c": 1.0}}, "next"),
        ({"dwell": {"a": 1.0, "b": 1.0}, "next": {"a": {"b": 0.5}}}, "next"),
        ({"dwell": {"a": 1.0, "b": 1.0}, "next": {"a": {"a": 1.0}}}, "next"),
        ({"dwell": {"a": 1.0, "b": 1.0}, "start": {"a": 0.5}}, "start"),
        ({"dwell": {"a": 1.0, "b": 1.0}, "start": {"c": 1.0}}, "start"),
        ({"dwell": {"a": math.inf, "b": math.inf}}, "start"),
        ({"rates": {"a": {"b": -1.0}, "b": {"a": 1.0}}}, "rates"),
    ],
)
def test_an_impossible_chain_names_its_argument(arguments, at_fault: str | None):
    with pytest.raises(LawError) as told:
        MARKOV(arguments)
    assert told.value.argument == at_fault


# -- profiles ----------------------------------------------------------------------------------------------

ROWS = "t,v\n0,10\n2,14\n\n5,8\n"


def test_a_profile_is_the_file():
    times, values = profile_rows(ROWS, "t", "v")
    assert (times, values) == ((0.0, 2.0, 5.0), (10.0, 14.0, 8.0))
    asked = np.array([0.0, 1.0, 2.0, 3.5, 5.0, 9.0])
    linear = Course(Profile(times, values), "s").path(asked, Noise(1), "x")
    assert linear.at(asked).tolist() == [10.0, 12.0, 14.0, 11.0, 8.0, 8.0]
    step = Course(Profile(times, values, is_linear=False), "s").path(asked, Noise(1), "x")
    assert step.at(asked).tolist() == [10.0, 10.0, 14.0, 14.0, 8.0, 8.0]
    assert step.times.tolist() == [0.0, 2.0, 5.0]


@settings(max_examples=50, deadline=None)
@given(
    gaps=st.lists(st.floats(0.1, 5.0), min_size=1, max_size=8),
    values=st.lists(st.floats(-9.0, 9.0), min_size=9, max_size=9),
    first=st.floats(-3.0, 3.0),
)
def test_any_profile_is_interpolation(gaps: list[float], values: list[float], first: float):
    times = tuple(np.cumsum([first, *gaps]).tolist())
    heights = tuple(values[: len(times)])
    asked = np.linspace(0.0, 20.0, 81)
    found = Course(Profile(times, heights), "s").path(asked, Noise(1), "x").at(asked)
    assert found == pytest.approx(np.interp(asked, times, heights))
    held = Course(Profile(times, heights, is_linear=False), "s").path(asked, Noise(1), "x").at(asked)
    before = [max([k for k, t in enumerate(times) if t <= a], default=0) for a in asked]
    assert held.tolist() == [heights[k] for k in before]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("t,w\n0,1\n", "no column 'v'"),
        ("t,v\n0,\n", "line 2"),
        ("t,v\n0,fast\n", "'fast'"),
        ("t,v\n", "no number"),
        ("", "no column 't'"),
    ],
)
def test_a_file_that_is_no_profile(text: str, message: str):
    with pytest.raises(LawError, match=message):
        profile_rows(text, "t", "v")


def test_times_of_a_profile_ascend():
    with pytest.raises(LawError, match="2 s comes after 3 s"):
        Profile((0.0, 3.0, 2.0), (1.0, 1.0, 1.0))


# -- noise -------------------------------------------------------------------------------------------------

LAWS = {
    "ou": OrnsteinUhlenbeck(MEAN, STD, TAU),
    "bounded ou": OrnsteinUhlenbeck(MEAN, STD, TAU, least=29.0, most=31.0),
    "markov": MARKOV({"dwell": {"a": 1.5, "b": 1.5}}),
}
SPAN = np.arange(0.0, 40.0, 0.5)


@pytest.mark.parametrize("law", LAWS.values(), ids=LAWS)
def test_an_edit_acts_only_from_its_moment_on(law):
    draw = Draw(5, ())
    course = Course(law, "s")
    before = course.path(SPAN, draw.noise, "lead")
    for t in (0.0, 7.25, 7.5, 31.0):
        after = course.path(SPAN, draw.edited(Edit(99, None, t)).noise, "lead")
        early, late = np.arange(0.0, t, 0.01), np.arange(t, 40.0, 0.01)
        assert np.array_equal(before.at(early), after.at(early))
        assert not np.array_equal(before.at(late), after.at(late))


@pytest.mark.parametrize("law", LAWS.values(), ids=LAWS)
def test_an_edit_of_another_entity_changes_nothing(law):
    draw = Draw(5, ())
    edited = draw.edited(Edit(99, "other", 0.0), Edit(98, "other", 3.0, 0.5))
    one, same = (Course(law, "s").path(SPAN, d.noise, "lead") for d in (draw, edited))
    assert np.array_equal(one.times, same.times)
    assert np.array_equal(one.values, same.values)


@pytest.mark.parametrize("law", LAWS.values(), ids=LAWS)
def test_entities_and_streams_have_noise_of_their_own(law):
    noise = Noise(5)
    one = Course(law, "s").path(SPAN, noise, "lead").at(SPAN)
    assert not np.array_equal(one, Course(law, "s").path(SPAN, noise, "other").at(SPAN))
    assert not np.array_equal(one, Course(law, "t").path(SPAN, noise, "lead").at(SPAN))


def test_jumps_shift_no_number_of_later_jumps():
    """Two chains with other pasts and the same numbers from 10 s on jump at the same moments from there on."""
    course = Course(LAWS["markov"], "s")
    one, other = (
        course.path(SPAN, noise, "x").times for noise in (Noise(5), Noise(99, (Edit(5, None, 10.0),)))
    )
    assert np.array_equal(one[one >= 10.0], other[other >= 10.0])
    assert not np.array_equal(one[one < 10.0], other[other < 10.0])


def test_a_redrawn_chain_is_a_chain():
    """From the redraw on the states follow from that of the moment, as they would have anyway."""
    law = MARKOV({"dwell": {"a": 30.0, "b": 30.0}, "start": {"a": 1.0}})
    times = np.append(np.arange(0.0, 20.0, 0.5), 20.0)
    course = Course(law, "s")
    hits = []
    for k in range(3000):
        path = course.path(times, Draw(0, (), (Edit(k + 1, None, 10.0),)).noise, "x")
        hits.append(path.at(20.0) == "a")
    here = course.path(times, Noise(0), "x").at(9.99)
    assert here == "a"  # so the chance to be there 10 s later is known
    assert close(np.array(hits, float), 0.5 + 0.5 * math.exp(-20.0 / 30.0), z=4.5)


def test_moments_must_ascend():
    with pytest.raises(ValueError, match="ascends"):
        Course(LAWS["ou"], "s").path(np.array([0.0, 2.0, 1.0]), Noise(1), "x")


def test_a_number_of_states_is_a_number():
    assert Markov((1.0, 2.0), ((0.0, 1.0), (1.0, 0.0))).low == 1.0
    assert math.isnan(LAWS["markov"].low)
