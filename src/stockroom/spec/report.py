"""The language of datasets: what is asked of Amazon, how often, and how it becomes a table."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from enum import StrEnum

from stockroom.amazon.ports import AmazonAnswer, SellingPartner
from stockroom.core.marketplaces import Marketplace
from stockroom.spec.fact import Fact
from stockroom.spec.format import Format
from stockroom.spec.load import Load


class Coverage(StrEnum):
    """For what one request answers."""

    MARKETPLACE = "marketplace"
    """Asked once per marketplace."""
    REGION = "region"
    """Asked once per account: asking it per marketplace would store each row several times."""


MARKETPLACE = Coverage.MARKETPLACE
REGION = Coverage.REGION


@dataclass(frozen=True, slots=True)
class SpApiReport:
    """A document of the Reports API.

    A window is asked from the first day's beginning to the last day's end in the
    marketplaces' zones, cut at the present. Amazon widens that to whole days for
    some types; rows of other days are left out.

    Args:
        report_type: Amazon's name.
        options: ``reportOptions``; values are strings.
        refresh: Amazon's shortest time between two generations; a repeat within it ends CANCELLED.
    """

    report_type: str
    options: Mapping[str, str] = field(default_factory=dict)
    refresh: timedelta = timedelta(minutes=30)


@dataclass(frozen=True, slots=True)
class PagedApi:
    """A list operation, read to its end.

    Args:
        pages: Asks for every page.
        rows: Dotted path of the list of rows in a page.
    """

    pages: Callable[[SellingPartner, Marketplace], AsyncIterator[AmazonAnswer]]
    rows: str


@dataclass(frozen=True, slots=True)
class Guard:
    """When a document is not believed.

    Args:
        units: Column whose sum is compared with the last good load's; empty: none.
        floor: Rows (and units) below which nothing is compared: small numbers jump.
        least: Smallest believable share of the last good load.
        most: Largest believable multiple of it.
        rejected: Largest believable share of rows that could not be read.
        may_be_empty: Whether an empty document may replace rows.
    """

    units: str = ""
    floor: int = 20
    least: float = 0.5
    most: float = 3.0
    rejected: float = 0.05
    may_be_empty: bool = False


@dataclass(frozen=True, slots=True)
class Report:
    """A dataset.

    Args:
        name: The house's word for it, e.g. ``orders``.
        fills: The table; this report is its only filler.
        request: Where the data comes from.
        scope: What one request answers for.
        format: The document's shape.
        load: How rows replace rows.
        every: A fresh load is due when the last is older; a day: once per calendar day.
        settles: How long after a day's close Amazon has all of it.
        lags: How much longer it may take at worst. Until then a day at the end of a document
            that has no row at all is taken for late, not for empty.
        window: Most days one request may span.
        newest: Days loaded first on a new connection; the rest follows behind.
        history: How many days back Amazon answers.
        restated: Days at the end of the history that are loaded again each time.
        personal: Columns to remove before storing, beyond those that are always removed.
        guard: When not to believe a document.
    """

    name: str
    fills: type[Fact]
    request: SpApiReport | PagedApi
    scope: Coverage
    format: Format
    load: Load
    every: timedelta = timedelta(days=1)
    settles: timedelta = timedelta(0)
    lags: timedelta = timedelta(0)
    window: int = 1
    newest: int = 1
    history: int = 1
    restated: int = 0
    personal: tuple[str, ...] = ()
    guard: Guard = field(default_factory=Guard)
