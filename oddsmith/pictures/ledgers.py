"""A bank: rings and who pays whom in them, one campaign over time, and when and how much customers pay."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from oddsmith.dataset import Dataset, Episode
from oddsmith.errors import DatasetError
from oddsmith.ledgers import LABELS, labelled_entries, ledgers_of
from oddsmith.pictures.base import Previewed, Wish, chosen, one_of
from oddsmith.pictures.crime_timeline import draw_timeline, largest_campaign
from oddsmith.pictures.crimes import crimes_of
from oddsmith.pictures.references import TABLE as REFERENCES
from oddsmith.pictures.rhythm import Rhythm, draw_rhythm
from oddsmith.pictures.ring_diagrams import draw_rings, varied

__all__ = ["can_show", "draw"]

_COLUMNS = (
    "t", "time", "account_id", "counterparty_id", "amount", "type", "channel", "status", "merchant_category",
    "payment_id",
)  # fmt: skip
_DAY = 86_400.0


def can_show(dataset: Dataset) -> bool:
    """Return whether the dataset has a ledger with labels."""
    return bool(ledgers_of(dataset)) and {LABELS, "rings"} <= set(dataset.tables)


def draw(dataset: Dataset, out: Path, wish: Wish) -> Previewed:
    """Draw one episode: `rings.png`, `timeline.png` and `rhythm.png`; only the last if there was no crime.

    Raises:
        DatasetError: there is no such ledger, event or episode.
    """
    ledger = one_of("ledger", ledgers_of(dataset), wish.sensor, str(dataset.folder.path))
    (episode, *_), note = chosen(dataset, wish, 1)
    rhythm, entries = _gathered(dataset, ledger, episode)
    if not rhythm.entries:
        raise DatasetError(f"{ledger} has no entries in episode {episode.id}")
    name = str(dataset.manifest.get("name", dataset.folder.path.name))
    currency = dataset.units(ledger).get("amount") or dataset.units("rings").get("moved") or _currency(episode)
    world = _world(dataset)
    days = float(np.ceil(rhythm.last / _DAY))
    files = []
    crimes = crimes_of(episode, entries)
    if crimes:
        shown = varied(crimes, wish.rows)
        heading = f"{name}: {len(shown)} of {len(crimes)} rings"
        files.append(draw_rings(shown, out / "rings.png", heading=heading, currency=currency))
        campaign, own = largest_campaign(crimes)
        heading = f"{name}: campaign {campaign}"
        files.append(draw_timeline(own, out / "timeline.png", heading=heading, currency=currency, days=days))
    customers = sum(1 for _ in episode.rows("accounts", columns=())) if "accounts" in dataset.tables else 0
    known = REFERENCES.get(str(world.get("preset", "")))
    files.append(
        draw_rhythm(
            rhythm,
            out / "rhythm.png",
            heading=name,
            currency=currency,
            customers=customers,
            days=days,
            known=known,
        )
    )
    return Previewed(tuple(files), (episode.id,), note if crimes else f"{note}; it has no crimes")


def _gathered(dataset: Dataset, ledger: str, episode: Episode) -> tuple[Rhythm, list[dict[str, Any]]]:
    """Return counts of all entries of an episode, and the entries that crimes made with their labels."""
    import pyarrow as pa

    rhythm = Rhythm(_zone(dataset))
    present = dataset.columns(ledger)
    columns = [name for name in _COLUMNS if name in present]
    crimes: list[dict[str, Any]] = []
    for episode_id, entries, labels in labelled_entries(dataset, ledger, shard=episode.shard, columns=columns):
        if episode_id != episode.id:
            continue
        is_fraud = np.asarray(labels["is_fraud"].to_numpy(zero_copy_only=False), np.bool_)
        rhythm.add(entries, is_fraud)
        mask = pa.array(is_fraud)
        rows = zip(entries.filter(mask).to_pylist(), labels.filter(mask).to_pylist(), strict=True)
        crimes += [entry | label for entry, label in rows]
    return rhythm, sorted(crimes, key=lambda row: (row["t"], row["sequence"]))


def _world(dataset: Dataset) -> Mapping[str, Any]:
    resolved = dataset.manifest.get("scenario", {}).get("resolved", {})
    world = resolved.get("world", {})
    return world if isinstance(world, Mapping) else {}


def _zone(dataset: Dataset) -> str:
    """Return the time zone of the scenario's start, which stands behind its date and time."""
    start = str(dataset.manifest.get("scenario", {}).get("resolved", {}).get("start", ""))
    return start.split()[2] if len(start.split()) == 3 else "UTC"


def _currency(episode: Episode) -> str:
    """Return the currency of the accounts."""
    if "currency" not in episode.dataset.columns("accounts"):
        return ""
    return str(next(iter(episode.rows("accounts", columns=["currency"])), {}).get("currency", ""))
