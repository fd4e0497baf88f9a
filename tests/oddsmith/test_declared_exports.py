import json
import shutil

import pytest

from oddsmith.declared_exports import export_declared
from oddsmith.errors import DatasetError


@pytest.fixture
def declaring(hand_made, tmp_path):
    """A dataset whose scenario says `export: [coco]`."""
    folder = tmp_path / "dataset"
    shutil.copytree(hand_made.path, folder)
    manifest = json.loads((folder / "manifest.json").read_text())
    (folder / "manifest.json").write_text(json.dumps({**manifest, "export": ["coco"]}))
    return folder


def test_the_named_formats_stand_beside_the_dataset(declaring):
    (coco,) = export_declared(declaring)
    assert coco == declaring / "exports" / "coco"
    assert (coco / "weights.csv").is_file()
    assert [path.name for path in (declaring / "exports").iterdir()] == ["coco"]


def test_what_is_there_is_not_written_again(declaring):
    (coco,) = export_declared(declaring)
    (coco / "mine.txt").write_text("kept")
    assert export_declared(declaring) == (coco,)
    assert (coco / "mine.txt").read_text() == "kept"


def test_an_export_that_was_cut_off_is_begun_anew(declaring):
    cut_off = declaring / "exports" / ".coco.unfinished"
    cut_off.mkdir(parents=True)
    (cut_off / "half.json").write_text("{")
    (coco,) = export_declared(declaring)
    assert not (coco / "half.json").exists()
    assert not cut_off.exists()


def test_a_dataset_that_names_none_gets_none(hand_made):
    assert export_declared(hand_made.path) == ()
    assert not (hand_made.path / "exports").exists()


def test_a_format_that_cannot_be_written_leaves_nothing_behind_under_its_name(declaring):
    shutil.rmtree(declaring / "front")
    with pytest.raises(DatasetError, match="no camera"):
        export_declared(declaring)
    assert not (declaring / "exports" / "coco").exists()
