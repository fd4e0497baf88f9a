"""The bank's world of one episode: campaigns play on a ledger; everybody else is lived when it is recorded."""

from __future__ import annotations

from collections.abc import Sequence

from sim.domains.base import Setup
from sim.domains.fraud.bank import Bank
from sim.domains.fraud.campaigns import run_campaign
from sim.domains.fraud.ledger import Ledger
from sim.domains.fraud.presets import TABLE as PRESETS
from sim.domains.fraud.rings import Roll
from sim.domains.fraud.trace import BankTrace
from sim.recording import Occurrence
from sim.worlds.process import Clock

__all__ = ["World", "merchants_for", "simulate"]


def simulate(setup: Setup) -> BankTrace:
    """Run one episode of the fraud domain and return what it leaves behind."""
    world = World(setup)
    world.clock.run(setup.duration)
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
        values = setup.world
        if setup.clock is None:
            raise ValueError("a bank needs a start with a time zone")
        customers = int(values["customers"])
        merchants = values["merchants"]
        self.setup = setup
        self.clock = Clock(self)
        self.bank = Bank.open(
            setup.noise,
            preset=PRESETS[values["preset"]],
            clock=setup.clock,
            duration=setup.duration,
            customers=customers,
            merchants=merchants_for(customers) if merchants is None else int(merchants),
        )
        self.ledger = Ledger(self.bank)
        self.roll = Roll()
        self.occurrences: list[Occurrence] = []
        for campaign in values["campaigns"]:
            run_campaign(self, campaign)

    @property
    def now_ms(self) -> int:
        """The present moment [ms]."""
        return round(self.clock.now * 1000)

    def tell(self, happening: str, **fields: object) -> None:
        """Note that something happened now."""
        self.occurrences.append(Occurrence(self.clock.now, happening, fields))

    # -- what the clock asks ------------------------------------------------------------------------------

    def advance(self, until: float) -> tuple[float, Sequence[int], bool]:
        """Do nothing: customers are lived when somebody looks at their accounts."""
        return until, (), False

    def arm(self, watch: int, *, armed: bool) -> None:
        """Refuse: nothing can be watched, for nobody is lived unasked."""
        raise NotImplementedError(f"watch {watch} cannot be armed ({armed})")
