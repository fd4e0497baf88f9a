"""The kinds of pictures `oddsmith preview` draws. Adding one is a file and a line in the table here."""

from __future__ import annotations

from dataclasses import dataclass
from importlib import import_module
from typing import TYPE_CHECKING, cast

if TYPE_CHECKING:
    from oddsmith.pictures.base import Pictures

__all__ = ["TABLE", "PictureKind"]


@dataclass(frozen=True)
class PictureKind:
    """A kind of pictures.

    Args:
        doc: what they show, in a few words.
        module: module with `can_show(dataset) -> bool` and `draw(dataset, out, wish) -> Previewed`.
    """

    doc: str
    module: str

    def load(self) -> Pictures:
        """Import the module that draws."""
        return cast("Pictures", import_module(self.module))


TABLE: dict[str, PictureKind] = {
    "machines": PictureKind("a line's states, wear, signals and repairs", "oddsmith.pictures.machines"),
    "cameras": PictureKind("what cameras saw, as a contact sheet and moving", "oddsmith.pictures.cameras"),
    "clouds": PictureKind("what a LiDAR saw, from above and over a picture", "oddsmith.pictures.clouds"),
    "sweeps": PictureKind("what a radar told, from above and by range and speed", "oddsmith.pictures.sweeps"),
    "ledgers": PictureKind("rings, campaigns and the rhythm of a bank's ledger", "oddsmith.pictures.ledgers"),
}
"""The first kind that can show a dataset is drawn."""
