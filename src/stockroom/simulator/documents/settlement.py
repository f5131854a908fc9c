"""GET_V2_SETTLEMENT_REPORT_DATA_FLAT_FILE_V2: one store's two weeks, amount by amount.

Facts 1.2: made by Amazon alone, listed and never requested. The first data row
carries period, deposit, total and currency, and no transaction; the others carry
none of these. Numbers and dates are in the store's own spelling: ``95,00``.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import datetime
from typing import Final

from stockroom.core.marketplaces import MARKETPLACES, Region
from stockroom.simulator.documents import objections
from stockroom.simulator.documents.view import DocumentView, Generation
from stockroom.simulator.world import SellerWorld
from stockroom.simulator.world.money import BookedItem, Booking, Charge
from stockroom.simulator.world.records import dollars
from stockroom.simulator.world.settlements import Settlement, settled, settlements

COLUMNS = (
    "settlement-id", "settlement-start-date", "settlement-end-date", "deposit-date",
    "total-amount", "currency", "transaction-type", "order-id", "merchant-order-id",
    "adjustment-id", "shipment-id", "marketplace-name", "amount-type", "amount-description",
    "amount", "fulfillment-id", "posted-date", "posted-date-time", "order-item-code",
    "merchant-order-item-id", "merchant-adjustment-item-id", "sku", "quantity-purchased",
    "promotion-id",
)  # fmt: skip
_TYPES: Final = {"Shipment": "Order", "Refund": "Refund", "Adjustment": "other-transaction"}
_COMMA: Final = frozenset({"DE", "FR", "IT", "ES", "NL", "BE", "PL", "SE", "BR", "TR"})
_ISO: Final = "%Y-%m-%d"
_DAYS: Final = {"UK": "%d/%m/%Y", "IE": "%d/%m/%Y"} | dict.fromkeys(_COMMA, "%d.%m.%Y")


def rows(world: SellerWorld, generation: Generation) -> Iterator[tuple[str, ...]]:
    """The total, then every amount."""
    place = generation.ask.marketplaces[0].code
    for one in settlements(world.seller, world.first_day, generation.as_of):
        if (one.marketplace, one.start) == (place, generation.start):
            yield from _lines(one, settled(world, one))


VIEW = DocumentView(
    report_type="GET_V2_SETTLEMENT_REPORT_DATA_FLAT_FILE_V2",
    columns=COLUMNS,
    rows=rows,
    objection=objections.none,
    quoted=False,
    pause=None,
    charsets={Region.EU: "Cp1252"},  # as other European documents
    automatic=True,
)


def _lines(settlement: Settlement, found: list[Booking]) -> Iterator[tuple[str, ...]]:
    amount, day = _amount(settlement.marketplace), _DAYS.get(settlement.marketplace, _ISO)
    instants = (settlement.start, settlement.end, settlement.deposit_at)
    total = amount(sum(booking.cents for booking in found))
    head = (*(_instant(at, day) for at in instants), total, settlement.currency)
    yield (settlement.id, *head, *[""] * (len(COLUMNS) - 6))
    for booking in found:
        for item in booking.items:
            for charge in item.charges:
                line = _line(booking, item, charge, amount(charge.cents), day)
                yield (settlement.id, *[""] * 5, *line)


def _line(
    booking: Booking, item: BookedItem, charge: Charge, amount: str, day: str
) -> tuple[str, ...]:
    event, refund = item.event, booking.kind == "Refund"
    sold = booking.order_id is not None
    return (
        _TYPES[booking.kind],
        booking.order_id or "",
        "",
        booking.id[:14] if refund else "",
        booking.id[14:28] if booking.kind == "Shipment" else "",
        MARKETPLACES[booking.marketplace].sales_channel if sold else "",
        charge.kind,
        charge.name,
        amount,
        ("AFN" if event.channel == "FBA" else "MFN") if sold else "",
        booking.at.strftime(day),
        _instant(booking.at, day),
        event.refs.get("order_item_id", ""),
        "",
        "",
        event.msku,
        str(event.units) if charge.name == "Principal" and not refund else "",
        "",
    )


def _instant(at: datetime, day: str) -> str:
    return at.strftime(f"{day} %H:%M:%S UTC")


def _amount(marketplace: str) -> Callable[[int], str]:
    if marketplace in _COMMA:
        return lambda cents: dollars(cents).replace(".", ",")
    return dollars
