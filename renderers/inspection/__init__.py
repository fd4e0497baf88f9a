"""The inspection camera: surfaces of parts with their defects, under the lights of a cell, exactly labelled.

A picture is made in three steps. `defects` and `board` turn what the recording tells of a part (kind and size
of its defect) into geometry; `tracing` finds what each pixel sees, which gives all labels; `shading` lights it.
Labels know nothing of light, lens or noise.
"""

__all__: list[str] = []
