"""``sales_velocity``: how fast a listing sells, raw and over days with stock only."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field as Described

from stockroom.core.scope import Scope
from stockroom.db.session import ReadSession
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
from stockroom.tools.velocity_sheets import BASES, SHEETS

QUERIES = tuple(query for sheet in SHEETS.values() for query in sheet.queries())


@read_tool(scope=Scope.SALES_READ, title="Sales velocity", columns=SHEETS["ordered"].columns)
async def sales_velocity(
    db: ReadSession,
    *,
    marketplace: MarketplaceFilter = None,
    sku: SkuFilter = None,
    window: Annotated[
        Literal[7, 14, 30, 60, 90],
        Described(description="Days, ending with the last complete one."),
    ] = 30,
    basis: Annotated[
        Literal["ordered", "shipped"], Described(description="Which day a unit counts on.")
    ] = ("ordered"),
    cursor: CursorArgument = None,
    limit: LimitArgument = 50,
    detail: DetailArgument = "compact",
) -> Answer:
    """Units a day per SKU and marketplace, raw and in-stock-adjusted; most units first.

    Use it for demand. raw is depressed by days without stock, adjusted leaves them out; read the
    day counts to see how far to trust it. It is one listing's Amazon demand: for how long stock
    lasts use days_of_cover, which takes the whole pool's.
    """
    asked = Asked.of(marketplace, sku, cursor, limit, detail)
    page = await SHEETS[basis].page(db, asked, window=window, basis=basis)
    return await answered(db, asked, page, datasets=(BASES[basis].dataset,))
