"""Column numbers of the arrays of kernels. Times are milliseconds of the episode, money is in minor units."""

from __future__ import annotations

__all__: list[str] = []

# A person: (N, PERSON) float64, what does not change.
SEGMENT, INCOME, PAYDAY, CITY, AGE, RATE, ONLINE, TASTE, PEOPLE, OVERDRAFT = range(10)
CARD_LIMIT, CASH_LIMIT, TRANSFER_LIMIT, OPENED, EMPLOYER, TRAVELS, CARDS, DEVICES, START, CASH_PAID = range(
    10, 20
)
PAYS_FEE = 20
RENTS, GIVES, SHARES, IS_BOSS, SELLS, TAKINGS, TIES = range(21, 28)  # TIES: whether there are any
HOME = 28  # number of the first of those at the same address
INVOICED = 29  # bills of suppliers on a working day, in the mean
PERSON = 30

# A standing order: (N, SLOTS, ORDER) int32.
DAY_OF_MONTH, PRICE, PAYEE = range(3)
ORDER = 3
SLOTS = 8
RENT, UTILITIES, PHONE, INSURANCE, STREAMING, MEMBERSHIP, SAVINGS, LOAN = range(SLOTS)

# What changes: (N, STATE) int64.
BALANCE, LAST_T, DAY, CARD_SPENT, CASH_SPENT, TRANSFERRED, CARD_BLOCKED_FROM, CARD_BLOCKED_TO = range(8)
ACCOUNT_BLOCKED_FROM, ACCOUNT_BLOCKED_TO, LOWEST, ACCRUED, ACCRUED_TO, REFUSALS = range(8, 14)
PENDING = 14  # first of the slots of what is still to come
WAITING, WAIT = 4, 16  # slots, and numbers in each: those of an intent
CARD_CASE, CARD_QUIET, CARD_NOTED, SEEN_IN, SEEN_AT, STOP_T = range(
    PENDING + WAITING * WAIT, PENDING + WAITING * WAIT + 6
)
CARD_NOTES = STOP_T + 1  # orders that controls remember, as (moment, 4 * amount + tag)
CARD_MEMORY = 8
STATE = CARD_NOTES + 2 * CARD_MEMORY

# Something a customer is about to do, or that is done to an account: (n, INTENT) int64.
# REFUSE: 0, or the code with which it is refused whatever the account gives. BY: who gives the order.
# OTHER, WHEN of a payment between people: number of the customer at the other end, -1 for somebody outside, and
# when it arrives; of a credit: when it was sent.
T, KIND, AMOUNT, CHANNEL, PARTY, SHOP, PLACE, ENTRY, REF, MARK, DEVICE, PAYMENT, REFUSE, BY, OTHER, WHEN = (
    range(16)
)
INTENT = 16
NO_SHOP, ANOTHER_CUSTOMER, ARRANGED = -1, -2, -3
# In place of the number of a shop. ARRANGED: agreed with the bank; neither limits nor funds are asked for.
OWNER, STRANGER, DECEIVED, ACCOMPLICE = range(4)  # BY: what the owner of the account will say if called
STOPPED = 16  # added to BY of an injected order that controls stopped

# Kinds of intents: the types of `codes.TYPES`, then orders to the ledger.
PURCHASE, REFUND, WITHDRAWAL, DEPOSIT, CREDIT_TRANSFER, STANDING_ORDER, DIRECT_DEBIT, SUBSCRIPTION = range(8)
FEE, INTEREST, SETTLEMENT, CHARGEBACK = range(8, 12)
SWEEP, STATEMENT, BLOCK_CARD, UNBLOCK_CARD, BLOCK_ACCOUNT, UNBLOCK_ACCOUNT, STOP_ORDER = range(20, 27)

CARD_PRESENT, CARD_NOT_PRESENT, TRANSFER, INSTANT, DEBIT, CASH_DESK, MOBILE, INTERNAL = range(8)
(
    SETTLED, INSUFFICIENT_FUNDS, LIMIT_EXCEEDED, CARD_BLOCKED, ACCOUNT_BLOCKED, DO_NOT_HONOUR, WRONG_PIN,
    WRONG_CVV, MALFUNCTION, EXPIRED_CARD, SUSPECTED_FRAUD,
) = range(11)  # fmt: skip
NO_ENTRY, CHIP, CONTACTLESS, MAGSTRIPE, ECOMMERCE, RECURRING, ONLINE_BANKING, APP, AGENT = range(9)

# An entry of the ledger: (n, ROW) int64; identities are unsigned bits in it.
R_T, R_ACCOUNT, R_ID, R_AMOUNT, R_BALANCE, R_STATUS, R_TYPE, R_CHANNEL, R_PARTY, R_SHOP = range(10)
R_PLACE, R_TERMINAL, R_CARD, R_DEVICE, R_ENTRY, R_POSTED, R_PAYMENT, R_MARK, R_RULE = range(10, 19)
ROW = 19
# R_RULE of a card's order: 1 + number of the rule that opened a case, negative if one was open; 0 for none.

# A day of the calendar: (D, DAYS) int64.
MIDNIGHT, LENGTH, WEEKDAY, DATE, MONTH, IS_OPEN, DUE, PAID, NEXT_OPEN, IS_LAST = range(10)
DAYS = 10

# A kind of merchant: (C, KINDS) float64.
LOG_MEDIAN, SIGMA, ONLINE_SHARE, WHOLE, CHARM, HOURS, REFUNDED = range(7)
KINDS = 7

# Numbers of a preset: (HABITS,) float64.
INSTANT_SHARE, PHONE_SHARE, CASH_STEP, MONTHLY_FEE, YEARLY_INTEREST, REFUSED, PRICE_LEVEL, MINOR = range(8)
KEPT, KEPT_SPREAD, CASH_MOST, BONUS, DEPOSITS, DEPOSIT_SIZE, DEPOSIT_SPREAD, FEE_SHARE = range(8, 16)
PLENTY, ELASTICITY, KEPT_ELASTICITY = range(16, 19)
MONTHS, LOOKALIKES = 19, 20  # months of 30 days in the calendar; whether there are look-alikes
HABITS = 21

# A rule of the controls: (R, RULE) float64; moments and spans in ms, money in minor units.
(
    ABOUT, ACTION, OVER, UNDER, TIMES, OFTEN, SPAN, TOTAL, NEW_PAYEE, NEW_DEVICE, ABROAD, ELSEWHERE, THROUGH,
    PASSED_ON, DECLINED,
) = range(15)  # fmt: skip
RULE = 15
CARDS_ORDER, TRANSFERS_ORDER, ARRIVAL, CASH_DEPOSIT = range(4)  # ABOUT
ALERT, STEP_UP, BLOCK = range(3)  # ACTION

# Those who look at alerts: (DESK,) float64. CONFIRMS and PASSES hold one number for each of BY.
REVIEW, SPREAD, CONFIRMS, PASSES, RENEWAL, QUIET, UNRECOGNISED, ACQUAINTED = 0, 1, 2, 6, 10, 11, 12, 13
DESK = 14

# What controls know of the payments of an account: (WATCH,) int64.
W_CASE, W_QUIET, W_FROM, W_TO, W_NOTED, W_MET, W_PAYEES = range(7)
PAYEES, MEMORY = 8, 16
W_NOTES = W_PAYEES + PAYEES
WATCH = W_NOTES + 2 * MEMORY

# A session of online banking: (n, LOGIN) int64.
L_T, L_CUSTOMER, L_DEVICE, L_PLACE, L_NETWORK, L_RESULT, L_ID, L_MARK = range(8)
LOGIN = 8

# What controls do: (n, ACT) int64. UNTIL: end of a block, or when an alert is decided.
A_T, A_KIND, A_CUSTOMER, A_UNTIL, A_REF, A_ENTRY, A_RULE, A_FOUND = range(8)
ACT = 8
ACT_ALERT, ACT_STOP, ACT_BLOCK, ACT_GIVEN_BLOCK, ACT_GIVEN_END = range(5)  # given: by a campaign or a report

NEVER = 1 << 62
"""A moment that does not come [ms]."""
