"""The registry as of now: every listing of the newest snapshot of its marketplace."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Index, Uuid, bindparam, delete, func, insert, select
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from stockroom.db.base import Base, TenantTable
from stockroom.metrics.derivation.closings import local_day, store_parameters, stores
from stockroom.metrics.derivation.statement import Statement, planned_for_many
from stockroom.metrics.derivation.troubles import newest_stranded, newest_suppressed, same_listing
from stockroom.reports.listings import Listing
from stockroom.reports.stranded_inventory import StrandedStock
from stockroom.reports.suppressed_listings import SuppressedListing
from stockroom.spec.metric import DaySpan, DeriveContext, Metric


class CurrentListing(TenantTable, Base):
    """One SKU's listing in one marketplace, as last seen."""

    __tablename__ = "listings"
    __table_args__ = (
        Index("ix_listings_sku", "account_id", "sku", "marketplace"),
        {"schema": "metrics"},
    )

    marketplace: Mapped[str] = mapped_column(primary_key=True)
    sku: Mapped[str] = mapped_column(primary_key=True)
    asin: Mapped[str | None]
    fnsku: Mapped[str | None]
    title: Mapped[str | None]
    product_type: Mapped[str | None]
    status: Mapped[str]
    """``active``, ``inactive`` or ``suppressed``."""
    channel: Mapped[str]
    """``FBA`` or ``FBM``."""
    merchant_quantity: Mapped[int | None]
    price: Mapped[Decimal | None]
    currency: Mapped[str | None]
    sale_price: Mapped[Decimal | None]
    business_price: Mapped[Decimal | None]
    minimum_price: Mapped[Decimal | None]
    maximum_price: Mapped[Decimal | None]
    issues: Mapped[list[Any]] = mapped_column(JSONB)
    stranded_reason: Mapped[str | None]
    """Amazon's, where no listing sells the units that lie there."""
    stranded_on: Mapped[date | None]
    auto_removal_on: Mapped[date | None]
    """From then on Amazon removes the stranded units by itself."""
    suppressed_reason: Mapped[str | None]
    """Amazon's, where its search does not show the listing; several are joined."""
    suppressed_on: Mapped[date | None]
    listed_on: Mapped[date | None]
    """The marketplace's day on which the listing was made."""
    source_updated_at: Mapped[datetime | None]
    day: Mapped[date]
    asked_at: Mapped[datetime]
    run_id: Mapped[UUID]


_CLEAR = Statement(delete(CurrentListing))


def _fill() -> Statement:
    store = stores()
    newest = (
        select(func.max(Listing.day))
        .where(Listing.marketplace == store.c.code)
        .correlate(store)
        .scalar_subquery()
    )
    stranded, suppressed = newest_stranded(), newest_suppressed()
    made_here: dict[str, ColumnElement[Any]] = {
        **{
            name: stranded.c[name] for name in ("stranded_reason", "stranded_on", "auto_removal_on")
        },
        **{name: suppressed.c[name] for name in ("suppressed_reason", "suppressed_on")},
        "listed_on": local_day(Listing.created_at, store.c.zone),
        "run_id": bindparam("run_id", type_=Uuid()),
    }
    taken_over = Listing.__table__.c
    names = [column.name for column in CurrentListing.__table__.columns]
    rows = (
        select(*(made_here[name] if name in made_here else taken_over[name] for name in names))
        .join_from(store, Listing, Listing.marketplace == store.c.code)
        .outerjoin(stranded, same_listing(stranded))
        .outerjoin(suppressed, same_listing(suppressed))
        .where(Listing.day == newest)
    )
    return Statement(insert(CurrentListing).from_select(names, rows))


_FILL = _fill()


async def derive(context: DeriveContext, days: DaySpan) -> None:  # noqa: ARG001 - the present is derived whole
    """Take over the newest snapshot of each marketplace, with what is wrong as of the newest of those."""
    await _CLEAR.run(context.connection)
    places = store_parameters(context.account)
    async with planned_for_many(context.connection):
        await _FILL.run(context.connection, run_id=context.run_id, **places)


METRIC = Metric(
    name="listings",
    fills=CurrentListing,
    reads=(Listing, StrandedStock, SuppressedListing),
    derive=derive,
)
