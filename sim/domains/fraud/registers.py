"""Who and what there is: accounts, customers, cards, devices, merchants, as tables.

Numbers have the form of real ones and cannot exist: IBANs carry the country code XX, which ISO 3166 leaves to
users and no bank has; card numbers begin with 4000 00, a range that schemes keep for tests, and are masked.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np

from sim.domains.fraud import layout as c
from sim.domains.fraud.bank import Bank
from sim.domains.fraud.categories import CATEGORIES
from sim.domains.fraud.codes import SEGMENTS
from sim.domains.fraud.devices import KEPT, write_devices
from sim.domains.fraud.draws import ENTITIES, identities
from sim.domains.fraud.shops import places_of
from sim.recording import Identities, Words

__all__ = ["BANKS", "accounts", "cards", "customers", "devices", "ibans", "merchants"]

BANKS = ("Northbank", "Harbour Savings", "Union Mutual", "Meridian")
"""Banks whose customers are in the book; names that are nobody's."""

_SHARES = np.cumsum([0.45, 0.25, 0.18, 0.12])
_SYSTEMS = ("android", "ios", "windows", "macos")
_SYSTEM_SHARES = np.cumsum([0.45, 0.3, 0.2, 0.05])
_AT_ONCE = 100_000
"""Customers at a time: a multiple of what a household may have."""
_MINOR = 100.0
_DAY = np.int64(86_400_000)

Batch = Mapping[str, Any]


def ibans(known: np.ndarray) -> list[str]:
    """Return an IBAN for each identity: country XX, check digits (ISO 7064 mod 97-10), 16 digits."""
    body = known % np.uint64(10**16)
    # X is 33, the check digits themselves count as 00: 333300 behind the number.
    rest = ((body % np.uint64(97)) * np.uint64(10**6 % 97) + np.uint64(333300)) % np.uint64(97)
    return [f"XX{98 - int(r):02d}{int(b):016d}" for b, r in zip(body, rest, strict=True)]


def accounts(bank: Bank) -> Iterator[Batch]:
    """Yield the table of accounts."""
    began = np.datetime64(bank.clock.start.date(), "D")
    for first, people in _people(bank):
        known = _known(bank, "account", first, len(people))
        yield {
            "account_id": Identities(known),
            "customer_id": Identities(_known(bank, "customer", first, len(people))),
            "iban": np.array(ibans(known), object),
            "bank": Words(np.searchsorted(_SHARES, (known >> np.uint64(11)) / 2.0**53), BANKS),
            "opened": began - people[:, c.OPENED].astype("timedelta64[D]"),
            "currency": Words(np.zeros(len(people), np.int64), (bank.preset.currency,)),
            "overdraft": people[:, c.OVERDRAFT] / _MINOR,
            "start_balance": np.floor(people[:, c.START]) / _MINOR,
        }


def customers(bank: Bank) -> Iterator[Batch]:
    """Yield the table of customers."""
    places = places_of(bank.preset)
    for first, people in _people(bank):
        yield {
            "customer_id": Identities(_known(bank, "customer", first, len(people))),
            "household_id": Identities(
                _known(bank, "household", first, len(people))[people[:, c.HOME].astype(np.int64) - first]
            ),
            "segment": Words(people[:, c.SEGMENT].astype(np.int64), SEGMENTS),
            "age": people[:, c.AGE].astype(np.int32),
            "city": Words(people[:, c.CITY].astype(np.int64), places.names),
            "country": Words(np.zeros(len(people), np.int64), (bank.preset.country,)),
            "income": np.round(people[:, c.INCOME] / _MINOR, -2),
        }


def cards(bank: Bank) -> Iterator[Batch]:
    """Yield the table of cards."""
    for first, people in _people(bank):
        owner, which = _several(people[:, c.CARDS])
        known = _known(bank, "card", 2 * first, 2 * len(people))[2 * owner + which]
        yield {
            "card_id": Identities(known),
            "account_id": Identities(_known(bank, "account", first, len(people))[owner]),
            "number": np.array([f"4000 00** **** {int(one) % 10000:04d}" for one in known], object),
            "daily_limit": people[owner, c.CARD_LIMIT] / _MINOR,
        }


def devices(bank: Bank) -> Iterator[Batch]:
    """Yield the table of devices."""
    began = np.datetime64(bank.clock.start.date(), "D")
    for first, people in _people(bank):
        counts = people[:, c.DEVICES].astype(np.int64)
        room = int(counts.sum()) * (bank.end // KEPT + 2)
        known, (owner, since) = np.empty(room, np.uint64), np.empty((2, room), np.int64)
        count = write_devices(bank.town.noise[0], first, counts, bank.end, known, owner, since)
        known, owner, since = known[:count], owner[:count], since[:count]
        registered = np.maximum(
            began + (since // _DAY).astype("timedelta64[D]"),
            began - people[owner, c.OPENED].astype("timedelta64[D]"),
        )
        yield {
            "device_id": Identities(known),
            "customer_id": Identities(_known(bank, "customer", first, len(people))[owner]),
            "registered": registered,
            "system": Words(np.searchsorted(_SYSTEM_SHARES, (known >> np.uint64(11)) / 2.0**53), _SYSTEMS),
        }


def merchants(bank: Bank) -> Iterator[Batch]:
    """Yield the table of merchants."""
    town, places = bank.town, places_of(bank.preset)
    country_of = sorted(set(places.countries))
    countries = np.array([country_of.index(one) for one in places.countries])
    known = town.identity.view(np.uint64)
    names = [
        f"{CATEGORIES[kind].name.upper()} {int(one) % 46656:04X} {places.names[place].upper()}"[:25]
        for kind, one, place in zip(town.kind, known, town.place, strict=True)
    ]
    yield {
        "merchant_id": Identities(known),
        "name": np.array(names, object),
        "merchant_category": Words(town.kind, tuple(one.mcc for one in CATEGORIES)),
        "category": Words(town.kind, tuple(one.name for one in CATEGORIES)),
        "place": Words(town.place, places.names),
        "country": Words(countries[town.place], tuple(country_of)),
        "terminals": town.tills.astype(np.int32),
    }


def _people(bank: Bank) -> Iterator[tuple[int, np.ndarray]]:
    """Yield (number of the first, (n, PERSON)) for all customers, some at a time."""
    for first in range(0, bank.customers, _AT_ONCE):
        yield first, bank.everybody().people[first : first + _AT_ONCE]


def _known(bank: Bank, kind: str, first: int, count: int) -> np.ndarray:
    known = np.empty(count, np.uint64)
    identities(bank.town.noise[0], ENTITIES[kind], first, known)
    return known


def _several(counts: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return the owner of each of one or two things, and which of its two it is."""
    owner = np.repeat(np.arange(len(counts)), counts.astype(np.int64))
    return owner, (np.concatenate(([False], owner[1:] == owner[:-1]))).astype(np.int64)
