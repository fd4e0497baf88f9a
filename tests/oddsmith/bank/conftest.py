"""A bank written by hand: three small episodes in two shards, their ledger, registers, labels and rings."""

from datetime import UTC, date, datetime, timedelta
from types import SimpleNamespace

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from oddsmith.dataset import Dataset

START = datetime(2025, 3, 3, tzinfo=UTC)
DAY = 86400.0
WORD = pa.dictionary(pa.int32(), pa.string())
TIME = pa.timestamp("ms", "UTC")


def _schema(*columns):
    fields = []
    for name, type, role, *more in columns:
        note = {"role": role, "unit": "EUR" if name in ("amount", "balance") else "", "doc": f"the {name}"}
        fields.append(pa.field(name, type, metadata=note | (dict(*more) if more else {})))
    return pa.schema(fields)


SCHEMAS = {
    "episodes": _schema(
        ("episode_id", pa.string(), "key"),
        ("split", pa.string(), "meta"),
        ("root_id", pa.string(), "meta"),
        ("weight", pa.float64(), "weight"),
        ("event.large_loss", pa.bool_(), "label", {"kind": "event"}),
    ),
    "transactions": _schema(
        ("episode_id", pa.string(), "key"),
        ("sample", pa.int32(), "key"),
        ("t", pa.float64(), "key"),
        ("transaction_id", pa.string(), "key"),
        ("account_id", pa.string(), "key"),
        ("time", TIME, "feature"),
        ("posted", TIME, "feature", {"available": "posting"}),
        ("amount", pa.float64(), "feature"),
        ("balance", pa.float64(), "feature"),
        ("channel", WORD, "feature"),
        ("status", WORD, "feature"),
        ("decline_code", WORD, "feature"),
        ("counterparty_id", pa.string(), "feature"),
        ("merchant_category", WORD, "feature"),
        ("payment_id", pa.string(), "feature"),
    ),
    "labels": _schema(
        ("episode_id", pa.string(), "key"),
        ("transaction_id", pa.string(), "key"),
        ("is_fraud", pa.bool_(), "label"),
        ("typology", WORD, "label"),
        ("ring_id", pa.string(), "label"),
        ("role", WORD, "label"),
        ("stage", pa.int32(), "label"),
        ("sequence", pa.int32(), "label"),
        ("ring_weight", pa.float64(), "weight"),
    ),
    "accounts": _schema(
        ("episode_id", pa.string(), "key"),
        ("account_id", pa.string(), "key"),
        ("customer_id", pa.string(), "key"),
        ("opened", pa.date32(), "feature"),
        ("overdraft", pa.float64(), "feature"),
    ),
    "customers": _schema(
        ("episode_id", pa.string(), "key"),
        ("customer_id", pa.string(), "key"),
        ("segment", WORD, "feature"),
        ("country", WORD, "feature"),
    ),
    "merchants": _schema(
        ("episode_id", pa.string(), "key"),
        ("merchant_id", pa.string(), "key"),
        ("name", pa.string(), "feature"),
        ("country", WORD, "feature"),
    ),
    "rings": _schema(
        ("episode_id", pa.string(), "key"),
        ("ring_id", pa.string(), "key"),
        ("campaign", WORD, "label"),
        ("typology", WORD, "label"),
        ("began", pa.float64(), "label"),
        ("moved", pa.float64(), "label"),
        ("entries", pa.int64(), "label"),
        ("dropped", pa.string(), "label"),
        ("mark", pa.float64(), "meta"),
        ("ring_weight", pa.float64(), "weight"),
    ),
}


class Episode:
    """Rows of all tables of one episode; names of people and shops become ids."""

    def __init__(self, number, weight, split):
        self.id = f"{number:016x}"
        self.rows = {name: [] for name in SCHEMAS}
        self.number = number
        self._add("episodes", split=split, root_id=self.id, weight=weight, **{"event.large_loss": number == 1})
        for place, name in enumerate(("ann", "bob", "mia", "tom")):
            of = {"account_id": self.of(name), "customer_id": self.of(f"{name}'s self")}
            self._add("accounts", **of, opened=date(2020, 1, 1 + place), overdraft=500.0 * place)
            self._add("customers", customer_id=of["customer_id"], segment="student", country="DE")
        for name in ("bakery", "cinema"):
            self._add("merchants", merchant_id=self.of(name), name=f'{name.upper()} "1", BERLIN', country="DE")

    def of(self, name):
        """Return an id."""
        return f"{self.number:02x}{name.encode().hex()[:14]:0>14}"

    def _add(self, table, **row):
        self.rows[table].append({"episode_id": self.id, **row})

    def entry(self, day, account, party, amount, *, payment=None, code=None, category=None, crime=None):
        """Add an entry and its labels; `crime` is (ring, role, stage, sequence)."""
        number = len(self.rows["transactions"])
        moment = START + timedelta(days=day)
        known = f"{self.number:x}{number:015x}"
        self._add(
            "transactions", sample=number, t=day * DAY, transaction_id=known, account_id=self.of(account),
            time=moment, posted=None if code else moment, amount=amount, balance=100.0,
            channel="card_present" if category else "instant", status="declined" if code else "accepted",
            decline_code=code, counterparty_id=party and self.of(party), merchant_category=category,
            payment_id=payment and self.of(payment),
        )  # fmt: skip
        ring, role, stage, sequence = crime or (None, None, 0, 0)
        self._add(
            "labels", transaction_id=known, is_fraud=crime is not None, typology="mules" if crime else None,
            ring_id=ring and self.of(ring), role=role, stage=stage, sequence=sequence,
            ring_weight=0.25 if crime else 1.0,
        )  # fmt: skip

    def ring(self, name, began, moved, entries, dropped=None):
        """Add a ring."""
        self._add(
            "rings", ring_id=self.of(name), campaign="scam", typology="mules", began=began * DAY, moved=moved,
            entries=entries, dropped=dropped, mark=0.1, ring_weight=0.25,
        )  # fmt: skip


def _told(number, weight, split):
    one = Episode(number, weight, split)
    one.entry(0.1, "mia", "ann", 20.0, payment="early")  # ordered before the episode
    one.entry(0.2, "ann", "bakery", -4.5, category="5462")
    one.entry(0.4, "bob", "cinema", -30.0, category="7832", code="51")
    one.entry(1.0, "ann", "tom", -50.0, payment="gift")
    one.entry(1.0, "tom", "ann", 50.0, payment="gift")
    one.entry(1.5, "bob", None, -3.5)
    one.entry(2.0, "ann", "mia", -1000.0, payment="bait", crime=("ring", "victim", 1, 1))
    one.entry(2.01, "mia", "ann", 1000.0, payment="bait", crime=("ring", "mule", 1, 2))
    one.entry(2.5, "mia", "boss", -900.0, crime=("ring", "mule", 2, 3))
    one.entry(3.0, "bob", "bakery", 4.5, category="5462")  # given back
    one.entry(3.2, "bob", "office", 2000.0)
    one.ring("ring", 2.0, 1900.0, 3)
    one.ring("stillborn", 2.2, 0.0, 0, dropped="mule")
    return one


@pytest.fixture(scope="session")
def hand_made_bank(tmp_path_factory):
    """The `dataset`, and its `episodes` with `rows` by table and `of(name)` for ids."""
    folder = tmp_path_factory.mktemp("bank")
    episodes = [_told(1, 0.5, "train"), _told(2, 0.5, "test"), _told(3, None, "train")]
    for shard, held in enumerate((episodes[:2], episodes[2:])):
        for table, schema in SCHEMAS.items():
            rows = [row for one in held for row in one.rows[table]]
            parts = (rows[:5], rows[5:]) if table == "labels" else (rows,)  # files need not end together
            for number, part in enumerate(parts):
                name = f"{shard:05d}.parquet" if len(parts) == 1 else f"{shard:05d}-{number:03d}.parquet"
                file = folder / table / name
                file.parent.mkdir(exist_ok=True)
                pq.write_table(pa.Table.from_pylist(part, schema=schema), file)
    return SimpleNamespace(dataset=Dataset(folder), episodes=episodes)
