"""Sessions of online banking: customers look at their accounts, and log in before they order something.

When, where and on which device follows from noise, as payments do.
"""

from __future__ import annotations

import numpy as np

from sim.domains.fraud import layout as c
from sim.domains.fraud.categories import PROFILES
from sim.domains.fraud.compiling import leaf, single
from sim.domains.fraud.devices import device_of, own_device
from sim.domains.fraud.draws import ENTITIES, NoiseArrays, identity, poisson, rare, stream, uniforms
from sim.domains.fraud.intents import trip
from sim.domains.fraud.payments import DAY, hour, payments_of_day
from sim.domains.fraud.shops import Town

__all__ = ["MOST_LOGINS", "NETWORK_SHARES", "write_logins"]

NETWORK_SHARES = np.array([0.50, 0.93, 0.97])
"""Sums of the shares of the first networks of `login_tables.NETWORKS`; the rest is hosting. Assumptions."""
MOST_LOGINS = 64
"""The most sessions of a customer in a day that there must be room for."""

_SESSION = stream("session")
_LOGIN = ENTITIES["login"]
_ONLINE_HOURS = PROFILES.index("online")
_LOOKS, _WRONG = (
    0.3,
    0.025,
)  # looks at the account a day where people are online as often as most; wrong passwords


@leaf
def write_logins(
    town: Town, people: np.ndarray, first_day: int, last_day: int, scratch: np.ndarray, out: np.ndarray,
    cursor: np.ndarray,
) -> None:  # fmt: skip
    """Write the sessions of all customers on some days, until the room is used up.

    Args:
        town: where they live.
        people: (N, PERSON) who they are.
        first_day: of these days.
        last_day: the last one.
        scratch: (MOST, INTENT) room to work in.
        out: (R, LOGIN) filled in from 0.
        cursor: (2,) the customer to go on with, moved on; and how many sessions there are.
    """
    n, i = 0, cursor[0]
    while i < people.shape[0] and n + (last_day - first_day + 1) * MOST_LOGINS <= out.shape[0]:
        for d in range(first_day, last_day + 1):
            n = _sessions_of_day(town, people[i], i, d, scratch, out, n)
        i += 1
    cursor[0], cursor[1] = i, n


@single
def _sessions_of_day(
    town: Town, p: np.ndarray, i: int, d: int, scratch: np.ndarray, out: np.ndarray, n: int
) -> int:  # fmt: skip
    day = town.days[d]
    t0 = max(day[c.MIDNIGHT], 0) / 1000.0
    places = (town.start.shape[0] - 1) // town.kinds.shape[0]
    looks, at, system, _ = uniforms(town.noise, _SESSION, i, d, t0)
    looked = min(poisson(looks, _LOOKS * min(p[c.ONLINE], 2.0)), 8)
    own = payments_of_day(town, p, i, d, uniforms(town.noise, DAY, i, d, t0)[1], scratch, 0)
    if looked + own == 0:
        return n
    away = trip(town, i, d, p[c.TRAVELS], places)
    place = int(p[c.CITY]) if away < 0 else away
    for k in range(looked):
        u = at if k == 0 else rare(town.noise, _SESSION, i, d * 64 + k + (1 << 40), t0)
        t = day[c.MIDNIGHT] + hour(town.hours, _ONLINE_HOURS, u, day[c.LENGTH])
        other = p[c.DEVICES] > 1.5 and system * 10.0 % 1.0 < 0.4
        device = device_of(town.noise[0], i, 1 if other else 0, t)
        n = _session(town.noise, i, t, np.int64(device), place, d * 64 + k, out, n)
    for row in range(min(own, 40)):
        entry = scratch[row, c.ENTRY]
        if scratch[row, c.AMOUNT] < 0 and (entry == c.APP or entry == c.ONLINE_BANKING):
            u = rare(town.noise, _SESSION, i, d * 64 + row + (1 << 41), t0)
            device = own_device(town.noise[0], p, i, scratch[row, c.REF], scratch[row, c.T])
            t = scratch[row, c.T] - 30_000 - int(200_000 * u)
            n = _session(town.noise, i, t, np.int64(device), place, d * 64 + 8 + row, out, n)
    return n


@leaf
def _session(
    noise: NoiseArrays, i: int, t: int, device: int, place: int, number: int, out: np.ndarray, n: int
) -> int:  # fmt: skip
    """Write one session, after a failed try now and then."""
    u = rare(noise, _SESSION, i, number + (1 << 42), max(t, 0) / 1000.0)
    v = rare(noise, _SESSION, i, number + (1 << 43), max(t, 0) / 1000.0)
    network = np.searchsorted(NETWORK_SHARES, u)
    for is_wrong in range(1, -1, -1):
        if is_wrong == 1 and v >= _WRONG:
            continue
        out[n, c.L_T], out[n, c.L_CUSTOMER], out[n, c.L_DEVICE] = t - 15_000 * is_wrong, i, device
        out[n, c.L_PLACE], out[n, c.L_NETWORK], out[n, c.L_RESULT] = place, network, is_wrong
        out[n, c.L_ID] = np.int64(identity(noise[0], _LOGIN, (i << 24 | number) << 1 | is_wrong))
        out[n, c.L_MARK] = -1
        n += 1
    return n
