"""What lay in a listing's pool and what the listing sold, day by day."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta

from sqlalchemy import Date, Text, bindparam, func, select

from stockroom.db.query import Query
from stockroom.db.session import ReadSession
from stockroom.metrics.pool_days import PoolDay
from stockroom.metrics.sku_days import SkuDay
from stockroom.metrics.stock import Stock
from stockroom.spec.fact import table_of
from stockroom.spec.run import LoadedDay

DAYS = 90

_pool, _sold, _stock, _loaded = (table_of(model).c for model in (PoolDay, SkuDay, Stock, LoadedDay))
_SKU, _PLACE = bindparam("sku", type_=Text()), bindparam("marketplace", type_=Text())
_SINCE = bindparam("since", type_=Date())

_HELD = Query(
    select(_pool.day, _pool.on_hand_end)
    .where(_pool.day >= _SINCE, _stock.sku == _SKU, _stock.marketplace == _PLACE)
    .where(_pool.network == _stock.network, _pool.fnsku == _stock.fnsku)
)
_SOLD = Query(
    select(_sold.day, _sold.units_ordered, _sold.mcf_units).where(
        _sold.day >= _SINCE, _sold.sku == _SKU, _sold.marketplace == _PLACE
    )
)


def _days_in(dataset: str) -> Query:
    mine = (_loaded.dataset == dataset, _loaded.complete, _loaded.day >= _SINCE)
    return Query(select(func.distinct(_loaded.day)).where(*mine))


_LEDGER, _ORDERS = _days_in("ledger_summary"), _days_in("orders")


@dataclass(frozen=True, slots=True)
class Day:
    """One marketplace day; None is unknown.

    Args:
        day: Which.
        on_hand: Units in the pool at its close.
        ordered: Units of the listing ordered on Amazon.
        elsewhere: Units sold elsewhere and shipped by Amazon.
    """

    day: date
    on_hand: int | None
    ordered: int | None
    elsewhere: int | None

    @property
    def sold(self) -> int | None:
        """All that was sold."""
        return None if self.ordered is None else self.ordered + (self.elsewhere or 0)


async def history(db: ReadSession, sku: str, marketplace: str, today: date) -> list[Day]:
    """The last 90 days before today, oldest first."""
    since = today - timedelta(days=DAYS)
    mine = {"sku": sku, "marketplace": marketplace, "since": since}
    held, sold, ledger, orders = await db.many(
        (_HELD, mine), (_SOLD, mine), (_LEDGER, {"since": since}), (_ORDERS, {"since": since})
    )
    stock = dict(held)
    demand = {day: (ordered, elsewhere) for day, ordered, elsewhere in sold}
    # A day that is in and has no row: nothing lay there, nothing was sold.
    for (day,) in ledger:
        if stock:
            stock.setdefault(day, 0)
    for (day,) in orders:
        demand.setdefault(day, (0, 0))
    days = [since + timedelta(days=k) for k in range(DAYS)]
    return [Day(day, stock.get(day), *demand.get(day, (None, None))) for day in days]
