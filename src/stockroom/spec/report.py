"""The language of datasets: what is asked of Amazon, how often, and how it becomes a table."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from enum import StrEnum
from typing import Any, ClassVar

from stockroom.amazon.ports import AmazonAnswer, SellingPartner
from stockroom.core.marketplaces import MARKETPLACES, Marketplace
from stockroom.spec.account import AccountFacts
from stockroom.spec.fact import Asking, Fact
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
        dated: Whether it is asked for an interval; else it shows the present.
        lookback: What shows the present and wants an interval nevertheless: how long it must be.
        by_date: Amazon reads the interval's dates and not its hours: days are named as they are,
            unconverted, the last one included.
    """

    report_type: str
    options: Mapping[str, str] = field(default_factory=dict)
    refresh: timedelta = timedelta(minutes=30)
    dated: bool = True
    by_date: bool = False
    lookback: timedelta = timedelta(0)

    def reaches(self, account: AccountFacts, store: Marketplace) -> bool:  # noqa: ARG002 - asked of every kind
        """Whether the account's grant opens it there: it is the one every account has."""
        return True


@dataclass(frozen=True, slots=True)
class ListedReport:
    """A document that Amazon makes by itself: it is listed, and never requested.

    A run of such a dataset looks at the list; each document on it that has not been loaded
    becomes a run of its own (see ``sync.listed``).

    Args:
        report_type: Amazon's name.
        refresh: When the list may have grown enough to be worth another look.
        apart: Days between two documents of one marketplace.
    """

    report_type: str
    refresh: timedelta = timedelta(hours=1)
    apart: int = 14
    dated: ClassVar[bool] = True
    """What is loaded covers days."""

    def reaches(self, account: AccountFacts, store: Marketplace) -> bool:  # noqa: ARG002 - asked of every kind
        """Whether the account's grant opens it there: it is the one every account has."""
        return True


RowsOf = Callable[[Any], Iterable[Any] | None]
"""Finds the rows in a page where no path can; None: the page has no such list."""


@dataclass(frozen=True, slots=True)
class PagedApi:
    """A list operation, read to its end.

    Where one list says only half (plans without their shipments), ``pages`` may
    call several operations and give pages that join their answers.

    Args:
        pages: Asks for every page; ``asking.places`` are the marketplaces it is about.
        rows: The list of rows in a page: its dotted path, or what finds it.
        refresh: When the answer may have changed enough to be worth asking again.
        dated: Whether it is asked for an interval (``asking.start`` and ``asking.end``); else it
            shows the present.
        usual: Calls that reading it takes of an ordinary seller, by operation: what is expected
            until it was read once.
    """

    pages: Callable[[SellingPartner, Asking], AsyncIterator[AmazonAnswer]]
    rows: str | RowsOf
    refresh: timedelta = timedelta(minutes=30)
    dated: bool = False
    usual: Mapping[str, int] = field(default_factory=dict)

    def reaches(self, account: AccountFacts, store: Marketplace) -> bool:  # noqa: ARG002 - asked of every kind
        """Whether the account's grant opens it there: it is the one every account has."""
        return True


@dataclass(frozen=True, slots=True)
class AdsReport:
    """A document of the advertising API: one row per day and subject.

    Asked once per marketplace, for days of the advertising profile's calendar. Its
    columns are those that the fact reads. It comes as one array and is kept in pages.

    Args:
        report_type: Amazon's ``reportTypeId``.
        ad_product: Amazon's word for the kind of advertising.
        group_by: What a row is about, Amazon's word.
        rows: Dotted path of the list of rows in a kept page.
        refresh: How long Amazon answers the same question with the same report.
    """

    report_type: str
    ad_product: str
    group_by: str
    rows: str = "rows"
    refresh: timedelta = timedelta(minutes=15)
    dated: ClassVar[bool] = True
    """It is always asked for an interval."""

    def reaches(self, account: AccountFacts, store: Marketplace) -> bool:
        """Whether the account's advertising is connected there: that is a grant of its own."""
        return store.code in account.ads_marketplaces


Request = SpApiReport | ListedReport | PagedApi | AdsReport
"""The ways of asking."""


@dataclass(frozen=True, slots=True)
class Guard:
    """When a document is not believed.

    What is compared, is compared with the last good load. These are the widest limits; for a
    dataset whose loads have been calm they are drawn in (see ``sync.guard``).

    Args:
        units: Column whose sum is compared; empty: none.
        floor: Rows (and SKUs) below which nothing is compared: small numbers jump.
        least: Smallest believable share of the last good load's rows; 0: their number says nothing.
        most: Largest believable multiple of its rows, or of its units.
        overlap: Smallest believable share of its SKUs that are there again.
        foreign: Largest believable share of SKUs that nothing of the account knows.
        repeated: Largest believable share of rows that repeat a key. Where that is ordinary: 1.
        outside: Largest believable share of rows of days that nobody asked for.
        rejected: Largest believable share of rows that could not be read.
        may_be_empty: Whether an empty document may replace a list that had few rows.
    """

    units: str = ""
    floor: int = 10
    least: float = 0.65
    most: float = 3.0
    overlap: float = 0.6
    foreign: float = 0.8
    repeated: float = 0.85
    outside: float = 0.2
    rejected: float = 0.05
    may_be_empty: bool = False


def everywhere(_: Marketplace) -> bool:
    """Amazon has the dataset for every marketplace."""
    return True


@dataclass(frozen=True, slots=True)
class Report:
    """A dataset.

    Args:
        name: The house's word for it, e.g. ``orders``.
        fills: The table; this report is its only filler.
        request: Where the data comes from.
        scope: What one request answers for.
        format: The document's shape.
        rows: Of a JSON document: the list of rows, its dotted path or what finds it. Two datasets
            may read two lists of one document: their ``request`` is equal.
        load: How rows replace rows.
        rank: Whose turn it is when requests are scarce: lower first. What answers no question
            alone, or only confirms what another dataset says, is 1; what takes a request for
            every single day is 2; what no metric and no tool reads is 3.
        every: A fresh load is due when the last is older; a day: once per calendar day.
        settles: How long after a day's close Amazon has all of it.
        lags: How much longer it may take at worst. Until then a day at the end of a document
            that has no row at all is taken for late, not for empty.
        closes_by: Column whose values close their days apart (a network has its own midnight): a
            day is in when every one of them has come that far. Empty: all at once.
        window: Most days one request may span.
        monthly: A request is for one calendar month, all of it: none is asked before its last day
            has settled.
        newest: Days loaded first on a new connection; the rest follows behind.
        history: How many days back Amazon answers.
        restated: Days at the end of the history that are loaded again each time.
        restated_weekly: Days at the end of the history, those among them, that are loaded again
            at least each week, spread over its nights.
        personal: Columns to remove before storing, beyond those that are always removed.
        persons: The document tells of buyers: of its columns only those that are read are stored,
            because a personal one may come under a name that nobody here knows.
        guard: When not to believe a document.
        role: Amazon's name of the role that the application needs for it; where several would do,
            one of them.
        applies_to: Whether Amazon has the dataset for a marketplace. Where it has not, nothing is
            asked, and freshness says ``not_applicable``.
    """

    name: str
    fills: type[Fact]
    request: Request
    scope: Coverage
    format: Format
    load: Load
    rows: str | RowsOf = ""
    rank: int = 0
    every: timedelta = timedelta(days=1)
    settles: timedelta = timedelta(0)
    lags: timedelta = timedelta(0)
    closes_by: str = ""
    window: int = 1
    monthly: bool = False
    newest: int = 1
    history: int = 1
    restated: int = 0
    restated_weekly: int = 0
    personal: tuple[str, ...] = ()
    persons: bool = False
    guard: Guard = field(default_factory=Guard)
    role: str = "Amazon Fulfillment"
    applies_to: Callable[[Marketplace], bool] = everywhere

    def exists_in(self, codes: Iterable[str]) -> bool:
        """Whether Amazon has the dataset for one of these country codes."""
        return any(self.applies_to(MARKETPLACES[code]) for code in codes)

    def reach(self, settings: Mapping[str, Any]) -> int:
        """How many days back it is loaded for an account of these settings."""
        return min(self.history, int(settings.get("history_days", self.history)))

    def stores(self, account: AccountFacts) -> tuple[Marketplace, ...]:
        """The account's marketplaces for which Amazon has the dataset, and tells it to this account."""
        return tuple(
            store
            for store in account.stores
            if self.applies_to(store) and self.request.reaches(account, store)
        )

    def codes(self, account: AccountFacts) -> tuple[str, ...]:
        """What is asked separately: country codes, or once (an empty code) for the region."""
        stores = self.stores(account)
        if self.scope is MARKETPLACE:
            return tuple(store.code for store in stores)
        return ("",) if stores else ()
