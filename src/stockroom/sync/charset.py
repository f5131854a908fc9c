"""Bytes to text: the charset Amazon declares, and what to do when it is wrong or missing.

Seen: UTF-8, Cp1252, ISO-8859-1 and windows-31j (Japan). A block always ends at
the end of a line, so that no character is cut in two in any of them.
"""

from __future__ import annotations

import codecs
import re

_CHARSET = re.compile(r"charset\s*=\s*\"?([A-Za-z0-9_.:\-]+)", re.IGNORECASE)
_AMAZONS = {"windows-31j": "cp932"}
"""Names of Amazon's that Python does not know in every version."""
_CONTROLS = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")
_SURROGATES = re.compile("[\ud800-\udfff]")
_REPLACED = "\ufffd"
_CONTROL_BYTES = bytes(sorted({*range(0x20), 0x7F} - {0x09, 0x0A, 0x0D}))
_LIKE_ASCII = frozenset({"utf-8", "cp1252", "iso8859-1", "cp932", "ascii"})
"""Codecs in which a control byte is always a control character, and never half of another."""
_BOM = "\ufeff"


def declared(content_type: str) -> str | None:
    """The codec that a content type names, if Python knows it."""
    found = _CHARSET.search(content_type)
    if found is None:
        return None
    name = found.group(1).lower()
    try:
        return codecs.lookup(_AMAZONS.get(name, name)).name
    except LookupError:
        return None


def printable(text: str) -> str:
    """``text`` without control characters (Postgres refuses NUL) and broken surrogates."""
    return _SURROGATES.sub(_REPLACED, _CONTROLS.sub("", text))


class Decoder:
    """Decodes one document, block by block.

    Args:
        content_type: As the server sent it.

    Attributes:
        replaced: Characters nobody could read so far; each became U+FFFD.
    """

    def __init__(self, content_type: str) -> None:
        self._codec = declared(content_type)
        self.replaced = 0

    def decode(self, block: bytes) -> str:
        """The block's text, without byte-order mark and control characters."""
        if (self._codec or "utf-8") not in _LIKE_ASCII:
            return printable(self._read(block).removeprefix(_BOM))
        # A hundred times faster than looking at every character, and the same.
        return self._read(block.translate(None, _CONTROL_BYTES)).removeprefix(_BOM)

    def _read(self, block: bytes) -> str:
        try:
            return block.decode(self._codec or "utf-8")
        except UnicodeDecodeError:
            # Undeclared and not UTF-8: Amazon's other habit is Windows Latin. Five of its
            # bytes mean nothing, and are replaced like any other that cannot be read.
            text = block.decode(self._codec or "cp1252", errors="replace")
            self.replaced += text.count(_REPLACED)
            return text
