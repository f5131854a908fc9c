"""One JSON array, read element by element as its bytes arrive: never whole in memory."""

from __future__ import annotations

import codecs
import json
from collections.abc import Iterator
from typing import Any

from stockroom.core.errors import BadDocumentError

_LONGEST = 8 << 20
"""Characters that one element may have."""
_BETWEEN = " \t\r\n,"


def _no_number(name: str) -> None:
    raise ValueError(f"{name} is not JSON")


class JsonArray:
    """The elements of an array of objects. A comma too many or too few is forgiven."""

    def __init__(self) -> None:
        self._text = codecs.getincrementaldecoder("utf-8-sig")("replace")
        self._decoder = json.JSONDecoder(parse_constant=_no_number)
        self._rest = ""
        self._began = self._ended = False

    def feed(self, block: bytes) -> list[dict[str, Any]]:
        """The objects that are whole by now.

        Raises:
            BadDocumentError: It is no array of objects.
        """
        self._rest += self._text.decode(block)
        found = list(self._objects())
        if len(self._rest) > _LONGEST:
            raise BadDocumentError("The document is not a JSON array of rows.")
        return found

    def finish(self) -> None:
        """No more bytes will come.

        Raises:
            BadDocumentError: The array has not ended, or something follows it.
        """
        if not self._ended or self._rest.strip():
            raise BadDocumentError("The document ends before its end: it was cut short.")

    def _objects(self) -> Iterator[dict[str, Any]]:
        self._rest = self._rest.lstrip()
        if not self._began and self._rest:
            if self._rest[0] != "[":
                raise BadDocumentError("The document is not a JSON array of rows.")
            self._began, self._rest = True, self._rest[1:]
        at = 0
        while self._began and not self._ended:
            at = self._skipped(at)
            if self._rest[at : at + 1] == "]":
                self._ended, at = True, at + 1
                break
            try:
                value, at = self._decoder.raw_decode(self._rest, at)
            except (ValueError, RecursionError):
                break  # it goes on in the next block, or is found wrong at the end
            if not isinstance(value, dict):
                raise BadDocumentError("The document is not a JSON array of rows.")
            yield value
        self._rest = self._rest[at:]

    def _skipped(self, at: int) -> int:
        while self._rest[at : at + 1] and self._rest[at] in _BETWEEN:
            at += 1
        return at
