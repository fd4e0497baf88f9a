"""How simulated traffic compares with recorded: trajectories, what is counted in them, distances with noise."""

from oddsmith.comparison.counting import STATISTICS, Counted, count
from oddsmith.comparison.distances import Difference, differences, rate_interval
from oddsmith.comparison.drives import driven
from oddsmith.comparison.plots import draw_comparison
from oddsmith.comparison.trajectories import Trajectory, read_trajectories

__all__ = [
    "STATISTICS",
    "Counted",
    "Difference",
    "Trajectory",
    "count",
    "differences",
    "draw_comparison",
    "driven",
    "rate_interval",
    "read_trajectories",
]
