"""Customers' lives: intents, credits, what is pending and what campaigns inject, in the order of time."""

from __future__ import annotations

import numpy as np

from sim.domains.fraud import layout as c
from sim.domains.fraud.compiling import leaf
from sim.domains.fraud.intents import MOST, day_intents
from sim.domains.fraud.posting import post
from sim.domains.fraud.shops import Town

__all__ = ["live", "live_all"]


@leaf
def live(
    town: Town, p: np.ndarray, orders: np.ndarray, state: np.ndarray, i: int, span: np.ndarray,
    credits: np.ndarray, injected: np.ndarray, scratch: np.ndarray, rows: np.ndarray, n: int,
) -> int:  # fmt: skip
    """Live one customer's life in a span, its end excluded, and append its entries.

    At one moment, injections come first, then what was pending, credits, and the customer's own intents. So it
    makes no difference whether a span is lived at once or in parts.

    Args:
        town: where the customer lives.
        p: (PERSON,) who it is.
        orders: (SLOTS, ORDER) its monthly payments.
        state: (STATE,) of its account, changed.
        i: its number.
        span: (2,) first moment and end [ms].
        credits: (K, INTENT) from other customers in this span, in order of (time, number).
        injected: (J, INTENT) by campaigns and controls in this span, in order.
        scratch: (MOST, INTENT) room to work in.
        rows: (N, ROW) entries.
        n: how many there are already.

    Returns:
        How many entries there are now.
    """
    start, stop = span[0], span[1]
    d = np.searchsorted(town.days[:, c.MIDNIGHT], start, side="right") - 1
    credit, injection = 0, 0
    while d < town.days.shape[0] and town.days[d, c.MIDNIGHT] < stop:
        own = day_intents(town, p, orders, i, d, scratch)
        end = min(stop, town.days[d, c.MIDNIGHT] + town.days[d, c.LENGTH])
        at = 0
        while at < own and scratch[at, c.T] < start:
            at += 1
        while True:
            waiting = -1
            first = end
            if at < own and scratch[at, c.T] < first:
                first, waiting = scratch[at, c.T], 0
            if credit < credits.shape[0] and credits[credit, c.T] <= first and credits[credit, c.T] < end:
                first, waiting = credits[credit, c.T], 1
            slot = -1
            for w in range(c.WAITING):
                due = state[c.PENDING + w * c.WAIT + c.T]
                if due < end and (due < first or (due == first and slot < 0)):
                    first, waiting, slot = due, 2, c.PENDING + w * c.WAIT
            if (
                injection < injected.shape[0]
                and injected[injection, c.T] <= first
                and injected[injection, c.T] < end
            ):
                waiting = 3
            if waiting < 0:
                break
            if waiting == 0:
                n = post(town, p, state, scratch[at], i, d, rows, n)
                at += 1
            elif waiting == 1:
                n = post(town, p, state, credits[credit], i, d, rows, n)
                credit += 1
            elif waiting == 3:
                n = post(town, p, state, injected[injection], i, d, rows, n)
                injection += 1
            else:
                # The slot must be free again before what it holds can ask for one.
                own_copy = scratch[MOST - 1]
                for k in range(c.INTENT):
                    own_copy[k] = state[slot + k]
                state[slot + c.T] = c.NEVER
                n = post(town, p, state, own_copy, i, d, rows, n)
        d += 1
    return n


@leaf
def live_all(
    town: Town, people: np.ndarray, orders: np.ndarray, states: np.ndarray, span: np.ndarray,
    credits: np.ndarray, credit_start: np.ndarray, injected: np.ndarray, injected_start: np.ndarray,
    scratch: np.ndarray, rows: np.ndarray, cursor: np.ndarray,
) -> None:  # fmt: skip
    """Live the lives of all customers in a span until they are through or the room for entries is used up.

    Args:
        town: where they live.
        people: (N, PERSON) who they are.
        orders: (N, SLOTS, ORDER) their monthly payments.
        states: (N, STATE) of their accounts, changed.
        span: (2,) first moment and end [ms].
        credits: (K, INTENT) of all customers, grouped by customer.
        credit_start: (N + 1,) where the credits of each begin.
        injected: (J, INTENT) likewise.
        injected_start: (N + 1,) likewise.
        scratch: (MOST, INTENT) room to work in.
        rows: (R, ROW) entries, filled in from 0.
        cursor: (2,) the customer to go on with, moved on; and how many entries there are.
    """
    n = 0
    most = ((span[1] - span[0]) // 86_400_000 + 2) * MOST
    i = cursor[0]
    while i < people.shape[0]:
        mine = credits[credit_start[i] : credit_start[i + 1]]
        theirs = injected[injected_start[i] : injected_start[i + 1]]
        if n + most + mine.shape[0] + theirs.shape[0] > rows.shape[0]:
            break
        n = live(town, people[i], orders[i], states[i], i, span, mine, theirs, scratch, rows, n)
        i += 1
    cursor[0], cursor[1] = i, n
