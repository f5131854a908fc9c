"""A caller's inbound plan in Amazon's words: the plan, its shipments, what is offered for it."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal
from random import Random
from typing import Any
from uuid import UUID

from stockroom.simulator.wire.plan_carriage import (
    PARTNERED,
    VOID_WINDOWS,
    Carriage,
    Window,
    chosen_carriages,
    chosen_window,
)
from stockroom.simulator.wire.plan_desk import (
    CONFIRM_PACKING,
    GENERATE_PACKING,
    Asked,
    PlanDesk,
    SellerPlan,
)
from stockroom.simulator.wire.plan_offers import (
    OFFER_LASTS,
    Parcel,
    Placement,
    chosen_placement,
    market_of,
    parcel_status,
    placement_status,
    placements,
)
from stockroom.simulator.wire.plan_requests import prep_details
from stockroom.simulator.wire.times import zulu_time
from stockroom.simulator.world import InboundShipment, ListingState, SellerWorld

Row = dict[str, Any]
Listings = Mapping[str, ListingState]


def plan_summary(plan: SellerPlan, now: datetime) -> Row:
    """A row of ``listInboundPlans``."""
    return {
        "inboundPlanId": plan.id,
        "name": plan.made.get("name") or f"Inbound plan {plan.created_at:%Y-%m-%d %H:%M}",
        "status": plan.status(now),
        "createdAt": zulu_time(plan.created_at),
        "lastUpdatedAt": zulu_time(plan.updated_at(now)),
        "marketplaceIds": [market_of(plan).id],
        "sourceAddress": plan.made["sourceAddress"],
    }


def plan_row(plan: SellerPlan, now: datetime) -> Row:
    """``getInboundPlan``: shipments only once a placement was chosen."""
    chosen = chosen_placement(plan, now)
    status = parcel_status(plan, now)
    return plan_summary(plan, now) | {
        "packingOptions": [
            {"packingOptionId": one["packingOptionId"], "status": one["status"]}
            for one in packing_rows(plan, now)
        ],
        "placementOptions": [
            {"placementOptionId": one.id, "status": placement_status(plan, one, now)}
            for one in placements(plan, now)
        ],
        "shipments": [
            {"shipmentId": one.id, "status": status} for one in (chosen.parcels if chosen else ())
        ],
    }


def packing_rows(plan: SellerPlan, now: datetime) -> list[Row]:
    """``listPackingOptions``: one way to pack, everything in one group."""
    offered = plan.done(GENERATE_PACKING, now)
    if offered is None:
        return []
    expires = offered.ends_at + OFFER_LASTS
    option = {
        "packingOptionId": f"po{_uuid('option', offered)}",
        "packingGroups": [f"pg{_uuid('group', offered)}"],
        "status": "ACCEPTED" if plan.done(CONFIRM_PACKING, now) else "OFFERED",
        "expiration": zulu_time(expires),
        "fees": [],
        "discounts": [],
        "supportedConfigurations": [],
        "supportedShippingConfigurations": [],
    }
    if option["status"] == "OFFERED" and now >= expires:
        option["status"] = "EXPIRED"
    return [option]


def placement_row(plan: SellerPlan, option: Placement, now: datetime) -> Row:
    """A row of ``listPlacementOptions``."""
    fee = {
        "type": "FEE",
        "target": "Placement Services",
        "description": "Placement service fee",
        "value": _money(option.fee, option.currency),
    }
    return {
        "placementOptionId": option.id,
        "shipmentIds": [parcel.id for parcel in option.parcels],
        "status": placement_status(plan, option, now),
        "expiration": zulu_time(option.expires_at),
        "fees": [fee] if option.fee else [],
        "discounts": [],
    }


def shipment_row(plan: SellerPlan, option: Placement, parcel: Parcel, now: datetime) -> Row:
    """``getShipment``: it has its confirmed id once the placement was chosen."""
    row: Row = {
        "shipmentId": parcel.id,
        "placementOptionId": option.id,
        "name": f"{plan_summary(plan, now)['name']} {parcel.warehouse}",
        "status": parcel_status(plan, now),
        "source": {"sourceType": "SELLER_FACILITY", "address": plan.made["sourceAddress"]},
        "destination": {"destinationType": "AMAZON_WAREHOUSE", "warehouseId": parcel.warehouse},
    }
    if chosen_placement(plan, now):
        row["shipmentConfirmationId"] = parcel.confirmation_id
    carriage = chosen_carriages(plan, now).get(parcel.id)
    if carriage:
        row["selectedTransportationOptionId"] = carriage[0]
    window = chosen_window(plan, parcel.id, now)
    return row | ({"selectedDeliveryWindow": _selected(window)} if window else {})


def _selected(window: Window) -> Row:
    row = window_row(window)
    del row["validUntil"]  # that was the offer's
    return row | {"editableUntil": zulu_time(window.starts_at)}


def window_row(one: Window) -> Row:
    """A row of ``listDeliveryWindowOptions``."""
    return {
        "deliveryWindowOptionId": one.id,
        "availabilityType": one.availability,
        "startDate": zulu_time(one.starts_at),
        "endDate": zulu_time(one.ends_at),
        "validUntil": zulu_time(one.valid_until),
    }


def carriage_row(plan: SellerPlan, one: Carriage, now: datetime) -> Row:
    """A row of ``listTransportationOptions``; the void window is known once it was chosen."""
    row: Row = {
        "transportationOptionId": one.id,
        "shipmentId": one.parcel_id,
        "shippingMode": one.mode,
        "shippingSolution": one.solution,
        "carrier": {},
        "preconditions": list(one.preconditions),
    }
    if one.solution != PARTNERED:
        return row
    row["carrier"] = {"name": "Partnered Parcel", "alphaCode": "PPC"}
    row["quote"] = {
        "cost": _money(one.cost, one.currency),
        "expiration": zulu_time(one.expires_at),
    }
    option_id, confirmed_at = chosen_carriages(plan, now).get(one.parcel_id, ("", now))
    if option_id == one.id:
        row["quote"]["voidableUntil"] = zulu_time(confirmed_at + VOID_WINDOWS[one.mode])
    return row


def item_rows(units: Mapping[str, int], plan: SellerPlan, listings: Listings) -> list[Row]:
    """What is in a plan or a shipment of it, item by item."""
    wanted = {item["msku"]: item for item in plan.made["items"]}
    return [
        {
            "msku": sku,
            "asin": listings[sku].asin,
            "fnsku": listings[sku].fnsku,
            "quantity": count,
            "labelOwner": wanted[sku]["labelOwner"],
            "prepInstructions": [
                {"prepType": prep, "prepOwner": wanted[sku]["prepOwner"]}
                for prep in prep_details(listings[sku])["prepTypes"]
            ],
        }
        for sku, count in units.items()
        if sku in listings
    ]


def listings_of(plan: SellerPlan, world: SellerWorld, now: datetime) -> dict[str, ListingState]:
    """The seller's listings in the store of a plan, by SKU."""
    code = market_of(plan).code
    return {one.sku: one for one in world.listings_at(now) if one.marketplace == code}


def desk_shipments(
    desk: PlanDesk, account: str, world: SellerWorld, now: datetime
) -> list[InboundShipment]:
    """Confirmed shipments of callers' plans as the rest of Amazon knows them: one per SKU."""
    return [
        shipment for plan in desk.plans(account, now) for shipment in _shipments(plan, world, now)
    ]


def _shipments(plan: SellerPlan, world: SellerWorld, now: datetime) -> list[InboundShipment]:
    chosen = chosen_placement(plan, now)
    if chosen is None:
        return []
    listings, market = listings_of(plan, world, now), market_of(plan)
    return [
        InboundShipment(
            shipment_id=parcel.confirmation_id,
            plan_id=plan.id,
            plan_shipment_id=parcel.id,
            network=market.network,
            marketplace=market.code,
            fc=parcel.warehouse,
            country=parcel.country,
            sku=sku,
            fnsku=listings[sku].fnsku or "",
            asin=listings[sku].asin,
            units=count,
            received=0,
            status=parcel_status(plan, now),
            created_at=plan.created_at,
            updated_at=plan.updated_at(now),
            delivery_window=_arranged(plan, parcel, now),
        )
        for parcel in chosen.parcels
        for sku, count in parcel.units.items()
        if sku in listings
    ]


def _arranged(plan: SellerPlan, parcel: Parcel, now: datetime) -> tuple[datetime, datetime] | None:
    window = chosen_window(plan, parcel.id, now)
    return (window.starts_at, window.ends_at) if window else None


def _money(amount: Decimal, currency: str) -> Row:
    return {"amount": float(amount), "code": currency}


def _uuid(name: str, asked: Asked) -> str:
    return str(UUID(int=Random(f"{name} {asked.operation_id}").getrandbits(128)))
