import numpy as np

from oddsmith.colouring import (
    colour_of,
    coloured_classes,
    coloured_depth,
    coloured_flow,
    coloured_instances,
    coloured_normals,
)


def test_instances_keep_their_colour_in_every_picture():
    rgb = np.full((4, 6, 3), 128, np.uint8)
    one, other = np.zeros((4, 6), np.uint16), np.zeros((4, 6), np.uint16)
    one[1, 1], other[2, 3], other[0, 0] = 9, 9, 200
    np.testing.assert_array_equal(coloured_instances(one, rgb)[1, 1], coloured_instances(other, rgb)[2, 3])


def test_neighbouring_ids_have_distant_colours():
    colours = np.array([colour_of(i) for i in range(1, 40)], float)
    steps = np.linalg.norm(np.diff(colours, axis=0), axis=1)
    assert steps.min() > 100


def test_depth_is_red_when_near_blue_when_far_and_black_where_there_is_none():
    picture = coloured_depth(np.array([[2.0, 150.0, np.nan, 1e6]])).astype(int)
    near, far, none, beyond = picture[0]
    assert near[0] > near[2]
    assert far[2] > far[0]
    assert (none == 0).all()
    assert (beyond == far).all()


def test_classes_have_the_colours_people_know_and_unknown_ones_some():
    picture = coloured_classes(np.array([[0, 1, 2, 5]], np.uint8), ["road", "quark"])
    assert tuple(picture[0, 1]) == (128, 64, 128)
    assert len({tuple(pixel) for pixel in picture[0]}) == 4


def test_a_surface_facing_the_camera_is_the_blue_of_normal_maps():
    normals = np.array([[[0.0, 0.0, -1.0], [np.nan] * 3]])
    picture = coloured_normals(normals)
    assert tuple(picture[0, 0]) == (127, 127, 255)
    assert tuple(picture[0, 1]) == (0, 0, 0)


def test_opposite_motions_have_opposite_hues_and_unknown_is_black():
    flow = np.array([[[3.0, 0.0], [-3.0, 0.0], [0.0, 0.0], [np.nan, np.nan]]])
    right, left, still, unknown = coloured_flow(flow)[0].astype(int)
    assert tuple(right + left) == (255, 255, 255)
    assert tuple(still) == (255, 255, 255)
    assert tuple(unknown) == (0, 0, 0)
