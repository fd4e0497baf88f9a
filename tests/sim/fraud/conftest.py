"""Small banks, opened and lived."""

from types import SimpleNamespace

import numpy as np
import pytest

from sim.domains.fraud import layout as c
from sim.domains.fraud.bank import Bank
from sim.domains.fraud.book import Book
from sim.domains.fraud.presets import TABLE
from sim.noise import Noise
from sim.wall_clock import parse_start


def _opened(customers=120, days=45, *, preset="retail_bank_eu", key=7, start="2024-02-20 00:00"):
    return Bank.open(
        Noise(key),
        preset=TABLE[preset],
        clock=parse_start(f"{start} Europe/Berlin"),
        duration=days * 86400.0,
        customers=customers,
        merchants=512,
    )


def _entries(bank, injections=(), **more):
    parts = [window.copy() for window in Book(bank, injections, **more).windows()]
    return np.concatenate(parts)


def _of(rows, customer):
    own = rows[rows[:, c.R_ACCOUNT] == customer]
    return own[np.argsort(own[:, c.R_T], kind="stable")]


@pytest.fixture(scope="session")
def banks():
    """`opened(...)` a bank, `entries(bank, injections)` in time order, `of(rows, customer)` one account's."""
    return SimpleNamespace(opened=_opened, entries=_entries, of=_of)
