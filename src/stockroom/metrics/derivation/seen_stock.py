"""The newest snapshots of stock: the inventory API's, and the document's where the API lacks a SKU.

The document (Manage FBA Inventory) knows how many units are reserved, but not
what for: the reserved report of the same day does.
"""

from __future__ import annotations

from typing import Any

from sqlalchemy import (
    CTE,
    ColumnElement,
    Integer,
    ScalarSelect,
    Select,
    Text,
    and_,
    case,
    cast,
    func,
    literal,
    null,
    select,
    true,
    union_all,
)

from stockroom.core.marketplaces import BY_SALES_CHANNEL
from stockroom.metrics.derivation.pool_names import pool_of
from stockroom.reports.inventory import InventorySnapshot
from stockroom.reports.myi_inventory import MyiInventory
from stockroom.reports.reserved_inventory import ReservedStock
from stockroom.spec.fact import table_of
from stockroom.spec.window import ONE_DAY

QUANTITIES = (
    "reserved_orders",
    "fc_transfer",
    "fc_processing",
    "inbound_working",
    "inbound_shipped",
    "inbound_receiving",
    "researching",
    "unfulfillable",
    "customer_damaged",
    "warehouse_damaged",
    "distributor_damaged",
    "carrier_damaged",
    "defective",
    "expired",
)
"""What a snapshot counts beside ``sellable``, taken over as it is."""

_RESERVED = ("reserved_orders", "fc_transfer", "fc_processing")
_NETWORKS = {
    name: place.network
    for channel, place in BY_SALES_CHANNEL.items()
    for name in (channel, place.code.lower())
}


def seen_stock(places: CTE) -> CTE:
    """Every SKU of every marketplace as last seen, with its pool and where that is known from."""
    api = _newest_inventory(places)
    document = _newest_document(places, api)
    lacking = (
        select(document)
        .outerjoin(
            api, and_(api.c.marketplace == document.c.marketplace, api.c.sku == document.c.sku)
        )
        .where(api.c.sku.is_(None))
    )
    return union_all(select(api), lacking).cte("seen")


def _newest_inventory(places: CTE) -> CTE:
    row = InventorySnapshot
    reserved = row.reserved_orders + row.fc_transfer + row.fc_processing
    return (
        _stock(
            row,
            network=row.network,
            network_source=row.network_source,
            sellable=row.sellable,
            reserved=reserved,
            quantities={name: table_of(row).c[name] for name in QUANTITIES},
            source="inventory",
        )
        .join_from(places, row, row.marketplace == places.c.code)
        .where(row.day == _newest(row, places))
        .cte("seen_by_api")
    )


def _newest_document(places: CTE, api: CTE) -> CTE:
    """As the document tells, unless it is older than what the API told of the marketplace."""
    row, held = MyiInventory, ReservedStock
    told = select(func.max(api.c.day)).where(api.c.marketplace == row.marketplace)
    named = case(_NETWORKS, value=func.lower(row.store))
    same = and_(held.day == row.day, held.marketplace == row.marketplace, held.sku == row.sku)
    split = {name: case((row.reserved == 0, 0), else_=getattr(held, name)) for name in _RESERVED}
    known: dict[str, Any] = {
        "inbound_working": row.inbound_working,
        "inbound_shipped": row.inbound_shipped,
        "inbound_receiving": row.inbound_receiving,
        "researching": row.researching,
        "unfulfillable": row.unsellable,
    }
    unknown = dict.fromkeys(QUANTITIES, cast(null(), Integer))
    return (
        _stock(
            row,
            network=func.coalesce(named, places.c.network),
            network_source=case((named.is_not(None), "stores"), else_="marketplace"),
            sellable=row.fulfillable,
            reserved=row.reserved,
            quantities={**unknown, **split, **known},
            source="myi_inventory",
        )
        .join_from(places, row, row.marketplace == places.c.code)
        .outerjoin(held, same)
        .where(row.day == _newest(row, places))
        .where(row.day >= func.coalesce(told.scalar_subquery() - ONE_DAY.days, row.day))
        .where(func.coalesce(row.fba_listing, true()))
        .cte("seen_by_document")
    )


def _newest(row: type[InventorySnapshot | MyiInventory], places: CTE) -> ScalarSelect[Any]:
    newest = select(func.max(row.day)).where(row.marketplace == places.c.code)
    return newest.correlate(places).scalar_subquery()


def _stock(
    row: type[InventorySnapshot | MyiInventory],
    *,
    network: Any,
    network_source: Any,
    sellable: Any,
    reserved: Any,
    quantities: dict[str, ColumnElement[Any]],
    source: str,
) -> Select[Any]:
    """The columns that both kinds of snapshot give."""
    label = func.coalesce(func.nullif(row.fnsku, ""), row.sku)
    return select(
        row.account_id,
        row.marketplace,
        row.sku,
        row.fnsku,
        row.asin,
        pool_of(network, label).label("pool"),
        cast(network, Text).label("network"),
        cast(network_source, Text).label("network_source"),
        sellable.label("sellable"),
        reserved.label("reserved"),
        (sellable + reserved).label("on_hand"),
        *(value.label(name) for name, value in quantities.items()),
        literal(source, Text).label("source"),
        row.day,
        row.asked_at,
    )
