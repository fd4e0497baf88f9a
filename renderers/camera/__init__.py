"""Cameras: from a recording to pictures and exact labels."""
