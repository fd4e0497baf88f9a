"""The nodes of one episode's graph: their numbers, what registers say of them, and their parts in crimes."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from oddsmith.dataset import Dataset
from oddsmith.ledgers import EPISODE
from oddsmith.parquet_tables import columns_with_roles, read_table

if TYPE_CHECKING:
    import pyarrow as pa

__all__ = ["BANK", "Nodes"]

BANK = "bank"
"""Id and kind of the node at the other end where the ledger names nobody."""

_KINDS = ("account", "merchant", "outside", BANK)
_REGISTERS = (("accounts", "account_id", "account"), ("merchants", "merchant_id", "merchant"))
_OWNERS, _OWNER = "customers", "customer_id"
_TOLD = ("role", "typology")


class Nodes:
    """Numbers nodes from 0: accounts and merchants in the order of their registers, others as they appear."""

    def __init__(self, dataset: Dataset, shard: int, episode_id: str) -> None:
        """Take the accounts and merchants of an episode."""
        import pyarrow as pa

        self._number: dict[str, int] = {}
        self._kind: list[int] = []
        self._told: dict[int, dict[str, Any]] = {}
        known = []
        for name, key, kind in _REGISTERS:
            if name not in dataset.tables:
                continue
            table = _register(dataset, name, shard, episode_id)
            if name == "accounts" and _OWNERS in dataset.tables and _OWNER in table.column_names:
                owners = _register(dataset, _OWNERS, shard, episode_id)
                fresh = [one for one in owners.column_names if one == _OWNER or one not in table.column_names]
                table = table.join(owners.select(fresh), _OWNER).sort_by("number_")
            for one in table[key].to_pylist():
                self._take(one, kind)
            known.append(table.drop_columns([key, "number_"]))
        self._known = pa.concat_tables(known, promote_options="permissive") if known else None

    def __len__(self) -> int:
        return len(self._kind)

    def numbers(self, ids: pa.Array, kind: str) -> NDArray[np.int64]:
        """Return (n,) the nodes of ids; those not seen before become nodes of a kind, null is the bank."""
        words = ids.dictionary_encode()
        known = np.array([self._take(one, kind) for one in words.dictionary.to_pylist()], np.int64)
        codes = words.indices.fill_null(-1).to_numpy(zero_copy_only=False)
        if not words.null_count:
            return np.asarray(known[codes], np.int64)
        bank = self._take(BANK, BANK)
        return np.where(codes < 0, bank, known[codes] if len(known) else bank).astype(np.int64)

    def tell(self, accounts: NDArray[np.int64], labels: pa.RecordBatch) -> None:
        """Note the part that the owners of accounts play in crimes; the first entry of one counts.

        Args:
            accounts: (n,) nodes of the entries' accounts.
            labels: what is true of the entries.
        """
        names = [name for name in _TOLD if name in labels.schema.names]
        if not names:
            return
        marked = np.flatnonzero(labels[names[0]].is_valid().to_numpy(zero_copy_only=False))
        if len(marked):
            facts = labels.select(names).take(marked).to_pylist()
            for node, fact in zip(accounts[marked].tolist(), facts, strict=True):
                self._told.setdefault(node, fact)

    def write(self, file: Path, labels: Path) -> None:
        """Write the nodes with what is known of them, and what is true of them."""
        import pyarrow as pa
        import pyarrow.parquet as pq

        kinds = pa.DictionaryArray.from_arrays(pa.array(self._kind, pa.int8()), list(_KINDS))
        number = pa.array(np.arange(len(self)))
        table = pa.table({"node": number, "id": list(self._number), "kind": kinds})
        if self._known is not None:
            others = len(self) - self._known.num_rows
            for field in self._known.schema:
                column = self._known[field.name].combine_chunks()
                table = table.append_column(
                    field.name, pa.chunked_array([column, pa.nulls(others, field.type)], field.type)
                )
        pq.write_table(table, file, compression="zstd")
        facts = [self._told.get(node, {}) for node in range(len(self))]
        told = {name: pa.array([one.get(name) for one in facts], pa.string()) for name in _TOLD}
        pq.write_table(pa.table({"node": number, **told}), labels, compression="zstd")

    def _take(self, id: str, kind: str) -> int:
        """Return the node of an id, made if it is new."""
        number = self._number.setdefault(id, len(self._kind))
        if number == len(self._kind):
            self._kind.append(_KINDS.index(kind))
        return number


def _register(dataset: Dataset, name: str, shard: int, episode_id: str) -> pa.Table:
    """Return an episode's rows of a register: keys and features, and `number_`, their order."""
    import pyarrow as pa
    import pyarrow.compute as pc

    files = dataset.folder.files(name, shard)
    table = read_table(files, columns=columns_with_roles(files[0], ("key", "feature")))
    own = table.filter(pc.equal(table[EPISODE], episode_id)).drop_columns([EPISODE])
    plain = [one.cast(pa.string()) if pa.types.is_dictionary(one.type) else one for one in own.columns]
    columns = dict(zip(own.column_names, plain, strict=True))
    return pa.table(columns | {"number_": pa.array(np.arange(own.num_rows))})
