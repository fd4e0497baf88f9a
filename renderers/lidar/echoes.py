"""The receiver: what it makes of the light that comes back along each beam.

An echo is seen if its signal, with the receiver's noise, is above a threshold that nine in ten standard targets
at the sensor's reach pass; its range has noise of its own.
"""

from __future__ import annotations

import math
from typing import NamedTuple

import numba as nb
import numpy as np
from numpy.typing import NDArray

from renderers.lidar.air import FOCUS, STANDARD, Air
from renderers.lidar.along import Echoes, add_floating, joined, looked_up
from renderers.lidar.beams import SIDE, edges_of, is_cast, middles, sides
from renderers.lidar.draws import chance, deal, normal
from renderers.lidar.firing import ABREAST, Met, aim, fans_buffer, placed, within
from renderers.lidar.returning import Rays, Skin, first_met, put_ray, rays_buffer, send_back, strength
from renderers.lidar.targets import Movers
from sim.compiled import inlined, inner
from sim.noise_kernels import philox
from sim.raycast.fan import Slopes
from sim.raycast.nearest import MISS
from sim.raycast.tree import DEPTH, Forest

__all__ = ["DUAL", "INTENSITY_STEP", "LAST", "RANGE_STEP", "STRONGEST", "Receiver", "Scan", "develop"]

STRONGEST, LAST, DUAL = 0, 1, 2

RANGE_STEP = 1.0 / 256.0
"""Metres per step of a stored range."""
INTENSITY_STEP = 0.01
"""Reflectance of a white board head on is 1; intensities are stored in hundredths, up to 2.55."""

SIGNAL_NOISE = 0.15
"""Standard deviation of the receiver's noise, in units of the least signal that is seen. Assumption."""
_THRESHOLD = 1.0 - 1.2815515655446004 * SIGNAL_NOISE

_PANES = 3
_MOST = 5 + _PANES + 2
_PAST = 1e-4
_FAINT = _THRESHOLD - 6.0 * SIGNAL_NOISE
_STREAM = np.uint64(0x11DA)
_SPARE_STREAM = np.uint64(0x11DB)


class Receiver(NamedTuple):
    """The sensor as kernels read it.

    Attributes:
        reach: where the standard target is seen by nine beams in ten [m].
        nearest: nearest range told [m].
        range: farthest range told [m].
        noise: standard deviation of ranges [m].
        divergence: full angle of a beam [rad].
        mode: `STRONGEST`, `LAST` or `DUAL`.
        key: random bits of this turn.
    """

    reach: float
    nearest: float
    range: float
    noise: float
    divergence: float
    mode: int
    key: np.uint64


class Scan(NamedTuple):
    """One turn; rows are beams from the top down, those of a second echo after all of the first.

    Attributes:
        range: (E R, C) steps of `RANGE_STEP`, 0 where there is no echo.
        intensity: (E R, C) steps of `INTENSITY_STEP`.
        instance: (E R, C) instance id, 0 for none.
        semantic: (E R, C) class id, 0 for none and for what floats in the air.
    """

    range: NDArray[np.uint16]
    intensity: NDArray[np.uint8]
    instance: NDArray[np.uint16]
    semantic: NDArray[np.uint8]


@nb.njit(cache=True, nogil=True, error_model="numpy")
def develop(
    forest: Forest, movers: Movers, poses: np.ndarray, azimuths: np.ndarray, slopes: Slopes, met: Met,
    skin: Skin, air: Air, receiver: Receiver, instance: np.ndarray, semantic: np.ndarray, first: int,
    last: int, out: Scan,
) -> None:  # fmt: skip
    """Develop the columns first..last of a turn that was fired.

    Args:
        forest: as in `fire`, and the next four.
        movers: the moving parts.
        poses: of the sensor.
        azimuths: of the columns.
        slopes: of the beams.
        met: what the beams' middles meet, of all columns.
        skin: what surfaces are like.
        air: what the air does.
        receiver: the sensor.
        instance: (B,) instance id of each body.
        semantic: (B,) class id of each body.
        first: column to begin with, a multiple of `ABREAST`.
        last: past the last column.
        out: of zeros, with a row per column, written.
    """
    rows, ways = np.empty(DEPTH, np.int32), np.empty(DEPTH)
    parts, T = np.empty(movers.body.shape[0], np.int64), np.empty((movers.body.shape[0], 3, 4))
    columns, beams = azimuths.shape[0], slopes.values.shape[0]
    middle, about, behind = rays_buffer(beams), rays_buffer(4 * beams), rays_buffer(1)
    edges, is_done, words = (
        np.zeros(beams, np.uint8),
        np.empty(beams, np.bool_),
        np.empty((4, beams), np.uint64),
    )
    longs, fans = np.empty(beams), fans_buffer()
    for beam in range(beams):
        longs[beam] = math.sqrt(1.0 + slopes.values[beam] ** 2)
    for begin in range(first, last, ABREAST):
        abreast = min(ABREAST, last - begin)
        aim(poses, azimuths, begin, abreast, fans)
        early, late, slack = (
            (begin + 0.5) / columns,
            (begin + abreast - 0.5) / columns,
            0.5 * receiver.divergence,
        )
        count = within(movers, early, late, fans, abreast, slack, receiver.range, parts)
        for c in range(begin, begin + abreast):
            for k in range(count):
                placed(movers, parts[k], (c + 0.5) / columns, T[k])
            o, n, h, u = (
                fans.origin[c - begin],
                fans.normal[c - begin],
                fans.ahead[c - begin],
                fans.up[c - begin],
            )
            middles(
                forest,
                skin,
                met,
                c,
                slopes.values,
                longs,
                receiver.divergence,
                parts,
                T,
                count,
                o,
                h,
                u,
                middle,
            )
            if receiver.divergence > 0.0:
                edges_of(met.body, met.depth, slopes.values, longs, receiver.divergence, c, edges)
                sides(
                    forest, skin, slopes.values, longs, receiver.divergence, receiver.range, movers, parts, T,
                    count, o, n, h, u, edges, rows, ways, about,
                )  # fmt: skip
            deal(receiver.key, _STREAM, np.uint64(2) * np.uint64(c * beams), words)
            _simple(middle, edges, air, receiver, instance, semantic, c, words, is_done, out)
            _joint(
                forest, skin, movers, parts, T, count, o, h, u, slopes.values, middle, about, behind, edges,
                is_done, air, receiver, rows, ways, instance, semantic, c, words, out,
            )  # fmt: skip


@inner
def _simple(
    middle: Rays, edges: np.ndarray, air: Air, receiver: Receiver, instance: np.ndarray, semantic: np.ndarray,
    c: int, words: np.ndarray, is_done: np.ndarray, out: Scan,
) -> None:  # fmt: skip
    """Tell the beams that are one ray, meet one thing and nothing in the air; mark the others."""
    beams = edges.shape[0]
    crowd = air.crowd[air.crowd.shape[0] - 1] if air.crowd.shape[0] > 0 else 0.0
    # Up to this chance a beam meets no particle however far it goes, which spares most beams the logarithm.
    sparse = math.exp(-crowd) * (1.0 - 1e-12) if crowd > 0.0 else 1.0
    for beam in range(beams):
        is_done[beam] = edges[beam] == 0 and middle.clear[beam] <= 0.0
        if not is_done[beam]:
            continue
        way, body = middle.way[beam], middle.body[beam]
        is_met = body >= 0 and receiver.nearest <= way <= receiver.range
        limit = way if is_met else receiver.range
        place = chance(words[2, beam])
        if place > sparse and -math.log(place) < looked_up(air.crowd, air.step, limit):
            is_done[beam] = False
            continue
        if air.fog.shape[0] > 0 and chance(words[3, beam]) < looked_up(air.fog_place, air.step, limit):
            is_done[beam] = False
            continue
        if is_met:
            signal = strength(middle.sent[beam], way, air.extinction, receiver.reach)
            if signal < _FAINT:
                continue
            signal += SIGNAL_NOISE * normal(words[1, beam])
            if signal > _THRESHOLD:
                told = way + receiver.noise * normal(words[0, beam])
                _put(told, signal, way, body, receiver, instance, semantic, beams - 1 - beam, c, out)


@inlined
def _put(
    told: float, signal: float, way: float, body: int, receiver: Receiver, instance: np.ndarray,
    semantic: np.ndarray, row: int, c: int, out: Scan,
) -> None:  # fmt: skip
    """Write an echo."""
    told = min(max(told, RANGE_STEP), receiver.range)
    fall = max(way, FOCUS) / receiver.reach
    bright = signal * STANDARD * fall * fall
    out.range[c, row] = np.uint16(told / RANGE_STEP + 0.5)
    out.intensity[c, row] = np.uint8(min(max(bright / INTENSITY_STEP + 0.5, 0.0), 255.0))
    out.instance[c, row] = instance[body] if body >= 0 else 0
    out.semantic[c, row] = semantic[body] if body >= 0 else 0


@nb.njit(cache=True, nogil=True, error_model="numpy")
def _joint(
    forest: Forest, skin: Skin, movers: Movers, parts: np.ndarray, T: np.ndarray, count: int, o: np.ndarray,
    h: np.ndarray, u: np.ndarray, slopes: np.ndarray, middle: Rays, about: Rays, behind: Rays,
    edges: np.ndarray, is_done: np.ndarray, air: Air, receiver: Receiver, rows: np.ndarray, ways: np.ndarray,
    instance: np.ndarray, semantic: np.ndarray, c: int, words: np.ndarray, out: Scan,
) -> None:  # fmt: skip
    """Tell the other beams of a column: of several rays, through panes, or with something in the air."""
    beams = edges.shape[0]
    echoes = Echoes(np.empty(_MOST), np.empty(_MOST), np.empty(_MOST, np.int32))
    for beam in range(beams):
        if is_done[beam]:
            continue
        found, weight = 0, 1.0
        for side in range(4 if edges[beam] else 0):
            if is_cast(edges[beam], side):
                weight -= SIDE
                found = _added(about, 4 * beam + side, SIDE, air.extinction, receiver, echoes, found)
        found = _added(middle, beam, weight, air.extinction, receiver, echoes, found)
        if middle.clear[beam] > 0.0:
            long = math.sqrt(1.0 + slopes[beam] ** 2)
            dx, dy = (h[0] + slopes[beam] * u[0]) / long, (h[1] + slopes[beam] * u[1]) / long
            found = _behind(
                forest, skin, movers, parts, T, count, o, dx, dy, (h[2] + slopes[beam] * u[2]) / long,
                middle.way[beam], weight * middle.clear[beam], air.extinction, receiver, behind, rows,
                ways, echoes, found,
            )  # fmt: skip
        index = np.uint64(c * beams + beam)
        found = joined(echoes, found)
        _tell(
            echoes, found, air, receiver, index, words, beam, instance, semantic, beams - 1 - beam, beams, c,
            out,
        )  # fmt: skip


@inlined
def _added(
    rays: Rays, n: int, weight: float, extinction: float, receiver: Receiver, echoes: Echoes, found: int
) -> int:
    """Add what a ray sends back to the echoes, if it met anything that may be told; return their number."""
    way = rays.way[n]
    if rays.body[n] < 0 or way < receiver.nearest or way > receiver.range:
        return found
    echoes.way[found], echoes.body[found] = way, rays.body[n]
    echoes.signal[found] = weight * strength(rays.sent[n], way, extinction, receiver.reach)
    return found + 1


@inner
def _behind(
    forest: Forest, skin: Skin, movers: Movers, parts: np.ndarray, T: np.ndarray, count: int, o: np.ndarray,
    dx: float, dy: float, dz: float, way: float, weight: float, extinction: float, receiver: Receiver,
    rays: Rays, rows: np.ndarray, ways: np.ndarray, echoes: Echoes, found: int,
) -> int:  # fmt: skip
    """Add what is behind a pane to the echoes; return their number."""
    for _ in range(_PANES):
        way, triangle, slot = first_met(
            forest.boxes, forest.children, forest.corners, forest.roots, movers, parts, T, count, o, dx, dy, dz,
            way + _PAST, receiver.range, rows, ways,
        )  # fmt: skip
        if triangle == MISS:
            return found
        rays.way[0], rays.triangle[0], rays.body[0] = way, triangle, forest.owners[triangle]
        put_ray(rays, 0, T, slot, o[0], o[1], o[2], dx, dy, dz)
        send_back(forest, skin, receiver.divergence, rays, np.int64(0), np.int64(1))
        found = _added(rays, 0, weight, extinction, receiver, echoes, found)
        weight *= rays.clear[0]
        if weight <= 0.0:
            return found
    return found


@inner
def _tell(
    echoes: Echoes, found: int, air: Air, receiver: Receiver, index: np.uint64, words: np.ndarray, beam: int,
    instance: np.ndarray, semantic: np.ndarray, row: int, beams: int, c: int, out: Scan,
) -> None:  # fmt: skip
    """Write the echoes of a beam that are seen and asked for."""
    if air.crowd.shape[0] > 0 or air.fog.shape[0] > 0:
        size, unevenness, _, _ = philox(receiver.key, _STREAM, np.uint64(2) * index + np.uint64(1))
        found = add_floating(
            echoes, found, air, receiver.range, chance(words[2, beam]), chance(words[3, beam]), size, unevenness
        )
    strongest, next_strongest, farthest = -1, -1, -1
    for k in range(found):
        word = words[1, beam]
        if k > 0:
            word, _, _, _ = philox(receiver.key, _SPARE_STREAM, np.uint64(_MOST + 1) * index + np.uint64(k))
        signal = echoes.signal[k] + SIGNAL_NOISE * normal(word)
        echoes.signal[k] = signal
        if signal > _THRESHOLD:
            if strongest < 0 or signal > echoes.signal[strongest]:
                strongest, next_strongest = k, strongest
            elif next_strongest < 0 or signal > echoes.signal[next_strongest]:
                next_strongest = k
            if farthest < 0 or echoes.way[k] > echoes.way[farthest]:
                farthest = k
    told = farthest if receiver.mode == LAST else strongest
    _write(echoes, told, receiver, normal(words[0, beam]), instance, semantic, row, c, out)
    if receiver.mode == DUAL:
        told = next_strongest if farthest == strongest else farthest
        word, _, _, _ = philox(receiver.key, _SPARE_STREAM, np.uint64(_MOST + 1) * index)
        _write(echoes, told, receiver, normal(word), instance, semantic, row + beams, c, out)


@inner
def _write(
    echoes: Echoes, k: int, receiver: Receiver, error: float, instance: np.ndarray,
    semantic: np.ndarray, row: int, c: int, out: Scan,
) -> None:  # fmt: skip
    if k < 0:
        return
    way = echoes.way[k]
    told = way + receiver.noise * error
    _put(told, echoes.signal[k], way, echoes.body[k], receiver, instance, semantic, row, c, out)
