"""Arrow columns as arrays: numbers, words as codes, moments as seconds."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from oddsmith.probe.asking import is_number, is_time
from oddsmith.probe.sample import Feature

if TYPE_CHECKING:
    import pyarrow as pa

__all__ = ["Codebook", "feature_of", "numbers_of", "seconds_of"]

Array = NDArray[np.float64]

_PER_SECOND = {"s": 1.0, "ms": 1e3, "us": 1e6, "ns": 1e9}


def numbers_of(column: Any) -> Array:
    """Return (n,) numbers of an Arrow column of numbers or flags, nan for null."""
    import pyarrow as pa
    import pyarrow.compute as pc

    return np.asarray(pc.fill_null(column.cast(pa.float64(), safe=False), np.nan).to_numpy(False), np.float64)


def seconds_of(column: Any) -> Array:
    """Return (n,) seconds of an Arrow column of moments, durations or numbers, nan for null."""
    import pyarrow as pa
    import pyarrow.types as kinds

    kind = column.type
    if not is_time(kind):
        return numbers_of(column)
    if kinds.is_date(kind):
        column, kind = column.cast(pa.timestamp("s")), pa.timestamp("s")
    return numbers_of(column.cast(pa.int64())) / _PER_SECOND[kind.unit]


def feature_of(name: str, column: Any) -> Feature:
    """Return an Arrow column as a feature."""
    if is_time(column.type):
        return Feature(name, "time", seconds_of(column))
    if is_number(column.type):
        return Feature(name, "number", numbers_of(column))
    import pyarrow as pa
    import pyarrow.compute as pc

    plain = column.cast(pa.string())
    plain = plain.combine_chunks() if isinstance(plain, pa.ChunkedArray) else plain
    found = plain.dictionary_encode()
    found = found.combine_chunks() if isinstance(found, pa.ChunkedArray) else found
    codes = pc.fill_null(found.indices, -1).to_numpy(zero_copy_only=False).astype(np.int64)
    words = tuple(str(word) for word in found.dictionary.to_pylist())
    order = np.argsort(np.array(words, dtype=object), kind="stable") if words else np.zeros(0, np.int64)
    place = np.empty(len(words) + 1, np.int64)
    place[order], place[-1] = np.arange(len(words)), -1
    return Feature(name, "word", place[codes], tuple(words[k] for k in order))


class Codebook:
    """Gives values numbers 0, 1, … in the order they come."""

    def __init__(self) -> None:
        """Start with no values."""
        self._code: dict[Any, int] = {}

    def __len__(self) -> int:
        return len(self._code)

    def codes(self, column: pa.Array, within: NDArray[np.int64] | None = None) -> NDArray[np.int64]:
        """Return (n,) codes of values, -1 for null.

        Args:
            column: the values.
            within: (n,) codes within which values mean something of their own, such as the episode.
        """
        import pyarrow.compute as pc

        found = column.dictionary_encode() if not hasattr(column, "indices") else column
        local = pc.fill_null(found.indices, -1).to_numpy(zero_copy_only=False).astype(np.int64)
        values = found.dictionary.to_pylist()
        if within is None or not len(local) or within.min() == within.max():
            first = None if within is None or not len(local) else int(within[0])
            table = np.array([*(self._of((first, value)) for value in values), -1], np.int64)
            return table[local]
        pairs, place = np.unique(np.stack([within, local]), axis=1, return_inverse=True)
        coded = [-1 if k < 0 else self._of((int(where), values[k])) for where, k in pairs.T]
        return np.array(coded, np.int64)[place]

    def names(self, wanted: set[int]) -> dict[int, str]:
        """Return code -> the value it stands for, as a word, for some codes."""
        return {code: str(value[1]) for value, code in self._code.items() if code in wanted}

    def values(self) -> list[Any]:
        """Return the values in the order of their codes, without what they stand within."""
        return [value for _, value in self._code]

    def _of(self, value: Any) -> int:
        return self._code.setdefault(value, len(self._code))
