"""Driving episodes in the formats of other players: the road as OpenDRIVE, what happened as OpenSCENARIO."""

from sim.domains.driving.exchange.documents import documents
from sim.domains.driving.exchange.road_files import road_text

__all__ = ["documents", "road_text"]
