"""The draws of rings: which number each has, and the uniforms that stand there, for one beat or many at once.

The number of a beat is `hash64("beat", ring, round, stage, sender, turn, attempt)`. Rings draw more often than
anything else happens to them, so that hash, which is BLAKE2b (RFC 7693) of a few bytes, is compiled here.
"""

from __future__ import annotations

from functools import lru_cache
from typing import NamedTuple

import numpy as np

from sim.domains.fraud.compiling import folded, leaf
from sim.noise import Noise, address, entity_hash, hash64
from sim.noise_kernels import keyed_uniform, uniform_at

__all__ = ["BEAT", "Beat", "Beats", "beat_number", "cast_uniform", "number_of"]

_FIRST = np.frombuffer(b"str:4:beat".ljust(16, b"\0"), "<u8").copy()
_FIRST_BYTES = 10
_START = np.array(
    [0x6A09E667F3BCC908, 0xBB67AE8584CAA73B, 0x3C6EF372FE94F82B, 0xA54FF53A5F1D36F1,
     0x510E527FADE682D1, 0x9B05688C2B3E6C1F, 0x1F83D9ABFB41BD6B, 0x5BE0CD19137E2179],
    np.uint64,
)  # fmt: skip
"""The initial values of RFC 7693, section 2.6."""
_ORDER = np.array(
    [
        [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15],
        [14, 10, 4, 8, 9, 15, 13, 6, 1, 12, 0, 2, 11, 7, 5, 3],
        [11, 8, 12, 0, 5, 2, 15, 13, 10, 14, 3, 6, 7, 1, 9, 4],
        [7, 9, 3, 1, 13, 12, 11, 14, 2, 6, 5, 10, 4, 0, 15, 8],
        [9, 0, 5, 7, 2, 4, 10, 15, 14, 1, 11, 12, 6, 8, 3, 13],
        [2, 12, 6, 10, 0, 11, 8, 3, 4, 13, 7, 5, 15, 14, 1, 9],
        [12, 5, 1, 15, 14, 13, 4, 10, 0, 7, 6, 3, 9, 2, 8, 11],
        [13, 11, 7, 14, 12, 1, 3, 9, 5, 0, 15, 4, 8, 6, 2, 10],
        [6, 15, 14, 9, 11, 3, 0, 8, 12, 2, 13, 7, 1, 4, 10, 5],
        [10, 2, 8, 4, 7, 6, 1, 5, 15, 11, 9, 14, 3, 12, 13, 0],
        [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15],
        [14, 10, 4, 8, 9, 15, 13, 6, 1, 12, 0, 2, 11, 7, 5, 3],
    ],
    np.int64,
)
"""SIGMA of RFC 7693, section 2.7: which word of the message each mixing takes; rounds 11 and 12 begin anew."""
_WORDS = 16
BEAT = 6
"""Numbers of a beat: ring, round, stage, sender, turn, attempt."""


class Beat(NamedTuple):
    """Where in a ring's play something is drawn: the number of the draw depends on nothing else that happened.

    Args:
        ring: number of the ring.
        round: of its rounds, from 0.
        stage: of its steps, from 1; 0 for casting.
        sender: which of the senders.
        turn: which of the sender's movements.
        attempt: which try.
    """

    ring: int
    round: int = 0
    stage: int = 0
    sender: int = 0
    turn: int = 0
    attempt: int = 0

    def of(self, sender: int, turn: int = 0, attempt: int = 0) -> Beat:
        """Return the beat of a sender in the same step."""
        return Beat(self.ring, self.round, self.stage, sender, turn, attempt)


@folded
def _turned(x: np.uint64, right: int) -> np.uint64:
    return (x >> np.uint64(right)) | (x << np.uint64(64 - right))


@folded
def _mix(v: np.ndarray, a: int, b: int, c: int, d: int, x: np.uint64, y: np.uint64) -> None:
    """Mix two words of the message into four of the state: G of RFC 7693, section 3.1."""
    v[a] = v[a] + v[b] + x
    v[d] = _turned(v[d] ^ v[a], 32)
    v[c] = v[c] + v[d]
    v[b] = _turned(v[b] ^ v[c], 24)
    v[a] = v[a] + v[b] + y
    v[d] = _turned(v[d] ^ v[a], 16)
    v[c] = v[c] + v[d]
    v[b] = _turned(v[b] ^ v[c], 63)


@leaf
def _hashed(room: np.ndarray, length: int) -> np.uint64:
    """Return the 8 bytes of BLAKE2b of up to 128: F of RFC 7693, section 3.2, for a single block.

    Args:
        room: (32,) the message in words, the rest zeros; then the state.
        length: of the message [bytes].
    """
    m, v = room[:_WORDS], room[_WORDS:]
    for k in range(8):
        v[k], v[8 + k] = _START[k], _START[k]
    v[0] ^= np.uint64(0x01010008)  # 8 bytes are wanted; no key
    first = v[0]
    v[12] ^= np.uint64(length)
    v[14] = ~v[14]
    for turn in range(12):
        s = _ORDER[turn]
        _mix(v, 0, 4, 8, 12, m[s[0]], m[s[1]])
        _mix(v, 1, 5, 9, 13, m[s[2]], m[s[3]])
        _mix(v, 2, 6, 10, 14, m[s[4]], m[s[5]])
        _mix(v, 3, 7, 11, 15, m[s[6]], m[s[7]])
        _mix(v, 0, 5, 10, 15, m[s[8]], m[s[9]])
        _mix(v, 1, 6, 11, 12, m[s[10]], m[s[11]])
        _mix(v, 2, 7, 8, 13, m[s[12]], m[s[13]])
        _mix(v, 3, 4, 9, 14, m[s[14]], m[s[15]])
    return first ^ v[0] ^ v[8]


@folded
def _put(room: np.ndarray, at: int, byte: int) -> int:
    room[at >> 3] |= np.uint64(byte) << np.uint64(8 * (at & 7))
    return at + 1


@leaf
def _written(room: np.ndarray, at: int, number: int) -> int:
    """Append a number from 0 as `hash64` spells it, "int:2:17"; return where it ends."""
    digits, most = 1, 10
    while number >= most:
        digits, most = digits + 1, 10 * most
    for byte in (105, 110, 116, 58):  # "int:"
        at = _put(room, at, byte)
    if digits > 9:
        at = _put(room, at, 48 + digits // 10)
    at = _put(room, at, 48 + digits % 10)
    at = _put(room, at, 58)
    for _ in range(digits):
        most //= 10
        at = _put(room, at, 48 + number // most % 10)
    return at


@leaf
def beat_number(
    ring: int, round: int, stage: int, sender: int, turn: int, attempt: int, room: np.ndarray
) -> int:  # fmt: skip
    """Return the number under which a beat draws, as `number_of`.

    Args:
        ring: of `Beat`, like the others; all from 0 and below 10**10, so that they fit one block.
        round: see `ring`.
        stage: see `ring`.
        sender: see `ring`.
        turn: see `ring`.
        attempt: see `ring`.
        room: (32,) uint64.
    """
    room[:_WORDS] = 0
    room[0], room[1] = _FIRST[0], _FIRST[1]
    at = _FIRST_BYTES
    for one in (ring, round, stage, sender, turn, attempt):
        at = _written(room, at, one)
    number: int = int(_hashed(room, at) >> np.uint64(2))
    return number


@leaf
def _keyed(
    key: np.uint64, where: np.uint64, ring: int, round: int, stage: int, sender: int, turn: int, attempt: int,
    room: np.ndarray,
) -> float:  # fmt: skip
    """Return the uniform of a beat where nothing is redrawn."""
    return keyed_uniform(key, where, beat_number(ring, round, stage, sender, turn, attempt, room))


@folded
def cast_uniform(
    noise: tuple[np.uint64, np.ndarray, np.ndarray, np.ndarray, np.ndarray], where: np.uint64,
    whose: np.uint64, ring: int, number: int, t: float, room: np.ndarray,
) -> float:  # fmt: skip
    """Return the uniform of turn `number` of a ring's casting, at the half address `where`."""
    index = beat_number(ring, 0, 0, 0, number, 0, room)
    return uniform_at(noise[0], noise[1], noise[2], noise[3], noise[4], where, whose, index, t)


@lru_cache(maxsize=1 << 14)
def place(entity: str, stream: str) -> tuple[np.uint64, np.uint64]:
    """Return the address of a stream of an entity and what edits know the entity by, as kernels take them."""
    return np.uint64(address(entity, stream)), np.uint64(entity_hash(entity))


def number_of(beat: Beat) -> int:
    """Return the number under which noise is drawn."""
    return hash64("beat", *beat) >> 2


class Beats:
    """The uniforms of one campaign's beats."""

    def __init__(self, noise: Noise, entity: str) -> None:
        """Draw for an entity, the id of a campaign."""
        self._noise, self._entity = noise, entity
        self._key = None if noise.lineage else noise.arrays[0]
        self._places: dict[str, tuple[np.uint64, np.uint64]] = {}
        self.room = np.empty(2 * _WORDS, np.uint64)

    def uniform(self, stream: str, beat: Beat, t: float) -> float:
        """Return the uniform of a stream at a beat; `t` is the present moment [s]."""
        places = self._places.get(stream)
        if places is None:
            places = self._places[stream] = place(self._entity, stream)
        where, whose = places
        if self._key is not None:
            drawn: float = _keyed(self._key, where, *beat, self.room)
            return drawn
        return float(uniform_at(*self._noise.arrays, where, whose, beat_number(*beat, self.room), t))
