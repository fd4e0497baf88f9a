"""Watching payments between people: what controls do to accounts, of one customer or of all.

Controls see orders, and what has been ordered to an account even if it was stopped on the way; both follow from
noise and from what campaigns inject. So what they do to a customer can be told without its balance and without
living anybody else, and it is told in the same way for one customer and for the book of all.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from sim.domains.fraud import layout as c
from sim.domains.fraud.bank import Bank
from sim.domains.fraud.compiling import leaf, single
from sim.domains.fraud.controls_rules import judge_payment, start_watch
from sim.domains.fraud.draws import uniforms
from sim.domains.fraud.lookalikes import MOST_LOOKALIKES
from sim.domains.fraud.ordering import sort_intents
from sim.domains.fraud.payments import DAY, PAYMENTS_A_DAY, payments_of_day
from sim.domains.fraud.shops import Town

if TYPE_CHECKING:
    from sim.domains.fraud.neighbours import Neighbours

__all__ = [
    "NOTHING",
    "NO_ACTS",
    "NO_SPANS",
    "Watch",
    "as_injections",
    "given_blocks",
    "most_acts",
    "spans_of",
    "watch_all",
    "were_sent",
]

NO_ACTS = np.empty((0, c.ACT), np.int64)
"""What is done to most accounts."""
NO_SPANS = np.empty((0, 2), np.int64)
"""When most accounts are blocked."""

NOTHING = np.empty((0, c.INTENT), np.int64)
"""What is ordered to most accounts in a short while."""

_ORDERS_A_DAY = PAYMENTS_A_DAY + MOST_LOOKALIKES
_NOBODY = np.zeros(2, np.int64)


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
        sort_intents(scratch, own)
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
    town: Town, people: np.ndarray, who: np.ndarray, states: np.ndarray, span: np.ndarray,
    arrivals: np.ndarray, arrival_start: np.ndarray, injected: np.ndarray, injected_start: np.ndarray,
    scratch: np.ndarray, acts: np.ndarray, cursor: np.ndarray,
) -> None:  # fmt: skip
    """Watch customers in a span until all are through or there is no more room.

    Args:
        town: as in `_watch`, like all that is not named here.
        people: (customers, PERSON) who everybody is.
        who: (N,) numbers of those who are watched.
        states: (N, WATCH) what is known of each, changed.
        span: see `town`.
        arrivals: (K, INTENT) of all, grouped by customer.
        arrival_start: (N + 1,) where those of each begin.
        injected: (J, INTENT) likewise.
        injected_start: (N + 1,) likewise.
        scratch: see `town`.
        acts: (R, ACT) filled in from 0.
        cursor: (2,) the row of the customer to go on with, moved on; and how many acts there are.
    """
    n = 0
    most = 3 * ((span[1] - span[0]) // 86_400_000 + 2) * _ORDERS_A_DAY  # as in `most_acts`
    row = cursor[0]
    while row < who.shape[0]:
        mine = arrivals[arrival_start[row] : arrival_start[row + 1]]
        theirs = injected[injected_start[row] : injected_start[row + 1]]
        if n + most + 3 * (mine.shape[0] + theirs.shape[0]) > acts.shape[0]:
            break
        n = _watch(town, people[who[row]], states[row], who[row], span, mine, theirs, scratch, acts, n)
        row += 1
    cursor[0], cursor[1] = row, n


class Watch:
    """What controls know of one customer's payments, as far as they have been watched."""

    def __init__(self, bank: Bank, neighbours: Neighbours, customer: int) -> None:
        """Begin at the start of the episode."""
        self._bank, self._neighbours, self._customer = bank, neighbours, customer
        self.state = np.empty((1, c.WATCH), np.int64)
        start_watch(self.state[0])
        self.until = 0
        self.acts = NO_ACTS

    def advance(self, t: int) -> None:
        """Watch up to a moment [ms], which is excluded."""
        bank, start = self._bank, self.until
        if t <= start or not len(bank.town.rules):
            return
        self.until = t
        arrivals = self._neighbours.ordered_to(self._customer, start, t)
        cursor, who = np.zeros(2, np.int64), np.array([self._customer])
        acts = bank.room_for_acts(most_acts(t - start, len(arrivals)))
        watch_all(
            bank.town, bank.met(who).people, who, self.state, np.array([start, t]), arrivals,
            np.array([0, len(arrivals)]), NOTHING, _NOBODY, bank.scratch, acts, cursor,
        )  # fmt: skip
        self.note(acts[: cursor[1]])

    def has_seen(self, t: int) -> None:
        """Note that the account was watched up to a moment [ms] by somebody else."""
        if t > self.until and len(self._bank.town.rules):
            self.until = t

    def note(self, acts: np.ndarray) -> None:
        """Add (n, ACT) what controls or others did; alerts alone do nothing to an account."""
        if len(acts):
            self.acts = np.concatenate([self.acts, acts[acts[:, c.A_KIND] != c.ACT_ALERT]])

    @property
    def spans(self) -> np.ndarray:
        """(S, 2) from when to when nothing leaves the account, as far as it has been watched [ms]."""
        return spans_of(self.acts)[1] if len(self.acts) else NO_SPANS


def most_acts(span: int, given: int) -> int:
    """Return for how many acts there must be room, in a span [ms] with so many arrivals and injections."""
    return 3 * (span // 86_400_000 + 2) * _ORDERS_A_DAY + 3 * given


def given_blocks(rows: np.ndarray, owners: np.ndarray) -> np.ndarray:
    """Return (n, ACT) blocks that campaigns and reports set, of (J, INTENT) what they did to (J,) owners."""
    chosen = np.isin(rows[:, c.KIND], (c.BLOCK_ACCOUNT, c.UNBLOCK_ACCOUNT))
    rows, acts = rows[chosen], np.zeros((int(chosen.sum()), c.ACT), np.int64)
    acts[:, c.A_T], acts[:, c.A_CUSTOMER], acts[:, c.A_UNTIL] = rows[:, c.T], owners[chosen], rows[:, c.AMOUNT]
    acts[:, c.A_KIND] = np.where(rows[:, c.KIND] == c.BLOCK_ACCOUNT, c.ACT_GIVEN_BLOCK, c.ACT_GIVEN_END)
    return acts


def spans_of(acts: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return when nothing leaves accounts; a stopped payment is such a moment.

    Args:
        acts: (N, ACT) what was done to them.

    Returns:
        (S,) numbers of their owners, ascending, and (S, 2) from when to when [ms].
    """
    acts = acts[acts[:, c.A_KIND] != c.ACT_ALERT]
    acts = acts[np.lexsort((acts[:, c.A_KIND], acts[:, c.A_T], acts[:, c.A_CUSTOMER]))]
    is_stop = acts[:, c.A_KIND] == c.ACT_STOP
    blocks = acts[~is_stop]
    follows = blocks[1:, c.A_CUSTOMER] == blocks[:-1, c.A_CUSTOMER]
    ends = blocks[:, c.A_UNTIL].copy()
    ends[:-1][follows] = np.minimum(ends[:-1], blocks[1:, c.A_T])[follows]  # one block at a time: the last
    kept = blocks[:, c.A_KIND] != c.ACT_GIVEN_END
    owners = np.concatenate([acts[is_stop, c.A_CUSTOMER], blocks[kept, c.A_CUSTOMER]])
    begins = np.concatenate([acts[is_stop, c.A_T], blocks[kept, c.A_T]])
    ends = np.concatenate([acts[is_stop, c.A_UNTIL], ends[kept]])
    order = np.lexsort((ends, begins, owners))
    return owners[order], np.column_stack([begins, ends])[order]


def were_sent(ordered: np.ndarray, owners: np.ndarray, spans: np.ndarray) -> np.ndarray:
    """Return (K,) whether what was ordered left the payer's account.

    Args:
        ordered: (K, INTENT) with OTHER, who pays, and WHEN it was sent.
        owners: (S,) of accounts from which nothing leaves for a while, ascending.
        spans: (S, 2) from when to when [ms].
    """
    sent = np.ones(len(ordered), np.bool_)
    first = np.searchsorted(owners, ordered[:, c.OTHER], side="left")
    count = np.searchsorted(owners, ordered[:, c.OTHER], side="right") - first
    row = np.repeat(np.arange(len(ordered)), count)
    place = np.arange(len(row)) + np.repeat(first - np.cumsum(count) + count, count)
    t = ordered[row, c.WHEN]
    sent[row[(spans[place, 0] <= t) & (t < spans[place, 1])]] = False
    return sent


def as_injections(acts: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return (J, INTENT) what controls do to accounts, in the order of time, and (J,) the owners.

    These are stops and blocks of their own; those that campaigns and reports set are injections already.
    """
    acts = acts[(acts[:, c.A_KIND] == c.ACT_STOP) | (acts[:, c.A_KIND] == c.ACT_BLOCK)]
    acts = acts[acts[:, c.A_T].argsort(kind="stable")]
    rows = np.zeros((len(acts), c.INTENT), np.int64)
    rows[:, c.T], rows[:, c.AMOUNT] = acts[:, c.A_T], acts[:, c.A_UNTIL]
    rows[:, c.KIND] = np.where(acts[:, c.A_KIND] == c.ACT_STOP, c.STOP_ORDER, c.BLOCK_ACCOUNT)
    rows[:, c.SHOP], rows[:, c.PLACE], rows[:, c.MARK], rows[:, c.OTHER] = c.NO_SHOP, -1, -1, -1
    return rows, acts[:, c.A_CUSTOMER]
