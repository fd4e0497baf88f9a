import shutil

import numpy as np
import pytest
from PIL import Image

from oddsmith.colouring import coloured_depth
from oddsmith.contact_sheet import PANELS, panel
from oddsmith.dataset import Dataset
from oddsmith.errors import DatasetError
from oddsmith.pictures.cameras import telling
from oddsmith.preview import Wish, preview_dataset


def test_the_sheet_has_a_row_per_episode_with_the_event(hand_made, tmp_path):
    made = preview_dataset(Dataset(hand_made.path), tmp_path / "look")
    assert made.shown == tuple(i for i, hit in zip(hand_made.ids, hand_made.collided, strict=True) if hit)
    with Image.open(made.files[0]) as sheet:
        wide, high = sheet.size
    assert wide == 4 * 410 + 10
    assert high == 108 + 2 * (round(400 * 40 / 56) + 42)


def test_the_animation_has_the_frames_of_the_first_episode_at_their_rate(hand_made, tmp_path):
    made = preview_dataset(Dataset(hand_made.path), tmp_path)
    with Image.open(made.files[1]) as animation:
        assert animation.n_frames == 3
        assert animation.info["duration"] == 100
        assert animation.size == (640, 2 * round(320 * 40 / 56))


def test_one_episode_is_shown_over_time(hand_made, tmp_path):
    made = preview_dataset(Dataset(hand_made.path), tmp_path, Wish(episode_id=hand_made.ids[4], rows=2))
    assert made.shown == (hand_made.ids[4],)
    with Image.open(made.files[0]) as sheet:
        assert sheet.size[1] == 108 + 2 * (round(400 * 40 / 56) + 42)


@pytest.mark.parametrize(
    ("labelled", "times"),
    [
        ((), [1.0, 4.0, 6.0]),
        ((1, 2, 4), [1.0, 2.0, 4.0]),
        ((0, 1, 2, 3, 4, 5), [1.0, 3.0, 5.0]),
        ((4,), [2.0, 4.0, 6.0]),
    ],
)
def test_moments_are_those_at_which_something_is_seen(labelled, times):
    every = [float(t) for t in range(7)]
    assert telling(every, [k in labelled for k in range(7)], 3) == times


def test_what_cannot_be_shown_is_named(hand_made, tmp_path):
    dataset = Dataset(hand_made.path)
    with pytest.raises(DatasetError, match="no camera 'rear'; it has front"):
        preview_dataset(dataset, tmp_path, Wish(sensor="rear"))
    with pytest.raises(DatasetError, match="no event 'crash'"):
        preview_dataset(dataset, tmp_path, Wish(event="crash"))
    copy = tmp_path / "copy"
    shutil.copytree(hand_made.path, copy, ignore=shutil.ignore_patterns("front", "manifest.json"))
    with pytest.raises(DatasetError, match="nothing that can be shown"):
        preview_dataset(Dataset(copy), tmp_path)


def test_panels_show_what_their_names_say(hand_made):
    frame = next(Dataset(hand_made.path).frames("front"))
    truth = hand_made.truth[frame.episode.id, 0]
    np.testing.assert_array_equal(panel("rgb", frame, ()), truth["rgb"])
    np.testing.assert_array_equal(panel("depth", frame, ()), coloured_depth(truth["depth"]))
    for name in PANELS:
        if name in frame:
            assert panel(name, frame, ("road", "person", "car")).shape == truth["rgb"].shape
