"""The ledger: what a bank sees of its accounts' entries, and nothing of why they were made.

It reads the table `entries` of a Recording, batch by batch, and never holds more than one.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np
import pyarrow as pa

from renderers.columns import CATEGORY
from renderers.sample import Availability, Column, Role, Samples, SensorSetup
from sim.noise import address, uniforms
from sim.recording import Identities, Recording

__all__ = ["TABLE", "columns", "observe"]

TABLE = "entries"
"""Table of a Recording that holds the entries."""

_TIME = pa.timestamp("ms", "UTC")
_COLUMNS: tuple[tuple[str, Any, Role, str, Availability], ...] = (
    ("transaction_id", pa.string(), "key", "the entry", "event"),
    ("account_id", pa.string(), "key", "account it is on", "event"),
    ("time", _TIME, "feature", "when it happened", "event"),
    ("posted", _TIME, "feature", "when it was booked; null if refused", "posting"),
    ("amount", pa.float64(), "feature", "to the account; negative from it", "event"),
    ("balance", pa.float64(), "feature", "of the account afterwards", "event"),
    ("type", CATEGORY, "feature", "what it is", "event"),
    ("channel", CATEGORY, "feature", "how the money moves", "event"),
    ("entry", CATEGORY, "feature", "how the order was given", "event"),
    ("status", CATEGORY, "feature", "accepted or declined", "event"),
    ("decline_code", CATEGORY, "feature", "ISO 8583 response code of a refusal", "event"),
    ("counterparty_id", pa.string(), "feature", "account or merchant at the other end", "event"),
    ("merchant_category", CATEGORY, "feature", "ISO 18245 code of a merchant", "event"),
    ("place", CATEGORY, "feature", "city, or country abroad, of a merchant; or online", "event"),
    ("country", CATEGORY, "feature", "ISO 3166 code of a merchant's country", "event"),
    ("terminal_id", pa.string(), "feature", "terminal or cash machine", "event"),
    ("card_id", pa.string(), "feature", "card used", "event"),
    ("device_id", pa.string(), "feature", "telephone or computer used", "event"),
    ("payment_id", pa.string(), "feature", "the same for both entries of a payment in this bank", "event"),
)


def columns(settings: Mapping[str, Any]) -> tuple[Column, ...]:
    """Return the columns of a ledger."""
    told = [one for one in _COLUMNS if settings["balances"] or one[0] != "balance"]
    return tuple(Column(name, type, role, doc, "", known) for name, type, role, doc, known in told)


def observe(recording: Recording, setup: SensorSetup) -> Iterator[Samples]:
    """Yield all entries, in the order of time.

    Raises:
        ValueError: the recording has no entries.
    """
    if TABLE not in recording.tables:
        raise ValueError(f"{setup.name!r} reads the entries of a bank, and there is none")
    names = [column.name for column in columns(setup.settings)]
    first = 0
    for batch in recording.tables[TABLE]:
        t = np.asarray(batch["t"])
        values = {name: batch[name] for name in names}
        values["device_id"] = _caught(values["device_id"], first, setup)
        yield Samples(first, t, values)
        first += len(t)


def _caught(devices: Any, first: int, setup: SensorSetup) -> Any:
    """Return the devices with those left out that the systems did not catch."""
    share = float(setup.settings["missing_devices"])
    if share == 0.0:
        return devices
    number = np.arange(first, first + len(devices), dtype=np.uint64)
    u = uniforms(setup.noise.key, address(setup.name, "missing_devices"), number)
    return Identities(np.where(u < share, 0, devices.values))
