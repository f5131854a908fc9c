"""Why listings cannot be bought, as of the newest snapshots.

A snapshot without a single row is good news, so its day is taken from what was
loaded, never from the rows.
"""

from __future__ import annotations

from datetime import date

from sqlalchemy import ColumnElement, ScalarSelect, Subquery, and_, func, select
from sqlalchemy.orm import InstrumentedAttribute

from stockroom.reports.listings import Listing
from stockroom.reports.stranded_inventory import StrandedStock
from stockroom.reports.suppressed_listings import SuppressedListing
from stockroom.spec.run import LoadedDay


def newest_stranded() -> Subquery:
    """Listings with stranded units: (marketplace, sku, stranded_reason, …)."""
    row = StrandedStock
    return (
        select(row.marketplace, row.sku, row.stranded_on, row.auto_removal_on)
        .add_columns(func.coalesce(row.reason, "stranded").label("stranded_reason"))
        .where(row.day == newest_of("stranded_inventory", row.marketplace))
        .subquery("stranded")
    )


def newest_suppressed() -> Subquery:
    """Listings that search does not show: (marketplace, sku, suppressed_reason, suppressed_on)."""
    row = SuppressedListing
    why = func.coalesce(row.reason, row.issue, row.status, "suppressed")
    return (
        select(row.marketplace, row.sku, func.min(row.changed_on).label("suppressed_on"))
        .add_columns(func.string_agg(why.distinct(), "; ").label("suppressed_reason"))
        .where(row.day == newest_of("suppressed_listings", row.marketplace))
        .group_by(row.marketplace, row.sku)
        .subquery("suppressed")
    )


def same_listing(trouble: Subquery) -> ColumnElement[bool]:
    """A trouble is this listing's."""
    return and_(trouble.c.marketplace == Listing.marketplace, trouble.c.sku == Listing.sku)


def newest_of(dataset: str, marketplace: InstrumentedAttribute[str]) -> ScalarSelect[date]:
    """The day of a dataset's last snapshot of the marketplace, which may hold no row at all."""
    return (
        select(func.max(LoadedDay.day))
        .where(LoadedDay.dataset == dataset, LoadedDay.marketplace == marketplace)
        .correlate(marketplace.class_.__table__)
        .scalar_subquery()
    )
