"""Numbers have the form of real ones and cannot exist; ids belong to what there is."""

import numpy as np
import pytest

from sim.domains.fraud import layout as c
from sim.domains.fraud.presets import TABLE
from sim.domains.fraud.registers import accounts, cards, customers, devices, ibans, merchants


@pytest.mark.parametrize("known", [0, 1, 10**16 - 1, 2**64 - 1])
def test_an_iban_has_its_check_digits_and_no_country(known):
    (iban,) = ibans(np.array([known], np.uint64))
    moved = "".join(str(int(sign, 36)) for sign in iban[4:] + iban[:4])
    assert int(moved) % 97 == 1  # ISO 7064 mod 97-10
    assert iban[:2] == "XX"
    assert len(iban) == 20


@pytest.mark.parametrize("preset", sorted(TABLE))
def test_all_that_entries_name_is_in_the_registers(banks, preset):
    bank = banks.opened(150, 20, preset=preset)
    rows = banks.entries(bank)
    for make, column, name in ((cards, c.R_CARD, "card_id"), (merchants, None, "merchant_id")):
        known = np.concatenate([batch[name].values for batch in make(bank)]).view(np.int64)
        assert len(np.unique(known)) == len(known)
        used = rows[rows[:, c.R_SHOP] >= 0, c.R_PARTY] if column is None else rows[rows[:, column] != 0, column]
        assert set(used.tolist()) <= set(known.tolist())


def test_one_of_fifty_honest_orders_comes_from_a_device_nobody_registered(banks):
    """Each of them once; within 4.5 standard errors."""
    bank = banks.opened(400, 40)
    rows = banks.entries(bank)
    (known,) = (batch["device_id"].values for batch in devices(bank))
    used = rows[rows[:, c.R_DEVICE] != 0, c.R_DEVICE].view(np.uint64)
    strange = used[~np.isin(used, known)]
    assert abs(len(strange) / len(used) - 0.02) < 4.5 * (0.02 / len(used)) ** 0.5
    assert len(np.unique(strange)) > 0.99 * len(strange)


def test_there_is_an_account_for_every_customer(banks):
    bank = banks.opened(333, 10)
    (own,) = accounts(bank)
    (people,) = customers(bank)
    np.testing.assert_array_equal(own["customer_id"].values, people["customer_id"].values)
    assert len(np.unique(own["account_id"].values)) == 333
    assert np.all(own["opened"] <= np.datetime64("2024-02-20"))
    assert people["age"].min() >= 18
