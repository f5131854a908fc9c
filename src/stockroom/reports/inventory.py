"""Stock as Amazon shows it now: fbaInventory v1, every SKU of every marketplace, once a day.

Asked per marketplace, the API shows each listing the stock of the network that
serves it: one EU pool appears under four marketplaces. The network is stored
with where that knowledge comes from, so that a pool is counted once.
"""

from __future__ import annotations

from datetime import date, datetime

import polars as pl
from sqlalchemy.orm import Mapped

from stockroom.amazon.rates import GET_INVENTORY
from stockroom.core.marketplaces import BY_SALES_CHANNEL
from stockroom.db.base import partitioned_by_month
from stockroom.spec.fact import (
    Asking,
    Fact,
    asked_at,
    asked_day,
    asked_marketplace,
    col,
    key,
    passing,
)
from stockroom.spec.format import JSON_PAGES
from stockroom.spec.load import SNAPSHOT
from stockroom.spec.report import MARKETPLACE, Guard, PagedApi, Report

_DETAILS = "inventoryDetails"
_RESERVED = f"{_DETAILS}.reservedQuantity"
_UNFIT = f"{_DETAILS}.unfulfillableQuantity"
_NETWORK_OF_STORE = {store: place.network for store, place in BY_SALES_CHANNEL.items()}


def _store_network(_: Asking) -> pl.Expr:
    """The network of the first store named in ``stores``: how remote fulfilment shows."""
    store = pl.col("stores").str.extract(r'\["([^"]+)"').str.to_lowercase()
    return store.replace_strict(_NETWORK_OF_STORE, default=None, return_dtype=pl.String)


def _network(asking: Asking) -> pl.Expr:
    assert asking.marketplace is not None
    return pl.coalesce(_store_network(asking), pl.lit(asking.marketplace.network))


def _network_source(asking: Asking) -> pl.Expr:
    named = _store_network(asking).is_not_null()
    return pl.when(named).then(pl.lit("stores")).otherwise(pl.lit("marketplace"))


class InventorySnapshot(Fact):
    """One SKU's stock in the network that serves one marketplace, as of the instant asked."""

    __tablename__ = "inventory_snapshots"
    __table_args__ = (partitioned_by_month("core"),)

    day: Mapped[date] = key(asked_day)
    marketplace: Mapped[str] = key(asked_marketplace)
    sku: Mapped[str] = key("sellerSku")
    fnsku: Mapped[str | None] = col("fnSku")
    asin: Mapped[str | None] = col("asin")
    title: Mapped[str | None] = col("productName", required=False)
    condition: Mapped[str | None] = col("condition", required=False)
    stores = passing("stores", required=False)
    network: Mapped[str] = col(_network)
    network_source: Mapped[str] = col(_network_source, doc="marketplace | stores")
    sellable: Mapped[int] = col(f"{_DETAILS}.fulfillableQuantity", blank=0)
    reserved_orders: Mapped[int] = col(f"{_RESERVED}.pendingCustomerOrderQuantity", blank=0)
    fc_transfer: Mapped[int] = col(f"{_RESERVED}.pendingTransshipmentQuantity", blank=0)
    fc_processing: Mapped[int] = col(f"{_RESERVED}.fcProcessingQuantity", blank=0)
    inbound_working: Mapped[int] = col(f"{_DETAILS}.inboundWorkingQuantity", blank=0)
    inbound_shipped: Mapped[int] = col(f"{_DETAILS}.inboundShippedQuantity", blank=0)
    inbound_receiving: Mapped[int] = col(f"{_DETAILS}.inboundReceivingQuantity", blank=0)
    researching: Mapped[int] = col(
        f"{_DETAILS}.researchingQuantity.totalResearchingQuantity", required=False, blank=0
    )
    unfulfillable: Mapped[int] = col(f"{_UNFIT}.totalUnfulfillableQuantity", blank=0)
    customer_damaged: Mapped[int] = col(f"{_UNFIT}.customerDamagedQuantity", blank=0)
    warehouse_damaged: Mapped[int] = col(f"{_UNFIT}.warehouseDamagedQuantity", blank=0)
    distributor_damaged: Mapped[int] = col(f"{_UNFIT}.distributorDamagedQuantity", blank=0)
    carrier_damaged: Mapped[int] = col(f"{_UNFIT}.carrierDamagedQuantity", blank=0)
    defective: Mapped[int] = col(f"{_UNFIT}.defectiveQuantity", blank=0)
    expired: Mapped[int] = col(f"{_UNFIT}.expiredQuantity", blank=0)
    source_updated_at: Mapped[datetime | None] = col("lastUpdatedTime", required=False)
    asked_at: Mapped[datetime] = col(asked_at)


REPORT = Report(
    name="inventory",
    fills=InventorySnapshot,
    request=PagedApi(
        lambda amazon, asking: amazon.inventory_summaries(*asking.places),
        rows="payload.inventorySummaries",
        usual={GET_INVENTORY.name: 1},
    ),
    scope=MARKETPLACE,
    format=JSON_PAGES,
    load=SNAPSHOT,
    guard=Guard(units="sellable"),
)
