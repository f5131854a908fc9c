"""Which pool serves which listing, and what lies in it, from the newest snapshots."""

from __future__ import annotations

from sqlalchemy import CTE, ColumnElement, Select, Text, Uuid, and_, bindparam, case, func, select
from sqlalchemy.dialects.postgresql import distinct_on
from sqlalchemy.sql.elements import SQLCoreOperations

from stockroom.metrics.derivation.closings import stores
from stockroom.metrics.listings import CurrentListing
from stockroom.reports.inventory import InventorySnapshot

SEPARATOR = "/"
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


def pool_of(network: SQLCoreOperations[str], fnsku: SQLCoreOperations[str]) -> ColumnElement[str]:
    """The name of a pool at Amazon."""
    return func.concat(network, SEPARATOR, fnsku, type_=Text())


def shelf_of(
    marketplace: SQLCoreOperations[str], sku: SQLCoreOperations[str]
) -> ColumnElement[str]:
    """The name of stock that serves one listing alone: the merchant's own shelf."""
    return func.concat(marketplace, SEPARATOR * 2, sku, type_=Text())


def stock_rows() -> Select[tuple[object, ...]]:
    """Every listing with its pool's units; columns are named as those of ``Stock``."""
    places = select(stores()).cte("places")
    seen = _seen(places)
    listed = _listed(places, seen)
    pools = _pools(seen)
    fbm = listed.c.channel == "FBM"
    pool = pools.c
    return select(
        listed.c.account_id,
        listed.c.marketplace,
        listed.c.sku,
        case((fbm, shelf_of(listed.c.marketplace, listed.c.sku)), else_=listed.c.pool).label(
            "pool"
        ),
        case((fbm, ""), else_=listed.c.network).label("network"),
        case((~fbm, listed.c.network_source)).label("network_source"),
        listed.c.fnsku,
        listed.c.asin,
        (~fbm & func.coalesce(pool.skus > 1, False)).label("shared_fnsku"),
        listed.c.channel,
        case((fbm, listed.c.merchant_quantity), else_=pool.sellable).label("sellable"),
        case((fbm, 0), else_=_on_hand(pools)).label("on_hand"),
        *(pool[name] for name in QUANTITIES),
        (pool.reserved_orders + pool.fc_transfer + pool.fc_processing).label("reserved"),
        (pool.inbound_working + pool.inbound_shipped + pool.inbound_receiving).label("inbound"),
        listed.c.listed_on,
        case((fbm, listed.c.day), else_=pool.day).label("day"),
        case((fbm, listed.c.asked_at), else_=pool.asked_at).label("asked_at"),
        bindparam("run_id", type_=Uuid()).label("run_id"),
    ).select_from(listed.outerjoin(pools, pools.c.pool == listed.c.pool))


def _on_hand(pools: CTE) -> ColumnElement[int]:
    parts = pools.c
    return parts.sellable + parts.reserved_orders + parts.fc_transfer + parts.fc_processing


def _seen(places: CTE) -> CTE:
    """The newest snapshot of every marketplace."""
    snapshot = InventorySnapshot
    newest = (
        select(func.max(snapshot.day))
        .where(snapshot.marketplace == places.c.code)
        .correlate(places)
        .scalar_subquery()
    )
    fnsku = func.coalesce(func.nullif(snapshot.fnsku, ""), snapshot.sku)
    return (
        select(*snapshot.__table__.columns, pool_of(snapshot.network, fnsku).label("pool"))
        .join_from(places, snapshot, snapshot.marketplace == places.c.code)
        .where(snapshot.day == newest)
        .cte("seen")
    )


def _pools(seen: CTE) -> CTE:
    """One row per pool: its newest snapshot, and how many SKUs sell from it."""
    skus = (
        select(seen.c.pool, func.count(func.distinct(seen.c.sku)).label("skus"))
        .group_by(seen.c.pool)
        .subquery()
    )
    return (
        select(seen, skus.c.skus)
        .join(skus, skus.c.pool == seen.c.pool)
        .ext(distinct_on(seen.c.pool))
        .order_by(seen.c.pool, seen.c.asked_at.desc(), seen.c.marketplace, seen.c.sku)
        .cte("pools")
    )


def _listed(places: CTE, seen: CTE) -> CTE:
    """Listings known from the registry, from the inventory, or from both."""
    listing = select(CurrentListing).subquery("listing")
    same = and_(listing.c.marketplace == seen.c.marketplace, listing.c.sku == seen.c.sku)
    marketplace = func.coalesce(seen.c.marketplace, listing.c.marketplace)
    sku = func.coalesce(seen.c.sku, listing.c.sku)
    network = func.coalesce(seen.c.network, places.c.network)
    fnsku = func.coalesce(seen.c.fnsku, listing.c.fnsku)
    by_registry = pool_of(network, func.coalesce(func.nullif(listing.c.fnsku, ""), sku))
    return (
        select(
            func.coalesce(seen.c.account_id, listing.c.account_id).label("account_id"),
            marketplace.label("marketplace"),
            sku.label("sku"),
            func.coalesce(seen.c.pool, by_registry).label("pool"),
            network.label("network"),
            func.coalesce(seen.c.network_source, "marketplace").label("network_source"),
            fnsku.label("fnsku"),
            func.coalesce(seen.c.asin, listing.c.asin).label("asin"),
            func.coalesce(listing.c.channel, "FBA").label("channel"),
            listing.c.merchant_quantity,
            listing.c.listed_on,
            listing.c.day,
            listing.c.asked_at,
        )
        .select_from(seen.join(listing, same, full=True).join(places, places.c.code == marketplace))
        .cte("listed")
    )
