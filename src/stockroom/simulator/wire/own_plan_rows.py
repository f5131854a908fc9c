"""A shipment of the seller's own people in Amazon's words: a plan of one shipment of one SKU."""

from __future__ import annotations

from typing import Any

from stockroom.core.marketplaces import MARKETPLACES
from stockroom.simulator.wire.times import zulu_time
from stockroom.simulator.world import InboundShipment, Seller

Row = dict[str, Any]


def own_plan_row(one: InboundShipment, seller: Seller) -> Row:
    """A row of ``listInboundPlans``."""
    return {
        "inboundPlanId": one.plan_id,
        "name": f"Restock {one.sku}",
        "status": _status(one),
        "createdAt": zulu_time(one.created_at),
        "lastUpdatedAt": zulu_time(one.updated_at),
        "marketplaceIds": [MARKETPLACES[one.marketplace].id],
        "sourceAddress": _address(one, seller),
    }


def own_shipment_row(one: InboundShipment, seller: Seller) -> Row:
    """``getShipment``; with its delivery window where one was arranged."""
    shown: Row = {
        "shipmentId": one.plan_shipment_id,
        "shipmentConfirmationId": one.shipment_id,
        "placementOptionId": _placement_id(one),
        "name": f"Restock {one.sku}",
        "status": one.status,
        "source": {"sourceType": "SELLER_FACILITY", "address": _address(one, seller)},
        "destination": {"destinationType": "AMAZON_WAREHOUSE", "warehouseId": one.fc},
    }
    if one.delivery_window is None:
        return shown
    start, end = one.delivery_window
    window = {
        "availabilityType": "AVAILABLE",
        "deliveryWindowOptionId": "dw" + one.plan_shipment_id[2:],
        "startDate": zulu_time(start),
        "endDate": zulu_time(end),
        "editableUntil": zulu_time(start),
    }
    return shown | {"selectedDeliveryWindow": window}


def own_item_row(one: InboundShipment) -> Row:
    """A row of ``listShipmentItems``: what was sent, not what has arrived."""
    return {
        "msku": one.sku,
        "fnsku": one.fnsku,
        "asin": one.asin,
        "quantity": one.units,
        "labelOwner": "SELLER",
        "prepInstructions": [{"prepType": "ITEM_NO_PREP", "prepOwner": "NONE"}],
    }


def _address(one: InboundShipment, seller: Seller) -> Row:
    return {
        "name": seller.name,
        "companyName": seller.name,
        "addressLine1": "1 Simulator Way",
        "city": "Simulation",
        "postalCode": "00000",
        "countryCode": one.country,
        "phoneNumber": "0000000000",
    }


def own_placement_row(one: InboundShipment) -> Row:
    """A row of ``listPlacementOptions``: the one that was taken."""
    return {
        "placementOptionId": _placement_id(one),
        "shipmentIds": [one.plan_shipment_id],
        "status": "ACCEPTED",
        "fees": [],
        "discounts": [],
    }


def _placement_id(one: InboundShipment) -> str:
    return "pl" + one.plan_id[2:]


def _status(one: InboundShipment) -> str:
    return "ACTIVE" if one.status == "WORKING" else "SHIPPED"
