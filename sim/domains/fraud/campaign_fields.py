"""What may stand under `campaigns:`: who takes part in a crime, what they do, when, and what gives it away."""

from __future__ import annotations

from sim.domains.fraud.categories import CATEGORIES, HOURS
from sim.fields import Field, Figures, Listing, Quantity, Section, Text, Word

__all__ = ["CASH", "CHANNELS", "ROLES_FROM", "campaign_section"]

CASH = "cash"
"""In place of a role: money is paid in at a counter, or taken from a machine."""

ROLES_FROM: dict[str, str] = {
    "customer": "a customer of the bank, drawn at random among those that fit",
    "outside": "a person with an account at another bank, whom honest customers pay too",
    "company": "a company with an account at another bank, which honest customers pay or are paid by too",
    "merchant": "a merchant, by popularity",
}
"""Where those who play a role are taken from."""

CHANNELS: dict[str, str] = {
    "payment": "as people pay each other at that bank: instant, transfer or mobile money, now this, now that",
    "instant": "instant payment, there within seconds; by telephone as often as honest people do it",
    "transfer": "credit transfer, there on the next working day; by telephone as often as honest people do it",
    "mobile_money": "mobile money, there within seconds",
    "cash": "cash; the same as `cash` in place of a role",
    "card_present": "card at a terminal",
    "card_not_present": "card without a terminal, as in online shops",
    "login": "no money: somebody logs in to the sender's account",
}
"""How money moves, or what happens instead."""

_SEGMENTS: dict[str, str] = {
    "any": "any customer",
    "student": "students",
    "salaried": "employees",
    "pensioner": "pensioners",
    "self_employed": "self-employed people",
    "business": "businesses",
}
_KINDS: dict[str, str] = {
    "any": "any but cash machines, as often as customers go there",
    **{one.name.replace(" ", "_"): f"{one.name}, MCC {one.mcc}" for one in CATEGORIES},
}
_PLACES: dict[str, str] = {
    "home": "in a city of the home country; in that of `near` if given",
    "abroad": "in another country",
    "online": "on the internet",
}
_OBJECTS: dict[str, str] = {
    "account": "the account",
    "card": "the card",
    "device": "the telephone or computer",
    "identity": "the customer's identity",
    "person": "the customer, who is deceived",
}
_PROFILES = {name: f"hours of the day as of '{name}'" for name in HOURS}
_WEEKDAYS: dict[str, str] = {
    "any": "any day",
    "working": "days on which banks work",
    "weekend": "Saturdays and Sundays",
}
_PAIRS: dict[str, str] = {
    "turns": "everybody takes part once at least: number k sends to number k, the fewer ones taking turns",
    "all": "every sender pays every receiver",
    "any": "every sender pays a receiver drawn at random",
    "first": "only number 1 of the senders pays, and number 1 of the receivers alone",
    "last": "only the last of the senders pays, and number 1 of the receivers alone",
    "chain": "one role among itself: number 1 pays number 2, who pays number 3, and so on",
    "circle": "as in a chain, and the last one pays the first",
    "walk": "one role among itself: whoever has the money pays another one drawn at random, `repeat` times",
}
_WRITTEN: dict[str, str] = {
    "people": "as people write what they pay each other: often round",
    "price": "as merchants of that kind price: some whole, some ending in .99",
    "notes": "in notes that cash machines have",
    "exact": "to the minor unit",
}
_TYPES: dict[str, str] = {
    "refund": "a merchant gives money back",
    "chargeback": "the card owner disputes a purchase",
}
_DEVICES: dict[str, str] = {
    "own": "one of the account's owner",
    "ring": "one of the criminals, the same for the whole ring",
}
_ENTRIES: dict[str, str] = {
    "chip": "chip and PIN",
    "contactless": "contactless",
    "magstripe": "magnetic stripe",
}
_ON_DECLINE: dict[str, str] = {
    "go_on": "leave it, and go on with what comes next",
    "stop": "give up: this sender does nothing more in this step",
    "lower": "try again some minutes later, with less",
    "next": "try again some minutes later, with the next receiver",
}
_ADAPT: dict[str, str] = {
    "none": "no",
    "replace": "somebody whose account is blocked is replaced by another one who fits the role",
}


def _once(doc: str, unit: str, **more: float | None) -> Quantity:
    return Quantity(doc=doc, unit=unit, default=None, fixed=True, least=0.0, most=more.get("most"))


def _role(currency: str) -> Section:
    return Section(
        doc="those who play one part in a ring",
        fields={
            "role": Text(doc="its name, as steps and labels have it"),
            "from": Word(doc="where they are taken from", options=ROLES_FROM, default="customer", fixed=True),
            "count": Quantity(doc="how many", unit="", integer=True, default=1, least=1, most=1000, each=True),
            "at_least": Quantity(
                doc="how many must be found, or the ring is dropped; all of them unless given", unit="",
                integer=True, default=None, least=1, most=1000, fixed=True,
            ),
            "segment": Word(doc="kind of customer", options=_SEGMENTS, default="any", fixed=True),
            "youngest": _once("least age in years", "", most=120.0),
            "oldest": _once("greatest age in years", "", most=120.0),
            "open_for": _once("longest time the account has been open when the episode starts", "s"),
            "open_since": _once("shortest time the account has been open when the episode starts", "s"),
            "able": _once("least money there to spend when the ring begins", currency),
            "near": Text(doc="an earlier role: in the city of its first member", default=None),
            "visited": Text(
                doc="an earlier role, a merchant: customers who were there, with a card if `object` is one",
                default=None,
            ),
            "within": Quantity(
                doc="how long before the ring begins that may have been", unit="s", default=30 * 86400.0,
                least=0.0, fixed=True,
            ),
            "known_to": Text(
                doc="an earlier role: somebody outside whom its first member is used to paying", default=None
            ),
            "kind": Word(doc="kind of merchant", options=_KINDS, default="any", fixed=True),
            "place": Word(doc="where the merchant is", options=_PLACES, default="home", fixed=True),
            "attack": Text(doc="what the criminals did to them first, for causes", default=None),
            "object": Word(
                doc="what was compromised by that", options=_OBJECTS, default="account", fixed=True
            ),
        },
    )  # fmt: skip


def _amounts(currency: str) -> dict[str, Field]:
    def each(doc: str, unit: str, least: float, most: float) -> Quantity:
        return Quantity(doc=doc, unit=unit, default=None, least=least, most=most, each=True)

    return {
        "amount": each("how much", currency, 0.01, 1e9),
        "of_available": each("how much: share of what the sender could spend", "", 0.0, 2.0),
        "of_income": each("how much: share of the sender's monthly income", "", 0.0, 100.0),
        "of_reported": each("how much: share of the cash from which a bank has to report it", "", 0.0, 100.0),
        "of_price": each("how much: multiple of what customers usually pay that merchant", "", 0.0, 1000.0),
        "share": each(
            "how much: share of what the sender got from the ring and has not sent on, divided among its "
            "receivers; where that is nothing, the amount beside it counts",
            "", 0.0, 1.0,
        ),
    }  # fmt: skip


def _step(currency: str) -> Section:
    return Section(
        doc="movements of money by those who play the sender's part, each in its own time",
        fields={
            "from": Text(doc="role that sends, or cash"),
            "to": Text(doc="role that receives, or cash; nobody for a login", default=None),
            **_amounts(currency),
            "grow": Quantity(
                doc="factor on the amount from one repetition to the next", unit="", default=1.0, least=0.01,
                most=100.0, each=True,
            ),
            "written": Word(
                doc="how the amount is written; as honest people and merchants do it unless given",
                options=_WRITTEN, default=None, fixed=True,
            ),
            "after": Quantity(
                doc="time from the end of the step before, or from the arrival of the money that is sent on",
                unit="s", default=0.0, least=0.0, each=True,
            ),
            "every": Quantity(
                doc="time between a sender's movements; as `after` unless given", unit="s", default=None,
                least=0.0, each=True,
            ),
            "repeat": Quantity(
                doc="how often each sender does it", unit="", integer=True, default=1, least=1, most=10_000,
                each=True,
            ),
            "pairs": Word(doc="who pays whom", options=_PAIRS, default="turns", fixed=True),
            "channel": Word(doc="how", options=CHANNELS, default="payment", fixed=True),
            "as": Word(
                doc="what a payment from a merchant is", options=_TYPES, default="refund", fixed=True
            ),
            "entry": Word(
                doc="how the card is read; as honest customers do it unless given", options=_ENTRIES,
                default=None, fixed=True,
            ),
            "device": Word(doc="whose device is used", options=_DEVICES, default="own", fixed=True),
            "hours": Word(
                doc="hours of the day; those of honest people unless given, where it is not done at once",
                options={**_PROFILES, "any": "at any hour"}, default=None, fixed=True,
            ),
            "wrong": Quantity(
                doc="share of attempts with wrong card details", unit="", default=0.0, least=0.0, most=1.0,
                fixed=True,
            ),
            "on_decline": Word(
                doc="what the sender does when refused", options=_ON_DECLINE, default="go_on", fixed=True
            ),
            "lower_by": Quantity(
                doc="factor on the amount of another try", unit="", default=0.5, least=0.01, most=1.0, each=True
            ),
            "tries": Quantity(
                doc="how often it is tried at most", unit="", integer=True, default=3, least=1, most=100,
                fixed=True,
            ),
            "adapt": Word(
                doc="whether the ring adapts", options=_ADAPT, default="none", fixed=True
            ),
        },
        exclusive=(("amount", "of_available", "of_income", "of_reported", "of_price"),),
    )  # fmt: skip


def campaign_section(currency: str) -> Section:
    """Return what may stand in a campaign of a bank with a currency (ISO 4217)."""
    return Section(
        doc="a kind of crime that is committed again and again",
        fields={
            "typology": Text(doc="its name in labels; the id of the campaign unless given", default=None),
            "about": Text(doc="what happens, in a sentence", default=""),
            "rate": Quantity(
                doc="rings that begin per customer and time", unit="1/customer/s", default=None, least=0.0,
                fixed=True,
            ),
            "rate_by_use": Quantity(
                doc="rings that begin per payment of honest customers, as many as the preset says they make",
                unit="1/payment", default=None, least=0.0, fixed=True,
            ),
            "boost": Quantity(
                doc="factor on the rate; rings then stand for the natural world with weight 1/boost",
                unit="", default=1.0, least=1.0, most=1e6, fixed=True,
            ),
            "hours": Word(
                doc="hours at which rings begin", options={**_PROFILES, "any": "any hour"}, default="online",
                fixed=True,
            ),
            "weekdays": Word(doc="days on which rings begin", options=_WEEKDAYS, default="any", fixed=True),
            "rounds": Quantity(
                doc="how often all steps are gone through", unit="", integer=True, default=1, least=1,
                most=10_000, each=True,
            ),
            "pause": Quantity(
                doc="time between rounds", unit="s", default=0.0, least=0.0, each=True
            ),
            "attack": Text(doc="what the criminals did first, for causes", default=None),
            "victim": Text(
                doc="role that loses; `victim` if there is such a role, else nobody in the bank", default=None
            ),
            "roles": Listing(doc="who takes part", item=_role(currency)),
            "steps": Listing(doc="what they do, one after the other", item=_step(currency)),
            "tells": Figures(
                doc="what gives it away by nature: feature and the highest AUC or share it may show",
                least=0.0, most=1.0, default={},
            ),
            "sources": Listing(doc="where its numbers come from", item=Text(doc="a source"), default=()),
        },
        exclusive=(("rate", "rate_by_use"),),
    )  # fmt: skip
