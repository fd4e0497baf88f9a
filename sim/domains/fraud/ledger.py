"""The ledger as campaigns and controls use it: it lives only those customers somebody asks about.

Whatever is done here to an account is kept as an injection; a book of all customers that is given the same
injections comes to the same entries.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np

from sim.domains.fraud import layout as c
from sim.domains.fraud.bank import Bank
from sim.domains.fraud.living import live
from sim.domains.fraud.posting import post, start_account
from sim.noise import hash64

__all__ = ["Injection", "Ledger", "Posted"]

_ROOM = 4096
_FROM_CAMPAIGNS = 1 << 56


@dataclass(frozen=True)
class Injection:
    """Something done to an account from outside its owner's habits.

    Args:
        customer: number of the owner.
        t: moment [ms].
        what: (INTENT,) as kernels take it.
    """

    customer: int
    t: int
    what: tuple[int, ...]


@dataclass(frozen=True)
class Posted:
    """What came of a posting.

    Args:
        status: code of the refusal, 0 for none.
        amount: signed, in minor units.
        balance: of the account afterwards.
        t: moment of the entry [ms].
        id: identity of the entry, unsigned 64 bits.
    """

    status: int
    amount: int
    balance: int
    t: int
    id: int

    @property
    def accepted(self) -> bool:
        """Whether the money moved."""
        return self.status == c.SETTLED


@dataclass
class _Account:
    people: np.ndarray
    orders: np.ndarray
    state: np.ndarray
    lived: int = 0
    payers: np.ndarray | None = None
    payer_people: np.ndarray | None = None
    entries: list[np.ndarray] = field(default_factory=list)


class Ledger:
    """Accounts of one episode, lived up to the moments at which they are looked at."""

    def __init__(self, bank: Bank) -> None:
        """Begin with nobody lived."""
        self.bank = bank
        self.injections: list[Injection] = []
        self._accounts: dict[int, _Account] = {}
        self._scratch = bank.scratch()
        self._rows = np.empty((_ROOM, c.ROW), np.int64)

    @property
    def touched(self) -> tuple[int, ...]:
        """Numbers of the customers who were looked at or acted upon, ascending."""
        return tuple(sorted(self._accounts))

    def person(self, customer: int) -> np.ndarray:
        """Return (PERSON,) who a customer is."""
        return self._account(customer).people

    def balance(self, customer: int, t: int) -> int:
        """Return the balance just before a moment [ms], in minor units."""
        return int(self.advance(customer, t)[c.BALANCE])

    def available(self, customer: int, t: int) -> int:
        """Return what could be spent at a moment: balance and overdraft."""
        account = self._account(customer)
        return self.balance(customer, t) + int(account.people[c.OVERDRAFT])

    def is_blocked(self, customer: int, t: int) -> bool:
        """Return whether an account is blocked at a moment [ms]."""
        state = self.advance(customer, t)
        return bool(state[c.ACCOUNT_BLOCKED_FROM] <= t < state[c.ACCOUNT_BLOCKED_TO])

    def entries(self, customer: int) -> np.ndarray:
        """Return (n, ROW) all entries of a customer so far, in order."""
        done = self._account(customer).entries
        return np.concatenate(done) if done else np.empty((0, c.ROW), np.int64)

    def post(self, customer: int, what: Mapping[int, int], *, t: int, about: tuple[str, int]) -> Posted:
        """Post something to an account now.

        Args:
            customer: whose account.
            what: columns of an intent: KIND, AMOUNT, CHANNEL, PARTY, SHOP, PLACE, ENTRY, MARK…
            t: the present moment [ms]; a customer's postings come in the order of time.
            about: (entity, index) of the posting, of which its identity is made.
        """
        if t >= self.bank.end:
            return Posted(c.ACCOUNT_BLOCKED, what.get(c.AMOUNT, 0), 0, t, 0)  # the book is closed
        row = self._intent(what, t, about)
        before = self.advance(customer, t)
        account = self._account(customer)
        self.injections.append(Injection(customer, t, tuple(int(x) for x in row)))
        n = post(
            self.bank.town, account.people, before, row, customer, self.bank.day_of(t), self._rows, 0,
        )  # fmt: skip
        if n == 0:
            return Posted(c.SETTLED, 0, int(before[c.BALANCE]), t, 0)
        entry = self._rows[0].copy()
        account.entries.append(entry[None])
        return Posted(
            int(entry[c.R_STATUS]), int(entry[c.R_AMOUNT]), int(entry[c.R_BALANCE]), int(entry[c.R_T]),
            int(entry[c.R_ID].astype(np.uint64)),
        )  # fmt: skip

    def block_account(self, customer: int, t: int, *, until: int = c.NEVER) -> None:
        """Let nothing more leave an account."""
        self.post(
            customer, {c.KIND: c.BLOCK_ACCOUNT, c.AMOUNT: until}, t=t, about=("block", len(self.injections))
        )

    def block_card(self, customer: int, t: int, *, until: int) -> None:
        """Block a customer's cards until new ones are there [ms]."""
        self.post(customer, {c.KIND: c.BLOCK_CARD, c.AMOUNT: until}, t=t, about=("block", len(self.injections)))

    def advance(self, customer: int, t: int) -> np.ndarray:
        """Live a customer up to a moment [ms] and return (STATE,) the state of the account."""
        account = self._account(customer)
        if t <= account.lived:
            return account.state
        bank = self.bank
        if account.payers is None or account.payer_people is None:
            account.payers = bank.payers(customer)
            account.payer_people = bank.people(account.payers)[0]
        blocks = np.array([self._blocked(int(payer)) for payer in account.payers], np.int64).reshape(-1, 2)
        nothing = np.empty((0, c.INTENT), np.int64)
        start = account.lived
        credits = bank.credits_of(customer, account.payers, account.payer_people, start, t, blocks)
        room = self._room(start, t, len(credits))
        n = live(
            bank.town, account.people, account.orders, account.state, customer, np.array([start, t]), credits,
            nothing, self._scratch, room, 0,
        )  # fmt: skip
        if n:
            account.entries.append(room[:n].copy())
        account.lived = t
        return account.state

    def _account(self, customer: int) -> _Account:
        found = self._accounts.get(customer)
        if found is None:
            people, orders = self.bank.people(np.array([customer], np.int64))
            found = _Account(people[0], orders[0], np.empty(c.STATE, np.int64))
            start_account(found.people, found.state)
            self._accounts[customer] = found
        return found

    def _blocked(self, customer: int) -> tuple[int, int]:
        known = self._accounts.get(customer)
        if known is None:
            return c.NEVER, c.NEVER
        return int(known.state[c.ACCOUNT_BLOCKED_FROM]), int(known.state[c.ACCOUNT_BLOCKED_TO])

    def _intent(self, what: Mapping[int, int], t: int, about: tuple[str, int]) -> np.ndarray:
        row = np.zeros(c.INTENT, np.int64)
        row[[c.SHOP, c.PLACE, c.MARK]] = c.NO_SHOP, -1, 0
        for column, value in what.items():
            row[column] = np.uint64(value).astype(np.int64) if value >= 1 << 63 else value
        row[c.T] = t
        row[c.REF] = _FROM_CAMPAIGNS | hash64("fraud posting", *about) >> 9
        return row

    def _room(self, start: int, stop: int, credits: int) -> np.ndarray:
        need = ((stop - start) // 86_400_000 + 2) * 130 + credits + 16
        if need > len(self._rows):
            self._rows = np.empty((need, c.ROW), np.int64)
        return self._rows
