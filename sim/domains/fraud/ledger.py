"""The ledger as campaigns and controls use it: it lives only those customers somebody asks about.

Whatever is done here to an account is kept as an injection; a book of all customers that is given the same
injections comes to the same entries.
"""

from __future__ import annotations

import weakref
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from os import SEEK_END
from tempfile import TemporaryFile
from typing import IO, NamedTuple, TypeAlias

import numpy as np

from sim.domains.fraud import layout as c
from sim.domains.fraud.bank import Bank
from sim.domains.fraud.controls_cases import Suspicion, of_card, of_payment
from sim.domains.fraud.controls_watch import Watch, as_injections, were_sent
from sim.domains.fraud.intents import MOST
from sim.domains.fraud.living import live_all, order
from sim.domains.fraud.posting import start_accounts
from sim.noise import hash64

__all__ = ["Injection", "Ledger", "Posted"]

_ROOM = 4096
_FROM_CAMPAIGNS = 1 << 56
_RECENT = 1024
"""How many accounts are kept at hand with their entries."""
_ACTS_OF_ONE = 3  # the most that is done about one order
_SIGN, _ALL_BITS = 1 << 63, (1 << 64) - 1
_NOTHING = np.empty((0, c.INTENT), np.int64)


class Injection(NamedTuple):
    """Something done to an account from outside its owner's habits.

    Args:
        customer: number of the owner.
        t: moment [ms].
        what: (INTENT,) as kernels take it.
    """

    customer: int
    t: int
    what: tuple[int, ...]


class Posted(NamedTuple):
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
    people: np.ndarray  # (1, PERSON)
    orders: np.ndarray  # (1, SLOTS, ORDER)
    state: np.ndarray  # (1, STATE)
    watch: Watch
    lived: int = 0
    obeyed: int = -1  # moment up to which blocks by controls have been carried out
    entries: list[np.ndarray] = field(default_factory=list)
    put_away: list[tuple[int, int]] = field(default_factory=list)  # (place in the file, length) of earlier ones

    @property
    def now(self) -> np.ndarray:
        """(STATE,) its only row."""
        row: np.ndarray = self.state[0]
        return row


class Ledger:
    """Accounts of one episode, lived up to the moments at which they are looked at."""

    def __init__(self, bank: Bank) -> None:
        """Begin with nobody lived."""
        self.bank = bank
        self.injections: list[Injection] = []
        self.suspicions: list[Suspicion] = []
        self.listeners: list[Listener] = []
        self._accounts: dict[int, _Account] = {}
        self._recent: dict[int, None] = {}
        self._disturbed: set[int] = set()
        self._honest: dict[int, np.ndarray] = {}
        self._rows = np.empty((_ROOM, c.ROW), np.int64)
        self._span, self._cursor = np.zeros(2, np.int64), np.zeros(2, np.int64)
        self._of_one = np.zeros((2, 2), np.int64)  # where credits and injections of a single customer begin

    @property
    def touched(self) -> tuple[int, ...]:
        """Numbers of the customers who were looked at or acted upon, ascending."""
        return tuple(sorted(self._accounts))

    def person(self, customer: int) -> np.ndarray:
        """Return (PERSON,) who a customer is."""
        return self.bank.person(customer)

    def balance(self, customer: int, t: int) -> int:
        """Return the balance just before a moment [ms], in minor units."""
        return int(self.advance(customer, t)[c.BALANCE])

    def available(self, customer: int, t: int) -> int:
        """Return what could be spent at a moment: balance and overdraft."""
        return self.balance(customer, t) + int(self.person(customer)[c.OVERDRAFT])

    def is_blocked(self, customer: int, t: int) -> bool:
        """Return whether an account is blocked at a moment [ms]."""
        state = self.advance(customer, t)
        return bool(state[c.ACCOUNT_BLOCKED_FROM] <= t < state[c.ACCOUNT_BLOCKED_TO])

    def entries(self, customer: int) -> np.ndarray:
        """Return (n, ROW) all entries of a customer so far, in order."""
        account = self._account(customer)
        done = [self._fetched(place, length) for place, length in account.put_away] + account.entries
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
        row = _intent(what, t, about)
        self.advance(customer, t)
        account = self._accounts[customer]
        watch, acts = account.watch, np.empty((_ACTS_OF_ONE, c.ACT), np.int64)
        done, n = order(
            self.bank.town, account.people[0], watch.state[0], account.state[0], row, customer,
            self.bank.day_of(t), account.obeyed, watch.acts, acts, self._rows,
        )  # fmt: skip
        account.obeyed = t
        watch.note(acts[:done])
        self._disturbed.add(customer)
        self.injections.append(Injection(customer, t, tuple(row.tolist())))
        if n == 0:
            return Posted(c.SETTLED, 0, int(account.now[c.BALANCE]), t, 0)
        entry = self._rows[0].copy()
        account.entries.append(entry[None])
        told = entry.tolist()
        suspicions = of_card(entry) if told[c.R_RULE] else of_payment(acts[:done].tolist(), told[c.R_MARK])
        self.suspicions += suspicions
        posted = Posted(
            told[c.R_STATUS], told[c.R_AMOUNT], told[c.R_BALANCE], told[c.R_T], told[c.R_ID] & _ALL_BITS
        )
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
            return account.now
        bank, start = self.bank, account.lived
        account.watch.advance(t)
        credits, controls = self._credits(account, start, t), _ordered(account, start, t)
        room = self._room(start, t, len(credits) + len(controls))
        self._span[:], self._cursor[:] = (start, t), 0
        self._of_one[:, 1] = len(credits), len(controls)
        live_all(
            bank.town, account.people, account.orders, account.state, self._span, credits, self._of_one[0],
            controls, self._of_one[1], bank.scratch, room, self._cursor, customer,
        )  # fmt: skip
        n = int(self._cursor[1])
        if n:
            account.entries.append(room[:n].copy())
        account.lived = t
        return account.now

    def blocks(self, customer: int) -> np.ndarray:
        """Return (S, 2) from when to when nothing leaves an account in the whole episode [ms]."""
        watch = self._account(customer).watch
        watch.advance(self.bank.end)
        return watch.spans

    def undisturbed_blocks(self, customer: int) -> np.ndarray:
        """Return the same for a customer as it would be if nothing were done to its account."""
        found = self._honest.get(customer)
        if found is None:
            watch = Watch(self.bank, customer)
            watch.advance(self.bank.end)
            found = self._honest[customer] = watch.spans
        return found

    def _credits(self, account: _Account, start: int, stop: int) -> np.ndarray:
        """Return (K, INTENT) what other customers' payments bring in a span."""
        arrivals = account.watch.arrivals
        first, last = arrivals.between(start, stop)
        if first == last:
            return _NOTHING
        rows = arrivals.rows[first:last]
        if not len(self.bank.town.rules) and self._disturbed.isdisjoint(arrivals.payers):
            return rows
        spans = {one: self._blocks_of_payer(one, stop) for one in rows[:, c.OTHER].tolist()}
        spans = {one: blocks for one, blocks in spans.items() if len(blocks)}
        return np.ascontiguousarray(rows[were_sent(rows, spans)]) if spans else rows

    def _blocks_of_payer(self, customer: int, t: int) -> np.ndarray:
        """Return (S, 2) when nothing left an account, as far as it is settled at a moment [ms].

        What controls do to an account that nobody disturbs is told once for the whole episode: later blocks
        change nothing of what was sent before them.
        """
        if customer not in self._disturbed:
            return self.undisturbed_blocks(customer)
        watch = self._account(customer).watch
        watch.advance(t)
        return watch.spans

    def _account(self, customer: int) -> _Account:
        found = self._accounts.get(customer)
        if found is None:
            folk = self.bank.met(np.array([customer]))
            one = slice(customer, customer + 1)
            people, orders, state = folk.people[one], folk.orders[one], np.empty((1, c.STATE), np.int64)
            start_accounts(people, state)
            found = _Account(people, orders, state, Watch(self.bank, customer))
            self._accounts[customer] = found
        self._recent.pop(customer, None)
        self._recent[customer] = None
        if len(self._recent) > _RECENT:
            oldest = next(iter(self._recent))
            del self._recent[oldest]
            self._put_away(self._accounts[oldest])
        return found

    def _put_away(self, account: _Account) -> None:
        """Free the memory of an account that nobody looked at for long: its entries are kept in a file."""
        vars(account.watch).pop("arrivals", None)  # worked out anew if they are asked for
        if account.entries:
            rows = np.concatenate(account.entries)
            account.entries.clear()
            account.put_away.append((self._file.seek(0, SEEK_END), len(rows)))
            self._file.write(rows.data)

    def _fetched(self, place: int, length: int) -> np.ndarray:
        self._file.seek(place)
        return np.frombuffer(self._file.read(8 * c.ROW * length), np.int64).reshape(-1, c.ROW)

    @cached_property
    def _file(self) -> IO[bytes]:
        file = TemporaryFile()  # noqa: SIM115  # closed with the ledger
        weakref.finalize(self, file.close)
        return file

    def _room(self, start: int, stop: int, given: int) -> np.ndarray:
        need = ((stop - start) // 86_400_000 + 2) * MOST + given
        if need > len(self._rows):
            self._rows = np.empty((2 * need, c.ROW), np.int64)
        return self._rows


def _ordered(account: _Account, start: int, stop: int) -> np.ndarray:
    """Return (J, INTENT) what controls do to an account in a span and has not been carried out."""
    acts = account.watch.acts
    if not len(acts):
        return _NOTHING
    found = [
        what
        for _, what in as_injections(acts.tolist())
        if start <= what[c.T] < stop and (what[c.T] > account.obeyed or what[c.KIND] == c.STOP_ORDER)
    ]
    return np.array(found, np.int64).reshape(-1, c.INTENT)


def _intent(what: Mapping[int, int], t: int, about: tuple[str, int]) -> np.ndarray:
    row = [0] * c.INTENT
    row[c.SHOP], row[c.PLACE], row[c.OTHER] = c.NO_SHOP, -1, -1
    for column, value in what.items():
        row[column] = value if value < _SIGN else value - (_SIGN << 1)
    row[c.T] = t
    row[c.REF] = _FROM_CAMPAIGNS | hash64("fraud posting", *about) >> 9
    return np.array(row, np.int64)
