"""Who plays a part in a ring: customers that fit, payees whom honest people know, merchants by popularity."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np

from sim.domains.fraud import layout as c
from sim.domains.fraud.beats import Beat, Beats, place
from sim.domains.fraud.casting_search import NOBODY, WANTED, next_who_fits
from sim.domains.fraud.categories import CATEGORIES
from sim.domains.fraud.codes import SEGMENTS
from sim.domains.fraud.devices import device_of
from sim.domains.fraud.draws import ENTITIES, identity
from sim.domains.fraud.links import SUPPLIERS
from sim.domains.fraud.ordering import last_visit
from sim.domains.fraud.rings import Attack, Ring
from sim.domains.fraud.shops import CITIES, Town
from sim.noise import hash64

if TYPE_CHECKING:
    from sim.domains.fraud.world import World

__all__ = ["Casting", "Member", "shop_of_kind"]

_TRIES = 400
"""How many customers are looked at for one who fits a role."""
_LIVED = 120
"""How many customers are lived for one who has been somewhere, or has enough money."""
_DAY = 86400.0
_PAYEES = 5
"""How many payers of payees are looked at; the busiest one's payee plays the part, as those have a history."""
_CRUMBS = 0.1
"""Less than this share of the largest sum that somebody got is not worth passing on; an assumption."""
_FAR = 1 << 40
"""Numbers of devices from here on belong to criminals; customers' devices end far below."""

Members = Mapping[str, Sequence["Member"]]


@dataclass
class Member:
    """Someone who plays a role.

    Args:
        role: which.
        customer: number; -1 for somebody outside and for merchants.
        party: identity of the account or merchant, as counterparties see it.
        shop: number of the merchant; -1 for people.
        held: money got from the ring and not sent on yet [minor units].
        largest: most it got from the ring at once [minor units].
        cause: identity of what its next entry descends from: an entry or an attack.
        victim: number of the customer whose money it holds; -1 for nobody's.
        due: moment until which money is on its way [s].
        is_robbed: whether something was taken from it, so that orders are not its own.
    """

    role: str
    customer: int
    party: int
    shop: int = -1
    held: int = 0
    largest: int = 0
    cause: int = 0
    victim: int = -1
    due: float = 0.0
    is_robbed: bool = False

    @property
    def has_passed_on(self) -> bool:
        """Whether nothing is left of what it got but what it keeps for itself."""
        return 0 < self.held < _CRUMBS * self.largest


class Casting:
    """Finds those who play the roles of one ring, and notes what was done to them first."""

    def __init__(self, world: World, ring: Ring, beats: Beats, action: str) -> None:
        """Note the attack that everything in a ring descends from.

        Args:
            world: the running episode.
            ring: whose roles they are.
            beats: gives the ring's draws.
            action: what the criminals did first.
        """
        self._world, self._ring, self._beats = world, ring, beats
        self._key = world.bank.town.noise[0]
        self._attacks = 0
        self.root = self.attack(action, "none", 0)

    def attack(self, action: str, kind: str, compromised: int, *, seen: np.ndarray | None = None) -> int:
        """Note an attack and return its identity.

        Args:
            action: what was done.
            kind: of what was compromised.
            compromised: its identity.
            seen: (ROW,) the honest entry in which it happened; None if it happened now.
        """
        world, ring = self._world, self._ring
        known = hash64("attack", int(self._key), ring.campaign, ring.number, self._attacks)
        self._attacks += 1
        t = (world.now_ms if seen is None else int(seen[c.R_T])) / 1000.0
        entry, terminal = (0, 0) if seen is None else (_bits(seen[c.R_ID]), _bits(seen[c.R_TERMINAL]))
        world.roll.attacks.append(Attack(ring, known, t, action, kind, compromised, entry, terminal))
        return known

    @cached_property
    def device(self) -> int:
        """Identity of the device the criminals use."""
        return int(identity(self._key, ENTITIES["device"], _FAR + (hash64("device", self._ring.name) >> 28)))

    def all_of(self, role: Mapping[str, Any], count: int, members: Members) -> list[Member]:
        """Return those who play a role; none if the bank has not enough who fit."""
        found: list[Member] = []
        for k in range(count):
            one = self.one(role, k, {**members, role["role"]: found})
            if one is None:
                break
            found.append(one)
        least = count if role["at_least"] is None else min(role["at_least"], count)
        return found if len(found) >= least else []

    def one(self, role: Mapping[str, Any], k: int, members: Members) -> Member | None:
        """Return number k of those who play a role, None if nobody fits."""
        if role["from"] == "merchant":
            return self._merchant(role, k, members)
        if role["from"] == "customer":
            return self._customer(role, k, members)
        number = self._company(role, k) if role["from"] == "company" else self._person(role, k, members)
        entity = "company" if role["from"] == "company" else "outsider"
        one = Member(role["role"], -1, int(identity(self._key, ENTITIES[entity], number)))
        return self._attacked(role, one, None)

    def _attacked(self, role: Mapping[str, Any], one: Member, seen: np.ndarray | None) -> Member:
        """Note what was done to a member first, from which all that it does descends."""
        one.cause = self.root
        if role["attack"] is not None:
            one.is_robbed = role["object"] != "person"
            compromised = one.party
            if one.customer >= 0 and role["object"] == "device":
                compromised = int(device_of(self._key, one.customer, 0, self._world.now_ms))
            elif one.customer >= 0 and role["object"] in ("card", "identity"):
                entity, cards = ("customer", 1) if role["object"] == "identity" else ("card", 2)
                compromised = int(identity(self._key, ENTITIES[entity], one.customer * cards))
            one.cause = self.attack(role["attack"], role["object"], compromised, seen=seen)
        return one

    # -- outside this bank ---------------------------------------------------------------------------------

    def _person(self, role: Mapping[str, Any], k: int, members: Members) -> int:
        """Return the number of a person outside whom some customer, mostly a busy one, is used to paying."""
        known_to = role["known_to"]
        if known_to is not None and members[known_to][0].customer >= 0:
            return members[known_to][0].customer * 8 + 4
        index = k * _PAYEES
        who = np.array(
            [int(self._drawn(role, index + j) * self._world.bank.customers) for j in range(_PAYEES)], np.int64
        )
        busy = self._world.bank.met(who).people[who, c.PEOPLE]
        return int(who[int(busy.argmax())]) * 8 + 4

    def _company(self, role: Mapping[str, Any], k: int) -> int:
        """Return the number of an employer, landlord or supplier, a large one mostly: those have a history."""
        has_suppliers = self._world.bank.town.settings[c.LOOKALIKES] > 0.0
        kind, u = divmod(self._drawn(role, k) * (3 if has_suppliers else 2), 1.0)
        return (0, 10_000, SUPPLIERS)[int(kind)] + int(4000 * u**4)

    def _merchant(self, role: Mapping[str, Any], k: int, members: Members) -> Member | None:
        town, where = self._world.bank.town, role["place"]
        width = (town.start.shape[0] - 1) // town.kinds.shape[0]
        if role["kind"] == "any":
            mix = self._world.bank.visits[where == "online"]
            kind = min(int(np.searchsorted(mix, mix[-1] * self._drawn(role, 3 * k))), len(mix) - 1)
        else:
            kind = [one.name.replace(" ", "_") for one in CATEGORIES].index(role["kind"])
        u = self._drawn(role, 3 * k + 1)
        if where == "online":
            place = width - 1
        elif where == "abroad":
            place = CITIES + int(u * (width - 1 - CITIES))
        else:
            city = self._city(role, members)
            place = city if city >= 0 else min(int(np.searchsorted(town.cities, u)), CITIES - 1)
        shop = shop_of_kind(town, kind, place, self._drawn(role, 3 * k + 2))
        one = Member(role["role"], -1, _bits(town.identity[shop]), shop)
        return self._attacked(role, one, None)

    # -- customers -----------------------------------------------------------------------------------------

    def _customer(self, role: Mapping[str, Any], k: int, members: Members) -> Member | None:
        world, lived = self._world, 0
        for customer in self._who_fit(role, k, members):
            seen = None
            if role["able"] is not None or role["visited"] is not None:
                lived += 1
                if lived > _LIVED:
                    return None
                able = role["able"]
                if able is not None and world.ledger.available(customer, world.now_ms) < 100.0 * able:
                    continue
                if role["visited"] is not None:
                    seen = self._visit(customer, members[role["visited"]][0].shop, role)
                    if seen is None:
                        continue
            party = int(identity(self._key, ENTITIES["account"], customer))
            return self._attacked(role, Member(role["role"], customer, party), seen)
        return None

    def _who_fit(self, role: Mapping[str, Any], k: int, members: Members) -> Iterator[int]:
        """Yield the numbers of customers who are what number k of a role must be, and play no part yet."""
        bank, folk = self._world.bank, self._world.bank.folk
        taken = np.array([one.customer for group in members.values() for one in group], np.int64)
        wanted = np.array(_wanted(role, self._city(role, members)), np.float64).reshape(-1, WANTED)
        turns = np.array([k * _TRIES, (k + 1) * _TRIES, 0])
        where, whose = place(self._ring.campaign, f"cast {role['role']}")
        while True:
            customer = next_who_fits(
                bank.town, *bank.habits, bank.preset.overdraft, *folk, where, whose, self._ring.number,
                self._world.clock.now, taken, wanted, turns, self._beats.room,
            )  # fmt: skip
            if customer == NOBODY:
                return
            yield customer

    def _visit(self, customer: int, shop: int, role: Mapping[str, Any]) -> np.ndarray | None:
        """Return the last entry of a customer at a merchant, by card if that is to be compromised, or None."""
        now = self._world.now_ms
        if not self._world.ledger.may_have_been_at(customer, shop, now):
            return None
        rows = self._world.ledger.history(customer, now)
        at = last_visit(rows, shop, now - 1000.0 * role["within"], role["object"] == "card")
        return rows[at] if at >= 0 else None

    def _city(self, role: Mapping[str, Any], members: Members) -> int:
        """Return the city a role must be in, -1 for any."""
        if role["near"] is None:
            return -1
        first = members[role["near"]][0]
        if first.shop >= 0:
            place = int(self._world.bank.town.place[first.shop])
            return place if place < CITIES else -1
        if first.customer < 0:
            return -1
        return int(self._world.bank.person(first.customer)[c.CITY])

    def _drawn(self, role: Mapping[str, Any], index: int) -> float:
        """Return the uniform of a turn of casting."""
        beat = Beat(self._ring.number, turn=index)
        return self._beats.uniform(f"cast {role['role']}", beat, self._world.clock.now)


def shop_of_kind(town: Town, kind: int, place: int, u: float) -> int:
    """Return a merchant of a kind at a place, by popularity."""
    group = kind * (town.start.shape[0] - 1) // town.kinds.shape[0] + place
    first, last = int(town.start[group]), int(town.start[group + 1])
    return int(town.found[min(first + int(np.searchsorted(town.share[first:last], u)), last - 1)])


def _wanted(role: Mapping[str, Any], city: int) -> list[tuple[int, float, float]]:
    """Return (column, least, most) of what a customer must have to play a role; `city` is -1 for any."""
    wanted = [] if city < 0 else [(c.CITY, float(city), float(city))]
    if role["segment"] != "any":
        segment = float(SEGMENTS.index(role["segment"]))
        wanted.append((c.SEGMENT, segment, segment))
    for column, least, most, unit in (
        (c.AGE, role["youngest"], role["oldest"], 1.0),
        (c.OPENED, role["open_since"], role["open_for"], _DAY),
    ):
        if least is not None or most is not None:
            low, high = (-math.inf if least is None else least), (math.inf if most is None else most)
            wanted.append((column, low / unit, high / unit))
    return wanted


def _bits(value: Any) -> int:
    """Return an identity as unsigned 64 bits."""
    return int(value) & 0xFFFF_FFFF_FFFF_FFFF
