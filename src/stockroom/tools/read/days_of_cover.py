"""``days_of_cover``: how long the stock lasts, three ways at once."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field as Described
from sqlalchemy import Integer, bindparam

from stockroom.core.scope import Scope
from stockroom.db.session import ReadSession
from stockroom.metrics.cover import CoverRow
from stockroom.metrics.derivation.covering import RANKS_PER_DAY
from stockroom.metrics.formulas.bands import Bands
from stockroom.spec.answer import Answer
from stockroom.spec.fact import table_of
from stockroom.spec.tool import (
    CursorArgument,
    DetailArgument,
    LimitArgument,
    MarketplaceFilter,
    SkuFilter,
    read_tool,
)
from stockroom.tools.accounts import SETTINGS
from stockroom.tools.answering import answered
from stockroom.tools.asked import Asked
from stockroom.tools.columns import iso_day, ratio
from stockroom.tools.sheet import Field, Sheet

_T = table_of(CoverRow)
_C = _T.c
_FIELDS = (
    Field("marketplace", "Country code.", _C.marketplace),
    Field("sku", "Seller SKU.", _C.sku),
    Field("sellable", "Units for sale in the pool behind the listing.", _C.sellable, "units"),
    Field(
        "velocity",
        "The pool's demand: all its listings, multi-channel orders included.",
        ratio(_C.velocity),
        "units/day",
    ),
    Field(
        "velocity_kind",
        "adjusted (days in stock only) or raw (fewer than 3 of them).",
        _C.velocity_kind,
    ),
    Field("on_hand_days", "sellable ÷ velocity.", ratio(_C.on_hand_days), "days"),
    Field(
        "in_time_days",
        "Until the shelf is empty, with what lands in time; at most 365.",
        ratio(_C.in_time_days),
        "days",
    ),
    Field("all_days", "(sellable + all arrivals) ÷ velocity.", ratio(_C.all_days), "days"),
    Field(
        "stockout_date",
        "First day that ends with nothing; null beyond 365 days.",
        iso_day(_C.stockout_date),
        "date",
    ),
    Field("mended_on", "First expected arrival after the stockout.", iso_day(_C.mended_on), "date"),
    Field("gap_days", "Days from the stockout to mended_on.", _C.gap_days, "days"),
    Field(
        "weeks_of_cover",
        "(sellable + FC transfer + FC processing) ÷ a week's demand; 4 to 8 is usual.",
        ratio(_C.weeks_of_cover),
        "weeks",
    ),
    Field("band", "How urgent it is; thresholds are in notes.", _C.band),
    Field(
        "velocity_local",
        "This listing's own velocity: Amazon orders only.",
        ratio(_C.velocity_local),
        "units/day",
    ),
    Field(
        "arriving", "In FC transfer and processing: the arrivals.", _C.arriving, "units", full=True
    ),
    Field("pool", "Rows with the same pool share its stock: never add them.", _C.pool, full=True),
    Field("as_of", "Day whose closing stock it starts from.", iso_day(_C.as_of), "date", full=True),
    Field(
        "velocity_as_of",
        "Last day of the velocity's window.",
        iso_day(_C.velocity_as_of),
        "date",
        full=True,
    ),
)
_SHEET = Sheet(
    "days_of_cover",
    _T,
    _FIELDS,
    order=(_C.in_time_rank, _C.marketplace, _C.sku),
    dated={"inventory": iso_day(_C.as_of), "orders": iso_day(_C.velocity_as_of)},
    always=(_C.window_days == bindparam("window", type_=Integer()),),
    optional={"below": _C.in_time_rank < bindparam("below", type_=Integer())},
)
QUERIES = (*_SHEET.queries(), SETTINGS)


@read_tool(scope=Scope.STOCK_READ, title="Days of cover", columns=_SHEET.columns)
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
    page = await _SHEET.page(db, asked, (SETTINGS, {}), window=window, **given)
    settings = page.beside[0][0][0] if page.beside[0] else {}
    return await answered(
        db,
        asked,
        page,
        datasets=("inventory", "orders"),
        filters={"below": below},
        notes=(Bands.of_settings(settings).sentence(),),
    )
