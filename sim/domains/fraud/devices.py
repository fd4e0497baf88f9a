"""On which devices customers give orders: their own, which they replace after years, and now and then another.

A device that the bank never saw would else be a crime's, every time. Whose it is and when it was replaced
follows from its number alone, so that logins, entries, rules and the register agree about it.
"""

from __future__ import annotations

import numpy as np

from sim.domains.fraud import layout as c
from sim.domains.fraud.compiling import folded, leaf
from sim.domains.fraud.draws import ENTITIES, identity, mixed

__all__ = ["KEPT", "device_of", "is_unfamiliar", "own_device", "write_devices"]

KEPT = 900 * 86_400_000
"""How long a telephone or computer is used [ms]: two and a half years; an assumption."""

_DEVICE = ENTITIES["device"]
_STRANGE = 20  # of a thousand orders, those on a device that is not the customer's own; an assumption
_BORROWED = 1 << 41  # numbers of such devices begin here: each is used once, like that of a thief
_NEXT = 1 << 32  # added to the number of a device for each time it was replaced
_FRESH = 86_400_000  # a bank knows a device after a day of use [ms]; an assumption


@folded
def _worn(key: np.uint64, number: int) -> float:
    """Return which share of the years it is used for a device had behind it when the episode began."""
    return (mixed(identity(key, _DEVICE, number) ^ np.uint64(0xD6E8FEB86659FD93)) >> np.uint64(11)) * 2.0**-53


@folded
def _spread(i: int, ref: int) -> np.uint64:
    """Return 64 bits that decide about the device of an order."""
    return mixed(np.uint64(ref) ^ mixed(np.uint64(i) + np.uint64(77)))


@folded
def _is_strange(some: np.uint64) -> bool:
    """Return whether an order is given on a device that is not the customer's."""
    return bool((some >> np.uint64(48)) % np.uint64(1000) < np.uint64(_STRANGE))


@folded
def _which(p: np.ndarray, some: np.uint64) -> int:
    """Return which of the devices of a customer an order is given on."""
    return 1 if p[c.DEVICES] > 1.5 and (some >> np.uint64(40)) % np.uint64(10) < np.uint64(4) else 0


@folded
def device_of(key: np.uint64, i: int, which: int, t: int) -> np.uint64:
    """Return the identity of the first or second device that a customer has at a moment [ms]."""
    number = i * 2 + which
    return identity(key, _DEVICE, number + _NEXT * int(t / KEPT + _worn(key, number)))


@folded
def own_device(key: np.uint64, p: np.ndarray, i: int, ref: int, t: int) -> np.uint64:
    """Return the identity of the device on which a customer gives an order itself.

    It is one of its own, or now and then a new browser, a friend's telephone, a computer in a hotel.

    Args:
        key: of the episode.
        p: (PERSON,) who it is.
        i: number of the customer.
        ref: number of the order.
        t: its moment [ms].
    """
    some = _spread(i, ref)
    if _is_strange(some):
        return identity(key, _DEVICE, _BORROWED + np.int64(some >> np.uint64(24)))
    return device_of(key, i, _which(p, some), t)


@leaf
def is_unfamiliar(key: np.uint64, p: np.ndarray, i: int, ref: int, t: int) -> bool:
    """Return whether the bank has not seen `own_device` before, or for less than a day."""
    some = _spread(i, ref)
    if _is_strange(some):
        return True
    number = i * 2 + _which(p, some)
    used = t / KEPT + _worn(key, number)
    return (used - int(used)) * KEPT < _FRESH


@leaf
def write_devices(
    key: np.uint64, first: int, counts: np.ndarray, end: int, known: np.ndarray, owner: np.ndarray,
    since: np.ndarray,
) -> int:  # fmt: skip
    """Write all devices of customers in an episode, those that replace others among them.

    Args:
        key: of the episode.
        first: number of the first customer.
        counts: (N,) how many devices each has at a time, 1 or 2.
        end: of the episode [ms].
        known: (R,) identities, filled in from 0.
        owner: (R,) rows of their owners, likewise.
        since: (R,) moments from when on they are used [ms], likewise.

    Returns:
        How many there are; nothing is written beyond the room.
    """
    n = 0
    for row in range(counts.shape[0]):
        for which in range(int(counts[row])):
            number = (first + row) * 2 + which
            worn = _worn(key, number)
            for time in range(int((end - 1) / KEPT + worn) + 1):
                if n < known.shape[0]:
                    known[n], owner[n] = identity(key, _DEVICE, number + _NEXT * time), row
                    since[n] = int((time - worn) * KEPT)
                n += 1
    return n
