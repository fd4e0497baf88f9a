"""A small bank written by hand in the layout of a dataset, and leaks to plant into it one at a time."""

import json
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from oddsmith.dataset import Dataset
from oddsmith.probe import ProbeReport, asked, probe_dataset

DAY = 86_400.0
DAYS = 120
TYPOLOGIES = ("fan_in", "takeover")


@dataclass
class Bank:
    """Columns of the ledger and of the truth, in time order: rows of rings are told by their payees' bursts."""

    ledger: dict[str, np.ndarray]
    labels: dict[str, np.ndarray]
    rng: np.random.Generator
    late: dict[str, str] = field(default_factory=dict)
    tells: list[tuple[str, str, float]] = field(default_factory=list)
    manifest: dict[str, object] = field(default_factory=dict)

    @property
    def fraud(self) -> np.ndarray:
        return self.labels["is_fraud"]

    def where(self, condition: np.ndarray) -> None:
        """Keep only some rows."""
        self.ledger = {name: values[condition] for name, values in self.ledger.items()}
        self.labels = {name: values[condition] for name, values in self.labels.items()}

    def in_order(self, order: np.ndarray) -> None:
        """Write rows in another order."""
        self.where(order)


def new_ids(rng: np.random.Generator, n: int) -> np.ndarray:
    return np.array([f"{x:016x}" for x in rng.integers(0, 2**63, n, dtype=np.uint64)], dtype=object)


def make_bank(
    seed: int = 0, *, accounts: int = 600, rows: int = 20_000, rings: int = 60, ring_rows: int = 8
) -> Bank:
    """Return a bank whose fraud is told by windows alone: several strangers pay one account within an hour."""
    rng = np.random.default_rng(seed)
    own = new_ids(rng, accounts)
    shops = new_ids(rng, 80)
    t, payer = rng.uniform(0.0, DAYS * DAY, rows), rng.integers(0, accounts, rows)
    to_shop = rng.random(rows) < 0.6
    payee = np.where(to_shop, shops[rng.zipf(1.5, rows) % len(shops)], own[rng.integers(0, accounts, rows)])
    fraud, ring = np.zeros(rows, bool), np.full(rows, -1)
    start = rng.uniform(10 * DAY, (DAYS - 1) * DAY, rings)
    more = rings * ring_rows
    t = np.concatenate([t, np.repeat(start, ring_rows) + rng.uniform(0.0, 3600.0, more)])
    payer = np.concatenate([payer, rng.integers(0, accounts, more)])
    payee = np.concatenate([payee, np.repeat(own[rng.integers(0, accounts, rings)], ring_rows)])
    to_shop = np.concatenate([to_shop, np.zeros(more, bool)])
    fraud = np.concatenate([fraud, np.ones(more, bool)])
    ring = np.concatenate([ring, np.repeat(np.arange(rings), ring_rows)])
    order = np.argsort(t)
    t, payer, payee, to_shop, fraud, ring = (one[order] for one in (t, payer, payee, to_shop, fraud, ring))
    n = len(t)
    amount = np.round(np.exp(rng.normal(3.5, 1.0, n)), 2)
    before = np.round(np.exp(rng.normal(7.0, 1.0, n)), 2)
    ledger = {
        "transaction_id": new_ids(rng, n),
        "time": t,
        "account": own[payer],
        "counterparty": payee.astype(object),
        "channel": np.where(to_shop, "card", "transfer").astype(object),
        "amount": amount,
        "balance_before": before,
        "balance_after": np.round(before - amount, 2),
        "country": rng.choice(["DE", "FR", "NL", "IT"], n, p=[0.7, 0.1, 0.1, 0.1]).astype(object),
    }
    typology = np.array([TYPOLOGIES[r % 2] if r >= 0 else None for r in ring], dtype=object)
    labels = {
        "transaction_id": ledger["transaction_id"],
        "is_fraud": fraud,
        "typology": typology,
        "ring_id": np.array([f"ring {r}" if r >= 0 else None for r in ring], dtype=object),
    }
    return Bank(ledger, labels, rng)


KEYS = ("transaction_id", "time", "account", "counterparty", "terminal")


def _field(name: str, kind: pa.DataType, role: str, late: str | None = None) -> pa.Field:
    return pa.field(name, kind, metadata={"role": role, "unit": "", **({"available": late} if late else {})})


def _table(columns: dict[str, np.ndarray], role: Callable[[str], str], late: dict[str, str]) -> pa.Table:
    arrays = [pa.array(values, from_pandas=True) for values in columns.values()]
    fields = [_field(name, a.type, role(name), late.get(name)) for name, a in zip(columns, arrays, strict=True)]
    return pa.table(arrays, schema=pa.schema(fields))


def write_bank(folder: Path, bank: Bank, *, name: str = "bank") -> Path:
    """Write a bank as one complete episode; return its folder."""
    out = folder / name
    labels = dict(bank.labels)
    tables = {
        "episodes": _table(
            {"episode_id": np.array(["e" * 16], object), "weight": np.array([1.0])},
            lambda column: "weight" if column == "weight" else "key",
            {},
        ),
        "transactions": _table(bank.ledger, lambda column: "key" if column in KEYS else "feature", bank.late),
        "labels": _table(
            labels,
            lambda column: {"transaction_id": "key", "ring_weight": "weight"}.get(column, "label"),
            {},
        ),
    }
    if bank.tells:
        typology, feature, highest = zip(*bank.tells, strict=True)
        tells = {"typology": np.array(typology, object), "feature": np.array(feature, object)}
        tables["tells"] = _table({**tells, "highest_auc": np.array(highest)}, lambda _: "label", {})
    for table, rows in tables.items():
        (out / table).mkdir(parents=True)
        pq.write_table(rows, out / table / "00000.parquet", row_group_size=8192)
    if bank.manifest:
        (out / "manifest.json").write_text(json.dumps(bank.manifest))
    return out


@pytest.fixture
def bank() -> Callable[..., Bank]:
    """Return what makes a bank."""
    return make_bank


@pytest.fixture
def written() -> Callable[..., Path]:
    """Return what writes a bank into a folder."""
    return write_bank


@pytest.fixture
def probed(tmp_path: Path) -> Callable[..., ProbeReport]:
    """Return what writes a bank, runs some probes over it and gives their report."""

    def run(bank: Bank, *only: str, name: str = "bank", most: int = 200_000) -> ProbeReport:
        dataset = Dataset(write_bank(tmp_path, bank, name=name))
        return probe_dataset(dataset, asked(dataset), only=only, most=most)

    return run
