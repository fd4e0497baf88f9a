"""Who pays whom, as a graph per episode: nodes are accounts, merchants and others, edges are payments.

    0123456789abcdef/             an episode
      nodes.parquet               node, id, kind (account, merchant, outside, bank) and what is known of it
      edges.parquet               source, target and what the ledger shows of the payment, in time order
      edge_index.npy              (2, E) int64: the same sources and targets, as PyTorch Geometric wants them
      labels/nodes.parquet        node, role and typology of accounts that crimes made entries on
      labels/edges.parquet        what is true of each edge
      weights/edges.parquet       what each edge stands for
    weights.csv                   episode, split, weight, nodes, edges

An edge is an accepted entry, from who pays to who is paid, with an amount without sign. Of a payment between
two accounts of the bank, which has an entry on either, the payer's is taken; one that was ordered before the
episode has no edge. A node `bank` stands at the other end where the ledger names nobody: fees, interest, cash
at the counter. Numbers of nodes and edges carry no more than the order of registers and time. Edges are written
as they are read; nodes are held in memory.
"""

from __future__ import annotations

import csv
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any, Self

import numpy as np

from oddsmith.dataset import Dataset, Episode
from oddsmith.errors import DatasetError
from oddsmith.exporters.base import Exported, fresh_folder
from oddsmith.exporters.node_table import Nodes
from oddsmith.ledgers import EPISODE, LABELS, TRANSACTION, labelled_entries, ledgers_of

if TYPE_CHECKING:
    import pyarrow as pa

__all__ = ["export"]

_LEFT_OUT = (EPISODE, "sample", "account_id", "counterparty_id", "status", "decline_code")
_WEIGHTS = ("episode_id", "split", "weight", "nodes", "edges")


def export(dataset: Dataset, folder: Path) -> Exported:
    """Write a bank's payments as graphs.

    Raises:
        DatasetError: the dataset has no ledger, or the folder is not empty.
    """
    ledgers = ledgers_of(dataset)
    if not ledgers or LABELS not in dataset.tables:
        raise DatasetError(f"{dataset.folder.path} has no ledger with labels, so there are no payments to draw")
    fresh_folder(folder)
    counts = {"graphs": 0, "nodes": 0, "edges": 0}
    first = None
    with (folder / "weights.csv").open("w", newline="", encoding="utf-8") as file:
        weights = csv.writer(file)
        weights.writerow(_WEIGHTS)
        for shard in dataset.folder.shards:
            episodes = {one.id: one for one in dataset.episodes() if one.shard == shard}
            for episode, nodes, edges in _graphs(dataset, ledgers[0], shard, episodes, folder):
                weights.writerow([episode.id, episode.split, episode.weight, nodes, edges])
                first = first or folder / episode.id / "edges.parquet"
                for noun, count in (("graphs", 1), ("nodes", nodes), ("edges", edges)):
                    counts[noun] += count
    if first is None:
        raise DatasetError(f"{dataset.folder.path} has no entries to export")
    return Exported(folder, counts, first)


def _graphs(
    dataset: Dataset, ledger: str, shard: int, episodes: dict[str, Episode], folder: Path
) -> Iterator[tuple[Episode, int, int]]:
    """Write the graphs of a shard; yield (episode, number of nodes, number of edges) of each."""
    graph: _GraphFolder | None = None
    for episode_id, entries, labels in labelled_entries(dataset, ledger, shard=shard):
        if graph is None or graph.episode_id != episode_id:
            if graph is not None:
                yield episodes[graph.episode_id], *graph.finish()
            graph = _GraphFolder(dataset, shard, episode_id, folder / episode_id, ledger)
        graph.add(entries, labels)
    if graph is not None:
        yield episodes[graph.episode_id], *graph.finish()


class _GraphFolder:
    """The files of one episode's graph."""

    def __init__(self, dataset: Dataset, shard: int, episode_id: str, folder: Path, ledger: str) -> None:
        self.episode_id = episode_id
        self._folder, self._edges = folder, 0
        self._nodes = Nodes(dataset, shard, episode_id)
        self._features = [
            name
            for name, role in dataset.columns(ledger).items()
            if role in ("key", "feature") and name not in _LEFT_OUT
        ]
        roles = dataset.columns(LABELS)
        self._labels = [name for name, role in roles.items() if role == "label"]
        self._weights = [name for name, role in roles.items() if role == "weight"]
        self._stack = ExitStack()
        for place in ("labels", "weights"):
            (folder / place).mkdir(parents=True)
        self._files = {
            name: self._stack.enter_context(_EdgeFile(folder / name))
            for name in ("edges.parquet", "labels/edges.parquet", "weights/edges.parquet")
        }
        self._ends = [self._stack.enter_context((folder / name).open("w+b")) for name in (".from", ".to")]

    def add(self, entries: pa.RecordBatch, labels: pa.RecordBatch) -> None:
        """Take entries, in time order, and what is true of them."""
        import pyarrow as pa
        import pyarrow.compute as pc

        accounts = self._nodes.numbers(entries["account_id"], "account")
        parties = self._nodes.numbers(entries["counterparty_id"], "outside")
        self._nodes.tell(accounts, labels)
        kept = _is_edge(entries)
        amounts = entries["amount"].to_numpy()
        source = np.where(amounts < 0, accounts, parties)[kept]
        target = np.where(amounts < 0, parties, accounts)[kept]
        for file, numbers in zip(self._ends, (source, target), strict=True):
            file.write(np.ascontiguousarray(numbers, "<i8").tobytes())
        mask, number = pa.array(kept), np.arange(self._edges, self._edges + len(source))
        self._edges += len(source)
        seen, true = entries.filter(mask), labels.filter(mask)
        columns = {name: seen[name] for name in self._features} | {"amount": pc.abs(seen["amount"])}
        ends = {"source": pa.array(source), "target": pa.array(target)}
        own = {"edge": pa.array(number)}
        key = own | {TRANSACTION: seen[TRANSACTION]}
        self._files["edges.parquet"].write(own | ends | columns)
        self._files["labels/edges.parquet"].write(key | {name: true[name] for name in self._labels})
        self._files["weights/edges.parquet"].write(key | {name: true[name] for name in self._weights})

    def finish(self) -> tuple[int, int]:
        """Write what is left; return the numbers of nodes and edges."""
        _write_index(self._folder / "edge_index.npy", self._ends, self._edges)
        self._stack.close()
        for name in (".from", ".to"):
            (self._folder / name).unlink()
        self._nodes.write(self._folder / "nodes.parquet", self._folder / "labels" / "nodes.parquet")
        return len(self._nodes), self._edges


class _EdgeFile:
    """A Parquet file whose columns are known with its first rows."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._writer: Any = None

    def __enter__(self) -> Self:
        return self

    def write(self, columns: dict[str, Any]) -> None:
        """Add rows."""
        import pyarrow as pa
        import pyarrow.parquet as pq

        table = pa.table(columns)
        if self._writer is None:
            self._writer = pq.ParquetWriter(self._path, table.schema, compression="zstd")
        if table.num_rows:
            self._writer.write_table(table.cast(self._writer.schema))

    def __exit__(self, kind: type[BaseException] | None, error: object, trace: TracebackType | None) -> None:
        if self._writer is not None:
            self._writer.close()


def _is_edge(entries: pa.RecordBatch) -> np.ndarray[Any, np.dtype[np.bool_]]:
    """Return which entries are edges: accepted, and not the arrival of what another account here has sent."""
    names = entries.schema.names
    amounts = entries["amount"].to_numpy()
    kept = amounts != 0.0
    if "payment_id" in names:
        kept &= (amounts < 0) | entries["payment_id"].is_null().to_numpy(zero_copy_only=False)
    if "status" in names:
        import pyarrow as pa
        import pyarrow.compute as pc

        accepted = pc.equal(entries["status"].cast(pa.string()), "accepted")
        kept &= accepted.to_numpy(zero_copy_only=False)
    return np.asarray(kept, np.bool_)


def _write_index(path: Path, ends: list[Any], edges: int) -> None:
    """Write (2, E) an array row by row from two files of numbers, without holding it."""
    index = np.lib.format.open_memmap(path, mode="w+", dtype=np.int64, shape=(2, edges))
    for row, file in enumerate(ends):
        file.flush()
        file.seek(0)
        start = 0
        while chunk := file.read(8 * 2**20):
            numbers = np.frombuffer(chunk, "<i8")
            index[row, start : start + len(numbers)] = numbers
            start += len(numbers)
    index.flush()
