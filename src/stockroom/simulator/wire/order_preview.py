"""What an order would cost and from where it would leave: ``getFulfillmentPreview``.

Fees are this world's own, nobody's real prices. An item that cannot be sent whole is
told with a reason, and then the preview is not fulfillable.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any, Final

from stockroom.core.marketplaces import Marketplace
from stockroom.simulator.wire.times import zulu_time
from stockroom.simulator.world.assortment import PRICE_FACTORS
from stockroom.simulator.world.dimensions import size
from stockroom.simulator.world.errands import Pick, Wanted

Row = dict[str, Any]
_UNIT_FEES: Final = {
    "Standard": Decimal("4.10"),
    "Expedited": Decimal("6.20"),
    "Priority": Decimal("9.90"),
}
_PARCEL_FEE: Final = Decimal("1.35")
_DAYS: Final = {"Standard": (3, 5), "Expedited": (2, 2), "Priority": (1, 1)}
"""Until a parcel arrives, at the earliest and at the latest."""
_WITHOUT_MINOR_UNIT: Final = frozenset({"JPY"})


def preview(
    speed: str, market: Marketplace, items: list[Wanted], picks: list[Pick], now: datetime
) -> Row:
    """One preview, of one speed."""
    missing = list(_missing(items, picks))
    parcels = _parcels(picks)
    row: Row = {
        "shippingSpeedCategory": speed,
        "marketplaceId": market.id,
        "isFulfillable": not missing,
        "isCODCapable": False,
        "fulfillmentPreviewShipments": [_shipment(speed, taken, now) for taken in parcels.values()],
        "unfulfillablePreviewItems": missing,
        "orderUnfulfillableReasons": ["InventoryUnavailable"] if missing else [],
    }
    if parcels:
        row["estimatedFees"] = _fees(speed, market, picks, len(parcels))
        weight = sum(pick.units * size(pick.offer.asin).weight for pick in picks)
        row["estimatedShippingWeight"] = {"unit": "POUNDS", "value": f"{weight:.2f}"}
    return row


def _missing(items: list[Wanted], picks: list[Pick]) -> Iterator[Row]:
    found = {pick.item.item_id: pick for pick in picks}
    for item in items:
        pick = found.get(item.item_id)
        there = pick.units if pick else 0
        if there < item.units:
            reason = "InventoryUnavailable" if pick else "UnknownSellerSku"
            yield {
                "sellerSku": item.sku,
                "sellerFulfillmentOrderItemId": item.item_id,
                "quantity": item.units - there,
                "itemUnfulfillableReasons": [reason],
            }


def _parcels(picks: list[Pick]) -> dict[str | None, list[tuple[Wanted, int]]]:
    """What leaves each warehouse."""
    parcels: defaultdict[str | None, list[tuple[Wanted, int]]] = defaultdict(list)
    for pick in picks:
        for lot, units in pick.held:
            parcels[lot.fc].append((pick.item, units))
    return parcels


def _shipment(speed: str, taken: list[tuple[Wanted, int]], now: datetime) -> Row:
    first, last = _DAYS[speed]
    return {
        "earliestShipDate": zulu_time(now + timedelta(hours=6)),
        "latestShipDate": zulu_time(now + timedelta(days=1)),
        "earliestArrivalDate": zulu_time(now + timedelta(days=first)),
        "latestArrivalDate": zulu_time(now + timedelta(days=last)),
        "fulfillmentPreviewItems": [
            {
                "sellerSku": item.sku,
                "sellerFulfillmentOrderItemId": item.item_id,
                "quantity": units,
            }
            for item, units in taken
        ],
    }


def _fees(speed: str, market: Marketplace, picks: list[Pick], parcels: int) -> list[Row]:
    units = sum(pick.units for pick in picks)
    named = {
        "FBAPerUnitFulfillmentFee": _UNIT_FEES[speed] * units,
        "FBATransportationFee": _PARCEL_FEE * parcels,
    }
    factor = Decimal(str(PRICE_FACTORS[market.currency]))
    places = 0 if market.currency in _WITHOUT_MINOR_UNIT else 2
    return [
        {
            "name": name,
            "amount": {
                "currencyCode": market.currency,
                "value": f"{amount * factor:.{places}f}",
            },
        }
        for name, amount in named.items()
    ]
