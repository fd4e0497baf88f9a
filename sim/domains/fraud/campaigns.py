"""Campaigns: rings begin at random, take their people from the bank, and move money step by step."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from sim.domains.fraud import layout as c
from sim.domains.fraud.codes import SEGMENTS
from sim.domains.fraud.draws import ENTITIES, identity, poisson
from sim.domains.fraud.rings import Mark, Ring
from sim.noise import hash64

if TYPE_CHECKING:
    from sim.domains.fraud.world import World
    from sim.worlds.process import Process

__all__ = ["Member", "run_campaign"]

_TRIES = 400
"""How many customers are looked at for one who fits a role."""
_CHANNELS = {"instant": c.INSTANT, "transfer": c.TRANSFER, "mobile_money": c.MOBILE, "cash": c.CASH_DESK}
_INSTANT = 2.0  # how long an instant payment takes [s]; within the 10 s of the SEPA scheme
_BEATS = 1 << 20  # draws of one ring are numbered from its number times this
_MEAN = 20.0  # rings that are drawn at a time, so that a Poisson number stays small


@dataclass
class Member:
    """Someone who plays a role.

    Args:
        role: which.
        customer: number; -1 for somebody outside.
        party: identity of the account, as counterparties see it.
        held: money got from the ring and not sent on yet [minor units].
        source: identity of the entry that brought it.
    """

    role: str
    customer: int
    party: int
    held: int = 0
    source: int = 0


def run_campaign(world: World, campaign: Mapping[str, Any]) -> None:
    """Start the processes of all rings of a campaign."""
    noise, name = world.setup.noise, campaign["id"]
    mean = campaign["rate"] * campaign["boost"] * world.bank.customers * world.setup.duration
    parts = int(mean // _MEAN) + 1
    number = 0
    for part in range(parts):
        length = world.setup.duration / parts
        for _ in range(poisson(noise.uniform(name, "count", part, part * length), mean / parts)):
            began = length * (part + noise.uniform(name, "begins", number, part * length))
            mark = noise.uniform(name, "mark", number, began)
            ring = Ring(name, campaign["typology"] or name, number, began, mark, 1.0 / campaign["boost"])
            world.roll.rings.append(ring)
            world.clock.start(_Play(world, campaign, ring).run())
            number += 1


class _Play:
    """One ring at work."""

    def __init__(self, world: World, campaign: Mapping[str, Any], ring: Ring) -> None:
        self.world, self.campaign, self.ring = world, campaign, ring
        self.members: dict[str, list[Member]] = {}
        self._beat = 0

    def run(self) -> Process:
        """Take people, then go through the steps."""
        world, ring = self.world, self.ring
        yield world.clock.until(ring.began)
        for role in self.campaign["roles"]:
            self.members[role["role"]] = self._cast(role)
            if not self.members[role["role"]]:
                ring.dropped = role["role"]
                world.tell("ring_dropped", campaign=ring.campaign, ring=ring.name, role=role["role"])
                return
        world.tell("ring_began", campaign=ring.campaign, ring=ring.name)
        for stage, step in enumerate(self.campaign["steps"], start=1):
            receivers = self.members[step["to"]]
            for turn, sender in enumerate(self.members[step["from"]]):
                yield world.clock.wait(self._drawn(step["after"]))
                self._move(step, stage, sender, receivers[turn % len(receivers)])

    def _drawn(self, source: Any) -> float:
        """Return a number that may be drawn anew at every use."""
        self._beat += 1
        if isinstance(source, (int, float)):
            return float(source)
        index = self.ring.number * _BEATS + self._beat
        return float(source.draw(self.world.setup.noise, self.ring.campaign, index, self.world.clock.now))

    def _cast(self, role: Mapping[str, Any]) -> list[Member]:
        """Return those who play a role; none if the bank has not enough who fit."""
        key, name = self.world.bank.town.noise[0], role["role"]
        found: list[Member] = []
        for k in range(round(self._drawn(role["count"]))):
            if role["from"] == "outside":
                number = hash64(self.ring.name, name, k) >> 20
                found.append(Member(name, -1, int(identity(key, ENTITIES["outsider"], number))))
                continue
            customer = self._customer(role, k)
            if customer < 0:
                return []
            found.append(Member(name, customer, int(identity(key, ENTITIES["account"], customer))))
        return found

    def _customer(self, role: Mapping[str, Any], k: int) -> int:
        world = self.world
        taken = {one.customer for members in self.members.values() for one in members}
        for attempt in range(_TRIES):
            index = (self.ring.number * _BEATS + k) * _TRIES + attempt
            u = world.setup.noise.uniform(self.ring.campaign, f"cast {role['role']}", index, world.clock.now)
            customer = int(u * world.bank.customers)
            if customer not in taken and self._fits(role, world.bank.people(np.array([customer]))[0][0]):
                return customer
        return -1

    def _fits(self, role: Mapping[str, Any], person: np.ndarray) -> bool:
        if role["segment"] != "any" and SEGMENTS[int(person[c.SEGMENT])] != role["segment"]:
            return False
        return role["open_for"] is None or person[c.OPENED] * 86400.0 <= role["open_for"]

    def _move(self, step: Mapping[str, Any], stage: int, sender: Member, receiver: Member) -> None:
        """Let money go from one to the other, as far as the sender's account gives it."""
        world, ring = self.world, self.ring
        t = world.now_ms
        share = step["share"]
        wanted = self._drawn(step["amount"]) * 100.0 if share is None else sender.held * self._drawn(share)
        amount = round(wanted)
        if sender.customer >= 0:
            amount = min(amount, world.ledger.available(sender.customer, t))
        if amount < 1:
            return
        channel = _CHANNELS[step["channel"]]
        both = sender.customer >= 0 and receiver.customer >= 0
        payment = hash64("ring payment", ring.name, ring.entries, int(world.bank.town.noise[0])) if both else 0
        victim = next((one.customer for members in self.members.values() for one in members), -1)
        cause = sender.source
        if sender.customer >= 0:
            posted = self._post(sender, receiver, -amount, channel, payment, stage, cause, victim, t)
            if posted is None:
                return
            cause = posted
        if receiver.customer >= 0:
            world.clock.start(self._arrive(receiver, sender, amount, channel, payment, stage, cause, victim))
        sender.held = max(sender.held - amount, 0)
        ring.move(world.clock.now, amount, out=sender.customer >= 0 and receiver.customer < 0)

    def _arrive(
        self, receiver: Member, sender: Member, amount: int, channel: int, payment: int, stage: int, cause: int,
        victim: int,
    ) -> Process:  # fmt: skip
        """Let money arrive some seconds after it was sent."""
        yield self.world.clock.wait(_INSTANT)
        t = self.world.now_ms
        arrived = self._post(receiver, sender, amount, channel, payment, stage, cause, victim, t)
        if arrived is not None:
            receiver.held += amount
            receiver.source = arrived

    def _post(
        self, member: Member, other: Member, amount: int, channel: int, payment: int, stage: int, cause: int,
        victim: int, t: int,
    ) -> int | None:  # fmt: skip
        """Post to a member's account and return the entry's identity, None if it was refused."""
        ring = self.ring
        mark = self.world.roll.mark(Mark(ring, member.role, stage, ring.entries + 1, cause, victim))
        kind = (c.WITHDRAWAL if amount < 0 else c.DEPOSIT) if channel == c.CASH_DESK else c.CREDIT_TRANSFER
        entry = c.APP if amount < 0 and channel != c.CASH_DESK else c.NO_ENTRY
        what = {
            c.KIND: kind, c.AMOUNT: amount, c.CHANNEL: channel, c.PARTY: other.party, c.ENTRY: entry,
            c.MARK: mark, c.PAYMENT: payment,
        }  # fmt: skip
        posted = self.world.ledger.post(member.customer, what, t=t, about=(ring.name, ring.entries))
        ring.entries += 1
        return posted.id if posted.accepted else None
