"""Blocks of bytes to whole records, for tab-separated documents of either kind.

A block ends where the network ended it; a record must not. In quoted documents
a line end inside quotes does not end the record.
"""

from __future__ import annotations

import csv
from collections.abc import Iterator, Sequence

from stockroom.core.errors import BadDocumentError

_LONGEST_RECORD = 8 << 20
_LONGEST_FIELD_LINES = 40


class Cutter:
    """Cuts a stream of blocks at the ends of records.

    Args:
        quoted: Whether fields are quoted.
    """

    def __init__(self, *, quoted: bool) -> None:
        self._quoted = quoted
        self._rest = b""

    def feed(self, block: bytes) -> bytes:
        """The whole records known so far; what follows the last of them is kept.

        Raises:
            BadDocumentError: A record does not end within 8 MB.
        """
        pending = self._rest + block
        end = self._last_end(pending)
        if end == 0 and len(pending) > _LONGEST_RECORD:
            raise BadDocumentError("The document holds a line longer than 8 MB.")
        self._rest = pending[end:]
        return pending[:end]

    def finish(self) -> bytes:
        """The last record, which need not end in a line end."""
        rest, self._rest = self._rest, b""
        return rest

    def _last_end(self, pending: bytes) -> int:
        end = last = pending.rfind(b"\n")
        if not self._quoted:
            return end + 1
        quotes = pending.count(b'"', 0, max(end, 0))
        while end > 0 and quotes % 2:
            before = pending.rfind(b"\n", 0, end)
            quotes -= pending.count(b'"', max(before, 0), end)
            end = before
        # One stray quote would hold back everything after it: then lines are cut as they
        # are, and the rows that suffer are counted as rejected.
        return (end if end > 0 or len(pending) < _LONGEST_RECORD else last) + 1


def header_and_body(records: bytes) -> tuple[bytes, bytes]:
    """The first line that is not blank, and what follows it."""
    while records:
        line, _, records = records.partition(b"\n")
        if line.strip():
            return line, records
    return b"", b""


def cells(line: str, *, quoted: bool) -> list[str]:
    """The cells of one record."""
    if not quoted:
        return line.rstrip("\r").split("\t")
    return next(csv.reader([line], delimiter="\t"), [])


def recovered(text: str, width: int, *, quoted: bool) -> Iterator[Sequence[str] | None]:
    """Record by record through a block in which at least one is ragged.

    A short row is filled up (Amazon leaves trailing empty cells out). A row with
    more than ``width`` cells holds a tab somewhere, and nobody can tell where.

    Yields:
        ``width`` cells, or None for a row that cannot be read.
    """
    lines = text.split("\n")
    at = 0
    while at < len(lines):
        taken = _lines_of_record(lines, at) if quoted else 1
        record = "\n".join(lines[at : at + taken])
        at += taken
        if record.strip():
            yield _fitted(record, width, quoted=quoted)


def _lines_of_record(lines: Sequence[str], at: int) -> int:
    """Lines until the quotes are even. A stray quote is never closed: its line stands alone."""
    quotes = 0
    for taken, line in enumerate(lines[at : at + _LONGEST_FIELD_LINES], 1):
        quotes += line.count('"')
        if quotes % 2 == 0:
            return taken
    return 1


def _fitted(record: str, width: int, *, quoted: bool) -> Sequence[str] | None:
    try:
        found = cells(record, quoted=quoted)
    except csv.Error:
        return None
    # Also when the cell too many is blank: then the row has moved, and its last cell was empty.
    return None if len(found) > width else found + [""] * (width - len(found))
