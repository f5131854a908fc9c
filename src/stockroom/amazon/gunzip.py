"""Gzip, undone piece by piece: bounded memory whatever the pieces expand to."""

from __future__ import annotations

import zlib
from collections.abc import Iterator

from stockroom.core.errors import BadDocumentError

_BLOCK_BYTES = 2**20
_GZIP = 16 + zlib.MAX_WBITS


class Gunzip:
    """One compressed document. Several gzip members in a row are one document."""

    def __init__(self) -> None:
        self._member = zlib.decompressobj(_GZIP)
        self._any = False

    def feed(self, data: bytes) -> Iterator[bytes]:
        """Decompressed blocks of at most 1 MiB.

        Raises:
            BadDocumentError: It is not gzip, or its checksum does not hold.
        """
        while data:
            if self._member.eof:
                self._member = zlib.decompressobj(_GZIP)
            try:
                block = self._member.decompress(data, _BLOCK_BYTES)
            except zlib.error:
                raise BadDocumentError("The document is said to be gzip, but is not.") from None
            self._any = True
            data = self._member.unconsumed_tail or self._member.unused_data
            if block:
                yield block

    def finish(self) -> Iterator[bytes]:
        """What is still held back.

        Raises:
            BadDocumentError: The document ends before its gzip trailer.
        """
        try:
            rest = self._member.flush()
        except zlib.error:
            rest = b""
        if not (self._any and self._member.eof):
            raise BadDocumentError("The document ends before its end: it was cut short.")
        if rest:
            yield rest
