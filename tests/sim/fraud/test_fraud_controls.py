"""Controls: one customer or all, in any parts, they do the same; they see no truth, and they err by law."""

import copy
import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from sim.domains.fraud import layout as c
from sim.domains.fraud.book import Book
from sim.domains.fraud.controls_rules import judge_card, judge_payment, start_watch
from sim.domains.fraud.controls_watch import spans_of
from sim.domains.fraud.ledger import Ledger
from sim.domains.fraud.posting import start_account

DAY, HOUR = 86_400_000, 3_600_000
DAYS, CUSTOMERS = 40, 150


@pytest.fixture(scope="module")
def bank(banks):
    return banks.opened(CUSTOMERS, DAYS, controls=banks.controls)


@pytest.fixture(scope="module")
def book(banks, bank):
    return banks.entries(bank)


def _order(amount, *, by=c.ACCOMPLICE, mark=0, device=0, **more):
    return {
        c.KIND: c.CREDIT_TRANSFER, c.AMOUNT: amount, c.CHANNEL: c.INSTANT, c.PARTY: 12345, c.ENTRY: c.APP,
        c.BY: by, c.MARK: mark, c.DEVICE: device, **more,
    }  # fmt: skip


# -- one or all -------------------------------------------------------------------------------------------


@settings(max_examples=12, deadline=None)
@given(st.integers(0, CUSTOMERS - 1), st.lists(st.integers(1, DAYS * DAY - 1), max_size=8))
def test_a_customer_lived_alone_in_any_parts_has_the_entries_of_the_book(banks, bank, book, customer, stops):
    ledger = Ledger(bank)
    for stop in [*sorted(stops), bank.end]:
        ledger.advance(customer, stop)
    np.testing.assert_array_equal(ledger.entries(customer), banks.of(book, customer))


orders = st.tuples(
    st.sampled_from((3, 9, 20, 77)),
    st.integers(1, DAYS * 24 - 1),
    st.sampled_from((-900_00, -40_00, 1_500_00, 3_000_00)),
    st.integers(0, 3),
    st.sampled_from((0, 77_777)),
)


@settings(max_examples=12, deadline=None)
@given(st.lists(orders, max_size=25))
def test_what_campaigns_order_is_judged_alike_by_the_ledger_and_by_the_book(banks, bank, given_orders):
    ledger = Ledger(bank)
    for number, (customer, hour, amount, by, device) in enumerate(sorted(given_orders, key=lambda one: one[1])):
        what = _order(amount, by=by, device=device if amount < 0 else 0)
        ledger.post(customer, what, t=hour * HOUR, about=("test", number))
    played = banks.entries(bank, ledger.injections)
    for customer in (*ledger.touched, 5, 60):
        ledger.advance(customer, bank.end)
        np.testing.assert_array_equal(ledger.entries(customer), banks.of(played, customer))


def test_windows_do_not_change_what_controls_do(banks, bank, book):
    whole, parts = Book(bank), Book(bank, window=31 * HOUR)
    np.testing.assert_array_equal(whole.alerts(), parts.alerts())
    np.testing.assert_array_equal(book, np.concatenate([rows.copy() for rows in parts.windows()]))


def test_what_is_stopped_never_arrives(banks, bank, book):
    paid = book[(book[:, c.R_PAYMENT] != 0) & (book[:, c.R_AMOUNT] < 0)]
    stopped = paid[np.isin(paid[:, c.R_STATUS], (c.SUSPECTED_FRAUD, c.ACCOUNT_BLOCKED))]
    arrived = set(book[book[:, c.R_AMOUNT] > 0, c.R_PAYMENT].tolist())
    assert len(stopped) > 3
    assert not arrived & set(stopped[:, c.R_PAYMENT].tolist())
    early = paid[(paid[:, c.R_STATUS] == c.SETTLED) & (paid[:, c.R_T] < (DAYS - 8) * DAY)]
    assert set(early[:, c.R_PAYMENT].tolist()) <= arrived


# -- what they see ----------------------------------------------------------------------------------------


@settings(max_examples=60, deadline=None)
@given(st.integers(0, CUSTOMERS - 1), st.integers(-1, 10**6), st.integers(0, 200), st.booleans())
def test_rules_do_not_see_whether_an_order_is_a_crime(bank, customer, mark, amount, is_card):
    """The same order with another mark, or honest, is judged alike: labels can be swapped at will."""
    people, _ = bank.people(np.array([customer]))
    seen = []
    for one in (-1, mark):
        what = np.zeros(c.INTENT, np.int64)
        for column, value in _order(-amount * 100_00, by=c.OWNER, mark=one, device=9).items():
            what[column] = value
        what[[c.T, c.REF, c.OTHER]] = 5 * DAY, 1 << 57 | amount, -1
        if is_card:
            state = np.empty(c.STATE, np.int64)
            start_account(people[0], state)
            what[[c.KIND, c.CHANNEL, c.ENTRY, c.PLACE]] = c.PURCHASE, c.CARD_NOT_PRESENT, c.ECOMMERCE, 30
            seen.append((judge_card(bank.town, people[0], state, what, customer), state.tolist()))
        else:
            watch, acts = np.empty(c.WATCH, np.int64), np.zeros((4, c.ACT), np.int64)
            start_watch(watch)
            n = judge_payment(bank.town, people[0], watch, customer, what, acts, 0)
            seen.append((acts[:n].tolist(), watch.tolist(), what[c.BY]))
    assert seen[0] == seen[1]


def test_only_the_answer_of_the_owner_depends_on_who_gave_an_order(bank):
    """Which rule fires when is the same for everybody; what is found is not."""
    found = {}
    for by in range(4):
        ledger = Ledger(bank)
        for number in range(60):
            what = _order(-300_00, by=by, device=77_777)
            ledger.post(number, what, t=(3 + number % 20) * DAY + HOUR, about=("by", number))
        found[by] = [(one.t, one.decided, one.is_confirmed) for one in ledger.suspicions]
    assert len(found[0]) > 40
    for by in range(1, 4):
        assert [one[:2] for one in found[by]] == [one[:2] for one in found[0]]
    confirmed = [sum(one[2] for one in found[by]) for by in range(4)]
    assert confirmed[c.OWNER] < confirmed[c.ACCOMPLICE] < confirmed[c.STRANGER]


def _slow_fires(rule, amount, usual, notes, tag, t):
    """The conditions on amounts and counts, as one would write them down."""
    recent = [(kind, size) for at, kind, size in notes if t - at <= rule[c.SPAN]]
    same = [size for kind, size in recent if tag < 0 or kind == tag]
    others = [size for kind, size in recent if kind != 0]
    total = amount + sum(same)
    return (
        rule[c.OVER] <= amount < rule[c.UNDER]
        and amount >= rule[c.TIMES] * usual
        and 1 + len(same) > rule[c.OFTEN]
        and total >= rule[c.TOTAL]
        and (rule[c.PASSED_ON] == 0 or (sum(others) > 0 and total >= rule[c.PASSED_ON] * sum(others)))
    )


@settings(max_examples=80, deadline=None)
@given(
    st.lists(st.tuples(st.integers(0, 9), st.integers(-5, 9)), max_size=14),
    st.integers(1, 9),
    st.sampled_from(((c.TIMES, 3.0), (c.OFTEN, 2.0), (c.TOTAL, 900.0), (c.PASSED_ON, 0.8), (c.UNDER, 500.0))),
    st.integers(1, 60),
)
def test_a_rule_fires_where_its_conditions_hold(bank, moved, amount, condition, span):
    """Against a slow twin: a history of moves in and out, then a transfer that one rule looks at."""
    rule = np.zeros(c.RULE)
    rule[[c.ABOUT, c.UNDER, c.SPAN, c.THROUGH]] = c.TRANSFERS_ORDER, np.inf, span, -1
    rule[condition[0]] = condition[1]
    town = bank.town._replace(rules=rule[None])
    person = bank.people(np.array([0]))[0][0]
    watch, acts = np.empty(c.WATCH, np.int64), np.zeros((8, c.ACT), np.int64)
    start_watch(watch)
    notes = []
    for t, (gap, size) in enumerate(moved):
        what = np.zeros(c.INTENT, np.int64)
        at = 10**6 + 10 * t + gap
        what[[c.T, c.KIND, c.AMOUNT, c.PARTY]] = at, c.CREDIT_TRANSFER, size * 100 or 100, 5
        judge_payment(town._replace(rules=np.empty((0, c.RULE))), person, watch, 0, what, acts, 0)
        notes.append((at, 1 if size >= 0 else 0, abs(size) * 100 or 100))
    what = np.zeros(c.INTENT, np.int64)
    what[[c.T, c.KIND, c.AMOUNT, c.PARTY]] = 10**6 + 150, c.CREDIT_TRANSFER, -amount * 100, 5
    fired = judge_payment(town, person, watch, 0, what, acts, 0) > 0
    usual = 24.0 * 100 * math.exp(0.6 * person[c.TASTE])
    assert fired == _slow_fires(rule, amount * 100, usual, notes, 0, 10**6 + 150)


# -- what follows -----------------------------------------------------------------------------------------


def _watchful(banks, **rule):
    """A bank that raises an alert about every order with a card, and forgets at once."""
    controls = copy.deepcopy(banks.controls) | {
        "usual": False,
        "rules": ({"id": "all", "about": "card", **rule},),
    }
    controls["investigators"] |= {"quiet": 0.0, "after": 600.0}
    return banks.opened(250, 25, controls=controls)


def test_alerts_wait_and_err_by_their_laws(banks):
    """Kolmogorov and Smirnov's test of the lognormal delay; wrongly confirmed ones within 4 standard errors."""
    alerts = Book(_watchful(banks)).alerts()
    waited = (alerts[:, c.A_UNTIL] - alerts[:, c.A_T]) / 1000.0
    assert len(alerts) > 1500
    assert stats.kstest(waited, stats.lognorm(1.1, scale=600.0).cdf).pvalue > 1e-3
    wrong = alerts[:, c.A_FOUND].mean()
    assert abs(wrong - 0.3) < 4 * (0.3 * 0.7 / len(alerts)) ** 0.5
    assert np.all(np.diff(alerts[:, c.A_T]) >= 0)


def test_a_blocked_card_is_refused_until_the_case_is_decided(banks):
    bank = _watchful(banks, action="block", over=120.0)
    book = Book(bank)
    rows = np.concatenate([window.copy() for window in book.windows()])
    is_card = rows[:, c.R_CARD] != 0
    refused = 0
    for alert in book.alerts():
        own = rows[(rows[:, c.R_ACCOUNT] == alert[c.A_CUSTOMER]) & is_card]
        about = own[own[:, c.R_ID] == alert[c.A_ENTRY]]
        assert about[0, c.R_STATUS] == c.SUSPECTED_FRAUD
        until = alert[c.A_UNTIL] + 5 * DAY * alert[c.A_FOUND]
        during = own[(own[:, c.R_T] > about[0, c.R_T] + 1) & (own[:, c.R_T] < until)]
        during = during[during[:, c.R_AMOUNT] < 0]  # refunds come all the same
        assert np.all(during[:, c.R_STATUS] == c.CARD_BLOCKED)
        refused += len(during)
    assert refused > 20


def test_an_account_confirmed_as_a_mules_pays_nobody_any_more(bank):
    ledger = Ledger(bank)
    for number in range(80):
        ledger.post(number, _order(2_000_00), t=10 * DAY + number, about=("in", number))
        ledger.post(number, _order(-1_900_00), t=10 * DAY + 5 * HOUR, about=("out", number))
        confirmed = [one for one in ledger.suspicions if one.mark == 0 and one.is_confirmed]
        if confirmed:
            break
    begin = confirmed[-1].decided
    ledger.advance(number, bank.end)
    rows = ledger.entries(number)
    late = rows[(rows[:, c.R_T] > begin) & (rows[:, c.R_AMOUNT] < 0) & (rows[:, c.R_TYPE] != c.FEE)]
    assert len(late) > 3
    assert set(late[:, c.R_STATUS].tolist()) == {c.ACCOUNT_BLOCKED}


def test_honest_customers_are_suspected_too_but_seldom(banks):
    """With usual error rates: false alerts on honest entries, fewer than one in two hundred."""
    controls = copy.deepcopy(banks.controls) | {"unrecognised": 0.004, "acquainted": 0.9}
    book = Book(banks.opened(400, 30, controls=controls))
    count = sum(len(rows) for rows in book.windows())
    assert 5 < len(book.alerts()) < count / 200
    assert len(np.unique(book.alerts()[:, c.A_RULE])) >= 3


def test_an_account_has_one_block_at_a_time():
    def act(t, kind, until):
        return (t, kind, 0, until, 0, 0, 0, 0)

    acts = [act(50, c.ACT_BLOCK, 90), act(10, c.ACT_GIVEN_BLOCK, 60), act(20, c.ACT_STOP, 21),
            act(70, c.ACT_GIVEN_END, 0), act(5, c.ACT_ALERT, 8)]  # fmt: skip
    owners, spans = spans_of(np.array(acts))
    assert owners.tolist() == [0, 0, 0]
    assert spans.tolist() == [[10, 50], [20, 21], [50, 70]]
