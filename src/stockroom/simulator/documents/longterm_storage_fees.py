"""GET_FBA_FULFILLMENT_LONGTERM_STORAGE_FEE_CHARGES_DATA: what was charged for old units on the 15th.

Facts 1.2: exactly one month must be asked for. Facts 7.4: by age tier, as of the
snapshot of the 15th.
"""

from __future__ import annotations

from calendar import monthrange
from collections.abc import Iterator
from datetime import date, timedelta

from stockroom.simulator.documents.freshness import DAILY
from stockroom.simulator.documents.view import Ask, DocumentView, Generation
from stockroom.simulator.world import Event, SellerWorld

_LENGTHS = range(28, 32)

COLUMNS = (
    "snapshot-date", "sku", "fnsku", "asin", "product-name", "condition", "per-unit-volume",
    "currency", "volume-unit", "country", "qty-charged", "amount-charged", "surcharge-age-tier",
    "rate-surcharge",
)  # fmt: skip


def rows(world: SellerWorld, generation: Generation) -> Iterator[tuple[str, ...]]:
    """The surcharges of the month."""
    window = generation.start, generation.end, generation.as_of
    for charge in world.happened({"surcharge_charged"}, *window):
        yield _row(charge, world.titles[charge.msku])


def objection(ask: Ask) -> str | None:
    """The window is one month: as many days as the month has in which it begins."""
    if ask.start is not None and ask.end is not None:
        days = round((ask.end - ask.start) / timedelta(days=1))
        # Midnights of the world lie around that of UTC: half a day on, it is the month meant.
        if days in _LENGTHS and days == _length(ask.start + timedelta(hours=12)):
            return None
    return "The date range of this report must be exactly one month."


def _length(day: date) -> int:
    return monthrange(day.year, day.month)[1]


VIEW = DocumentView(
    report_type="GET_FBA_FULFILLMENT_LONGTERM_STORAGE_FEE_CHARGES_DATA",
    columns=COLUMNS,
    rows=rows,
    objection=objection,
    quoted=False,
    pause=DAILY,
    charsets={},
)


def _row(charge: Event, title: str) -> tuple[str, ...]:
    refs = charge.refs
    return (
        charge.at.isoformat(timespec="seconds"),
        charge.msku,
        charge.fnsku or "",
        charge.asin,
        title,
        "New",
        refs["volume"],
        charge.currency or "",
        "cubic feet",
        charge.country or "",
        str(charge.units),
        charge.price or "",
        refs["tier"],
        refs["rate"],
    )
