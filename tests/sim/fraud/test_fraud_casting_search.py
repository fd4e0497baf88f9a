"""Who is found for a role: the first whose turn it is, who fits and plays no part yet."""

import numpy as np

from sim.domains.fraud import layout as c
from sim.domains.fraud.beats import Beat, Beats, place
from sim.domains.fraud.casting_search import NOBODY, WANTED, next_who_fits
from sim.noise import Noise

RING, NOW = 7, 1000.0


def found(bank, beats, taken, wanted, turns):
    """Return all who fit in some turns."""
    span = np.array([*turns, 0])
    while True:
        who = next_who_fits(
            bank.town, *bank.habits, bank.preset.overdraft, *bank.folk, *place("scam", "cast mule"), RING, NOW,
            np.array(taken, np.int64), np.array(wanted, np.float64).reshape(-1, WANTED), span, beats.room,
        )  # fmt: skip
        if who == NOBODY:
            return
        yield who


def test_candidates_are_those_of_a_loop_over_all_turns(banks):
    bank, another = banks.opened(300, 5), banks.opened(300, 5)
    everybody = another.everybody().people
    beats = Beats(Noise(7), "scam")
    taken = [3, 40, 41]
    for wanted in (
        [],
        [(c.AGE, 18.0, 30.0)],
        [(c.AGE, 20.0, 60.0), (c.SEGMENT, 1.0, 1.0)],
        [(c.AGE, 300.0, 400.0)],
    ):
        drawn = [int(beats.uniform("cast mule", Beat(RING, turn=k), NOW) * 300) for k in range(400, 800)]
        expected = [
            who for who in drawn
            if who not in taken and all(low <= everybody[who, column] <= high for column, low, high in wanted)
        ]  # fmt: skip
        assert list(found(bank, beats, taken, wanted, (400, 800))) == expected
    met = np.flatnonzero(bank.folk.is_met)
    np.testing.assert_array_equal(bank.folk.people[met], everybody[met])
