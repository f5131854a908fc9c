"""``ads``: what advertising cost and brought, and what of it goes to SKUs that cannot sell."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import Annotated, Any, Literal

from pydantic import Field as Described

from stockroom.core.clock import Clock
from stockroom.core.scope import Scope
from stockroom.db.query import Query
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
from stockroom.tools.ads_rows import COLUMNS, COMPACT, Spent, rows, totals
from stockroom.tools.ads_sums import (
    BY_CAMPAIGN,
    BY_CAMPAIGN_AND_SKU,
    BY_SKU,
    CAMPAIGN_SETS,
    LOADED,
    PRODUCT_SETS,
)
from stockroom.tools.answering import answered
from stockroom.tools.asked import Asked, readable
from stockroom.tools.pages import page_of
from stockroom.tools.span import EndArgument, Span, StartArgument

_CREDIT = (
    "units and sales: ordered within 14 days after a click, as Amazon credits them; "
    "days of the last 14 still grow."
)
_NO_SKU = "Sponsored Brands have no SKU: their cost is in by=campaign only."
QUERIES = (BY_SKU, BY_CAMPAIGN, BY_CAMPAIGN_AND_SKU, LOADED)


@read_tool(scope=Scope.ADS_READ, title="Advertising", columns=COLUMNS)
async def ads(
    db: ReadSession,
    clock: Clock,
    *,
    by: Annotated[Literal["sku", "campaign"], Described(description="Row per.")] = "sku",
    marketplace: MarketplaceFilter = None,
    sku: SkuFilter = None,
    campaign: Annotated[
        str | None, Described(description="Id or part of its name.", max_length=128)
    ] = None,
    start: StartArgument = None,
    end: EndArgument = None,
    unsellable_only: Annotated[
        bool, Described(description="Only SKUs that cannot sell or soon run out.")
    ] = False,
    lead_time_days: Annotated[int, Described(ge=1, le=365)] = 30,
    cursor: CursorArgument = None,
    limit: LimitArgument = 50,
    detail: DetailArgument = "compact",
) -> Answer:
    """Amazon Ads cost and credited sales per SKU or campaign, largest cost first; 30 days by default.

    Use unsellable_only for money spent on SKUs without stock, stranded, suppressed, or sold out
    before lead_time_days. Credited sales are not all sales: use sales for those.
    """
    span = Span.of(start, end, clock, default=30, most=186)
    asked = Asked.of(marketplace, sku, cursor, limit, detail)
    given = {
        **span.params(),
        "marketplace": asked.marketplace,
        "skus": list(asked.skus) or None,
        "campaign": readable(campaign, "campaign") if campaign is not None else None,
    }
    query, datasets = _question(by, per_sku=bool(asked.skus) or unsellable_only)
    where = {"datasets": list(datasets), "marketplace": asked.marketplace}
    found, loaded = await db.many((query, given), (LOADED, where))
    spent, lead_time = [Spent(*row) for row in found], timedelta(days=lead_time_days)
    if unsellable_only:
        spent = [one for one in spent if one.against(lead_time)]
    shown = len(COLUMNS) if asked.full else COMPACT
    page = page_of(
        f"ads {by}",
        [column.name for column in COLUMNS[:shown]],
        [row[:shown] for row in rows(spent, lead_time)],
        asked,
        as_of=_as_of(datasets, dict(loaded), spent),
    )
    filters = {
        "campaign": given["campaign"],
        "unsellable_only": unsellable_only or None,
        **span.params(),
    }
    state = f"unsellable is as of now; runs_out: sold out within {lead_time_days} days."
    notes = (
        span.note(),
        _CREDIT,
        state,
        *totals(spent),
        *([_NO_SKU] if query is not BY_CAMPAIGN else []),
    )
    return await answered(db, asked, page, datasets=datasets, filters=filters, notes=notes)


def _question(by: str, *, per_sku: bool) -> tuple[Query, tuple[str, ...]]:
    if by == "sku":
        return BY_SKU, PRODUCT_SETS
    return (BY_CAMPAIGN_AND_SKU, PRODUCT_SETS) if per_sku else (BY_CAMPAIGN, CAMPAIGN_SETS)


def _as_of(
    datasets: tuple[str, ...], loaded: Mapping[str, Any], spent: list[Spent]
) -> dict[str, str | None]:
    days = {name: loaded.get(name) for name in datasets}
    if any(one.sku is not None for one in spent):
        days["inventory"] = min((d for one in spent if (d := one.stock_as_of)), default=None)
    return {name: day.isoformat() if day else None for name, day in days.items()}
