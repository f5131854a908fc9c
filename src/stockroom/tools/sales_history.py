"""What ``sales`` is made from: demand and visits per day, and which days are in."""

from __future__ import annotations

from datetime import date
from typing import NamedTuple

from stockroom.db.session import ReadSession
from stockroom.tools import visits, withheld
from stockroom.tools.asked import Asked
from stockroom.tools.sales_days import (
    LOADED,
    MARKET_DAYS,
    SKU_DAYS,
    UNTOLD_MARKET_DAYS,
    UNTOLD_SKU_DAYS,
)
from stockroom.tools.sales_periods import Sold
from stockroom.tools.span import Span
from stockroom.tools.visits import Visits


class History(NamedTuple):
    """What was sold and visited, and the days that are in."""

    sold: list[Sold]
    loaded: dict[date, bool]
    seen: Visits
    left_out: tuple[str, ...] = ()
    """Notes on what is withheld."""


async def history(db: ReadSession, asked: Asked, span: Span) -> History:
    """What was sold and visited, and which days of the orders are in, in one round trip."""
    days = span.params()
    given = days | {"marketplace": asked.marketplace, "skus": list(asked.skus)}
    untold = (UNTOLD_SKU_DAYS if asked.skus else UNTOLD_MARKET_DAYS, given)
    sold, loaded, seen, visited, *counted = await db.many(
        (SKU_DAYS if asked.skus else MARKET_DAYS, given),
        (LOADED, days),
        (visits.SKU_VISITS if asked.skus else visits.STORE_VISITS, given),
        (visits.SKU_DAYS if asked.skus else visits.STORE_DAYS, days),
        withheld=untold if db.reach.withholds else None,
    )
    left_out = withheld.note(counted[0][0][0], db.reach) if counted else ()
    return History([Sold(*row) for row in sold], dict(loaded), Visits.of(seen, visited), left_out)
