"""Lines of the fee documents: months, dates as people write them, dashes, layouts that come and go."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest
from tests.reports.conftest import ACCOUNT, EUROPEAN, Read
from tests.reports.lines import tsv

from stockroom.reports import (
    estimated_fees,
    inventory_planning,
    restock_recommendations,
    storage_fees,
)
from stockroom.spec.account import AccountFacts
from stockroom.sync.layout import DriftError

STORAGE = {
    "asin": "B000000001",
    "fnsku": "X000000001",
    "fulfillment_center": "LEJ1",
    "country_code": "DE",
    "average_quantity_on_hand": "12.5",
    "month_of_charge": "2026-10",
    "storage_rate": "0.78",
    "currency": "EUR",
    "estimated_monthly_storage_fee": "3.0512",
}
ESTIMATE = {
    "sku": "LAMP-1",
    "fnsku": "X000000001",
    "asin": "B000000001",
    "currency": "EUR",
    "estimated-fee-total": "4.20",
    "estimated-referral-fee-per-unit": "1.20",
    "amazon-store": "DE",
}
RESTOCK = {
    "Merchant SKU": "LAMP-1",
    "FNSKU": "X000000001",
    "ASIN": "B000000001",
    "Units Sold Last 30 Days": "30",
    "Available": "12",
    "Recommended replenishment qty": "40",
    "Recommended ship date": "",
}
PLANNING = {
    "sku": "LAMP-1",
    "fnsku": "X000000001",
    "asin": "B000000001",
    "currency": "USD",
    "available": "30",
    "inv-age-0-to-90-days": "10",
    "inv-age-91-to-180-days": "8",
    "inv-age-181-to-270-days": "6",
    "inv-age-271-to-365-days": "4",
}


@pytest.mark.parametrize("month", ["2026-10", "2026-10-01"])
def test_a_month_is_its_first_day_and_its_country_a_network(read: Read, month: str) -> None:
    document = tsv({"month_of_charge": month}, {"country_code": "PL"}, columns=STORAGE)
    frame, tally = read(storage_fees.REPORT, document, account=EUROPEAN)
    assert not tally.rejected
    assert frame["day"].to_list() == [date(2026, 10, 1)] * 2
    assert frame["network"].to_list() == ["EU", "EU"]
    assert frame["fee"].to_list() == [Decimal("3.0512")] * 2


@pytest.mark.parametrize(
    ("marketplace", "written"),
    [
        ("US", "04/07/2026"),
        ("US", "2026-04-07"),
        ("UK", "07/04/2026"),
        ("DE", "07.04.2026"),
        ("CA", "2026-04-07"),
        ("JP", "2026/04/07"),
    ],
)
def test_a_ship_date_is_read_as_the_marketplace_writes_it(
    read: Read, marketplace: str, written: str
) -> None:
    document = tsv({"Recommended ship date": written}, columns=RESTOCK)
    frame, _ = read(restock_recommendations.REPORT, document, marketplace=marketplace)
    assert frame["ship_on"].to_list() == [date(2026, 4, 7)]


@pytest.mark.parametrize(
    ("account", "store", "currency", "marketplace"),
    [
        (EUROPEAN, "GB", "GBP", "UK"),
        (EUROPEAN, "Amazon.fr", "EUR", "FR"),
        (EUROPEAN, "??", "EUR", None),
        (EUROPEAN, "", "EUR", None),
        (EUROPEAN, "", "GBP", "UK"),
        (ACCOUNT, "", "CAD", "CA"),
    ],
)
def test_an_estimate_is_of_the_store_it_names_or_that_its_currency_tells(
    read: Read, account: AccountFacts, store: str, currency: str, marketplace: str | None
) -> None:
    document = tsv({"amazon-store": store, "currency": currency}, columns=ESTIMATE)
    frame, _ = read(estimated_fees.REPORT, document, account=account)
    assert frame.select("store", "marketplace").rows() == [(store.upper(), marketplace)]


def test_a_fee_that_amazon_does_not_know_is_null_and_costs_no_row(read: Read) -> None:
    document = tsv({"estimated-fee-total": "--"}, columns=ESTIMATE)
    frame, tally = read(estimated_fees.REPORT, document, account=EUROPEAN)
    assert not tally.rejected
    assert frame.select("fee_total", "referral_fee").rows() == [(None, Decimal("1.2000"))]


def test_planning_is_read_in_its_layouts_before_and_after_a_change(read: Read) -> None:
    older = PLANNING | {"inv-age-365-plus-days": "3", "Reserved FC Transfer": "2"}
    newer = PLANNING | {"inv-age-366-to-455-days": "2", "inv-age-456-plus-days": "1"}
    newer |= {"fc-transfer": "2"}
    shown = ("fc_transfer", "age_365_plus", "age_366_455", "age_456_plus", "ais_181_210")
    rows = [
        read(inventory_planning.REPORT, tsv({}, columns=one), marketplace="US")[0]
        .select(*shown)
        .row(0)
        for one in (older, newer)
    ]
    assert rows == [(2, 3, None, None, None), (2, None, 2, 1, None)]


def test_planning_without_its_ages_is_drift(read: Read) -> None:
    renamed = {name.replace("181-to-270", "181-270"): cell for name, cell in PLANNING.items()}
    with pytest.raises(DriftError, match="inv-age-181-to-270-days"):
        read(inventory_planning.REPORT, tsv({}, columns=renamed), marketplace="US")
