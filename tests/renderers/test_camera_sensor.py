import io

import cv2
import numpy as np
import pyarrow as pa
import pytest
from PIL import Image

from renderers.camera.declaration import CAMERA, LABELS
from renderers.camera.sensor import Camera, columns, observe
from renderers.sensors import TABLE
from sim.fields import Chosen
from sim.recording import Channel
from sim.scene import Light, Scene, Shape

IMAGES = ("depth", "instance", "semantic", "normals", "flow", "backward_flow", "next_frame", "markings")


@pytest.fixture
def scene():
    scene = Scene(("car", "ground"), Light(visibility=3000.0))
    scene.add(
        "ground", category="ground", shape=Shape("ground", (100, 100, 0), {"material": "grass"}), labelled=False
    )
    scene.add("box", category="car", shape=Shape("box", (4.0, 1.8, 1.5)), pose=(9, 1, 0, 0, 0, 0, 1))
    return scene


def decode(file):
    image = cv2.imdecode(np.frombuffer(file["bytes"], np.uint8), cv2.IMREAD_UNCHANGED)
    return image[..., ::-1] if image.ndim == 3 else image


def test_every_value_fits_its_declared_column(scene, record, mount):
    setup = mount(times=(0.0, 0.1, 0.2))
    declared = columns(setup.settings)
    samples = list(observe(record(scene), setup))
    assert [sample.index for sample in samples] == [0, 1, 2]
    assert [sample.t for sample in samples] == [0.0, 0.1, 0.2]
    schema = pa.schema([(column.name, column.type) for column in declared])
    table = pa.Table.from_pylist([dict(sample.values) for sample in samples], schema=schema)
    assert set(samples[0].values) == set(schema.names)
    assert table.column("objects").to_pylist()[0][0]["name"] == "box"


def test_only_the_picture_and_the_calibration_are_features():
    settings = {
        "labels": Chosen("all", {}),
        "format": "jpeg",
        "depth": "uint16",
        "distortion": Chosen("none", {}),
        "stereo": "right",
        "readout": 0.0,
    }
    roles = {column.name: column.role for column in columns(settings)}
    assert {name for name, role in roles.items() if role == "feature"} == {"rgb", "K", "T_body_camera"}
    assert {name for name, role in roles.items() if role == "label"} == {*LABELS, "T_world_camera"}


def test_images_on_disk_are_the_labels_of_the_frame(scene, record, mount):
    camera = Camera(record(scene), mount())
    values = camera.sample(0, 0.0).values
    out = camera.gbuffer(0.0)
    np.testing.assert_array_equal(decode(values["instance"]), out.instance)
    np.testing.assert_array_equal(decode(values["semantic"]), out.semantic)
    near = (out.depth > 0) & (out.depth < 250)
    np.testing.assert_allclose(decode(values["depth"])[near] / 256, out.depth[near], atol=0.5 / 256 + 1e-6)
    flow = decode(values["flow"])
    np.testing.assert_array_equal(flow[..., 2] == 1, out.depth > 0)
    assert (flow[flow[..., 2] == 1][:, :2] == 32768).all()
    assert decode(values["rgb"]).shape == (120, 160, 3)
    np.testing.assert_allclose(np.reshape(values["K"], (3, 3)), camera.model.K)
    np.testing.assert_allclose(np.reshape(values["T_world_camera"], (4, 4)), camera.view(0.0).T_world_camera)


def test_depth_of_32_bits_is_the_depth_of_the_frame_to_the_bit(record, mount):
    scene = Scene(("car",))
    scene.add("far", category="car", shape=Shape("box", (4.0, 90.0, 80.0)), pose=(900, 0, 0, 0, 0, 0, 1))
    setup = mount(depth="float32")
    camera = Camera(record(scene), setup)
    stored = camera.sample(0, 0.0).values["depth"]
    assert stored["path"] == "front/000000.depth.tiff"
    depth = camera.gbuffer(0.0).depth
    for found in (decode(stored), np.asarray(Image.open(io.BytesIO(stored["bytes"])))):
        assert found.dtype == np.float32
        np.testing.assert_array_equal(found, depth)
    units = {column.name: column.unit for column in columns(setup.settings)}
    assert units["depth"] == "m"
    # Beyond 256 m the image of 16 bits has none.
    assert depth.max() > 800
    assert not decode(Camera(record(scene), mount()).sample(0, 0.0).values["depth"]).any()


def test_only_the_labels_asked_for_are_there(scene, record, mount):
    some = Chosen("only", ("depth", "objects"))
    values = Camera(record(scene), mount(labels=some)).sample(0, 0.0).values
    assert set(values) == {"rgb", "K", "T_body_camera", "T_world_camera", "depth", "objects"}
    none = Camera(record(scene), mount(labels=Chosen("none", {}))).sample(0, 0.0).values
    assert set(none) == {"rgb", "K", "T_body_camera", "T_world_camera"}


def test_png_pictures_are_lossless(scene, record, mount):
    camera = Camera(record(scene), mount(format="png"))
    rgb = camera.sample(0, 0.0).values["rgb"]
    assert rgb["path"] == "front/000000.png"
    camera.gbuffer(0.0)
    np.testing.assert_array_equal(decode(rgb), camera.picture(0, 0.0))


def test_frames_are_the_same_bytes_in_any_order_and_by_any_camera_object(record, mount):
    scene = Scene(("car", "ground"))
    scene.add("ground", category="ground", shape=Shape("ground", (400, 400, 0), {"material": "grass"}))
    for i in range(5):
        scene.add(
            f"box_{i}", category="car", shape=Shape("box", (2, 2, 2)), pose=(8 + 14 * i, i % 3, 0, 0, 0, 0, 1)
        )
    times = np.array([0.0, 10.0])
    tracks = {"box_0": (times, np.array([[-2, -3, 0, 0, 0, 0, 1], [58, -3, 0, 0, 0, 0, 1.0]]))}
    recording = record(scene, tracks)
    setup = mount(on="box_0", at=(0, 0, 2.5, 0, 0, 0), noise=2.0, times=tuple(np.arange(0.0, 9.0, 1.5)))
    forward = [sample.values for sample in observe(recording, setup)]
    backward = Camera(recording, setup)
    for index in reversed(range(len(setup.times))):
        assert backward.sample(index, float(setup.times[index])).values == forward[index]
    assert len({values["rgb"]["bytes"] for values in forward}) == len(forward)


def test_noise_belongs_to_the_name_and_the_frame_and_leaves_labels_alone(scene, record, mount):
    def take(name, index, noise):
        camera = Camera(record(scene), mount(name=name, noise=noise, format="png"))
        return camera.sample(index, 0.0).values

    quiet, a, b, later = take("a", 0, 0.0), take("a", 0, 3.0), take("b", 0, 3.0), take("a", 1, 3.0)
    pictures = [decode(values["rgb"]).astype(int) for values in (quiet, a, b, later)]
    assert 2.5 < (pictures[1] - pictures[0]).std() < 3.5
    for other in pictures[2:]:
        assert abs(np.corrcoef((pictures[1] - pictures[0]).ravel(), (other - pictures[0]).ravel())[0, 1]) < 0.02
    for name in IMAGES:
        assert quiet[name]["bytes"] == a[name]["bytes"] == b[name]["bytes"]


def test_rain_changes_the_picture_and_no_label(record, mount):
    def take(light):
        scene = Scene(("car",), light)
        scene.add("box", category="car", shape=Shape("box", (4.0, 1.8, 1.5)), pose=(9, 1, 0, 0, 0, 0, 1))
        recording = record(scene, channels=(Channel("box", "speed", "m/s", np.zeros(1), np.zeros(1)),))
        return Camera(recording, mount(format="png")).sample(0, 0.0).values

    dry, wet = take(Light(cloud=1.0)), take(Light(cloud=1.0, rain=1e-5))
    assert dry["rgb"]["bytes"] != wet["rgb"]["bytes"]
    for name in IMAGES:
        assert dry[name]["bytes"] == wet[name]["bytes"]


def test_the_table_of_sensors_finds_the_camera(scene, record, mount):
    kind = TABLE["camera"]
    assert kind.section is CAMERA
    setup = mount()
    assert [column.name for column in kind.columns(setup.settings)][:3] == ["rgb", "K", "T_world_camera"]
    assert next(kind.observe(record(scene), setup)).index == 0
