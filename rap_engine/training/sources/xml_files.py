"""XML of others, read without what XML can do to its reader.

The standard library fetches nothing from outside, but it expands entities that a file declares
itself, and only newer versions of expat bound how far ("billion laughs"). Annotations declare
nothing, so a file with a document type is refused before any entity exists.
"""

from pathlib import Path
from typing import Final
from xml.etree.ElementTree import Element, TreeBuilder
from xml.parsers import expat

_MOST_BYTES: Final = 1 << 20


class BrokenXml(ValueError):
    """Not XML, or such as no annotation is."""


def read_xml(file: Path) -> Element:
    """Read a small XML file.

    Raises:
        BrokenXml: not XML, of more than 1 MiB, or with a document type.
        OSError: it cannot be opened.
    """
    with file.open("rb") as stream:
        content = stream.read(_MOST_BYTES + 1)
    if len(content) > _MOST_BYTES:
        raise BrokenXml(f"more than {_MOST_BYTES} bytes")
    builder = TreeBuilder()
    parser = expat.ParserCreate()
    parser.StartElementHandler = builder.start
    parser.EndElementHandler = builder.end
    parser.CharacterDataHandler = builder.data
    parser.StartDoctypeDeclHandler = _refuse
    try:
        parser.Parse(content, True)
    except (expat.ExpatError, LookupError, ValueError) as error:
        # The latter two are of encodings that there are not, or that expat cannot use.
        raise BrokenXml(str(error)) from error
    return builder.close()


def _refuse(*_declaration: object) -> None:
    raise BrokenXml("it has a document type")
