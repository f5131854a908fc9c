"""FBA inventory summaries: pools seen through listings."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from tests.simulator.conftest import NOW, Application

from stockroom.core.clock import FixedClock
from stockroom.simulator.world import ListingState, PoolStock, World

Row = dict[str, Any]


async def everything(application: Application, country: str, **params: Any) -> list[Row]:
    """All pages."""
    found: list[Row] = []
    while True:
        answer = await application.inventory(country, details="true", **params)
        assert answer.status_code == 200, answer.text
        found += answer.json()["payload"]["inventorySummaries"]
        if "pagination" not in answer.json():
            return found
        params["nextToken"] = answer.json()["pagination"]["nextToken"]


def fba(world: World, application: Application, country: str) -> dict[str, ListingState]:
    listings = world.seller(application.seller.slug).listings_at(NOW)
    return {one.sku: one for one in listings if one.marketplace == country and one.channel == "FBA"}


def pool(world: World, application: Application, listing: ListingState) -> PoolStock:
    assert listing.network is not None
    assert listing.fnsku is not None
    stock = world.seller(application.seller.slug).stock_at(NOW)
    return stock[listing.network, listing.fnsku]


async def test_every_fba_listing_shows_its_pools_stock(
    application: Application, world: World
) -> None:
    rows = {row["sellerSku"]: row for row in await everything(application, "US")}
    listings = fba(world, application, "US")
    assert rows.keys() == listings.keys()
    for sku, row in rows.items():
        stock = pool(world, application, listings[sku])
        details = row["inventoryDetails"]
        assert details["fulfillableQuantity"] == stock.sellable
        reserved = details["reservedQuantity"]
        assert reserved["pendingCustomerOrderQuantity"] == stock.reserved_orders
        assert reserved["totalReservedQuantity"] == (
            stock.reserved_orders + stock.fc_transfer + stock.fc_processing
        )
        unfulfillable = details["unfulfillableQuantity"]["totalUnfulfillableQuantity"]
        assert unfulfillable == stock.unsellable
        assert row["totalQuantity"] >= stock.on_hand
    assert sum(row["totalQuantity"] for row in rows.values()) > 0


async def test_merchant_fulfilled_skus_are_absent(application: Application, world: World) -> None:
    listings = world.seller(application.seller.slug).listings_at(NOW)
    merchant = {one.sku for one in listings if one.channel == "FBM"}
    assert merchant
    shown = {row["sellerSku"] for row in await everything(application, "US")}
    assert not merchant & shown


async def test_a_remote_listing_shows_the_other_countrys_pool_and_store(
    application: Application, world: World
) -> None:
    remote = {sku for sku, one in fba(world, application, "CA").items() if one.remote}
    assert remote
    home = {row["sellerSku"]: row for row in await everything(application, "US")}
    for row in await everything(application, "CA"):
        if row["sellerSku"] in remote:
            assert row["stores"] == ["Amazon.com"]
            assert row["inventoryDetails"] == home[row["sellerSku"]]["inventoryDetails"]


async def test_two_skus_of_one_fnsku_both_show_the_pool(application: Application) -> None:
    rows = await everything(application, "US")
    by_fnsku: dict[str, list[Row]] = {}
    for row in rows:
        by_fnsku.setdefault(row["fnSku"], []).append(row)
    shared = [group for group in by_fnsku.values() if len(group) > 1]
    assert shared
    for first, second, *_ in shared:
        assert first["inventoryDetails"] == second["inventoryDetails"]


async def test_european_listings_all_show_the_european_pool_and_britain_its_own(
    european: Application,
) -> None:
    germany = {row["fnSku"]: row for row in await everything(european, "DE")}
    france = {row["fnSku"]: row for row in await everything(european, "FR")}
    britain = {row["fnSku"]: row for row in await everything(european, "UK")}
    common = germany.keys() & france.keys()
    assert common
    for fnsku in common:
        assert germany[fnsku]["inventoryDetails"] == france[fnsku]["inventoryDetails"]
    both = germany.keys() & britain.keys()
    assert any(germany[one]["totalQuantity"] != britain[one]["totalQuantity"] for one in both)


async def test_details_come_only_when_asked(application: Application) -> None:
    answer = await application.inventory("US")
    assert all(
        "inventoryDetails" not in row for row in answer.json()["payload"]["inventorySummaries"]
    )


async def test_named_skus_narrow_the_answer(application: Application) -> None:
    rows = await everything(application, "US")
    wanted = [row["sellerSku"] for row in rows[:2]]
    named = await everything(application, "US", sellerSkus=",".join(wanted))
    assert sorted(row["sellerSku"] for row in named) == sorted(wanted)
    too_many = await application.inventory("US", sellerSkus=",".join(map(str, range(51))))
    assert too_many.status_code == 400


async def test_changes_since_an_instant_are_fewer_than_everything(
    application: Application, clock: FixedClock
) -> None:
    rows = await everything(application, "US")
    since = NOW - timedelta(hours=12)
    changed = await everything(application, "US", startDateTime=since.isoformat())
    assert 0 < len(changed) < len(rows)
    assert all(row["lastUpdatedTime"] >= f"{since:%Y-%m-%dT%H:%M:%SZ}" for row in changed)
    clock.move(1)
    quiet = await everything(application, "US", startDateTime=NOW.isoformat())
    assert quiet == []  # no unit moves in the morning
    too_old = (NOW - timedelta(days=600)).isoformat()
    assert (await application.inventory("US", startDateTime=too_old)).status_code == 400


async def test_wrong_granularity_or_marketplace_is_400(
    application: Application, clock: FixedClock
) -> None:
    us, ca, de = "ATVPDKIKX0DER", "A2EUQ1WTGCTBG2", "A1PA6795UKMFR9"
    for kind, granularity, marketplace in (
        ("Region", us, us),
        ("Marketplace", ca, us),
        ("Marketplace", de, de),
        ("Marketplace", us, f"{us},{ca}"),
    ):
        clock.move(1)  # two calls a second
        answer = await application.get(
            "/fba/inventory/v1/summaries",
            granularityType=kind,
            granularityId=granularity,
            marketplaceIds=marketplace,
        )
        assert answer.status_code == 400
