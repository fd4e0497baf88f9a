"""Users' meshes in driving worlds: bodies, footprints, collisions, and the faults of their section."""

from __future__ import annotations

import numpy as np
import pytest
import trimesh

from oddsmith.catalog import load_scenario
from sim.domains.driving.vehicles import VEHICLES
from sim.errors import RunError, ScenarioError

WORLD = """\
scenario: driving/own_mesh
language: 1
duration: 3 s
world:
  road: {{street: {{}}}}
  assets: [{{id: kiosk, file: kiosk.ply{more}}}]
  actors: [{{id: obstacle, lane: 1, ahead: 10 m, {actor}}}]
"""


@pytest.fixture
def kiosk(tmp_path):
    """A round kiosk, 3 m wide and 2.4 m high."""
    path = tmp_path / "kiosk.ply"
    path.write_bytes(trimesh.creation.cylinder(radius=1.5, height=2.4, sections=64).export(file_type="ply"))
    return path


@pytest.fixture
def asset(kiosk):
    return {"id": "kiosk", "file": kiosk}


@pytest.fixture
def loaded(kiosk, tmp_path):
    def load(*, more="", actor="asset: kiosk"):
        file = tmp_path / "own.yaml"
        file.write_text(WORLD.format(more=more, actor=actor))
        return load_scenario(file)

    return load


def test_a_thing_has_the_size_category_and_mass_of_its_mesh(driving, asset):
    actor = {"id": "obstacle", "asset": "kiosk", "lane": 1, "ahead": 10.0}
    world = driving.world(assets=[{**asset, "category": "building"}], actors=[actor])
    body = world.body("obstacle")
    assert body.kind == "static"
    assert body.category == "building"
    assert body.size == pytest.approx((3.0, 3.0, 2.4), abs=0.01)
    assert body.mass == pytest.approx(125.0 * 3.0 * 3.0 * 2.4, rel=0.01)
    assert len(body.footprint) == 8
    outside = max(np.hypot(*corner) for corner in body.footprint)
    assert 1.5 < outside < 1.65  # an octagon about a circle reaches 1 / cos(22.5°) times as far


def test_a_vehicle_meets_it_where_its_footprint_is(driving, asset):
    actor = {"id": "obstacle", "asset": "kiosk", "lane": 1, "ahead": 20.0}
    trace = driving.run(
        duration=6.0, assets=[asset], actors=[actor], ego={"lane": 1, "speed": 10.0, "driver": "constant"}
    )
    (contact,) = [one for one in trace.occurrences if one.kind == "contact"]
    assert contact.t == pytest.approx(2.0, abs=0.02)


def test_one_beside_its_bounding_circle_is_passed(driving, asset):
    """Its rectangle would be touched by who passes its cut corner, turned; the octagon is not."""
    actor = {"id": "obstacle", "asset": "kiosk", "lane": 2, "ahead": 20.0, "offset": 0.3}
    trace = driving.run(
        duration=6.0, assets=[asset], actors=[actor], ego={"lane": 1, "speed": 10.0, "driver": "constant"}
    )
    assert not [one for one in trace.occurrences if one.kind == "contact"]


def test_beside_a_vehicle_it_moves_as_that_with_its_own_looks(driving, tmp_path):
    path = tmp_path / "pod.ply"
    path.write_bytes(trimesh.creation.box(extents=(4.0, 1.6, 2.0)).export(file_type="ply"))
    asset = {"id": "pod", "file": path, "category": "car", "mass": 900.0}
    actor = {"id": "other", "asset": "pod", "vehicle": "hatchback", "lane": 2, "ahead": 30.0, "speed": 12.0}
    trace = driving.run(duration=4.0, assets=[asset], actors=[actor])
    assert np.allclose(trace.signal("speed", ("other",)), 12.0, atol=0.5)
    body = driving.world(assets=[asset], actors=[actor]).body("other")
    assert body.size == pytest.approx((4.0, 1.6, 2.0))
    assert body.mass == 900.0
    assert body.wheelbase == VEHICLES["hatchback"].wheelbase
    shape = driving.run(duration=1.0, assets=[asset], actors=[actor]).truth().scene["other"].shape
    assert shape.kind == "mesh"


def test_one_shorter_than_its_wheelbase_is_refused(driving, asset):
    actor = {"id": "other", "asset": "kiosk", "vehicle": "bus", "lane": 2, "ahead": 30.0}
    with pytest.raises(RunError, match=r"asset kiosk is 3 m long, less than the wheelbase of a bus, 5\.9 m"):
        driving.world(assets=[asset], actors=[actor])


def test_another_file_is_another_scenario(loaded, kiosk):
    before = loaded()
    (one,) = before.inputs
    assert one.path == "kiosk.ply"
    kiosk.write_bytes(trimesh.creation.box(extents=(2, 2, 2)).export(file_type="ply"))
    after = loaded()
    assert after.hash != before.hash
    assert after.inputs[0].sha256 != one.sha256


@pytest.mark.parametrize(
    ("given", "told"),
    [
        ({"actor": "asset: kisok"}, "no asset is called 'kisok'; there are: kiosk"),
        ({"actor": "asset: kiosk, static: cone"}, "static"),
        ({"actor": "asset: kiosk, speed: 3 m/s"}, "a static thing does not move"),
        ({"actor": "asset: kiosk, vehicle: van, do: [{at: 1 s, open_door: {side: left}}]"}, "do not open"),
        ({"more": ", material: unobtainium"}, "unobtainium"),
        ({"more": ", category: spaceship"}, "spaceship"),
        ({"more": ", scale: 0"}, "scale"),
        ({"more": ", scale: 1000"}, "millimetres take scale: 0.001"),
        ({"more": ", up: z, forward: -z"}, "lie along one line"),
        ({"more": ", count: 3"}, "an asset is there once"),
    ],
)
def test_faults_name_the_place(loaded, given, told):
    with pytest.raises(ScenarioError) as caught:
        loaded(**given)
    assert told in str(caught.value)
    assert "own.yaml:" in str(caught.value)


def test_a_file_that_is_not_there_or_not_usable_is_one_fault_with_its_line(loaded, kiosk):
    kiosk.write_bytes(b"ply\nrubbish")
    with pytest.raises(ScenarioError, match=r"(?s)own\.yaml:6.*kiosk\.ply cannot be read as ply"):
        loaded()
    kiosk.unlink()
    with pytest.raises(ScenarioError, match=r"(?s)own\.yaml:6.*there is no file 'kiosk\.ply'"):
        loaded()


def test_a_mesh_with_holes_is_taken_with_a_warning(loaded, kiosk):
    whole = trimesh.creation.box(extents=(2, 2, 2))
    holed = trimesh.Trimesh(whole.vertices, whole.faces[:-2], process=False)
    kiosk.write_bytes(holed.export(file_type="ply"))
    (warning,) = loaded().warnings
    assert "it has holes" in str(warning)
