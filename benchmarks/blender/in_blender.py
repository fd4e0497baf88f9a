"""Renders what `compare.py` exported, with Cycles: a picture, then one sample per pixel for bodies and depth.

    python in_blender.py FOLDER SAMPLES THREADS

Runs in an environment of its own, which has bpy and nothing of ours.
"""

from __future__ import annotations

import math
import sys
import time
from pathlib import Path

import bpy
import numpy as np
from mathutils import Matrix

LAMP, EMISSION, ROUGHNESS, REFLECTANCE = 6, 5, 3, 4  # columns of our materials
SKY_ROWS = 512
AGX_STOPS = 1.2  # by which Blender's tone curve shows the same light darker than ours


def build(scene: dict[str, np.ndarray]) -> None:
    """Make meshes, materials, sun, sky and camera; one object per body, its number its pass index."""
    bpy.ops.wm.read_factory_settings(use_empty=True)
    materials: dict[int, bpy.types.Material] = {}
    points, faces, material, body = (scene[key] for key in ("points", "faces", "material", "body"))
    for number in np.unique(body):
        own, kinds = faces[body == number], material[body == number]
        used, corner = np.unique(own, return_inverse=True)
        mesh = bpy.data.meshes.new(f"body {number}")
        mesh.from_pydata(points[used].tolist(), [], corner.reshape(-1, 3).tolist())
        slots = np.unique(kinds)
        for kind in slots:
            if int(kind) not in materials:
                materials[int(kind)] = surface(int(kind), scene["materials"][kind])
            mesh.materials.append(materials[int(kind)])
        mesh.polygons.foreach_set("material_index", np.searchsorted(slots, kinds).astype(np.int32))
        mesh.update()
        thing = bpy.data.objects.new(mesh.name, mesh)
        thing.pass_index = int(number) + 1
        bpy.context.collection.objects.link(thing)
    light_up(scene)
    point_camera(scene)


def surface(kind: int, row: np.ndarray) -> bpy.types.Material:
    """Return a material of a base colour, roughness and reflectance."""
    out = bpy.data.materials.new(f"material {kind}")
    out.use_nodes = True
    shader = out.node_tree.nodes["Principled BSDF"]
    shader.inputs["Base Color"].default_value = (*np.clip(row[:3], 0.0, 1.0).tolist(), 1.0)
    shader.inputs["Roughness"].default_value = float(row[ROUGHNESS])
    # Blender's specular level of 0.5 is a reflectance of 4 %.
    shader.inputs["Specular IOR Level"].default_value = min(float(row[REFLECTANCE]) / 0.08, 1.0)
    return out


def light_up(scene: dict[str, np.ndarray]) -> None:
    """Add our sun as a lamp and our sky as the world, without its disc, in our units of radiance."""
    sun = bpy.data.objects.new("sun", bpy.data.lights.new("sun", "SUN"))
    sunlight = scene["sunlight"]
    sun.data.energy = float(sunlight.max()) * math.pi
    sun.data.color = (sunlight / max(float(sunlight.max()), 1e-9)).tolist()
    sun.data.angle = math.radians(0.53)
    x, y, z = scene["sun"].tolist()
    sun.rotation_euler = (math.acos(z), 0.0, math.atan2(y, x) + math.pi / 2)
    bpy.context.collection.objects.link(sun)
    image = bpy.data.images.new("sky", 2 * SKY_ROWS, SKY_ROWS, float_buffer=True)
    image.pixels.foreach_set(np.minimum(panorama(scene), 3.0).ravel().astype(np.float32))
    world = bpy.data.worlds.new("world")
    bpy.context.scene.world = world
    world.use_nodes = True
    node = world.node_tree.nodes.new("ShaderNodeTexEnvironment")
    node.image = image
    world.node_tree.links.new(node.outputs["Color"], world.node_tree.nodes["Background"].inputs["Color"])


def panorama(scene: dict[str, np.ndarray]) -> np.ndarray:
    """Return (R, 2 R, 4) our sky by longitude and latitude as Blender has them, lowest row first."""
    rows, columns = np.mgrid[0:SKY_ROWS, 0 : 2 * SKY_ROWS]
    latitude = ((rows + 0.5) / SKY_ROWS - 0.5) * math.pi
    longitude = -((columns + 0.5) / (2 * SKY_ROWS) - 0.5) * 2 * math.pi
    z = np.sin(latitude)
    x, y = np.cos(latitude) * np.cos(longitude), np.cos(latitude) * np.sin(longitude)
    sky = scene["sky"]
    half = (sky.shape[0] - 1) / 2
    u, v = (np.round(half + half * a / (1.0 + np.maximum(z, 0.0))).astype(int) for a in (x, y))
    out = np.ones((*z.shape, 4))
    out[..., :3] = np.where(z[..., None] > 0.0, sky[v, u], scene["haze"])
    return out


def point_camera(scene: dict[str, np.ndarray]) -> None:
    """Add the camera: Blender's looks along its -z with y up, ours along z with y down."""
    (width, height), K = scene["size"].tolist(), scene["K"]
    data = bpy.data.cameras.new("camera")
    data.sensor_fit, data.sensor_width = "HORIZONTAL", 36.0
    data.lens = float(K[0, 0]) / width * data.sensor_width
    data.shift_x = (width / 2 - float(K[0, 2])) / width
    data.shift_y = (float(K[1, 2]) - height / 2) / width
    data.clip_start, data.clip_end = 0.05, 5000.0
    camera = bpy.data.objects.new("camera", data)
    camera.matrix_world = Matrix(scene["T_world_camera"].tolist()) @ Matrix.Diagonal((1.0, -1.0, -1.0, 1.0))
    bpy.context.collection.objects.link(camera)
    settings = bpy.context.scene
    settings.camera = camera
    settings.render.resolution_x, settings.render.resolution_y = width, height
    settings.render.resolution_percentage = 100


def render(folder: Path, samples: int, threads: int, exposure: float) -> tuple[float, float]:
    """Write blender.png and return seconds of CPU and by the clock."""
    settings = bpy.context.scene
    settings.render.engine, settings.cycles.device = "CYCLES", "CPU"
    settings.render.threads_mode, settings.render.threads = "FIXED", threads
    settings.cycles.samples, settings.cycles.use_denoising = samples, True
    settings.view_settings.view_transform = "AgX"
    settings.view_settings.exposure = math.log2(exposure) + AGX_STOPS
    settings.render.image_settings.file_format = "PNG"
    settings.render.filepath = str(folder / "blender.png")
    clock, busy = time.perf_counter(), time.process_time()
    bpy.ops.render.render(write_still=True)
    return time.process_time() - busy, time.perf_counter() - clock


def labels(folder: Path) -> tuple[np.ndarray, np.ndarray]:
    """Return (H, W) bodies, -1 for the sky, and (H, W) depth along the axis [m], at pixel centres."""
    settings = bpy.context.scene
    settings.view_layers[0].material_override = label_material()
    bpy.data.worlds["world"].node_tree.nodes["Background"].inputs["Strength"].default_value = 0.0
    settings.cycles.samples, settings.cycles.use_denoising = 1, False
    settings.cycles.pixel_filter_type, settings.cycles.filter_width = "BLACKMAN_HARRIS", 0.01
    settings.render.image_settings.file_format = "OPEN_EXR"
    settings.render.image_settings.color_depth = "32"
    settings.render.filepath = str(folder / "labels.exr")
    bpy.ops.render.render(write_still=True)
    image = bpy.data.images.load(str(folder / "labels.exr"))
    image.colorspace_settings.name = "Non-Color"
    pixels = np.empty(4 * image.size[0] * image.size[1], np.float32)
    image.pixels.foreach_get(pixels)
    pixels = pixels.reshape(image.size[1], image.size[0], 4)[::-1]
    return np.round(pixels[..., 0]).astype(np.int64) - 1, pixels[..., 1]


def label_material() -> bpy.types.Material:
    """Return a material that shines with its object's pass index in red and its depth in green."""
    out = bpy.data.materials.new("labels")
    out.use_nodes = True
    nodes, links = out.node_tree.nodes, out.node_tree.links
    nodes.clear()
    thing, camera = nodes.new("ShaderNodeObjectInfo"), nodes.new("ShaderNodeCameraData")
    both, shine = nodes.new("ShaderNodeCombineXYZ"), nodes.new("ShaderNodeEmission")
    end = nodes.new("ShaderNodeOutputMaterial")
    links.new(thing.outputs["Object Index"], both.inputs["X"])
    links.new(camera.outputs["View Z Depth"], both.inputs["Y"])
    links.new(both.outputs["Vector"], shine.inputs["Color"])
    links.new(shine.outputs["Emission"], end.inputs["Surface"])
    return out


def main() -> None:
    """Build the scene, render it twice."""
    folder, samples, threads = Path(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3])
    scene = dict(np.load(folder / "scene.npz"))
    build(scene)
    busy, clock = render(folder, samples, threads, float(scene["exposure"]))
    body, depth = labels(folder)
    np.savez(folder / "blender.npz", body=body, depth=depth, seconds=busy, wall=clock)


if __name__ == "__main__":
    main()
