"""Lays out a contact sheet and a moving picture: what the sensors saw beside what is true of it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont

from oddsmith.colouring import (
    colour_of,
    coloured_classes,
    coloured_depth,
    coloured_flow,
    coloured_instances,
    coloured_normals,
)

__all__ = ["PANELS", "ShownMoment", "panel", "write_animation", "write_sheet"]

PANELS = ("rgb", "instance", "depth", "semantic", "normals", "flow")
"""What can be shown of a frame, in the order people want it."""

_PAPER = (22, 24, 28)
_INK = (235, 235, 235)
_QUIET_INK = (160, 166, 175)
_GAP = 10
_BOX_LABEL_FROM = 0.06
"""Least width of a box, as a share of the picture's, for its category to be written at it."""

_COLOURED: dict[str, Callable[[NDArray[Any]], NDArray[np.uint8]]] = {
    "depth": coloured_depth,
    "normals": coloured_normals,
    "flow": coloured_flow,
}

_HEAD = 108
_HEADINGS = {
    "rgb": "picture",
    "instance": "instances, boxes",
    "depth": "depth",
    "semantic": "classes",
    "normals": "normals",
    "flow": "flow",
}


@dataclass(frozen=True)
class ShownMoment:
    """One frame to show, with what to say about it.

    Args:
        values: column -> decoded value of the sensor's table.
        title: who and what, in ink.
        note: the rest, quieter.
    """

    values: Mapping[str, Any]
    title: str
    note: str


def panel(name: str, values: Mapping[str, Any], categories: Sequence[str]) -> NDArray[np.uint8]:
    """Return one view of a frame as an (H, W, 3) picture.

    Args:
        name: one of `PANELS`.
        values: decoded columns of the frame.
        categories: names of the semantic classes from 1.
    """
    if name == "instance":
        picture = coloured_instances(values["instance"], values["rgb"])
        return _boxed(picture, values.get("objects") or ())
    if name == "semantic":
        return coloured_classes(values["semantic"], categories)
    if name in _COLOURED:
        return _COLOURED[name](values[name])
    return np.asarray(values["rgb"], np.uint8)


def write_sheet(
    path: Path,
    moments: Sequence[ShownMoment],
    *,
    heading: str,
    subheading: str,
    categories: Sequence[str],
    panels: Sequence[str] = PANELS[:4],
    width: int = 400,
) -> None:
    """Write a PNG with one row per moment and one column per panel.

    Args:
        path: the file.
        moments: one per row.
        heading: the name of what is shown.
        subheading: one line about it.
        categories: names of the semantic classes from 1.
        panels: names of the columns, of `PANELS`.
        width: of one panel in pixels.
    """
    rows = [_row(moment, panels, categories, width) for moment in moments]
    total = len(panels) * (width + _GAP) + _GAP
    sheet = Image.new("RGB", (total, _HEAD + sum(row.height for row in rows)), _PAPER)
    draw = ImageDraw.Draw(sheet)
    draw.text((_GAP, 12), heading, font=_font(28), fill=_INK)
    draw.text((_GAP, 50), _fitted(draw, subheading, total - 2 * _GAP, 16), font=_font(16), fill=_QUIET_INK)
    for k, name in enumerate(panels):
        draw.text((_GAP + k * (width + _GAP), 82), _HEADINGS[name], font=_font(15), fill=_QUIET_INK)
    top = _HEAD
    for row in rows:
        sheet.paste(row, (0, top))
        top += row.height
    sheet.save(path)


def write_animation(
    path: Path,
    frames: Iterable[Mapping[str, Any]],
    *,
    categories: Sequence[str],
    panels: Sequence[str] = PANELS[:4],
    width: int = 320,
    rate: float = 10.0,
) -> int:
    """Write an animated GIF, two panels to a row; return the number of frames.

    Args:
        path: the file.
        frames: decoded columns of each frame, in time order.
        categories: names of the semantic classes from 1.
        panels: what to show of a frame, of `PANELS`.
        width: of one panel in pixels.
        rate: frames per second of the sensor; GIF counts in hundredths of a second.
    """
    pictures = [_grid([panel(name, values, categories) for name in panels], width) for values in frames]
    if not pictures:
        return 0
    shown = [picture.quantize(256, method=Image.Quantize.FASTOCTREE) for picture in pictures]
    delay = max(20, round(100 / rate) * 10)
    shown[0].save(path, save_all=True, append_images=shown[1:], duration=delay, loop=0)
    return len(shown)


def _row(moment: ShownMoment, panels: Sequence[str], categories: Sequence[str], width: int) -> Image.Image:
    """Return the panels of a moment side by side, its title above them."""
    pictures = [_scaled(panel(name, moment.values, categories), width) for name in panels]
    height = max(picture.height for picture in pictures)
    row = Image.new("RGB", (len(panels) * (width + _GAP) + _GAP, height + 42), _PAPER)
    draw = ImageDraw.Draw(row)
    draw.text((_GAP, 6), moment.title, font=_font(17), fill=_INK)
    left = _GAP + draw.textlength(moment.title, font=_font(17)) + 16
    draw.text(
        (left, 8), _fitted(draw, moment.note, row.width - left - _GAP, 15), font=_font(15), fill=_QUIET_INK
    )
    for k, picture in enumerate(pictures):
        row.paste(picture, (_GAP + k * (width + _GAP), 30))
    return row


def _grid(pictures: Sequence[NDArray[np.uint8]], width: int) -> Image.Image:
    """Return pictures in rows of two without gaps."""
    scaled = [_scaled(picture, width) for picture in pictures]
    n_rows = -(-len(scaled) // 2)
    grid = Image.new("RGB", (min(2, len(scaled)) * width, n_rows * scaled[0].height), _PAPER)
    for k, picture in enumerate(scaled):
        grid.paste(picture, (k % 2 * width, k // 2 * scaled[0].height))
    return grid


def _boxed(picture: NDArray[np.uint8], objects: Iterable[Mapping[str, Any]]) -> NDArray[np.uint8]:
    """Draw the visible boxes of objects in their colours, and their categories where there is room."""
    image = Image.fromarray(picture)
    draw = ImageDraw.Draw(image)
    text = image.width / 32
    for entry in objects:
        if entry["bbox"] is None:
            continue
        x, y, width, height = entry["bbox"]
        colour = colour_of(entry["instance_id"])
        draw.rectangle((x, y, x + width - 1, y + height - 1), outline=colour, width=2)
        if width >= _BOX_LABEL_FROM * image.width:
            draw.text((x + 2, max(0.0, y - 1.2 * text)), str(entry["category"]), font=_font(text), fill=colour)
    return np.asarray(image)


def _scaled(picture: NDArray[np.uint8], width: int) -> Image.Image:
    image = Image.fromarray(picture)
    return image.resize((width, round(image.height * width / image.width)), Image.Resampling.LANCZOS)


def _fitted(draw: ImageDraw.ImageDraw, text: str, room: float, height: float) -> str:
    """Return the text, cut with an ellipsis where it is longer than its room."""
    if draw.textlength(text, font=_font(height)) <= room:
        return text
    while text and draw.textlength(text + "…", font=_font(height)) > room:
        text = text[:-1]
    return text.rstrip() + "…"


def _font(height: float) -> ImageFont.FreeTypeFont | ImageFont.ImageFont:
    return ImageFont.load_default(height)
