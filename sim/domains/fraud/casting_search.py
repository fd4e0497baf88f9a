"""Looking for a customer who fits a role: hundreds may be looked at for one, each drawn when it is its turn."""

from __future__ import annotations

import numpy as np

from sim.domains.fraud.beats import cast_uniform
from sim.domains.fraud.compiling import leaf
from sim.domains.fraud.people import draw_people
from sim.domains.fraud.shops import Town

__all__ = ["NOBODY", "WANTED", "next_who_fits"]

NOBODY = -1
"""What is returned where none of those who are looked at fits."""
COLUMN, LEAST, MOST = range(3)
WANTED = 3
"""Numbers of a condition: column of a person, least and most."""


@leaf
def next_who_fits(
    town: Town, habits: np.ndarray, paydays: np.ndarray, overdraft: float, people: np.ndarray,
    orders: np.ndarray, is_met: np.ndarray, where: np.uint64, whose: np.uint64, ring: int, t: float,
    taken: np.ndarray, wanted: np.ndarray, turns: np.ndarray, room: np.ndarray,
) -> int:  # fmt: skip
    """Return the number of the next customer drawn who fits and is not taken; `NOBODY` if there is none.

    Args:
        town: where they live.
        habits: of `people.habits_of`.
        paydays: of `people.habits_of`.
        overdraft: share of customers with an arranged overdraft.
        people: (N, PERSON) all customers; those who are looked at are filled in.
        orders: (N, SLOTS, ORDER) likewise.
        is_met: (N,) who is filled in, kept up.
        where: address of the role's stream.
        whose: what edits know the campaign by.
        ring: number of the ring that looks.
        t: the present moment [s].
        taken: (K,) numbers of customers who play a part already.
        wanted: (W, WANTED) conditions, of which all must hold.
        turns: (3,) the turn to go on with, moved on behind the one that was found; the end; and room.
        room: (32,) of `beats`.
    """
    who = turns[2:]
    while turns[0] < turns[1]:
        customer = int(cast_uniform(town.noise, where, whose, ring, turns[0], t, room) * town.customers)
        turns[0] += 1
        is_free = True
        for k in range(taken.shape[0]):
            is_free = is_free and taken[k] != customer
        if not is_free:
            continue
        if not is_met[customer]:
            who[0] = customer
            draw_people(
                town.noise, who, habits, paydays, town.cities, town.settings, overdraft,
                people[customer : customer + 1], orders[customer : customer + 1],
            )  # fmt: skip
            is_met[customer] = True
        if _fits(people[customer], wanted):
            return customer
    return NOBODY


@leaf
def _fits(person: np.ndarray, wanted: np.ndarray) -> bool:
    for k in range(wanted.shape[0]):
        if not wanted[k, LEAST] <= person[int(wanted[k, COLUMN])] <= wanted[k, MOST]:
            return False
    return True
