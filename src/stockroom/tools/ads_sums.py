"""What ``ads`` asks the database for: advertising summed per subject, beside the stock behind it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import (
    ARRAY,
    CTE,
    ColumnElement,
    Integer,
    Select,
    Text,
    and_,
    bindparam,
    case,
    cast,
    func,
    literal,
    null,
    or_,
    select,
    union_all,
)

from stockroom.db.query import Query
from stockroom.metrics.cover import CoverRow
from stockroom.metrics.listings import CurrentListing
from stockroom.reports.ads_sb_campaigns import SponsoredBrandCampaign
from stockroom.reports.ads_sd_campaigns import SponsoredDisplayCampaign
from stockroom.reports.ads_sd_products import SponsoredDisplay
from stockroom.reports.ads_sp_campaigns import SponsoredProductCampaign
from stockroom.reports.ads_sp_products import SponsoredProduct
from stockroom.spec.fact import Fact, table_of
from stockroom.spec.run import LoadedDay
from stockroom.tools.span import within

PRODUCT_SETS = ("ads_sp_products", "ads_sd_products")
CAMPAIGN_SETS = ("ads_sp_campaigns", "ads_sb_campaigns", "ads_sd_campaigns")
COVER_WINDOW = 30
"""Days of demand behind the stockout date."""
FIGURES = ("impressions", "clicks", "cost", "orders_14d", "units_14d", "sales_14d")

_KINDS: dict[type[Fact], str] = {
    SponsoredProduct: "SP",
    SponsoredDisplay: "SD",
    SponsoredProductCampaign: "SP",
    SponsoredBrandCampaign: "SB",
    SponsoredDisplayCampaign: "SD",
}
_PLACE = bindparam("marketplace", type_=Text())
_SKUS = bindparam("skus", type_=ARRAY(Text()))
_CAMPAIGN = bindparam("campaign", type_=Text())
_NOTHING = cast(null(), Text)


def _days(model: type[Fact]) -> Select[Any]:
    """The rows of one dataset that are asked about, in the shape that all share."""
    c = table_of(model).c
    named = or_(
        c.campaign_id == _CAMPAIGN,
        func.strpos(func.lower(c.campaign), func.lower(_CAMPAIGN)) > 0,
    )
    now = [c.get(name, _NOTHING) for name in ("campaign_status", "budget")]
    rows = select(
        c.marketplace,
        literal(_KINDS[model], Text).label("kind"),
        c.campaign_id,
        c.campaign,
        c.get("sku", _NOTHING).label("sku"),
        c.currency,
        func.concat_ws("|", c.day, *(func.coalesce(cast(one, Text), "") for one in now)).label(
            "now"
        ),
        *(c[name] for name in FIGURES),
    ).where(
        within(c.day),
        or_(_PLACE.is_(None), c.marketplace == _PLACE),
        or_(_CAMPAIGN.is_(None), named),
    )
    return rows.where(or_(_SKUS.is_(None), c.sku == func.any(_SKUS))) if "sku" in c else rows


def _sums(models: Sequence[type[Fact]], *keys: str) -> CTE:
    """Their figures added up per currency and ``keys``; of what is no key, one value if there is only one."""
    rows = union_all(*map(_days, models)).subquery("rows").c
    by = ("marketplace", "currency", *keys)
    others: list[ColumnElement[Any]] = [
        (func.max if name == "now" else _only)(rows[name]).label(name)
        for name in ("kind", "campaign_id", "campaign", "sku", "now")
        if name not in by
    ]
    figures = (func.sum(rows[name]).label(name) for name in FIGURES)
    return (
        select(*(rows[name] for name in by), *others, *figures)
        .group_by(*(rows[name] for name in by))
        .cte("sums")
    )


def _only(column: ColumnElement[Any]) -> ColumnElement[Any]:
    return case((func.min(column) == func.max(column), func.min(column)))


def _beside_stock(sums: CTE) -> Query:
    """The sums, with the listing and the cover of their SKU."""
    s = sums.c
    listing, cover = table_of(CurrentListing), table_of(CoverRow)
    here = and_(listing.c.marketplace == s.marketplace, listing.c.sku == s.sku)
    covered = and_(
        cover.c.marketplace == s.marketplace,
        cover.c.sku == s.sku,
        cover.c.window_days == literal(COVER_WINDOW, Integer),
    )
    return Query(
        select(
            *(s[name] for name in ("marketplace", "currency", "kind", "campaign_id", "campaign")),
            *(s[name] for name in ("sku", "now", *FIGURES)),
            listing.c.asin,
            *(listing.c[name] for name in ("status", "stranded_reason", "suppressed_reason")),
            *(cover.c[name] for name in ("sellable", "in_time_days", "stockout_date", "as_of")),
        ).select_from(sums.outerjoin(listing, here).outerjoin(cover, covered))
    )


_PRODUCTS = (SponsoredProduct, SponsoredDisplay)
_CAMPAIGNS = (SponsoredProductCampaign, SponsoredBrandCampaign, SponsoredDisplayCampaign)
BY_SKU = _beside_stock(_sums(_PRODUCTS, "sku"))
BY_CAMPAIGN = _beside_stock(_sums(_CAMPAIGNS, "kind", "campaign_id"))
BY_CAMPAIGN_AND_SKU = _beside_stock(_sums(_PRODUCTS, "kind", "campaign_id", "sku"))

_loaded = table_of(LoadedDay).c
_places = (
    select(_loaded.dataset, func.max(_loaded.day).label("day"))
    .where(
        _loaded.dataset == func.any(bindparam("datasets", type_=ARRAY(Text()))),
        or_(_PLACE.is_(None), _loaded.marketplace == _PLACE),
        _loaded.complete,
    )
    .group_by(_loaded.dataset, _loaded.marketplace)
    .subquery("places")
    .c
)
LOADED = Query(select(_places.dataset, func.min(_places.day)).group_by(_places.dataset))
"""Until which day each dataset is in, everywhere that is asked about."""
