"""Every order line of every channel, by last update: a late cancellation changes an old day.

Lines have no stable id, so an order is replaced whole when the update is not
older than what is stored. The document carries the buyer's city, state and
postal code: they are removed before anything is stored.
"""

from __future__ import annotations

from datetime import date, datetime, timedelta
from decimal import Decimal

import polars as pl
import sqlalchemy as sa
from sqlalchemy.orm import Mapped

from stockroom.core.marketplaces import BY_SALES_CHANNEL, MARKETPLACES
from stockroom.db.base import partitioned_by_month
from stockroom.spec.fact import ROW_ORDINAL, Asking, Fact, col, key, passing
from stockroom.spec.format import TSV
from stockroom.spec.load import replace_group
from stockroom.spec.report import REGION, Guard, Report, SpApiReport

_BY_CHANNEL = {channel: place.code for channel, place in BY_SALES_CHANNEL.items()}
_MCF = "non-amazon"


def _channel(_: Asking) -> pl.Expr:
    """Multi-channel orders are sold elsewhere and shipped by Amazon: ``Non-Amazon``, ``Non-Amazon US``."""
    elsewhere = pl.col("sales_channel").str.to_lowercase().str.starts_with(_MCF)
    return pl.when(elsewhere).then(pl.lit("mcf")).otherwise(pl.lit("amazon"))


def _marketplace(asking: Asking) -> pl.Expr:
    """By sales channel; a multi-channel order belongs where it is shipped, if we sell there."""
    known = {code: code for code in asking.account.marketplaces}
    if "UK" in known:
        known["GB"] = "UK"
    shipped_to = pl.col("ship_country").str.to_uppercase()
    mcf = shipped_to.replace_strict(
        known, default=asking.account.primary_marketplace, return_dtype=pl.String
    )
    sold_on = (
        pl.col("sales_channel")
        .str.to_lowercase()
        .replace_strict(_BY_CHANNEL, default="", return_dtype=pl.String)
    )
    return pl.when(pl.col("channel") == "mcf").then(mcf).otherwise(sold_on)


def _purchase_day(asking: Asking) -> pl.Expr:
    """The calendar day in the marketplace's zone; the primary one's where it is not known."""
    region = asking.account.stores[0].region
    stores = {
        store.code: store.zone.key for store in MARKETPLACES.values() if store.region is region
    }
    zone = pl.col("marketplace").replace_strict(
        stores, default=stores[asking.account.primary_marketplace], return_dtype=pl.String
    )
    at = pl.col("purchased_at")
    days = [
        pl.when(zone == name).then(at.dt.convert_time_zone(name).dt.date())
        for name in sorted(set(stores.values()))
    ]
    return pl.coalesce(days)


def _replacement(_: Asking) -> pl.Expr:
    """A free replacement of an earlier order: sold on Amazon for exactly nothing.

    A pending line of a sale has no price at all, a promotion leaves the price and
    shows its id, and a cancelled line counts no units either way.
    """
    free = (pl.col("item_price") == 0).fill_null(value=False)
    promoted = pl.col("promotion_ids").is_not_null()
    standing = ~pl.col("order_status").str.to_lowercase().is_in(["pending", "cancelled"])
    return (pl.col("channel") == "amazon") & free & ~promoted & standing


def _fulfillment(cell: pl.Expr) -> pl.Expr:
    at_amazon = cell.str.to_lowercase().is_in(["amazon", "afn"])
    return pl.when(at_amazon).then(pl.lit("FBA")).when(cell.is_not_null()).then(pl.lit("FBM"))


class OrderLine(Fact):
    """One line of one order."""

    __tablename__ = "order_lines"
    __table_args__ = (
        sa.Index("ix_order_lines_order", "account_id", "order_id"),
        partitioned_by_month("core"),
    )

    sales_channel = passing("sales-channel")
    promotion_ids = passing("promotion-ids", required=False)
    day: Mapped[date] = key(_purchase_day)
    order_id: Mapped[str] = key("amazon-order-id")
    ordinal: Mapped[int] = key(ROW_ORDINAL)
    marketplace: Mapped[str] = col(_marketplace, doc="empty where it cannot be derived")
    sku: Mapped[str] = col("sku")
    asin: Mapped[str | None] = col("asin")
    order_status: Mapped[str] = col("order-status")
    item_status: Mapped[str | None] = col("item-status")
    fulfillment: Mapped[str] = col("fulfillment-channel", parse=_fulfillment, doc="FBA | FBM")
    channel: Mapped[str] = col(_channel, doc="amazon | mcf")
    replacement: Mapped[bool] = col(_replacement)
    units_ordered: Mapped[int] = col("quantity", blank=0, doc="cancelled units are already out")
    currency: Mapped[str | None] = col("currency")
    item_price: Mapped[Decimal | None] = col("item-price", doc="of the line; null while pending")
    item_discount: Mapped[Decimal | None] = col("item-promotion-discount", required=False)
    ship_country: Mapped[str | None] = col("ship-country")
    purchased_at: Mapped[datetime] = col("purchase-date")
    source_updated_at: Mapped[datetime] = col("last-updated-date")


REPORT = Report(
    name="orders",
    fills=OrderLine,
    request=SpApiReport(
        "GET_FLAT_FILE_ALL_ORDERS_DATA_BY_LAST_UPDATE_GENERAL",
        refresh=timedelta(0),  # All Orders is exempt from the one-per-30-minutes rule
    ),
    role="Inventory and Order Tracking",
    scope=REGION,
    format=TSV,
    load=replace_group("order_id", version="source_updated_at"),
    every=timedelta(minutes=15),
    settles=timedelta(minutes=30),  # an order shows minutes after it is placed
    window=29,  # Amazon takes 30 × 24 h; zones and the hour of autumn must fit in too
    newest=91,
    history=730,
    restated=2,  # an order may show later than it settles; a little overlap finds it
    persons=True,
    guard=Guard(may_be_empty=True),
)
