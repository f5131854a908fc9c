"""What the stock pages ask: one row per listing, with its stock, its cover and its words.

The figures are those of ``stock`` and ``days_of_cover`` (30 days), read from the same
tables; here they can be sorted by any of them.
"""

from __future__ import annotations

from functools import cache
from typing import Any

from sqlalchemy import ColumnElement, Integer, Text, and_, bindparam, func, or_, select
from sqlalchemy.sql.selectable import FromClause

from stockroom.db.query import Query
from stockroom.metrics.cover import CoverRow
from stockroom.metrics.listings import CurrentListing
from stockroom.metrics.stock import Stock
from stockroom.spec.fact import table_of

WINDOW = 30
UNKNOWN = "unknown"
"""The band of a listing whose cover nobody has worked out."""

_stock, _cover, _listing = map(table_of, (Stock, CoverRow, CurrentListing))
_BAND = func.coalesce(_cover.c.band, UNKNOWN)
SORTS: dict[str, ColumnElement[Any]] = {
    "cover": _cover.c.in_time_days,
    "sku": _stock.c.sku,
    "marketplace": _stock.c.marketplace,
    "on_hand": _stock.c.on_hand,
    "sellable": _stock.c.sellable,
    "inbound": _stock.c.inbound,
    "velocity": _cover.c.velocity,
    "stockout": _cover.c.stockout_date,
}
"""What the table can be sorted by; unknown values come last, whichever way."""


def _joined() -> FromClause:
    def same(other: FromClause) -> ColumnElement[bool]:
        names = ("account_id", "marketplace", "sku")
        return and_(*(_stock.c[name] == other.c[name] for name in names))

    covered = and_(same(_cover), _cover.c.window_days == WINDOW)
    return _stock.outerjoin(_cover, covered).outerjoin(_listing, same(_listing))


def _where(*, band: bool) -> ColumnElement[bool]:
    place, found = bindparam("marketplace", type_=Text()), bindparam("search", type_=Text())
    words = func.lower(func.concat_ws(" ", _stock.c.sku, _stock.c.asin, _listing.c.title))
    conditions = [
        or_(place.is_(None), _stock.c.marketplace == place),
        or_(found.is_(None), func.strpos(words, func.lower(found)) > 0),
    ]
    if band:
        wanted = bindparam("band", type_=Text())
        conditions.append(or_(wanted.is_(None), wanted == _BAND))
    return and_(*conditions)


@cache
def shelf_rows(sort: str, *, descending: bool) -> Query:
    """One page of listings; every row also says how many there are in all."""
    by = SORTS[sort]
    names = ("marketplace", "sku", "asin", "channel", "on_hand", "sellable", "inbound", "pool")
    return Query(
        select(
            *(_stock.c[name] for name in names),
            _listing.c.title,
            *(_cover.c[name] for name in ("velocity", "in_time_days", "all_days")),
            *(_cover.c[name] for name in ("stockout_date", "mended_on", "gap_days")),
            _BAND.label("band"),
            func.count().over().label("total"),
        )
        .select_from(_joined())
        .where(_where(band=True))
        .order_by((by.desc() if descending else by.asc()).nulls_last())
        .order_by(_stock.c.sku, _stock.c.marketplace)
        .limit(bindparam("limit", type_=Integer()))
        .offset(bindparam("offset", type_=Integer()))
    )


BANDS = Query(
    select(
        _BAND.label("band"),
        func.count(),
        func.min(_stock.c.asked_at),
        func.min(_cover.c.velocity_as_of),
    )
    .select_from(_joined())
    .where(_where(band=False))
    .group_by(_BAND)
)
"""How many listings are in each band, and how old the oldest figures are."""
URGENT = Query(
    select(_stock.c.sku, _stock.c.marketplace, _cover.c.stockout_date, _cover.c.band)
    .select_from(_joined())
    .where(or_(_cover.c.band == "out_of_stock", _cover.c.band == "critical"))
    .order_by(_cover.c.in_time_days, _stock.c.sku)
    .limit(bindparam("limit", type_=Integer()))
)
"""The listings that run out first."""
