"""XML as a tree that knows the line every element stands on."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from xml.parsers import expat

from sim.errors import UsageError

__all__ = ["Element", "read_xml"]


@dataclass(slots=True)
class Element:
    """An element.

    Args:
        tag: its name.
        attributes: as written.
        line: of the file, from 1.
        children: in order.
    """

    tag: str
    attributes: dict[str, str]
    line: int
    children: list[Element] = field(default_factory=list)

    def all(self, tag: str) -> list[Element]:
        """Return the children of a name."""
        return [child for child in self.children if child.tag == tag]

    def first(self, tag: str) -> Element | None:
        """Return the first child of a name."""
        return next((child for child in self.children if child.tag == tag), None)


def read_xml(path: Path) -> Element:
    """Return the root element of a file.

    Raises:
        UsageError: it cannot be read, is no XML, or declares entities, which no map needs.
    """
    top = Element("", {}, 0)
    stack = [top]
    parser = expat.ParserCreate()

    def begin(tag: str, attributes: dict[str, str]) -> None:
        element = Element(tag, attributes, parser.CurrentLineNumber)
        stack[-1].children.append(element)
        stack.append(element)

    def refuse(*_: object) -> None:
        raise UsageError(f"{path}:{parser.CurrentLineNumber}  entities are not allowed in a map")

    parser.StartElementHandler = begin
    parser.EndElementHandler = lambda _: stack.pop()
    parser.EntityDeclHandler = refuse
    try:
        parser.Parse(path.read_bytes(), True)
    except expat.ExpatError as error:
        raise UsageError(
            f"{path}:{error.lineno}:{error.offset + 1}  {expat.errors.messages[error.code]}"
        ) from None
    except OSError as error:
        raise UsageError(f"{path}  cannot be read: {error.strerror}") from None
    return top.children[0]
