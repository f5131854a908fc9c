"""What a read tool returns: columns and rows, how old they are, and what to know about them.

One columnar shape everywhere: a third of the tokens of row objects. The
boundary adds the account, encodes once, and sends the same facts as text and
as structured content.
"""

from __future__ import annotations

import base64
import binascii
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from stockroom.core.errors import InvalidInputError


@dataclass(frozen=True, slots=True)
class Column:
    """One column of a tool's answer: its name, its meaning, its unit.

    Args:
        name: The house's word for the quantity; the same word in every tool.
        meaning: One sentence, shown in ``stockroom://columns/{tool}``.
        unit: ``units``, ``units/day``, ``days``, ``date``, ``text``, …
        full: Shown only with ``detail: "full"``.
    """

    name: str
    meaning: str
    unit: str = "text"
    full: bool = False


@dataclass(frozen=True, slots=True)
class Answer:
    """Rows with their dates and reasons.

    Args:
        columns: Names, in the order of each row's values.
        rows: Values; days as ISO dates, money as decimal strings, null where unknown.
        as_of: Per dataset used, the day or instant (ISO) its numbers describe.
        notes: What a reader must know: withheld rows, missing coverage, why empty.
        total: Rows that match in all, when cheaply known.
        next_cursor: Pass it back to get the following page; null on the last.
    """

    columns: Sequence[str]
    rows: Sequence[Sequence[Any]]
    as_of: Mapping[str, str | None]
    notes: Sequence[str] = ()
    total: int | None = None
    next_cursor: str | None = None

    @property
    def truncated(self) -> bool:
        """Whether rows were left out that a cursor would bring."""
        return self.next_cursor is not None


def encode_cursor(*position: Any) -> str:
    """An opaque cursor for the sort position of a page's last row."""
    text = json.dumps(position, separators=(",", ":"), default=str)
    return base64.urlsafe_b64encode(text.encode()).decode().rstrip("=")


def decode_cursor(cursor: str, length: int) -> list[Any]:
    """The position inside a cursor made by :func:`encode_cursor`.

    Raises:
        InvalidInputError: It was not made here, or for another tool.
    """
    try:
        raw = base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4))
        position = json.loads(raw)
    except (binascii.Error, ValueError):
        position = None
    if not isinstance(position, list) or len(position) != length:
        raise InvalidInputError(
            "The cursor cannot be read.",
            field="cursor",
            next_step="Pass next_cursor of the previous answer unchanged, with the same arguments.",
        )
    return position
