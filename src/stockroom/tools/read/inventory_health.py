"""``inventory_health``: the five metrics of each listing side by side."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field as Described

from stockroom.core.scope import Scope
from stockroom.db.session import ReadSession
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
from stockroom.tools.health_sheet import SHEET

QUERIES = tuple(SHEET.queries())
_APART = (
    "Cover, sell-through and accuracy are the pool's, stockouts and lost units the listing's. "
    "Blocked and unknown days are in no rate."
)


@read_tool(scope=Scope.STOCK_READ, title="Inventory health", columns=SHEET.columns)
async def inventory_health(
    db: ReadSession,
    *,
    marketplace: MarketplaceFilter = None,
    sku: SkuFilter = None,
    window: Annotated[
        Literal[7, 14, 30, 60, 90], Described(description="Days behind rates and sums.")
    ] = 90,
    cursor: CursorArgument = None,
    limit: LimitArgument = 50,
    detail: DetailArgument = "compact",
) -> Answer:
    """Cover, weeks of cover, sell-through, stockout rate and ledger accuracy; shortest cover first.

    Use it to judge how well stock is run, and where Amazon's books do not add up. For what to do
    about a stockout use days_of_cover.
    """
    asked = Asked.of(marketplace, sku, cursor, limit, detail)
    page = await SHEET.page(db, asked, window=window)
    return await answered(
        db,
        asked,
        page,
        datasets=("inventory", "orders", "ledger_summary"),
        notes=(Bands.of_settings(db.settings).sentence(), _APART),
    )
