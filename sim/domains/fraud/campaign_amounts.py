"""How much criminals and victims pay: drawn, then written as people, merchants and machines write amounts."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from sim.domains.fraud import layout as c
from sim.domains.fraud.campaign_roles import Member
from sim.domains.fraud.draws import charged, lognormal
from sim.domains.fraud.shops import Town

if TYPE_CHECKING:
    from sim.domains.fraud.beats import Beat
    from sim.domains.fraud.campaign_play import Play

__all__ = ["amount_of", "written"]

_MINOR = 100
_KEPT = (0.03, 0.25)
"""Who pays from an account leaves at least such a share of what could be spent; an assumption."""
_TOO_LITTLE = 0.1
"""Who has less than this share of what is wanted pays nothing; an assumption."""


def amount_of(
    play: Play,
    step: Mapping[str, Any],
    beat: Beat,
    sender: Member | None,
    receiver: Member | None,
    *,
    again: int,
    parts: int,
    wanted: float | None = None,
) -> int:
    """Return how much a movement is to move [minor units]; less than 1 for nothing.

    Who pays from an account of this bank by transfer, or takes cash, knows what is there and leaves something,
    and knows how much cash a machine gives in a day; who passes on what came from the ring knows what may be
    sent in a day. At a merchant, and by those who are deceived, it is tried, and the bank may refuse.

    Args:
        play: the ring's.
        step: of the campaign.
        beat: where in the play this is.
        sender: None for cash.
        receiver: None for cash.
        again: how often the sender has done this before.
        parts: among how many receivers a share is still to be divided.
        wanted: the amount before it is written; drawn if None.
    """
    most = math.inf
    is_passed_on = step["share"] is not None and sender is not None and sender.held > 0
    if wanted is None:
        wanted = (
            sender.held * play.drawn(step["share"], beat) / parts
            if is_passed_on and sender is not None
            else _first(play, step, beat, sender, receiver) * play.drawn(step["grow"], beat) ** again
        )
    if is_passed_on and sender is not None:
        most = sender.held
    if sender is not None and sender.customer >= 0 and (receiver is None or receiver.shop < 0):
        least, largest = _KEPT
        kept = least + (largest - least) * play.uniform("kept", beat)
        most = min(most, (1.0 - kept) * play.world.ledger.available(sender.customer, play.world.now_ms))
        if receiver is None or is_passed_on:
            limit = c.CASH_LIMIT if receiver is None else c.TRANSFER_LIMIT
            most = min(most, float(play.world.ledger.person(sender.customer)[limit]))
    if wanted < 1.0 or most < _TOO_LITTLE * wanted:
        return 0
    atom = play.uniform("written", beat)
    amount = written(play, step, min(wanted, most), atom, sender, receiver)
    if amount > most:  # rounding must not take what is not there
        amount = int(most) - int(most) % (_MINOR if most >= 2 * _MINOR else 1)
    return amount


def written(
    play: Play, step: Mapping[str, Any], size: float, atom: float, sender: Member | None,
    receiver: Member | None,
) -> int:  # fmt: skip
    """Return an amount [minor units] as it is written.

    Args:
        play: the ring's.
        step: of the campaign.
        size: before rounding [minor units].
        atom: uniform that decides how it is rounded.
        sender: None for cash.
        receiver: None for cash.
    """
    town = play.world.bank.town
    shops = [one.shop for one in (sender, receiver) if one is not None and one.shop >= 0]
    is_cash = sender is None or (receiver is None and step["channel"] != "login")
    how = step["written"] or ("notes" if is_cash else "price" if shops else "people")
    if how == "exact":
        return round(size)
    if how == "notes":
        return _in_notes(town, size)
    if how == "price" and shops:
        kind = town.kinds[int(town.kind[shops[0]])]
        if kind[c.WHOLE] >= 1.0:  # a cash machine, or an agent
            return _in_notes(town, size)
        return int(charged(size, atom, kind[c.WHOLE], kind[c.CHARM], _MINOR))
    return int(charged(size, atom, 0.62, 0.01, _MINOR))  # as in `payments`


def _in_notes(town: Town, size: float) -> int:
    notes = int(town.settings[c.CASH_STEP]) * _MINOR
    return max(round(size / notes), 1) * notes


def _first(
    play: Play, step: Mapping[str, Any], beat: Beat, sender: Member | None, receiver: Member | None
) -> float:
    """Return the amount of a movement that does not pass on what came before [minor units]."""
    world = play.world
    if step["amount"] is not None:
        return play.drawn(step["amount"], beat) * _MINOR
    if step["of_reported"] is not None:
        return world.bank.preset.reported * _MINOR * play.drawn(step["of_reported"], beat)
    owner = next((one for one in (sender, receiver) if one is not None and one.customer >= 0), None)
    if step["of_available"] is not None and owner is not None:
        there = max(world.ledger.available(owner.customer, world.now_ms), 0)
        return there * play.drawn(step["of_available"], beat)
    if step["of_income"] is not None and owner is not None:
        return float(world.ledger.person(owner.customer)[c.INCOME]) * play.drawn(step["of_income"], beat)
    shop = next((one.shop for one in (receiver, sender) if one is not None and one.shop >= 0), -1)
    if step["of_price"] is not None and shop >= 0:
        town = world.bank.town
        kind = town.kinds[int(town.kind[shop])]
        taste = float(world.ledger.person(owner.customer)[c.TASTE]) if owner is not None else 0.0
        middle = kind[c.LOG_MEDIAN] + taste + kind[c.SIGMA] * town.level[shop]  # as in `intents`
        usual = lognormal(play.uniform("price", beat), middle, kind[c.SIGMA])
        return float(usual) * play.drawn(step["of_price"], beat)
    return 0.0
