"""Croissant for the columns that are not plain: images, lists, lists of structs."""

import io
import json
from hashlib import sha256

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from PIL import Image

from oddsmith.croissant import croissant
from oddsmith.receipts import StoredFile

IMAGE = pa.struct([("bytes", pa.binary()), ("path", pa.string())])
OBJECT = pa.struct(
    [
        ("name", pa.string()),
        ("bbox", pa.list_(pa.float32())),
        ("box3d", pa.struct([("center", pa.list_(pa.float64())), ("yaw", pa.float64())])),
    ]
)
SCHEMA = pa.schema(
    [
        pa.field("episode_id", pa.string(), metadata={"role": "key", "doc": "episode this row belongs to"}),
        pa.field("sample", pa.int32(), metadata={"role": "key"}),
        pa.field("rgb", IMAGE),
        pa.field("K", pa.list_(pa.float64(), 4)),
        pa.field("objects", pa.list_(OBJECT)),
    ]
)
BOX = {"center": [1.0, 2.0, 3.0], "yaw": 0.5}


@pytest.fixture
def described(tmp_path):
    """A folder with one table and its description."""
    file = tmp_path / "front" / "00000.parquet"
    file.parent.mkdir()
    picture = io.BytesIO()
    Image.new("RGB", (4, 3), (10, 200, 30)).save(picture, "PNG")
    row = {"episode_id": "a", "sample": 0, "K": [1.0, 0.0, 0.0, 1.0]}
    row["rgb"] = {"bytes": picture.getvalue(), "path": "a/0.png"}
    row["objects"] = [
        {"name": "ego", "bbox": [0.0, 0.0, 2.0, 2.0], "box3d": BOX},
        {"name": "van", "bbox": [1.0, 0.0, 2.0, 3.0], "box3d": BOX | {"yaw": 0.0}},
    ]
    pq.write_table(pa.Table.from_pylist([row, {**row, "sample": 1, "objects": []}], SCHEMA), file)
    raw = file.read_bytes()
    stored = StoredFile("front/00000.parquet", "front", 0, 2, len(raw), sha256(raw).hexdigest())
    data = croissant(name="toy/roll", about="A roll.", files=[stored], schemas={"front": SCHEMA})
    (tmp_path / "croissant.json").write_text(json.dumps(data))
    return tmp_path


def fields(folder):
    (records,) = json.loads((folder / "croissant.json").read_text())["recordSet"]
    return {field["@id"].partition("/")[2]: field for field in records["field"]}


def test_an_image_is_the_bytes_of_its_struct(described):
    assert fields(described)["rgb"]["dataType"] == "sc:ImageObject"
    assert fields(described)["rgb"]["source"]["transform"] == {"jsonPath": "bytes"}


def test_structs_are_taken_apart(described):
    objects = fields(described)["objects"]
    assert objects["repeated"] is True
    assert {part["source"]["transform"]["jsonPath"]: part["dataType"] for part in objects["subField"]} == {
        "name": "sc:Text",
        "bbox": "sc:Float",
        "box3d.center": "sc:Float",
        "box3d.yaw": "sc:Float",
    }


@pytest.mark.filterwarnings("ignore")  # not ours
def test_the_official_reader_decodes_them(described):
    """Runs where mlcroissant is installed: `pip install mlcroissant`."""
    mlcroissant = pytest.importorskip("mlcroissant")
    found = mlcroissant.Dataset(jsonld=described / "croissant.json")
    assert found.metadata.ctx.issues.errors == set()
    first, second = found.records("front")
    assert first["front/rgb"].getpixel((0, 0)) == (10, 200, 30)
    assert first["front/K"] == [1.0, 0.0, 0.0, 1.0]
    assert [one["front/objects/name"] for one in first["front/objects"]] == [b"ego", b"van"]
    assert [one["front/objects/box3d.yaw"] for one in first["front/objects"]] == [0.5, 0.0]
    assert first["front/objects"][1]["front/objects/bbox"] == [1.0, 0.0, 2.0, 3.0]
    assert second["front/objects"] == []
