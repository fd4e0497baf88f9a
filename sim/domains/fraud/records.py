"""The tables of a recorded episode, column by column, made while they are gone through."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC
from typing import TYPE_CHECKING, Any

import numpy as np

from sim.domains.fraud import layout as c
from sim.domains.fraud.bank import Bank
from sim.domains.fraud.book import Book
from sim.domains.fraud.campaign_tables import attacks, campaigns_expected, tells
from sim.domains.fraud.categories import CATEGORIES
from sim.domains.fraud.codes import CHANNELS, ENTRIES, ISO_DECLINES, TYPES
from sim.domains.fraud.controls_labels import VERDICTS, Known, known_of, touched_from
from sim.domains.fraud.controls_tables import alerts, reports
from sim.domains.fraud.draws import ENTITIES, identities
from sim.domains.fraud.login_tables import Sessions
from sim.domains.fraud.registers import accounts, cards, customers, devices, merchants
from sim.domains.fraud.rings import Ring, Roll
from sim.domains.fraud.shops import places_of
from sim.noise import hash64
from sim.recording import Identities, TableBatches, Words

if TYPE_CHECKING:
    from sim.domains.fraud.world import World

__all__ = ["Batches", "entry_columns", "label_columns", "tables_of"]

Batch = Mapping[str, Any]
_MINOR = 100.0


@dataclass(frozen=True)
class Batches:
    """Batches that are made anew whenever somebody goes through them."""

    make: Callable[[], Iterator[Batch]]

    def __iter__(self) -> Iterator[Batch]:
        return self.make()


def tables_of(world: World) -> dict[str, TableBatches]:
    """Return all tables of an episode."""
    bank, roll = world.bank, world.roll
    book = Book(bank, world.ledger.injections, touched=lambda: touched_from(world))
    sessions = Sessions(world)
    return {
        "entries": Batches(lambda: _entries(bank, book)),
        "labels": Batches(lambda: _labels(world, book)),
        "alerts": Batches(lambda: alerts(world, book)),
        "reports": Batches(lambda: reports(world)),
        "logins": Batches(sessions.tables),
        "login_labels": Batches(lambda: (login_labels(bank, roll, rows) for rows in sessions.marks())),
        "accounts": Batches(lambda: accounts(bank)),
        "customers": Batches(lambda: customers(bank)),
        "cards": Batches(lambda: cards(bank)),
        "devices": Batches(lambda: devices(bank)),
        "merchants": Batches(lambda: merchants(bank)),
        "rings": Batches(lambda: iter([_ring_columns(bank, roll)])),
        "attacks": Batches(lambda: attacks(world)),
        "tells": Batches(lambda: tells(world)),
        "campaigns_expected": Batches(lambda: campaigns_expected(world)),
    }


def account_identities(bank: Bank) -> np.ndarray:
    """Return (customers,) identities of the accounts."""
    known = np.empty(bank.customers, np.uint64)
    identities(bank.town.noise[0], ENTITIES["account"], 0, known)
    return known


def _entries(bank: Bank, book: Book) -> Iterator[Batch]:
    owners = account_identities(bank)
    for rows in book.windows():
        yield entry_columns(bank, owners, rows)


def entry_columns(bank: Bank, owners: np.ndarray, rows: np.ndarray) -> Batch:
    """Return (n, ROW) entries as the columns of the table `entries`; `owners` are the accounts' identities."""
    places = places_of(bank.preset)
    start = np.datetime64(bank.clock.start.astimezone(UTC).replace(tzinfo=None), "ms")
    shop, place = rows[:, c.R_SHOP], rows[:, c.R_PLACE]
    kind = np.where(shop >= 0, bank.town.kind[shop], -1)
    posted = start + rows[:, c.R_POSTED].astype("timedelta64[ms]")
    posted[rows[:, c.R_POSTED] < 0] = np.datetime64("NaT")
    status = rows[:, c.R_STATUS]
    country_of = sorted(set(places.countries))
    countries = np.array([*(country_of.index(one) for one in places.countries), -1])
    return {
        "t": rows[:, c.R_T] / 1000.0,
        "transaction_id": Identities(rows[:, c.R_ID]),
        "account_id": Identities(owners[rows[:, c.R_ACCOUNT]]),
        "time": start + rows[:, c.R_T].astype("timedelta64[ms]"),
        "posted": posted,
        "amount": rows[:, c.R_AMOUNT] / _MINOR,
        "balance": rows[:, c.R_BALANCE] / _MINOR,
        "type": Words(rows[:, c.R_TYPE], TYPES),
        "channel": Words(rows[:, c.R_CHANNEL], CHANNELS),
        "entry": Words(rows[:, c.R_ENTRY] - 1, ENTRIES[1:]),
        "status": Words((status > 0).astype(np.int64), ("accepted", "declined")),
        "decline_code": Words(status - 1, ISO_DECLINES[1:]),
        "counterparty_id": Identities(rows[:, c.R_PARTY]),
        "merchant_category": Words(kind, tuple(one.mcc for one in CATEGORIES)),
        "place": Words(place, places.names),
        "country": Words(countries[place], tuple(country_of)),
        "terminal_id": Identities(rows[:, c.R_TERMINAL]),
        "card_id": Identities(rows[:, c.R_CARD]),
        "device_id": Identities(rows[:, c.R_DEVICE]),
        "payment_id": Identities(rows[:, c.R_PAYMENT]),
    }


def _labels(world: World, book: Book) -> Iterator[Batch]:
    known, owners = known_of(world, book), account_identities(world.bank)
    roles = sorted({mark.role for mark in world.roll.marks})
    for rows in book.marks():
        yield label_columns(world.bank, world.roll, known, owners, roles, rows)


def login_labels(bank: Bank, roll: Roll, rows: np.ndarray) -> Batch:
    """Return what is true of logins, (n, 2) identities and marks, as columns of the table `login_labels`."""
    number = rows[:, 1]
    marked = np.flatnonzero(number >= 0)
    rings = [roll.marks[one].ring for one in number[marked].tolist()]
    typologies = sorted({ring.typology for ring in roll.rings})
    kinds, owners = np.full(len(rows), -1, np.int64), np.zeros(len(rows), np.uint64)
    weights = np.ones(len(rows))
    kinds[marked] = [typologies.index(ring.typology) for ring in rings]
    owners[marked] = [_identity(bank, ring) for ring in rings]
    weights[marked] = [ring.weight for ring in rings]
    return {
        "login_id": Identities(rows[:, 0]),
        "is_fraud": number >= 0,
        "typology": Words(kinds, tuple(typologies)),
        "ring_id": Identities(owners),
        "ring_weight": weights,
    }


def label_columns(
    bank: Bank, roll: Roll, known: Known, owners: np.ndarray, roles: list[str], rows: np.ndarray
) -> Batch:  # fmt: skip
    """Return what is true of entries as the columns of the table `labels`.

    Args:
        bank: of the episode.
        roll: of the rings.
        known: what the bank and its customers found out.
        owners: (customers,) identities of the accounts.
        roles: all there are, by name.
        rows: (n, 3) identities and marks of the entries, and whether a crime may have changed them.
    """
    number = rows[:, 1]
    marked = np.flatnonzero(number >= 0)
    marks = [roll.marks[one] for one in number[marked]]
    typologies = sorted({ring.typology for ring in roll.rings})

    def words(of: list[str], known: list[str]) -> Words:
        codes = np.full(len(rows), -1, np.int64)
        codes[marked] = [known.index(one) for one in of]
        return Words(codes, tuple(known))

    def numbers(of: list[Any], type: Any, default: Any = 0) -> np.ndarray:
        column = np.full(len(rows), default, type)
        column[marked] = of
        return column

    detected = numbers([known.detected[one] for one in number[marked]], np.float64, np.nan)
    verdict = np.full(len(rows), -1, np.int64)
    alerted, place = known.places(rows[:, 0])
    verdict[alerted] = known.verdict[place]
    was_taken = alerted[known.verdict[place] == 0]
    detected[was_taken] = np.fmin(detected[was_taken], known.decided[place[known.verdict[place] == 0]])
    verdict[~np.isnan(detected)] = 0
    return {
        "transaction_id": Identities(rows[:, 0]),
        "is_fraud": number >= 0,
        "typology": words([mark.ring.typology for mark in marks], typologies),
        "ring_id": Identities(numbers([_identity(bank, mark.ring) for mark in marks], np.uint64)),
        "role": words([mark.role for mark in marks], roles),
        "stage": numbers([mark.stage for mark in marks], np.int32),
        "sequence": numbers([mark.sequence for mark in marks], np.int32),
        "cause_id": Identities(numbers([mark.cause for mark in marks], np.uint64)),
        "victim_id": Identities(numbers([owners[m.victim] if m.victim >= 0 else 0 for m in marks], np.uint64)),
        "t_detected": detected,
        "t_reported": numbers([known.reported[one] for one in number[marked]], np.float64, np.nan),
        "chargeback": numbers([known.charged_back[one] for one in number[marked]], np.bool_, False),
        "verdict": Words(verdict, VERDICTS),
        "touched": rows[:, 2] > 0,
        "ring_weight": numbers([mark.ring.weight for mark in marks], np.float64, 1.0),
    }


def _identity(bank: Bank, ring: Ring) -> int:
    return hash64("ring", int(bank.town.noise[0]), ring.campaign, ring.number)


def _ring_columns(bank: Bank, roll: Roll) -> Batch:
    rings = roll.rings
    campaigns = sorted({ring.campaign for ring in rings})
    typologies = sorted({ring.typology for ring in rings})
    return {
        "ring_id": Identities(np.array([_identity(bank, ring) for ring in rings], np.uint64)),
        "campaign": Words(np.array([campaigns.index(r.campaign) for r in rings], np.int64), tuple(campaigns)),
        "typology": Words(np.array([typologies.index(r.typology) for r in rings], np.int64), tuple(typologies)),
        "began": np.array([ring.began for ring in rings], np.float64),
        "moved": np.array([ring.moved for ring in rings], np.float64) / _MINOR,
        "entries": np.array([ring.entries for ring in rings], np.int64),
        "refused": np.array([ring.refused for ring in rings], np.int64),
        "untried": np.array([ring.untried for ring in rings], np.int64),
        "is_finished": np.array([ring.is_finished for ring in rings], np.bool_),
        "dropped": np.array([ring.dropped for ring in rings], object),
        "mark": np.array([ring.mark for ring in rings], np.float64),
        "ring_weight": np.array([ring.weight for ring in rings], np.float64),
    }
