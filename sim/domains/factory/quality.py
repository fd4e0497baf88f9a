"""What becomes of a part at the end of a cycle: spoilt by chance or by wear, mended, found, turned away."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from sim.domains.factory.components import Component
from sim.domains.factory.draws import Numbers
from sim.domains.factory.log import Log
from sim.domains.factory.machines import Machine
from sim.domains.factory.stores import SOUND, Parts, Store

__all__ = ["Quality"]


class Quality:
    """The outcomes of one machine's cycles.

    Args:
        quality: settings of `quality:`, None where it spoils nothing.
        inspects: settings of `inspects:`, None where it looks at nothing.
        to: where good parts go.
        rejects_to: where those go that are turned away.
        draw: makes the numbers of a stream of the machine.
        severity: sizes of defects.
        defects: kind -> its share of what is spoilt by chance, and its own sizes, None for `severity`;
            scratches alone where it is empty.
    """

    def __init__(
        self,
        parts: Parts,
        log: Log,
        *,
        quality: Mapping[str, Any] | None,
        inspects: Mapping[str, Any] | None,
        to: Store,
        rejects_to: Store | None,
        draw: Callable[[str], Numbers],
        severity: Numbers,
        defects: Mapping[str, tuple[float, Numbers | None]],
        components: Sequence[Component],
    ) -> None:
        self._parts, self._log = parts, log
        self._quality, self._inspects = quality, inspects
        self._to, self._rejects_to = to, rejects_to
        self._spoils, self._looks, self._mends = draw("spoils"), draw("looks"), draw("mends")
        self._severity = severity
        self._kinds, self._defects = draw("kinds"), defects or {"scratch": (1.0, None)}
        self._components = components
        self.bad = 0

    def reset(self) -> None:
        """Begin to count anew the parts that are spoilt or turned away here."""
        self.bad = 0

    def __call__(self, machine: Machine, part: int, now: float) -> Store:
        """Return where a finished part goes."""
        is_spoilt = self._quality is not None and self._spoil(self._quality, part, now)
        to = self._to if self._inspects is None else self._inspect(self._inspects, machine, part, now)
        self.bad += is_spoilt or to is not self._to
        return to

    def _spoil(self, quality: Mapping[str, Any], part: int, now: float) -> bool:
        u, of_kind, common = self._spoils.next(now), self._kinds.next(now), self._severity.next(now)
        # All sizes are drawn for every part, so that what one part gets does not move the numbers of the next.
        sizes = {kind: common if own is None else own.next(now) for kind, (_, own) in self._defects.items()}
        base = quality["defect_rate"]
        worst, wear = None, 0.0
        for component in self._components:
            level = component.wear_at(now)
            if level > wear:
                worst, wear = component, level
        if u >= base + quality["per_wear"] * wear:
            return False
        by_wear = u >= base and worst is not None
        cause, kind = "", self._kind(of_kind)
        if by_wear and worst is not None:
            cause, kind = f"{worst.name}#{worst.life}", worst.defect or kind
        size = sizes.get(kind, common) * (1.0 + quality["size_per_wear"] * wear)
        self._parts.spoilt[part] = (size, cause, kind)
        return True

    def _kind(self, u: float) -> str:
        """Return the kind of a defect by its share, at probability u."""
        reach = u * sum(share for share, _ in self._defects.values())
        for kind, (share, _) in self._defects.items():
            reach -= share
            if reach < 0.0:
                return kind
        return list(self._defects)[-1]

    def _inspect(self, inspects: Mapping[str, Any], machine: Machine, part: int, now: float) -> Store:
        spoilt = self._parts.spoilt
        if self._mends.next(now) < inspects["mends"]:
            spoilt.pop(part, None)
        is_bad = part in spoilt
        is_rejected = self._looks.next(now) < (inspects["detects"] if is_bad else inspects["false_alarms"])
        if self._log.is_recorded:
            found = spoilt.get(part, SOUND)
            self._log.quality.append((now, machine.name, part, not is_rejected, is_bad, *found))
        if is_rejected and self._rejects_to is not None:
            return self._rejects_to
        return self._to
