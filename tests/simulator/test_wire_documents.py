"""Report documents: addresses, charsets, and rows that agree with the world."""

from __future__ import annotations

import csv
import gzip
from collections import Counter
from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any, Literal

import httpx
import pytest
from tests.simulator.conftest import NOW, Application

from stockroom.core.clock import FixedClock
from stockroom.core.marketplaces import MARKETPLACES, Region
from stockroom.simulator.documents import DOCUMENTS
from stockroom.simulator.documents.view import Ask
from stockroom.simulator.world import OrderState, World

ORDERS = "GET_FLAT_FILE_ALL_ORDERS_DATA_BY_LAST_UPDATE_GENERAL"
LEDGER = "GET_LEDGER_SUMMARY_VIEW_DATA"
DAYS = 28

WINDOWS = {"GET_FBA_FULFILLMENT_LONGTERM_STORAGE_FEE_CHARGES_DATA": 31}
"""Days of the one report that answers for exactly a month."""
MAY_BE_EMPTY = (
    *("STRANDED_INVENTORY_UI_DATA", "FYP_REPORT"),
    *("LONGTERM_STORAGE_FEE_CHARGES_DATA", "OVERAGE_FEE_CHARGES_DATA"),
)
"""What a season without trouble leaves empty."""


def body(report_type: str, *countries: str, days: int = DAYS, **options: Any) -> dict[str, Any]:
    return {
        "reportType": report_type,
        "marketplaceIds": [MARKETPLACES[code].id for code in countries],
        "dataStartTime": (NOW - timedelta(days=days)).isoformat(),
        "dataEndTime": NOW.isoformat(),
        "reportOptions": options,
    }


async def fetch(
    application: Application, clock: FixedClock, asked: dict[str, Any]
) -> tuple[dict[str, Any], httpx.Response]:
    report_id = await application.report(asked)
    clock.move(10)
    return await application.download(report_id)


def rows(answer: tuple[dict[str, Any], httpx.Response], *, quoted: bool) -> list[dict[str, str]]:
    document, response = answer
    packed = document.get("compressionAlgorithm") == "GZIP"
    raw = gzip.decompress(response.content) if packed else response.content
    text = raw.decode(response.headers["content-type"].partition("charset=")[2])
    quoting: Literal[0, 3] = csv.QUOTE_MINIMAL if quoted else csv.QUOTE_NONE
    lines = csv.reader(text.splitlines(), delimiter="\t", quoting=quoting)
    header = next(lines)
    return [dict(zip(header, line, strict=True)) for line in lines]


def world_orders(world: World, application: Application) -> Iterator[OrderState]:
    seller_world = world.seller(application.seller.slug)
    yield from seller_world.orders_updated(NOW - timedelta(days=DAYS), NOW, NOW)


async def test_an_address_lives_five_minutes(application: Application, clock: FixedClock) -> None:
    document, response = await fetch(application, clock, body(ORDERS, "US"))
    assert response.status_code == 200
    assert "X-Amz-Expires=300" in document["url"]
    clock.move(299)
    assert (await application.http.get(document["url"])).status_code == 200
    clock.move(1)
    expired = await application.http.get(document["url"])
    assert expired.status_code == 403
    assert expired.headers["content-type"].startswith("application/xml")
    assert "<Code>AccessDenied</Code><Message>Request has expired</Message>" in expired.text


async def test_an_address_that_was_tampered_with_is_refused(
    application: Application, clock: FixedClock
) -> None:
    document, _ = await fetch(application, clock, body(ORDERS, "US"))
    longer = document["url"].replace("X-Amz-Expires=300", "X-Amz-Expires=900")
    for address in (longer, document["url"].partition("?")[0]):
        refused = await application.http.get(address)
        assert refused.status_code == 403
        assert "SignatureDoesNotMatch" in refused.text


async def test_a_large_document_is_gzipped_and_a_small_one_is_not(
    application: Application, clock: FixedClock
) -> None:
    large, packed = await fetch(application, clock, body(ORDERS, "US"))
    small, plain = await fetch(application, clock, body(ORDERS, "US", days=60))
    assert large["compressionAlgorithm"] == "GZIP"
    assert "content-encoding" not in packed.headers
    assert packed.content[:2] == b"\x1f\x8b"
    assert "compressionAlgorithm" not in small
    assert "30 days" in plain.text


async def test_a_client_may_ask_http_to_decompress(
    application: Application, clock: FixedClock
) -> None:
    document, _ = await fetch(application, clock, body(ORDERS, "US"))
    path = f"/reports/2021-06-30/documents/{document['reportDocumentId']}"
    answer = (await application.get(path, enableContentEncodingUrlHeader="true")).json()
    response = await application.http.get(answer["url"])
    assert response.headers["content-encoding"] == "gzip"
    assert response.text.startswith("amazon-order-id\t")


async def test_another_sellers_document_does_not_exist(
    application: Application, european: Application, clock: FixedClock
) -> None:
    document, _ = await fetch(application, clock, body(ORDERS, "US"))
    path = f"/reports/2021-06-30/documents/{document['reportDocumentId']}"
    assert (await european.get(path)).status_code == 404


async def test_every_order_line_of_the_region_is_in_the_orders_document(
    application: Application, clock: FixedClock, world: World
) -> None:
    asked = body(ORDERS, "US")  # one marketplace named, the whole region answered
    found = Counter(
        (row["amazon-order-id"], row["sku"], int(row["quantity"]))
        for row in rows(await fetch(application, clock, asked), quoted=False)
    )
    expected = Counter(
        (order.order_id, line.sku, line.ordered - line.cancelled)
        for order in world_orders(world, application)
        for line in order.lines
    )
    assert found == expected
    assert len(expected) > 100


async def test_orders_show_their_channel_price_and_status_as_amazon_does(
    application: Application, clock: FixedClock, world: World
) -> None:
    lines = rows(await fetch(application, clock, body(ORDERS, "US")), quoted=False)
    orders = {order.order_id: order for order in world_orders(world, application)}
    seen = set()
    for row in lines:
        order = orders[row["amazon-order-id"]]
        seen.add(order.channel)
        market = MARKETPLACES[order.marketplace]
        mcf = order.channel == "mcf"
        assert row["sales-channel"] == ("Non-Amazon" if mcf else market.sales_channel)
        assert row["order-status"] == order.status
        assert datetime.fromisoformat(row["purchase-date"]) == order.purchase_at
        if order.status == "Pending" or row["item-status"] == "Cancelled":
            assert row["item-price"] == ""
        if order.replacement or mcf:
            assert row["item-price"] in {"", "0.00"}
    assert seen == {"amazon_fba", "amazon_fbm", "mcf"}


async def test_cancelled_lines_stay_with_quantity_zero(
    application: Application, clock: FixedClock
) -> None:
    lines = rows(await fetch(application, clock, body(ORDERS, "US")), quoted=False)
    cancelled = [row for row in lines if row["item-status"] == "Cancelled"]
    assert cancelled
    assert {row["quantity"] for row in cancelled} == {"0"}


async def test_buyer_addresses_are_planted_so_that_a_leak_is_seen(
    application: Application, clock: FixedClock
) -> None:
    lines = rows(await fetch(application, clock, body(ORDERS, "US")), quoted=False)
    assert {row["ship-city"] for row in lines} <= {"", "Nowhereville"}
    assert any(row["ship-postal-code"].startswith("PLANTED-") for row in lines)


async def test_europes_orders_come_in_another_charset(
    european: Application, clock: FixedClock
) -> None:
    _, response = answer = await fetch(european, clock, body(ORDERS, "DE"))
    assert response.headers["content-type"].endswith("charset=Cp1252")
    titles = {row["product-name"] for row in rows(answer, quoted=False)}
    assert any("é" in title for title in titles)
    channels = {row["sales-channel"] for row in rows(answer, quoted=False)}
    assert {"Amazon.de", "Amazon.fr", "Amazon.co.uk"} <= channels


TABLES = [name for name, one in DOCUMENTS.items() if not one.automatic and not one.written]


@pytest.mark.parametrize("countries", [("US",), ("US", "CA")])
async def test_the_ledger_document_equals_the_worlds_ledger(
    application: Application, clock: FixedClock, world: World, countries: tuple[str, ...]
) -> None:
    asked = body(LEDGER, *countries, aggregatedByTimePeriod="DAILY")
    found = rows(await fetch(application, clock, asked), quoted=True)
    networks = {MARKETPLACES[code].network for code in countries}
    expected = [
        (f"{day.day:%m/%d/%Y}", day.msku, day.country, day.disposition, day.ending, day.transfers)
        for day in world.seller(application.seller.slug).ledger_days(
            (NOW - timedelta(days=DAYS)).date(), NOW.date(), NOW
        )
        if day.network in networks
    ]
    shown = [
        (
            row["Date"],
            row["MSKU"],
            row["Location"],
            row["Disposition"],
            int(row["Ending Warehouse Balance"]),
            int(row["Warehouse Transfer In/Out"]),
        )
        for row in found
    ]
    assert sorted(shown) == sorted(expected)
    assert len(shown) > 100


@pytest.mark.parametrize("period", ["DAILY", "WEEKLY", "MONTHLY"])
async def test_every_ledger_row_adds_up_in_every_period(
    application: Application, clock: FixedClock, period: str
) -> None:
    asked = body(LEDGER, "US", aggregatedByTimePeriod=period)
    for row in rows(await fetch(application, clock, asked), quoted=True):
        figures = {
            name: int(row[name])
            for name in row
            if name.endswith(("Balance", "Events", "Receipts", "Shipments", "Returns", "In/Out"))
            or name in {"Found", "Lost", "Damaged", "Disposed"}
        }
        ending = figures.pop("Ending Warehouse Balance")
        assert sum(figures.values()) == ending, row


async def test_periods_hold_the_same_movements(application: Application, clock: FixedClock) -> None:
    totals = set()
    for period in ("DAILY", "WEEKLY", "MONTHLY"):
        asked = body(LEDGER, "US", aggregatedByTimePeriod=period)
        found = rows(await fetch(application, clock, asked), quoted=True)
        totals.add(sum(int(row["Customer Shipments"]) for row in found))
    assert len(totals) == 1
    assert totals.pop() < 0


async def test_one_european_pool_lies_in_several_countries(
    european: Application, clock: FixedClock
) -> None:
    asked = body(LEDGER, "DE", aggregatedByTimePeriod="DAILY")
    found = rows(await fetch(european, clock, asked), quoted=True)
    countries = {row["Location"] for row in found}
    assert len(countries) > 1
    assert "GB" not in countries
    british = body(LEDGER, "UK", aggregatedByTimePeriod="DAILY")
    found = rows(await fetch(european, clock, british), quoted=True)
    assert {row["Location"] for row in found} == {"GB"}


async def test_ledger_options_that_cannot_be_served_end_fatal(
    application: Application, clock: FixedClock
) -> None:
    for name, value in (("aggregateByLocation", "FC"), ("aggregatedByTimePeriod", "HOURLY")):
        options: dict[str, Any] = {name: value}
        _, response = await fetch(application, clock, body(LEDGER, "US", **options))
        assert name in response.text


@pytest.mark.parametrize(
    ("start", "end"),
    [
        ("2030-01-01", "2030-01-09"),
        ("2026-11-20", "9999-12-31T23:59:59Z"),
        ("0001-01-01", "0001-01-02"),
    ],
)
@pytest.mark.parametrize(
    "report_type", [name for name, one in DOCUMENTS.items() if not one.automatic]
)
async def test_windows_at_the_ends_of_time_are_answered(
    application: Application, clock: FixedClock, report_type: str, start: str, end: str
) -> None:
    asked = body(report_type, "US") | {"dataStartTime": start, "dataEndTime": end}
    _, response = await fetch(application, clock, asked)
    assert response.status_code == 200


@pytest.mark.parametrize("report_type", TABLES)
async def test_every_report_is_made_downloaded_and_not_made_again_too_soon(
    european: Application, clock: FixedClock, report_type: str
) -> None:
    view = DOCUMENTS[report_type]
    asked = body(report_type, "DE", days=WINDOWS.get(report_type, DAYS))
    answer = await fetch(european, clock, asked)
    assert answer[1].headers["content-type"].endswith(f"charset={view.charset(Region.EU)}")
    found = rows(answer, quoted=view.quoted)
    assert all(list(row) == list(view.columns) for row in found)
    assert found or report_type.endswith(MAY_BE_EMPTY)
    endings = []
    for wait in (view.pause or timedelta(0), timedelta(0)):
        again = await european.report(asked)
        clock.move(10)
        path = f"/reports/2021-06-30/reports/{again}"
        endings.append((await european.get(path)).json()["processingStatus"])
        clock.move(wait.total_seconds())
        await european.login()
    assert endings == (["CANCELLED", "DONE"] if view.pause else ["DONE", "DONE"])


async def test_stock_by_country_asked_outside_europe_ends_fatal_with_a_text(
    application: Application, clock: FixedClock
) -> None:
    _, response = await fetch(application, clock, body("GET_AFN_INVENTORY_DATA_BY_COUNTRY", "US"))
    assert "Europe" in response.text


async def test_estimated_fees_are_made_once_a_day_whatever_is_asked(
    european: Application, clock: FixedClock
) -> None:
    estimates = "GET_FBA_ESTIMATED_FBA_FEES_TXT_DATA"
    found = rows(await fetch(european, clock, body(estimates, "DE", "UK")), quoted=False)
    assert {row["amazon-store"] for row in found} == {"DE", "GB"}
    other = await european.report(body(estimates, "FR", days=4))
    clock.move(10)
    answer = await european.get(f"/reports/2021-06-30/reports/{other}")
    assert answer.json()["processingStatus"] == "CANCELLED"


@pytest.mark.parametrize(
    ("start", "end", "is_a_month"),
    [
        ("2026-10-01T07:00:00Z", "2026-11-01T07:00:00Z", True),
        ("2026-09-30T22:00:00Z", "2026-10-31T23:00:00Z", True),
        ("2026-10-16T00:00:00Z", "2026-11-16T00:00:00Z", True),
        ("2026-10-01T00:00:00Z", "2026-10-31T00:00:00Z", False),
        ("2026-10-01T00:00:00Z", "2026-12-01T00:00:00Z", False),
    ],
)
def test_surcharges_are_told_for_exactly_a_month(start: str, end: str, *, is_a_month: bool) -> None:
    view = DOCUMENTS["GET_FBA_FULFILLMENT_LONGTERM_STORAGE_FEE_CHARGES_DATA"]
    first, last = map(datetime.fromisoformat, (start, end))
    said = view.objection(Ask(Region.NA, (MARKETPLACES["US"],), first, last, {}))
    assert (said is None) == is_a_month
