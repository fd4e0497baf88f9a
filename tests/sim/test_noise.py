"""Addressed noise: the published known answers, the laws it claims, and what an edit leaves alone."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats
from scipy.special import ndtri

from sim import noise
from sim.noise import Draw, Edit, Noise, address, entity_hash, hash64, philox, uniforms
from sim.noise_kernels import normal_cdf, normal_quantile
from sim.noise_kernels import philox as compiled_philox

ONES = 0xFFFFFFFFFFFFFFFF
# Random123 kat_vectors, philox4x32 10: (counter low, counter high, key) -> four words
KNOWN_ANSWERS = [
    (0, 0, 0, (0x6627E8D5, 0xE169C58D, 0xBC57AC4C, 0x9B00DBD8)),
    (ONES, ONES, ONES, (0x408F276D, 0x41C83B0E, 0xA20BC7C6, 0x6D5451FD)),
    (
        0x85A308D3243F6A88,
        0x0370734413198A2E,
        0x299F31D0A4093822,
        (0xD16CFE09, 0x94FDCCEB, 0x5001E420, 0x24126EA1),
    ),
]


@pytest.mark.parametrize(("low", "high", "key", "words"), KNOWN_ANSWERS)
@pytest.mark.parametrize("implementation", [philox, compiled_philox])
def test_philox_gives_the_published_known_answers(implementation, low, high, key, words):
    given_words = implementation(np.uint64(key), np.uint64(high), np.uint64(low))
    assert tuple(int(word) for word in given_words) == words


def test_arrays_and_scalars_read_the_same_numbers():
    noise = Noise(key=77)
    where = address("ego", "wander")
    batch = uniforms(77, where, np.arange(50))
    assert [noise.uniform("ego", "wander", i) for i in range(50)] == batch.tolist()


def test_uniforms_are_uniform_and_streams_are_uncorrelated():
    n = 20_000
    a = uniforms(1, address("ego", "x"), np.arange(n))
    b = uniforms(1, address("ego", "y"), np.arange(n))
    assert stats.kstest(a, "uniform").pvalue > 1e-3
    assert abs(np.corrcoef(a, b)[0, 1]) < 4 / math.sqrt(n)


def test_normal_quantile_agrees_with_scipy_to_rounding():
    p = np.concatenate([np.logspace(-300, -1, 400), np.linspace(0.01, 0.99, 399), 1 - np.logspace(-15, -2, 50)])
    ours = np.array([normal_quantile(x) for x in p])
    assert np.allclose(ours, ndtri(p), rtol=2e-14, atol=1e-15)
    assert normal_cdf(1.0) == pytest.approx(0.8413447460685429, rel=1e-15)


def test_hashes_tell_parts_and_types_apart():
    assert hash64("ab", "c") != hash64("a", "bc")
    assert hash64("1") != hash64(1)
    assert entity_hash("ego") != 0


def test_a_redraw_from_a_time_on_leaves_the_past_alone():
    base = Draw(5, (0.5,))
    edited = base.edited(Edit(key=9, t=3.0))
    assert edited.noise.normal("ego", "w", 7, t=2.9) == base.noise.normal("ego", "w", 7, t=2.9)
    assert edited.noise.normal("ego", "w", 7, t=3.0) == Draw(9, ()).noise.normal("ego", "w", 7)


def test_a_redraw_of_one_entity_leaves_the_others_alone():
    base = Draw(5, ())
    edited = base.edited(Edit(key=9, entity="ego"))
    assert edited.noise.uniform("truck", "w") == base.noise.uniform("truck", "w")
    assert edited.noise.uniform("ego", "w") == Draw(9, ()).noise.uniform("ego", "w")


def test_the_last_redraw_wins_and_forgets_the_steps_before_it():
    history = Draw(5, ()).edited(Edit(key=8), Edit(key=3, beta=0.4), Edit(key=9))
    assert history.noise.normal("ego", "w") == Draw(9, ()).noise.normal("ego", "w")


@given(st.integers(0, 2**64 - 1), st.integers(0, 2**64 - 1), st.floats(0.01, 0.99))
def test_a_pcn_step_mixes_old_and_new_by_its_formula(key, other, beta):
    stepped = Draw(key, ()).edited(Edit(key=other, beta=beta)).noise
    z, xi = Draw(key, ()).noise.normal("a", "s", 4), Draw(other, ()).noise.normal("a", "s", 4)
    expected = math.sqrt(1 - beta**2) * z + beta * xi
    assert stepped.normal("a", "s", 4) == pytest.approx(expected, rel=1e-12, abs=1e-14)
    assert stepped.uniform("a", "s", 4) == pytest.approx(stats.norm.cdf(expected), rel=1e-9)


def test_pcn_steps_leave_the_normal_law_invariant():
    n = 4000
    edits = [Edit(key=100 + k, beta=0.5) for k in range(4)]
    noise = Draw(1, ()).edited(*edits).noise
    z = np.array([noise.normal("a", "s", i) for i in range(n)])
    assert stats.kstest(z, "norm").pvalue > 1e-3


@pytest.mark.parametrize("beta", [0.0, -0.1, 1.1])
def test_a_step_size_outside_its_range_is_refused(beta):
    with pytest.raises(ValueError, match="beta"):
        Edit(key=1, beta=beta)


def test_the_uppermost_cell_is_below_one(monkeypatch):
    top = np.uint64(0xFFFFFFFF)
    monkeypatch.setattr(noise, "philox", lambda key, high, low: (top, top, top, top))
    found = float(noise.uniforms(1, 2, 3))
    assert 1.0 - 2.0**-52 < found < 1.0
