"""Coarsened running maxima: each moment read off is a stopping time after the level was reached."""

from hypothesis import example, given, settings
from hypothesis import strategies as st

from sim.samplers import coarsened
from sim.samplers.running import first_reached

DURATIONS = st.sampled_from((1.0, 0.3, 12.0, 7.7, 3600.0, 0.1 + 0.2, 86400.0 / 7.0))
CURVES = st.lists(
    st.tuples(st.one_of(st.integers(0, 640).map(lambda k: k / 640.0), st.floats(0.0, 1.0)), st.integers(0, 9)),
    max_size=12,
)
KEPT = st.sampled_from((0, 1, 3, 32))


def curve_of(points, duration):
    """Return the change points of the running maximum of values at shares of a duration."""
    times, values = [], []
    for share, value in sorted(points):
        if not values or value > values[-1]:
            if times and times[-1] == share * duration:
                values[-1] = value
            else:
                times.append(share * duration)
                values.append(value)
    return tuple(times), tuple(values)


def reached(curve, level):
    return next((t for t, value in zip(*curve, strict=True) if value >= level), None)


@settings(deadline=None)
@given(CURVES, DURATIONS, KEPT)
@example([(0.75, 1), (1.0, 2)], 0.3, 0)
def test_what_is_redrawn_lies_strictly_after_what_was_reached(points, duration, keep):
    curve = curve_of(points, duration)
    short = coarsened(curve, duration, exact=keep)
    for level in range(11):
        exact, moment = reached(curve, level), first_reached(short, level)
        assert (exact is None) == (moment is None)
        if moment is not None and len([one for one in curve[1] if one < level]) < keep:
            assert exact < moment <= exact + 1.1e-9 * duration
        elif moment is not None:
            assert exact < moment <= exact + duration / 64 * (1 + 1e-6)
            assert moment == round(moment / duration * 64) * duration / 64


@settings(deadline=None)
@given(CURVES, CURVES, DURATIONS, st.integers(0, 9), KEPT)
def test_the_moment_hangs_on_nothing_that_comes_after_it(points, others, duration, level, keep):
    moment = first_reached(coarsened(curve_of(points, duration), duration, exact=keep), level)
    if moment is not None:
        kept = [point for point in points if point[0] * duration < moment]
        redrawn = [point for point in others if point[0] * duration >= moment]
        changed = coarsened(curve_of(kept + redrawn, duration), duration, exact=keep)
        assert first_reached(changed, level) == moment


@settings(deadline=None)
@given(CURVES, DURATIONS, KEPT)
def test_a_coarsened_curve_is_short_grows_and_keeps_its_end(points, duration, keep):
    curve = curve_of(points, duration)
    times, values = coarsened(curve, duration, exact=keep)
    assert len(times) == len(values) <= 65 + keep
    assert list(times) == sorted(set(times))
    assert list(values) == sorted(set(values))
    assert values[-1:] == curve[1][-1:]


def test_a_curve_without_duration_or_points_stays_as_it_is():
    assert coarsened(((), ()), 1.0) == ((), ())
    assert coarsened(((0.0,), (1.0,)), 0.0) == ((0.0,), (1.0,))


def test_a_level_above_everything_is_never_reached():
    assert first_reached(((1.0, 2.0), (0.1, 0.5)), 0.5) == 2.0
    assert first_reached(((1.0, 2.0), (0.1, 0.5)), 0.6) is None
    assert first_reached(((), ()), 0.0) is None
