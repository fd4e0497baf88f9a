"""The ledger as campaigns and controls use it: it lives only those customers somebody asks about.

Whatever is done here to an account is kept as an injection; a book of all customers that is given the same
injections comes to the same entries.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple, TypeAlias

import numpy as np

from sim.domains.fraud import layout as c
from sim.domains.fraud.bank import Bank
from sim.domains.fraud.controls_cases import Suspicion, of_card, of_payment
from sim.domains.fraud.controls_watch import NOTHING, Watch, as_injections, most_acts, were_sent
from sim.domains.fraud.injections import Injections
from sim.domains.fraud.intents import MOST
from sim.domains.fraud.living import live_all
from sim.domains.fraud.moving_on import ASKED, ROUTE, TOLD, move_on
from sim.domains.fraud.neighbours import Neighbours
from sim.domains.fraud.posting import start_accounts
from sim.noise import hash64

__all__ = ["Ledger", "Posted"]

_ROOM = 4096
_STATES = 1024
"""How many states of accounts stand in one table."""
_FROM_CAMPAIGNS = 1 << 56
_ACTS_OF_ONE, _ENTRIES_OF_ONE = 3, 8  # the most that is done, and entered, about one order
_FIRST_TOLD = TOLD[0]
_ENDLESS = float(1 << 52)
"""More than anybody can spend in an episode [minor units]."""
_SIGN, _ALL_BITS = 1 << 63, (1 << 64) - 1


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


Listener: TypeAlias = Callable[[int, Sequence[int], Posted, Sequence[Suspicion]], None]
"""Takes customer, (INTENT,) order, what came of it and the suspicions it raised, after every posting."""


@dataclass(slots=True)
class _Account:
    customer: int
    state: np.ndarray  # (1, STATE)
    watch: Watch
    lived: int = 0
    obeyed: int = -1  # moment up to which blocks by controls have been carried out
    entries: int = 0  # how many there are so far
    given: list[int] = field(default_factory=list)  # places among the injections


class Ledger:
    """Accounts of one episode, lived up to the moments at which they are looked at."""

    def __init__(self, bank: Bank) -> None:
        """Begin with nobody lived."""
        self.bank = bank
        self.injections = Injections()
        self.suspicions: list[Suspicion] = []
        self.listeners: list[Listener] = []
        self._neighbours = Neighbours(bank)
        self._accounts: dict[int, _Account] = {}
        self._states, self._given_out = np.empty((0, c.STATE), np.int64), 0
        self._is_disturbed = np.zeros(bank.customers, np.bool_)
        self._settled: dict[int, np.ndarray] | None = None  # when those who were disturbed are blocked
        self._rows = np.empty((_ROOM, c.ROW), np.int64)
        self._acts = np.empty((0, c.ACT), np.int64)
        self._injected = np.empty((_ROOM, c.INTENT), np.int64)
        self._route, self._no_order = np.zeros(ROUTE, np.int64), np.zeros(c.INTENT, np.int64)
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
        """Return (n, ROW) all entries of a customer so far, in order; it is lived once more for that."""
        account = self._account(customer)
        stop = account.lived + 1  # what was done at the last moment comes before all else at that moment
        state = np.empty_like(account.state)
        start_accounts(self.bank.person(customer)[None], state)
        given = self.injections.rows[account.given]
        what = np.concatenate([_by_controls(account.watch.acts, -1, 0, stop), given[given[:, c.T] < stop]])
        what = np.ascontiguousarray(what[np.argsort(what[:, c.T], kind="stable")])
        credits = self._sent(self._neighbours.ordered_to(customer, 0, stop), stop)
        person = self.person(customer)[None]
        return self._lived(customer, person, state, (0, stop), credits, what)[: account.entries].copy()

    def history(self, customer: int, t: int) -> np.ndarray:
        """Return (n, ROW) all entries of a customer before a moment [ms], in order."""
        is_known = customer in self._accounts
        self.advance(customer, t)
        if is_known:
            return self.entries(customer)
        count = self._accounts.pop(customer).entries  # most are looked at only once
        return self._rows[:count].copy()

    def may_have_been_at(self, customer: int, shop: int, t: int) -> bool:
        """Return whether a customer may have an entry at a merchant before a moment [ms]; else it has none.

        What those whom nobody disturbed do there begins with what they want to buy, whatever comes of it. So
        they are lived once as if their overdraft had no end: without anybody else, or controls on payments.
        """
        if customer in self._accounts:
            return True
        state = np.empty((1, c.STATE), np.int64)
        person = self.person(customer)[None].copy()
        start_accounts(person, state)
        person[0, c.OVERDRAFT] = _ENDLESS
        rows = self._lived(customer, person, state, (0, t), NOTHING, NOTHING)
        return bool((rows[:, c.R_SHOP] == shop).any())

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
        account = self._account(customer)
        lived, acts, n = self._move_on(account, t, row)
        account.obeyed = t
        self._is_disturbed[customer] = True
        account.given.append(len(self.injections))
        self.injections.append(customer, row)
        if n == 0:
            return Posted(c.SETTLED, 0, int(account.state[0, c.BALANCE]), t, 0)
        account.entries += n
        entry = self._rows[lived]
        told = entry.tolist()
        suspicions = of_card(entry) if told[c.R_RULE] else of_payment(acts, told[c.R_MARK])
        self.suspicions += suspicions
        posted = Posted(
            told[c.R_STATUS], told[c.R_AMOUNT], told[c.R_BALANCE], told[c.R_T], told[c.R_ID] & _ALL_BITS
        )
        what_was_done = row.tolist()
        for hear in self.listeners:
            hear(customer, what_was_done, posted, suspicions)
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
        if t > account.lived:
            self._move_on(account, t)
        state: np.ndarray = account.state[0]
        return state

    def blocks(self, customer: int) -> np.ndarray:
        """Return (S, 2) from when to when nothing leaves an account in the whole episode [ms]."""
        if not self._is_disturbed[customer]:
            return self._neighbours.blocks(customer)
        if self._settled is not None:
            return self._settled[customer]
        watch = self._account(customer).watch
        watch.advance(self.bank.end)
        return watch.spans

    def settle(self) -> None:
        """Forget accounts, of which tables ask only when they are blocked; nothing can be posted any more."""
        disturbed = np.flatnonzero(self._is_disturbed).tolist()
        self._settled = {customer: self.blocks(customer) for customer in disturbed}
        self._accounts.clear()
        self._states, self._given_out = self._states[:0].copy(), 0
        self._rows = self._rows[:0].copy()
        self._neighbours.forget()
        self.bank.forget_rooms()

    def undisturbed_blocks(self, customer: int) -> np.ndarray:
        """Return the same for a customer as it would be if nothing were done to its account."""
        return self._neighbours.blocks(customer)

    def _move_on(
        self, account: _Account, t: int, order: np.ndarray | None = None
    ) -> tuple[int, list[list[int]], int]:
        """Live an account up to a moment [ms] and carry out an (INTENT,) order there.

        Returns:
            Where the order's entries begin among `self._rows`, what controls did about it, and how many entries
            it has.
        """
        bank, customer, start, watch = self.bank, account.customer, account.lived, account.watch
        ordered = credits = NOTHING
        if t > start:
            ordered = self._neighbours.ordered_to(customer, start, t)
            credits = self._sent(ordered, t)
        known, span = len(watch.acts), max(t - min(start, watch.until), 0)
        acts = self._room_for_acts(known + most_acts(span, len(ordered)) + _ACTS_OF_ONE)
        if known:
            acts[:known] = watch.acts
        folk, route = bank.folk, self._route
        day = -1 if order is None else bank.day_of(t)
        route[: len(ASKED)] = customer, start, t, watch.until, account.obeyed, day, known
        rows = self._room(min(start, t), t, len(ordered) + len(self._injected))
        move_on(
            bank.town, folk.people, folk.orders, account.state, watch.state, ordered, credits,
            self._no_order if order is None else order, bank.scratch, acts, self._injected, rows, route,
        )  # fmt: skip
        lived, found, done, posted = route[_FIRST_TOLD : _FIRST_TOLD + len(TOLD)].tolist()
        account.entries += lived
        if t > start:
            account.lived = t
        watch.has_seen(t)
        if found or done:
            watch.note(acts[known : known + found + done])
        return lived, acts[known + found : known + found + done].tolist() if done else [], posted

    def _lived(
        self, customer: int, person: np.ndarray, state: np.ndarray, span: tuple[int, int], credits: np.ndarray,
        what: np.ndarray,
    ) -> np.ndarray:  # fmt: skip
        """Return (n, ROW) the entries of a span, which are valid until the next call; `state` is changed.

        `person` is (1, PERSON), who the customer is.
        """
        bank, folk, one = self.bank, self.bank.folk, slice(customer, customer + 1)
        room = self._room(*span, len(credits) + len(what))
        self._span[:], self._cursor[:] = span, 0
        self._of_one[:, 1] = len(credits), len(what)
        live_all(
            bank.town, person, folk.orders[one], state, self._span, credits, self._of_one[0], what,
            self._of_one[1], bank.scratch, room, self._cursor, customer,
        )  # fmt: skip
        return room[: self._cursor[1]]

    def _sent(self, ordered: np.ndarray, stop: int) -> np.ndarray:
        """Return (K, INTENT) what of (K', INTENT) others' orders was not stopped, as is settled by a moment."""
        if not len(ordered):
            return ordered
        payers = np.ascontiguousarray(ordered[:, c.OTHER])
        if self._neighbours.is_clear(payers, self._is_disturbed):
            return ordered
        troubled = self._neighbours.are_blocked(payers) | self._is_disturbed[payers]
        if not troubled.any():
            return ordered
        those = sorted(set(payers[troubled].tolist()))
        spans = [self._blocks_of_payer(one, stop) for one in those]
        owners = np.repeat(those, [len(one) for one in spans])
        return np.ascontiguousarray(ordered[were_sent(ordered, owners, np.concatenate(spans))])

    def _blocks_of_payer(self, customer: int, t: int) -> np.ndarray:
        """Return (S, 2) when nothing left an account, as far as it is settled at a moment [ms].

        What controls do to an account that nobody disturbs is told once for the whole episode: later blocks
        change nothing of what was sent before them.
        """
        if not self._is_disturbed[customer]:
            return self._neighbours.blocks(customer)
        watch = self._account(customer).watch
        watch.advance(t)
        return watch.spans

    def _account(self, customer: int) -> _Account:
        found = self._accounts.get(customer)
        if found is None:
            assert self._settled is None, "the accounts of this episode were put away"
            state = self._new_state()
            start_accounts(self.bank.person(customer)[None], state)
            found = _Account(customer, state, Watch(self.bank, self._neighbours, customer))
            self._accounts[customer] = found
        return found

    def _new_state(self) -> np.ndarray:
        """Return (1, STATE), a row of a large table: memory of many small ones would hardly be given back."""
        if self._given_out == len(self._states):
            self._states, self._given_out = np.empty((_STATES, c.STATE), np.int64), 0
        self._given_out += 1
        return self._states[self._given_out - 1 : self._given_out]

    def _room_for_acts(self, need: int) -> np.ndarray:
        if need > len(self._acts):
            self._acts = np.empty((2 * need, c.ACT), np.int64)
            self._injected = np.empty((2 * need, c.INTENT), np.int64)
        return self._acts

    def _room(self, start: int, stop: int, given: int) -> np.ndarray:
        need = ((stop - start) // 86_400_000 + 2) * MOST + given + _ENTRIES_OF_ONE
        if need > len(self._rows):
            self._rows = np.empty((2 * need, c.ROW), np.int64)
        return self._rows


def _by_controls(acts: np.ndarray, obeyed: int, start: int, stop: int) -> np.ndarray:
    """Return (J, INTENT) what controls do to an account in a span, but for blocks it had by `obeyed`."""
    rows, _ = as_injections(acts)
    t = rows[:, c.T]
    is_due = (start <= t) & (t < stop) & ((t > obeyed) | (rows[:, c.KIND] == c.STOP_ORDER))
    return np.ascontiguousarray(rows[is_due])


def _intent(what: Mapping[int, int], t: int, about: tuple[str, int]) -> np.ndarray:
    row = [0] * c.INTENT
    row[c.SHOP], row[c.PLACE], row[c.OTHER] = c.NO_SHOP, -1, -1
    for column, value in what.items():
        row[column] = value if value < _SIGN else value - (_SIGN << 1)
    row[c.T] = t
    row[c.REF] = _FROM_CAMPAIGNS | hash64("fraud posting", *about) >> 9
    return np.array(row, np.int64)
