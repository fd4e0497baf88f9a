"""From the columns of a Recording's batches to Arrow."""

from __future__ import annotations

from typing import Any

import numba as nb
import numpy as np
import pyarrow as pa

from sim.recording import Identities, Words

__all__ = ["CATEGORY", "arrow_array", "arrow_type"]

CATEGORY = pa.dictionary(pa.int32(), pa.string())
"""Type of a string out of a few."""

_HEX = np.array([f"{byte:02x}" for byte in range(256)], "S2").view(np.uint16)
"""Two digits of every byte."""


def arrow_type(alias: str) -> pa.DataType:
    """Return the Arrow type that a declaration names: those of Arrow, "category", and times in UTC."""
    if alias == "timestamp[ms, UTC]":
        return pa.timestamp("ms", "UTC")
    return CATEGORY if alias == "category" else pa.type_for_alias(alias)


def arrow_array(values: Any, type: pa.DataType) -> pa.Array:
    """Return a column of a batch as an Arrow array of a type.

    Args:
        values: (n,) numbers, strings, `Words` or `Identities`; NaN stays NaN and NaT becomes null.
        type: of the column.
    """
    if isinstance(values, Words):
        codes = np.ascontiguousarray(values.codes, np.int32)
        places = pa.Array.from_buffers(pa.int32(), len(codes), [_validity(codes >= 0), pa.py_buffer(codes)])
        return pa.DictionaryArray.from_arrays(places, pa.array(values.words, pa.string())).cast(type)
    if isinstance(values, Identities):
        return _digits(values.values).cast(type)
    return pa.array(values).cast(type)


def _digits(values: np.ndarray) -> pa.Array:
    """Return numbers as strings of 16 hexadecimal digits, null for 0."""
    numbers = np.ascontiguousarray(values).view(np.uint64)
    digits = np.empty((len(numbers), 8), np.uint16)
    offsets = np.arange(0, 16 * len(numbers) + 1, 16, dtype=np.int32)
    _write_digits(numbers, _HEX, digits)
    validity = _validity(numbers != 0)
    return pa.StringArray.from_buffers(len(numbers), pa.py_buffer(offsets), pa.py_buffer(digits), validity)


def _validity(is_there: np.ndarray) -> pa.Buffer | None:
    """Return the bitmap of what is not null, None if all is."""
    return None if is_there.all() else pa.py_buffer(np.packbits(is_there, bitorder="little"))


@nb.njit(cache=True, nogil=True)
def _write_digits(numbers: np.ndarray, pairs: np.ndarray, digits: np.ndarray) -> None:
    for row in range(numbers.shape[0]):
        rest = numbers[row]
        for place in range(7, -1, -1):
            digits[row, place] = pairs[rest & np.uint64(255)]
            rest >>= np.uint64(8)
