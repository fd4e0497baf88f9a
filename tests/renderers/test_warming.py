"""A small frame compiles everything that real ones need."""

from importlib import import_module
from pathlib import Path

from numba.core.dispatcher import Dispatcher

import renderers
from oddsmith import load_scenario
from oddsmith.observing import sensor_setup
from renderers.camera.sensor import Camera
from renderers.lidar.sensor import Lidar
from renderers.radar.sensor import RadarSensor
from renderers.warming import compile_kernels, compile_lidar, compile_radar
from sim.episode import record

ROOT = Path(renderers.__file__).parent


def compiled():
    """Return name of kernel -> the argument types it was compiled or loaded for."""
    names = [
        ".".join(("renderers", *path.relative_to(ROOT).with_suffix("").parts)) for path in ROOT.rglob("*.py")
    ]
    modules = [import_module(name) for name in sorted(names) if not name.endswith("__init__")]
    return {
        f"{module.__name__}.{name}": tuple(kernel.signatures)
        for module in modules
        for name, kernel in sorted(vars(module).items())
        if isinstance(kernel, Dispatcher)
    }


def test_after_the_small_frame_a_real_one_compiles_nothing():
    compile_kernels()
    before = compiled()
    assert sum(bool(signatures) for signatures in before.values()) > 15
    scenario = load_scenario("driving/cut_in", {"sensors.front.camera.resolution": "[160, 120]"})
    recording = record(scenario, scenario.nominal(1, 0))
    setup = sensor_setup(scenario, "front", recording)
    Camera(recording, setup).sample(0, float(setup.times[0]))
    assert compiled() == before


def test_after_the_small_turn_a_real_one_compiles_nothing():
    compile_lidar()
    before = compiled()
    scenario = load_scenario("driving/occluded_child_lidar", {"sensors.roof.lidar.columns": "90"})
    recording = record(scenario, scenario.nominal(1, 0))
    setup = sensor_setup(scenario, "roof", recording)
    Lidar(recording, setup).sample(0, float(setup.times[0]))
    assert compiled() == before


def test_after_the_small_sweep_a_real_one_compiles_nothing():
    compile_radar()
    before = compiled()
    front = "{radar: {}, on: ego, at: {x: 2.2 m, z: 0.5 m}}"
    scenario = load_scenario("driving/stopped_lead", {"sensors.front": front})
    recording = record(scenario, scenario.nominal(1, 0))
    setup = sensor_setup(scenario, "front", recording)
    RadarSensor(recording, setup).sample(0, float(setup.times[0]))
    assert compiled() == before
