"""Documents of how things stand: stock, trouble, listings; held against the stream at each moment."""

from __future__ import annotations

from collections import Counter
from datetime import datetime, timedelta
from functools import cache
from typing import Any

import pytest
from tests.simulator.conftest import Application
from tests.simulator.reading import NOW, SLUGS, Row, events, seller, shown
from tests.simulator.test_wire_documents import body, fetch, rows

from stockroom.core.clock import FixedClock
from stockroom.core.marketplaces import MARKETPLACES, Region
from stockroom.simulator.documents import DOCUMENTS
from stockroom.simulator.documents.view import Ask

pytestmark = pytest.mark.early

ALL = "GET_FBA_MYI_ALL_INVENTORY_DATA"
UNSUPPRESSED = "GET_FBA_MYI_UNSUPPRESSED_INVENTORY_DATA"
RESERVED = "GET_RESERVED_INVENTORY_DATA"
STRANDED = "GET_STRANDED_INVENTORY_UI_DATA"
SUPPRESSED = "GET_MERCHANTS_LISTINGS_FYP_REPORT"
LISTINGS = "GET_MERCHANT_LISTINGS_ALL_DATA"
BY_COUNTRY = "GET_AFN_INVENTORY_DATA_BY_COUNTRY"
PLACES = [(slug, code) for slug in SLUGS for code in seller(slug).seller.marketplaces]
everywhere = pytest.mark.parametrize(
    ("slug", "code"),
    [pytest.param(*one, marks=pytest.mark.slow if one[0] == SLUGS[1] else ()) for one in PLACES],
)


@cache
def units(slug: str, as_of: datetime) -> dict[tuple[str, str], Counter[str]]:
    """(network, FNSKU) to units by state, replayed."""
    balances: dict[tuple[str, str], Counter[str]] = {}
    for row in events(slug):
        if row["network"] and datetime.fromisoformat(row["at"]) <= as_of:
            balance = balances.setdefault((row["network"], row["fnsku"]), Counter())
            balance[row["from"]] -= row["units"]
            balance[row["to"]] += row["units"]
    return balances


def fba(slug: str, code: str, as_of: datetime = NOW) -> dict[str, Any]:
    states = seller(slug).listings_at(as_of)
    return {one.sku: one for one in states if one.marketplace == code and one.channel == "FBA"}


@everywhere
@pytest.mark.parametrize("back", [timedelta(0), timedelta(days=9, hours=12)])
def test_all_inventory_shows_each_listing_its_pool(slug: str, code: str, back: timedelta) -> None:
    as_of = NOW - back
    replayed, listings = units(slug, as_of), fba(slug, code, as_of)
    rows = shown(slug, ALL, code, as_of=as_of)
    assert [row["sku"] for row in rows] == list(listings)
    for row in rows:
        listing = listings[row["sku"]]
        pool = replayed[listing.network, listing.fnsku]
        reserved = pool["reserved_order"] + pool["fc_transfer"] + pool["fc_processing"]
        inbound = [pool[f"inbound_{state}"] for state in ("working", "shipped", "receiving")]
        warehouse = pool["sellable"] + reserved + pool["unsellable"]
        figures = {
            "afn-fulfillable-quantity": pool["sellable"],
            "afn-onhand-buyable-quantity": pool["sellable"],
            "afn-reserved-quantity": reserved,
            "afn-fc-transfer-quantity": pool["fc_transfer"],
            "afn-unsellable-quantity": pool["unsellable"],
            "afn-researching-quantity": pool["researching"],
            "afn-warehouse-quantity": warehouse,
            "afn-inbound-working-quantity": inbound[0],
            "afn-inbound-shipped-quantity": inbound[1],
            "afn-inbound-receiving-quantity": inbound[2],
            "afn-total-quantity": warehouse + sum(inbound) + pool["researching"],
            "afn-fulfillable-quantity-local": 0 if listing.remote else pool["sellable"],
            "afn-fulfillable-quantity-remote": pool["sellable"] if listing.remote else 0,
        }
        assert {name: int(row[name]) for name in figures} == figures
        assert row["store"] == ("Amazon.com" if listing.remote else "")
        assert row["your-price"] == str(listing.price)


def test_remote_and_european_listings_show_the_same_units_as_their_sisters() -> None:
    american = {row["sku"]: row for row in shown(SLUGS[0], ALL, "US")}
    canadian = shown(SLUGS[0], ALL, "CA")
    assert canadian
    for row in canadian:
        assert row["afn-total-quantity"] == american[row["sku"]]["afn-total-quantity"]
        assert row["store"] == "Amazon.com"
    german = {row["sku"]: row for row in shown(SLUGS[2], ALL, "DE")}
    french = shown(SLUGS[2], ALL, "FR")
    assert french
    for row in french:
        assert row["afn-total-quantity"] == german[row["sku"]]["afn-total-quantity"]


def test_archived_skus_are_in_the_report_of_all_inventory_only() -> None:
    archived: list[Row] = []
    for slug, code in PLACES:
        here = {row["sku"] for row in shown(slug, UNSUPPRESSED, code)}
        gone = [row for row in shown(slug, ALL, code) if row["sku"] not in here]
        stopped = {row["msku"] for row in events(slug) if row["kind"] == "discontinued"}
        assert {row["sku"] for row in gone} <= stopped
        archived += gone
        assert all(row["afn-total-quantity"] == "0" for row in gone)
    assert archived


@everywhere
def test_reserved_units_are_those_of_the_inventory(slug: str, code: str) -> None:
    kinds = ("reserved_customerorders", "reserved_fc-transfers", "reserved_fc-processing")
    found = {row["sku"]: row for row in shown(slug, RESERVED, code)}
    inventory = {
        row["sku"]: row["afn-reserved-quantity"]
        for row in shown(slug, ALL, code)
        if row["afn-reserved-quantity"] != "0"
    }
    assert {sku: row["reserved_qty"] for sku, row in found.items()} == inventory
    assert all(
        sum(int(row[kind]) for kind in kinds) == int(row["reserved_qty"]) for row in found.values()
    )


# --- trouble -------------------------------------------------------------------------------------


def troubled(slug: str, code: str, kind: str, as_of: datetime) -> dict[str, str]:
    """SKU to the day its trouble began, for those in trouble at ``as_of``."""
    since: dict[str, str] = {}
    zone = MARKETPLACES[code].zone
    for row in events(slug):
        at = datetime.fromisoformat(row["at"])
        if row["marketplace"] == code and at <= as_of:
            if row["kind"] == kind:
                since[row["msku"]] = at.astimezone(zone).date().isoformat()
            elif row["kind"] == f"un{kind}":
                del since[row["msku"]]
    return since


def busy_moments(slug: str, kind: str) -> list[datetime]:
    starts = [row["at"] for row in events(slug) if row["kind"] == kind]
    return [datetime.fromisoformat(at) for at in starts[:: max(1, len(starts) // 8)]]


@everywhere
def test_stranded_inventory_is_what_no_offer_sells_while_units_lie_there(
    slug: str, code: str
) -> None:
    for as_of in busy_moments(slug, "stranded"):
        stock = {
            row["sku"]: row
            for row in shown(slug, ALL, code, as_of=as_of)
            if row["afn-warehouse-quantity"] != "0"
        }
        expected = {
            sku: day for sku, day in troubled(slug, code, "stranded", as_of).items() if sku in stock
        }
        rows = shown(slug, STRANDED, code, as_of=as_of)
        assert {row["sku"]: row["date-stranded"] for row in rows} == expected
        for row in rows:
            assert row["fulfillable-qty"] == stock[row["sku"]]["afn-fulfillable-quantity"]
            assert row["Date-to-take-auto-removal"] > row["date-stranded"]


@everywhere
def test_suppressed_listings_are_those_search_does_not_show(slug: str, code: str) -> None:
    for as_of in busy_moments(slug, "suppressed"):
        rows = shown(slug, SUPPRESSED, code, as_of=as_of)
        found = {row["SKU"]: row["Status Change Date"] for row in rows}
        assert found == troubled(slug, code, "suppressed", as_of)


def test_there_is_trouble_to_show() -> None:
    for report_type, kind in ((STRANDED, "stranded"), (SUPPRESSED, "suppressed")):
        slug = SLUGS[0]
        counts = [len(shown(slug, report_type, "US", as_of=at)) for at in busy_moments(slug, kind)]
        assert max(counts) > 0


# --- listings ------------------------------------------------------------------------------------


@everywhere
def test_merchant_listings_are_all_listings_of_the_first_marketplace(slug: str, code: str) -> None:
    others = [one for one in seller(slug).seller.marketplaces if one != code]
    rows = shown(slug, LISTINGS, code, *others)
    states = [one for one in seller(slug).listings_at(NOW) if one.marketplace == code]
    assert [row["seller-sku"] for row in rows] == [one.sku for one in states]
    region = "AMAZON_EU" if slug == SLUGS[2] else "AMAZON_NA"
    for row, state in zip(rows, states, strict=True):
        merchant = state.channel == "FBM"
        assert row["fulfillment-channel"] == ("DEFAULT" if merchant else region)
        assert row["quantity"] == (str(state.merchant_quantity) if merchant else "")
        assert row["price"] == str(state.price)
        assert row["item-name"] == state.title
        active = state.buyable and state.discoverable
        assert row["status"] == ("Active" if active else "Inactive")
    assert len({row["listing-id"] for row in rows}) == len(rows)


def test_listings_open_in_the_time_of_their_country() -> None:
    zones = {
        code: {row["open-date"].rpartition(" ")[2] for row in shown(slug, LISTINGS, code)}
        for slug, code in PLACES
    }
    assert zones["US"] <= {"PST", "PDT"}
    assert zones["UK"] <= {"GMT", "BST"}
    assert zones["DE"] <= {"CET", "CEST"}


def test_both_channels_both_states_and_lone_quotes_occur() -> None:
    rows = [row for slug in SLUGS for row in shown(slug, LISTINGS)]
    assert {row["fulfillment-channel"] for row in rows} == {"DEFAULT", "AMAZON_NA", "AMAZON_EU"}
    assert {row["status"] for row in rows} == {"Active", "Inactive"}
    assert any(row["item-name"].count('"') == 1 for row in rows)


# --- where in Europe -----------------------------------------------------------------------------


@pytest.mark.parametrize("back", [timedelta(0), timedelta(days=30, hours=12)])
def test_inventory_by_country_is_where_the_sellable_units_lie(back: timedelta) -> None:
    slug, as_of = SLUGS[2], NOW - back
    expected: Counter[tuple[str, str, str]] = Counter()
    for row in events(slug):
        if row["network"] and datetime.fromisoformat(row["at"]) <= as_of:
            key = (row["refs"].get("unit_msku", row["msku"]), row["fnsku"], row["country"])
            expected[key] += row["units"] * (row["to"] == "sellable")
            expected[key] -= row["units"] * (row["from"] == "sellable")
    found = {
        (row["seller-sku"], row["fulfillment-channel-sku"], row["country"]): int(
            row["quantity-for-local-fulfillment"]
        )
        for row in shown(slug, BY_COUNTRY, "DE", as_of=as_of)
    }
    assert found == {key: count for key, count in expected.items() if count}
    assert {"DE", "PL", "GB"} <= {country for _, _, country in found}


def test_inventory_by_country_is_for_europe_only() -> None:
    ask = Ask(Region.NA, (MARKETPLACES["US"],), None, None, {})
    assert "Europe" in (DOCUMENTS[BY_COUNTRY].objection(ask) or "")


# --- what callers wrote --------------------------------------------------------------------------


async def test_a_price_written_through_the_api_is_in_the_documents_made_later(
    application: Application, clock: FixedClock
) -> None:
    market = MARKETPLACES["US"].id
    listed = (await fetch(application, clock, body(LISTINGS, "US")))[1].text.splitlines()[1]
    sku = listed.split("\t")[3]
    path = f"/listings/2021-08-01/items/{application.seller.seller_id}/{sku}"
    params = {"marketplaceIds": market, "includedData": "productTypes"}
    item = (await application.get(path, **params)).json()
    offer = {
        "marketplace_id": market,
        "currency": "USD",
        "audience": "ALL",
        "our_price": [{"schedule": [{"value_with_tax": 33.25}]}],
    }
    patch = {"op": "replace", "path": "/attributes/purchasable_offer", "value": [offer]}
    asked = {"productType": item["productTypes"][0]["productType"], "patches": [patch]}
    written = await application.call("PATCH", path, params={"marketplaceIds": market}, json=asked)
    assert written.json()["status"] == "ACCEPTED", written.text
    clock.move(30)
    for report_type, name, price in (
        (LISTINGS, "seller-sku", "price"),
        (ALL, "sku", "your-price"),
    ):
        found = rows(await fetch(application, clock, body(report_type, "US")), quoted=False)
        assert {row[price] for row in found if row[name] == sku} == {"33.25"}
        assert sum(row[price] == "33.25" for row in found) == 1
