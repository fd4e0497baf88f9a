"""Speed of the driving domain: episodes scored per second, and vehicle steps per second in dense traffic.

    python benchmarks/driving.py

Prints, per core and after warm-up: scored episodes/s of the bundled scenarios (parameters drawn and resolved,
the world run, every event and contact evaluated), and vehicle steps/s with 50 vehicles on three lanes, all
checked for touching at every step: IDM followers, and human drivers, who also wander in speed and lane and
watch for surprises; and the seconds that reading 5 MB of OpenDRIVE takes. Yardsticks on the same machine:
Scenic's newtonian simulator 3.6 simulations/s (two cars, 8 s at 10 Hz), highway-env 2,760 vehicle steps/s.
"""

from __future__ import annotations

import argparse
import time
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from oddsmith.catalog import bundled_scenarios, load_scenario
from sim.domains.base import Setup
from sim.domains.driving.maps.opendrive import read_map
from sim.domains.driving.world import World
from sim.episode import score
from sim.fields import Chosen
from sim.noise import Noise

LANES = 3
HUMAN: dict[str, Any] = {
    "desired_speed": 33.0, "headway": 1.2, "standstill_gap": 2.0, "acceleration": 1.4, "deceleration": 2.0,
    "reaction": 1.0, "speed_wander": 0.4, "lateral_wander": 0.2,
}  # fmt: skip
WANDERING = ("reaction", "speed_wander", "lateral_wander")


def score_rate(name: str, episodes: int) -> float:
    scenario = load_scenario(name)
    score(scenario, scenario.nominal(0, 0))
    began = time.perf_counter()
    for draw in scenario.nominal_batch(1, 0, episodes):
        score(scenario, draw)
    return episodes / (time.perf_counter() - began)


def traffic(vehicles: int, driver: Chosen) -> dict[str, Any]:
    """Return a dense highway: one car every 30 m in each of three lanes."""

    def car(k: int) -> dict[str, Any]:
        place = {"lane": 1 + k % LANES, "on": None, "offset": 0.0, "behind": None, "of": "ego"}
        kind = {"vehicle": "sedan", "pedestrian": None, "static": None}
        motion = {"speed": 25.0, "driver": driver, "do": ()}
        return {"id": f"car_{k}", **kind, **place, **motion, "ahead": 10.0 + 30.0 * (k // LANES)}

    road = {
        "lanes": LANES,
        "lane_width": 3.5,
        "shoulder": 2.5,
        "alignment": (),
        "surface": "dry",
        "friction": None,
    }
    ego = {"vehicle": "sedan", "lane": 2, "offset": 0.0, "speed": 25.0, "driver": driver, "do": ()}
    return {
        "road": Chosen("highway", road),
        "weather": "clear",
        "light": {"sun_elevation": 0.7, "sun_azimuth": 0.8},
        "ego": ego,
        "actors": tuple(car(k) for k in range(vehicles - 1)),
        "surroundings": None,
        "scenery": {"density": 0.6},
        "dt": 0.01,
    }


def traffic_rate(vehicles: int, driver: Chosen, duration: float) -> float:
    values = traffic(vehicles, driver)
    best = 0.0
    for seed in range(4):
        world = World(Setup(duration, values, Noise(seed)))
        began = time.perf_counter()
        world.clock.run(duration)
        rate = vehicles * round(world.clock.now / world.dt) / (time.perf_counter() - began)
        best = max(best, rate) if seed else 0.0  # the first run compiles
    return best


CROSSING = """
scenario: driving/crossing
language: 1
duration: 12 s
world:
  road: {{intersection: {{control: {{signals: {{shift: {{uniform: [0 s, 60 s]}}}}}}}}}}
  ego: {{vehicle: sedan, speed: 45 km/h, driver: acc_aeb, route: {{from: south, to: west, before: 30 m}}}}
  actors:
{actors}
event: {{collision: "collided(ego, car_0)", near_miss: "eventually(ttc(ego, car_0) < 1 s)"}}
"""
ARMS = ("north", "east", "south", "west")


def crossing_rate(vehicles: int, episodes: int) -> float:
    """Return episodes/s scored at a signalised intersection, every arm with its share of vehicles."""
    actors = []
    for k in range(vehicles - 1):
        origin, goal = ARMS[k % 4], ARMS[(k % 4 + 1 + k // 4 % 3) % 4]
        before = 25 * (k // 4) + (55 if origin == "south" else 20)
        way = f"{{from: {origin}, to: {goal}, before: {{uniform: [{before} m, {before + 10} m]}}}}"
        who = f"vehicle: sedan, speed: 40 km/h, driver: {('idm', 'human')[k % 2]}"
        actors.append(f"    - {{id: car_{k}, {who}, route: {way}}}")
    with TemporaryDirectory() as folder:
        path = Path(folder, "crossing.yaml")
        path.write_text(CROSSING.format(actors="\n".join(actors)))
        scenario = load_scenario(path)
    score(scenario, scenario.nominal(0, 0))
    began = time.perf_counter()
    for draw in scenario.nominal_batch(1, 0, episodes):
        score(scenario, draw)
    return episodes / (time.perf_counter() - began)


MAP_ROAD = """<road id="{k}" length="90" junction="-1"><planView>
<geometry s="0" x="{x}" y="0" hdg="0" length="90"><spiral curvStart="0" curvEnd="0.01"/></geometry></planView>
<lanes><laneSection s="0"><center><lane id="0" type="none"/></center><right>{lanes}</right></laneSection>
</lanes></road>
"""
MAP_LANE = """<lane id="-{n}" type="driving"><link><successor id="-{n}"/></link>
<width sOffset="0" a="3" b="0" c="0" d="0"/><width sOffset="30" a="3.1" b="0" c="0" d="0"/></lane>"""


def map_seconds() -> tuple[float, float]:
    """Return the size of a map of clothoids [MB] and the seconds that reading it takes."""
    lanes = "".join(MAP_LANE.format(n=n) for n in range(1, 5))
    roads = "".join(MAP_ROAD.format(k=k, x=100.0 * k, lanes=lanes) for k in range(5500))
    with TemporaryDirectory() as folder:
        path = Path(folder, "map.xodr")
        path.write_text(f'<OpenDRIVE><header revMajor="1" revMinor="6"/>{roads}</OpenDRIVE>')
        began = time.perf_counter()
        read_map(path)
        return path.stat().st_size / 1e6, time.perf_counter() - began


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--episodes", type=int, default=1000)
    options.add_argument("--vehicles", type=int, default=50)
    chosen = options.parse_args()
    for name in sorted(bundled_scenarios()):
        if name.startswith("driving/"):
            print(f"{name:<26} {score_rate(name, chosen.episodes):8.0f} episodes/s scored per core")
    rate = crossing_rate(12, chosen.episodes)
    print(f"{'12 vehicles, 4 arms, 12 s':<26} {rate:8.0f} episodes/s scored per core")
    print("{:.1f} MB of OpenDRIVE        {:8.2f} s to read".format(*map_seconds()))
    following = {key: value for key, value in HUMAN.items() if key not in WANDERING}
    for driver in (Chosen("idm", following), Chosen("human", HUMAN)):
        rate = traffic_rate(chosen.vehicles, driver, 30.0) / 1e6
        print(f"{chosen.vehicles} vehicles, {driver.kind:<13} {rate:8.2f} M vehicle steps/s per core")


if __name__ == "__main__":
    main()
