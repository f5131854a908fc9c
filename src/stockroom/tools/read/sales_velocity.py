"""``sales_velocity``: how fast a listing sells, raw and over days with stock only."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field as Described
from sqlalchemy import Integer, Text, bindparam

from stockroom.core.scope import Scope
from stockroom.db.session import ReadSession
from stockroom.metrics.velocities import Velocity
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
from stockroom.tools.answering import answered
from stockroom.tools.asked import Asked
from stockroom.tools.columns import iso_day, ratio
from stockroom.tools.sheet import Field, Sheet

_T = table_of(Velocity)
_C = _T.c
_FIELDS = (
    Field("marketplace", "Country code.", _C.marketplace),
    Field("sku", "Seller SKU.", _C.sku),
    Field("window", "Complete marketplace days, today never among them.", _C.window_days, "days"),
    Field("basis", "ordered: by the day of purchase.", _C.basis),
    Field(
        "amazon_units",
        "Ordered on Amazon in the window; cancelled and replacement units out, pending in.",
        _C.amazon_units,
        "units",
    ),
    Field("mcf_units", "Sold elsewhere, shipped by Amazon.", _C.mcf_units, "units"),
    Field("raw", "amazon_units ÷ days.", ratio(_C.raw), "units/day"),
    Field(
        "adjusted",
        "Amazon units of in-days ÷ days_in; null below 3 of them.",
        ratio(_C.adjusted),
        "units/day",
    ),
    Field(
        "days",
        "Days in the window since the SKU exists, as far as orders are loaded.",
        _C.days,
        "days",
    ),
    Field("days_in", "Days with stock.", _C.days_in, "days"),
    Field(
        "days_partial",
        "Ran out or came back that day, and sold at most 30 % of a full day (of at least 10).",
        _C.days_partial,
        "days",
    ),
    Field("days_out", "No stock at start and end.", _C.days_out, "days"),
    Field(
        "days_blocked",
        "Inactive or suppressed all day, as snapshots show.",
        _C.days_blocked,
        "days",
    ),
    Field("days_unknown", "Neither ledger nor snapshot tells.", _C.days_unknown, "days"),
    Field(
        "total_units",
        "amazon_units + mcf_units.",
        _C.amazon_units + _C.mcf_units,
        "units",
        full=True,
    ),
    Field("pool", "The stock it sells from.", _C.pool, full=True),
    Field(
        "pool_units",
        "What all listings of the pool sold, multi-channel included.",
        _C.pool_units,
        "units",
        full=True,
    ),
    Field("pool_raw", "pool_units ÷ days.", ratio(_C.pool_raw), "units/day", full=True),
    Field(
        "pool_adjusted",
        "The same over the pool's in-days: what days_of_cover uses.",
        ratio(_C.pool_adjusted),
        "units/day",
        full=True,
    ),
    Field("as_of", "The window's last day.", iso_day(_C.as_of), "date", full=True),
)
_SHEET = Sheet(
    "sales_velocity",
    _T,
    _FIELDS,
    order=(_C.amazon_units, _C.marketplace, _C.sku),
    descending=True,
    dated={"orders": iso_day(_C.as_of)},
    always=(
        _C.window_days == bindparam("window", type_=Integer()),
        _C.basis == bindparam("basis", type_=Text()),
    ),
)
QUERIES = tuple(_SHEET.queries())


@read_tool(scope=Scope.SALES_READ, title="Sales velocity", columns=_SHEET.columns)
async def sales_velocity(
    db: ReadSession,
    *,
    marketplace: MarketplaceFilter = None,
    sku: SkuFilter = None,
    window: Annotated[
        Literal[7, 14, 30, 60, 90],
        Described(description="Days, ending with the last complete one."),
    ] = 30,
    basis: Annotated[Literal["ordered"], Described(description="Which day a unit counts on.")] = (
        "ordered"
    ),
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
    page = await _SHEET.page(db, asked, window=window, basis=basis)
    return await answered(db, asked, page, datasets=("orders",))
