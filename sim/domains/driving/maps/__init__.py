"""Maps: roads that meet, and the routes that lead over them.

`placing.lay_out` gives the routes of an episode's actors; `network.Network` is what they lead over, for whoever
draws it. `opendrive` is light, so that `check` may read a map.
"""
