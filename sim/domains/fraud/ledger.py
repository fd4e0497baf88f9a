"""The ledger as campaigns and controls use it: it lives only those customers somebody asks about.

Whatever is done here to an account is kept as an injection; a book of all customers that is given the same
injections comes to the same entries.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TypeAlias

import numpy as np

from sim.domains.fraud import layout as c
from sim.domains.fraud.bank import Bank
from sim.domains.fraud.controls_cases import Suspicion, of_card, of_payment
from sim.domains.fraud.controls_watch import Watch, as_injections, were_sent
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


Listener: TypeAlias = Callable[[int, np.ndarray, Posted, Sequence[Suspicion]], None]
"""Takes customer, (INTENT,) order, what came of it and the suspicions it raised, after every posting."""


@dataclass
class _Account:
    people: np.ndarray
    orders: np.ndarray
    state: np.ndarray
    lived: int = 0
    obeyed: int = -1  # moment up to which blocks by controls have been carried out
    entries: list[np.ndarray] = field(default_factory=list)


class Ledger:
    """Accounts of one episode, lived up to the moments at which they are looked at."""

    def __init__(self, bank: Bank) -> None:
        """Begin with nobody lived."""
        self.bank = bank
        self.injections: list[Injection] = []
        self.suspicions: list[Suspicion] = []
        self.listeners: list[Listener] = []
        self._accounts: dict[int, _Account] = {}
        self._watches: dict[int, Watch] = {}
        self._arrivals: dict[int, np.ndarray] = {}
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
        self.advance(customer, t)
        account, watch = self._account(customer), self._watch(customer)
        known = len(watch.acts)
        watch.judge(row)
        state = self._obey(account, watch, t)
        self.injections.append(Injection(customer, t, tuple(int(x) for x in row)))
        n = post(
            self.bank.town, account.people, state, row, customer, self.bank.day_of(t), self._rows, 0,
        )  # fmt: skip
        if n == 0:
            return Posted(c.SETTLED, 0, int(state[c.BALANCE]), t, 0)
        entry = self._rows[0].copy()
        account.entries.append(entry[None])
        suspicions = of_card(entry) or of_payment(watch.acts[known:], int(entry[c.R_MARK]))
        self.suspicions += suspicions
        posted = Posted(
            int(entry[c.R_STATUS]), int(entry[c.R_AMOUNT]), int(entry[c.R_BALANCE]), int(entry[c.R_T]),
            int(entry[c.R_ID].astype(np.uint64)),
        )  # fmt: skip
        for hear in self.listeners:
            hear(customer, row, posted, suspicions)
        return posted

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
        bank, start = self.bank, account.lived
        watch = self._watch(customer)
        watch.advance(t)
        credits = self._credits(customer, start, t)
        ordered = [
            what
            for _, what in as_injections(watch.acts)
            if start <= what[c.T] < t and (what[c.T] > account.obeyed or what[c.KIND] == c.STOP_ORDER)
        ]
        controls = np.array(ordered, np.int64).reshape(-1, c.INTENT)
        room = self._room(start, t, len(credits))
        n = live(
            bank.town, account.people, account.orders, account.state, customer, np.array([start, t]), credits,
            controls, self._scratch, room, 0,
        )  # fmt: skip
        if n:
            account.entries.append(room[:n].copy())
        account.lived = t
        return account.state

    def blocks(self, customer: int) -> np.ndarray:
        """Return (S, 2) from when to when nothing leaves an account in the whole episode [ms]."""
        watch = self._watch(customer)
        watch.advance(self.bank.end)
        return watch.spans

    def _credits(self, customer: int, start: int, stop: int) -> np.ndarray:
        """Return (K, INTENT) what other customers' payments bring in a span."""
        arrivals = self._ordered(customer)
        first, last = np.searchsorted(arrivals[:, c.T], [start, stop])
        arrivals = arrivals[first:last]
        payers = [int(one) for one in np.unique(arrivals[:, c.OTHER])]
        if not len(self.bank.town.rules):
            payers = [one for one in payers if one in self._watches]
        spans = {}
        for payer in payers:
            watch = self._watch(payer)
            watch.advance(stop)
            spans[payer] = watch.spans
        return np.ascontiguousarray(arrivals[were_sent(arrivals, spans)])

    def _obey(self, account: _Account, watch: Watch, t: int) -> np.ndarray:
        """Carry out the blocks that begin at this very moment, and return the state of the account."""
        for _, what in as_injections(watch.acts):
            if what[c.T] == t > account.obeyed and what[c.KIND] == c.BLOCK_ACCOUNT:
                account.state[[c.ACCOUNT_BLOCKED_FROM, c.ACCOUNT_BLOCKED_TO]] = t, what[c.AMOUNT]
        account.obeyed = t
        return account.state

    def _ordered(self, customer: int) -> np.ndarray:
        """Return (K, INTENT) all that is ordered to an account in the episode."""
        if customer not in self._arrivals:
            self._arrivals[customer] = self.bank.arrivals(customer)
        return self._arrivals[customer]

    def _watch(self, customer: int) -> Watch:
        found = self._watches.get(customer)
        if found is None:
            known = self._accounts.get(customer)
            one = np.array([customer], np.int64)
            person = self.bank.people(one)[0][0] if known is None else known.people
            found = Watch(self.bank, customer, person, lambda: self._ordered(customer))
            self._watches[customer] = found
        return found

    def _account(self, customer: int) -> _Account:
        found = self._accounts.get(customer)
        if found is None:
            people, orders = self.bank.people(np.array([customer], np.int64))
            found = _Account(people[0], orders[0], np.empty(c.STATE, np.int64))
            start_account(found.people, found.state)
            self._accounts[customer] = found
        return found

    def _intent(self, what: Mapping[int, int], t: int, about: tuple[str, int]) -> np.ndarray:
        row = np.zeros(c.INTENT, np.int64)
        row[[c.SHOP, c.PLACE, c.MARK, c.OTHER]] = c.NO_SHOP, -1, 0, -1
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
