"""Rules of the controls: what they look at in an order, what follows, and what those who look into it find.

A rule sees what a bank sees of an order, and the orders it remembers: amount, payee, device, country, how many
and how much within a span. It looks at what was asked for, not at what came of it; so what controls do to one
customer's payments can be told without living anybody else's life. No rule sees who gave the order or whether
it is a crime; only what the owner of the account answers when the bank calls depends on that.
"""

from __future__ import annotations

import math

import numpy as np

from sim.domains.fraud import layout as c
from sim.domains.fraud.compiling import folded, leaf
from sim.domains.fraud.devices import is_unfamiliar
from sim.domains.fraud.draws import ENTITIES, identity, lognormal, mixed, rare, stream
from sim.domains.fraud.payments import pays_often
from sim.domains.fraud.shops import CITIES, Town

__all__ = ["CASES", "entry_identity", "judge_card", "judge_payment", "note_card", "start_watch"]

CASES = stream("case")
"""Stream of how long alerts wait, what is found, and who passes a check."""

_ENTRY = ENTITIES["entry"]
_OUT, _IN, _CASH = 0, 1, 2  # tags of remembered payments; of card orders: accepted, declined
_SECOND = 1000  # an alert is raised this long after the order [ms]
_USUAL_PAYMENT, _USUAL_PURCHASE = 24.0, 30.0  # EUR at price level 1, as payments and purchases are drawn


@folded
def entry_identity(key: np.uint64, i: int, ref: int, kind: int) -> np.uint64:
    """Return the identity of the entry that an intent of a customer makes."""
    return mixed(
        identity(key, _ENTRY, i) + np.uint64(ref) * np.uint64(0x9E3779B97F4A7C15)
        + np.uint64(kind) * np.uint64(0xD1B54A32D192ED03)
    )  # fmt: skip


@leaf
def _fires(
    rule: np.ndarray, what: np.ndarray, usual: float, is_new: bool, is_unknown: bool, away: int,
    notes: np.ndarray, tag: int,
) -> bool:  # fmt: skip
    """Return whether all conditions of a rule hold for an order.

    Args:
        rule: (RULE,) of the right kind.
        what: (INTENT,) the order.
        usual: what the customer usually orders [minor units].
        is_new: whether the payee is new.
        is_unknown: whether the device is.
        away: milliseconds since an order with the card in another country; -1 if that was not so; NEVER abroad.
        notes: (2 * K,) orders remembered before this one.
        tag: that orders of this kind are remembered with; -1 for any.
    """
    amount = abs(what[c.AMOUNT])
    if amount < rule[c.OVER] or amount >= rule[c.UNDER] or amount < rule[c.TIMES] * usual:
        return False
    if (rule[c.NEW_PAYEE] > 0.0 and not is_new) or (rule[c.NEW_DEVICE] > 0.0 and not is_unknown):
        return False
    if rule[c.ABROAD] > 0.0 and not what[c.PLACE] >= CITIES:
        return False
    if rule[c.ELSEWHERE] > 0.0 and not 0 <= away <= rule[c.ELSEWHERE]:
        return False
    if rule[c.THROUGH] >= 0.0 and int(rule[c.THROUGH]) != what[c.CHANNEL]:
        return False
    count, total, arrived, declined = 1, float(amount), 0.0, 0
    for k in range(0, notes.shape[0], 2):
        if what[c.T] - notes[k] > rule[c.SPAN]:
            continue
        one, size = notes[k + 1] & 3, notes[k + 1] >> 2
        if tag < 0 or one == tag:
            count += 1
            total += size
        if one != _OUT:
            arrived += size
            declined += 1
    if count <= rule[c.OFTEN] or total < rule[c.TOTAL]:
        return False
    if rule[c.PASSED_ON] > 0.0 and (arrived <= 0.0 or total < rule[c.PASSED_ON] * arrived):
        return False
    return declined > rule[c.DECLINED] if rule[c.DECLINED] > 0.0 else True


@leaf
def _note(notes: np.ndarray, noted: int, t: int, amount: int, tag: int) -> None:
    """Remember an order in place of the oldest."""
    at = 2 * (noted % (notes.shape[0] // 2))
    notes[at], notes[at + 1] = t, 4 * amount + tag


@leaf
def _is_unknown(town: Town, p: np.ndarray, i: int, what: np.ndarray) -> bool:
    """Return whether the bank does not know the device; now and then it does not recognise one it knows."""
    if what[c.ENTRY] != c.ECOMMERCE and what[c.ENTRY] != c.ONLINE_BANKING and what[c.ENTRY] != c.APP:
        return False
    if what[c.DEVICE] != 0 or is_unfamiliar(town.noise[0], p, i, what[c.REF], what[c.T]):
        return True
    u = rare(town.noise, CASES, i, what[c.REF] * 4 + 3, what[c.T] / 1000.0)
    return u < town.desk[c.UNRECOGNISED]


@leaf
def _review(town: Town, i: int, what: np.ndarray) -> tuple[int, bool]:
    """Return when an alert about an order is decided [ms], and whether it is taken for fraud.

    The delay is lognormal: a law of the queue, as there is no team that could run out of time.
    """
    t = what[c.T] + _SECOND
    desk = town.desk
    u = rare(town.noise, CASES, i, what[c.REF] * 4, t / 1000.0)
    decided = t + 1 + int(lognormal(u, math.log(desk[c.REVIEW]), desk[c.SPREAD]))
    v = rare(town.noise, CASES, i, what[c.REF] * 4 + 1, decided / 1000.0)
    return decided, v < desk[c.CONFIRMS + (what[c.BY] & 3)]


@leaf
def _stops(town: Town, i: int, what: np.ndarray, action: float) -> bool:
    """Return whether an order is refused: by a block, or since who gave it does not pass the check."""
    if action == c.STEP_UP and what[c.AMOUNT] < 0:
        u = rare(town.noise, CASES, i, what[c.REF] * 4 + 2, what[c.T] / 1000.0)
        return u >= town.desk[c.PASSES + (what[c.BY] & 3)]
    return action == c.BLOCK and what[c.AMOUNT] < 0


@leaf
def judge_card(
    town: Town, p: np.ndarray, state: np.ndarray, what: np.ndarray, i: int
) -> tuple[int, bool]:  # fmt: skip
    """Let the rules look at an order with a card, and act.

    Args:
        town: with the rules.
        p: (PERSON,) whose card it is.
        state: (STATE,) of the account; cases and blocks of the card are changed.
        what: (INTENT,) the order.
        i: number of the customer.

    Returns:
        What stands in R_RULE: `rule number + 1`, negative if a case was open, with the milliseconds until it is
        decided above 2**16 and 2**15 if it will be taken for fraud; and whether the order is refused.
    """
    t, place = what[c.T], what[c.PLACE]
    country = 0 if place < CITIES else place
    away = -1
    if what[c.CHANNEL] == c.CARD_PRESENT:
        if state[c.SEEN_AT] > 0 and country != state[c.SEEN_IN]:
            away = t - state[c.SEEN_AT]
        state[c.SEEN_IN], state[c.SEEN_AT] = country, t
    is_unknown = _is_unknown(town, p, i, what)
    usual = _USUAL_PURCHASE * town.settings[c.PRICE_LEVEL] * town.settings[c.MINOR] * math.exp(p[c.TASTE])
    notes = state[c.CARD_NOTES : c.CARD_NOTES + 2 * c.CARD_MEMORY]
    for r in range(town.rules.shape[0]):
        rule = town.rules[r]
        if rule[c.ABOUT] != c.CARDS_ORDER or not _fires(rule, what, usual, False, is_unknown, away, notes, -1):
            continue
        is_stopped = _stops(town, i, what, rule[c.ACTION])
        if t < state[c.CARD_CASE]:
            return -(r + 1), is_stopped
        if t < state[c.CARD_QUIET]:
            return 0, False
        decided, is_fraud = _review(town, i, what)
        state[c.CARD_CASE] = decided
        state[c.CARD_QUIET] = decided + int(town.desk[c.QUIET])
        renewed = decided + int(town.desk[c.RENEWAL])
        if rule[c.ACTION] == c.BLOCK:
            state[c.CARD_BLOCKED_FROM], state[c.CARD_BLOCKED_TO] = t + 1, renewed if is_fraud else decided
        elif is_fraud:
            state[c.CARD_BLOCKED_FROM], state[c.CARD_BLOCKED_TO] = decided, renewed
        return ((decided - t) << 16) | (int(is_fraud) << 15) | (r + 1), is_stopped
    return 0, False


@leaf
def note_card(state: np.ndarray, what: np.ndarray, is_declined: bool) -> None:
    """Remember an order with a card."""
    notes = state[c.CARD_NOTES : c.CARD_NOTES + 2 * c.CARD_MEMORY]
    _note(notes, state[c.CARD_NOTED], what[c.T], abs(what[c.AMOUNT]), _IN if is_declined else _OUT)
    state[c.CARD_NOTED] += 1


@leaf
def start_watch(w: np.ndarray) -> None:
    """Set what controls know of an account's payments when the episode begins."""
    w[:] = 0
    w[c.W_FROM] = w[c.W_TO] = c.NEVER
    for k in range(c.W_NOTES, c.WATCH, 2):
        w[k] = -c.NEVER
    w[c.W_CASE] = w[c.W_QUIET] = -1


@leaf
def _meets(town: Town, p: np.ndarray, w: np.ndarray, i: int, what: np.ndarray) -> bool:
    """Return whether a payee is new to the bank, and remember it; most whom one often pays are not."""
    party = what[c.PARTY]
    for k in range(c.W_PAYEES, c.W_PAYEES + c.PAYEES):
        if w[k] == party:
            return False
    w[c.W_PAYEES + w[c.W_MET] % c.PAYEES] = party
    w[c.W_MET] += 1
    if not pays_often(town, p, i, party):
        return True
    u = rare(town.noise, CASES, i, np.int64(np.uint64(party) >> np.uint64(2)), 0.0)
    return u >= town.desk[c.ACQUAINTED]


@leaf
def judge_payment(
    town: Town, p: np.ndarray, w: np.ndarray, i: int, what: np.ndarray, acts: np.ndarray, n: int
) -> int:
    """Let the rules look at a transfer, an arrival or a deposit of cash, and act.

    Args:
        town: with the rules.
        p: (PERSON,) whose account it is.
        w: (WATCH,) what is known of its payments, changed.
        i: number of the customer.
        what: (INTENT,) the order; STOPPED is added to BY if it is refused.
        acts: (N, ACT) what controls do, filled in from n on; a block may begin later than this order.
        n: how many there are already.

    Returns:
        How many there are now; at most two more.
    """
    t, kind, amount = what[c.T], what[c.KIND], what[c.AMOUNT]
    if kind == c.BLOCK_ACCOUNT:
        w[c.W_FROM], w[c.W_TO] = t, amount
        return n
    if kind == c.UNBLOCK_ACCOUNT:
        w[c.W_TO] = t
        return n
    if kind == c.DEPOSIT:
        about, tag = c.CASH_DEPOSIT, _CASH
    elif kind == c.CREDIT_TRANSFER:
        about, tag = (c.ARRIVAL, _IN) if amount > 0 else (c.TRANSFERS_ORDER, _OUT)
    else:
        return n
    is_new = amount < 0 and _meets(town, p, w, i, what)
    notes = w[c.W_NOTES : c.W_NOTES + 2 * c.MEMORY]
    found = -1
    if town.rules.shape[0] > 0 and not w[c.W_FROM] <= t < w[c.W_TO]:
        is_unknown = amount < 0 and _is_unknown(town, p, i, what)
        level = town.settings[c.PRICE_LEVEL] * town.settings[c.MINOR]
        usual = _USUAL_PAYMENT * level * math.exp(0.6 * p[c.TASTE])
        for r in range(town.rules.shape[0]):
            rule = town.rules[r]
            if rule[c.ABOUT] == about and _fires(rule, what, usual, is_new, is_unknown, -1, notes, tag):
                found = r
                break
    _note(notes, w[c.W_NOTED], t, abs(amount), tag)
    w[c.W_NOTED] += 1
    return _act(town, w, i, what, found, acts, n) if found >= 0 else n


@leaf
def _act(
    town: Town, w: np.ndarray, i: int, what: np.ndarray, r: int, acts: np.ndarray, n: int
) -> int:  # fmt: skip
    """Do what a rule that fired asks for."""
    t, action = what[c.T], town.rules[r, c.ACTION]
    is_open = t < w[c.W_CASE]
    if not is_open and t < w[c.W_QUIET]:
        return n
    if _stops(town, i, what, action):
        what[c.BY] |= c.STOPPED
    entry = np.int64(entry_identity(town.noise[0], i, what[c.REF], what[c.KIND]))
    if is_open:
        acts[n, c.A_T], acts[n, c.A_KIND], acts[n, c.A_UNTIL] = t + _SECOND, c.ACT_ALERT, w[c.W_CASE]
        acts[n, c.A_CUSTOMER], acts[n, c.A_REF], acts[n, c.A_ENTRY] = i, what[c.REF], entry
        acts[n, c.A_RULE], acts[n, c.A_FOUND] = -(r + 1), 0
        return n + 1
    decided, is_fraud = _review(town, i, what)
    w[c.W_CASE] = decided
    w[c.W_QUIET] = decided + int(town.desk[c.QUIET])
    acts[n, c.A_T], acts[n, c.A_KIND], acts[n, c.A_UNTIL] = t + _SECOND, c.ACT_ALERT, decided
    acts[n, c.A_CUSTOMER], acts[n, c.A_REF], acts[n, c.A_ENTRY] = i, what[c.REF], entry
    acts[n, c.A_RULE], acts[n, c.A_FOUND] = r + 1, int(is_fraud)
    n += 1
    if action == c.BLOCK or is_fraud:
        begin = t + 1 if action == c.BLOCK else decided
        until = c.NEVER if is_fraud else decided
        w[c.W_FROM], w[c.W_TO] = begin, until
        acts[n] = 0
        acts[n, c.A_T], acts[n, c.A_KIND], acts[n, c.A_UNTIL], acts[n, c.A_CUSTOMER] = (
            begin,
            c.ACT_BLOCK,
            until,
            i,
        )
        n += 1
    return n
