"""The kernels of daily life and of posting against small twins in plain Python."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import norm, poisson

from sim.domains.fraud import layout as c
from sim.domains.fraud.categories import CASH, PROFILES
from sim.domains.fraud.compiling import folded, leaf
from sim.domains.fraud.controls_rules import start_watch
from sim.domains.fraud.controls_watch import NO_ACTS
from sim.domains.fraud.draws import charged, stream
from sim.domains.fraud.ledger import Ledger
from sim.domains.fraud.living import order
from sim.domains.fraud.posting import start_accounts
from sim.domains.fraud.shops import CITIES
from sim.noise import philox, uniforms

HOUR, DAY = 3_600_000, 86_400_000
ALL = (1 << 64) - 1


@pytest.fixture(scope="module")
def bank(banks):
    return banks.opened(40, 30)


# -- one order after the other -------------------------------------------------------------------------------

KINDS = {
    "card": (c.PURCHASE, c.CARD_PRESENT, -1),
    "cash": (c.WITHDRAWAL, c.CASH_DESK, -1),
    "transfer": (c.CREDIT_TRANSFER, c.TRANSFER, -1),
    "credit": (c.CREDIT_TRANSFER, c.TRANSFER, 1),
    "block": (c.BLOCK_ACCOUNT, c.INTERNAL, 0),
}
MOVES = st.lists(
    st.tuples(st.sampled_from(sorted(KINDS)), st.integers(1, 30 * HOUR), st.integers(1, 400_000)), max_size=14
)


def _expected(person, moves):
    """The twin: (status, balance) of each order that leaves an entry."""
    balance, today, blocked_to = int(person[c.START]), -1, 0
    limits = {"card": person[c.CARD_LIMIT], "cash": person[c.CASH_LIMIT], "transfer": person[c.TRANSFER_LIMIT]}
    for kind, t, amount in moves:
        if t // DAY != today:
            today, spent = t // DAY, dict.fromkeys(limits, 0)
        if kind == "block":
            blocked_to = t + 5 * HOUR
            continue
        status = c.SETTLED
        if kind == "credit":
            balance += amount
        elif t < blocked_to:
            status = c.ACCOUNT_BLOCKED
        elif spent[kind] + amount > limits[kind]:
            status = c.LIMIT_EXCEEDED
        elif balance + person[c.OVERDRAFT] < amount:
            status = c.INSUFFICIENT_FUNDS
        else:
            balance -= amount
            spent[kind] += amount
        yield status, balance


@settings(max_examples=60, deadline=None)
@given(moves=MOVES, customer=st.integers(0, 39))
def test_orders_settle_as_limits_blocks_and_funds_say(bank, moves, customer):
    habits = bank.town.settings.copy()
    habits[c.REFUSED] = 0.0
    town, person = bank.town._replace(settings=habits), bank.person(customer)
    state, watch = np.empty((1, c.STATE), np.int64), np.empty(c.WATCH, np.int64)
    start_accounts(person[None], state)
    start_watch(watch)
    acts, rows, t, timed, found = np.empty((3, c.ACT), np.int64), np.empty((4, c.ROW), np.int64), 0, [], []
    for number, (name, gap, amount) in enumerate(moves):
        t += gap
        if t >= 28 * DAY:
            break
        kind, channel, sign = KINDS[name]
        what = np.zeros(c.INTENT, np.int64)
        what[[c.T, c.KIND, c.CHANNEL, c.SHOP, c.PLACE, c.OTHER, c.REF]] = t, kind, channel, -1, -1, -1, number
        what[c.AMOUNT] = t + 5 * HOUR if name == "block" else sign * amount
        timed.append((name, t, amount))
        _, n = order(town, person, watch, state[0], what, customer, bank.day_of(t), -1, NO_ACTS, acts, rows)
        found += [(int(row[c.R_STATUS]), int(row[c.R_BALANCE])) for row in rows[:n]]
        assert all((row[c.R_POSTED] >= t) == (row[c.R_STATUS] == c.SETTLED) for row in rows[:n])
    assert found == list(_expected(person, timed))


# -- purchases of a day --------------------------------------------------------------------------------------


def _mixed(x):
    x = (x ^ (x >> 30)) * 0xBF58476D1CE4E5B9 & ALL
    x = (x ^ (x >> 27)) * 0x94D049BB133111EB & ALL
    return x ^ (x >> 31)


class Twin:
    """What one customer buys on a day, step by step; `purchases` gives (t, amount, shop, channel) of each."""

    def __init__(self, bank, customer):
        self.town, self.person, self.customer = bank.town, bank.person(customer), customer

    def where(self, name):
        return int(stream(name)) ^ _mixed((self.customer + 0x9E3779B97F4A7C15) & ALL)

    def one(self, name, index):
        return float(uniforms(self.town.noise[0], self.where(name), index))

    def four(self, name, index):
        words = philox(np.uint64(self.town.noise[0]), np.uint64(self.where(name)), np.uint64(index))
        return [(int(word) + 0.5) * 2.0**-32 for word in words]

    def away(self, d):
        goes, u, w, v = self.four("trip", d // 30)
        length = 1 + int(13.0 * u * u)
        begin = int((30 - length) * w)
        if goes >= self.person[c.TRAVELS] or not begin <= d % 30 < begin + length:
            return -1
        places = (len(self.town.start) - 1) // len(self.town.kinds)
        return int(CITIES * v / 0.55) if v < 0.55 else CITIES + int((places - 1 - CITIES) * (v - 0.55) / 0.45)

    def mean(self, d):
        day, town, person = self.town.days[d], self.town, self.person
        since = (day[c.DATE] - int(person[c.PAYDAY])) % 31
        lift = town.lift[since] if since < len(town.lift) else 1.0
        burst = math.exp(0.9 * norm.ppf(self.one("day", (1 << 30) + d // 3)) - 0.5 * 0.81)
        month = 1.25 if day[c.MONTH] % 12 == 11 else 0.98
        travels = 1.4 if self.away(d) >= 0 else 1.0
        return person[c.RATE] * town.weekdays[day[c.WEEKDAY]] * lift * burst * month * travels

    def purchases(self, d):
        count = poisson.ppf(self.four("day", d)[0], self.mean(d))
        return [self.purchase(d, k) for k in range(int(count))]

    def purchase(self, d, k):
        town, person, day, away = self.town, self.person, self.town.days[d], self.away(d)
        what, where, whose, when = self.four("buy", (d * 64 + k) * 2)
        much, atom, _, _ = self.four("buy", (d * 64 + k) * 2 + 1)
        kind = int(np.searchsorted(town.mix[int(person[c.SEGMENT])], what))
        about, places = town.kinds[kind], (len(town.start) - 1) // len(town.kinds)
        share = about[c.ONLINE_SHARE]
        is_online = share == 1.0 or where < min(share * person[c.ONLINE], 0.98)
        place = places - 1 if is_online else int(person[c.CITY]) if away < 0 else away
        if not is_online and away < 0 and where > 0.93:
            place = int(np.searchsorted(town.cities, (where - 0.93) / 0.07))
        u = whose / 0.7 if whose < 0.7 else (whose - 0.7) / 0.3
        if whose < 0.7 and away < 0:
            u = self.four("habit", kind * 2 + is_online)[sum(u >= edge for edge in (0.46, 0.68, 0.85))]
        first, last = town.start[kind * places + place], town.start[kind * places + place + 1]
        shop = int(town.found[min(first + np.searchsorted(town.share[first:last], u), last - 1)])
        hours = town.hours[PROFILES.index("online") if is_online else int(about[c.HOURS])]
        t = day[c.MIDNIGHT] + np.interp(when, hours, np.arange(25.0)) * day[c.LENGTH] / 24.0
        middle = about[c.LOG_MEDIAN] + person[c.TASTE] + about[c.SIGMA] * town.level[shop]
        size = math.exp(middle + about[c.SIGMA] * norm.ppf(much))
        if kind == CASH:
            step = town.settings[c.CASH_STEP] * 100.0 * (1.0 if atom < 0.5 else 2.0 if atom < 0.7 else 5.0)
            return t, -int(max(math.floor(size / step + 0.5), 1.0) * step), shop, c.CASH_DESK
        amount = charged(size, atom, about[c.WHOLE], about[c.CHARM], 100)
        return t, -int(amount), shop, c.CARD_NOT_PRESENT if is_online else c.CARD_PRESENT


@pytest.mark.parametrize("customer", [3, 17])
def test_purchases_are_those_of_a_twin_in_plain_python(bank, customer):
    ledger = Ledger(bank)
    ledger.advance(customer, 20 * DAY)
    rows = ledger.entries(customer)
    kinds = rows[:, c.R_TYPE]
    rows = rows[((kinds == c.PURCHASE) | (kinds == c.WITHDRAWAL)) & (rows[:, c.R_STATUS] == c.SETTLED)]
    twin = Twin(bank, customer)
    wanted = [one for d in range(bank.day_of(0), bank.day_of(20 * DAY)) for one in twin.purchases(d)]
    assert len(rows) > 10
    for row in rows.tolist():
        same = [one[0] for one in wanted if one[1:] == (row[c.R_AMOUNT], row[c.R_SHOP], row[c.R_CHANNEL])]
        # a refused order is tried again within minutes
        assert any(t - 2 <= row[c.R_T] < t + 300_000 for t in same)
    tried = {tuple(row[[c.R_AMOUNT, c.R_SHOP, c.R_CHANNEL]].tolist()) for row in ledger.entries(customer)}
    assert sum(one[1:] not in tried for one in wanted) <= 0.2 * len(wanted)  # without money, few try


# -- constants ----------------------------------------------------------------------------------------------


@folded
def _times(numbers, factor):
    return numbers[0] * factor


@leaf
def _twice_and_thrice(numbers):
    return _times(numbers, 2) + _times(numbers, 3)


def test_a_kernel_is_compiled_once_for_all_constants_it_is_called_with():
    assert _twice_and_thrice(np.ones(1)) == 5.0
    assert len(_times.signatures) <= 1  # none if it was kept from an earlier run
