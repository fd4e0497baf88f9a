"""Colours that stray, for domain randomization: only colours, by their own draw, and never a label."""

import numpy as np

from renderers.assets.materials import Column
from renderers.camera.stage import Stage
from sim.scene import Recolouring, Scene, Shape

CAR = Shape("vehicle", (4.4, 1.8, 1.5), {"style": "hatchback", "seed": 1})
TREE = Shape("tree", (4.0, 4.0, 7.0), {"seed": 3})


def scene(recolouring=None, *, more=False):
    out = Scene(("plant", "car"), recolouring=recolouring)
    if more:
        out.add("other", category="car", shape=Shape("vehicle", (4.6, 1.9, 1.6), {"style": "suv", "seed": 2}))
    out.add("car", category="car", shape=CAR, pose=(12.0, 1.0, 0.0, 0, 0, 0, 1))
    out.add("tree", category="plant", shape=TREE, pose=(16.0, -3.0, 0.0, 0, 0, 0, 1), labelled=False)
    return out


def materials(*arguments, **keywords):
    return Stage.of(scene(*arguments, **keywords)).geometry.materials


def test_nothing_changes_by_default():
    np.testing.assert_array_equal(materials(), materials(Recolouring(0.0, 7)))


def test_surfaces_take_any_colour_and_lamps_keep_theirs():
    natural, drawn = materials(), materials(Recolouring(1.0, 7))
    lamps = natural[:, Column.LAMP] > 0.0
    np.testing.assert_array_equal(drawn[lamps], natural[lamps])
    np.testing.assert_array_equal(drawn[:, 3:], natural[:, 3:])
    colours = drawn[~lamps, :3]
    assert (colours >= 0.0).all()
    assert (colours <= 1.0).all()
    assert 0.4 < np.mean(colours ** (1 / 2.2)) < 0.6


def test_a_share_lies_between():
    natural, half, whole = (materials(Recolouring(share, 7))[:, :3] for share in (0.0, 0.5, 1.0))
    np.testing.assert_allclose(half, (natural + whole) / 2, atol=1e-6)


def test_each_seed_draws_its_own_and_a_body_more_changes_no_other():
    a, b = materials(Recolouring(1.0, 7)), materials(Recolouring(1.0, 8))
    assert not np.allclose(a[:, :3], b[:, :3])
    more = materials(Recolouring(1.0, 7), more=True)
    np.testing.assert_array_equal(more[-len(a) :, :3], a[:, :3])


def test_the_coarse_meshes_of_a_tree_have_its_colours():
    stage = Stage.of(scene(Recolouring(1.0, 7)))
    faces = stage.face_ranges[:, 1]
    rows = [stage.geometry.materials[stage.geometry.face_material[low:high]][:, :3] for low, high in faces]
    full, *coarse = ({tuple(colour) for colour in colours.tolist()} for colours in rows)
    assert len(full) == 2
    assert all(colours <= full for colours in coarse)


def test_labels_are_those_of_natural_colours(look):
    pictures, depths = [], []
    for share in (0.0, 1.0):
        camera = look(scene(Recolouring(share, 5)))
        out = camera.gbuffer(0.0)
        depths.append((out.depth.copy(), out.instance.copy(), out.normals.copy()))
        pictures.append(camera.picture(0, 0.0))
    for one, other in zip(*depths, strict=True):
        np.testing.assert_array_equal(one, other)
    assert not np.array_equal(*pictures)
