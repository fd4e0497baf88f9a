"""From the columns of a Recording's batches to Arrow.

Arrays are made of their buffers: `pyarrow.array` imports pandas, where there is one, to ask whether what it is
given came from there; that takes half a second and 50 MB.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numba as nb
import numpy as np
import pyarrow as pa

from sim.recording import Identities, Words

__all__ = ["CATEGORY", "arrow_array", "arrow_type", "plain_array", "repeated"]

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
        return pa.DictionaryArray.from_arrays(places, _texts(values.words)).cast(type)
    if isinstance(values, Identities):
        return _digits(values.values).cast(type)
    return plain_array(np.asarray(values)).cast(type)


def plain_array(values: np.ndarray) -> pa.Array:
    """Return (n,) numbers, truths, moments, days or texts as an Arrow array, as `pyarrow.array` does.

    NaN stays NaN; NaT, and None among texts, becomes null.
    """
    kind, count = values.dtype.kind, len(values)
    if kind in "iuf":
        own = pa.py_buffer(np.ascontiguousarray(values))
        return pa.Array.from_buffers(pa.from_numpy_dtype(values.dtype), count, [None, own])
    if kind == "b":
        return pa.Array.from_buffers(
            pa.bool_(), count, [None, pa.py_buffer(np.packbits(values, bitorder="little"))]
        )
    if kind == "M":
        type = pa.from_numpy_dtype(values.dtype)
        numbers = values.astype(np.int64).astype(np.int32 if pa.types.is_date32(type) else np.int64, copy=False)
        return pa.Array.from_buffers(type, count, [_validity(~np.isnat(values)), pa.py_buffer(numbers)])
    words = values.tolist()
    return _texts(words) if all(one is None or isinstance(one, str) for one in words) else pa.array(values)


def repeated(text: str, count: int) -> pa.Array:
    """Return a column with the same text in every row, as `pyarrow.repeat` does."""
    raw = text.encode()
    offsets = np.arange(count + 1, dtype=np.int32) * np.int32(len(raw))
    return pa.StringArray.from_buffers(count, pa.py_buffer(offsets), pa.py_buffer(raw * count))


def _texts(words: Sequence[str | None]) -> pa.Array:
    raw = [b"" if one is None else one.encode() for one in words]
    offsets = np.zeros(len(raw) + 1, np.int32)
    np.cumsum([len(one) for one in raw], out=offsets[1:])
    there = _validity(np.array([one is not None for one in words], np.bool_))
    return pa.StringArray.from_buffers(len(raw), pa.py_buffer(offsets), pa.py_buffer(b"".join(raw)), there)


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
