"""The colour of a sample: sun with shadows, sky light, reflections of the sky, lamps, fog and sky itself."""

from __future__ import annotations

import math
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from renderers.assets.materials import Column
from renderers.raster.bending import Bend
from renderers.raster.setup import BACK, Lattice, Triangles
from renderers.raster.shadow import ShadowMaps, openness, sunlit
from renderers.raster.textures import texture
from sim.compiled import inlined, kernel

__all__ = ["FULL", "Lighting", "Surfaces", "shade", "sky"]

_ROUGHNESS, _REFLECTANCE, _EMISSION = int(Column.ROUGHNESS), int(Column.REFLECTANCE), int(Column.EMISSION)
_LAMP, _TEXTURE, _DATA, _WRAP = int(Column.LAMP), int(Column.TEXTURE), int(Column.DATA), int(Column.WRAP)

_F: Any = np.float32
_ZERO, _HALF, _ONE = _F(0.0), _F(0.5), _F(1.0)
_NEXT: Any = np.uint64(1)

FULL: Any = _F(16.0)
"""Exposed radiance at which a sample is full: the end of the tone curve."""


class Lighting(NamedTuple):
    """What lights the scene, in the linear units in which a white wall facing the noon sun has radiance 1.

    Attributes:
        sun: (3,) direction towards the sun in the world frame.
        sunlight: (3,) radiance of a white wall that faces the sun.
        sky: (S, S, 3) float32 radiance of the upper half of the sky; direction d at (d.x, d.y) / (1 + d.z).
        skylight: (3,) radiance of a white ground under the sky alone.
        ground: (3,) mean radiance of the ground, what surfaces that face down see.
        haze: (3,) radiance of the horizon and of fog.
        extinction: of the air [1/m].
        wetness: of the ground, 0..1.
        snow: covered share of the ground.
        exposure: factor from radiance to the tone curve.
        tone: (N,) float32 display level 0..255 at exposed radiance (i / (N - 1))^2 * FULL.
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
        vertex_part: (V,) part, counted from the body's first.
        first_part: (B + 1,) first part slot of each body.
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
    first_part: NDArray[np.int32]
    face_material: NDArray[np.int32]
    materials: NDArray[np.float32]
    data: NDArray[np.float32]
    R_world_part: NDArray[np.float32]
    lamps: NDArray[np.float32]


@inlined
def sky(dome: np.ndarray, haze: np.ndarray, x: float, y: float, z: float) -> tuple[float, float, float]:
    """Return the radiance of the sky along a unit direction of the world; below the horizon it is haze."""
    if z <= _ZERO:
        return haze[0], haze[1], haze[2]
    size = dome.shape[0]
    half = _F(size - 1) * _HALF
    scale = half / (_ONE + z)
    u, v = half + x * scale, half + y * scale
    # Unsigned, so that Numba leaves out the look from the end.
    i, j = np.uint64(min(np.int32(v), size - 2)), np.uint64(min(np.int32(u), size - 2))
    p, q = i + _NEXT, j + _NEXT
    fu, fv = u - _F(j), v - _F(i)
    a, b = (_ONE - fu) * (_ONE - fv), fu * (_ONE - fv)
    c, d = (_ONE - fu) * fv, fu * fv
    return (
        a * dome[i, j, 0] + b * dome[i, q, 0] + c * dome[p, j, 0] + d * dome[p, q, 0],
        a * dome[i, j, 1] + b * dome[i, q, 1] + c * dome[p, j, 1] + d * dome[p, q, 1],
        a * dome[i, j, 2] + b * dome[i, q, 2] + c * dome[p, j, 2] + d * dome[p, q, 2],
    )


@inlined
def _gloss(n_h: float, l_h: float, roughness: float) -> float:
    """Return the highlight of the sun for unit Fresnel: GGX in the form of Karis (2014), per cosine."""
    a2 = max(roughness * roughness, _F(0.02))
    a2 *= a2
    d = n_h * n_h * (a2 - _ONE) + _ONE
    return a2 / (_F(4.0) * d * d * max(l_h * l_h, _F(0.1)) * (roughness + _HALF))


@inlined
def _mirrored(
    dome: np.ndarray, haze: np.ndarray, skylight: np.ndarray, ground: np.ndarray, x: float, y: float, z: float,
    rough: float,
) -> tuple[float, float, float]:  # fmt: skip
    """Return what a surface mirrors along a direction: sky above, ground below, blurred by roughness."""
    r, g, b = sky(dome, haze, x, y, max(z, _F(1e-3)))
    # Houses and trees line the horizon, so the bright band there is mostly hidden.
    share = min(max(_F(0.25) + z * _F(2.5), _ZERO), _ONE)
    r, g, b = (
        ground[0] + (r - ground[0]) * share,
        ground[1] + (g - ground[1]) * share,
        ground[2] + (b - ground[2]) * share,
    )
    return (
        r + rough * (_HALF * (skylight[0] + ground[0]) - r),
        g + rough * (_HALF * (skylight[1] + ground[1]) - g),
        b + rough * (_HALF * (skylight[2] + ground[2]) - b),
    )


@inlined
def _change(
    coords: np.ndarray, axis: int, ia: int, ib: int, ic: int, ax: float, bx: float, cx: float, ay: float,
    by: float, cy: float,
) -> float:  # fmt: skip
    """Return how far a texture coordinate changes across a pixel, along both axes together."""
    a, b, c = coords[ia, axis], coords[ib, axis], coords[ic, axis]
    return abs(ax * a + bx * b + cx * c) + abs(ay * a + by * b + cy * c)


@inlined
def _along(by_column: float, by_row: float, scale: float, columns: float, rows: float) -> float:
    """Return how an edge changes from pixel to pixel along a way of so many columns and rows."""
    return _F((by_column * columns + by_row * rows) * scale)


@kernel
def shade(
    samples: np.ndarray, triangles: Triangles, winner: np.ndarray, lattice: Lattice, stride: int,
    lens: Bend, T_world_camera: np.ndarray, surfaces: Surfaces, light: Lighting, shadows: ShadowMaps,
    colours: np.ndarray,
) -> None:  # fmt: skip
    """Write the exposed radiance of some samples, at most `FULL`.

    Args:
        samples: (n, 2) int16 column and row of each.
        triangles: as set up.
        winner: triangle of every sample of the lattice.
        lattice: the samples.
        stride: samples per pixel along an axis; textures are filtered over a pixel.
        lens: which directions the samples look in; black where it shows nothing.
        T_world_camera: (3, 4) float64.
        surfaces: what the triangles are made of.
        light: what lights them.
        shadows: of the sun, and of the sky.
        colours: (n, 3) float32, written.
    """
    # Arrays are taken out of their tuples here, once: taking them out inside the loop would count references.
    planes, tri_face, tri_body, tri_flags = triangles.planes, triangles.face, triangles.body, triangles.flags
    faces, normals, coords, data = surfaces.faces, surfaces.normals, surfaces.coords, surfaces.data
    vertex_part, first_part, face_material = surfaces.vertex_part, surfaces.first_part, surfaces.face_material
    materials, turns, lamps = surfaces.materials, surfaces.R_world_part, surfaces.lamps
    dome, haze = light.sky, light.haze
    sunlight, skylight, ground = light.sunlight, light.skylight, light.ground
    fine, T_fine = shadows.fine, shadows.T_fine_camera
    coarse, T_coarse = shadows.coarse, shadows.T_coarse_camera
    cover, T_cover = shadows.cover, shadows.T_cover_camera
    fine_texel, coarse_texel = _F(shadows.fine_texel), _F(shadows.coarse_texel)
    extinction, exposure = _F(light.extinction), _F(light.exposure)
    wetness, snow = _F(light.wetness), _F(light.snow)
    sx, sy, sz = light.sun[0], light.sun[1], light.sun[2]
    r00, r01, r02 = _F(T_world_camera[0, 0]), _F(T_world_camera[0, 1]), _F(T_world_camera[0, 2])
    r10, r11, r12 = _F(T_world_camera[1, 0]), _F(T_world_camera[1, 1]), _F(T_world_camera[1, 2])
    r20, r21, r22 = _F(T_world_camera[2, 0]), _F(T_world_camera[2, 1]), _F(T_world_camera[2, 2])
    per_column, per_row = 1.0 / lattice.fx, 1.0 / lattice.fy
    middle, centre = lattice.cx, lattice.cy
    is_bent, lens_columns, lens_rows = lens.kind != 0, lens.columns, lens.rows
    wide, tall = lens_columns.shape[1] - 1, lens_columns.shape[0] - 1
    column_by_u, row_by_u, column_by_v, row_by_v = 1.0, 0.0, 0.0, 1.0
    last = -2
    ia = ib = ic = kind = start = 0
    albedo_r = albedo_g = albedo_b = roughness = reflectance = wrap = lamp = _ZERO
    nax = nay = naz = nbx = nby = nbz = ncx = ncy = ncz = _ZERO
    ea = eb = ec = fa = fb = fc = ga = gb = gc = volume = 0.0
    for n in range(samples.shape[0]):
        i, j = int(samples[n, 1]), int(samples[n, 0])
        k = winner[i, j]
        column, row = float(j), float(i)
        if is_bent:
            column, row = lens_columns[i, j], lens_rows[i, j]
            if math.isnan(column):
                colours[n, 0] = colours[n, 1] = colours[n, 2] = _ZERO
                continue
        x, y = (column - middle) * per_column, (row - centre) * per_row
        rx, ry = _F(x), _F(y)
        reach = math.sqrt(rx * rx + ry * ry + _ONE)
        # The ray in the world frame, with unit component along the optical axis.
        dx, dy, dz = r00 * rx + r01 * ry + r02, r10 * rx + r11 * ry + r12, r20 * rx + r21 * ry + r22
        if k < 0:
            shorten = _ONE / reach
            dx, dy, dz = dx * shorten, dy * shorten, dz * shorten
            red, green, blue = sky(dome, haze, dx, dy, dz)
            colours[n, 0], colours[n, 1] = min(red * exposure, FULL), min(green * exposure, FULL)
            colours[n, 2] = min(blue * exposure, FULL)
            continue
        if k != last:
            last = k
            f = tri_face[k]
            ia, ib, ic = faces[f, 0], faces[f, 1], faces[f, 2]
            m = face_material[f]
            kind, start = int(materials[m, _TEXTURE]), int(materials[m, _DATA])
            albedo_r, albedo_g, albedo_b = materials[m, 0], materials[m, 1], materials[m, 2]
            roughness, reflectance = materials[m, _ROUGHNESS], materials[m, _REFLECTANCE]
            wrap = materials[m, _WRAP]
            lamp = materials[m, _EMISSION] * lamps[tri_body[k], int(materials[m, _LAMP])]
            facing = -_ONE if tri_flags[k] & BACK else _ONE
            part = first_part[tri_body[k]] + vertex_part[ia]
            nax, nay, naz = _turned(turns, part, normals, ia, facing)
            nbx, nby, nbz = _turned(turns, part, normals, ib, facing)
            ncx, ncy, ncz = _turned(turns, part, normals, ic, facing)
            ea, eb, ec = planes[k, 0], planes[k, 3], planes[k, 6]
            fa, fb, fc = planes[k, 1], planes[k, 4], planes[k, 7]
            ga, gb, gc = planes[k, 2], planes[k, 5], planes[k, 8]
            # The sum of the edges is proportional to 1/depth, by the same number all over a triangle.
            sum_ = (ea + eb + ec) * column + (fa + fb + fc) * row + ga + gb + gc
            volume = sum_ / (planes[k, 9] * column + planes[k, 10] * row + planes[k, 11])
        e0 = max(ea * column + fa * row + ga, 0.0)
        e1 = max(eb * column + fb * row + gb, 0.0)
        e2 = max(ec * column + fc * row + gc, 0.0)
        per_whole = 1.0 / max(e0 + e1 + e2, 1e-300)
        b0, b1, b2 = _F(e0 * per_whole), _F(e1 * per_whole), _F(e2 * per_whole)
        depth = volume * per_whole
        nx, ny, nz = (
            b0 * nax + b1 * nbx + b2 * ncx,
            b0 * nay + b1 * nby + b2 * ncy,
            b0 * naz + b1 * nbz + b2 * ncz,
        )
        unit = _ONE / math.sqrt(max(nx * nx + ny * ny + nz * nz, _F(1e-12)))
        nx, ny, nz = nx * unit, ny * unit, nz * unit
        cr, cg, cb, rough, mirror = albedo_r, albedo_g, albedo_b, roughness, reflectance
        if kind != 0:
            scale = stride * per_whole
            if is_bent:
                # Between a sample and the next towards the middle, where there is one.
                p, q = (j - 1 if 2 * j > wide else j), (i - 1 if 2 * i > tall else i)
                column_by_u = lens_columns[i, p + 1] - lens_columns[i, p]
                row_by_u = lens_rows[i, p + 1] - lens_rows[i, p]
                column_by_v = lens_columns[q + 1, j] - lens_columns[q, j]
                row_by_v = lens_rows[q + 1, j] - lens_rows[q, j]
            ax, ay = _along(ea, fa, scale, column_by_u, row_by_u), _along(ea, fa, scale, column_by_v, row_by_v)
            bx, by = _along(eb, fb, scale, column_by_u, row_by_u), _along(eb, fb, scale, column_by_v, row_by_v)
            cx, cy = _along(ec, fc, scale, column_by_u, row_by_u), _along(ec, fc, scale, column_by_v, row_by_v)
            all_x, all_y = ax + bx + cx, ay + by + cy
            ax, bx, cx = ax - b0 * all_x, bx - b1 * all_x, cx - b2 * all_x
            ay, by, cy = ay - b0 * all_y, by - b1 * all_y, cy - b2 * all_y
            cr, cg, cb, rough, mirror = texture(
                kind,
                b0 * coords[ia, 0] + b1 * coords[ib, 0] + b2 * coords[ic, 0],
                b0 * coords[ia, 1] + b1 * coords[ib, 1] + b2 * coords[ic, 1],
                b0 * coords[ia, 2] + b1 * coords[ib, 2] + b2 * coords[ic, 2],
                _change(coords, 0, ia, ib, ic, ax, bx, cx, ay, by, cy),
                _change(coords, 1, ia, ib, ic, ax, bx, cx, ay, by, cy),
                _change(coords, 2, ia, ib, ic, ax, bx, cx, ay, by, cy),
                data, start, cr, cg, cb, rough, mirror, wetness, snow,
            )  # fmt: skip
        pz = _F(depth)
        px, py = rx * pz, ry * pz
        toward = nx * sx + ny * sy + nz * sz
        direct = max((toward + wrap) / (_ONE + wrap), _ZERO)
        if direct > _ZERO:
            slope = max(toward, _F(0.05))
            direct *= sunlit(fine, T_fine, fine_texel, coarse, T_coarse, coarse_texel, px, py, pz, slope)
        # A wall beside something tall still sees half the sky past it.
        opened = _ONE - (_ONE - openness(cover, T_cover, px, py, pz)) * (_F(0.4) + _F(0.6) * abs(nz))
        up = (_HALF + _HALF * nz) * opened
        down = opened - up
        red = cr * (direct * sunlight[0] + up * skylight[0] + down * ground[0]) + lamp * albedo_r
        green = cg * (direct * sunlight[1] + up * skylight[1] + down * ground[1]) + lamp * albedo_g
        blue = cb * (direct * sunlight[2] + up * skylight[2] + down * ground[2]) + lamp * albedo_b
        if mirror > _ZERO:
            shorten = _ONE / reach
            dx, dy, dz = dx * shorten, dy * shorten, dz * shorten
            cosine = min(max(-(dx * nx + dy * ny + dz * nz), _ZERO), _ONE)
            grazing = _ONE - cosine
            grazing2 = grazing * grazing
            fresnel = mirror + (_ONE - mirror) * (_ONE - rough) * grazing2 * grazing2 * grazing
            twice = cosine + cosine
            sky_r, sky_g, sky_b = _mirrored(
                dome, haze, skylight, ground, dx + twice * nx, dy + twice * ny, dz + twice * nz, rough
            )
            shine, keep = fresnel * (_F(0.25) + _F(0.75) * opened), _ONE - fresnel
            red, green, blue = (
                red * keep + shine * sky_r,
                green * keep + shine * sky_g,
                blue * keep + shine * sky_b,
            )
            if direct > _ZERO and toward > _ZERO:
                hx, hy, hz = sx - dx, sy - dy, sz - dz
                h = _ONE / math.sqrt(max(hx * hx + hy * hy + hz * hz, _F(1e-12)))
                gloss = _gloss((nx * hx + ny * hy + nz * hz) * h, (sx * hx + sy * hy + sz * hz) * h, rough)
                gloss = min(gloss * mirror * direct, _F(40.0))
                red, green = red + gloss * sunlight[0], green + gloss * sunlight[1]
                blue += gloss * sunlight[2]
        clear = _fading(extinction * pz * reach)
        murk = _ONE - clear
        colours[n, 0] = min((red * clear + haze[0] * murk) * exposure, FULL)
        colours[n, 1] = min((green * clear + haze[1] * murk) * exposure, FULL)
        colours[n, 2] = min((blue * clear + haze[2] * murk) * exposure, FULL)


@inlined
def _turned(
    turns: np.ndarray, part: int, normals: np.ndarray, vertex: int, facing: float
) -> tuple[float, float, float]:
    """Return the normal of a vertex in the world frame."""
    x, y, z = normals[vertex, 0] * facing, normals[vertex, 1] * facing, normals[vertex, 2] * facing
    return (
        turns[part, 0, 0] * x + turns[part, 0, 1] * y + turns[part, 0, 2] * z,
        turns[part, 1, 0] * x + turns[part, 1, 1] * y + turns[part, 1, 2] * z,
        turns[part, 2, 0] * x + turns[part, 2, 1] * y + turns[part, 2, 2] * z,
    )


@inlined
def _fading(thickness: float) -> float:
    """Return exp(-thickness); in clear air, where it is small, by its series."""
    t = thickness
    if t < _F(0.2):
        return _ONE - t * (_ONE - t * (_HALF - t * (_F(1.0 / 6.0) - t * _F(1.0 / 24.0))))
    return math.exp(-t)
