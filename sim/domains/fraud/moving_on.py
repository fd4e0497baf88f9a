"""One account moved on to a moment, and something done to it there: what the ledger does at every turn."""

from __future__ import annotations

import numpy as np

from sim.domains.fraud import layout as c
from sim.domains.fraud.compiling import leaf
from sim.domains.fraud.controls_watch import watch_all
from sim.domains.fraud.living import live_all, order
from sim.domains.fraud.shops import Town

__all__ = ["ASKED", "ROUTE", "TOLD", "move_on"]

ASKED = CUSTOMER, START, STOP, WATCHED, OBEYED, DAY, KNOWN = 0, 1, 2, 3, 4, 5, 6
"""What is asked for; moments in ms. DAY: of the order, -1 for none. KNOWN: how many acts are known already."""
TOLD = LIVED, ACTS, DONE, POSTED = 7, 8, 9, 10
"""What is told: entries of the span, acts of the span, acts about the order, entries of the order."""
_WHO, _ARRIVALS, _SPAN, _CURSOR, _INJECTED = 11, 12, 14, 16, 18
ROUTE = 20
"""Numbers of a route: what is asked for and told, and room."""


@leaf
def _by_controls(
    acts: np.ndarray, count: int, obeyed: int, start: int, stop: int, out: np.ndarray
) -> int:  # fmt: skip
    """Write what controls do to an account in a span, as injections in the order of time; return how many.

    Blocks that were carried out by `obeyed` are left out. As `controls_watch.as_injections` for a whole book.
    """
    n = 0
    for k in range(count):
        t, kind = acts[k, c.A_T], acts[k, c.A_KIND]
        if kind != c.ACT_STOP and kind != c.ACT_BLOCK:
            continue
        if not start <= t < stop or (kind == c.ACT_BLOCK and t <= obeyed):
            continue
        at = n
        while at > 0 and out[at - 1, c.T] > t:
            for column in range(c.INTENT):
                out[at, column] = out[at - 1, column]
            at -= 1
        for column in range(c.INTENT):
            out[at, column] = 0
        out[at, c.T], out[at, c.AMOUNT] = t, acts[k, c.A_UNTIL]
        out[at, c.KIND] = c.STOP_ORDER if kind == c.ACT_STOP else c.BLOCK_ACCOUNT
        out[at, c.SHOP], out[at, c.PLACE], out[at, c.MARK], out[at, c.OTHER] = c.NO_SHOP, -1, -1, -1
        n += 1
    return n


@leaf
def move_on(
    town: Town, people: np.ndarray, orders: np.ndarray, state: np.ndarray, watch: np.ndarray,
    ordered: np.ndarray, credits: np.ndarray, what: np.ndarray, scratch: np.ndarray, acts: np.ndarray,
    injected: np.ndarray, rows: np.ndarray, route: np.ndarray,
) -> None:  # fmt: skip
    """Move an account on: controls watch a span, then its owner lives it; then an order is carried out, if any.

    Args:
        town: where the customer lives.
        people: (N, PERSON) all customers; this one must be filled in.
        orders: (N, SLOTS, ORDER) their monthly payments.
        state: (1, STATE) of the account, changed.
        watch: (1, WATCH) what controls know of it, changed.
        ordered: (K, INTENT) what others order to the account and arrives in the span, in order.
        credits: (K', INTENT) what of it was sent.
        what: (INTENT,) the order, at the end of the span.
        scratch: (MOST, INTENT) room to work in.
        acts: (A, ACT) KNOWN acts; those of the span and those about the order are added.
        injected: (J, INTENT) room for what controls do.
        rows: (R, ROW) entries of the span, then of the order; filled in from 0.
        route: (ROUTE,) what is asked for; what is told is filled in, the rest is room.
    """
    customer, start, stop = route[CUSTOMER], route[START], route[STOP]
    known, found, n = route[KNOWN], 0, 0
    cursor, span = route[_CURSOR : _CURSOR + 2], route[_SPAN : _SPAN + 2]
    if start < stop:
        if route[WATCHED] < stop and town.rules.shape[0] > 0:
            first = 0
            while first < ordered.shape[0] and ordered[first, c.T] < route[WATCHED]:
                first += 1
            route[_WHO], route[_ARRIVALS], route[_ARRIVALS + 1] = customer, first, ordered.shape[0]
            route[_INJECTED], route[_INJECTED + 1] = 0, 0
            span[0], span[1], cursor[0], cursor[1] = route[WATCHED], stop, 0, 0
            watch_all(
                town, people, route[_WHO : _WHO + 1], watch, span, ordered, route[_ARRIVALS : _ARRIVALS + 2],
                injected, route[_INJECTED : _INJECTED + 2], scratch, acts[known:], cursor,
            )  # fmt: skip
            found = cursor[1]
        given = _by_controls(acts, known + found, route[OBEYED], start, stop, injected)
        route[_ARRIVALS], route[_ARRIVALS + 1] = 0, credits.shape[0]
        route[_INJECTED], route[_INJECTED + 1] = 0, given
        span[0], span[1], cursor[0], cursor[1] = start, stop, 0, 0
        live_all(
            town, people[customer : customer + 1], orders[customer : customer + 1], state, span, credits,
            route[_ARRIVALS : _ARRIVALS + 2], injected, route[_INJECTED : _INJECTED + 2], scratch, rows, cursor,
            customer,
        )  # fmt: skip
        n = cursor[1]
    route[LIVED], route[ACTS], route[DONE], route[POSTED] = n, found, 0, 0
    if route[DAY] >= 0:
        all_known = known + found
        done, posted = order(
            town, people[customer], watch[0], state[0], what, customer, route[DAY], route[OBEYED],
            acts[:all_known], acts[all_known:], rows[n:],
        )  # fmt: skip
        route[DONE], route[POSTED] = done, posted
