"""Stock as of now: one row per SKU and marketplace, carrying the units of the pool that serves it.

Amazon shows a pool's stock on each of its listings, so rows are never added:
``pool`` names what to count once. Of several snapshots of one pool the newest
speaks for all its rows.
"""

from __future__ import annotations

from datetime import date, datetime
from uuid import UUID

from sqlalchemy import ColumnClause, Index, delete, func, insert, literal_column
from sqlalchemy.orm import Mapped, mapped_column

from stockroom.db.base import Base, TenantTable
from stockroom.metrics.derivation.closings import store_parameters
from stockroom.metrics.derivation.pools import stock_rows
from stockroom.metrics.derivation.statement import Statement, planned_for_many
from stockroom.metrics.listings import CurrentListing
from stockroom.reports.awd_inventory import AwdStock
from stockroom.reports.inventory import InventorySnapshot
from stockroom.reports.myi_inventory import MyiInventory
from stockroom.reports.reserved_inventory import ReservedStock
from stockroom.spec.metric import DaySpan, DeriveContext, Metric


class Stock(TenantTable, Base):
    """One SKU in one marketplace. Units of Amazon's network are the pool's; null is unknown."""

    __tablename__ = "stock"
    __table_args__ = ({"schema": "metrics"},)

    marketplace: Mapped[str] = mapped_column(primary_key=True)
    sku: Mapped[str] = mapped_column(primary_key=True)
    pool: Mapped[str]
    """Names the stock to count once: network and FNSKU, or the merchant's own shelf."""
    network: Mapped[str]
    """Empty for stock the merchant ships."""
    network_source: Mapped[str | None]
    """``marketplace`` (its own network) or ``stores`` (Amazon named another: remote fulfilment)."""
    fnsku: Mapped[str | None]
    asin: Mapped[str | None]
    shared_fnsku: Mapped[bool]
    """Several SKUs sell from this pool."""
    channel: Mapped[str]
    """``FBA`` or ``FBM``."""
    sellable: Mapped[int | None]
    """Fulfillable units; for FBM the quantity the merchant offers."""
    on_hand: Mapped[int | None]
    left_in: Mapped[str | None]
    """For FBM: the network in which ``on_hand`` still lies, when no listing is sold from it."""
    reserved_orders: Mapped[int | None]
    fc_transfer: Mapped[int | None]
    fc_processing: Mapped[int | None]
    reserved: Mapped[int | None]
    inbound_working: Mapped[int | None]
    inbound_shipped: Mapped[int | None]
    inbound_receiving: Mapped[int | None]
    inbound: Mapped[int | None]
    researching: Mapped[int | None]
    unfulfillable: Mapped[int | None]
    customer_damaged: Mapped[int | None]
    warehouse_damaged: Mapped[int | None]
    distributor_damaged: Mapped[int | None]
    carrier_damaged: Mapped[int | None]
    defective: Mapped[int | None]
    expired: Mapped[int | None]
    awd: Mapped[int | None]
    """Units of the pool's SKUs at distribution centres (AWD): beside the pool, in no other column."""
    awd_inbound: Mapped[int | None]
    """On their way there from the seller."""
    awd_day: Mapped[date | None]
    """The day on which Amazon was asked about them."""
    source: Mapped[str | None]
    """The dataset the units are from; null: no dataset knows them."""
    listed_on: Mapped[date | None]
    day: Mapped[date | None]
    """The marketplace's day on which Amazon was asked."""
    asked_at: Mapped[datetime | None]
    run_id: Mapped[UUID]


# Written into the statement, not bound: a parameter would not match the index's expression.
_LAST: ColumnClause[int] = literal_column("2147483647")
SELLABLE_ORDER = func.coalesce(Stock.sellable, _LAST)
"""The sort by ``sellable``: unknown quantities after every number."""
ON_HAND_ORDER = func.coalesce(Stock.on_hand, _LAST)

Index("ix_stock_sku", Stock.account_id, Stock.sku, Stock.marketplace)
Index("ix_stock_fnsku", Stock.account_id, Stock.fnsku)
for _name, _order in (("sellable", SELLABLE_ORDER), ("on_hand", ON_HAND_ORDER)):
    Index(f"ix_stock_{_name}", Stock.account_id, _order, Stock.marketplace, Stock.sku)
    Index(f"ix_stock_marketplace_{_name}", Stock.account_id, Stock.marketplace, _order, Stock.sku)

_CLEAR = Statement(delete(Stock))
_ROWS = stock_rows()
_FILL = Statement(insert(Stock).from_select(_ROWS.selected_columns.keys(), _ROWS))


async def derive(context: DeriveContext, days: DaySpan) -> None:  # noqa: ARG001 - the present is derived whole
    """Take the newest snapshots of inventory and listings."""
    await _CLEAR.run(context.connection)
    places = store_parameters(context.account)
    async with planned_for_many(context.connection):
        await _FILL.run(context.connection, run_id=context.run_id, **places)


METRIC = Metric(
    name="stock",
    fills=Stock,
    reads=(InventorySnapshot, MyiInventory, ReservedStock, AwdStock, CurrentListing),
    derive=derive,
)
