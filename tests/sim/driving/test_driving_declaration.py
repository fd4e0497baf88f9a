"""What the driving domain refuses, and which entities it finds, before anything is drawn."""

from __future__ import annotations

import pytest

from sim.domains.driving.declaration import DOMAIN
from sim.domains.driving.small_bodies import ANIMALS, DEBRIS, TWO_WHEELERS
from sim.domains.driving.vehicles import PEDESTRIANS, STATICS, VEHICLES
from sim.domains.driving.world_fields import ANIMALS as ANIMAL_WORDS
from sim.domains.driving.world_fields import PEDESTRIANS as PEDESTRIAN_WORDS
from sim.domains.driving.world_fields import STATICS as STATIC_WORDS
from sim.domains.driving.world_fields import VEHICLES as VEHICLE_WORDS


def test_every_word_has_a_body():
    assert set(VEHICLE_WORDS) == {*VEHICLES, *TWO_WHEELERS}
    assert set(PEDESTRIAN_WORDS) == set(PEDESTRIANS)
    assert set(ANIMAL_WORDS) == set(ANIMALS)
    assert set(STATIC_WORDS) == {*STATICS, *DEBRIS}
    for table in (VEHICLES, TWO_WHEELERS, PEDESTRIANS, ANIMALS, STATICS, DEBRIS):
        assert {body.category for body in table.values()} <= set(DOMAIN.categories)


@pytest.mark.parametrize("vehicle", ["bicycle", "e_scooter", "motorcycle"])
def test_two_wheelers_may_cross_the_road(vehicle):
    item = {"id": "x", "vehicle": vehicle, "do": [{"at": 1, "cross": {}}], **PLACED}
    assert DOMAIN.check({"road": {"street": {}}, "actors": [item]}) == []


def test_entities_are_ego_the_actors_and_each_of_a_count():
    world = {"actors": [{"id": "a", "vehicle": "van"}, {"id": "p", "pedestrian": "adult", "count": 2}]}
    found = [(entity.id, entity.category) for entity in DOMAIN.entities(world)]
    assert found == [("ego", "vehicle"), ("a", "vehicle"), ("p_0", "pedestrian"), ("p_1", "pedestrian")]


PLACED = {"lane": 1, "ahead": 10.0}


@pytest.mark.parametrize(
    ("world", "path", "words"),
    [
        ({"actors": [{"id": "x", **PLACED}]}, "actors.x", "vehicle, pedestrian, animal, static, asset"),
        ({"actors": [{"id": "x", "static": "cone", "ahead": 3.0}]}, "actors.x", "lane and on"),
        ({"actors": [{"id": "x", "static": "cone", "lane": 1}]}, "actors.x", "ahead and behind"),
        ({"actors": [{"id": "x", "static": "cone", "speed": 3.0, **PLACED}]}, "actors.x.speed", "not move"),
        ({"actors": [{"id": "x", "pedestrian": "child", "driver": "idm", **PLACED}]}, "actors.x.driver", "no"),
        ({"actors": [{"id": "x", "static": "cone", "on": "left_parking", "ahead": 1}]}, "actors.x.on", "only"),
        ({"ego": {"do": [{"at": 1, "cross": {}}]}}, "ego.do.0.cross", "and two-wheelers"),
        ({"actors": [{"id": "x", "pedestrian": "adult", "do": [{"at": 1, "change_lane": {}}], **PLACED}]},
         "actors.x.do.0.change_lane", "for vehicles"),
        ({"road": {"highway": {"lanes": 2}}, "ego": {"lane": 3}}, "ego.lane", "the road has 2"),
        ({"ego": {"do": [{"at": 1, "change_lane": {"to": 4}}]}}, "ego.do.0.change_lane.to", "3"),
        ({"actors": [{"id": "x", "vehicle": "van", "of": "x", **PLACED}]}, "actors.x.of", "from itself"),
    ],
)  # fmt: skip
def test_faults_name_their_path(world, path, words):
    faults = dict(DOMAIN.check({"road": {"highway": {}}, **world}))
    assert words in faults[path]


def test_a_sound_world_has_no_faults():
    world = {
        "road": {"street": {"lanes": 1, "oncoming_lanes": 1}},
        "ego": {"lane": 1},
        "actors": [
            {"id": "a", "vehicle": "van", "lane": 2, "ahead": 30},
            {"id": "b", "static": "cone", "lane": 1, "of": "a", "behind": 3},
        ],
    }
    assert DOMAIN.check(world) == []
