"""What ``sales`` asks the database for: demand per day, and which days are in."""

from __future__ import annotations

from sqlalchemy import ARRAY, Text, bindparam, cast, func, null, or_, select

from stockroom.db.query import Query
from stockroom.metrics.listings import CurrentListing
from stockroom.metrics.market_days import MarketDay
from stockroom.metrics.sku_days import SkuDay
from stockroom.spec.fact import table_of
from stockroom.spec.run import LoadedDay
from stockroom.tools.span import within

_market, _sku, _loaded, _listing = (
    table_of(model).c for model in (MarketDay, SkuDay, LoadedDay, CurrentListing)
)
_FIGURES = (
    *("units_ordered", "mcf_units", "replacement_units", "unpriced_units"),
    *("orders", "mcf_orders", "revenue", "currency"),
)
_PLACE = bindparam("marketplace", type_=Text())

MARKET_DAYS = Query(
    select(
        _market.day,
        _market.marketplace,
        cast(null(), Text).label("sku"),
        *(_market[name] for name in _FIGURES),
    ).where(within(_market.day), or_(_PLACE.is_(None), _market.marketplace == _PLACE))
)
SKU_DAYS = Query(
    select(_sku.day, _sku.marketplace, _sku.sku, *(_sku[name] for name in _FIGURES))
    .where(within(_sku.day), or_(_PLACE.is_(None), _sku.marketplace == _PLACE))
    .where(_sku.sku == func.any(bindparam("skus", type_=ARRAY(Text()))))
)
UNTOLD_MARKET_DAYS = Query(
    select(func.count()).where(within(_market.day), _PLACE.is_(None), _market.marketplace == "")
)
"""Rows of ``MARKET_DAYS`` that name no marketplace."""
UNTOLD_SKU_DAYS = Query(
    select(func.count())
    .where(within(_sku.day), _PLACE.is_(None), _sku.marketplace == "")
    .where(_sku.sku == func.any(bindparam("skus", type_=ARRAY(Text()))))
)
"""Rows of ``SKU_DAYS`` that name none."""
LOADED = Query(
    select(_loaded.day, _loaded.complete).where(_loaded.dataset == "orders", within(_loaded.day))
)
OF_ASIN = Query(select(_listing.sku).where(_listing.asin == bindparam("asin", type_=Text())))
QUERIES = (MARKET_DAYS, SKU_DAYS, UNTOLD_MARKET_DAYS, UNTOLD_SKU_DAYS, LOADED, OF_ASIN)
