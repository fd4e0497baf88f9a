"""The banks a scenario may start from: their currency, customers and habits, with the sources of each number.

A number without a source of its own is an assumption and belongs to the general remark of its preset.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from sim.domains.fraud.categories import CATEGORIES

__all__ = ["TABLE", "Preset", "SegmentHabits"]


@dataclass(frozen=True)
class SegmentHabits:
    """What customers of one segment are like.

    Args:
        share: of all customers.
        income: median monthly income [currency].
        spread: sigma of its logarithm between customers.
        purchases: ad-hoc card and cash payments a month.
        people: payments to other people a month.
        ages: least and most.
        online: factor on the online share of each category.
        orders: probability of each kind of standing order, in the order of `people.ORDER_KINDS`.
        cash: share who are paid in cash and bring it to the bank.
    """

    share: float
    income: float
    spread: float
    purchases: float
    people: float
    ages: tuple[int, int]
    online: float
    orders: tuple[float, ...]
    cash: float = 0.0


@dataclass(frozen=True, eq=False)
class Preset:
    """A kind of bank.

    Args:
        currency: ISO 4217.
        country: ISO 3166, of its customers.
        price_level: amounts of `CATEGORIES` times this are in the currency.
        habits: one per segment, in the order of `SEGMENTS`.
        categories: factor on the share of a category, by MCC.
        weekdays: factors Monday to Sunday, and holidays.
        paydays: (day of the month, probability).
        payday_lift: factor on purchases on the payday and the days after it.
        holidays: (month, day) every year; Easter Monday and Good Friday too where `easter`.
        instant: share of transfers between people that are instant.
        phone: share of payments to people and merchants that go over mobile money instead.
        cash_step: cash comes in multiples of this [currency].
        cash_spread: sigma of the logarithm of withdrawals.
        cash_limit: most cash in a day, in monthly incomes.
        deposits: cash that customers bring beside pay: a month, median [currency], sigma of the logarithm.
        bonus: share of months in which pay is more than usual, pensions aside.
        has_lookalikes: whether there are honest payments that look like crime (module `lookalikes`).
        kept: what customers have on the account, in monthly incomes.
        plenty: from how many times as much on they save elsewhere.
        kept_elasticity: of what they have with respect to income, within a segment.
        elasticity: of the amounts of purchases and withdrawals with respect to income, within a segment.
        kept_spread: sigma of its logarithm between customers.
        closed: days of the week on which banks do not book, 0 is Monday.
        fee: monthly fee of an account [currency]; 0 for none.
        fee_share: share of accounts that pay it.
        interest: yearly, credited monthly; 0 for none.
        overdraft: share of customers with an arranged overdraft, of about a monthly income.
        refused: probability that a payment is refused though nothing speaks against it (typing errors, lines).
        popularity: popularity of a shop falls with its rank among its kind in a city to about this power.
        abroad: countries people travel to.
        reported: cash at once from which a bank has to report it, or a wallet takes no more [currency].
        sources: of the numbers above.
    """

    name: str
    doc: str
    currency: str
    country: str
    price_level: float
    habits: tuple[SegmentHabits, ...]
    categories: dict[str, float] = field(default_factory=dict)
    weekdays: tuple[float, ...] = (0.92, 0.92, 0.95, 1.0, 1.15, 1.2, 0.86, 0.7)
    paydays: tuple[tuple[int, float], ...] = ((1, 0.2), (15, 0.15), (25, 0.3), (28, 0.35))
    payday_lift: tuple[float, ...] = (1.3, 1.2, 1.12, 1.06, 1.0)
    holidays: tuple[tuple[int, int], ...] = ((1, 1), (5, 1), (12, 25), (12, 26))
    easter: bool = True
    instant: float = 0.35
    phone: float = 0.0
    cash_step: int = 10
    cash_spread: float = 0.7
    cash_limit: float = 0.35
    deposits: tuple[float, float, float] = (0.0, 1.0, 1.0)
    bonus: float = 0.4
    has_lookalikes: bool = True
    kept: float = 0.7
    kept_spread: float = 0.8
    plenty: float = 2.3
    kept_elasticity: float = 1.0
    elasticity: float = 0.55
    closed: tuple[int, ...] = (5, 6)
    fee: float = 3.5
    fee_share: float = 1.0
    interest: float = 0.0
    overdraft: float = 0.45
    refused: float = 0.012
    popularity: float = 2.2
    abroad: tuple[str, ...] = ("ES", "IT", "FR", "AT", "GB", "US", "TR", "TH")
    reported: float = 10_000.0
    sources: tuple[str, ...] = ()


_PAYMENTS = (
    "about 70 payments a month per person, 67 to 73 by age (Atlanta Fed, diary of consumer payment choice)"
)
_PAYDAY = (
    "spending rises on payday for most people, much of it recurring bills (Pagel & Vardardottir; Gelman 2014)"
)
_POPULAR = "visits of merchants by rank fall with exponent 0.80 in North America, 1.13 in Europe (Krumme 2013)"
_ASSUMED = "segments, incomes, prices by category, hours, weekdays, fees and decline rates are assumptions"

_EU = Preset(
    name="retail_bank_eu",
    doc="retail bank of the euro area: cards and SEPA, instant payments on the rise",
    currency="EUR",
    country="DE",
    price_level=1.0,
    habits=(
        SegmentHabits(0.10, 950, 0.35, 34, 3.0, (18, 29), 1.4, (0.7, 0.3, 0.9, 0.4, 0.8, 0.6, 0.1, 0.1)),
        SegmentHabits(0.52, 2450, 0.45, 44, 2.6, (22, 66), 1.0, (0.85, 0.85, 0.95, 0.8, 0.8, 0.5, 0.45, 0.35)),
        SegmentHabits(0.24, 1650, 0.40, 26, 1.2, (60, 92), 0.45, (0.6, 0.9, 0.85, 0.85, 0.3, 0.15, 0.3, 0.1)),
        SegmentHabits(0.09, 2900, 0.65, 42, 3.0, (25, 70), 1.1, (0.8, 0.9, 0.95, 0.9, 0.7, 0.6, 0.4, 0.45)),
        SegmentHabits(0.05, 14000, 0.90, 38, 6.0, (25, 70), 1.3, (1.0, 1.0, 1.0, 1.0, 0.9, 0.9, 0.2, 0.6)),
    ),
    sources=(_PAYMENTS, _PAYDAY, _POPULAR, "limit of 10,000 EUR in cash (Regulation (EU) 2024/1624)", _ASSUMED),
)

_US = Preset(
    name="retail_bank_us",
    doc="retail bank of the United States: cards first, pay twice a month, few instant payments",
    currency="USD",
    country="US",
    price_level=1.25,
    habits=(
        SegmentHabits(0.11, 1300, 0.40, 44, 3.5, (18, 29), 1.4, (0.7, 0.3, 0.95, 0.5, 0.9, 0.7, 0.1, 0.3)),
        SegmentHabits(0.55, 4100, 0.50, 56, 3.0, (20, 66), 1.1, (0.85, 0.9, 0.95, 0.85, 0.9, 0.6, 0.35, 0.6)),
        SegmentHabits(0.20, 2100, 0.45, 38, 1.2, (60, 92), 0.6, (0.5, 0.9, 0.9, 0.85, 0.5, 0.2, 0.2, 0.15)),
        SegmentHabits(0.09, 4600, 0.70, 52, 3.0, (24, 70), 1.1, (0.8, 0.9, 0.95, 0.9, 0.8, 0.6, 0.3, 0.5)),
        SegmentHabits(0.05, 21000, 1.00, 48, 6.0, (25, 70), 1.3, (1.0, 1.0, 1.0, 1.0, 0.9, 0.9, 0.2, 0.6)),
    ),
    categories={"5541": 1.5, "4111": 0.3, "5814": 1.4, "6011": 0.6},
    paydays=((1, 0.25), (15, 0.4), (25, 0.1), (28, 0.25)),
    holidays=((1, 1), (6, 19), (7, 4), (11, 11), (12, 25)),
    easter=False,
    instant=0.15,
    cash_step=20,
    fee=0.0,
    overdraft=0.3,
    refused=0.014,
    popularity=1.4,
    abroad=("MX", "CA", "GB", "FR", "IT", "JP", "DO", "ES"),
    sources=(_PAYMENTS, _PAYDAY, _POPULAR, "reports of cash from 10,000 USD on (31 CFR 1010.311)", _ASSUMED),
)

_MOBILE = Preset(
    name="mobile_money",
    doc="mobile money of East Africa: wallets, agents for cash, payments from person to person",
    currency="KES",
    country="KE",
    price_level=35.0,
    habits=(
        SegmentHabits(0.16, 9000, 0.50, 14, 6.0, (18, 28), 1.0, (0.1, 0.3, 0.6, 0.0, 0.2, 0.1, 0.0, 0.1), 0.35),
        SegmentHabits(
            0.38, 28000, 0.55, 18, 8.0, (20, 60), 1.0, (0.3, 0.5, 0.7, 0.1, 0.2, 0.1, 0.2, 0.3), 0.35
        ),
        SegmentHabits(
            0.06, 14000, 0.50, 10, 4.0, (58, 85), 0.4, (0.1, 0.4, 0.5, 0.1, 0.1, 0.0, 0.1, 0.1), 0.35
        ),
        SegmentHabits(
            0.33, 21000, 0.75, 18, 9.0, (18, 65), 1.0, (0.2, 0.4, 0.7, 0.1, 0.1, 0.1, 0.2, 0.3), 0.35
        ),
        SegmentHabits(
            0.07, 110000, 1.00, 22, 14.0, (20, 65), 1.0, (0.8, 0.8, 0.9, 0.3, 0.2, 0.2, 0.2, 0.5), 0.35
        ),
    ),
    categories={"6011": 4.0, "4511": 0.2, "7011": 0.3, "5399": 0.3, "5816": 0.6},
    weekdays=(1.0, 0.98, 0.98, 1.0, 1.1, 1.08, 0.86, 0.85),
    paydays=((1, 0.2), (5, 0.15), (25, 0.2), (28, 0.45)),
    holidays=((1, 1), (5, 1), (6, 1), (10, 20), (12, 12), (12, 25), (12, 26)),
    instant=1.0,
    phone=0.92,
    cash_step=50,
    deposits=(2.5, 800.0, 1.0),
    fee=0.0,
    overdraft=0.25,
    refused=0.01,
    abroad=("UG", "TZ", "AE", "ZA", "IN"),
    reported=250_000.0,  # assumption
    sources=("the family of PaySim's log: cash in, cash out, transfer, payment (Lopez-Rojas 2016)", _ASSUMED),
)

_CZECH_ORDERS = (0.36, 0.0, 0.0, 0.08, 0.0, 0.0, 0.04, 0.10)
_CZECH = Preset(
    name="czech_retail_1993",
    doc="a Czech bank of 1993-94: young accounts, cash at the counter, standing orders, hardly any cards",
    currency="CZK",
    country="CZ",
    price_level=70.0,
    has_lookalikes=False,
    habits=(
        SegmentHabits(0.06, 4000, 0.25, 1.3, 0.02, (18, 29), 0.0, _CZECH_ORDERS),
        SegmentHabits(0.78, 16000, 0.70, 1.85, 0.02, (20, 60), 0.0, _CZECH_ORDERS, 0.8),
        SegmentHabits(0.16, 4200, 0.22, 1.3, 0.02, (58, 85), 0.0, _CZECH_ORDERS),
        SegmentHabits(0.0, 14000, 0.95, 2.0, 0.02, (22, 65), 0.0, _CZECH_ORDERS),
        SegmentHabits(0.0, 26000, 0.90, 2.0, 0.02, (25, 65), 0.0, _CZECH_ORDERS),
    ),
    categories={one.mcc: 0.0 for one in CATEGORIES[1:]},
    weekdays=(1.2, 1.0, 0.85, 1.05, 0.95, 0.95, 1.0, 0.95),
    paydays=tuple((day, 0.1) for day in range(5, 15)),
    payday_lift=(1.2, 1.1, 1.0),
    holidays=((1, 1), (5, 1), (7, 5), (7, 6), (10, 28), (12, 24), (12, 25), (12, 26)),
    instant=0.0,
    cash_step=50,
    cash_spread=1.15,
    cash_limit=5.0,
    deposits=(0.28, 1000.0, 0.9),
    bonus=0.0,
    kept=2.0,
    kept_spread=0.35,
    plenty=float("inf"),
    kept_elasticity=0.35,
    elasticity=1.0,
    closed=(),
    fee=14.6,
    fee_share=0.46,
    interest=0.045,
    overdraft=0.01,
    refused=0.0,
    abroad=("SK",),
    reported=500_000.0,  # by a law of 1996; assumption that banks asked from there on before
    sources=("1,229 young accounts of the Berka data set (PKDD 1999 challenge), all of them of persons",),
)

TABLE: dict[str, Preset] = {preset.name: preset for preset in (_EU, _US, _MOBILE, _CZECH)}
"""Name of each preset -> what it says."""
