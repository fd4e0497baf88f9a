"""What customers get from one another: who may pay whom, and what is ordered to an account.

All of it follows from noise, from the side of the payer. To find the payers of one customer, those of the whole
block of customers that pay one another are looked up together, which costs little more than those of one.
"""

from __future__ import annotations

import numpy as np

from sim.domains.fraud import layout as c
from sim.domains.fraud.compiling import leaf, single
from sim.domains.fraud.draws import ENTITIES, identity, poisson, uniforms
from sim.domains.fraud.links import boss_of, write_payees
from sim.domains.fraud.lookalikes import LOOKALIKE_REF, MOST_LOOKALIKES, write_lookalikes
from sim.domains.fraud.payments import (
    CIRCLES,
    DAY,
    PAYMENTS_A_DAY,
    REFUSED,
    friend_of,
    payment_to_a_friend,
    slot_of,
)
from sim.domains.fraud.shops import Town

__all__ = ["CREDIT_REF", "payers_in_block", "received"]

CREDIT_REF = 1 << 47
"""Credits from other customers are numbered from here."""

_ACCOUNT = ENTITIES["account"]
_FRIENDS = 4
_TIES = 5  # no more payees of a customer beside friends and those of single months, of whom there are two each


def payers_in_block(town: Town, block: int) -> tuple[np.ndarray, np.ndarray]:
    """Return who may pay the customers of a block of `CIRCLES[-1]`.

    Returns:
        (n + 1,) where the payers of each begin, and (m,) their numbers, ascending for each.
    """
    width = int(CIRCLES[-1])
    first = block * width
    count = max(min(width, town.customers - first), 0)
    months = int(town.settings[c.MONTHS])
    pairs = np.empty((count * (_FRIENDS + _TIES + 2 * months), 2), np.int64)
    starts, found = np.zeros(count + 2, np.int64), np.empty(len(pairs), np.int64)
    _group_payers(town, first, pairs, starts, found)
    return starts[: count + 1], found[: starts[count]].copy()


@leaf
def _group_payers(town: Town, first: int, pairs: np.ndarray, starts: np.ndarray, found: np.ndarray) -> None:
    """Find all (payee, payer) and group them by payee.

    Args:
        town: where they live.
        first: number of the first customer of the block.
        pairs: (m, 2) room.
        starts: (n + 2,) zeros; filled in, the last is room.
        found: (m,) filled in.
    """
    count = starts.shape[0] - 2
    n = 0
    for row in range(count):
        i = first + row
        for slot in range(_FRIENDS):
            pairs[n, 0], pairs[n, 1] = friend_of(town, i, slot), i
            n += 1
        if town.settings[c.LOOKALIKES] > 0.0:
            payees = write_payees(town.noise, int(town.settings[c.MONTHS]), i, pairs[n:, 0])
            for k in range(payees):
                pairs[n + k, 1] = i
            n += payees
            pairs[n, 0], pairs[n, 1] = i, boss_of(town.noise, i)
            n += 0 <= pairs[n, 1] < town.customers  # the last street may be too short for its bosses
    for k in range(n):
        if pairs[k, 0] < first + count and pairs[k, 0] != pairs[k, 1]:
            starts[pairs[k, 0] - first + 2] += 1
    for row in range(count):
        starts[row + 2] += starts[row + 1]
    for k in range(n):
        row = pairs[k, 0] - first
        if row < count and pairs[k, 0] != pairs[k, 1]:
            at = starts[row + 1]
            starts[row + 1] += 1
            found[at] = pairs[k, 1]
    _sort_groups(starts, found, count)


@leaf
def _sort_groups(starts: np.ndarray, found: np.ndarray, count: int) -> None:
    """Sort each group, which is nearly sorted, and drop what stands twice; groups move up."""
    kept = 0
    for row in range(count):
        begin, end = starts[row], starts[row + 1]
        for a in range(begin + 1, end):
            b, one = a, found[a]
            while b > begin and found[b - 1] > one:
                found[b] = found[b - 1]
                b -= 1
            found[b] = one
        starts[row] = kept
        for a in range(begin, end):
            if a == begin or found[a] != found[a - 1]:
                found[kept] = found[a]
                kept += 1
    starts[count] = kept


@leaf
def received(
    town: Town, people: np.ndarray, payers: np.ndarray, days: np.ndarray, span: np.ndarray, to: int,
    out: np.ndarray, cursor: np.ndarray,
) -> None:  # fmt: skip
    """Write what customers' payments of some days bring to others if nothing stops them, until room is used up.

    Args:
        town: where they live.
        people: (N, PERSON) all customers; those of the payers must be filled in.
        payers: (n,) numbers of those whose payments are looked at.
        days: (2,) first and last day of the payments.
        span: (2,) first moment of arrival that counts, and the end [ms].
        to: customer whose credits are wanted; -1 for all.
        out: (N, INTENT) credits; OTHER is who pays, WHEN the moment it was sent, PARTY the payer's account, and
            MARK, which is -1 in the end, the number of the customer who is paid.
        cursor: (2,) the payer to go on with, and how many credits there are; both are moved on.
    """
    row, n = cursor[0], cursor[1]
    while row < payers.shape[0]:
        more = _received_from(town, payers[row], people[payers[row]], days, span, to, out, n)
        if more < 0:
            break
        n = more
        row += 1
    cursor[0], cursor[1] = row, n


@single
def _received_from(
    town: Town, payer: int, p: np.ndarray, days: np.ndarray, span: np.ndarray, to: int, out: np.ndarray, n: int
) -> int:  # fmt: skip
    """Append what one payer's payments bring; return how many there are now, -1 if there is no more room."""
    friends = 0  # bits of those whose payments count
    for slot in range(_FRIENDS):
        if to < 0 or friend_of(town, payer, slot) == to:
            friends |= 1 << slot
    for d in range(days[0], days[1] + 1):
        if n + PAYMENTS_A_DAY + MOST_LOOKALIKES > out.shape[0]:
            return -1
        t0 = max(town.days[d, c.MIDNIGHT], 0) / 1000.0
        end = n
        if friends != 0:
            count = min(poisson(uniforms(town.noise, DAY, payer, d, t0)[1], p[c.PEOPLE]), PAYMENTS_A_DAY)
            for k in range(count):
                if (friends >> slot_of(town, payer, (d * PAYMENTS_A_DAY + k) * 8, t0)) & 1:
                    payment_to_a_friend(town, payer, p[c.TASTE], d, k, out[end])
                    end += 1
        end = write_lookalikes(town, p, payer, d, out, end)
        for row in range(n, end):
            sent, ref, payee, arrives = out[row, c.T], out[row, c.REF], out[row, c.OTHER], out[row, c.WHEN]
            if payee < 0 or (to >= 0 and payee != to) or not span[0] <= arrives < span[1] or sent < 0:
                continue
            if uniforms(town.noise, REFUSED, payer, ref, t0)[0] < town.settings[c.REFUSED]:
                continue
            for k in range(c.INTENT):
                out[n, k] = out[row, k]
            out[n, c.T], out[n, c.AMOUNT], out[n, c.ENTRY] = arrives, -out[row, c.AMOUNT], c.NO_ENTRY
            out[n, c.PARTY] = np.int64(identity(town.noise[0], _ACCOUNT, payer))
            number = (ref >> 8) & ((1 << 22) - 1)
            out[n, c.REF] = CREDIT_REF | (payer << 23) | (number << 1) | (1 if ref >= LOOKALIKE_REF else 0)
            out[n, c.OTHER], out[n, c.WHEN], out[n, c.MARK] = payer, sent, payee
            n += 1
    return n
