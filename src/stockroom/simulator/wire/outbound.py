"""Fulfillment Outbound 2020-07-01, its reads: multi-channel orders with whom they went to.

The list shows orders without items; one order shows its items, its parcels, and
again the recipient. Orders are found by the time of their last change, from a
day on; Amazon takes no end of that time.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

from starlette.responses import JSONResponse, Response

from stockroom.core.clock import Clock
from stockroom.core.errors import NotFoundError
from stockroom.core.marketplaces import BY_ID, MARKETPLACES
from stockroom.simulator.documents.planted import (
    PLANTED_EMAIL,
    PLANTED_PERSON,
    PLANTED_PHONE,
    PLANTED_STREET,
    address,
)
from stockroom.simulator.wire import query
from stockroom.simulator.wire.gateway import Call, Operation
from stockroom.simulator.wire.oracle import Oracle
from stockroom.simulator.wire.order_desk import Given, OrderDesk, wanted
from stockroom.simulator.wire.paging import Pages
from stockroom.simulator.wire.times import zulu_time
from stockroom.simulator.world import McfItem, McfOrder

BASE = "/fba/outbound/2020-07-01/fulfillmentOrders"
PAGE = 50
TOKEN_LIFETIME = timedelta(hours=1)
RECENT = timedelta(hours=36)
"""What is listed when no start is named."""
Row = dict[str, Any]


class Outbound:
    """Multi-channel orders, listed and one by one."""

    def __init__(self, oracle: Oracle, clock: Clock, desk: OrderDesk) -> None:
        self._oracle = oracle
        self._desk = desk
        self._pages: Pages[Row] = Pages(clock, TOKEN_LIFETIME)

    @property
    def operations(self) -> list[Operation]:
        """What the wire serves."""
        one = f"{BASE}/{{order_id}}"
        return [
            Operation("listAllFulfillmentOrders", "GET", BASE, self.orders),
            Operation("getFulfillmentOrder", "GET", one, self.order),
        ]

    async def orders(self, call: Call) -> Response:
        """``listAllFulfillmentOrders``: what changed since a time, or the next page."""
        token = call.request.query_params.get("nextToken")
        if token:
            page = self._pages.following(call.account, token)
        else:
            start = query.instant(call.request, "queryStartDate") or call.now - RECENT
            changed = [
                self._order(call.account, one)
                for one in await self._known(call)
                if one.updated_at >= start
            ]
            page = self._pages.first(call.account, changed, PAGE)
        payload: Row = {"fulfillmentOrders": page.rows}
        if page.next_token:
            payload["nextToken"] = page.next_token
        return JSONResponse({"payload": payload})

    async def order(self, call: Call) -> Response:
        """``getFulfillmentOrder``: with items and parcels."""
        name = call.request.path_params["order_id"]
        one = await self._oracle.ask(
            call.account, call.now, lambda world: world.multi_channel_order(name, call.now)
        )
        if one is None:
            one = next((one for one in self._untaken(call) if one.order_id == name), None)
        if one is None:
            raise NotFoundError("The requested fulfillment order could not be found.")
        return JSONResponse({"payload": self._whole(call.account, one)})

    async def _known(self, call: Call) -> Sequence[McfOrder]:
        known = await self._oracle.ask(
            call.account, call.now, lambda world: world.multi_channel_at(call.now)
        )
        return [*known, *self._untaken(call)]

    def _untaken(self, call: Call) -> list[McfOrder]:
        given = self._desk.untaken(call.account)
        return [_invalid_order(one) for one in given if one.at <= call.now]

    def _order(self, account: str, one: McfOrder) -> Row:
        """The order: of one that a caller gave, what was asked."""
        given = self._desk.find(account, one.order_id)
        return _order(one) | (_asked(given) if given else {})

    def _whole(self, account: str, one: McfOrder) -> Row:
        return {
            "fulfillmentOrder": self._order(account, one),
            "fulfillmentOrderItems": [_item(one, item) for item in one.items],
            "fulfillmentShipments": _parcels(one),
            "returnItems": [],
            "returnAuthorizations": [],
        }


def _asked(given: Given) -> Row:
    names = (
        *("displayableOrderId", "displayableOrderDate", "displayableOrderComment"),
        *("shippingSpeedCategory", "destinationAddress", "fulfillmentPolicy"),
    )
    return {name: given.body[name] for name in names if name in given.body}


def _invalid_order(given: Given) -> McfOrder:
    """The model, ``Invalid``: not enough inventory, so that nothing of it ships."""
    market = BY_ID[given.body["marketplaceId"]].code
    return McfOrder(
        order_id=given.order_id,
        amazon_order_id="",
        marketplace=market,
        country=given.body["destinationAddress"]["countryCode"],
        status="Invalid",
        received_at=given.at,
        updated_at=given.at,
        items=tuple(
            McfItem(item.item_id, item.sku, "", item.units, 0, ()) for item in wanted(given.body)
        ),
    )


def _order(one: McfOrder) -> Row:
    return {
        "sellerFulfillmentOrderId": one.order_id,
        "marketplaceId": MARKETPLACES[one.marketplace].id,
        "displayableOrderId": one.order_id,
        "displayableOrderDate": zulu_time(one.received_at),
        "displayableOrderComment": f"Thank you, {PLANTED_PERSON}!",
        "shippingSpeedCategory": "Standard",
        "destinationAddress": _address(one),
        "fulfillmentAction": "Ship",
        "fulfillmentPolicy": "FillAllAvailable",
        "receivedDate": zulu_time(one.received_at),
        "fulfillmentOrderStatus": one.status,
        "statusUpdatedDate": zulu_time(one.updated_at),
        "notificationEmails": [PLANTED_EMAIL],
    }


def _address(one: McfOrder) -> Row:
    city, state, postal = address(one.order_id)
    return {
        "name": PLANTED_PERSON,
        "addressLine1": PLANTED_STREET,
        "city": city,
        "stateOrRegion": state,
        "postalCode": postal,
        "countryCode": one.country,
        "phone": PLANTED_PHONE,
    }


def _item(one: McfOrder, item: McfItem) -> Row:
    return {
        "sellerSku": item.sku,
        "sellerFulfillmentOrderItemId": item.item_id,
        "quantity": item.units,
        "giftMessage": f"For {PLANTED_PERSON}",
        "fulfillmentNetworkSku": item.fnsku,
        "orderItemDisposition": "Sellable",
        "cancelledQuantity": item.cancelled,
        "unfulfillableQuantity": item.units if one.status == "Invalid" else 0,
    }


def _parcels(one: McfOrder) -> list[Row]:
    """One parcel per item and warehouse that sent something."""
    sent = [(item, part) for item in one.items for part in item.parts]
    name = one.amazon_order_id
    return [
        {
            "amazonShipmentId": f"D{name[-7:]}{number}",
            "fulfillmentCenterId": part.fc,
            "fulfillmentShipmentStatus": "SHIPPED",
            "shippingDate": zulu_time(part.shipped_at),
            "fulfillmentShipmentItem": [
                {
                    "sellerSku": item.sku,
                    "sellerFulfillmentOrderItemId": item.item_id,
                    "quantity": part.units,
                    "packageNumber": number,
                }
            ],
            "fulfillmentShipmentPackage": [
                {
                    "packageNumber": number,
                    "carrierCode": "AMZN_US",
                    "trackingNumber": f"TBA{name[-9:]}{number}".replace("-", ""),
                }
            ],
        }
        for number, (item, part) in enumerate(sent, 1)
    ]
