"""The properties of an XMP packet, by their bare names; without the namespaces' prefixes."""

from __future__ import annotations

from contextlib import suppress
from xml.parsers import expat

Properties = dict[str, list[str]]
"""Name → what it says, each value of a list one text."""

_MOST_VALUES = 1_000
_MOST_ELEMENTS = 20_000
_MOST_DEPTH = 100
_LISTS = frozenset({"Bag", "Seq", "Alt", "li", "RDF", "Description", "xmpmeta"})
_PADDING = " \t\r\n\0\ufeff"


def properties_of(packet: str) -> Properties:
    """Return the properties; those read so far if the packet is damaged.

    Packets that declare anything of their own (entities) say nothing. Reading stops after 20,000
    elements, or at one that is 100 deep, so that a hostile packet of 1 MiB costs little.
    """
    reading = _Reading()
    if packet.strip(_PADDING):
        parser = expat.ParserCreate(namespace_separator=" ")
        parser.buffer_text = True
        parser.StartElementHandler = reading.start
        parser.EndElementHandler = reading.end
        parser.CharacterDataHandler = reading.data
        parser.StartDoctypeDeclHandler = reading.doctype
        with suppress(expat.ExpatError, _Stopped):
            parser.Parse(packet.strip(_PADDING).encode(errors="replace"), True)
    return {} if reading.refused else reading.found


class _Stopped(Exception):
    """Ends the reading of a packet."""


class _Reading:
    """Collects properties from the events of a parser."""

    def __init__(self) -> None:
        self.found: Properties = {}
        self.refused = False
        self._path: list[str] = []
        self._text = ""
        self._elements = 0

    def start(self, name: str, attributes: dict[str, str]) -> None:
        """Handle the start of an element; its attributes are properties as well."""
        self._elements += 1
        if self._elements > _MOST_ELEMENTS or len(self._path) >= _MOST_DEPTH:
            raise _Stopped
        self._path.append(name.rpartition(" ")[2])
        self._text = ""
        for key, value in attributes.items():
            bare = key.rpartition(" ")[2]
            self._note(self._property() if bare == "resource" else bare, value)

    def end(self, name: str) -> None:  # noqa: ARG002
        """Handle the end of an element; its text belongs to the nearest enclosing property."""
        if self._text.strip():
            self._note(self._property(), self._text.strip())
        self._path.pop()
        self._text = ""

    def data(self, text: str) -> None:
        """Handle text."""
        self._text += text

    def doctype(self, *_: object) -> None:
        """Handle a declaration."""
        self.refused = True
        raise _Stopped

    def _property(self) -> str:
        """Return the nearest property around what is read."""
        return next((name for name in reversed(self._path) if name not in _LISTS), "")

    def _note(self, name: str, value: str) -> None:
        values = self.found.setdefault(name, [])
        if len(values) < _MOST_VALUES and len(self.found) < _MOST_VALUES:
            values.append(value)
