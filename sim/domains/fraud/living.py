"""Customers' lives: intents, credits, what is pending and what campaigns inject, in the order of time."""

from __future__ import annotations

import numpy as np

from sim.domains.fraud import layout as c
from sim.domains.fraud.compiling import leaf, single
from sim.domains.fraud.controls_rules import judge_payment
from sim.domains.fraud.intents import MOST, day_intents
from sim.domains.fraud.posting import post
from sim.domains.fraud.shops import Town

__all__ = ["live_all", "order"]


@single
def _live(
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
    scratch: np.ndarray, rows: np.ndarray, cursor: np.ndarray, first: int,
) -> None:  # fmt: skip
    """Live the lives of customers in a span until all are through or the room for entries is used up.

    Args:
        town: where they live.
        people: (N, PERSON) who they are: customers of consecutive numbers, all or a single one.
        orders: (N, SLOTS, ORDER) their monthly payments.
        states: (N, STATE) of their accounts, changed.
        span: (2,) first moment and end [ms].
        credits: (K, INTENT) of all customers, grouped by customer.
        credit_start: (N + 1,) where the credits of each begin.
        injected: (J, INTENT) likewise.
        injected_start: (N + 1,) likewise.
        scratch: (MOST, INTENT) room to work in.
        rows: (R, ROW) entries, filled in from 0.
        cursor: (2,) the row of the customer to go on with, moved on; and how many entries there are.
        first: number of the customer in row 0.
    """
    n = 0
    most = ((span[1] - span[0]) // 86_400_000 + 2) * MOST
    k = cursor[0]
    while k < people.shape[0]:
        mine = credits[credit_start[k] : credit_start[k + 1]]
        theirs = injected[injected_start[k] : injected_start[k + 1]]
        if n + most + mine.shape[0] + theirs.shape[0] > rows.shape[0]:
            break
        n = _live(town, people[k], orders[k], states[k], first + k, span, mine, theirs, scratch, rows, n)
        k += 1
    cursor[0], cursor[1] = k, n


@leaf
def order(
    town: Town, p: np.ndarray, w: np.ndarray, state: np.ndarray, what: np.ndarray, i: int, d: int, obeyed: int,
    known: np.ndarray, acts: np.ndarray, rows: np.ndarray,
) -> tuple[int, int]:  # fmt: skip
    """Carry out what is done to an account now: rules look at it first.

    Args:
        town: where the customer lives.
        p: (PERSON,) whose account it is.
        w: (WATCH,) what controls know of it, changed.
        state: (STATE,) of the account, changed.
        what: (INTENT,) what is done; STOPPED is added to BY if it is refused.
        i: number of the customer.
        d: day it happens on.
        obeyed: moment up to which blocks by controls have been carried out [ms].
        known: (A, ACT) what controls did before.
        acts: (N, ACT) what they and others do now, filled in.
        rows: (N, ROW) entries, filled in.

    Returns:
        How many acts and how many entries there are.
    """
    t = what[c.T]
    done = judge_payment(town, p, w, i, what, acts, 0)
    if what[c.KIND] == c.BLOCK_ACCOUNT or what[c.KIND] == c.UNBLOCK_ACCOUNT:
        acts[done] = 0
        acts[done, c.A_T], acts[done, c.A_CUSTOMER], acts[done, c.A_UNTIL] = t, i, what[c.AMOUNT]
        acts[done, c.A_KIND] = c.ACT_GIVEN_BLOCK if what[c.KIND] == c.BLOCK_ACCOUNT else c.ACT_GIVEN_END
        done += 1
    if t > obeyed:  # blocks by controls that begin at this very moment
        for k in range(known.shape[0] + done):
            one = known[k] if k < known.shape[0] else acts[k - known.shape[0]]
            if one[c.A_KIND] == c.ACT_BLOCK and one[c.A_T] == t:
                state[c.ACCOUNT_BLOCKED_FROM], state[c.ACCOUNT_BLOCKED_TO] = t, one[c.A_UNTIL]
    return done, post(town, p, state, what, i, d, rows, 0)
