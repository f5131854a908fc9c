"""Manage-FBA-inventory documents: one SKU's stock in one marketplace, merchant's and Amazon's.

``store`` and the local and remote quantities appear where Amazon fulfils one
marketplace's listing from another's warehouses.
"""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal

from sqlalchemy.orm import Mapped

from stockroom.spec.fact import Fact, asked_at, asked_day, asked_marketplace, col, key


class MyiStock(Fact):
    """One SKU's stock behind one marketplace's listing, as of the instant asked."""

    __abstract__ = True

    day: Mapped[date] = key(asked_day)
    marketplace: Mapped[str] = key(asked_marketplace)
    sku: Mapped[str] = key("sku")
    fnsku: Mapped[str | None] = col("fnsku")
    asin: Mapped[str | None] = col("asin")
    condition: Mapped[str | None] = col("condition", required=False)
    price: Mapped[Decimal | None] = col("your-price", required=False)
    merchant_listing: Mapped[bool | None] = col("mfn-listing-exists", required=False)
    merchant_quantity: Mapped[int | None] = col("mfn-fulfillable-quantity", required=False)
    fba_listing: Mapped[bool | None] = col("afn-listing-exists", required=False)
    warehouse: Mapped[int] = col("afn-warehouse-quantity", blank=0)
    fulfillable: Mapped[int] = col("afn-fulfillable-quantity", blank=0)
    unsellable: Mapped[int] = col("afn-unsellable-quantity", blank=0)
    reserved: Mapped[int] = col("afn-reserved-quantity", blank=0)
    total: Mapped[int] = col("afn-total-quantity", blank=0)
    inbound_working: Mapped[int] = col("afn-inbound-working-quantity", required=False, blank=0)
    inbound_shipped: Mapped[int] = col("afn-inbound-shipped-quantity", required=False, blank=0)
    inbound_receiving: Mapped[int] = col("afn-inbound-receiving-quantity", required=False, blank=0)
    researching: Mapped[int] = col("afn-researching-quantity", required=False, blank=0)
    future_supply: Mapped[int] = col("afn-reserved-future-supply", required=False, blank=0)
    store: Mapped[str | None] = col("store", required=False, doc="as Amazon writes it")
    fulfillable_local: Mapped[int | None] = col("afn-fulfillable-quantity-local", required=False)
    fulfillable_remote: Mapped[int | None] = col("afn-fulfillable-quantity-remote", required=False)
    asked_at: Mapped[datetime] = col(asked_at)
