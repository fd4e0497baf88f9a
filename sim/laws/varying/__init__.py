"""Laws of quantities that vary in time: a field that takes them hands its domain a `Course`.

`TABLE` lists the families a scenario may name where a field may vary: noise around a mean (`ou`), a chain of
states (`markov`), a recorded column (`profile`), the clock on the wall (`calendar`).
"""

from sim.laws.varying.base import Course, Path, VaryingArgument, VaryingKind, VaryingLaw
from sim.laws.varying.calendar import Calendar
from sim.laws.varying.markov import Markov
from sim.laws.varying.ou import OrnsteinUhlenbeck
from sim.laws.varying.profile import Profile, profile_rows
from sim.laws.varying.table import TABLE

__all__ = [
    "TABLE",
    "Calendar",
    "Course",
    "Markov",
    "OrnsteinUhlenbeck",
    "Path",
    "Profile",
    "VaryingArgument",
    "VaryingKind",
    "VaryingLaw",
    "profile_rows",
]
