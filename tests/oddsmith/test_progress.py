import io

from oddsmith.commands.progress import Bars, PlainLines, Silence, progress_teller
from oddsmith.progress import Progress


def report(stage, done, total=None, *, unit="calls", events=0, note="", phase="", rate=None):
    return Progress(stage, done, total, unit, events, note, phase, rate)


class Clock:
    def __init__(self):
        self.now = 100.0

    def __call__(self):
        return self.now


def told(reports):
    """Return the lines said for (seconds, report) pairs."""
    clock, lines = Clock(), []
    tell = PlainLines(clock=clock, out=lines.append)
    for at, progress in reports:
        clock.now = 100.0 + at
        tell(progress)
    return lines


def test_one_line_per_ten_seconds_with_rate_and_remaining_time():
    lines = told([(t, report("render", 2 * t, 100, unit="episodes")) for t in range(26)])
    assert lines == [
        "rendering: 0/100 episodes",
        "rendering: 20/100 episodes, 2/s, 40 s left",
        "rendering: 40/100 episodes, 2/s, 30 s left",
    ]


def test_the_hunt_tells_what_it_found_and_the_rate_so_far():
    lines = told([(0, report("hunt", 0, 400)), (10, report("hunt", 200, 400, events=3, rate=0.015))])
    assert lines[1] == "hunting: 200/400 calls, 20/s, 3 events, rate 0.015, 10 s left"


def test_the_hunt_claims_no_rate_while_it_tunes_or_checks():
    lines = told([(0, report("hunt", 0, 400)), (10, report("hunt", 200, 400, events=30, phase="pilot"))])
    assert lines[1] == "hunting: 200/400 calls, 20/s, 30 events, pilot calls, 10 s left"


def test_a_new_stage_is_said_at_once_and_compiling_as_such():
    lines = told(
        [
            (0, report("compile", 0, unit="kernels", note="compiling kernels (first run only)")),
            (3, report("hunt", 0, 100)),
        ]
    )
    assert lines == ["compiling: compiling kernels (first run only)", "hunting: 0/100 calls"]


def test_a_resumed_stage_does_not_count_what_was_there_before():
    lines = told(
        [(0, report("render", 50, 100, unit="shards")), (10, report("render", 60, 100, unit="shards"))]
    )
    assert lines[1] == "rendering: 60/100 shards, 1/s, 40 s left"


def test_quiet_says_nothing_and_a_pipe_gets_plain_lines(monkeypatch):
    assert type(progress_teller(is_quiet=True)) is Silence
    monkeypatch.setattr("sys.stderr", io.StringIO())
    assert type(progress_teller(is_quiet=False)) is PlainLines


def test_bars_take_every_stage(capsys):
    with Bars() as tell:
        tell(report("compile", 0, unit="kernels", note="compiling kernels"))
        tell(report("hunt", 10, 100, events=1))
        tell(report("render", 1, 3, unit="shards"))
    captured = capsys.readouterr()
    assert captured.out == ""
    assert "hunting" in captured.err
    assert "rendering" in captured.err
