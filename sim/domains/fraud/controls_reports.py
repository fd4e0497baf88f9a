"""Reports of customers: they find what they did not order, or see that they were deceived, and tell the bank.

The bank then blocks the card, or the account until its owner can log in again; looks into the account the money
went to if it keeps it; and charges back what was paid with the card. All of it happens on the ledger.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from sim.domains.fraud import layout as c
from sim.domains.fraud.controls_cases import Report
from sim.domains.fraud.draws import lognormal

if TYPE_CHECKING:
    from sim.domains.fraud.ledger import Posted
    from sim.domains.fraud.world import World
    from sim.worlds.process import Process

__all__ = ["ENTITY", "Reports"]

ENTITY = "reports"
"""Entity under which reports draw."""

_NEW_ACCESS = (
    86400.0  # time until the owner of an account that was taken over can use it again [s]; an assumption
)
_CARDS = (c.CARD_PRESENT, c.CARD_NOT_PRESENT)
_WHO_REPORTS = {c.STRANGER: "stranger", c.DECEIVED: "deceived"}


class Reports:
    """Listens to what is posted by crimes, and lets customers report it."""

    def __init__(self, world: World, settings: Mapping[str, Any]) -> None:
        """Listen in a world; `settings` is what stands under `controls:`."""
        self._world, self._settings = world, settings["reports"]
        self._renewal = settings["investigators"]["card_renewal"]
        self._payees: dict[int, int] = {}
        self.made: list[Report] = []

    def heard(self, customer: int, what: Sequence[int], posted: Posted) -> None:
        """Note an entry that a crime made; its customer may report it later."""
        if not posted.accepted or what[c.MARK] < 0:
            return
        if posted.amount > 0:
            self._payees[what[c.PAYMENT]] = customer
            return
        kind = _WHO_REPORTS.get(what[c.BY] & 3)
        if kind is None or self._uniform("share", posted.id) >= self._settings[kind]["share"]:
            return
        self._world.clock.start(self._report(customer, what, posted, self._settings[kind]))

    def _uniform(self, stream: str, id: int) -> float:
        return self._world.setup.noise.uniform(ENTITY, stream, id >> 20, self._world.clock.now)

    def _delay(self, stream: str, id: int, median: float, spread: float) -> float:
        """Return a lognormal time [s]."""
        return float(lognormal(self._uniform(stream, id), math.log(max(median, 1e-3)), spread))

    def _report(self, customer: int, what: Sequence[int], posted: Posted, how: Mapping[str, Any]) -> Process:
        world = self._world
        yield world.clock.wait(self._delay("after", posted.id, how["after"], how["spread"]))
        t, is_card = world.now_ms, what[c.CHANNEL] in _CARDS or what[c.KIND] == c.WITHDRAWAL
        report = Report(what[c.MARK], customer, posted.id, t, -posted.amount)
        self.made.append(report)
        if is_card:
            world.ledger.block_card(customer, t, until=t + round(self._renewal * 1000))
        elif what[c.BY] & 3 == c.STRANGER:
            world.ledger.block_account(customer, t, until=t + round(_NEW_ACCESS * 1000))
        payee = self._payees.get(what[c.PAYMENT]) if what[c.PAYMENT] else None
        if payee is not None and self._uniform("freezes", posted.id) < self._settings["freezes"]:
            world.clock.start(self._freeze(payee, posted.id))
        if is_card and self._uniform("charged back", posted.id) < self._settings["charged_back"]:
            yield from self._charge_back(customer, what, report)

    def _freeze(self, payee: int, id: int) -> Process:
        """Block the account that money went to, after an inquiry."""
        wait = self._delay("inquiry", id, self._settings["inquiry"], self._settings["spread"])
        yield self._world.clock.wait(wait)
        self._world.ledger.block_account(payee, self._world.now_ms)

    def _charge_back(self, customer: int, what: Sequence[int], report: Report) -> Process:
        """Give the money back."""
        wait = self._delay(
            "chargeback", report.entry, self._settings["chargeback_after"], self._settings["spread"]
        )
        yield self._world.clock.wait(wait)
        copied = (c.CHANNEL, c.PARTY, c.SHOP, c.PLACE)
        money = {c.KIND: c.CHARGEBACK, c.AMOUNT: report.amount, c.MARK: -1} | {k: what[k] for k in copied}
        posted = self._world.ledger.post(
            customer, money, t=self._world.now_ms, about=("chargeback", report.entry)
        )
        if posted.id:
            report.charged_back, report.chargeback = posted.t, posted.id
