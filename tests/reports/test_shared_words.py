"""Rules and parsers that several datasets share: days without a marketplace, zones by name."""

from __future__ import annotations

from datetime import UTC, date, datetime

import polars as pl
import pytest
from tests.reports.conftest import ACCOUNT, EUROPEAN, Read
from tests.reports.lines import tsv

from stockroom.core.marketplaces import Region
from stockroom.reports import (
    customer_shipments,
    merchant_listings,
    reimbursements,
    stock_by_country,
    suppressed_listings,
)
from stockroom.spec import parse
from stockroom.spec.account import AccountFacts

SHIPPED = {
    "shipment-date": "2026-11-20T02:30:00+00:00",
    "sku": "LAMP-1",
    "fnsku": "X000000001",
    "asin": "B000000001",
    "fulfillment-center-id": "ABE2",
    "quantity": "2",
    "amazon-order-id": "111-0000001-0000001",
    "currency": "USD",
    "item-price-per-unit": "19.99",
    "ship-city": "Nowhereville",
}
PAID = {
    "approval-date": "2026-11-20T02:30:00+00:00",
    "reimbursement-id": "R1",
    "case-id": "",
    "amazon-order-id": "",
    "reason": "Lost_Warehouse",
    "sku": "LAMP-1",
    "fnsku": "X000000001",
    "asin": "B000000001",
    "currency-unit": "USD",
    "amount-per-unit": "10.00",
    "amount-total": "20.00",
    "quantity-reimbursed-cash": "2",
    "quantity-reimbursed-inventory": "",
    "quantity-reimbursed-total": "2",
}
HIDDEN = {
    "Status": "Search Suppressed",
    "Reason": "Missing info",
    "SKU": "LAMP-1",
    "ASIN": "B000000001",
    "Product name": "Desk lamp",
    "Condition": "New",
    "Status Change Date": "Nov 3, 2026",
    "Issue Description": "No main image",
}
LISTED = {
    "item-name": 'A 12" lamp',
    "listing-id": "1120A",
    "seller-sku": "LAMP-1",
    "price": "19.99",
    "quantity": "",
    "open-date": "2026-11-20 02:30:00 PST",
    "asin1": "B000000001",
    "fulfillment-channel": "AMAZON_NA",
    "status": "Active",
}


@pytest.mark.parametrize(
    ("account", "currency", "marketplace", "day"),
    [
        (ACCOUNT, "USD", "US", date(2026, 11, 19)),
        (ACCOUNT, "CAD", "CA", date(2026, 11, 19)),
        (ACCOUNT, "", "", date(2026, 11, 19)),
        (EUROPEAN, "GBP", "UK", date(2026, 11, 20)),
        (EUROPEAN, "EUR", "", date(2026, 11, 20)),
    ],
)
def test_the_currency_tells_the_marketplace_where_only_one_uses_it(
    read: Read, account: AccountFacts, currency: str, marketplace: str, day: date
) -> None:
    document = tsv({"currency": currency}, columns=SHIPPED)
    frame, _ = read(customer_shipments.REPORT, document, account=account)
    assert frame.select("marketplace", "day").rows() == [(marketplace, day)]


def test_a_row_without_a_marketplace_is_of_the_primary_ones_day(read: Read) -> None:
    american, _ = read(reimbursements.REPORT, tsv({}, columns=PAID))
    european, _ = read(reimbursements.REPORT, tsv({}, columns=PAID), account=EUROPEAN)
    assert american["day"].to_list() == [date(2026, 11, 19)]
    assert european["day"].to_list() == [date(2026, 11, 20)]


def test_a_reason_is_kept_as_amazon_wrote_it(read: Read) -> None:
    frame, tally = read(reimbursements.REPORT, tsv({}, columns=PAID))
    assert frame.select("reason", "units_inventory", "case_id").rows() == [
        ("Lost_Warehouse", 0, None)
    ]
    assert not tally.rejected


def test_a_spelled_out_date_is_understood(read: Read) -> None:
    document = tsv({}, {"Status Change Date": "2026-11-04"}, columns=HIDDEN)
    frame, _ = read(suppressed_listings.REPORT, document, marketplace="US")
    assert frame["changed_on"].to_list() == [date(2026, 11, 3), date(2026, 11, 4)]


@pytest.mark.parametrize(
    ("row", "channel", "quantity"),
    [
        ({}, "FBA", None),
        ({"fulfillment-channel": "DEFAULT", "quantity": "4"}, "FBM", 4),
        ({"fulfillment-channel": "", "quantity": "4"}, "FBM", 4),
    ],
)
def test_a_listing_belongs_to_amazon_or_to_the_merchant(
    read: Read, row: dict[str, str], channel: str, quantity: int | None
) -> None:
    frame, _ = read(merchant_listings.REPORT, tsv(row, columns=LISTED), marketplace="US")
    assert frame.select("channel", "quantity", "status", "title").rows() == [
        (channel, quantity, "active", 'A 12" lamp')
    ]


@pytest.mark.parametrize(
    ("cell", "instant"),
    [
        ("2019-05-10 14:32:11 PDT", datetime(2019, 5, 10, 21, 32, 11, tzinfo=UTC)),
        ("10/05/2019 14:32:11 BST", datetime(2019, 5, 10, 13, 32, 11, tzinfo=UTC)),
        ("2019-01-10 04:32:11 MET", datetime(2019, 1, 10, 3, 32, 11, tzinfo=UTC)),
        ("2019/01/10 04:32:11 JST", datetime(2019, 1, 9, 19, 32, 11, tzinfo=UTC)),
        ("2019-01-10 04:32:11 IST", datetime(2019, 1, 9, 23, 2, 11, tzinfo=UTC)),
        ("2019-01-10 04:32:11 XYZ", datetime(2019, 1, 10, 4, 32, 11, tzinfo=UTC)),
        ("2019-01-10T04:32:11Z", datetime(2019, 1, 10, 4, 32, 11, tzinfo=UTC)),
        ("tomorrow", None),
    ],
)
def test_an_instant_may_name_its_zone(cell: str, instant: datetime | None) -> None:
    frame = pl.DataFrame({"cell": [cell]})
    read = frame.select(parse.named_zone_instant(pl.col("cell"))).to_series().to_list()
    assert read == [instant]


def test_stock_by_country_is_europes_alone() -> None:
    report = stock_by_country.REPORT
    emirati = AccountFacts(ACCOUNT.id, "dune", Region.EU, ("AE",), "AE")
    assert report.codes(ACCOUNT) == ()
    assert report.codes(EUROPEAN) == ("",)
    assert report.codes(emirati) == ()
    mixed = AccountFacts(ACCOUNT.id, "dune", Region.EU, ("AE", "DE"), "AE")
    assert [store.code for store in report.stores(mixed)] == ["DE"]
