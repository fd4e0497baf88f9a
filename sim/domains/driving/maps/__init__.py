"""Maps: roads that meet, and the routes that lead over them.

`lay_out` gives the routes of an episode's actors; `Network` is what they lead over, for whoever draws it.
"""

from sim.domains.driving.maps.network import Network, Post, Route
from sim.domains.driving.maps.placing import Layout, lay_out

__all__ = ["Layout", "Network", "Post", "Route", "lay_out"]
