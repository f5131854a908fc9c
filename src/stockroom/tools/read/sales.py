"""``sales``: units, orders, revenue and sessions by day, week or month."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Annotated

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
from stockroom.tools import sales_days, visits
from stockroom.tools.answering import answered
from stockroom.tools.asked import Asked, readable
from stockroom.tools.pages import page_of
from stockroom.tools.sales_history import History, history
from stockroom.tools.sales_periods import Channel, Grain, rows
from stockroom.tools.span import EndArgument, Span, StartArgument
from stockroom.tools.visits import Visits

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
    Column(
        "sessions",
        "Visits to the SKU's page, or without SKU to the store: SKUs do not add up to it."
        " Days add up. Null: not known.",
        "sessions",
    ),
    Column("sessions_days", "Days in sessions; they come one to three days late.", "days"),
    Column("mcf_units", "Sold elsewhere, shipped by Amazon.", "units"),
    Column("replacement_units", "Sent again for free: in no other column.", "units"),
    Column("unpriced_units", "Pending: in units, not in revenue yet.", "units"),
    Column("days", "Days of the period that are loaded.", "days"),
    Column("partial", "Some of it is not over, not loaded or outside the range.", "bool"),
)
QUERIES = (*sales_days.QUERIES, *visits.QUERIES)


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
    """Units, orders, revenue, sessions per marketplace and period, newest first; per SKU when named.

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
    nothing = asin is not None and not named
    found = History([], {}, Visits()) if nothing else await history(db, asked, span)
    sold, loaded, seen, left_out = found
    made = rows(sold, loaded, seen, grain=grain, channel=channel)
    last = max((day for day, complete in loaded.items() if complete), default=None)
    page = page_of(
        f"sales {grain} {channel}",
        [column.name for column in COLUMNS],
        made,
        asked,
        as_of={"orders": _spelled(last)} | _traffic(asked, seen),
    )
    filters = {"asin": asin} | span.params()
    return await answered(
        db, asked, page, datasets=("orders",), filters=filters, notes=(*left_out, span.note())
    )


def _traffic(asked: Asked, seen: Visits) -> dict[str, str | None]:
    """The date of the sessions, where there are any."""
    dataset = visits.SKU if asked.skus else visits.STORE
    return {dataset: _spelled(seen.last)} if seen.last else {}


def _spelled(day: date | None) -> str | None:
    return day.isoformat() if day else None


async def _named(db: ReadSession, sku: Sequence[str] | None, asin: str | None) -> list[str]:
    """The SKUs asked for: those named, or those that sell the ASIN."""
    if asin is None:
        return list(sku or ())
    known = {found for (found,) in await db.rows(sales_days.OF_ASIN, asin=readable(asin, "asin"))}
    return sorted(known if sku is None else known.intersection(sku))
