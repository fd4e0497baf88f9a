"""What a bank drops is given back to the system, though small things that live longer lie between."""

import subprocess
import sys

import pytest

from sim.domains.fraud.allocation import give_large_arrays_back

_HOLES = """
import os, sys
from sim.domains.fraud.allocation import give_large_arrays_back
if sys.argv[1] == "given back":
    give_large_arrays_back()
def resident():
    return int(open("/proc/self/statm").read().split()[1]) * os.sysconf("SC_PAGE_SIZE")
before = resident()
first = bytearray(8 << 20); del first  # from here on glibc takes what is smaller from its heap
kept, dropped = [], []
for _ in range(20):
    dropped.append(bytearray(b"1") * (2 << 20))
    kept.append([bytearray(2000) for _ in range(4)])
del dropped
print(resident() - before)
"""


@pytest.mark.skipif(not give_large_arrays_back(), reason="only glibc can be asked")
def test_no_holes_are_left_where_large_arrays_were():
    left, given = (
        int(subprocess.check_output([sys.executable, "-c", _HOLES, how], text=True))
        for how in ("left alone", "given back")
    )
    assert given < 8 << 20
    assert left > 30 << 20
