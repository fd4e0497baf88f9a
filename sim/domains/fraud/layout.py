"""Column numbers of the arrays of kernels. Times are milliseconds of the episode, money is in minor units."""

from __future__ import annotations

__all__: list[str] = []

# A person: (N, PERSON) float64, what does not change.
SEGMENT, INCOME, PAYDAY, CITY, AGE, RATE, ONLINE, TASTE, PEOPLE, OVERDRAFT = range(10)
CARD_LIMIT, CASH_LIMIT, TRANSFER_LIMIT, OPENED, EMPLOYER, TRAVELS, CARDS, DEVICES, START, CASH_PAID = range(
    10, 20
)
PAYS_FEE = 20
PERSON = 21

# A standing order: (N, SLOTS, ORDER) int32.
DAY_OF_MONTH, PRICE, PAYEE = range(3)
ORDER = 3
SLOTS = 8
RENT, UTILITIES, PHONE, INSURANCE, STREAMING, MEMBERSHIP, SAVINGS, LOAN = range(SLOTS)

# What changes: (N, STATE) int64.
BALANCE, LAST_T, DAY, CARD_SPENT, CASH_SPENT, TRANSFERRED, CARD_BLOCKED_FROM, CARD_BLOCKED_TO = range(8)
ACCOUNT_BLOCKED_FROM, ACCOUNT_BLOCKED_TO, LOWEST, ACCRUED, ACCRUED_TO, REFUSALS = range(8, 14)
PENDING = 14  # first of the slots of what is still to come
WAITING, WAIT = 4, 13  # slots, and numbers in each: those of an intent
STATE = PENDING + WAITING * WAIT

# Something a customer is about to do, or that is done to an account: (n, INTENT) int64.
T, KIND, AMOUNT, CHANNEL, PARTY, SHOP, PLACE, ENTRY, REF, MARK, DEVICE, PAYMENT, REFUSE = range(13)
INTENT = 13  # REFUSE: 0, or the code with which it is refused whatever the account gives
NO_SHOP, ANOTHER_CUSTOMER = -1, -2  # in place of the number of a shop

# Kinds of intents: the types of `codes.TYPES`, then orders to the ledger.
PURCHASE, REFUND, WITHDRAWAL, DEPOSIT, CREDIT_TRANSFER, STANDING_ORDER, DIRECT_DEBIT, SUBSCRIPTION = range(8)
FEE, INTEREST, SETTLEMENT, CHARGEBACK = range(8, 12)
SWEEP, STATEMENT, BLOCK_CARD, UNBLOCK_CARD, BLOCK_ACCOUNT, UNBLOCK_ACCOUNT = range(20, 26)

CARD_PRESENT, CARD_NOT_PRESENT, TRANSFER, INSTANT, DEBIT, CASH_DESK, MOBILE, INTERNAL = range(8)
(
    SETTLED, INSUFFICIENT_FUNDS, LIMIT_EXCEEDED, CARD_BLOCKED, ACCOUNT_BLOCKED, DO_NOT_HONOUR, WRONG_PIN,
    WRONG_CVV, MALFUNCTION, EXPIRED_CARD, SUSPECTED_FRAUD,
) = range(11)  # fmt: skip
NO_ENTRY, CHIP, CONTACTLESS, MAGSTRIPE, ECOMMERCE, RECURRING, ONLINE_BANKING, APP, AGENT = range(9)

# An entry of the ledger: (n, ROW) int64; identities are unsigned bits in it.
R_T, R_ACCOUNT, R_ID, R_AMOUNT, R_BALANCE, R_STATUS, R_TYPE, R_CHANNEL, R_PARTY, R_SHOP = range(10)
R_PLACE, R_TERMINAL, R_CARD, R_DEVICE, R_ENTRY, R_POSTED, R_PAYMENT, R_MARK = range(10, 18)
ROW = 18

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
HABITS = 19

NEVER = 1 << 62
"""A moment that does not come [ms]."""
