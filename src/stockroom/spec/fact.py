"""The language of facts: one class is a table, the mapping from Amazon's columns, and its documentation.

A column says where its value comes from: a header of the document (or a dotted
path of a JSON row), the ordinal of equal rows, or a *rule* over the columns
already read and over what was asked. The engine that fills the table has never
seen it before.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any
from uuid import UUID

import polars as pl
import sqlalchemy as sa
from sqlalchemy.orm import Mapped, MappedColumn, mapped_column
from sqlalchemy.types import TypeEngine

from stockroom.core.marketplaces import MARKETPLACES, NETWORK_OF_COUNTRY, Marketplace
from stockroom.db.base import Base, TenantTable
from stockroom.spec import parse
from stockroom.spec.account import AccountFacts
from stockroom.spec.parse import Parser

SOURCE = "source"


@dataclass(frozen=True, slots=True)
class Asking:
    """What was asked of Amazon, for rules that need to know.

    Args:
        account: Whose data it is.
        marketplace: The marketplace asked, or None for the whole region.
        day: The marketplace's calendar day on which it was asked.
        asked_at: The instant it was asked, UTC.
        interval: From when to when it was asked about, UTC; None: about the present.
    """

    account: AccountFacts
    marketplace: Marketplace | None
    day: date
    asked_at: datetime
    interval: tuple[datetime, datetime] | None = None

    @property
    def places(self) -> tuple[Marketplace, ...]:
        """The marketplaces the question is about: the one asked, or all of the region."""
        return (self.marketplace,) if self.marketplace else self.account.stores


Rule = Callable[[Asking], pl.Expr]
"""Makes a column from columns of the same row that were read before it."""


@dataclass(frozen=True, slots=True)
class Header:
    """A value read from the document.

    Args:
        names: The header and its aliases, the first that exists counts; for JSON, dotted paths.
        parse: How text becomes the value; None: by the column's type.
        required: Whether a document without the column is drift.
        blank: What an empty cell means; None: null.
        carried: An empty cell repeats the last one above it that is not.
    """

    names: tuple[str, ...]
    parse: Parser | None
    required: bool
    blank: Any = None
    carried: bool = False


@dataclass(frozen=True, slots=True)
class Ordinal:
    """Tells exact duplicates apart: they are real in some reports."""


ROW_ORDINAL = Ordinal()

Source = Header | Rule | Ordinal


@dataclass(frozen=True, slots=True)
class Passing:
    """A column that is read for rules and not kept."""

    header: Header


class Fact(TenantTable, Base):
    """A table that a report fills. Every row remembers the run that wrote it."""

    __abstract__ = True

    run_id: Mapped[UUID] = mapped_column(sort_order=1000)


def key(
    source: str | Rule | Ordinal,
    *,
    also: tuple[str, ...] = (),
    parse: Parser | None = None,
    blank: Any = None,
    doc: str = "",
) -> MappedColumn[Any]:
    """A part of the primary key; always required."""
    found = _source(source, also, parse, required=True, blank=blank)
    return mapped_column(
        primary_key=True, autoincrement=False, doc=doc or None, info={SOURCE: found}
    )


def col(
    source: str | Rule,
    *,
    also: tuple[str, ...] = (),
    parse: Parser | None = None,
    required: bool = True,
    blank: Any = None,
    carried: bool = False,
    kind: TypeEngine[Any] | None = None,
    doc: str = "",
) -> MappedColumn[Any]:
    """A column.

    Args:
        source: Header, dotted path, or rule.
        also: Other names the header goes by.
        parse: How text becomes the value; default: by the column's type.
        required: Whether its absence from a document is drift.
        blank: What an empty cell (or an absent column) means; default: null.
        carried: Said once for all rows below: an empty cell repeats the one above.
        kind: The SQL type, where the annotation does not say it.
        doc: Meaning and unit, where the name does not say them.
    """
    found = _source(source, also, parse, required=required, blank=blank)
    info = {SOURCE: replace(found, carried=carried) if isinstance(found, Header) else found}
    if kind is None:
        return mapped_column(doc=doc or None, info=info)
    return mapped_column(kind, doc=doc or None, info=info)


def passing(
    name: str, *, also: tuple[str, ...] = (), parse: Parser = parse.text, required: bool = True
) -> Passing:
    """A column that rules need and the table does not keep."""
    return Passing(Header((name, *also), parse, required))


def _source(
    source: str | Rule | Ordinal,
    also: tuple[str, ...],
    parser: Parser | None,
    *,
    required: bool,
    blank: Any,
) -> Source:
    if isinstance(source, str):
        return Header((source, *also), parser, required, blank)
    return source


# --- rules that most snapshots share --------------------------------------------------------------


def asked_day(asking: Asking) -> pl.Expr:
    """The marketplace's day on which it was asked."""
    return pl.lit(asking.day)


def asked_marketplace(asking: Asking) -> pl.Expr:
    """The marketplace asked; empty for a region."""
    return pl.lit(asking.marketplace.code if asking.marketplace else "")


def asked_at(asking: Asking) -> pl.Expr:
    """The instant it was asked."""
    return pl.lit(asking.asked_at).dt.convert_time_zone("UTC")


def home_day(moment: str) -> Rule:
    """The day of an instant in the zone of the seller's primary marketplace.

    For rows of a region that name no marketplace. The zone is one of those the
    question's days are closed in, so the document has the whole day.

    Args:
        moment: The column with the instant.
    """

    def day(asking: Asking) -> pl.Expr:
        zone = MARKETPLACES[asking.account.primary_marketplace].zone.key
        return pl.col(moment).dt.convert_time_zone(zone).dt.date()

    return day


def country_network(asking: Asking) -> pl.Expr:  # noqa: ARG001 - a rule like the others
    """The network of the column ``country``; one Amazon adds tomorrow is its own until told otherwise."""
    country = pl.col("country")
    return country.str.to_uppercase().replace_strict(
        NETWORK_OF_COUNTRY, default=country, return_dtype=pl.String
    )


# --- reading a declaration --------------------------------------------------------------------------


def sources(fact: type[Fact]) -> Iterator[tuple[sa.Column[Any], Source]]:
    """The mapped columns of a fact with where each comes from, in order of declaration."""
    for column in table_of(fact).columns:
        if SOURCE in column.info:
            yield column, column.info[SOURCE]


def passings(fact: type[Fact]) -> Iterator[tuple[str, Header]]:
    """The columns that are read and not kept."""
    for name, value in vars(fact).items():
        if isinstance(value, Passing):
            yield name, value.header


def table_of(fact: type[Base]) -> sa.Table:
    """The table of a declared class."""
    table = fact.__table__
    assert isinstance(table, sa.Table)
    return table
