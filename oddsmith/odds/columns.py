"""The calls of a hunt as columns: all that rates are computed from, wherever the calls come from."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from oddsmith.parquet_tables import kinds, read_table

if TYPE_CHECKING:
    from oddsmith.dataset import Dataset

__all__ = ["CallColumns", "columns_of", "read_calls", "read_parameters"]

_READ = ("role", "weight", "log_lr", "group", "failure", "mode")

Bools = NDArray[np.bool_]
Floats = NDArray[np.float64]
Words = NDArray[np.object_]


@dataclass(frozen=True, eq=False)
class CallColumns:
    """n calls of one hunt, in the order of asking.

    Args:
        role: (n,) "pilot" (tuned the search), "main" (rates come from these) or "audit" (nominal draws that
            check them).
        weight: (n,) share of the population a call stands for; NaN where it has none. Main and audit calls
            sum to 1 each on their own.
        log_lr: (n,) log likelihood ratio natural / proposal; NaN where the weight is no ratio.
        group: (n,) independent group.
        failed: (n,) whether the episode could not be simulated.
        mode: (n,) failure mode, None where there is none.
        events: name -> (n,) whether it occurred; false in calls that failed.
    """

    role: Words
    weight: Floats
    log_lr: Floats
    group: NDArray[np.int64]
    failed: Bools
    mode: Words
    events: Mapping[str, Bools]

    def __len__(self) -> int:
        """Return the number of calls."""
        return len(self.role)

    @classmethod
    def of(
        cls,
        *,
        role: Sequence[str] | Words,
        weight: Sequence[float] | Floats,
        events: Mapping[str, Sequence[bool] | Bools],
        log_lr: Sequence[float] | Floats | None = None,
        group: Sequence[int] | NDArray[np.int64] | None = None,
        failed: Sequence[bool] | Bools | None = None,
        mode: Sequence[str | None] | Words | None = None,
    ) -> CallColumns:
        """Return columns from anything that is one.

        Args:
            role: of each call, as `weight`, `events`, `group`, `failed` and `mode`.
            weight: NaN where a call has none.
            events: name -> whether it occurred.
            log_lr: None for plain draws of equal weight or independent ratios, which then are 0.
            group: None for one group each.
            failed: None for none.
            mode: None for none.
        """
        n = len(role)
        is_failed = np.zeros(n, bool) if failed is None else np.asarray(failed, bool)
        return cls(
            role=np.asarray(role, object),
            weight=np.asarray(weight, np.float64),
            log_lr=np.zeros(n) if log_lr is None else np.asarray(log_lr, np.float64),
            group=np.arange(n) if group is None else np.asarray(group, np.int64),
            failed=is_failed,
            mode=np.full(n, None, object) if mode is None else np.asarray(mode, object),
            events={name: np.asarray(hit, bool) & ~is_failed for name, hit in events.items()},
        )

    def arm(self, role: str) -> CallColumns:
        """Return the calls of a role that have a weight."""
        return self.where((self.role == role) & np.isfinite(self.weight))

    def without_weights(self) -> CallColumns:
        """Return the calls as they are where none of them stands for a share of the population."""
        return replace(self, weight=np.full(len(self), np.nan))

    def where(self, kept: Bools) -> CallColumns:
        """Return some of the calls."""
        return CallColumns(
            role=self.role[kept],
            weight=self.weight[kept],
            log_lr=self.log_lr[kept],
            group=self.group[kept],
            failed=self.failed[kept],
            mode=self.mode[kept],
            events={name: hit[kept] for name, hit in self.events.items()},
        )

    def weighing(self, weight: Floats) -> CallColumns:
        """Return the same calls with other weights."""
        return replace(self, weight=weight)

    def per_group(self, terms: Floats) -> Floats:
        """Return (G,) sums of (n,) terms over the calls of each group."""
        _, place = np.unique(self.group, return_inverse=True)
        return np.asarray(np.bincount(place, weights=terms), np.float64)

    @property
    def is_plain(self) -> bool:
        """Whether these are nominal draws of equal weight, of which a count of hits says everything."""
        if not len(self):
            return False
        spread = float(np.ptp(self.weight))
        return bool(spread <= 1e-9 * float(self.weight.max()) and np.all(np.abs(self.log_lr) < 1e-9))

    @property
    def is_independent(self) -> bool:
        """Whether calls are independent draws; where weights are no likelihood ratios, only groups are."""
        return bool(np.all(np.isfinite(self.log_lr)))


def read_calls(dataset: Dataset) -> CallColumns | None:
    """Return the calls of a dataset; None where its run has not got that far.

    Raises:
        DatasetError: the table is damaged, or is none of ours.
    """
    if "calls" not in dataset.tables:
        return None
    names = dataset.columns_of_kind("calls", "event")
    return _columns(dataset.to_arrow("calls", columns=[*_READ, *names]), names)


def columns_of(files: Sequence[Path]) -> CallColumns:
    """Return the calls that stand in some files of the table `calls`.

    Raises:
        DatasetError: a file is damaged, or is none of ours.
    """
    names = [name for name, kind in kinds(files[0]).items() if kind == "event"]
    return _columns(read_table(files, columns=[*_READ, *names]), names)


def _columns(table: Any, names: Sequence[str]) -> CallColumns:
    return CallColumns.of(
        role=np.asarray(table["role"].to_pylist(), object),
        weight=_floats(table["weight"]),
        log_lr=_floats(table["log_lr"]),
        group=np.asarray(table["group"].to_pylist(), np.int64),
        failed=np.asarray([reason is not None for reason in table["failure"].to_pylist()], bool),
        mode=np.asarray(table["mode"].to_pylist(), object),
        events={name.removeprefix("event."): _flags(table[name]) for name in names},
    )


def read_parameters(dataset: Dataset) -> dict[str, NDArray[Any]]:
    """Return parameter -> (n,) its values in the calls: floats, flags or words, NaN or None where unknown."""
    names = dataset.columns_of_kind("calls", "parameter")
    table = read_table(dataset.folder.files("calls"), columns=list(names))
    return {name.removeprefix("parameters."): _values(table[name]) for name in names}


def _floats(column: Any) -> Floats:
    return np.asarray([np.nan if x is None else x for x in column.to_pylist()], np.float64)


def _flags(column: Any) -> Bools:
    return np.asarray([bool(x) for x in column.to_pylist()], bool)


def _values(column: Any) -> NDArray[Any]:
    """Return a column as floats where it holds numbers, as objects where it holds words or flags."""
    if str(column.type) == "double":
        return _floats(column)
    return np.asarray(column.to_pylist(), object)
