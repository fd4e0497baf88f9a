"""A few columns of a long table that are wanted again, kept in a file without a name."""

from __future__ import annotations

import weakref
from collections.abc import Iterable, Iterator
from tempfile import TemporaryFile

import numpy as np

__all__ = ["Kept"]


class Kept:
    """Batches of whole numbers, which can be gone through repeatedly."""

    def __init__(self, width: int) -> None:
        """Begin without rows; each will have so many columns."""
        self._width = width
        self._file = TemporaryFile()  # noqa: SIM115  # closed with this object
        self._sizes: list[int] = []
        weakref.finalize(self, self._file.close)

    def while_passing(self, batches: Iterable[tuple[np.ndarray, np.ndarray]]) -> Iterator[np.ndarray]:
        """Yield the first of each pair, and keep the second, (n, width) int64."""
        for shown, kept in batches:
            self._file.write(np.ascontiguousarray(kept, np.int64).data)
            self._sizes.append(len(kept))
            yield shown

    def __iter__(self) -> Iterator[np.ndarray]:
        """Yield the batches that were kept."""
        self._file.seek(0)
        for size in self._sizes:
            raw = self._file.read(8 * self._width * size)
            yield np.frombuffer(raw, np.int64).reshape(-1, self._width)
