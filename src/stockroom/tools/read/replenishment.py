"""``replenishment``: when to order, how much, and how much to send, with all it rests on."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Annotated, Any

from pydantic import Field as Described

from stockroom.core.clock import Clock
from stockroom.core.marketplaces import MARKETPLACES
from stockroom.core.scope import Scope
from stockroom.db.session import ReadSession
from stockroom.metrics.derivation.covering import RANKS_PER_DAY
from stockroom.metrics.formulas.bands import Bands
from stockroom.records.input_kinds import INPUT_KINDS
from stockroom.spec.answer import Answer
from stockroom.spec.tool import (
    CursorArgument,
    DetailArgument,
    LimitArgument,
    MarketplaceFilter,
    SkuFilter,
    read_tool,
)
from stockroom.tools import outlooks as reading
from stockroom.tools.answering import answered
from stockroom.tools.asked import Asked
from stockroom.tools.outlook import Outlook
from stockroom.tools.outlooks import SHEET, outlooks
from stockroom.tools.replenishment_sheet import COLUMNS, row

QUERIES = reading.QUERIES
_DEFAULTS = ", ".join(
    f"{kind.name} {kind.default}" for kind in INPUT_KINDS.values() if kind.default is not None
)


@read_tool(scope=Scope.PLANNING_READ, title="Replenishment", columns=COLUMNS)
async def replenishment(
    db: ReadSession,
    clock: Clock,
    *,
    marketplace: MarketplaceFilter = None,
    sku: SkuFilter = None,
    at_risk_only: Annotated[
        bool, Described(description="Bands at_risk, critical, out_of_stock.")
    ] = False,
    cursor: CursorArgument = None,
    limit: LimitArgument = 50,
    detail: DetailArgument = "compact",
) -> Answer:
    """When and how much to order, and to send to FBA, per SKU. Shortest in_time_days first.

    Projected depletion, latest safe order date, units to order (candidate) and to send, and what
    they depend on. Assumptions come from set_planning_inputs; what nobody said is unknown, its
    candidate null. Listings of one pool show the same stock: never add rows. For cover alone use
    days_of_cover.
    """
    asked = Asked.of(marketplace, sku, cursor, limit, detail)
    bands = Bands.of_settings(db.settings)
    given = {"below": bands.at_risk * RANKS_PER_DAY} if at_risk_only else {}
    page = await SHEET.page(db, asked, **given)
    found = await outlooks(db, page)
    # In a thread: hundreds of rows are a while of arithmetic, and the loop serves others.
    rows = await asyncio.to_thread(_rows, found, clock, full=asked.full)
    names = tuple(column.name for column in COLUMNS if asked.full or not column.full)
    return await answered(
        db,
        asked,
        replace(page, columns=names, rows=rows),
        datasets=("inventory", "orders"),
        filters={"at_risk_only": at_risk_only or None},
        notes=tuple(_notes(found)),
    )


def _rows(found: Sequence[Outlook], clock: Clock, *, full: bool) -> list[tuple[Any, ...]]:
    return [
        row(one, clock.today(MARKETPLACES[one.known.marketplace].zone), full=full) for one in found
    ]


def _notes(found: Sequence[Outlook]) -> Iterator[str]:
    if not found:
        return
    missing = list(dict.fromkeys(name for one in found for name in one.inputs_unknown))
    if missing:
        yield (
            f"Not said and not learned for some rows: {', '.join(missing)}. candidate and "
            "send_units stay null there; set_planning_inputs says them for a SKU, a product group "
            "or all of a marketplace."
        )
    if any(one.partial for one in found):
        yield (
            "This key is for some marketplaces, and some of these pools serve others, too, whose "
            "reserve and supply orders it does not see: candidate stays null there."
        )
    if any(one.demand is not None and not one.demand.measured for one in found):
        yield "With fewer than 14 days in stock the spread of demand is taken as half the velocity."
    yield (
        f"Unless said otherwise: {_DEFAULTS}. Seasonality counts as 1.0 and events (promotions, "
        "holidays) not at all: adjust for those you expect."
    )
