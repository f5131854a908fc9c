"""GET_FBA_ESTIMATED_FBA_FEES_TXT_DATA: what Amazon expects to ask for selling and sending a unit.

Facts 1.2: once a day per seller, whatever is asked; the window begins at least 72
hours before its end. Every store of the region that was asked for is in it.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from decimal import ROUND_HALF_UP, Decimal

from stockroom.core.marketplaces import Marketplace, Region
from stockroom.simulator.documents.storage_fees import measures
from stockroom.simulator.documents.view import Ask, DocumentView, Generation
from stockroom.simulator.world import ListingState, SellerWorld
from stockroom.simulator.world.dimensions import size

LEAST = timedelta(hours=72)
ONCE = timedelta(days=1)
REFERRAL, PICK_AND_PACK, PER_POUND = Decimal("0.15"), Decimal("2.50"), Decimal("0.38")
"""This world's: a share of the price, and amounts in the store's currency."""

COLUMNS = (
    "sku", "fnsku", "asin", "product-name", "product-group", "brand", "fulfilled-by", "your-price",
    "sales-price", "longest-side", "median-side", "shortest-side", "length-and-girth",
    "unit-of-dimension", "item-package-weight", "unit-of-weight", "product-size-tier", "currency",
    "estimated-fee-total", "estimated-referral-fee-per-unit", "estimated-variable-closing-fee",
    "estimated-order-handling-fee-per-order", "estimated-pick-pack-fee-per-unit",
    "estimated-weight-handling-fee-per-unit", "expected-fulfillment-fee-per-unit", "amazon-store",
)  # fmt: skip


def rows(world: SellerWorld, generation: Generation) -> Iterator[tuple[str, ...]]:
    """One row per FBA listing of the stores asked for."""
    markets = {one.code: one for one in generation.ask.marketplaces}
    for listing in generation.listings(world, generation.as_of):
        if listing.marketplace in markets and listing.fnsku is not None:
            yield _row(listing, listing.fnsku, markets[listing.marketplace])


def objection(ask: Ask) -> str | None:
    """It must look back far enough."""
    if ask.start is None:
        return "dataStartTime is required for this report type."
    if ask.end is not None and ask.end - ask.start < LEAST:
        return "The date range of this report must be at least 72 hours."
    return None


VIEW = DocumentView(
    report_type="GET_FBA_ESTIMATED_FBA_FEES_TXT_DATA",
    columns=COLUMNS,
    rows=rows,
    objection=objection,
    quoted=False,
    pause=ONCE,
    charsets={},
    alone=True,
)


def _row(listing: ListingState, fnsku: str, market: Marketplace) -> tuple[str, ...]:
    trait, price = size(listing.asin), listing.sale_price or listing.price
    referral = _cents(price * REFERRAL)
    weight = _cents(Decimal(str(trait.weight)) * PER_POUND)
    sending = PICK_AND_PACK + weight
    *sides, unit, pounds, heavy = measures(trait, metric=market.region is not Region.NA)
    return (
        listing.sku,
        fnsku,
        listing.asin,
        listing.title,
        listing.product_type,
        "",
        "Amazon",
        str(listing.price),
        str(price),
        *sides,
        f"{sum(map(float, sides)):.1f}",
        unit,
        pounds,
        heavy,
        trait.tier,
        listing.currency,
        str(referral + sending),
        str(referral),
        "0.00",
        "--",  # as Amazon writes what does not apply
        str(PICK_AND_PACK),
        str(weight),
        str(sending),
        "GB" if market.code == "UK" else market.code,
    )


def _cents(amount: Decimal) -> Decimal:
    return amount.quantize(Decimal("0.01"), ROUND_HALF_UP)
