"""What a report document is: columns, and rows read from a seller's world.

A document is a value: a function of the world, of what was asked and of the
moment generation finished. Rendering it twice gives the same bytes.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from stockroom.core.marketplaces import Marketplace, Region
from stockroom.simulator.world import ListingState, SellerWorld


@dataclass(frozen=True, slots=True)
class Ask:
    """What a seller asked for."""

    region: Region
    marketplaces: tuple[Marketplace, ...]
    start: datetime | None
    end: datetime | None
    options: Mapping[str, str]


Listings = Callable[[SellerWorld, datetime], list[ListingState]]
"""How a seller's listings stand at an instant."""


@dataclass(frozen=True, slots=True)
class Generation:
    """One rendering: the ask, its window made whole, and how far the world had come."""

    ask: Ask
    start: datetime
    end: datetime
    as_of: datetime
    listings: Listings = SellerWorld.listings_at


Rows = Callable[[SellerWorld, Generation], Iterable[Sequence[str]]]


@dataclass(frozen=True, slots=True)
class Table:
    """A document before it is written out."""

    columns: Sequence[str]
    rows: Iterable[Sequence[str]]


Edit = Callable[[Table], Table]
"""A change between what is true and what is written (see ``simulator.moods``)."""


def unchanged(table: Table) -> Table:
    """The edit that is none."""
    return table


@dataclass(frozen=True, slots=True)
class DocumentView:
    """One report type."""

    report_type: str
    columns: tuple[str, ...]
    rows: Rows
    objection: Callable[[Ask], str | None]
    """Why the report ends FATAL, in the words of its document; None: it does not."""
    quoted: bool
    """Fields are wrapped in quotes; otherwise a quote is a character like any other."""
    pause: timedelta | None
    """The same report is not generated again within this time; None: whenever asked."""
    charsets: Mapping[Region, str]
    """Amazon's name of the character set, where it is not UTF-8."""
    newline: str = "\n"
    alone: bool = False
    """The pause holds for everything of its type, whatever is asked."""
    written: Callable[[SellerWorld, Generation, Table], str] | None = None
    """How the table is written where the document is JSON; its cells are JSON then."""
    automatic: bool = False
    """Amazon makes it by itself; it cannot be requested."""

    @property
    def media_type(self) -> str:
        """What the document is, as its content type says."""
        return "application/json" if self.written else "text/tab-separated-values"

    def text(self, world: SellerWorld, generation: Generation, edit: Edit = unchanged) -> str:
        """The document."""
        line = _quoted if self.quoted else _plain
        table = edit(Table(self.columns, self.rows(world, generation)))
        if self.written:
            return self.written(world, generation, table)
        lines = [line(table.columns)]
        lines.extend(line(row) for row in table.rows)
        return self.newline.join([*lines, ""])

    def charset(self, region: Region) -> str:
        """The charset that the document's content type names."""
        return self.charsets.get(region, "UTF-8")


def _plain(fields: Sequence[str]) -> str:
    # Facts 1.1: nothing is quoted, so a tab or line break inside a title cannot survive.
    return "\t".join(" ".join(field.split()) if _breaks(field) else field for field in fields)


def _quoted(fields: Sequence[str]) -> str:
    return "\t".join('"' + field.replace('"', '""') + '"' for field in fields)


def _breaks(field: str) -> bool:
    return "\t" in field or "\n" in field or "\r" in field
