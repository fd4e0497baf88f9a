"""Entries of a ring on the ledger: debits now, credits when the money arrives, each with its mark and cause."""

from __future__ import annotations

from collections.abc import Mapping
from enum import Enum
from typing import TYPE_CHECKING, Any

from sim.domains.fraud import layout as c
from sim.domains.fraud.campaign_roles import Casting, Member, shop_of_kind
from sim.domains.fraud.categories import CASH
from sim.domains.fraud.rings import Login, Mark, Ring
from sim.noise import hash64

if TYPE_CHECKING:
    from sim.domains.fraud.ledger import Posted
    from sim.domains.fraud.world import World
    from sim.worlds.process import Process

__all__ = ["Outcome", "Postbox"]

_INSTANT = (1.0, 9.0)
"""How long an instant payment takes [s]; the SEPA scheme allows 10."""
_CONTACTLESS, _CONTACTLESS_SHARE = 50.0, 0.8
"""Small amounts are mostly paid contactless, as in `intents`."""
_WRONG = {c.CARD_NOT_PRESENT: c.WRONG_CVV, c.CARD_PRESENT: c.WRONG_PIN}
_CHANNELS = {
    "mobile_money": c.MOBILE,
    "cash": c.CASH_DESK,
    "card_present": c.CARD_PRESENT,
    "card_not_present": c.CARD_NOT_PRESENT,
}
_ENTRIES = {"chip": c.CHIP, "contactless": c.CONTACTLESS, "magstripe": c.MAGSTRIPE}
_MINOR = 100.0
_MIXED = 7919.0
"""Makes another uniform of one, for a second question about the same order."""


class Outcome(Enum):
    """What came of a movement: it was made, refused, refused so that the sender gives up, or there was none."""

    MOVED = 0
    REFUSED = 1
    STOP = 2
    NOTHING = 3


class Postbox:
    """Posts the entries of one ring."""

    def __init__(self, world: World, ring: Ring, casting: Casting) -> None:
        """Post for a ring of an episode; `casting` knows its attacks."""
        self._world, self._ring, self._casting = world, ring, casting

    def send(
        self, step: Mapping[str, Any], stage: int, sender: Member | None, receiver: Member | None, amount: int,
        *, u: float, is_wrong: bool,
    ) -> int:  # fmt: skip
        """Let money go from one to the other and return the status of the order.

        Args:
            step: of the campaign.
            stage: number of the step.
            sender: None for cash that is paid in.
            receiver: None for cash that is taken.
            amount: in minor units.
            u: uniform, for what is drawn about the order.
            is_wrong: whether card details are wrong.
        """
        world, ring = self._world, self._ring
        debited: Posted | None = None
        is_inside = sender is not None and sender.customer >= 0
        is_credit = receiver is not None and receiver.customer >= 0
        payment = 0
        if is_inside and is_credit:
            payment = hash64("ring payment", ring.name, ring.entries, int(world.bank.town.noise[0]))
        if sender is not None and is_inside:
            what = self._debit(step, sender, receiver, amount, u)
            what[c.PAYMENT] = payment
            if is_wrong:
                what[c.REFUSE] = _WRONG.get(what[c.CHANNEL], c.DO_NOT_HONOUR)
            if step["device"] == "ring":
                what[c.DEVICE] = self._casting.device
            debited = self._post(sender, what, stage, sender.cause, sender.victim)
            if not debited.accepted:
                return debited.status
        cause = (
            debited.id if debited is not None else sender.cause if sender is not None else self._casting.root
        )
        victim = sender.victim if sender is not None else -1
        delay = self._delay(step, u)
        if receiver is not None:
            if sender is None:
                cause = receiver.cause
            receiver.due = max(receiver.due, world.clock.now + delay)
            arriving = None
            if is_credit:
                arriving = self._credit(step, sender, amount, u)
                arriving[c.PAYMENT] = payment
            world.clock.start(self._arrive(receiver, arriving, stage, amount, cause, victim, delay))
        if sender is not None:
            sender.held = max(sender.held - amount, 0)
        if is_inside or is_credit:
            ring.move(world.clock.now, amount, out=is_inside and not is_credit)
        return c.SETTLED

    def login(self, step: Mapping[str, Any], stage: int, owner: Member) -> None:
        """Let somebody log in to a customer's account; what follows descends from it."""
        world = self._world
        device = self._casting.device if step["device"] == "ring" else 0
        mark = world.roll.mark(Mark(self._ring, owner.role, stage, 0, owner.cause, owner.victim))
        world.roll.logins.append(Login(owner.customer, world.now_ms, device, True, mark))
        owner.cause = self._casting.attack(f"login, {self._ring.typology}", "account", owner.party)

    def _arrive(
        self, receiver: Member, what: dict[int, int] | None, stage: int, amount: int, cause: int, victim: int,
        delay: float,
    ) -> Process:  # fmt: skip
        """Let money arrive after a while; without an entry where the receiver is not of this bank."""
        yield self._world.clock.wait(delay)
        if what is not None:
            posted = self._post(receiver, what, stage, cause, victim)
            if not posted.accepted:
                return
            cause = posted.id
        receiver.held += amount
        receiver.largest = max(receiver.largest, amount)
        receiver.cause = cause
        if victim >= 0:
            receiver.victim = victim

    def _post(self, member: Member, what: dict[int, int], stage: int, cause: int, victim: int) -> Posted:
        world, ring = self._world, self._ring
        mark = Mark(ring, member.role, stage, ring.entries + 1, cause, victim)
        what[c.BY] = _giver(member, what)
        what[c.MARK] = world.roll.mark(mark)
        posted = world.ledger.post(
            member.customer,
            what,
            t=world.now_ms,
            about=(ring.name, ring.entries),
        )
        ring.entries += 1
        ring.refused += not posted.accepted
        return posted

    # -- what entries look like ----------------------------------------------------------------------------

    def _debit(
        self, step: Mapping[str, Any], sender: Member, receiver: Member | None, amount: int, u: float
    ) -> dict[int, int]:
        town = self._world.bank.town
        channel = self._channel(step, u)
        if receiver is None or (receiver.shop >= 0 and int(town.kind[receiver.shop]) == CASH):
            city = int(self._world.ledger.person(sender.customer)[c.CITY])
            shop = shop_of_kind(town, CASH, city, u) if receiver is None else receiver.shop
            by_phone = channel == c.MOBILE
            entry = c.AGENT if by_phone else _ENTRIES.get(step["entry"], c.CHIP)
            return _what(
                c.WITHDRAWAL, -amount, c.MOBILE if by_phone else c.CASH_DESK, int(town.identity[shop]), entry,
                shop, int(town.place[shop]),
            )  # fmt: skip
        if receiver.shop >= 0:
            place = int(town.place[receiver.shop])
            entry = self._card_entry(step, channel, amount, u)
            return _what(c.PURCHASE, -amount, channel, receiver.party, entry, receiver.shop, place)
        entry = c.APP if u < 0.7 else c.ONLINE_BANKING
        return _what(c.CREDIT_TRANSFER, -amount, channel, receiver.party, entry)

    def _credit(self, step: Mapping[str, Any], sender: Member | None, amount: int, u: float) -> dict[int, int]:
        channel = self._channel(step, u)
        if sender is None:  # all of it with agents where there are any, as honest people bring theirs
            by_phone = bool(self._world.bank.town.settings[c.PHONE_SHARE] > 0.0)
            entry = c.AGENT if by_phone else c.NO_ENTRY
            return _what(c.DEPOSIT, amount, c.MOBILE if by_phone else c.CASH_DESK, 0, entry)
        if sender.shop >= 0:
            kind = c.CHARGEBACK if step["as"] == "chargeback" else c.REFUND
            place = int(self._world.bank.town.place[sender.shop])
            entry = self._card_entry(step, channel, amount, u)
            return _what(kind, amount, channel, sender.party, entry, sender.shop, place)
        return _what(c.CREDIT_TRANSFER, amount, channel, sender.party, c.NO_ENTRY)

    def _card_entry(self, step: Mapping[str, Any], channel: int, amount: int, u: float) -> int:
        if channel == c.CARD_NOT_PRESENT:
            return c.ECOMMERCE
        if channel == c.MOBILE:
            return c.APP
        if step["entry"] is not None:
            return _ENTRIES[step["entry"]]
        level = float(self._world.bank.town.settings[c.PRICE_LEVEL])
        is_small = amount < _CONTACTLESS * _MINOR * level
        return c.CONTACTLESS if is_small and u < _CONTACTLESS_SHARE else c.CHIP

    def _channel(self, step: Mapping[str, Any], u: float) -> int:
        """Return the code of a step's channel; what goes to a person goes as people of that bank send it."""
        if step["channel"] not in ("payment", "instant", "transfer"):
            return _CHANNELS[step["channel"]]
        settings, v = self._world.bank.town.settings, u * _MIXED % 1.0
        if v < settings[c.PHONE_SHARE]:
            return c.MOBILE
        if step["channel"] != "payment":
            return c.INSTANT if step["channel"] == "instant" else c.TRANSFER
        rest = (v - settings[c.PHONE_SHARE]) / max(1.0 - settings[c.PHONE_SHARE], 1e-9)
        return c.INSTANT if rest < settings[c.INSTANT_SHARE] else c.TRANSFER

    def _delay(self, step: Mapping[str, Any], u: float) -> float:
        """Return the time until money is there [s]: transfers on the next day banks work, as honest ones."""
        low, high = _INSTANT
        if self._channel(step, u) != c.TRANSFER:
            return low + (high - low) * u
        bank, now = self._world.bank, self._world.clock.now
        day = bank.days[bank.day_of(self._world.now_ms), c.NEXT_OPEN]
        return float(bank.days[day, c.MIDNIGHT]) / 1000.0 + (6.0 + 6.0 * u) * 3600.0 - now


def _giver(member: Member, what: Mapping[int, int]) -> int:
    """Return who gives an order: what the owner of the account will say if the bank asks."""
    if member.victim != member.customer:
        return c.ACCOMPLICE
    is_card = what[c.KIND] in (c.PURCHASE, c.WITHDRAWAL) and what[c.CHANNEL] != c.MOBILE
    return c.STRANGER if is_card or member.is_robbed or what.get(c.DEVICE, 0) else c.DECEIVED


def _what(
    kind: int, amount: int, channel: int, party: int, entry: int, shop: int = c.NO_SHOP, place: int = -1
) -> dict[int, int]:
    return {
        c.KIND: kind, c.AMOUNT: amount, c.CHANNEL: channel, c.PARTY: party & 0xFFFF_FFFF_FFFF_FFFF,
        c.ENTRY: entry, c.SHOP: shop, c.PLACE: place,
    }  # fmt: skip
