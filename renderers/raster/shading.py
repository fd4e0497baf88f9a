"""The colour of a sample: sun with shadows, sky light, reflections of the sky, lamps, fog and sky itself."""

from __future__ import annotations

import math
from typing import NamedTuple

import numba as nb
import numpy as np
from numpy.typing import NDArray

from renderers.assets.materials import Column
from renderers.raster.gbuffer import barycentric
from renderers.raster.setup import BACK, Lattice, Triangles
from renderers.raster.shadow import ShadowMaps, openness, sunlit
from renderers.raster.textures import texture

__all__ = ["Lighting", "Surfaces", "shade", "sky"]

_ROUGHNESS, _REFLECTANCE, _EMISSION = int(Column.ROUGHNESS), int(Column.REFLECTANCE), int(Column.EMISSION)
_LAMP, _TEXTURE, _DATA, _WRAP = int(Column.LAMP), int(Column.TEXTURE), int(Column.DATA), int(Column.WRAP)

_F = np.float32


class Lighting(NamedTuple):
    """What lights the scene, in the linear units in which a white wall facing the noon sun has radiance 1.

    Attributes:
        sun: (3,) direction towards the sun in the world frame.
        sunlight: (3,) radiance of a white wall that faces the sun.
        sky: (S, S, 3) radiance of the upper half of the sky; direction d at (d.x, d.y) / (1 + d.z).
        skylight: (3,) radiance of a white ground under the sky alone.
        ground: (3,) mean radiance of the ground, what surfaces that face down see.
        haze: (3,) radiance of the horizon and of fog.
        extinction: of the air [1/m].
        wetness: of the ground, 0..1.
        snow: covered share of the ground.
        exposure: factor from radiance to the tone curve.
        tone: (N,) float32 display level 0..255 at exposed radiance (i / (N - 1))^2 * 16.
    """

    sun: NDArray[np.float32]
    sunlight: NDArray[np.float32]
    sky: NDArray[np.float32]
    skylight: NDArray[np.float32]
    ground: NDArray[np.float32]
    haze: NDArray[np.float32]
    extinction: float
    wetness: float
    snow: float
    exposure: float
    tone: NDArray[np.float32]


class Surfaces(NamedTuple):
    """What shading reads of the stage.

    Attributes:
        faces: (F, 3) vertices.
        normals: (V, 3) in the frame of their part.
        coords: (V, 3) where textures are evaluated.
        vertex_part: (V,) part slots.
        face_material: (F,) rows of `materials`.
        materials: (M, 10).
        data: (D,) numbers of the textures.
        R_world_part: (P, 3, 3) float32.
        lamps: (B, 8) float32 brightness by `Lamp`.
    """

    faces: NDArray[np.int32]
    normals: NDArray[np.float32]
    coords: NDArray[np.float32]
    vertex_part: NDArray[np.int32]
    face_material: NDArray[np.int32]
    materials: NDArray[np.float32]
    data: NDArray[np.float32]
    R_world_part: NDArray[np.float32]
    lamps: NDArray[np.float32]


@nb.njit(cache=True, nogil=True, error_model="numpy")
def sky(light: Lighting, x: float, y: float, z: float) -> tuple[float, float, float]:
    """Return the radiance of the sky along a unit direction of the world; below the horizon it is haze."""
    if z <= 0.0:
        return light.haze[0], light.haze[1], light.haze[2]
    size = light.sky.shape[0]
    half = _F(0.5) * (size - 1)
    scale = half / (_F(1.0) + z)
    u, v = half + x * scale, half + y * scale
    i, j = min(int(v), size - 2), min(int(u), size - 2)
    fu, fv = u - j, v - i
    a, b = (_F(1.0) - fu) * (_F(1.0) - fv), fu * (_F(1.0) - fv)
    c, d = (_F(1.0) - fu) * fv, fu * fv
    s = light.sky
    return (
        a * s[i, j, 0] + b * s[i, j + 1, 0] + c * s[i + 1, j, 0] + d * s[i + 1, j + 1, 0],
        a * s[i, j, 1] + b * s[i, j + 1, 1] + c * s[i + 1, j, 1] + d * s[i + 1, j + 1, 1],
        a * s[i, j, 2] + b * s[i, j + 1, 2] + c * s[i + 1, j, 2] + d * s[i + 1, j + 1, 2],
    )


@nb.njit(cache=True, nogil=True, error_model="numpy")
def _tone(light: Lighting, radiance: float) -> float:
    top = light.tone.shape[0] - 1
    position = math.sqrt(max(radiance * light.exposure, _F(0.0)) * _F(1.0 / 16.0)) * top
    return light.tone[min(int(position), top)]


@nb.njit(cache=True, nogil=True, error_model="numpy")
def _gloss(n_h: float, l_h: float, roughness: float) -> float:
    """Return the highlight of the sun for unit Fresnel: GGX in the form of Karis (2014), per cosine."""
    a2 = max(roughness * roughness, _F(0.02))
    a2 *= a2
    d = n_h * n_h * (a2 - _F(1.0)) + _F(1.0)
    return a2 / (_F(4.0) * d * d * max(l_h * l_h, _F(0.1)) * (roughness + _F(0.5)))


@nb.njit(cache=True, nogil=True, error_model="numpy")
def shade(
    samples: np.ndarray, triangles: Triangles, winner: np.ndarray, lattice: Lattice, stride: int,
    T_world_camera: np.ndarray, surfaces: Surfaces, light: Lighting, shadows: ShadowMaps, colours: np.ndarray,
) -> None:  # fmt: skip
    """Write the display colours, 0..255 and not rounded, of some samples.

    Args:
        samples: (n, 2) int16 column and row of each.
        triangles: as set up.
        winner: triangle of every sample of the lattice.
        lattice: the samples.
        stride: samples per pixel along an axis; textures are filtered over a pixel.
        T_world_camera: (3, 4) float64.
        surfaces: what the triangles are made of.
        light: what lights them.
        shadows: of the sun, and of the sky.
        colours: (n, 3) float32, written.
    """
    one, zero = _F(1.0), _F(0.0)
    R = T_world_camera[:, :3].astype(np.float32)
    sx, sy, sz = light.sun[0], light.sun[1], light.sun[2]
    last = -2
    face = surfaces.faces[0]
    plane = triangles.planes[0]
    material = surfaces.materials[0]
    turn = surfaces.R_world_part[0]
    kind, lamp, facing = 0, zero, one
    for n in range(samples.shape[0]):
        column, row = int(samples[n, 0]), int(samples[n, 1])
        k = winner[row, column]
        x, y = (column - lattice.cx) / lattice.fx, (row - lattice.cy) / lattice.fy
        rx, ry = _F(x), _F(y)
        reach = math.sqrt(rx * rx + ry * ry + one)
        dx = (R[0, 0] * rx + R[0, 1] * ry + R[0, 2]) / reach
        dy = (R[1, 0] * rx + R[1, 1] * ry + R[1, 2]) / reach
        dz = (R[2, 0] * rx + R[2, 1] * ry + R[2, 2]) / reach
        if k < 0:
            r, g, b = sky(light, dx, dy, dz)
            colours[n, 0], colours[n, 1], colours[n, 2] = _tone(light, r), _tone(light, g), _tone(light, b)
            continue
        if k != last:
            last = k
            plane = triangles.planes[k]
            f = triangles.face[k]
            face = surfaces.faces[f]
            material = surfaces.materials[surfaces.face_material[f]]
            turn = surfaces.R_world_part[surfaces.vertex_part[face[0]]]
            kind = int(material[_TEXTURE])
            lamp = material[_EMISSION] * surfaces.lamps[triangles.body[k], int(material[_LAMP])]
            facing = -one if triangles.flags[k] & BACK else one
        w0, w1, w2 = barycentric(plane, column, row)
        b0, b1, b2 = _F(w0), _F(w1), _F(w2)
        ia, ib, ic = face[0], face[1], face[2]
        N = surfaces.normals
        n0 = b0 * N[ia, 0] + b1 * N[ib, 0] + b2 * N[ic, 0]
        n1 = b0 * N[ia, 1] + b1 * N[ib, 1] + b2 * N[ic, 1]
        n2 = b0 * N[ia, 2] + b1 * N[ib, 2] + b2 * N[ic, 2]
        scale = facing / max(math.sqrt(n0 * n0 + n1 * n1 + n2 * n2), _F(1e-12))
        nx = scale * (turn[0, 0] * n0 + turn[0, 1] * n1 + turn[0, 2] * n2)
        ny = scale * (turn[1, 0] * n0 + turn[1, 1] * n1 + turn[1, 2] * n2)
        nz = scale * (turn[2, 0] * n0 + turn[2, 1] * n1 + turn[2, 2] * n2)
        depth = 1.0 / (plane[9] * column + plane[10] * row + plane[11])
        cr, cg, cb = material[0], material[1], material[2]
        rough, mirror, wrap = material[_ROUGHNESS], material[_REFLECTANCE], material[_WRAP]
        if kind != 0:
            C = surfaces.coords
            u = b0 * C[ia, 0] + b1 * C[ib, 0] + b2 * C[ic, 0]
            v = b0 * C[ia, 1] + b1 * C[ib, 1] + b2 * C[ic, 1]
            w = b0 * C[ia, 2] + b1 * C[ib, 2] + b2 * C[ic, 2]
            du, dv, dw = _pixel_extent(plane, column, row, stride, b0, b1, b2, C[ia], C[ib], C[ic])
            cr, cg, cb, rough, mirror = texture(
                kind, u, v, w, du, dv, dw, surfaces.data, int(material[_DATA]), cr, cg, cb, rough, mirror,
                _F(light.wetness), _F(light.snow),
            )  # fmt: skip
        px, py, pz = x * depth, y * depth, depth
        toward = nx * sx + ny * sy + nz * sz
        wrapped = (toward + wrap) / (one + wrap)
        lit = zero
        if wrapped > zero:
            lit = sunlit(shadows, px, py, pz, nx, ny, nz)
        opened = openness(shadows, px, py, pz, nz)
        direct = max(wrapped, zero) * lit
        up = _F(0.5) + _F(0.5) * nz
        down = one - up
        red = cr * (direct * light.sunlight[0] + opened * (up * light.skylight[0] + down * light.ground[0]))
        green = cg * (direct * light.sunlight[1] + opened * (up * light.skylight[1] + down * light.ground[1]))
        blue = cb * (direct * light.sunlight[2] + opened * (up * light.skylight[2] + down * light.ground[2]))
        if mirror > zero:
            cosine = min(max(-(dx * nx + dy * ny + dz * nz), zero), one)
            grazing = one - cosine
            fresnel = grazing * grazing
            fresnel = mirror + (one - mirror) * (one - rough) * fresnel * fresnel * grazing
            ex, ey, ez = dx + 2 * cosine * nx, dy + 2 * cosine * ny, dz + 2 * cosine * nz
            er, eg, eb = _surroundings(light, ex, ey, ez, rough)
            shine = fresnel * (_F(0.25) + _F(0.75) * opened)
            keep = one - fresnel
            red, green, blue = red * keep + shine * er, green * keep + shine * eg, blue * keep + shine * eb
            if lit > zero and toward > zero:
                hx, hy, hz = sx - dx, sy - dy, sz - dz
                h = one / math.sqrt(max(hx * hx + hy * hy + hz * hz, _F(1e-12)))
                gloss = _gloss((nx * hx + ny * hy + nz * hz) * h, (sx * hx + sy * hy + sz * hz) * h, rough)
                gloss = min(gloss * mirror * toward * lit, _F(40.0))
                red += gloss * light.sunlight[0]
                green += gloss * light.sunlight[1]
                blue += gloss * light.sunlight[2]
        red, green, blue = red + lamp * material[0], green + lamp * material[1], blue + lamp * material[2]
        clear = _F(math.exp(-light.extinction * depth * reach))
        red = red * clear + light.haze[0] * (one - clear)
        green = green * clear + light.haze[1] * (one - clear)
        blue = blue * clear + light.haze[2] * (one - clear)
        colours[n, 0], colours[n, 1] = _tone(light, red), _tone(light, green)
        colours[n, 2] = _tone(light, blue)


@nb.njit(cache=True, nogil=True, error_model="numpy")
def _pixel_extent(
    plane: np.ndarray, column: int, row: int, stride: int, b0: float, b1: float, b2: float, ca: np.ndarray,
    cb: np.ndarray, cc: np.ndarray,
) -> tuple[float, float, float]:  # fmt: skip
    """Return how far the texture coordinates change across a pixel, along both axes together."""
    e = plane
    whole = (e[0] + e[3] + e[6]) * column + (e[1] + e[4] + e[7]) * row + e[2] + e[5] + e[8]
    scale = stride / max(whole, 1e-30)
    sx, sy = _F((e[0] + e[3] + e[6]) * scale), _F((e[1] + e[4] + e[7]) * scale)
    ax, bx, cx = _F(e[0] * scale) - b0 * sx, _F(e[3] * scale) - b1 * sx, _F(e[6] * scale) - b2 * sx
    ay, by, cy = _F(e[1] * scale) - b0 * sy, _F(e[4] * scale) - b1 * sy, _F(e[7] * scale) - b2 * sy
    return (
        abs(ax * ca[0] + bx * cb[0] + cx * cc[0]) + abs(ay * ca[0] + by * cb[0] + cy * cc[0]),
        abs(ax * ca[1] + bx * cb[1] + cx * cc[1]) + abs(ay * ca[1] + by * cb[1] + cy * cc[1]),
        abs(ax * ca[2] + bx * cb[2] + cx * cc[2]) + abs(ay * ca[2] + by * cb[2] + cy * cc[2]),
    )


@nb.njit(cache=True, nogil=True, error_model="numpy")
def _surroundings(light: Lighting, x: float, y: float, z: float, rough: float) -> tuple[float, float, float]:
    """Return what a surface mirrors: the sky above, the ground below, blurred by roughness."""
    r, g, b = sky(light, x, y, max(z, _F(1e-3)))
    # Houses and trees line the horizon, so the bright band there is half hidden.
    share = min(max(_F(0.5) + z * _F(3.0), _F(0.0)), _F(1.0))
    r = light.ground[0] + (r - light.ground[0]) * share
    g = light.ground[1] + (g - light.ground[1]) * share
    b = light.ground[2] + (b - light.ground[2]) * share
    mean = _F(0.5)
    return (
        r + rough * (mean * (light.skylight[0] + light.ground[0]) - r),
        g + rough * (mean * (light.skylight[1] + light.ground[1]) - g),
        b + rough * (mean * (light.skylight[2] + light.ground[2]) - b),
    )
