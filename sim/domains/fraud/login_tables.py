"""The table of logins: those of customers, and those of crimes before they order something."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import UTC
from typing import TYPE_CHECKING, Any

import numpy as np

from sim.domains.fraud import layout as c
from sim.domains.fraud.devices import own_device
from sim.domains.fraud.draws import ENTITIES, identities, identity
from sim.domains.fraud.intents import MOST
from sim.domains.fraud.kept import Kept
from sim.domains.fraud.logins import MOST_LOGINS, NETWORK_SHARES, write_logins
from sim.domains.fraud.rings import Login
from sim.domains.fraud.shops import CITIES, places_of
from sim.noise import hash64
from sim.recording import Identities, Words

if TYPE_CHECKING:
    from sim.domains.fraud.bank import Bank
    from sim.domains.fraud.world import World

__all__ = ["NETWORKS", "RESULTS", "Sessions"]

NETWORKS = ("home", "mobile", "public", "hosting")
"""Where the address a session comes from belongs; `hosting`: a data centre, as of a private network."""
RESULTS = ("accepted", "wrong_password")
"""What came of a login."""

_LOGIN = ENTITIES["login"]
_OF_CRIME = np.array([0.30, 0.62, 0.70])  # as NETWORK_SHARES, on devices of criminals; assumptions
_DAYS_AT_ONCE = 7
_ALL_BITS = (1 << 64) - 1
Batch = Mapping[str, Any]


class Sessions:
    """All logins of an episode, which can be gone through repeatedly."""

    def __init__(self, world: World) -> None:
        """Prepare; nothing is worked out before it is asked for."""
        self._world = world
        self._kept: Kept | None = None

    def tables(self) -> Iterator[Batch]:
        """Yield the columns of the table `logins`, some days after the other, in the order of time."""
        bank = self._world.bank
        known = np.empty(bank.customers, np.uint64)
        identities(bank.town.noise[0], ENTITIES["customer"], 0, known)
        places, start = places_of(bank.preset), bank.clock.start.astimezone(UTC).replace(tzinfo=None)
        for rows in self._windows():
            yield {
                "t": rows[:, c.L_T] / 1000.0,
                "login_id": Identities(rows[:, c.L_ID]),
                "customer_id": Identities(known[rows[:, c.L_CUSTOMER]]),
                "time": np.datetime64(start, "ms") + rows[:, c.L_T].astype("timedelta64[ms]"),
                "device_id": Identities(rows[:, c.L_DEVICE]),
                "place": Words(rows[:, c.L_PLACE], places.names),
                "network": Words(rows[:, c.L_NETWORK], NETWORKS),
                "result": Words(rows[:, c.L_RESULT], RESULTS),
            }

    def marks(self) -> Iterator[np.ndarray]:
        """Yield (n, 2) identities and marks of the logins, in the same order."""
        if self._kept is None:
            for _ in self._windows():
                pass
        assert self._kept is not None
        yield from self._kept

    def _windows(self) -> Iterator[np.ndarray]:
        kept = Kept(2)
        yield from kept.while_passing((rows, rows[:, [c.L_ID, c.L_MARK]]) for rows in _in_windows(self._world))
        self._kept = kept


def _in_windows(world: World) -> Iterator[np.ndarray]:
    """Yield (n, LOGIN) of some days after the other."""
    bank, criminal = world.bank, _of_crimes(world)
    people = bank.everybody().people
    first, last = bank.day_of(0), bank.day_of(bank.end - 1)
    rest = np.empty((0, c.LOGIN), np.int64)  # those before midnight that belong to the day after
    for day in range(first, last + 1, _DAYS_AT_ONCE):
        until = min(day + _DAYS_AT_ONCE - 1, last)
        edge = bank.end if until == last else int(bank.days[until + 1, c.MIDNIGHT]) - 600_000
        rows = np.concatenate([rest, *_honest(bank, people, day, until)])
        rest, rows = rows[rows[:, c.L_T] >= edge], rows[(rows[:, c.L_T] < edge) & (rows[:, c.L_T] >= 0)]
        begin = 0 if day == first else int(bank.days[day, c.MIDNIGHT]) - 600_000
        rows = np.concatenate([rows, criminal[(criminal[:, c.L_T] >= begin) & (criminal[:, c.L_T] < edge)]])
        if len(rows):
            yield rows[np.lexsort((rows[:, c.L_ID], rows[:, c.L_T]))]


def _honest(bank: Bank, people: np.ndarray, first: int, last: int) -> Iterator[np.ndarray]:
    room = np.empty((max(65536, _DAYS_AT_ONCE * MOST_LOGINS), c.LOGIN), np.int64)
    cursor, scratch = np.zeros(2, np.int64), np.empty((MOST, c.INTENT), np.int64)
    while cursor[0] < bank.customers:
        write_logins(bank.town, people, first, last, scratch, room, cursor)
        yield room[: cursor[1]].copy()


def _of_crimes(world: World) -> np.ndarray:
    """Return (n, LOGIN) sessions of crimes: of their own, and some time before each order they gave online."""
    rows = [_session(world, one, one.t, one.t) for one in world.roll.logins]
    for given in world.ledger.injections:
        what = given.what
        if what[c.MARK] >= 0 and what[c.AMOUNT] < 0 and what[c.ENTRY] in (c.APP, c.ONLINE_BANKING):
            u = world.setup.noise.uniform("logins", "before", what[c.REF] >> 8, given.t / 1000.0)
            t = given.t - 20_000 - int(180_000 * u)
            login = Login(given.customer, t, what[c.DEVICE], True, what[c.MARK])
            rows.append(_session(world, login, what[c.REF], given.t))
    found = np.array(rows, np.int64).reshape(-1, c.LOGIN)
    return found[found[:, c.L_T] >= 0]


def _session(world: World, login: Login, ref: int, when: int) -> tuple[int, ...]:
    """Return (LOGIN,) one login of a crime; `ref` and `when` tell which device of the owner's it is, if any."""
    key = world.bank.town.noise[0]
    number = hash64("session", world.roll.marks[login.mark].ring.name, login.mark, login.t)
    u = world.setup.noise.uniform("logins", "network", number >> 20, login.t / 1000.0)
    person = world.ledger.person(login.customer)
    shares, place, device = NETWORK_SHARES, int(person[c.CITY]), login.device
    if device == 0:
        device = own_device(key, person, login.customer, ref, when)
    else:  # somewhere else
        shares, place = _OF_CRIME, int(u * 7919.0 % 1.0 * CITIES)
    network = int(np.searchsorted(shares, u))
    own = (int(device), identity(key, _LOGIN, number >> 1))
    used, id = (int(np.uint64(one & _ALL_BITS).astype(np.int64)) for one in own)
    return login.t, login.customer, used, place, network, int(not login.accepted), id, login.mark
