"""``stock``: what is where, now or at the close of a past day."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from typing import Annotated, Literal

from pydantic import Field as Described

from stockroom.core.clock import Clock
from stockroom.core.errors import InvalidInputError
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
from stockroom.tools.asked import Asked, readable
from stockroom.tools.stock_sheets import BESIDE, COVERAGE, PAST, PRESENT

QUERIES = (
    *(query for sheet in (*PRESENT.values(), PAST) for query in sheet.queries()),
    COVERAGE,
)


_FARTHEST_EAST = timedelta(hours=11)
"""How far ahead of UTC a marketplace's calendar can be (Sydney, in summer)."""


@read_tool(scope=Scope.STOCK_READ, title="Stock", columns=PRESENT["sku"].columns)
async def stock(
    db: ReadSession,
    clock: Clock,
    *,
    marketplace: MarketplaceFilter = None,
    sku: SkuFilter = None,
    asin: Annotated[str | None, Described(description="One ASIN.", max_length=20)] = None,
    as_of: Annotated[
        date | None, Described(description="Closing of a past day (YYYY-MM-DD). Default: now.")
    ] = None,
    sort: Annotated[
        Literal["sku", "sellable", "on_hand"], Described(description="Quantities: least first.")
    ] = "sku",
    cursor: CursorArgument = None,
    limit: LimitArgument = 50,
    detail: DetailArgument = "compact",
) -> Answer:
    """Units by state per SKU and marketplace: sellable, reserved, inbound, unfulfillable; FBA and FBM.

    Use it for quantities, now or at the close of a past day (as_of). A row shows the stock of the
    pool behind the listing: rows with one pool (detail full) are the same units, so never add
    them. For how long stock lasts use days_of_cover.
    """
    asked = Asked.of(marketplace, sku, cursor, limit, detail)
    filters = {"asin": readable(asin, "asin") if asin is not None else None}
    given = {name: value for name, value in filters.items() if value is not None}
    if as_of is None:
        page = await PRESENT[sort].page(db, asked, **given)
        if page.as_of[BESIDE] is None:
            page = replace(
                page, as_of={name: page.as_of[name] for name in page.as_of if name != BESIDE}
            )
        return await answered(db, asked, page, datasets=("inventory",), filters=filters)
    _refuse(as_of, sort, clock)
    page = await PAST.page(db, asked, (COVERAGE, {"as_of": as_of}), as_of=as_of, **given)
    first, last = page.beside[0][0]
    notes = _history(as_of, first, last)
    if first is None or as_of < first:
        page = replace(page, as_of={"ledger_summary": None})
    return await answered(db, asked, page, datasets=("inventory",), filters=filters, notes=notes)


def _refuse(as_of: date, sort: str, clock: Clock) -> None:
    """What the past cannot answer."""
    if as_of > (clock.now() + _FARTHEST_EAST).date():
        raise InvalidInputError(
            f"{as_of} is in the future.",
            field="as_of",
            next_step="Pass a past day, or leave as_of out for stock as of now.",
        )
    if sort != "sku":
        raise InvalidInputError(
            "A past day is sorted by sku only.", field="sort", next_step="Leave sort out."
        )


def _history(as_of: date, first: date | None, last: date | None) -> list[str]:
    """How far the past is known."""
    if first is None or last is None:
        return ["No ledger is loaded yet: past days are unknown; see data_freshness."]
    if as_of < first:
        return [f"{as_of} is before history_from ({first}): on_hand is unknown."]
    known = (
        "on_hand is the closing balance; sellable and reserved_orders are known only where the next "
        "morning's snapshot saw that closing; other states only as of now."
    )
    if as_of <= last:
        return [known]
    return [known, f"The ledger reaches to {last}: {as_of} is known from snapshots only."]
