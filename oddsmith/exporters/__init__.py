"""The export formats. Adding one is a file with `export(dataset, folder)` and a line in the table here."""

from __future__ import annotations

from dataclasses import dataclass
from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from oddsmith.exporters.base import ExportFunction

__all__ = ["TABLE", "ExporterKind"]


@dataclass(frozen=True)
class ExporterKind:
    """A format.

    Args:
        doc: one sentence for lists.
        module: module with `export(dataset, folder) -> Exported`.
    """

    doc: str
    module: str

    def load(self) -> ExportFunction:
        """Import the module and return the function that writes the format."""
        function: ExportFunction = import_module(self.module).export
        return function


TABLE: dict[str, ExporterKind] = {
    "coco": ExporterKind(
        doc="COCO instances: pictures, boxes, run-length masks, a file per split, weights beside",
        module="oddsmith.exporters.coco",
    ),
    "coco_keypoints": ExporterKind(
        doc="COCO key points: joints of people, corners of vehicles, with visibility, boxes and masks",
        module="oddsmith.exporters.coco_keypoints",
    ),
    "coco_panoptic": ExporterKind(
        doc="COCO panoptic: every pixel's segment, things and stuff, a PNG per picture",
        module="oddsmith.exporters.coco_panoptic",
    ),
    "mvtec": ExporterKind(
        doc="MVTec AD folders: good parts to train on, parts by defect to test on, masks, weights beside",
        module="oddsmith.exporters.mvtec",
    ),
    "csv": ExporterKind(
        doc="CSV: every table; what is seen, what is true and what it weighs in separate folders",
        module="oddsmith.exporters.csv",
    ),
    "csv_iso20022": ExporterKind(
        doc="CSV with the element names of ISO 20022 where there are such elements",
        module="oddsmith.exporters.csv_iso20022",
    ),
    "graph": ExporterKind(
        doc="a bank's payments as graphs, for PyTorch Geometric and NetworkX; labels and weights apart",
        module="oddsmith.exporters.graph",
    ),
    "kitti": ExporterKind(
        doc="KITTI objects: pictures, 3D labels, calibration, depth and flow, weights beside",
        module="oddsmith.exporters.kitti",
    ),
    "mcap": ExporterKind(
        doc="MCAP with Foxglove's schemas: a log per episode; needs the package mcap",
        module="oddsmith.exporters.mcap",
    ),
    "nuscenes": ExporterKind(
        doc="nuScenes: tables of scenes, samples, poses and boxes, pictures and LiDAR sweeps, weights beside",
        module="oddsmith.exporters.nuscenes",
    ),
    "openscenario": ExporterKind(
        doc="OpenSCENARIO XML with OpenDRIVE: a driving episode's road and trajectories, weights beside",
        module="oddsmith.exporters.openscenario",
    ),
    "webdataset": ExporterKind(
        doc="WebDataset: tar archives of pictures, labels and facts, weights in each and beside",
        module="oddsmith.exporters.webdataset",
    ),
    "yolo": ExporterKind(
        doc="YOLO boxes: a label file per picture, data.yaml, weights beside",
        module="oddsmith.exporters.yolo",
    ),
    "yolo_segments": ExporterKind(
        doc="YOLO segments: the same with an exact polygon per object",
        module="oddsmith.exporters.yolo_segments",
    ),
}
