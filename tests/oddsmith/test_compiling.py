"""The renderer's kernels are compiled beside, once, and only where they are needed."""

from types import SimpleNamespace

import pytest

from oddsmith import compiling
from oddsmith.compiling import renderer_compiled_aside

CAMERA = SimpleNamespace(sensors={"front": SimpleNamespace(kind="camera")})
BOTH = SimpleNamespace(sensors={"front": SimpleNamespace(kind="camera"), "roof": SimpleNamespace(kind="lidar")})
NO_CAMERA = SimpleNamespace(sensors={"wheel": SimpleNamespace(kind="odometry")})


@pytest.fixture
def started(monkeypatch):
    """What was done with processes, in order; none is really started."""
    done = []

    class Process:
        def __init__(self, target, args, daemon):
            done.append((target.__name__, *args, daemon))

        def __getattr__(self, name):
            return lambda: done.append(name)

    monkeypatch.setattr(compiling, "get_context", lambda how: SimpleNamespace(Process=Process))
    return done


def test_a_first_run_compiles_them_while_the_block_runs(started, monkeypatch):
    monkeypatch.setattr(compiling, "_is_compiled", lambda *where: False)
    with renderer_compiled_aside(CAMERA):
        assert started == [("_compile", "camera", True), "start"]
    assert started[2:] == ["join"]


def test_each_kind_has_a_process_of_its_own(started, monkeypatch):
    monkeypatch.setattr(compiling, "_is_compiled", lambda *where: False)
    with renderer_compiled_aside(BOTH):
        assert started[:2] == [("_compile", "camera", True), ("_compile", "lidar", True)]
    assert started[2:] == ["start", "start", "join", "join"]


def test_only_what_is_missing_is_compiled(started, monkeypatch):
    monkeypatch.setattr(compiling, "_is_compiled", lambda folder, pattern: folder == "raster")
    with renderer_compiled_aside(BOTH):
        assert started[0] == ("_compile", "lidar", True)


def test_a_block_that_fails_ends_it(started, monkeypatch):
    monkeypatch.setattr(compiling, "_is_compiled", lambda *where: False)
    with pytest.raises(KeyboardInterrupt), renderer_compiled_aside(CAMERA):
        raise KeyboardInterrupt
    assert started[2:] == ["kill", "join"]


@pytest.mark.parametrize(("scenario", "is_done"), [(CAMERA, True), (NO_CAMERA, False)])
def test_nothing_is_started_where_nothing_is_to_be_done(started, monkeypatch, scenario, is_done):
    monkeypatch.setattr(compiling, "_is_compiled", lambda *where: is_done)
    with renderer_compiled_aside(scenario):
        pass
    assert started == []


def test_the_process_compiles(monkeypatch):
    from renderers import warming

    done = []
    monkeypatch.setattr(warming, "compile_kernels", lambda: done.append("compiled"))
    monkeypatch.setattr(compiling.signal, "signal", lambda *what: done.append(what))
    monkeypatch.setattr(warming, "compile_lidar", lambda: done.append("lidar"))
    compiling._compile("lidar")
    compiling._compile("camera")
    ignored = (compiling.signal.SIGINT, compiling.signal.SIG_IGN)
    assert done == [ignored, "lidar", ignored, "compiled"]
