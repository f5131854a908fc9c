"""Which cell of a document feeds which column: by normalised header, with aliases.

Headers differ by marketplace, region and year. A column that is missing and
required is drift, and names itself; one that nobody knows is counted.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from stockroom.core.errors import BadDocumentError
from stockroom.spec.fact import Fact, Header, passings, sources
from stockroom.spec.format import normalized


class DriftError(BadDocumentError):
    """The document is readable but not what the declaration describes.

    Args:
        summary: Why, in one sentence.
        remarks: What is to be kept of it with the run.
    """

    def __init__(self, summary: str, *, remarks: Mapping[str, Any] | None = None) -> None:
        super().__init__(summary)
        self.remarks = remarks or {"reasons": [summary]}


def wanted(fact: type[Fact]) -> dict[str, Header]:
    """Every column of a fact that is read from the document, kept or passing."""
    kept = {column.key: source for column, source in sources(fact) if isinstance(source, Header)}
    return kept | dict(passings(fact))


@dataclass(frozen=True, slots=True)
class Layout:
    """How one document is laid out.

    Args:
        width: Cells in a record.
        places: Position of each column's cell; columns that are absent are not in it.
        unknown: Headers that no column asked for.
    """

    width: int
    places: dict[str, int]
    unknown: tuple[str, ...]


def layout(headers: Sequence[str], columns: dict[str, Header]) -> Layout:
    """Find each column's place.

    Raises:
        DriftError: A required column is missing; names the first and all that were found.
    """
    found: dict[str, int] = {}
    for position, written in enumerate(headers):
        found.setdefault(normalized(written), position)
    places: dict[str, int] = {}
    for column, header in columns.items():
        place = next((found[name] for name in map(normalized, header.names) if name in found), None)
        if place is not None:
            places[column] = place
        elif header.required:
            shown = ", ".join(name[:40] for name in headers[:60])
            raise DriftError(f"The column '{header.names[0]}' is missing. Found: {shown}.")
    used = set(places.values())
    unknown = tuple(name[:80] for place, name in enumerate(headers) if place not in used)
    return Layout(len(headers), places, unknown)
