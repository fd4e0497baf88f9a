"""The samplers' own randomness and their view of draws."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from sim.noise import Draw, Edit
from sim.samplers.points import Request, Stream, nominal_points, scores_of, uniforms_of


def test_a_stream_is_its_name():
    one, same, other = Stream("a", 1), Stream("a", 1), Stream("a", "1")
    first = one.uniforms(3)
    assert np.array_equal(first, same.uniforms(3))
    assert not np.array_equal(first, other.uniforms(3))
    assert not np.array_equal(first, one.uniforms(3))


def test_numbers_are_the_same_taken_at_once_or_in_parts():
    whole, parts = Stream("a"), Stream("a")
    assert np.array_equal(whole.uniforms(2, 3).ravel(), np.concatenate([parts.uniforms(4), parts.uniforms(2)]))


def test_a_stream_gives_the_laws_it_says():
    stream = Stream("laws")
    assert stats.kstest(stream.uniforms(4000), "uniform").pvalue > 1e-3
    assert stats.kstest(stream.normals(4000), "norm").pvalue > 1e-3
    seen = np.bincount(stream.categories(np.array([1.0, 0.0, 3.0, 0.0]), 4000), minlength=4)
    assert seen[[1, 3]].sum() == 0
    assert stats.chisquare(seen[[0, 2]], [1000, 3000]).pvalue > 1e-3
    assert sorted(stream.order(50).tolist()) == list(range(50))
    assert len(set(stream.keys(4000).tolist())) == 4000
    assert stream.uniforms(0, 3).shape == (0, 3)
    assert stream.normals(3, 0).shape == (3, 0)


@settings(deadline=None)
@given(st.floats(-1e3, 1e3))
def test_uniforms_never_leave_the_open_interval(z):
    u = float(uniforms_of(np.array([z]))[0])
    assert 0.0 < u < 1.0
    assert np.isfinite(scores_of(np.array([u]))).all()


@settings(deadline=None)
@given(st.floats(-37.0, 5.0))
def test_scores_and_uniforms_are_inverse(z):
    assert scores_of(uniforms_of(np.array([z])))[0] == pytest.approx(z, rel=1e-9, abs=1e-9)


def test_nominal_points_keep_the_draws_of_the_population(worlds):
    world = worlds["mixed"]
    request = nominal_points(world, 9, 5, 8)
    assert request.made() == world.nominal_batch(9, 5, 8)
    assert np.allclose(uniforms_of(request.z), [draw.u for draw in request.made()], rtol=1e-12)
    assert [draw.key for draw in request.by_score.made()] == [draw.key for draw in request.made()]
    assert np.array_equal([draw.u for draw in request.by_score.made()], uniforms_of(request.z))
    assert len(nominal_points(world, 9, 5, 5)) == 0
    assert nominal_points(worlds["walk"], 9, 0, 4).z.shape == (4, 0)


def test_a_request_makes_draws_of_its_numbers():
    request = Request(np.zeros((2, 1)), np.array([3, 2**64 - 1], np.uint64), lineages=[(), (Edit(1),)])
    assert request.made() == [Draw(3, (0.5,)), Draw(2**64 - 1, (0.5,), (Edit(1),))]
