import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.integrate import solve_ivp
from scipy.linalg import expm

from renderers.signals.machine import machine_named
from renderers.signals.temperature import FRICTION, network_of, observe, powers_at
from renderers.signals.thermal import ThermalNetwork

CHAIN = ThermalNetwork((6000.0, 54000.0, 1800.0), (0.0, 15.0, 0.5), ((0, 1, 10.0), (1, 2, 2.0)))


def test_one_body_warms_up_exponentially():
    single = ThermalNetwork((2000.0,), (4.0,))
    times = np.array([0.0, 500.0, 1234.5, 5000.0])
    found = single.run(times, np.full((4, 1), 100.0), np.zeros(1))[:, 0]
    assert found == pytest.approx(25.0 * (1 - np.exp(-times / 500.0)), rel=1e-12)
    assert single.time_constants == pytest.approx([500.0])


def test_it_comes_to_rest_where_heat_in_is_heat_out():
    powers = np.array([400.0, 0.0, 30.0])
    steady = CHAIN.steady(powers)
    assert steady @ np.array([0.0, 15.0, 0.5]) == pytest.approx(430.0)
    long = CHAIN.run(np.array([0.0, 1e6]), np.tile(powers, (2, 1)), np.zeros(3))[-1]
    assert long == pytest.approx(steady, rel=1e-9)


def test_it_steps_by_the_matrix_exponential():
    start, dt = np.array([80.0, 30.0, 10.0]), 700.0
    matrix = -CHAIN.conductances / np.asarray(CHAIN.capacities)[:, None]
    found = CHAIN.run(np.array([0.0, dt]), np.zeros((2, 3)), start)[-1]
    assert found == pytest.approx(expm(matrix * dt) @ start, rel=1e-10)
    assert CHAIN.time_constants == pytest.approx(np.sort(-1 / np.linalg.eigvals(matrix).real)[::-1], rel=1e-9)


@given(st.lists(st.floats(0.1, 4000.0), min_size=1, max_size=6), st.integers(0, 1000))
def test_the_step_does_not_matter(gaps, seed):
    """However a ramp is cut into steps, the temperatures at its corners are the same."""
    rng = np.random.default_rng(seed)
    corners = np.concatenate([[0.0], np.cumsum(gaps)])
    powers = rng.uniform(0, 500, (len(corners), 3))
    fine = np.unique(np.concatenate([corners, np.linspace(0, corners[-1], 57)]))
    on_fine = np.stack([np.interp(fine, corners, powers[:, i]) for i in range(3)], axis=1)
    coarse = CHAIN.run(corners, powers, np.zeros(3))
    dense = CHAIN.run(fine, on_fine, np.zeros(3))
    assert dense[np.searchsorted(fine, corners)] == pytest.approx(coarse, rel=1e-8, abs=1e-8)


def test_it_agrees_with_a_solver_of_differential_equations():
    corners, powers = np.array([0.0, 900.0, 2500.0]), np.array([[0, 0, 0], [500, 0, 80], [100, 20, 0]], float)

    def slope(t, temperatures):
        power = [np.interp(t, corners, powers[:, i]) for i in range(3)]
        return (power - CHAIN.conductances @ temperatures) / CHAIN.capacities

    solved = solve_ivp(slope, (0, 2500), np.zeros(3), rtol=1e-9, atol=1e-9, max_step=50.0).y[:, -1]
    assert CHAIN.run(corners, powers, np.zeros(3))[-1] == pytest.approx(solved, rel=1e-6)


def test_a_motor_warms_up_by_what_its_user_says(plant, sensor, samples):
    """At rated load the windings end 80 K over the air, with time constants near those given."""
    setup = sensor("temperature", node="winding", window=36000.0, every=36000.0)
    start = ((0.0, 10.0, 10.001), (0.0, 0.0, 1.0))
    recording = plant({"m": ("motor", "", 0.0)}, load=start, duration=40000.0)
    x = samples(next(observe(recording, setup)).values) - 293.15
    assert x[-1] == pytest.approx(80.0 + 1.6, rel=0.01)  # the bearing heats the frame by 1.6 K
    network = network_of(setup.settings)
    assert network.time_constants[0] == pytest.approx(3600.0, rel=0.4)
    assert network.time_constants[-1] < 600.0
    half = np.searchsorted(x, 0.632 * x[-1])
    assert 600.0 < half < 3600.0


def test_a_damaged_bearing_runs_hot(plant, sensor, samples):
    def warmest(severity):
        recording = plant({"b": ("bearing", "outer_race", severity)})
        row = next(observe(recording, sensor("temperature"))).values
        return samples(row)[-1], row

    (good, _), (bad, row) = warmest(0.0), warmest(1.0)
    assert bad - good > 12.0 * FRICTION["bearing"]
    assert row["diagnosable"] is True
    assert warmest(0.05)[1]["diagnosable"] is False


def test_windows_do_not_depend_on_which_are_asked_for(plant, sensor):
    course = ((0.0, 5000.0, 20000.0, 20001.0, 50000.0), (1.0, 1.0, 0.3, 0.9, 0.9))
    recording = plant(
        {"b": ("bearing", "outer_race", ((0.0, 50000.0), (0.0, 1.0)))}, load=course, duration=60000.0
    )
    many = list(observe(recording, sensor("temperature", times=(0.0, 3600.0, 7200.0, 18000.0, 21600.0))))
    few = list(observe(recording, sensor("temperature", times=(18000.0, 21600.0))))
    for one, other in zip(many[-2:], few, strict=True):
        np.testing.assert_allclose(one.values["signal"], other.values["signal"], atol=1e-4)
    borders = [many[0].values["signal"][-1], many[1].values["signal"][0]]
    assert borders[1] == pytest.approx(borders[0], abs=0.05)


def test_heat_goes_with_the_square_of_the_load(plant, sensor):
    setup = sensor("temperature")
    powers = [
        powers_at(
            setup.settings, machine_named(plant({"m": ("motor", "", 0.0)}, load=load), "mill"), np.array([5.0])
        )[0]
        for load in (0.5, 1.0)
    ]
    assert powers[1][0] == pytest.approx(4 * powers[0][0])
