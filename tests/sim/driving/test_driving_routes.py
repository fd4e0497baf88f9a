"""What is refused about routes before anything is drawn, and at which line of the file."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from oddsmith.catalog import load_scenario
from sim.domains.driving.declaration import DOMAIN
from sim.errors import ScenarioError

CROSS: dict[str, Any] = {"intersection": {}}
MAP = {"opendrive": {"file": "a.xodr"}}
CHANGE = {"at": 1, "change_lane": {"to": 2}}
CAR = {"id": "car", "vehicle": "van", "route": {"from": "east", "to": "west", "before": 10.0}}


def car(**changes: Any) -> dict[str, Any]:
    return {key: value for key, value in {**CAR, **changes}.items() if value is not None}


@pytest.mark.parametrize(
    ("road", "ego", "item", "path", "words"),
    [
        (CROSS, {}, car(), "ego", "route is needed"),
        (CROSS, {"route": {}}, car(route=None), "actors.car", "route is needed"),
        ("street", {"route": {}}, car(lane=1, ahead=1.0, route=None), "ego.route", "nobody follows a route"),
        (CROSS, {"route": {}}, car(route={"to": "south"}), "actors.car.route.to", "back to the south"),
        (CROSS, {"route": {}}, car(route={"to": "west"}), "actors.car.route", "one of before"),
        (CROSS, {"route": {}}, car(ahead=3.0), "actors.car.ahead", "cannot stand together"),
        (CROSS, {"route": {}}, car(on="right_parking"), "actors.car.on", "no strips"),
        (CROSS, {"route": {}}, car(lane=2), "actors.car.lane", "lane 2 is not there"),
        (CROSS, {"route": {}}, car(do=[CHANGE]), "actors.car.do.0.change_lane", "yet"),
        (CROSS, {"route": {}}, car(driver="mobil"), "actors.car.driver", "mobil changes lanes"),
        ({"intersection": {"arms": 3}}, {"route": {"to": "north"}}, car(), "ego.route.to", "no arm north"),
        (
            {"intersection": {"control": {"signals": {"left": "protected"}}}},
            {"route": {}},
            car(),
            "road.intersection.control.signals.left",
            "needs left_lane",
        ),
        (CROSS, {"route": {"through": ["1:-1"]}}, car(), "ego.route.through", "for maps"),
        (MAP, {"route": {"through": ["1:-1"]}}, car(), "actors.car.route.from", "intersection"),
        (MAP, {"route": {}}, car(), "ego.route", "say the lanes it goes through"),
    ],
)
def test_faults_name_their_path(road: Any, ego: Any, item: Any, path: str, words: str) -> None:
    found = DOMAIN.check({"road": road, "ego": ego, "actors": [item]})
    assert any(where == path and words in message for where, message in found), found


def test_sound_routes_have_no_faults() -> None:
    world = {"road": CROSS, "ego": {"route": {"to": "east"}}, "actors": [car()]}
    assert list(DOMAIN.check(world)) == []
    through = {"route": {"through": ["1:-1"], "along": 5.0}}
    world = {"road": MAP, "ego": through, "actors": [{"id": "a", "vehicle": "van", **through}]}
    assert list(DOMAIN.check(world)) == []


@pytest.mark.parametrize(
    ("goal", "way", "line", "words"),
    [
        ("south", "east", 6, "it would go back to the south it comes from"),
        ("north", "estward", 10, "'estward'"),
    ],
)
def test_a_fault_stands_at_its_line(tmp_path: Path, goal: str, way: str, line: int, words: str) -> None:
    path = tmp_path / "wrong.yaml"
    path.write_text(
        "scenario: driving/wrong\nlanguage: 1\nduration: 5 s\nworld:\n  road: intersection\n"
        f"  ego: {{vehicle: sedan, route: {{from: south, to: {goal}}}}}\n"
        "  actors:\n    - id: other\n      vehicle: van\n"
        f"      route: {{from: west, to: {way}, before: 3 m}}\nevent: {{hit: 'collided(ego, other)'}}\n"
    )
    with pytest.raises(ScenarioError) as error:
        load_scenario(path)
    assert f"wrong.yaml:{line}:" in str(error.value)
    assert words in str(error.value)
