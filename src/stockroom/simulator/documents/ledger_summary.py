"""GET_LEDGER_SUMMARY_VIEW_DATA: warehouse balances and what moved them, per country and period.

Facts 1.2: quoted fields, spaced headers, outflows negative, MM/DD/YYYY, monthly
unless asked otherwise. A row says where the units lay, so one EU pool has rows
in several countries; the report holds the countries of the marketplaces' networks.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import date, timedelta
from itertools import groupby
from operator import attrgetter

from stockroom.simulator.documents.freshness import DAILY
from stockroom.simulator.documents.ledger import LedgerAsk, without_window
from stockroom.simulator.documents.view import Ask, DocumentView, Generation
from stockroom.simulator.world import LedgerDay, SellerWorld

PERIODS = ("DAILY", "WEEKLY", "MONTHLY")

COLUMNS = (
    "Date", "FNSKU", "ASIN", "MSKU", "Title", "Disposition", "Starting Warehouse Balance",
    "In Transit Between Warehouses", "Receipts", "Customer Shipments", "Customer Returns",
    "Vendor Returns", "Warehouse Transfer In/Out", "Found", "Lost", "Damaged", "Disposed",
    "Other Events", "Ending Warehouse Balance", "Unknown Events", "Location",
)  # fmt: skip

_BALANCE = attrgetter("country", "fnsku", "msku", "disposition")
_MOVEMENTS = (
    "receipts", "customer_shipments", "customer_returns", "vendor_returns", "transfers", "found",
    "lost", "damaged", "disposed", "other", "unknown",
)  # fmt: skip


def rows(world: SellerWorld, generation: Generation) -> Iterator[tuple[str, ...]]:
    """One row per period and balance that is not all zero."""
    asked = LedgerAsk.of(generation)
    period = generation.ask.options.get("aggregatedByTimePeriod", "MONTHLY")
    found = (
        row
        for row in world.ledger_days(asked.first, asked.last, generation.as_of)
        if asked.covers(row.network, row.fnsku, row.msku, row.asin)
    )
    for days in _by_period(found, period):
        yield _row(days, period)


def objection(ask: Ask) -> str | None:
    """Options and windows that end FATAL."""
    if reason := without_window(ask):
        return reason
    if ask.options.get("aggregateByLocation", "COUNTRY") != "COUNTRY":
        return "This seller's inventory is available with aggregateByLocation COUNTRY only."
    if ask.options.get("aggregatedByTimePeriod", "MONTHLY") not in PERIODS:
        return f"aggregatedByTimePeriod must be one of {', '.join(PERIODS)}."
    return None


VIEW = DocumentView(
    report_type="GET_LEDGER_SUMMARY_VIEW_DATA",
    columns=COLUMNS,
    rows=rows,
    objection=objection,
    quoted=True,
    pause=DAILY,
    charsets={},
)


def _by_period(days: Iterable[LedgerDay], period: str) -> Iterator[list[LedgerDay]]:
    """Days of one period and balance together, in order of period."""
    if period == "DAILY":
        yield from ([day] for day in days)
        return
    ordered = sorted(days, key=lambda row: (_period(row.day, period), _BALANCE(row), row.day))
    for _, group in groupby(ordered, key=lambda row: (_period(row.day, period), _BALANCE(row))):
        yield list(group)


def _period(day: date, period: str) -> date:
    """The first day of the week (Monday) or month that ``day`` is in."""
    if period == "WEEKLY":
        return day - timedelta(days=day.weekday())
    return day.replace(day=1) if period == "MONTHLY" else day


def _row(days: list[LedgerDay], period: str) -> tuple[str, ...]:
    """Balances from the ends of the period, movements added up."""
    first, last = days[0], days[-1]
    moved = {name: str(sum(getattr(day, name) for day in days)) for name in _MOVEMENTS}
    return (
        _date(first.day, period),
        first.fnsku,
        first.asin,
        first.msku,
        first.title,
        first.disposition,
        str(first.starting),
        str(last.in_transit),
        *(moved[name] for name in _MOVEMENTS[:-1]),
        str(last.ending),
        moved["unknown"],
        first.country,
    )


def _date(day: date, period: str) -> str:
    if period == "MONTHLY":
        return f"{day:%m/%Y}"  # monthly rows carry another form
    return f"{_period(day, period):%m/%d/%Y}"
