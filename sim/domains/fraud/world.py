"""The bank's world of one episode: campaigns play on a ledger; everybody else is lived when it is recorded."""

from __future__ import annotations

from collections.abc import Sequence

from sim.domains.base import Setup
from sim.domains.fraud import layout as c
from sim.domains.fraud.agenda import Agenda
from sim.domains.fraud.allocation import give_large_arrays_back
from sim.domains.fraud.bank import Bank
from sim.domains.fraud.campaigns import run_campaign
from sim.domains.fraud.controls_cases import Suspicion
from sim.domains.fraud.controls_reports import Reports
from sim.domains.fraud.ledger import Ledger, Posted
from sim.domains.fraud.presets import TABLE as PRESETS
from sim.domains.fraud.rings import Roll
from sim.domains.fraud.trace import BankTrace
from sim.recording import Occurrence

__all__ = ["World", "merchants_for", "simulate"]


def simulate(setup: Setup) -> BankTrace:
    """Run one episode of the fraud domain and return what it leaves behind."""
    world = World(setup)
    world.clock.run(setup.duration)
    world.ledger.settle()
    world.close()
    return BankTrace(world)


def merchants_for(customers: int) -> int:
    """Return how many merchants there are unless a scenario says so.

    About one per 20 customers, rounded up to a power of two: so one more customer hardly ever opens a shop,
    which would change where everybody buys.
    """
    return max(1 << (max(customers // 20, 1) - 1).bit_length(), 512)


class World:
    """The state of a running episode: the bank, the ledger, the rings, and the clock."""

    def __init__(self, setup: Setup) -> None:
        """Open the bank and start the campaigns."""
        give_large_arrays_back()
        values = setup.world
        if setup.clock is None:
            raise ValueError("a bank needs a start with a time zone")
        customers = int(values["customers"])
        merchants = values["merchants"]
        self.setup = setup
        self.clock = Agenda()
        self.bank = Bank.open(
            setup.noise,
            preset=PRESETS[values["preset"]],
            clock=setup.clock,
            duration=setup.duration,
            customers=customers,
            merchants=merchants_for(customers) if merchants is None else int(merchants),
            controls=values["controls"],
        )
        self.ledger = Ledger(self.bank)
        self.roll = Roll()
        self.occurrences: list[Occurrence] = []
        self.reports = None if values["controls"] is None else Reports(self, values["controls"])
        self.ledger.listeners.append(self._hear)
        for campaign in values["campaigns"]:
            run_campaign(self, campaign)

    @property
    def now_ms(self) -> int:
        """The present moment [ms]."""
        return round(self.clock.now * 1000)

    def close(self) -> None:
        """Note, after the end, when accounts of rings were blocked, and who reported them."""
        for report in self.reports.made if self.reports is not None else ():
            self.roll.marks[report.mark].ring.reports.append(report.t / 1000.0)
        for ring in self.roll.rings:
            for customer, first in ring.accounts.items():
                spans = self.ledger.blocks(customer)
                begins = spans[(spans[:, 1] - spans[:, 0] > 1) & (spans[:, 1] > first), 0]
                if len(begins) and begins.min() < self.bank.end:
                    moment = max(int(begins.min()), first) / 1000.0
                    ring.blocked = moment if ring.blocked is None else min(ring.blocked, moment)

    def tell(self, happening: str, **fields: object) -> None:
        """Note that something happened now."""
        self.occurrences.append(Occurrence(self.clock.now, happening, fields))

    def _hear(
        self, customer: int, what: Sequence[int], posted: Posted, suspicions: Sequence[Suspicion]
    ) -> None:  # fmt: skip
        """Note what controls and victims make of an entry of a crime."""
        if what[c.MARK] < 0:
            return
        ring = self.roll.marks[what[c.MARK]].ring
        ring.accounts.setdefault(customer, posted.t)
        if suspicions:
            ring.alerts += [one.t / 1000.0 for one in suspicions]
        if self.reports is not None:
            self.reports.heard(customer, what, posted)
