"""A JSON document, cut into pages while it comes: without the people in it, in bounded memory.

Each of its lists becomes pages of some hundred elements, and beside them stands
what the document says before the list and is no list itself. What is kept of it
is read like the pages of a paged API.
"""

from __future__ import annotations

import codecs
import json
import re
from collections.abc import Iterable
from typing import Any

from stockroom.core.errors import BadDocumentError
from stockroom.sync.redact import is_personal, without_persons

_ELEMENTS = 500
_LONGEST = 8_000_000
"""Characters of one value: a document that is one value is not one that we know."""
_SPACE = re.compile(r"[ \t\r\n]*")


class JsonPieces:
    """Cuts one JSON object.

    Args:
        also: Names to remove beyond the usual ones.

    Attributes:
        headers: The names of its members, as Amazon wrote them.
        dropped: Always 0: an element is kept or the document is refused.
    """

    def __init__(self, also: Iterable[str] = ()) -> None:
        self._also = tuple(also)
        self._decoder = codecs.getincrementaldecoder("utf-8-sig")("replace")
        self._json = json.JSONDecoder(strict=False)
        self._text = ""
        self._at = 0
        self._inside = "nothing"
        self._head: dict[str, Any] = {}
        self._name = ""
        self._elements: list[Any] = []
        self._pieces = 0
        self._done: list[bytes] = []
        self.headers: list[str] = []
        self.dropped = 0

    def feed(self, block: bytes) -> bytes:
        """The pages that are full by now.

        Raises:
            BadDocumentError: It is no JSON object.
        """
        return self._cut(self._decoder.decode(block))

    def finish(self) -> bytes:
        """The last page.

        Raises:
            BadDocumentError: The document is not whole.
        """
        pages = self._cut(self._decoder.decode(b"", final=True))
        if self._inside == "nothing" and not self._text.strip():
            return pages
        if self._inside != "end":
            raise BadDocumentError("The document is no whole JSON object.")
        return pages

    def _cut(self, text: str) -> bytes:
        self._text, self._at = self._text[self._at :] + text, 0
        while self._advance():
            pass
        if len(self._text) - self._at > _LONGEST:
            raise BadDocumentError("The document is not laid out as one that we know.")
        pages, self._done = b"".join(self._done), []
        return pages

    def _advance(self) -> bool:
        """One step further; False: more text is needed for it."""
        mark = self._next()
        if mark is None:
            return False
        if mark == "," and self._inside in {"object", "list"}:
            self._at += 1
            return True
        if self._inside == "object":
            return self._member(mark)
        if self._inside == "list":
            return self._element(mark)
        if self._inside == "end" or mark != "{":
            raise BadDocumentError("The document is no JSON object.")
        self._at, self._inside = self._at + 1, "object"
        return True

    def _next(self) -> str | None:
        """The next character that is no space, and the place moved to it."""
        self._at = self._spaced(self._at)
        return self._text[self._at] if self._at < len(self._text) else None

    def _spaced(self, at: int) -> int:
        found = _SPACE.match(self._text, at)
        return found.end() if found else at

    def _member(self, mark: str) -> bool:
        if mark == "}":
            if not self._pieces:
                self._page(self._head)
            self._at, self._inside = self._at + 1, "end"
            return True
        name, at = self._value(self._at)
        if at is None or not isinstance(name, str):
            return False
        at = self._spaced(at)
        start = self._spaced(at + 1)
        if self._text[at : at + 1] != ":" or start >= len(self._text):
            return False
        if self._text[start] == "[":
            self._name, self._at, self._inside = name, start + 1, "list"
        else:
            value, end = self._value(start)
            if end is None:
                return False
            self._at = end
            if not is_personal(name, self._also):
                self._head[name] = without_persons(value, self._also)
        self.headers.append(name[:80])
        return True

    def _element(self, mark: str) -> bool:
        if mark == "]":
            self._flush()
            self._at, self._inside = self._at + 1, "object"
            return True
        value, end = self._value(self._at)
        if end is None:
            return False
        self._at = end
        self._elements.append(without_persons(value, self._also))
        if len(self._elements) == _ELEMENTS:
            self._flush()
        return True

    def _flush(self) -> None:
        if not is_personal(self._name, self._also):
            self._page({**self._head, self._name: self._elements})
        self._elements = []

    def _page(self, page: dict[str, Any]) -> None:
        text = json.dumps(page, ensure_ascii=False, separators=(",", ":"))
        self._done.append(text.encode("utf-8", "replace") + b"\n")
        self._pieces += 1

    def _value(self, at: int) -> tuple[Any, int | None]:
        """The value that begins there and where it ends; None: it has not all come yet.

        A number may go on in the next block, so something must follow it.
        """
        try:
            value, end = self._json.raw_decode(self._text, at)
        except (ValueError, RecursionError):
            return None, None
        return (value, end) if end < len(self._text) else (None, None)
