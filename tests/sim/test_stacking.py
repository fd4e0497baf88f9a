"""Piles against statics: when they topple, by the closed form and in the physics."""

import numpy as np
import pytest

from sim.worlds.stacking import DOUBT, Stood, Wares, is_sure, margins, pile_up, stand

TINS = Wares((0.08, 0.06, 0.05), 0.3, 0.5)


def slow_margins(wares, offsets):
    """Return the margins face by face."""
    found = [1.0]
    for top in range(1, len(offsets)):
        worst = 1.0
        for face in range(top):
            centre = np.mean(offsets[face + 1 : top + 1], axis=0)
            for axis in (0, 1):
                half = wares.size[axis] / 2
                for part in (face, face + 1):
                    worst = min(worst, 1.0 - abs(centre[axis] - offsets[part][axis]) / half)
        found.append(worst)
    return np.array(found)


def test_margins_agree_with_a_sum_over_faces():
    rng = np.random.default_rng(4)
    for n in (1, 2, 6):
        offsets = rng.normal(0.0, 0.02, (n, 2))
        assert margins(TINS, offsets) == pytest.approx(slow_margins(TINS, offsets), abs=1e-12)


@pytest.mark.parametrize("axis", [0, 1])
@pytest.mark.parametrize("n", [2, 3, 5])
def test_a_leaning_pile_topples_where_statics_say(n, axis):
    """Each part is further out by the same d than the one below: n parts stand while n d <= the side.

    The centre of the n - 1 upper ones is n d / 2 from the lowest, which reaches half a side (Heyman 1995).
    """
    side = TINS.size[axis]
    for share, falls in ((1.0 - DOUBT, False), (1.0 + DOUBT, True)):
        offsets = np.zeros((n, 2))
        offsets[:, axis] = np.arange(n) * share * side / n
        assert margins(TINS, offsets)[-1] == pytest.approx(1.0 - share)
        assert any(pile_up(TINS, offsets, after=1.0).stood.fallen) is falls


def test_the_physics_agree_wherever_the_closed_form_is_sure():
    rng = np.random.default_rng(7)
    seen = set()
    for _ in range(14):
        offsets = rng.normal(0.0, 0.012, (4, 2))
        known = margins(TINS, offsets)
        if abs(known.min()) <= DOUBT:
            continue
        stood = pile_up(TINS, offsets, after=1.0).stood
        assert any(stood.fallen) == (known.min() < 0.0)
        assert stood.placed == (4 if known.min() > 0.0 else 1 + int(np.flatnonzero(known < 0.0)[0]))
        assert is_sure(known) == (known.min() > 0.0)
        seen.add(any(stood.fallen))
    assert seen == {True, False}


def test_a_pile_is_built_part_by_part_and_repeats():
    offsets = np.array([[0.0, 0.0], [0.03, 0.0], [0.06, 0.0], [0.06, 0.0]])
    first, again = pile_up(TINS, offsets, after=0.5), pile_up(TINS, offsets, after=0.5)
    assert np.array_equal(first.poses, again.poses, equal_nan=True)
    assert stand(TINS, offsets, margins(TINS, offsets)) == first.stood == Stood(3, (False, True, True))
    is_there = np.isfinite(first.poses[:, :, 0])
    assert [float(first.times[np.argmax(column)]) for column in is_there.T[:3]] == [0.0, 1.0, 2.0]
    assert not is_there[:, 3].any()
    assert np.nanmin(first.poses[:, :, 2]) > 0.0
