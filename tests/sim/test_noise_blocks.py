"""Four uniforms at one address: their words, their edits, and that they are independent of one another."""

import numpy as np
import pytest
from scipy import stats

from sim.noise import Draw, Edit, address, entity_hash, philox
from sim.noise_kernels import normal_quantile, uniforms_at

WHERE, ENTITY = np.uint64(address("bank", "spending")), np.uint64(entity_hash("bank"))


def _block(draw, index, t=0.0):
    return uniforms_at(*draw.noise.arrays, WHERE, ENTITY, index, t)


def _words(key, index):
    """The same from the NumPy words of the block."""
    with np.errstate(over="ignore"):
        words = philox(np.uint64(key), WHERE, np.asarray(index, np.uint64))
    return (np.array([word.astype(np.float64) for word in words]) + 0.5) / 2.0**32


def test_a_block_is_the_four_words_of_its_counter():
    for index in (0, 1, 77, 1 << 40):
        np.testing.assert_array_equal(_block(Draw(9, ()), index), _words(9, index))


def test_a_block_of_random123s_known_answer():
    """Counter and key of Random123's third known answer, Philox4x32-10."""
    key, high, low = 0x299F31D0A4093822, 0x0370734413198A2E, 0x85A308D3243F6A88
    none = (np.array([], np.uint64), np.array([], np.uint64), np.array([]), np.array([]))
    found = uniforms_at(np.uint64(key), *none, np.uint64(high), np.uint64(1), np.uint64(low), 0.0)
    words = (0xD16CFE09, 0x94FDCCEB, 0x5001E420, 0x24126EA1)
    np.testing.assert_array_equal(found, (np.array(words) + 0.5) / 2.0**32)


@pytest.mark.parametrize("entity", [None, "bank"])
def test_a_redraw_takes_the_words_of_its_key_from_its_moment_on(entity):
    draw = Draw(9, ()).edited(Edit(31, entity, t=5.0))
    np.testing.assert_array_equal(_block(draw, 3, 4.9), _words(9, 3))
    np.testing.assert_array_equal(_block(draw, 3, 5.0), _words(31, 3))


def test_an_edit_of_somebody_else_changes_nothing():
    np.testing.assert_array_equal(_block(Draw(9, ()).edited(Edit(31, "shop", beta=0.5)), 3), _words(9, 3))


def test_a_step_moves_each_number_on_its_own():
    """z' = sqrt(1 - beta^2) z + beta xi, worked out by SciPy; a redraw before it is what it starts from."""
    draw = Draw(9, ()).edited(Edit(31, "bank"), Edit(32, None, beta=0.3), Edit(33, "bank", t=2.0, beta=0.6))
    z = stats.norm.ppf(_words(31, 8))
    z = np.sqrt(1 - 0.09) * z + 0.3 * stats.norm.ppf(_words(32, 8))
    np.testing.assert_allclose(_block(draw, 8, 1.0), stats.norm.cdf(z), rtol=1e-12)
    z = np.sqrt(1 - 0.36) * z + 0.6 * stats.norm.ppf(_words(33, 8))
    np.testing.assert_allclose(_block(draw, 8, 2.0), stats.norm.cdf(z), rtol=1e-12)


def test_numbers_of_a_block_are_uniform_and_independent():
    u = np.array([_block(Draw(4, ()), index) for index in range(20_000)])
    for column in u.T:
        assert stats.kstest(column, "uniform").pvalue > 1e-4
    z = np.vectorize(normal_quantile)(u)
    correlation = np.corrcoef(np.column_stack([z, z[:, 0] * z[:, 1]]), rowvar=False)
    off = correlation[np.triu_indices(5, 1)]
    assert np.abs(off).max() < 4.5 / np.sqrt(len(u))
