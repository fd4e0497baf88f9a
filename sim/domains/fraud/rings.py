"""What rings do, entry by entry: the truth that labels, the table of rings and events are made of."""

from __future__ import annotations

from dataclasses import dataclass, field

__all__ = ["Attack", "Login", "Mark", "Ring", "Roll"]


@dataclass(frozen=True, slots=True)
class Mark:
    """What is true of one entry that a crime made.

    Args:
        ring: it belongs to.
        role: of the account's owner.
        stage: step of the crime, from 1.
        sequence: number of the entry within the ring, from 1.
        cause: identity of the entry by which the money came, or of the attack it descends from.
        victim: number of the customer who loses; -1 for somebody outside.
    """

    ring: Ring
    role: str
    stage: int
    sequence: int
    cause: int = 0
    victim: int = -1


@dataclass(frozen=True, slots=True)
class Attack:
    """What criminals did before money moved: the root of causes.

    Args:
        ring: it belongs to.
        id: its identity, unsigned 64 bits.
        t: moment [s].
        action: what was done, in words.
        kind: of what was compromised: account, card, device, identity, person, merchant, or none.
        compromised: identity of that; 0 for none.
        entry: honest entry in which it happened, such as the payment at which a card was skimmed; 0 for none.
        terminal: where that was; 0 for nowhere.
    """

    ring: Ring
    id: int
    t: float
    action: str
    kind: str
    compromised: int = 0
    entry: int = 0
    terminal: int = 0


@dataclass(frozen=True, slots=True)
class Login:
    """Somebody logged in to a customer's account, or tried to.

    Args:
        customer: number of the owner.
        t: moment [ms].
        device: identity of the device; 0 for one of the owner's.
        accepted: whether it succeeded.
        mark: number of its mark, -1 for an honest one.
    """

    customer: int
    t: int
    device: int
    accepted: bool
    mark: int


@dataclass(slots=True)
class Ring:
    """One crime.

    Args:
        campaign: id of its campaign.
        typology: its name in labels.
        number: of the ring within the campaign.
        began: moment [s].
        mark: uniform; below 1/boost the ring is of the natural world.
        weight: rings of the natural world it stands for.
        dropped: role that nobody could play, None if it took place.
        movements: (moment [s], money that moved so far, money that left the bank so far) in minor units.
        entries: how many it made.
        refused: how many of these were refused.
        untried: movements that were never tried, as the sender had not the money.
        is_finished: whether it came to its last step before the end of the episode.
        accounts: number of each customer it posted to -> moment of the first entry [ms].
        alerts: moments at which controls suspected its orders [s], in the order of the orders.
        reports: moments at which its victims told the bank [s].
        blocked: moment at which the first of its accounts was blocked [s]; None if none was.
    """

    campaign: str
    typology: str
    number: int
    began: float
    mark: float
    weight: float
    dropped: str | None = None
    movements: list[tuple[float, int, int]] = field(default_factory=list)
    entries: int = 0
    refused: int = 0
    untried: int = 0
    is_finished: bool = False
    accounts: dict[int, int] = field(default_factory=dict)
    alerts: list[float] = field(default_factory=list)
    reports: list[float] = field(default_factory=list)
    blocked: float | None = None

    @property
    def alerted(self) -> float | None:
        """Moment of its first alert [s]; None if there was none."""
        return min(self.alerts, default=None)

    @property
    def name(self) -> str:
        """Which ring it is, for people."""
        return f"{self.campaign}_{self.number}"

    @property
    def moved(self) -> int:
        """Money moved so far [minor units]."""
        return self.movements[-1][1] if self.movements else 0

    def move(self, t: float, amount: int, *, out: bool) -> None:
        """Note that money moved."""
        moved, left = self.movements[-1][1:] if self.movements else (0, 0)
        self.movements.append((t, moved + amount, left + (amount if out else 0)))


@dataclass
class Roll:
    """All rings of an episode, the mark of every entry they made, and their attacks, in the order of time."""

    rings: list[Ring] = field(default_factory=list)
    marks: list[Mark] = field(default_factory=list)
    attacks: list[Attack] = field(default_factory=list)
    logins: list[Login] = field(default_factory=list)

    def mark(self, mark: Mark) -> int:
        """Keep a mark and return its number, which stands in the entry."""
        self.marks.append(mark)
        return len(self.marks) - 1
