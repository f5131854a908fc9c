"""Outlooks of the listings asked for: a page of what is derived, joined with what the seller said.

What Amazon's data say is derived ahead (``metrics.replenishment``); what the seller says
counts from the moment it is said, so it is read along.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from typing import Any

from sqlalchemy import ARRAY, Integer, Text, and_, bindparam, func, select

from stockroom.db.query import Query
from stockroom.db.session import ReadSession
from stockroom.metrics.replenishment import ReplenishmentRow
from stockroom.metrics.stock import Stock
from stockroom.records.reserve_stock import ReserveStock
from stockroom.records.supply_orders import SupplyOrder
from stockroom.spec.fact import table_of
from stockroom.tools import planning_in_force
from stockroom.tools.columns import iso_day
from stockroom.tools.known import Known
from stockroom.tools.layout import Field
from stockroom.tools.outlook import Kept, Ordered, Outlook
from stockroom.tools.planned_units import BEYOND, Pools
from stockroom.tools.planning_in_force import Sayings
from stockroom.tools.sheet import Page, Sheet

_T, _KEPT, _ORDERED = table_of(ReplenishmentRow), table_of(ReserveStock), table_of(SupplyOrder)
_C, _BESIDE = _T.c, table_of(Stock)
_NOW = _BESIDE.c
# Its columns are never shown: replenishment shows what outlooks make of them.
SHEET = Sheet(
    "replenishment",
    _T,
    [Field(name, "", _C[name] if name in _C else _NOW[name]) for name in Known._fields],
    order=(_C.in_time_rank, _C.marketplace, _C.sku),
    dated={"inventory": iso_day(_C.as_of), "orders": iso_day(_C.velocity_as_of)},
    optional={"below": _C.in_time_rank < bindparam("below", type_=Integer())},
    source=_T.outerjoin(_BESIDE, and_(_NOW.marketplace == _C.marketplace, _NOW.sku == _C.sku)),
)


def _of_pools(table: Any, *shown: Any) -> Query:
    """What is on file of the listings of some pools."""
    here = and_(table.c.marketplace == _C.marketplace, table.c.sku == _C.sku)
    return Query(
        select(_C.pool, table.c.marketplace, table.c.sku, *shown)
        .select_from(_T.join(table, here))
        .where(_C.pool == func.any(bindparam("pools", type_=ARRAY(Text()))))
        .where(table.c.superseded_at.is_(None), table.c.withdrawn.is_(False))
    )


_RESERVES = _of_pools(
    _KEPT,
    _KEPT.c.location,
    func.coalesce(_KEPT.c.units, 0).label("units"),
    _KEPT.c.days_to_amazon,
    _KEPT.c.counted_on,
)
_ORDERS = _of_pools(
    _ORDERED,
    _ORDERED.c.reference,
    func.coalesce(_ORDERED.c.units, 0).label("units"),
    func.coalesce(_ORDERED.c.units_arrived, 0).label("units_arrived"),
    _ORDERED.c.ordered_on,
    _ORDERED.c.expected_on,
    _ORDERED.c.arrived_on,
)
QUERIES = (*SHEET.queries(), _RESERVES, _ORDERS, BEYOND, *planning_in_force.QUERIES)


async def outlooks(db: ReadSession, page: Page) -> list[Outlook]:
    """The outlook of each listing on a page of :data:`SHEET`."""
    listings = [Known(*row) for row in page.rows]
    if not listings:
        return []
    pools = {"pools": sorted({one.pool for one in listings})}
    said, (kept, ordered, beyond) = await Sayings.read(
        db,
        sorted({one.sku for one in listings}),
        *((_RESERVES, pools), (_ORDERS, pools)),
        withheld=(BEYOND, pools),
    )
    whole = Pools.of(beyond, db.reach)
    reserves: Mapping[str, list[Kept]] = defaultdict(list)
    orders: Mapping[str, list[Ordered]] = defaultdict(list)
    for row in kept:
        reserves[row[0]].append(Kept(*row))
    for row in ordered:
        orders[row[0]].append(Ordered(*row))
    return [
        Outlook.of(one, said.of(one.place), reserves[one.pool], orders[one.pool], whole)
        for one in listings
    ]
