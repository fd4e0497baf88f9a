"""One intent against the state of an account: settled or refused, and the entry that tells of it.

Every entry moves the balance by exactly its amount, or not at all where it is refused; so the balances of an
account follow from its entries to the minor unit.
"""

from __future__ import annotations

import numpy as np

from sim.domains.fraud import layout as c
from sim.domains.fraud.compiling import folded, inner, leaf
from sim.domains.fraud.controls_rules import entry_identity, judge_card, note_card
from sim.domains.fraud.devices import own_device
from sim.domains.fraud.draws import ENTITIES, identity, mixed, uniforms
from sim.domains.fraud.payments import REFUSED
from sim.domains.fraud.shops import Town

__all__ = ["RETRY", "post", "start_account", "start_accounts"]

_CARD, _TERMINAL = ENTITIES["card"], ENTITIES["terminal"]
RETRY = 1 << 54
"""Added to the number of an intent that is tried again."""
_REFUND = 1 << 55
_HOUR = 3_600_000
_DISPUTED = 0.0006  # share of honest purchases without the card that are charged back; an assumption
_KNOWING = 0.9  # share of payments without funds that are not even tried; an assumption


@folded
def start_account(p: np.ndarray, state: np.ndarray) -> None:
    """Set the state of an account at the start of the episode."""
    state[:] = 0
    state[c.BALANCE] = state[c.LOWEST] = int(p[c.START])
    state[c.LAST_T] = -1
    state[c.DAY] = state[c.STOP_T] = state[c.CARD_CASE] = state[c.CARD_QUIET] = -1
    state[c.CARD_BLOCKED_FROM] = state[c.ACCOUNT_BLOCKED_FROM] = c.NEVER
    state[c.CARD_BLOCKED_TO] = state[c.ACCOUNT_BLOCKED_TO] = c.NEVER
    for w in range(c.WAITING):
        state[c.PENDING + w * c.WAIT + c.T] = c.NEVER
    for k in range(c.CARD_NOTES, c.CARD_NOTES + 2 * c.CARD_MEMORY, 2):
        state[k] = -c.NEVER


@leaf
def start_accounts(people: np.ndarray, states: np.ndarray) -> None:
    """Set the states of (N, PERSON) people's accounts at the start of the episode."""
    for i in range(people.shape[0]):
        start_account(people[i], states[i])


@inner
def _is_card(channel: int, kind: int) -> bool:
    return (channel == c.CARD_PRESENT or channel == c.CARD_NOT_PRESENT) or (
        channel == c.CASH_DESK and kind == c.WITHDRAWAL
    )


@inner
def _decision(
    town: Town, p: np.ndarray, state: np.ndarray, what: np.ndarray, u: float
) -> int:  # fmt: skip
    """Return why a debit is refused; SETTLED if it is not.

    What one customer pays another does not depend on the money there is: the bank lends what is missing.
    """
    channel, kind, asked, t = what[c.CHANNEL], what[c.KIND], -what[c.AMOUNT], what[c.T]
    if state[c.ACCOUNT_BLOCKED_FROM] <= t < state[c.ACCOUNT_BLOCKED_TO]:
        return c.ACCOUNT_BLOCKED
    is_card = _is_card(channel, kind)
    if is_card and state[c.CARD_BLOCKED_FROM] <= t < state[c.CARD_BLOCKED_TO]:
        return c.CARD_BLOCKED
    if what[c.REFUSE] > 0:
        return what[c.REFUSE]
    if what[c.BY] >= c.STOPPED or (state[c.STOP_T] == t and kind == c.CREDIT_TRANSFER and what[c.MARK] < 0):
        return c.SUSPECTED_FRAUD
    often = town.settings[c.REFUSED]
    if u < often:
        if not is_card:
            return c.MALFUNCTION
        v = u / often
        if v < 0.45:
            return c.WRONG_CVV if channel == c.CARD_NOT_PRESENT else c.WRONG_PIN
        return c.DO_NOT_HONOUR if v < 0.75 else (c.EXPIRED_CARD if v < 0.9 else c.MALFUNCTION)
    if what[c.SHOP] <= c.ANOTHER_CUSTOMER:
        return c.SETTLED
    if is_card:
        spent, limit = (
            (state[c.CASH_SPENT], p[c.CASH_LIMIT])
            if kind == c.WITHDRAWAL
            else (state[c.CARD_SPENT], p[c.CARD_LIMIT])
        )
        if spent + asked > limit:
            return c.LIMIT_EXCEEDED
    elif kind == c.CREDIT_TRANSFER and state[c.TRANSFERRED] + asked > p[c.TRANSFER_LIMIT]:
        return c.LIMIT_EXCEEDED
    if state[c.BALANCE] + p[c.OVERDRAFT] < asked:
        return c.INSUFFICIENT_FUNDS
    return c.SETTLED


@inner
def _is_judged(what: np.ndarray) -> bool:
    """Return whether rules look at an order here: those with a card not collected by agreement."""
    return _is_card(what[c.CHANNEL], what[c.KIND]) and what[c.ENTRY] != c.RECURRING


@inner
def _wait(state: np.ndarray, what: np.ndarray, t: int, kind: int, amount: int, ref: int) -> None:
    """Keep something for later, if there is room."""
    for w in range(c.WAITING):
        slot = c.PENDING + w * c.WAIT
        if state[slot + c.T] == c.NEVER:
            for k in range(c.INTENT):
                state[slot + k] = what[k]
            state[slot + c.T], state[slot + c.KIND] = t, kind
            state[slot + c.AMOUNT], state[slot + c.REF] = amount, ref
            return


@inner
def _booked(town: Town, what: np.ndarray, d: int, u: float) -> int:
    """Return when an entry is booked [ms]: cards some nights later, transfers the same day, cash at once."""
    channel = what[c.CHANNEL]
    if channel == c.CARD_PRESENT or channel == c.CARD_NOT_PRESENT:
        night = town.days[d, c.NEXT_OPEN]
        if u > 0.75:
            night = town.days[night, c.NEXT_OPEN]
        return town.days[night, c.MIDNIGHT] + int((1.0 + 4.0 * u) * _HOUR)
    if channel == c.TRANSFER or channel == c.DEBIT:
        return max(what[c.T] + int(2.0 * u * _HOUR), town.days[d, c.MIDNIGHT] + int((5.0 + u) * _HOUR))
    return what[c.T] + int(1000 * u)


@inner
def _accrue(town: Town, state: np.ndarray, t: int) -> None:
    """Count the money that lay on an account, in minor units times seconds."""
    if town.settings[c.YEARLY_INTEREST] > 0.0:
        state[c.ACCRUED] += max(state[c.BALANCE], 0) * ((t - state[c.ACCRUED_TO]) // 1000)
        state[c.ACCRUED_TO] = t


@inner
def _aftermath(
    town: Town, state: np.ndarray, what: np.ndarray, d: int,
    t: int, status: int, kind_of_shop: int, u: float, v: float,
) -> None:  # fmt: skip
    """Plan what follows a purchase: another try where it was refused, perhaps a refund where it was not."""
    kind, ref = what[c.KIND], what[c.REF]
    if kind != c.PURCHASE and kind != c.WITHDRAWAL:
        return
    if status != c.SETTLED:
        if ref < RETRY and v < 0.5:
            amount = what[c.AMOUNT]
            if status == c.INSUFFICIENT_FUNDS or status == c.LIMIT_EXCEEDED:
                step = int(town.settings[c.MINOR]) * (
                    int(town.settings[c.CASH_STEP]) if kind == c.WITHDRAWAL else 1
                )
                amount = -max((-amount // 2) // step, 1) * step
            _wait(state, what, t + 15_000 + int(240_000 * v), kind, amount, ref | RETRY)
        return
    if kind == c.PURCHASE and kind_of_shop >= 0 and u < town.kinds[kind_of_shop, c.REFUNDED]:
        later = min(d + 2 + int(24.0 * v * v), town.days.shape[0] - 1)
        share = 1.0 if v * 7.0 % 1.0 < 0.7 else 0.2 + 0.6 * v
        when = town.days[later, c.MIDNIGHT] + int((9.0 + 9.0 * (v * 11.0 % 1.0)) * _HOUR)
        _wait(state, what, when, c.REFUND, max(int(-what[c.AMOUNT] * share), 1), ref | _REFUND)
    elif kind == c.PURCHASE and what[c.CHANNEL] == c.CARD_NOT_PRESENT and u > 1.0 - _DISPUTED:
        later = d + 30 + int(60.0 * (1.0 - u) / _DISPUTED)
        if later < town.days.shape[0]:  # what did not come, or not as it was promised
            when = town.days[later, c.MIDNIGHT] + 10 * _HOUR
            _wait(state, what, when, c.CHARGEBACK, -what[c.AMOUNT], ref | _REFUND)


@inner
def _write(
    town: Town, p: np.ndarray, what: np.ndarray, i: int, t: int, balance: int, status: int, kind: int,
    amount: int, booked: int, row: np.ndarray,
) -> None:  # fmt: skip
    """Write the entry."""
    key = town.noise[0]
    ref, shop, channel = what[c.REF], what[c.SHOP], what[c.CHANNEL]
    some = mixed(np.uint64(ref) ^ mixed(np.uint64(i) + np.uint64(77)))
    row[c.R_T], row[c.R_ACCOUNT], row[c.R_AMOUNT], row[c.R_BALANCE] = t, i, amount, balance
    row[c.R_ID] = np.int64(entry_identity(key, i, ref, kind))
    row[c.R_STATUS], row[c.R_TYPE], row[c.R_CHANNEL], row[c.R_PARTY] = status, kind, channel, what[c.PARTY]
    row[c.R_SHOP] = max(shop, -1)
    row[c.R_PLACE], row[c.R_ENTRY], row[c.R_POSTED] = what[c.PLACE], what[c.ENTRY], booked
    row[c.R_PAYMENT], row[c.R_MARK] = what[c.PAYMENT], what[c.MARK]
    row[c.R_TERMINAL] = row[c.R_CARD] = row[c.R_DEVICE] = row[c.R_RULE] = 0
    is_cash = channel == c.CASH_DESK and kind == c.WITHDRAWAL
    if shop >= 0 and (channel == c.CARD_PRESENT or is_cash):
        till = np.int64(some % np.uint64(town.tills[shop]))
        row[c.R_TERMINAL] = np.int64(identity(key, _TERMINAL, shop * 64 + till))
    if channel == c.CARD_PRESENT or channel == c.CARD_NOT_PRESENT or is_cash:
        second = p[c.CARDS] > 1.5 and (some >> np.uint64(32)) % np.uint64(10) < np.uint64(3) and not is_cash
        row[c.R_CARD] = np.int64(identity(key, _CARD, i * 2 + (1 if second else 0)))
    if what[c.DEVICE] != 0:
        row[c.R_DEVICE] = what[c.DEVICE]
    elif what[c.ENTRY] == c.ECOMMERCE or what[c.ENTRY] == c.ONLINE_BANKING or what[c.ENTRY] == c.APP:
        row[c.R_DEVICE] = np.int64(own_device(key, p, i, ref, what[c.T]))


@inner
def post(
    town: Town, p: np.ndarray, state: np.ndarray,
    what: np.ndarray, i: int, d: int, rows: np.ndarray, n: int,
) -> int:  # fmt: skip
    """Carry out one intent and write its entries.

    Args:
        town: where the customer lives.
        p: (PERSON,) whose account it is.
        state: (STATE,) of the account, changed.
        what: (INTENT,) what is to be done.
        i: number of the customer.
        d: day it happens on.
        rows: (N, ROW) entries.
        n: how many there are already.

    Returns:
        How many entries there are now.
    """
    kind, amount = what[c.KIND], what[c.AMOUNT]
    if kind >= c.BLOCK_CARD:
        _block(state, what)
        return n
    t = max(what[c.T], state[c.LAST_T] + 1)
    t0 = max(town.days[d, c.MIDNIGHT], 0) / 1000.0
    refused, booking, after, detail = uniforms(town.noise, REFUSED, i, what[c.REF], t0)
    if state[c.DAY] != d:
        state[c.DAY] = d
        state[c.CARD_SPENT] = state[c.CASH_SPENT] = state[c.TRANSFERRED] = 0
    if kind == c.STATEMENT:
        return _statement(town, p, state, what, i, t, rows, n)
    if kind == c.SWEEP:
        spare = state[c.BALANCE] - int(min(town.settings[c.PLENTY] * town.settings[c.KEPT] * p[c.INCOME], 1e15))
        minor = int(town.settings[c.MINOR])
        amount = -(spare // (10 * minor)) * 10 * minor
        if (
            spare < 0.5 * p[c.INCOME]
            or state[c.ACCOUNT_BLOCKED_FROM] <= what[c.T] < state[c.ACCOUNT_BLOCKED_TO]
        ):
            return n
        kind = c.CREDIT_TRANSFER
        status = c.SETTLED
    else:
        status = _decision(town, p, state, what, refused) if amount < 0 else c.SETTLED
        is_own = status == c.INSUFFICIENT_FUNDS and what[c.MARK] < 0 and kind <= c.WITHDRAWAL
        if is_own and after < _KNOWING:
            return n  # people mostly know that there is no money, and do not try
    hit = 0
    if town.rules.shape[0] > 0 and amount < 0 and _is_judged(what):
        if status != c.CARD_BLOCKED and status != c.ACCOUNT_BLOCKED:
            hit, is_stopped = judge_card(town, p, state, what, i)
            status = c.SUSPECTED_FRAUD if is_stopped else status
        note_card(state, what, status != c.SETTLED)
    booked = -1
    if status == c.SETTLED:
        _accrue(town, state, t)
        state[c.BALANCE] += amount
        state[c.LOWEST] = min(state[c.LOWEST], state[c.BALANCE])
        if amount < 0:
            _count(state, what[c.CHANNEL], kind, what[c.SHOP], -amount)
        booked = max(_booked(town, what, d, booking), t)
    else:
        state[c.REFUSALS] += 1
    state[c.LAST_T] = t
    _write(town, p, what, i, t, state[c.BALANCE], status, kind, amount, booked, rows[n])
    rows[n, c.R_RULE] = hit
    shop = what[c.SHOP]
    if what[c.MARK] < 0:
        _aftermath(town, state, what, d, t, status, town.kind[shop] if shop >= 0 else -1, after, detail)
    return n + 1


@inner
def _count(state: np.ndarray, channel: int, kind: int, shop: int, amount: int) -> None:
    """Count what was spent today against the limits."""
    if kind == c.WITHDRAWAL:
        state[c.CASH_SPENT] += amount
    elif channel == c.CARD_PRESENT or channel == c.CARD_NOT_PRESENT:
        state[c.CARD_SPENT] += amount
    elif kind == c.CREDIT_TRANSFER and shop > c.ANOTHER_CUSTOMER:
        state[c.TRANSFERRED] += amount


@inner
def _block(state: np.ndarray, what: np.ndarray) -> None:
    """Block or unblock from the intent's moment on; the amount of a block is the moment when it ends."""
    kind, t = what[c.KIND], what[c.T]
    if kind == c.BLOCK_CARD:
        state[c.CARD_BLOCKED_FROM], state[c.CARD_BLOCKED_TO] = t, what[c.AMOUNT]
    elif kind == c.UNBLOCK_CARD:
        state[c.CARD_BLOCKED_TO] = t
    elif kind == c.STOP_ORDER:
        state[c.STOP_T] = t
    elif kind == c.BLOCK_ACCOUNT:
        state[c.ACCOUNT_BLOCKED_FROM], state[c.ACCOUNT_BLOCKED_TO] = t, what[c.AMOUNT]
    else:
        state[c.ACCOUNT_BLOCKED_TO] = t


@inner
def _statement(
    town: Town, p: np.ndarray, state: np.ndarray, what: np.ndarray, i: int, t: int, rows: np.ndarray, n: int
) -> int:  # fmt: skip
    """Write what the bank books at the end of a month: interest, the fee, and one for unarranged debts."""
    _accrue(town, state, t)
    yearly, minor = town.settings[c.YEARLY_INTEREST], town.settings[c.MINOR]
    due = int(yearly * state[c.ACCRUED] / 31_557_600.0)
    state[c.ACCRUED] = 0
    fee = int(town.settings[c.MONTHLY_FEE] * minor + 0.5) if p[c.PAYS_FEE] > 0.0 else 0
    if state[c.LOWEST] < -p[c.OVERDRAFT]:
        fee += int(5.0 * town.settings[c.PRICE_LEVEL]) * int(minor)
    state[c.LOWEST] = state[c.BALANCE]
    if due > 0:
        state[c.BALANCE] += due
        _write(town, p, what, i, t, state[c.BALANCE], c.SETTLED, c.INTEREST, due, t, rows[n])
        n += 1
        t += 1
    if fee > 0:
        state[c.BALANCE] -= fee
        _write(town, p, what, i, t, state[c.BALANCE], c.SETTLED, c.FEE, -fee, t, rows[n])
        n += 1
    state[c.LAST_T] = t
    return n
