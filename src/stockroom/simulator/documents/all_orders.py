"""GET_FLAT_FILE_ALL_ORDERS_DATA_BY_LAST_UPDATE_GENERAL: a row per order line, by last update.

Facts 1.2 and 1.3: the whole region's orders whatever marketplace was asked; no
stable line id; cancelled lines stay with quantity 0; pending ones have no price;
multi-channel orders sell on ``Non-Amazon`` for nothing; replacements cost 0.00.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from decimal import Decimal

from stockroom.core.marketplaces import MARKETPLACES, Region
from stockroom.simulator.documents import objections
from stockroom.simulator.documents.planted import address
from stockroom.simulator.documents.view import Ask, DocumentView, Generation
from stockroom.simulator.world import LineState, OrderState, SellerWorld

LONGEST = timedelta(days=30)
TAX = Decimal("0.07")

COLUMNS = (
    "amazon-order-id", "merchant-order-id", "purchase-date", "last-updated-date", "order-status",
    "fulfillment-channel", "sales-channel", "order-channel", "ship-service-level", "product-name",
    "sku", "asin", "item-status", "quantity", "currency", "item-price", "item-tax",
    "shipping-price", "shipping-tax", "gift-wrap-price", "gift-wrap-tax",
    "item-promotion-discount", "ship-promotion-discount", "ship-city", "ship-state",
    "ship-postal-code", "ship-country", "promotion-ids",
)  # fmt: skip


def rows(world: SellerWorld, generation: Generation) -> Iterator[tuple[str, ...]]:
    """Lines of the orders whose last visible update lies in the window."""
    window = generation.start, generation.end, generation.as_of
    taxed = generation.ask.region == Region.NA  # Europe's prices contain their tax
    for order in world.orders_updated(*window):
        head, ship_to = _head(order), _ship_to(order)
        for line in order.lines:
            yield head + _line(order, line, taxed=taxed) + ship_to + (",".join(line.promotion_ids),)


def objection(ask: Ask) -> str | None:
    """Longer than 30 days ends FATAL, with the reason in the document."""
    return objections.window(ask, LONGEST)


VIEW = DocumentView(
    report_type="GET_FLAT_FILE_ALL_ORDERS_DATA_BY_LAST_UPDATE_GENERAL",
    columns=COLUMNS,
    rows=rows,
    objection=objection,
    quoted=False,
    pause=None,  # All Orders reports are exempt from the once-in-a-while rule
    charsets={Region.EU: "Cp1252"},  # one of the charsets seen in Europe
    newline="\r\n",
)


def _head(order: OrderState) -> tuple[str, ...]:
    mcf = order.channel == "mcf"
    return (
        order.order_id,
        order.merchant_order_id,
        _time(order.purchase_at),
        _time(order.last_updated_at),
        order.status,
        "Merchant" if order.channel == "amazon_fbm" else "Amazon",
        "Non-Amazon" if mcf else MARKETPLACES[order.marketplace].sales_channel,
        "",
        "Standard" if order.channel == "amazon_fbm" else "Expedited",
    )


def _line(order: OrderState, line: LineState, *, taxed: bool) -> tuple[str, ...]:
    quantity = line.ordered - line.cancelled
    product = (line.title, line.sku, line.asin, line.item_status, str(quantity))
    if line.price is None or quantity == 0:
        return (*product, *[""] * 9)
    price = Decimal(0) if order.replacement or order.channel == "mcf" else line.price
    tax = price * TAX if taxed else Decimal(0)
    money = (price, tax, *[Decimal(0)] * 6)
    return (*product, line.currency, *[f"{amount:.2f}" for amount in money])


def _ship_to(order: OrderState) -> tuple[str, str, str, str]:
    if order.status == "Pending":
        return ("", "", "", _iso(order.ship_country))  # no address before payment clears
    return (*address(order.order_id), _iso(order.ship_country))


def _time(at: datetime) -> str:
    return at.astimezone(UTC).isoformat(timespec="seconds")


def _iso(country: str) -> str:
    return "GB" if country == "UK" else country
