"""What can be seen of how values are written."""

from decimal import Decimal

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from oddsmith.probe.formats import decimals, roundness

cents = st.integers(-10_000_000, 10_000_000)


@given(st.lists(cents, min_size=1, max_size=20))
def test_decimals_are_those_of_the_decimal_number(amounts):
    found = decimals(np.array(amounts) / 100.0)
    exact = [max(0, -int(Decimal(f"{a / 100:.2f}").normalize().as_tuple().exponent)) for a in amounts]
    np.testing.assert_array_equal(found, exact)


@given(st.lists(cents, min_size=1, max_size=20))
def test_roundness_counts_the_noughts_of_the_amount_in_cents(amounts):
    found = roundness(np.array(amounts) / 100.0)
    noughts = [len(str(a)) - len(str(a).rstrip("0")) if a else 0 for a in amounts]
    np.testing.assert_array_equal(found, noughts)


def test_what_is_missing_has_no_format():
    assert np.isnan(decimals(np.array([np.nan])))
    assert np.isnan(roundness(np.array([np.nan])))
