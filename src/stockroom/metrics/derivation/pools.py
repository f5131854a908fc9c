"""Which pool serves which listing, and what lies in it, from the newest snapshots."""

from __future__ import annotations

from sqlalchemy import CTE, Select, Subquery, Uuid, and_, bindparam, case, func, select
from sqlalchemy.dialects.postgresql import distinct_on

from stockroom.metrics.derivation.awd_layer import AwdLayer
from stockroom.metrics.derivation.closings import stores
from stockroom.metrics.derivation.pool_names import pool_of, shelf_of
from stockroom.metrics.derivation.seen_stock import QUANTITIES, seen_stock
from stockroom.metrics.listings import CurrentListing


def stock_rows() -> Select[tuple[object, ...]]:
    """Every listing with its pool's units; columns are named as those of ``Stock``."""
    places = select(stores()).cte("places")
    seen = seen_stock(places)
    listed = _listed(places, seen)
    pools = _pools(seen)
    awd = AwdLayer(listed)
    fbm, shelf = listed.c.channel == "FBM", shelf_of(listed.c.marketplace, listed.c.sku)
    pool, served = pools.c, _served(listed)
    # What a listing left behind when its merchant took over; none of it is for sale.
    behind, left = and_(fbm, served.c.pool.is_(None)), func.coalesce(pool.on_hand, 0)
    return select(
        listed.c.account_id,
        listed.c.marketplace,
        listed.c.sku,
        case((fbm, shelf), else_=listed.c.pool).label("pool"),
        case((fbm, ""), else_=listed.c.network).label("network"),
        case((~fbm, listed.c.network_source)).label("network_source"),
        listed.c.fnsku,
        listed.c.asin,
        (~fbm & func.coalesce(pool.skus > 1, False)).label("shared_fnsku"),
        listed.c.channel,
        case((fbm, listed.c.merchant_quantity), else_=pool.sellable).label("sellable"),
        case((behind, left), (fbm, 0), else_=pool.on_hand).label("on_hand"),
        case((behind, pool.network)).label("left_in"),
        *(pool[name] for name in QUANTITIES),
        pool.reserved,
        (pool.inbound_working + pool.inbound_shipped + pool.inbound_receiving).label("inbound"),
        *awd.columns(),
        case((fbm, "listings"), else_=pool.source).label("source"),
        listed.c.listed_on,
        case((fbm, listed.c.day), else_=pool.day).label("day"),
        case((fbm, listed.c.asked_at), else_=pool.asked_at).label("asked_at"),
        bindparam("run_id", type_=Uuid()).label("run_id"),
    ).select_from(
        listed.outerjoin(pools, pools.c.pool == listed.c.pool)
        .outerjoin(served, served.c.pool == listed.c.pool)
        .outerjoin(awd.pools, awd.pools.c.pool == listed.c.pool)
    )


def _served(listed: CTE) -> Subquery:
    """Pools from which some listing is sold: their units are counted there."""
    return select(listed.c.pool).where(listed.c.channel != "FBM").distinct().subquery("served")


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
