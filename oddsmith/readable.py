"""What one dataset and several joined ones answer in the same way, from what each of them reads by itself."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any

from oddsmith.errors import DatasetError

if TYPE_CHECKING:
    from oddsmith.dataset import Episode, Frame

__all__ = ["Readable"]


class Readable(ABC):
    """Something whose episodes and tables can be read."""

    @property
    @abstractmethod
    def events(self) -> tuple[str, ...]:
        """Names of the declared events."""

    @property
    @abstractmethod
    def where(self) -> str:
        """The folder, or folders, as messages name them."""

    @abstractmethod
    def columns(self, table: str) -> dict[str, str]:
        """Return a table's columns and their roles: key, feature, label, weight or meta."""

    @abstractmethod
    def episodes(self, *, split: str | None = None, event: str | None = None) -> Iterator[Episode]:
        """Yield episodes in plan order."""

    @abstractmethod
    def frames(
        self,
        sensor: str,
        *,
        split: str | None = None,
        event: str | None = None,
        columns: Sequence[str] | None = None,
        part: tuple[int, int] = (0, 1),
    ) -> Iterator[Frame]:
        """Yield the frames of one sensor, episode by episode in plan order."""

    @abstractmethod
    def to_arrow(self, table: str = "episodes", *, columns: Sequence[str] | None = None) -> Any:
        """Return a whole table as a `pyarrow.Table`."""

    def episode(self, episode_id: str) -> Episode:
        """Return one episode.

        Raises:
            DatasetError: there is none of this id.
        """
        for episode in self.episodes():
            if episode.id == episode_id:
                return episode
        raise DatasetError(f"{self.where} has no episode {episode_id!r}")

    def to_pandas(self, table: str = "episodes", *, columns: Sequence[str] | None = None) -> Any:
        """Return a whole table as a `pandas.DataFrame`, as `to_arrow`.

        Raises:
            DatasetError: there is no such table or column.
            ImportError: pandas is not installed.
        """
        try:
            import pandas  # noqa: F401  # pyarrow's own message does not say how to get it
        except ImportError:
            raise ImportError("to_pandas needs pandas: pip install pandas") from None
        return self.to_arrow(table, columns=columns).to_pandas()

    def torch(
        self,
        sensor: str,
        *,
        columns: Sequence[str] = ("rgb",),
        split: str | None = None,
        event: str | None = None,
    ) -> Any:
        """Return a PyTorch `IterableDataset` of dictionaries of tensors, one per frame.

        Beside the columns each has `weight` (nan where unknown), `episode_id`, `sample` and `t`. DataLoader
        workers and distributed ranks share the episodes out among themselves.

        Raises:
            DatasetError: there is no such sensor, column or event.
            ImportError: torch is not installed.
        """
        try:
            from oddsmith.torch_stream import FrameStream
        except ImportError:
            raise ImportError("Dataset.torch needs PyTorch: pip install 'oddsmith[torch]'") from None
        self._check_event(event)
        self.columns(sensor)
        return FrameStream(self, sensor, tuple(columns), split, event)

    def _check_event(self, event: str | None) -> None:
        if event is not None and event not in self.events:
            raise DatasetError(f"{self.where} declares no event {event!r}; it has {', '.join(self.events)}")
