"""Controls over all customers: the watch that the ledger keeps of a few, window by window for a whole book."""

from __future__ import annotations

import numpy as np

from sim.domains.fraud import layout as c
from sim.domains.fraud.bank import Bank
from sim.domains.fraud.controls_rules import start_watch
from sim.domains.fraud.controls_watch import (
    NO_ACTS,
    as_injections,
    given_blocks,
    spans_of,
    watch_all,
    were_sent,
)
from sim.domains.fraud.injections import Injections

__all__ = ["Guard"]

_ACTS_AT_ONCE = 1 << 16


class Guard:
    """Watches the payments of all customers; windows must be gone through in the order of time."""

    def __init__(self, bank: Bank, people: np.ndarray, injections: Injections) -> None:
        """Begin at the start of the episode.

        Args:
            bank: of the episode.
            people: (N, PERSON) all customers.
            injections: what campaigns and reports did, of each customer in the order it was done.
        """
        self._bank, self._people = bank, people
        self._given, self._givers = _by_customer(injections.rows, injections.customers)
        self._states = np.empty((bank.customers if len(bank.town.rules) else 0, c.WATCH), np.int64)
        if len(self._states):
            start_watch(self._states[0])
            self._states[1:] = self._states[0]
        self._alerts: list[np.ndarray] = [NO_ACTS]
        self._to_come = NO_ACTS  # stops and blocks that are not before the window
        self._done = given_blocks(self._given, self._givers)  # with stops and blocks by controls so far

    def watch(
        self, arrivals: np.ndarray, owners: np.ndarray, start: int, stop: int
    ) -> tuple[np.ndarray, np.ndarray]:
        """Watch a window, and return what of its arrivals really comes.

        Args:
            arrivals: (K, INTENT) what is ordered to customers' accounts and arrives in the window, by payee.
            owners: (K,) payees.
            start: first moment [ms].
            stop: the end [ms].

        Returns:
            (K', INTENT) credits, and (N + 1,) where those of each customer begin.
        """
        everybody = np.arange(self._bank.customers + 1)
        if len(self._states):
            self._watch(arrivals, np.searchsorted(owners, everybody), start, stop)
        sent = were_sent(arrivals, *spans_of(self._done))
        return np.ascontiguousarray(arrivals[sent]), np.searchsorted(owners[sent], everybody)

    def injected(self, start: int, stop: int) -> tuple[np.ndarray, np.ndarray]:
        """Return (J, INTENT) what is done to accounts in a window, controls first, and (N + 1,) starts."""
        acts = self._to_come[self._to_come[:, c.A_T] < stop]
        controls, owners = _by_customer(*as_injections(acts))
        set_now, given_now = (
            (rows[:, c.T] >= start) & (rows[:, c.T] < stop) for rows in (controls, self._given)
        )
        what = np.concatenate([controls[set_now], self._given[given_now]])
        owner = np.concatenate([owners[set_now], self._givers[given_now]])
        order = np.lexsort((what[:, c.T], owner))
        starts = np.searchsorted(owner[order], np.arange(self._bank.customers + 1))
        return np.ascontiguousarray(what[order]), starts

    def alerts(self) -> np.ndarray:
        """Return (n, ACT) the alerts that opened a case so far."""
        return np.concatenate(self._alerts)

    def _watch(self, arrivals: np.ndarray, starts: np.ndarray, start: int, stop: int) -> None:
        bank = self._bank
        inside = (self._given[:, c.T] >= start) & (self._given[:, c.T] < stop)
        given = np.ascontiguousarray(self._given[inside])
        given_start = np.searchsorted(self._givers[inside], np.arange(bank.customers + 1))
        everybody = np.arange(bank.customers)
        acts, cursor = np.empty((_ACTS_AT_ONCE, c.ACT), np.int64), np.zeros(2, np.int64)
        while cursor[0] < bank.customers:
            before, cursor[1] = cursor[0], 0
            watch_all(
                bank.town, self._people, everybody, self._states, np.array([start, stop]), arrivals, starts,
                given, given_start, bank.scratch, acts, cursor,
            )  # fmt: skip
            if cursor[0] == before:
                acts = np.empty((2 * len(acts), c.ACT), np.int64)
            found = acts[: cursor[1]]
            self._alerts.append(found[(found[:, c.A_KIND] == c.ACT_ALERT) & (found[:, c.A_RULE] > 0)])
            others = found[found[:, c.A_KIND] != c.ACT_ALERT]
            self._to_come = np.concatenate([self._to_come[self._to_come[:, c.A_T] >= start], others])
            self._done = np.concatenate([self._done, others])


def _by_customer(rows: np.ndarray, owners: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return (J, INTENT) and (J,) their owners, sorted by owner, each in the given order."""
    order = np.argsort(owners, kind="stable")
    return rows[order], owners[order]
