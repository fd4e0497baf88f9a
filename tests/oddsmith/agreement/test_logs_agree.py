"""Logs of MCAP hold what the dataset holds, and lie in the world where other formats say."""

import base64
import json

import jsonschema
import numpy as np
import pytest
from mcap.reader import make_reader
from scipy.spatial.transform import Rotation

from oddsmith.clouds import point_cloud, untwisted
from oddsmith.detections import detections


def logged(exports, episode):
    """Return (topic -> [(t, message)], metadata) of an episode's log; messages are checked by their schemas."""
    found, facts = {}, {}
    with (exports["mcap"] / f"{episode.id}.mcap").open("rb") as file:
        reader = make_reader(file)
        for schema, channel, message in reader.iter_messages():
            content = json.loads(message.data)
            jsonschema.validate(content, json.loads(schema.data))
            stamp = content.get("timestamp") or (content["entities"] or [{}])[0].get("timestamp")
            if stamp:
                assert stamp["sec"] * 10**9 + stamp["nsec"] == message.log_time
            found.setdefault((channel.topic, schema.name), []).append((message.log_time / 1e9, content))
        for record in reader.iter_metadata():
            facts[record.name] = record.metadata
    return found, facts["oddsmith"]


def unpacked(cloud):
    """Return the points of a cloud's message, by the fields that it names."""
    kinds = {7: "<f4", 3: "<u2"}
    layout = {
        "names": [field["name"] for field in cloud["fields"]],
        "formats": [kinds[field["type"]] for field in cloud["fields"]],
        "offsets": [field["offset"] for field in cloud["fields"]],
        "itemsize": cloud["point_stride"],
    }
    return np.frombuffer(base64.b64decode(cloud["data"]), np.dtype(layout))


def test_a_log_holds_what_the_dataset_holds(dataset, exports):
    for episode in dataset.episodes():
        found, facts = logged(exports, episode)
        assert facts["episode_id"] == episode.id
        assert float(facts["weight"]) == episode.weight
        assert json.loads(facts["events"]) == episode.events
        pictures = found["/front/image", "foxglove.CompressedImage"]
        frames = list(episode.frames("front"))
        assert [t for t, _ in pictures] == pytest.approx([frame.t for frame in frames])
        for (_, picture), frame in zip(pictures, frames, strict=True):
            assert base64.b64decode(picture["data"]) == frame.stored["rgb"]["bytes"]
            assert picture["format"] == "jpeg"
        clouds = found["/roof/points", "foxglove.PointCloud"]
        for (_, cloud), turn in zip(clouds, episode.frames("roof"), strict=True):
            points = unpacked(cloud)
            truth = point_cloud(turn)
            np.testing.assert_array_equal(points["instance"], truth["instance"])
            xyz = np.stack([points[axis] for axis in "xyz"], axis=1)
            np.testing.assert_allclose(xyz, untwisted(turn, truth), atol=1e-4)
        swept = found["/bumper/detections", "foxglove.PointCloud"]
        for (_, cloud), sweep in zip(swept, episode.frames("bumper"), strict=True):
            points, truth = unpacked(cloud), detections(sweep)
            for field in ("x", "y", "radial_velocity", "over_ground", "rcs", "snr", "instance"):
                np.testing.assert_array_equal(points[field], truth[field])


def test_boxes_of_a_log_lie_in_the_world_where_those_of_nuscenes_do(dataset, exports, nuscenes):
    checked = 0
    for episode in dataset.episodes():
        found, _ = logged(exports, episode)
        frames = {
            (t, content["child_frame_id"]): content for t, content in found["/tf", "foxglove.FrameTransform"]
        }
        samples = [row for row in nuscenes.tables["sample"]
                   if nuscenes.rows("scene")[row["scene_token"]]["name"] == episode.id]  # fmt: skip
        for (t, update), sample in zip(found["/front/objects", "foxglove.SceneUpdate"], samples, strict=True):
            tf = frames[t, "front"]
            turn = Rotation.from_quat([tf["rotation"][k] for k in "xyzw"])
            for entity in update["entities"]:
                name = {entry["key"]: entry["value"] for entry in entity["metadata"]}["name"]
                (cube,) = entity["cubes"]
                place = turn.apply([cube["pose"]["position"][k] for k in "xyz"])
                place += [tf["translation"][k] for k in "xyz"]
                for other, T, (w, length, h), _ in nuscenes.boxes(sample["token"]):
                    if other == name:
                        np.testing.assert_allclose(place, T[:3, 3], atol=1e-4)
                        assert [cube["size"][k] for k in "xyz"] == [length, w, h]
                        checked += 1
    assert checked >= 10
