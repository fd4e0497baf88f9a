"""The inspection camera end to end: labels apart from light and noise, sizes that grow, noise by address."""

import cv2
import numpy as np
import pytest

from renderers.inspection.board import layout_of
from renderers.inspection.scene import cell_of, place_part
from renderers.inspection.sensor import HEIGHT_STEP, InspectionCamera, columns, observe
from renderers.inspection.tracing import traced
from renderers.sample import SensorSetup
from sim.defects import DEFECTS
from sim.errors import RunError
from sim.fields import Chosen
from sim.noise import Noise

CATEGORIES = ("part", *DEFECTS)
NEGATIVES = {"dust": 3.0, "reflections": 1.0, "marks": 2.0}


def image(values, name):
    return cv2.imdecode(np.frombuffer(values[name]["bytes"], np.uint8), cv2.IMREAD_UNCHANGED)


@pytest.mark.parametrize("kind", DEFECTS)
def test_every_kind_of_defect_is_labelled_and_changes_the_picture(kind, sample_of):
    values = sample_of(kind, resolution=[320, 240])
    mask, instance, semantic = (image(values, name) for name in ("mask", "instance", "semantic"))
    assert values["is_defective"]
    assert values["defect"] == kind
    assert ((mask == 255) == (instance > 0)).all()
    assert mask.any()
    assert set(np.unique(semantic[mask > 0])) == {CATEGORIES.index(kind) + 1}
    assert set(np.unique(semantic[mask == 0])) <= {1}
    for one in values["objects"]:
        rows, cols = np.nonzero(instance == one["instance_id"])
        assert one["pixels"] == len(rows)
        if len(rows):
            box = [cols.min(), rows.min(), np.ptp(cols) + 1, np.ptp(rows) + 1]
            assert one["bbox"] == [float(v) for v in box]
        assert one["area"] > 0.0
        assert one["size"] > 0.0
    assert max(one["levels"] for one in values["contrast"]) > 2.0, "nobody could see it"


@pytest.mark.parametrize("kind", ["scratch", "dent", "stain", "misplaced", "spatter"])
def test_labels_are_the_same_bytes_in_any_light_and_noise(kind, sample_of, hand):
    blind = ("rgb", "contrast", "visible")
    first = sample_of(kind, negatives=NEGATIVES)
    for changes in (
        {"light": hand.dome},
        {"light": hand.bar, "brightness": 0.6},
        {"noise": 20.0, "blur": 2.0},
        {"name": "b"},
    ):
        other = sample_of(kind, negatives=NEGATIVES, **changes)
        same = {name: value["bytes"] if isinstance(value, dict) else value for name, value in other.items()}
        for name, value in first.items():
            if name not in blind:
                assert same[name] == (value["bytes"] if isinstance(value, dict) else value), name
        assert other["rgb"]["bytes"] != first["rgb"]["bytes"]


def test_a_good_part_has_no_defect_and_its_distractors_are_labelled_as_such(sample_of):
    values = sample_of("", negatives={"dust": 6.0, "reflections": 2.0, "marks": 2.0})
    assert not values["is_defective"]
    assert values["objects"] == []
    assert values["defect"] == ""
    assert not image(values, "mask").any()
    assert (image(values, "height") == 32768).all()
    negatives = image(values, "negatives")
    assert negatives.any()
    assert {one["kind"] for one in values["distractors"]} <= {"dust", "fibre", "reflection", "machining_mark"}
    assert set(np.unique(negatives)) - {0} <= {one["instance_id"] for one in values["distractors"]}


def test_a_stain_changes_colour_and_not_shape(sample_of):
    values = sample_of("stain", depth=True)
    clean = sample_of("", surface="cast", depth=True)
    assert (image(values, "height") == 32768).all()
    assert values["depth"]["bytes"] == clean["depth"]["bytes"]
    assert image(values, "visible").any()


def test_a_dent_changes_shape_and_not_colour(sample_of, hand):
    scene = place_part(cell_of(hand.settings(surface="painted")), hand.part("dent", 8e-3), Noise(5))
    assert (scene.stage.base == scene.good.base).all()
    assert scene.stage.flaws[0, 26] == 0.0  # opacity
    heights = (image(sample_of("dent"), "height").astype(float) - 32768.0) * HEIGHT_STEP
    assert heights.min() == pytest.approx(-scene.defects[0].depth, rel=0.02)


@pytest.mark.parametrize("kind", ["scratch", "dent", "crack", "pit", "inclusion", "stain", "spatter"])
def test_what_is_severer_is_larger_and_deeper(kind, hand):
    found = []
    for size in (2e-3, 4e-3, 8e-3):
        one = place_part(cell_of(hand.settings(surface="cast")), hand.part(kind, size), Noise(5)).defects[0]
        found.append((one.area, one.depth, one.size))
    for column in zip(*found, strict=True):
        assert list(column) == sorted(column)
    assert found[0][0] < found[1][0] < found[2][0]


def test_colour_drifts_further_with_the_error_of_the_film(hand):
    levels = []
    for size in (2e-6, 8e-6, 30e-6):
        camera = InspectionCamera(hand.setup(surface="painted"))
        scene, seen = camera.trace(hand.part("colour_drift", size))
        levels.append(camera.levels(scene, seen).mean(axis=(0, 1)))
    scene, seen = camera.trace(hand.part())
    away = [np.linalg.norm(one - camera.levels(scene, seen).mean(axis=(0, 1))) for one in levels]
    assert 0.5 < away[0] < away[1] < away[2]


def test_conductors_of_a_board_drift_with_the_film_they_lie_under(hand):
    cell = cell_of(hand.settings(surface="board"))
    scene = place_part(cell, hand.part("colour_drift", 15e-6), Noise(5))
    moved = scene.stage.base[2:5] / cell.base[2:5]
    assert np.abs(moved - 1.0).max() > 0.5
    np.testing.assert_allclose(scene.art.materials[1, :3] / cell.art.materials[1, :3], moved)
    np.testing.assert_array_equal(scene.art.materials[2:], cell.art.materials[2:])


def test_the_same_part_has_the_same_defect_for_every_camera_and_another_part_another(sample_of, hand):
    first, second = sample_of("scratch"), sample_of("scratch", name="other", light=hand.dome)
    assert first["mask"]["bytes"] == second["mask"]["bytes"]
    assert first["rgb"] == sample_of("scratch")["rgb"]
    assert first["mask"]["bytes"] != sample_of("scratch", number=1)["mask"]["bytes"]
    assert first["mask"]["bytes"] != sample_of("scratch", key=6)["mask"]["bytes"]


def test_a_missing_component_leaves_its_place_and_a_misplaced_one_stands_beside_it(sample_of):
    half = (0.03, 0.0225)
    tops = {round(one.top, 9) for one in layout_of(half).components}
    missing = sample_of("missing", resolution=[640, 480])
    height = (image(missing, "height").astype(float) - 32768.0) * HEIGHT_STEP
    hole = round(float(-height.min()), 7)
    assert any(abs(hole - top) < 1e-6 for top in tops)
    moved = sample_of("misplaced", size=1e-3, resolution=[640, 480])
    height = (image(moved, "height").astype(float) - 32768.0) * HEIGHT_STEP
    assert height.min() < -1e-4
    assert height.max() > 1e-4


def test_depth_is_the_camera_s_distance_to_the_part(sample_of):
    values = sample_of("", depth=True, tilt=0.2, fixture={"shift": 0.0, "turn": 0.0})
    depth = image(values, "depth")
    assert depth.dtype == np.float32
    assert depth[60, 80] == pytest.approx(0.3, abs=5e-4)


def test_a_board_seen_at_a_slant_hides_what_is_behind_a_tall_component(hand):
    scene = place_part(cell_of(hand.settings(surface="board", tilt=0.5)), hand.part(), Noise(5))
    seen = traced(scene.stage, 160, 120)
    rows = scene.stage.solids.rows
    sides = (seen.solid >= 0) & (seen.place[..., 2] < 0.98 * rows[np.maximum(seen.solid, 0), 7])
    assert sides.any(), "walls are seen from the side"


def test_pictures_of_a_recording_carry_cause_and_wear(hand):
    rows = [
        (3, 10.0, False, 0.0, "", ""),
        (4, 40.0, True, 8e-3, "tool#2", "scratch"),
        (5, 60.0, False, 0.0, "", ""),
    ]
    samples = list(observe(hand.recording(rows), hand.setup()))
    assert [one.t for one in samples] == [10.0, 40.0, 60.0]
    assert [one.values["is_defective"] for one in samples] == [False, True, False]
    assert samples[1].values["cause"] == "tool#2"
    assert samples[1].values["wear"] == pytest.approx(0.4)
    assert samples[0].values["wear"] is None
    declared = [column.name for column in columns(hand.setup().settings)]
    assert sorted(declared) == sorted(samples[0].values)
    thinned = list(observe(hand.recording(rows), hand.setup(one_in=2)))
    assert [one.values["part"] for one in thinned] == [3, 5]
    assert thinned[1].values["rgb"]["bytes"] == samples[2].values["rgb"]["bytes"]


def test_labels_can_be_left_out(sample_of):
    values = sample_of("dent", labels=Chosen("only", ("mask", "objects")))
    assert "mask" in values
    assert "objects" in values
    assert "instance" not in values
    assert "mask" not in sample_of("dent", labels=Chosen("none", {}))


def test_what_cannot_be_says_so(sample_of, hand):
    with pytest.raises(RunError, match="surface: board"):
        sample_of("missing", surface="painted")
    nowhere = SensorSetup("c", "inspection", "mill", np.eye(4), hand.settings(), np.empty(0), Noise(1))
    with pytest.raises(RunError, match="stands on a machine that inspects"):
        list(observe(hand.recording([]), nowhere))
