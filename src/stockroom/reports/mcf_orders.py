"""Multi-channel orders: sold elsewhere, shipped from FBA stock, under the seller's own order ids.

Amazon's answers carry the recipient's name and address. A page is made of the
fields named here and of nothing else, so that no person is ever stored, under
whatever name Amazon may write one tomorrow. The units are in ``orders`` as well
(channel ``mcf``); here is how far each order is.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator, Mapping
from datetime import date, datetime
from typing import Any

import polars as pl
import sqlalchemy as sa
from sqlalchemy.orm import Mapped

from stockroom.amazon import answers
from stockroom.amazon.ports import AmazonAnswer, SellingPartner
from stockroom.core.marketplaces import BY_ID
from stockroom.db.base import partitioned_by_month
from stockroom.spec.fact import ROW_ORDINAL, Asking, Fact, col, home_day, key, passing
from stockroom.spec.format import JSON_PAGES
from stockroom.spec.load import replace_group
from stockroom.spec.report import REGION, Guard, PagedApi, Report

_CODES = {id_: place.code for id_, place in BY_ID.items()}
_OF_ORDER = (
    *("sellerFulfillmentOrderId", "displayableOrderId", "marketplaceId", "fulfillmentOrderStatus"),
    *("shippingSpeedCategory", "receivedDate", "statusUpdatedDate"),
)
_OF_ITEM = (
    *("sellerFulfillmentOrderItemId", "sellerSku", "fulfillmentNetworkSku"),
    *("quantity", "cancelledQuantity", "unfulfillableQuantity"),
)
_GONE = "SHIPPED"
"""The status of a parcel whose units have left; a pending or cancelled one's have not."""


async def _pages(amazon: SellingPartner, asking: Asking) -> AsyncIterator[AmazonAnswer]:
    assert asking.interval is not None, "orders are asked for days"
    async for answer in amazon.mcf_orders(*asking.interval):
        yield AmazonAnswer({"items": list(_items(answer))}, answer.request_id)


def _items(answer: AmazonAnswer) -> Iterator[dict[str, Any]]:
    """The items of one order, each with what the table needs of the order and of its parcels."""
    whole = answers.mapping(answer, answer.body.get("payload"))
    order = answers.mapping(answer, whole.get("fulfillmentOrder"))
    address = answers.mapping(answer, order.get("destinationAddress"))
    head = {name: order.get(name) for name in _OF_ORDER} | {"country": address.get("countryCode")}
    # Before anything is picked there is no list of parcels at all.
    several = bool(whole.get("fulfillmentShipments"))
    parcels = answers.objects(answer, "payload", "fulfillmentShipments") if several else []
    for item in answers.objects(answer, "payload", "fulfillmentOrderItems"):
        yield {
            "order": head,
            "item": {name: item.get(name) for name in _OF_ITEM},
            "shipped": _shipped(answer, item, parcels),
        }


def _shipped(
    answer: AmazonAnswer, item: Mapping[str, Any], parcels: list[Mapping[str, Any]]
) -> dict[str, Any]:
    """Units of an item that have left, and when the first and the last of them did."""
    sent = [
        (answers.whole_number(answer, part, "quantity"), parcel.get("shippingDate"))
        for parcel in parcels
        if parcel.get("fulfillmentShipmentStatus") == _GONE
        for part in answers.listed(answer, parcel, "fulfillmentShipmentItem")
        if part.get("sellerFulfillmentOrderItemId") == item.get("sellerFulfillmentOrderItemId")
    ]
    times = sorted(str(at) for _, at in sent if at)
    return {
        "quantity": sum(units for units, _ in sent),
        "first": times[0] if times else None,
        "last": times[-1] if times else None,
    }


def _marketplace(_: Asking) -> pl.Expr:
    return pl.col("marketplace_id").replace_strict(_CODES, default=None, return_dtype=pl.String)


class McfOrder(Fact):
    """One item of one multi-channel order as it stood when it last changed."""

    __tablename__ = "mcf_orders"
    __table_args__ = (
        sa.Index("ix_mcf_orders_order", "account_id", "order_id"),
        partitioned_by_month("core"),
    )

    marketplace_id = passing("order.marketplaceId", required=False)
    day: Mapped[date] = key(home_day("received_at"))
    order_id: Mapped[str] = key("order.sellerFulfillmentOrderId", doc="the seller's own")
    item_id: Mapped[str] = key("item.sellerFulfillmentOrderItemId", doc="the seller's own")
    ordinal: Mapped[int] = key(ROW_ORDINAL)
    displayable_order_id: Mapped[str | None] = col(
        "order.displayableOrderId", required=False, doc="as the recipient sees it"
    )
    marketplace: Mapped[str | None] = col(_marketplace)
    country: Mapped[str | None] = col("order.country", required=False, doc="shipped to")
    status: Mapped[str] = col("order.fulfillmentOrderStatus", doc="Amazon's, New … Complete")
    shipping_speed: Mapped[str | None] = col("order.shippingSpeedCategory", required=False)
    sku: Mapped[str] = col("item.sellerSku")
    fnsku: Mapped[str | None] = col("item.fulfillmentNetworkSku", required=False)
    units_ordered: Mapped[int] = col("item.quantity", blank=0, doc="cancelled units included")
    units_cancelled: Mapped[int] = col("item.cancelledQuantity", required=False, blank=0)
    units_unfulfillable: Mapped[int] = col("item.unfulfillableQuantity", required=False, blank=0)
    units_shipped: Mapped[int] = col("shipped.quantity", required=False, blank=0)
    first_shipped_at: Mapped[datetime | None] = col("shipped.first", required=False)
    last_shipped_at: Mapped[datetime | None] = col("shipped.last", required=False)
    received_at: Mapped[datetime] = col("order.receivedDate")
    source_updated_at: Mapped[datetime] = col("order.statusUpdatedDate")


REPORT = Report(
    name="mcf_orders",
    fills=McfOrder,
    request=PagedApi(_pages, rows="items", dated=True),
    scope=REGION,
    format=JSON_PAGES,
    load=replace_group("order_id", version="source_updated_at"),
    rank=1,  # the units are in orders already
    window=7,  # an order costs a call, two a second
    newest=7,
    history=90,
    restated=2,
    guard=Guard(may_be_empty=True),
)
