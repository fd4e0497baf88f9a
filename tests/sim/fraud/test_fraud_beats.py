"""The draws of rings: their compiled numbers are those that `hash64` gives, with and without edits."""

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from sim.domains.fraud.beats import BEAT, Beat, Beats, beat_number, number_of
from sim.noise import Edit, Noise

ROOM = np.empty(32, np.uint64)
NUMBERS = st.one_of(st.integers(0, 20), st.integers(0, 10**10 - 1))


@settings(max_examples=300, deadline=None)
@given(st.lists(NUMBERS, min_size=BEAT, max_size=BEAT))
def test_a_compiled_number_is_that_of_the_library(numbers):
    beat = Beat(*numbers)
    assert beat_number(*beat, ROOM) == number_of(beat)


def test_the_longest_beat_fits_one_block():
    beat = Beat(*[10**10 - 1] * BEAT)
    assert beat_number(*beat, ROOM) == number_of(beat)


def test_beats_draw_what_stands_at_their_address():
    edits = (Edit(3, None, 1.0), Edit(4, "scam", 2.0, 0.4), Edit(5, "another"))
    for noise in (Noise(1234), Noise(55, edits)):
        beats = Beats(noise, "scam")
        for k in range(50):
            beat, t = Beat(k, 1, 2, 3, 4), k / 10
            assert beats.uniform("kept", beat, t) == noise.uniform("scam", "kept", number_of(beat), t)
