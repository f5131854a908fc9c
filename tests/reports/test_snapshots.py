"""Pages of the two list operations: stock and listings."""

from __future__ import annotations

import json
from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from tests.reports.conftest import Read

from stockroom.core.errors import BadDocumentError
from stockroom.reports import inventory, listings

SUMMARY: dict[str, Any] = {
    "asin": "B000000001",
    "fnSku": "X000000001",
    "sellerSku": "LAMP-1",
    "condition": "NewItem",
    "inventoryDetails": {
        "fulfillableQuantity": 7,
        "inboundWorkingQuantity": 0,
        "inboundShippedQuantity": 12,
        "inboundReceivingQuantity": 0,
        "reservedQuantity": {
            "totalReservedQuantity": 6,
            "pendingCustomerOrderQuantity": 1,
            "pendingTransshipmentQuantity": 2,
            "fcProcessingQuantity": 3,
        },
        "unfulfillableQuantity": {
            "totalUnfulfillableQuantity": 1,
            "customerDamagedQuantity": 1,
            "warehouseDamagedQuantity": 0,
            "distributorDamagedQuantity": 0,
            "carrierDamagedQuantity": 0,
            "defectiveQuantity": 0,
            "expiredQuantity": 0,
        },
    },
    "lastUpdatedTime": "2026-11-20T22:10:00Z",
    "productName": "Desk lamp",
    "totalQuantity": 26,
    "stores": [],
}


def stock_page(*rows: dict[str, Any]) -> str:
    page = {"payload": {"inventorySummaries": [SUMMARY | row for row in rows]}, "pagination": {}}
    return json.dumps(page) + "\n"


def test_a_summary_becomes_a_row(read: Read) -> None:
    frame, _ = read(inventory.REPORT, stock_page({}), marketplace="US")
    row = frame.row(0, named=True)
    assert (row["day"], row["marketplace"], row["sku"]) == (date(2026, 11, 21), "US", "LAMP-1")
    assert (row["sellable"], row["reserved_orders"], row["fc_transfer"]) == (7, 1, 2)
    assert (row["fc_processing"], row["inbound_shipped"], row["researching"]) == (3, 12, 0)
    assert (row["unfulfillable"], row["customer_damaged"]) == (1, 1)


@pytest.mark.parametrize(
    ("stores", "network", "source"),
    [
        (["Amazon.com"], "NA_US", "stores"),
        ([], "NA_CA", "marketplace"),
        (["??"], "NA_CA", "marketplace"),
    ],
)
def test_remote_fulfilment_joins_the_network_of_the_store(
    read: Read, stores: list[str], network: str, source: str
) -> None:
    frame, _ = read(inventory.REPORT, stock_page({"stores": stores}), marketplace="CA")
    assert frame.select("network", "network_source").rows() == [(network, source)]


def test_pages_follow_each_other(read: Read) -> None:
    document = stock_page({}, {"sellerSku": "B"}) + stock_page({"sellerSku": "C"})
    frame, _ = read(inventory.REPORT, document, marketplace="US", block=100)
    assert frame["sku"].to_list() == ["LAMP-1", "B", "C"]


def test_nul_in_json_does_not_reach_the_table(read: Read) -> None:
    frame, _ = read(inventory.REPORT, stock_page({"productName": "a\x00b"}), marketplace="US")
    assert frame["title"].to_list() == ["ab"]


def test_a_row_without_a_sku_is_rejected(read: Read) -> None:
    frame, tally = read(inventory.REPORT, stock_page({"sellerSku": None}), marketplace="US")
    assert frame.is_empty()
    assert tally.rejected == {"sku: empty": 1}


@pytest.mark.parametrize("page", ["<html>", "[]", '{"payload": {}}'])
def test_a_page_that_is_something_else_is_refused(read: Read, page: str) -> None:
    with pytest.raises(BadDocumentError):
        read(inventory.REPORT, page + "\n", marketplace="US")


# --- listings -----------------------------------------------------------------------------------


def offer(audience: str, price: float, **more: Any) -> dict[str, Any]:
    return {
        "marketplace_id": "ATVPDKIKX0DER",
        "currency": "USD",
        "audience": audience,
        "our_price": [{"schedule": [{"value_with_tax": price}]}],
        **more,
    }


ITEM: dict[str, Any] = {
    "sku": "LAMP-1",
    "summaries": [
        {
            "asin": "B000000001",
            "productType": "LAMP",
            "status": ["BUYABLE", "DISCOVERABLE"],
            "fnSku": "X000000001",
            "itemName": "Desk lamp",
            "createdDate": "2025-01-01T00:00:00Z",
            "lastUpdatedDate": "2026-11-01T00:00:00Z",
        }
    ],
    "attributes": {"purchasable_offer": [offer("B2B", 17.5), offer("ALL", 19.99)]},
    "fulfillmentAvailability": [{"fulfillmentChannelCode": "AMAZON_NA"}],
    "issues": [{"code": "1", "message": "missing image", "severity": "WARNING"}],
}


def listing_page(**changes: Any) -> str:
    return json.dumps({"numberOfResults": 1, "items": [ITEM | changes]}) + "\n"


def test_a_listing_becomes_a_row(read: Read) -> None:
    frame, _ = read(listings.REPORT, listing_page(), marketplace="US")
    row = frame.row(0, named=True)
    assert (row["status"], row["channel"], row["fulfillment_code"]) == (
        "active",
        "FBA",
        "AMAZON_NA",
    )
    assert (row["price"], row["currency"]) == (Decimal("19.99"), "USD")
    assert (row["business_price"], row["sale_price"]) == (Decimal("17.5"), None)
    assert json.loads(row["issues"])[0]["message"] == "missing image"


@pytest.mark.parametrize(
    ("statuses", "status"),
    [(["BUYABLE"], "active"), (["DISCOVERABLE"], "inactive"), ([], "suppressed")],
)
def test_status_says_what_a_buyer_can_do(read: Read, statuses: list[str], status: str) -> None:
    summaries = [ITEM["summaries"][0] | {"status": statuses}]
    frame, _ = read(listings.REPORT, listing_page(summaries=summaries), marketplace="US")
    assert frame["status"].to_list() == [status]


@pytest.mark.parametrize(
    ("start", "end", "price"),
    [
        ("2026-11-01T00:00:00Z", "2026-12-01T00:00:00Z", Decimal("15.00")),
        ("2026-12-01T00:00:00Z", "2026-12-24T00:00:00Z", None),
        ("2026-10-01T00:00:00Z", "2026-11-01T00:00:00Z", None),
    ],
)
def test_a_sale_price_counts_while_it_is_in_force(
    read: Read, start: str, end: str, price: Decimal | None
) -> None:
    sale = {"schedule": [{"value_with_tax": 15.0, "start_at": start, "end_at": end}]}
    attributes = {"purchasable_offer": [offer("ALL", 19.99, discounted_price=[sale])]}
    frame, _ = read(listings.REPORT, listing_page(attributes=attributes), marketplace="US")
    assert frame["sale_price"].to_list() == [price]


def test_the_offer_stands_in_where_attributes_are_missing(read: Read) -> None:
    offers = [{"offerType": "B2C", "price": {"currencyCode": "USD", "amount": 9.5}}]
    frame, _ = read(listings.REPORT, listing_page(attributes={}, offers=offers), marketplace="US")
    assert frame.select("price", "currency").rows() == [(Decimal("9.5"), "USD")]


def test_a_merchants_own_stock_is_fbm(read: Read) -> None:
    shelf = [{"fulfillmentChannelCode": "DEFAULT", "quantity": 4}]
    frame, _ = read(listings.REPORT, listing_page(fulfillmentAvailability=shelf), marketplace="US")
    assert frame.select("channel", "merchant_quantity").rows() == [("FBM", 4)]
