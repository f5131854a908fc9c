"""``sales``: units, orders and revenue by day, week or month."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, Any

from pydantic import Field as Described

from stockroom.core.clock import Clock
from stockroom.core.errors import InvalidInputError
from stockroom.core.scope import Scope
from stockroom.db.session import ReadSession
from stockroom.spec.answer import Answer, Column
from stockroom.spec.tool import (
    CursorArgument,
    LimitArgument,
    MarketplaceFilter,
    SkuFilter,
    read_tool,
)
from stockroom.tools.answering import answered
from stockroom.tools.asked import Asked, readable
from stockroom.tools.pages import page_of
from stockroom.tools.sales_days import LOADED, MARKET_DAYS, OF_ASIN, SKU_DAYS
from stockroom.tools.sales_periods import Channel, Grain, Sold, rows
from stockroom.tools.span import EndArgument, Span, StartArgument

MOST_SKU_DAYS = 10_000
COLUMNS = (
    Column(
        "period", "Its first day (weeks begin on Monday), of the marketplace's calendar.", "date"
    ),
    Column("marketplace", "Country code; null where the order does not tell."),
    Column("sku", "Seller SKU; null: all of them."),
    Column("units", "Ordered in the channel; cancelled and replacement units out.", "units"),
    Column("orders", "Of the channel; one order of two SKUs counts for each of them.", "orders"),
    Column("revenue", "Ordered on Amazon, before promotions, pending orders out.", "money"),
    Column("currency", "Of revenue; both null when currencies are mixed."),
    Column("mcf_units", "Sold elsewhere, shipped by Amazon.", "units"),
    Column("replacement_units", "Sent again for free: in no other column.", "units"),
    Column("unpriced_units", "Pending: in units, not in revenue yet.", "units"),
    Column("days", "Days of the period that are loaded.", "days"),
    Column("partial", "Some of it is not over, not loaded or outside the range.", "bool"),
)
QUERIES = (MARKET_DAYS, SKU_DAYS, LOADED, OF_ASIN)


@read_tool(scope=Scope.SALES_READ, title="Sales", columns=COLUMNS)
async def sales(
    db: ReadSession,
    clock: Clock,
    *,
    marketplace: MarketplaceFilter = None,
    sku: SkuFilter = None,
    asin: Annotated[str | None, Described(description="One ASIN.", max_length=20)] = None,
    start: StartArgument = None,
    end: EndArgument = None,
    grain: Annotated[Grain, Described(description="Length of a period.")] = "day",
    channel: Annotated[
        Channel, Described(description="mcf: multi-channel, sold elsewhere.")
    ] = "amazon",
    cursor: CursorArgument = None,
    limit: LimitArgument = 50,
) -> Answer:
    """Units, orders and revenue per marketplace and period, newest first; per SKU when SKUs are named.

    30 days unless said otherwise, today among them (partial). Use it for what was sold when. For
    a daily rate that allows for days without stock use sales_velocity.
    """
    span = Span.of(start, end, clock, default=30, most=731)
    named = await _named(db, sku, asin)
    asked = Asked.of(marketplace, named, cursor, limit, "compact")
    if len(asked.skus) * (span.end - span.start).days > MOST_SKU_DAYS:
        raise InvalidInputError(
            "That is too many SKUs for so many days.",
            field="start",
            next_step=f"Ask for at most {MOST_SKU_DAYS} SKU-days: fewer SKUs or a shorter range.",
        )
    if asin is not None and not named:
        found: list[Sequence[tuple[Any, ...]]] = [[], []]
    else:
        days = SKU_DAYS if asked.skus else MARKET_DAYS
        given = {"marketplace": asked.marketplace, "skus": list(asked.skus)}
        found = [*await db.many((days, span.params() | given), (LOADED, span.params()))]
    sold, loaded = [Sold(*row) for row in found[0]], dict(found[1])
    subjects = {(one.marketplace, one.sku) for one in sold}
    made = rows(sold, loaded, subjects, grain=grain, channel=channel)
    last = max((day for day, complete in loaded.items() if complete), default=None)
    page = page_of(
        f"sales {grain} {channel}",
        [column.name for column in COLUMNS],
        made,
        asked,
        as_of={"orders": last.isoformat() if last else None},
    )
    filters = {"asin": asin} | span.params()
    return await answered(
        db, asked, page, datasets=("orders",), filters=filters, notes=(span.note(),)
    )


async def _named(db: ReadSession, sku: Sequence[str] | None, asin: str | None) -> list[str]:
    """The SKUs asked for: those named, or those that sell the ASIN."""
    if asin is None:
        return list(sku or ())
    known = {found for (found,) in await db.rows(OF_ASIN, asin=readable(asin, "asin"))}
    return sorted(known if sku is None else known.intersection(sku))
