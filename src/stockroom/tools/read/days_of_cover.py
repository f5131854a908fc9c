"""``days_of_cover``: how long the stock lasts, three ways at once."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field as Described

from stockroom.core.scope import Scope
from stockroom.db.session import ReadSession
from stockroom.metrics.derivation.covering import RANKS_PER_DAY
from stockroom.metrics.formulas.bands import Bands
from stockroom.spec.answer import Answer
from stockroom.spec.tool import (
    CursorArgument,
    DetailArgument,
    LimitArgument,
    MarketplaceFilter,
    SkuFilter,
    read_tool,
)
from stockroom.tools.answering import answered
from stockroom.tools.asked import Asked
from stockroom.tools.cover_sheet import SHEET

QUERIES = tuple(SHEET.queries())


@read_tool(scope=Scope.STOCK_READ, title="Days of cover", columns=SHEET.columns)
async def days_of_cover(
    db: ReadSession,
    *,
    marketplace: MarketplaceFilter = None,
    sku: SkuFilter = None,
    below: Annotated[
        float | None, Described(description="Only in_time_days below this.", gt=0, le=366)
    ] = None,
    window: Annotated[
        Literal[7, 14, 30, 60, 90], Described(description="Days of demand behind the velocity.")
    ] = 30,
    cursor: CursorArgument = None,
    limit: LimitArgument = 50,
    detail: DetailArgument = "compact",
) -> Answer:
    """How long stock lasts per SKU and marketplace, shortest in_time_days first.

    Use it for what is at risk, when it runs out and what still lands in time. Stock and velocity
    are the pool's: listings of one pool show the same units, so never add rows. For demand alone
    use sales_velocity; for quantities by state use stock.
    """
    asked = Asked.of(marketplace, sku, cursor, limit, detail)
    given = {} if below is None else {"below": round(below * RANKS_PER_DAY)}
    page = await SHEET.page(db, asked, window=window, **given)
    return await answered(
        db,
        asked,
        page,
        datasets=("inventory", "orders"),
        filters={"below": below},
        notes=(Bands.of_settings(db.settings).sentence(),),
    )
