"""On which devices customers order: they replace their own, and register, logins, rules and entries agree."""

import numpy as np
import pytest

from sim.domains.fraud import layout as c
from sim.domains.fraud.controls_rules import judge_payment, start_watch
from sim.domains.fraud.devices import KEPT, device_of, is_unfamiliar, own_device
from sim.domains.fraud.draws import ENTITIES, identity
from sim.domains.fraud.registers import devices

DAY = 86_400_000
CUSTOMERS, DAYS = 900, 60
STRANGE = 0.02


@pytest.fixture(scope="module")
def bank(banks):
    return banks.opened(CUSTOMERS, DAYS)


@pytest.fixture(scope="module")
def online(bank, banks):
    """All entries with a device."""
    rows = banks.entries(bank)
    return rows[rows[:, c.R_DEVICE] != 0]


@pytest.fixture(scope="module")
def register(bank):
    """Device -> (customer, day from which on it is used)."""
    began = np.datetime64(bank.clock.start.date(), "D")
    owners = {
        int(identity(bank.town.noise[0], ENTITIES["customer"], one)): one for one in range(bank.customers)
    }
    return {
        int(device): (owners[int(owner)], int((day - began).astype(int)))
        for batch in devices(bank)
        for device, owner, day in zip(
            batch["device_id"].values, batch["customer_id"].values, batch["registered"], strict=True
        )
    }


def _id(value):
    return int(value) & (1 << 64) - 1


def test_all_but_one_of_fifty_orders_come_from_a_device_of_their_owner(online, register):
    known = [register.get(_id(row[c.R_DEVICE])) for row in online]
    strange = np.mean([one is None for one in known])
    assert strange == pytest.approx(STRANGE, abs=4.5 * (STRANGE / len(online)) ** 0.5)
    for row, one in zip(online, known, strict=True):
        assert one is None or one[0] == row[c.R_ACCOUNT]


def test_no_device_is_used_before_it_is_registered_or_after_it_was_replaced(online, register):
    last, first = {}, {}
    for row in online:
        one = register.get(_id(row[c.R_DEVICE]))
        if one is not None:
            assert row[c.R_T] // DAY >= one[1]
            last[_id(row[c.R_DEVICE])] = max(last.get(_id(row[c.R_DEVICE]), 0), int(row[c.R_T]))
            first.setdefault(_id(row[c.R_DEVICE]), int(row[c.R_T]))
    fresh = [device for device, (_, day) in register.items() if day > 0]
    assert len(set(fresh) & set(first)) > 20  # honest devices that nobody had seen before


def test_devices_are_replaced_as_often_as_they_are_old(bank, register):
    people, _ = bank.people(np.arange(bank.customers))
    owned = people[:, c.DEVICES].sum()
    replaced = len(register) - owned
    expected = owned * DAYS * DAY / KEPT
    assert abs(replaced - expected) < 4.5 * expected**0.5


def test_a_new_device_stays_and_is_unfamiliar_for_a_day(bank):
    key = bank.town.noise[0]
    person, _ = bank.people(np.arange(1))
    person[0, c.DEVICES] = 1.0
    hours = np.arange(0, 2 * KEPT, DAY // 4)
    used = [device_of(key, 0, 0, int(t)) for t in hours]
    changes = np.flatnonzero(np.array(used[1:]) != np.array(used[:-1])) + 1
    assert len(changes) == 2
    assert len(set(used)) == 3
    assert hours[changes[1]] - hours[changes[0]] == pytest.approx(KEPT, abs=DAY)
    ref = next(ref for ref in range(1, 99) if own_device(key, person[0], 0, ref << 8, 0) == used[0]) << 8
    unfamiliar = [hours[k] for k in range(len(hours)) if is_unfamiliar(key, person[0], 0, ref, int(hours[k]))]
    near = [t for t in unfamiliar if abs(t - hours[changes[0]]) <= 2 * DAY]
    assert min(near) == hours[changes[0]]
    assert max(near) - min(near) == pytest.approx(DAY, abs=DAY // 3)


def test_rules_take_the_first_orders_on_a_new_device_for_those_of_a_stranger(banks):
    """The usual rule for new devices stops honest payments to somebody new on the day of the change alone."""
    bank = banks.opened(3, 30, controls=banks.controls | {"unrecognised": 0.0})
    people, _ = bank.people(np.arange(1))
    key = bank.town.noise[0]
    ref, change = next(
        (ref << 8, t)
        for ref in range(1, 400)
        for t in [
            next(t for t in range(0, 2 * KEPT, DAY // 2) if device_of(key, 0, 0, t) != device_of(key, 0, 0, 0))
        ]
        if not is_unfamiliar(key, people[0], 0, ref << 8, t - DAY)
        and own_device(key, people[0], 0, ref << 8, t) == device_of(key, 0, 0, t)
    )
    alerts = []
    for t in (change - DAY, change, change + 2 * DAY):
        watch, acts = np.empty(c.WATCH, np.int64), np.zeros((3, c.ACT), np.int64)
        start_watch(watch)
        what = np.zeros(c.INTENT, np.int64)
        what[c.T], what[c.KIND], what[c.AMOUNT], what[c.CHANNEL] = t, c.CREDIT_TRANSFER, -150_00, c.INSTANT
        what[c.ENTRY], what[c.PARTY], what[c.REF], what[c.PLACE] = c.APP, 12345, ref, -1
        alerts.append(judge_payment(bank.town, people[0], watch, 0, what, acts, 0))
    assert alerts[0] == 0
    assert alerts[1] > 0
    assert alerts[2] == 0
