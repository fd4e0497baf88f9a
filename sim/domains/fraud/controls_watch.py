"""Watching payments between people: what controls do to accounts, of one customer or of all.

Controls see orders, and what has been ordered to an account even if it was stopped on the way; both follow from
noise and from what campaigns inject. So what they do to a customer can be told without its balance and without
living anybody else, and it is told in the same way for one customer and for the book of all.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from functools import cached_property

import numpy as np

from sim.domains.fraud import layout as c
from sim.domains.fraud.bank import Arrivals, Bank
from sim.domains.fraud.compiling import leaf, single
from sim.domains.fraud.controls_rules import judge_payment, start_watch
from sim.domains.fraud.draws import uniforms
from sim.domains.fraud.lookalikes import MOST_LOOKALIKES
from sim.domains.fraud.payments import DAY, PAYMENTS_A_DAY, payments_of_day
from sim.domains.fraud.shops import Town

__all__ = [
    "NO_ACTS",
    "NO_SPANS",
    "Watch",
    "as_injections",
    "given_blocks",
    "spans_of",
    "watch_all",
    "were_sent",
]

NO_ACTS = np.empty((0, c.ACT), np.int64)
"""What is done to most accounts."""
NO_SPANS = np.empty((0, 2), np.int64)
"""When most accounts are blocked."""

_ORDERS_A_DAY = PAYMENTS_A_DAY + MOST_LOOKALIKES
_NOTHING, _NOBODY = np.empty((0, c.INTENT), np.int64), np.zeros(2, np.int64)


@single
def _watch(
    town: Town, p: np.ndarray, w: np.ndarray, i: int, span: np.ndarray, arrivals: np.ndarray,
    injected: np.ndarray, scratch: np.ndarray, acts: np.ndarray, n: int,
) -> int:  # fmt: skip
    """Watch the payments of one customer in a span, its end excluded.

    At one moment, what is injected comes first, then arrivals, then the customer's own orders.

    Args:
        town: with the rules.
        p: (PERSON,) who it is.
        w: (WATCH,) what is known, changed.
        i: its number.
        span: (2,) first moment and end [ms].
        arrivals: (K, INTENT) what has been ordered to it and arrives in the span, in order of (time, number).
        injected: (J, INTENT) by campaigns in the span, in order.
        scratch: (MOST, INTENT) room to work in.
        acts: (N, ACT) filled in from n on, at most three for each order.
        n: how many there are already.

    Returns:
        How many there are now.
    """
    start, stop = span[0], span[1]
    d = np.searchsorted(town.days[:, c.MIDNIGHT], start, side="right") - 1
    arrived, given = 0, 0
    while d < town.days.shape[0] and town.days[d, c.MIDNIGHT] < stop:
        t0 = max(town.days[d, c.MIDNIGHT], 0) / 1000.0
        own = payments_of_day(town, p, i, d, uniforms(town.noise, DAY, i, d, t0)[1], scratch, 0)
        _sort(scratch, own)
        end = min(stop, town.days[d, c.MIDNIGHT] + town.days[d, c.LENGTH])
        at = 0
        while at < own and scratch[at, c.T] < start:
            at += 1
        while True:
            first, which = end, -1
            if at < own and scratch[at, c.T] < first:
                first, which = scratch[at, c.T], 0
            if arrived < arrivals.shape[0] and arrivals[arrived, c.T] <= first and arrivals[arrived, c.T] < end:
                first, which = arrivals[arrived, c.T], 1
            if given < injected.shape[0] and injected[given, c.T] <= first and injected[given, c.T] < end:
                which = 2
            if which < 0:
                break
            if which == 0:
                n = judge_payment(town, p, w, i, scratch[at], acts, n)
                if scratch[at, c.BY] >= c.STOPPED:
                    acts[n] = 0
                    acts[n, c.A_T], acts[n, c.A_KIND] = scratch[at, c.T], c.ACT_STOP
                    acts[n, c.A_UNTIL], acts[n, c.A_CUSTOMER] = scratch[at, c.T] + 1, i
                    n += 1
                at += 1
            elif which == 1:
                n = judge_payment(town, p, w, i, arrivals[arrived], acts, n)
                arrived += 1
            else:
                n = judge_payment(town, p, w, i, injected[given], acts, n)
                given += 1
        d += 1
    return n


@leaf
def watch_all(
    town: Town, people: np.ndarray, states: np.ndarray, span: np.ndarray, arrivals: np.ndarray,
    arrival_start: np.ndarray, injected: np.ndarray, injected_start: np.ndarray, scratch: np.ndarray,
    acts: np.ndarray, cursor: np.ndarray, first: int,
) -> None:  # fmt: skip
    """Watch customers in a span until all are through or there is no more room.

    Args:
        town: as in `_watch`, like all that is not named here.
        people: (N, PERSON) who they are: customers of consecutive numbers, all or a single one.
        states: (N, WATCH) what is known of each, changed.
        span: see `town`.
        arrivals: (K, INTENT) of all, grouped by customer.
        arrival_start: (N + 1,) where those of each begin.
        injected: (J, INTENT) likewise.
        injected_start: (N + 1,) likewise.
        scratch: see `town`.
        acts: (R, ACT) filled in from 0.
        cursor: (2,) the row of the customer to go on with, moved on; and how many acts there are.
        first: number of the customer in row 0.
    """
    n = 0
    most = 3 * ((span[1] - span[0]) // 86_400_000 + 2) * _ORDERS_A_DAY  # as in `most_acts`
    row = cursor[0]
    while row < people.shape[0]:
        mine = arrivals[arrival_start[row] : arrival_start[row + 1]]
        theirs = injected[injected_start[row] : injected_start[row + 1]]
        if n + most + 3 * (mine.shape[0] + theirs.shape[0]) > acts.shape[0]:
            break
        n = _watch(town, people[row], states[row], first + row, span, mine, theirs, scratch, acts, n)
        row += 1
    cursor[0], cursor[1] = row, n


@leaf
def _sort(rows: np.ndarray, n: int) -> None:
    """Sort the first n rows by time, then number: by insertion, for they are few."""
    for a in range(1, n):
        b = a
        while b > 0 and (rows[b, c.T], rows[b, c.REF]) < (rows[b - 1, c.T], rows[b - 1, c.REF]):
            for k in range(c.INTENT):
                rows[b, k], rows[b - 1, k] = rows[b - 1, k], rows[b, k]
            b -= 1


class Watch:
    """What controls know of one customer's payments, as far as they have been watched."""

    def __init__(self, bank: Bank, customer: int) -> None:
        """Begin at the start of the episode."""
        self._bank, self._customer = bank, customer
        self.state = np.empty((1, c.WATCH), np.int64)
        start_watch(self.state[0])
        self._until = 0
        self.acts = NO_ACTS

    @cached_property
    def arrivals(self) -> Arrivals:
        """What is ordered to the account in the episode."""
        return self._bank.arrivals(self._customer)

    def advance(self, t: int) -> None:
        """Watch up to a moment [ms], which is excluded."""
        bank, start = self._bank, self._until
        if t <= start or not len(bank.town.rules):
            return
        self._until = t
        first, last = self.arrivals.between(start, t)
        acts = np.empty((most_acts(t - start, last - first), c.ACT), np.int64)
        cursor = np.zeros(2, np.int64)
        watch_all(
            bank.town, bank.person(self._customer)[None], self.state, np.array([start, t]),
            self.arrivals.rows[first:last], np.array([0, last - first]), _NOTHING, _NOBODY, bank.scratch, acts,
            cursor, self._customer,
        )  # fmt: skip
        self.note(acts[: cursor[1]])

    def note(self, acts: np.ndarray) -> None:
        """Add (n, ACT) what controls or others did."""
        if len(acts):
            self.acts = np.concatenate([self.acts, acts])

    @property
    def spans(self) -> np.ndarray:
        """(S, 2) from when to when nothing leaves the account, as far as it has been watched [ms]."""
        return spans_of(self.acts.tolist()) if len(self.acts) else NO_SPANS


def most_acts(span: int, given: int) -> int:
    """Return for how many acts there must be room, in a span [ms] with so many arrivals and injections."""
    return 3 * (span // 86_400_000 + 2) * _ORDERS_A_DAY + 3 * given


def given_blocks(injected: Iterable[tuple[int, Sequence[int] | np.ndarray]]) -> list[tuple[int, ...]]:
    """Return the blocks that campaigns and reports set, as acts; from (customer, (INTENT,)) in order."""
    kinds = {c.BLOCK_ACCOUNT: c.ACT_GIVEN_BLOCK, c.UNBLOCK_ACCOUNT: c.ACT_GIVEN_END}
    return [
        (int(what[c.T]), kinds[int(what[c.KIND])], customer, int(what[c.AMOUNT]), 0, 0, 0, 0)
        for customer, what in injected
        if int(what[c.KIND]) in kinds
    ]


def spans_of(acts: Iterable[Sequence[int]]) -> np.ndarray:
    """Return (S, 2) from when to when nothing leaves an account [ms]; a stopped payment is such a moment."""
    stops: list[tuple[int, int]] = []
    blocks: list[tuple[int, int]] = []
    for one in sorted(acts, key=lambda act: (act[c.A_T], act[c.A_KIND])):
        t, kind = one[c.A_T], one[c.A_KIND]
        if kind == c.ACT_STOP:
            stops.append((t, one[c.A_UNTIL]))
        elif kind != c.ACT_ALERT:
            if blocks:  # an account has one block at a time: the last
                blocks[-1] = (blocks[-1][0], min(blocks[-1][1], t))
            if kind != c.ACT_GIVEN_END:
                blocks.append((t, one[c.A_UNTIL]))
    return np.array(stops + blocks, np.int64).reshape(-1, 2)


def were_sent(arrivals: np.ndarray, spans: Mapping[int, np.ndarray]) -> np.ndarray:
    """Return (K,) whether what was ordered left the payer's account.

    Args:
        arrivals: (K, INTENT) with OTHER, who pays, and WHEN it was sent.
        spans: payer -> (S, 2) of `spans_of`.
    """
    sent = np.ones(len(arrivals), bool)
    for row in np.flatnonzero(np.isin(arrivals[:, c.OTHER], list(spans))):
        own, t = spans[int(arrivals[row, c.OTHER])], arrivals[row, c.WHEN]
        sent[row] = not np.any((own[:, 0] <= t) & (t < own[:, 1]))
    return sent


def as_injections(acts: Iterable[Sequence[int]]) -> list[tuple[int, tuple[int, ...]]]:
    """Return (customer, (INTENT,)) of what controls do to accounts: stops and blocks, in the order of time."""
    kinds: Mapping[int, int] = {c.ACT_STOP: c.STOP_ORDER, c.ACT_BLOCK: c.BLOCK_ACCOUNT}
    found = []
    for one in sorted(acts, key=lambda act: act[c.A_T]):
        if one[c.A_KIND] in kinds:
            row = [0] * c.INTENT
            row[c.T], row[c.KIND], row[c.AMOUNT] = one[c.A_T], kinds[one[c.A_KIND]], one[c.A_UNTIL]
            row[c.SHOP], row[c.PLACE], row[c.MARK], row[c.OTHER] = c.NO_SHOP, -1, -1, -1
            found.append((one[c.A_CUSTOMER], tuple(row)))
    return found
