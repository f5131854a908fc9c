"""Multi-channel orders and removal orders as Amazon writes them, read without a database."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any, cast

import pytest
from tests.reports.conftest import ACCOUNT, ASKED_AT, Read
from tests.reports.lines import tsv

from stockroom.amazon.ports import AmazonAnswer, SellingPartner
from stockroom.core.errors import AmazonUnavailableError
from stockroom.reports import inbound_noncompliance, mcf_orders, removal_orders
from stockroom.spec.fact import Asking
from stockroom.spec.report import PagedApi

SINCE = datetime(2026, 11, 1, tzinfo=UTC)
ASKING = Asking(ACCOUNT, None, date(2026, 11, 21), ASKED_AT, (SINCE, ASKED_AT))
PERSON = "Nemo Plantedperson"

ORDER: dict[str, Any] = {
    "sellerFulfillmentOrderId": "WEB-1",
    "marketplaceId": "ATVPDKIKX0DER",
    "displayableOrderId": "WEB-1",
    "displayableOrderDate": "2026-11-20T01:00:00Z",
    "displayableOrderComment": f"Thanks, {PERSON}",
    "shippingSpeedCategory": "Standard",
    "destinationAddress": {"name": PERSON, "addressLine1": "1 Way", "countryCode": "US"},
    "receivedDate": "2026-11-20T02:30:00Z",
    "fulfillmentOrderStatus": "CompletePartialled",
    "statusUpdatedDate": "2026-11-20T18:00:00Z",
    "notificationEmails": [PERSON],
    "somethingNew": PERSON,
}
ITEM: dict[str, Any] = {
    "sellerSku": "LAMP-1",
    "sellerFulfillmentOrderItemId": "1",
    "quantity": 5,
    "cancelledQuantity": 1,
    "unfulfillableQuantity": 0,
    "giftMessage": PERSON,
}


def parcel(status: str, quantity: Any, at: str | None = None, item: str = "1") -> dict[str, Any]:
    part = {"sellerFulfillmentOrderItemId": item, "sellerSku": "LAMP-1", "quantity": quantity}
    return {
        "fulfillmentShipmentStatus": status,
        "shippingDate": at,
        "fulfillmentShipmentItem": [part],
        "fulfillmentShipmentPackage": [{"deliveryInformation": PERSON}],
    }


class Partner:
    """Answers with one order."""

    def __init__(self, payload: Any) -> None:
        self.payload = payload

    async def mcf_orders(self, since: datetime, until: datetime) -> AsyncIterator[AmazonAnswer]:
        assert (since, until) == (SINCE, ASKED_AT)
        yield AmazonAnswer({"payload": self.payload}, "r1")


async def document(payload: Any) -> str:
    """The pages that are kept."""
    assert isinstance(mcf_orders.REPORT.request, PagedApi)
    partner = cast("SellingPartner", Partner(payload))
    pages = mcf_orders.REPORT.request.pages(partner, ASKING)
    return "".join([json.dumps(page.body) + "\n" async for page in pages])


async def test_an_orders_items_carry_what_has_left(read: Read) -> None:
    kept = await document(
        {
            "fulfillmentOrder": ORDER,
            "fulfillmentOrderItems": [ITEM, ITEM | {"sellerFulfillmentOrderItemId": "2"}],
            "fulfillmentShipments": [
                parcel("SHIPPED", 3, "2026-11-20T17:00:00Z"),
                parcel("SHIPPED", 1, "2026-11-20T15:00:00Z"),
                parcel("PENDING", 1, "2026-11-21T15:00:00Z"),
                parcel("SHIPPED", 4, "2026-11-20T16:00:00Z", item="2"),
            ],
        }
    )
    frame, tally = read(mcf_orders.REPORT, kept)
    first, second = frame.to_dicts()
    assert not tally.rejected
    assert PERSON not in kept
    assert "1 Way" not in kept
    assert (first["day"], first["marketplace"], first["country"]) == (
        date(2026, 11, 19),
        "US",
        "US",
    )
    assert (first["units_ordered"], first["units_cancelled"], first["units_shipped"]) == (5, 1, 4)
    assert first["first_shipped_at"] == datetime(2026, 11, 20, 15, tzinfo=UTC)
    assert first["last_shipped_at"] == datetime(2026, 11, 20, 17, tzinfo=UTC)
    assert (second["item_id"], second["units_shipped"]) == ("2", 4)


async def test_an_order_of_which_nothing_is_picked_has_no_parcels(read: Read) -> None:
    unknown = ORDER | {"marketplaceId": "A1NEWSTORE", "destinationAddress": {}}
    kept = await document({"fulfillmentOrder": unknown, "fulfillmentOrderItems": [ITEM]})
    frame, tally = read(mcf_orders.REPORT, kept)
    (row,) = frame.to_dicts()
    assert not tally.rejected
    assert (row["units_shipped"], row["first_shipped_at"]) == (0, None)
    assert (row["marketplace"], row["country"]) == (None, None)


@pytest.mark.parametrize(
    "payload", [None, {"fulfillmentOrder": ORDER}, {"fulfillmentOrderItems": [ITEM]}]
)
async def test_an_order_without_its_parts_cannot_be_used(payload: Any) -> None:
    with pytest.raises(AmazonUnavailableError):
        await document(payload)


REMOVAL = {
    "request-date": "2026-11-20T02:30:00+00:00",
    "order-id": "R1",
    "order-source": "",
    "order-type": "Return",
    "service-speed": "Standard",
    "order-status": "Pending",
    "last-updated-date": "2026-11-20T03:30:00+00:00",
    "sku": "LAMP-1",
    "fnsku": "X000000001",
    "disposition": "Unsellable",
    "requested-quantity": "4",
    "cancelled-quantity": "",
    "disposed-quantity": "0",
    "shipped-quantity": "1",
    "in-process-quantity": "3",
    "removal-fee": "4.16",
    "currency": "USD",
}


def test_each_line_of_a_removal_order_is_a_row(read: Read) -> None:
    text = tsv({}, {}, {"disposition": "Sellable", "removal-fee": ""}, columns=REMOVAL)
    frame, tally = read(removal_orders.REPORT, text)
    assert not tally.rejected
    assert frame["day"].to_list() == [date(2026, 11, 19)] * 3
    assert frame["units_cancelled"].to_list() == [0, 0, 0]
    assert frame["fee"].to_list() == [Decimal("4.1600"), Decimal("4.1600"), None]


def test_a_removal_order_report_of_old_has_no_source_and_no_fee(read: Read) -> None:
    old = {
        name: cell for name, cell in REMOVAL.items() if name not in {"order-source", "removal-fee"}
    }
    frame, tally = read(removal_orders.REPORT, tsv({}, columns=old))
    assert not tally.rejected
    assert frame.select("order_source", "fee", "units_requested").rows() == [(None, None, 4)]


PROBLEM = {
    "issue-reported-date": "2026-11-20T02:30:00+00:00",
    "shipment-creation-date": "2026-11-01T02:30:00+00:00",
    "fba-shipment-id": "FBA1",
    "fba-carton-id": "",
    "fulfillment-center-id": "ABE2",
    "sku": "",
    "fnsku": "",
    "asin": "",
    "product-name": "",
    "problem-type": "Carton content",
    "problem-quantity": "2",
    "expected-quantity": "24",
    "received-quantity": "",
}


def test_a_problem_may_be_of_the_whole_shipment(read: Read) -> None:
    frame, tally = read(inbound_noncompliance.REPORT, tsv({}, columns=PROBLEM))
    assert not tally.rejected
    assert frame.select("shipment_id", "sku", "units", "units_received", "fee").rows() == [
        ("FBA1", "", 2, None, None)
    ]
