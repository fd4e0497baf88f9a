"""A way to keep libraries that print from C off our output."""

from __future__ import annotations

import ctypes
import os
import sys

__all__ = ["Silence"]


class Silence:
    """A context in which nothing reaches stdout and stderr, what C code buffers included."""

    def __enter__(self) -> None:
        self._flush()
        self._kept = [(stream, os.dup(stream)) for stream in (1, 2)]
        null = os.open(os.devnull, os.O_WRONLY)
        for stream in (1, 2):
            os.dup2(null, stream)
        os.close(null)

    def __exit__(self, *_: object) -> None:
        self._flush()
        for stream, kept in self._kept:
            os.dup2(kept, stream)
            os.close(kept)

    @staticmethod
    def _flush() -> None:
        sys.stdout.flush()
        sys.stderr.flush()
        ctypes.CDLL(None).fflush(None)
