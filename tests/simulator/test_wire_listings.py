"""Listings: read, searched, and changed by patches that show a little later."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path
from typing import Any

import httpx
import pytest
from tests.serving import serving
from tests.simulator.conftest import NOW, Application, logged_in

from stockroom.core.clock import FixedClock
from stockroom.core.marketplaces import MARKETPLACES
from stockroom.simulator.app import create_app
from stockroom.simulator.world import ListingState, World

US = MARKETPLACES["US"].id
EVERYTHING = "summaries,attributes,offers,fulfillmentAvailability,issues,productTypes"


def base(application: Application) -> str:
    return f"/listings/2021-08-01/items/{application.seller.seller_id}"


def states(world: World, application: Application) -> list[ListingState]:
    listings = world.seller(application.seller.slug).listings_at(NOW)
    return [one for one in listings if one.marketplace == "US"]


@pytest.fixture
def state(world: World, application: Application) -> ListingState:
    """An active listing with a business price, beside which nothing is on sale."""
    return next(
        one
        for one in states(world, application)
        if one.buyable and one.business_price and one.sale_price is None
    )


async def item(application: Application, sku: str, included: str = EVERYTHING) -> dict[str, Any]:
    answer = await application.get(
        f"{base(application)}/{sku}", marketplaceIds=US, includedData=included
    )
    assert answer.status_code == 200, answer.text
    found = answer.json()
    assert isinstance(found, dict)
    return found


def offer(price: Any, **more: Any) -> dict[str, Any]:
    schedule = [{"schedule": [{"value_with_tax": price}]}]
    return {
        "marketplace_id": US,
        "currency": "USD",
        "audience": "ALL",
        "our_price": schedule,
    } | more


def patch_body(state: ListingState, value: Any, op: str = "merge", **more: Any) -> dict[str, Any]:
    patch = {"op": op, "path": "/attributes/purchasable_offer", "value": [value]}
    return {"productType": state.product_type, "patches": [patch]} | more


async def patch(application: Application, sku: str, body: Any, **params: str) -> httpx.Response:
    return await application.call(
        "PATCH",
        f"{base(application)}/{sku}",
        params={"marketplaceIds": US, **params},
        json=body,
    )


def near(state: ListingState) -> float:
    """Another price within the listing's limits."""
    low, high = state.minimum_price, state.maximum_price
    return float(state.price + Decimal("0.10") if high is None or state.price < high else low or 1)


def price(found: dict[str, Any], kind: str = "B2C") -> str:
    return next(str(one["price"]["amount"]) for one in found["offers"] if one["offerType"] == kind)


async def test_an_item_shows_what_the_world_has(
    application: Application, state: ListingState
) -> None:
    found = await item(application, state.sku)
    (summary,) = found["summaries"]
    assert summary["asin"] == state.asin
    assert summary["itemName"] == state.title
    assert summary["status"] == ["BUYABLE", "DISCOVERABLE"]
    assert price(found) == f"{state.price:.2f}"
    assert price(found, "B2B") == f"{state.business_price:.2f}"
    assert found["productTypes"][0]["productType"] == state.product_type
    attribute = found["attributes"]["purchasable_offer"][0]
    assert attribute["our_price"][0]["schedule"][0]["value_with_tax"] == float(state.price)


async def test_only_what_is_asked_for_is_included(
    application: Application, state: ListingState
) -> None:
    assert (await item(application, state.sku, "offers")).keys() == {"sku", "offers"}
    unknown = await application.get(
        f"{base(application)}/{state.sku}", marketplaceIds=US, includedData="secrets"
    )
    assert unknown.status_code == 400


async def test_merchant_listings_say_their_quantity_and_fba_listings_their_network(
    application: Application, world: World
) -> None:
    found = {one.channel: one for one in states(world, application)}
    merchant = await item(application, found["FBM"].sku)
    (channel,) = merchant["fulfillmentAvailability"]
    assert channel == {
        "fulfillmentChannelCode": "DEFAULT",
        "quantity": found["FBM"].merchant_quantity,
    }
    network = await item(application, found["FBA"].sku)
    assert network["fulfillmentAvailability"] == [{"fulfillmentChannelCode": "AMAZON_NA"}]


async def test_a_listing_that_does_not_exist_is_404(
    application: Application, european: Application, state: ListingState
) -> None:
    answer = await application.get(f"{base(application)}/no/such sku", marketplaceIds=US)
    assert answer.status_code == 404
    assert "no/such sku" in answer.json()["errors"][0]["message"]
    foreign = await european.get(
        f"{base(application)}/{state.sku}", marketplaceIds=MARKETPLACES["DE"].id
    )
    assert foreign.status_code == 403


async def test_an_accepted_price_shows_a_little_later(
    application: Application, state: ListingState, clock: FixedClock
) -> None:
    answer = await patch(application, state.sku, patch_body(state, offer(near(state))))
    assert answer.json()["status"] == "ACCEPTED"
    assert answer.json()["issues"] == []
    assert price(await item(application, state.sku)) == f"{state.price:.2f}"
    clock.move(9)
    assert price(await item(application, state.sku)) == f"{state.price:.2f}"
    clock.move(21)
    found = await item(application, state.sku)
    assert price(found) == f"{near(state):.2f}"
    assert found["summaries"][0]["lastUpdatedDate"] > "2026-11-21T08:45:00Z"


async def test_a_preview_changes_nothing(
    application: Application, state: ListingState, clock: FixedClock
) -> None:
    body = patch_body(state, offer(near(state)))
    answer = await patch(application, state.sku, body, mode="VALIDATION_PREVIEW")
    assert answer.json()["status"] == "VALID"
    clock.move(60)
    assert price(await item(application, state.sku)) == f"{state.price:.2f}"


async def test_replace_drops_what_it_does_not_repeat_and_merge_keeps_it(
    application: Application, state: ListingState, clock: FixedClock
) -> None:
    await patch(application, state.sku, patch_body(state, offer(near(state)), "merge"))
    clock.move(30)
    merged = await item(application, state.sku)
    assert price(merged, "B2B") == f"{state.business_price:.2f}"
    before, _ = merged["attributes"]["purchasable_offer"]
    assert "minimum_seller_allowed_price" in before or state.minimum_price is None
    await patch(application, state.sku, patch_body(state, offer(near(state)), "replace"))
    clock.move(30)
    replaced = await item(application, state.sku)
    assert replaced["attributes"]["purchasable_offer"] == [offer(near(state))]
    assert [one["offerType"] for one in replaced["offers"]] == ["B2C"]


async def test_a_running_sale_is_the_price_buyers_pay(
    application: Application, state: ListingState, clock: FixedClock
) -> None:
    sale = {
        "start_at": "2026-11-21T01:00:00+01:00",
        "end_at": "2026-11-22T00:00:00Z",
        "value_with_tax": near(state),
    }
    value = offer(float(state.price), discounted_price=[{"schedule": [sale]}])
    assert (await patch(application, state.sku, patch_body(state, value))).status_code == 200
    clock.move(30)
    assert price(await item(application, state.sku)) == f"{near(state):.2f}"
    clock.move(86_400)
    await application.login()
    assert price(await item(application, state.sku)) == f"{state.price:.2f}"


@pytest.mark.parametrize(
    "value",
    [
        offer(-1),
        offer(0),
        offer(1_000_000),
        offer(9.999),
        offer("9.99"),
        offer(True),
        offer(9.99, currency="EUR"),
        {"marketplace_id": US, "currency": "USD", "our_price": "cheap"},
        {"marketplace_id": US, "currency": "USD", "our_price": [{"schedule": []}]},
        offer(9.99, discounted_price=[{"schedule": [{"value_with_tax": 9}, "x"]}]),
        offer(9.99, discounted_price=[{"schedule": [{"value_with_tax": 9, "start_at": "soon"}]}]),
    ],
)
async def test_a_price_amazon_cannot_take_is_invalid_with_http_200(
    application: Application, state: ListingState, clock: FixedClock, value: Any
) -> None:
    answer = await patch(application, state.sku, patch_body(state, value))
    assert answer.status_code == 200
    assert answer.json()["status"] == "INVALID"
    (issue, *_) = answer.json()["issues"]
    assert issue["severity"] == "ERROR"
    assert issue["attributeNames"] == ["purchasable_offer"]
    clock.move(60)
    assert price(await item(application, state.sku)) == f"{state.price:.2f}"


async def test_a_price_below_the_sellers_own_minimum_is_invalid(
    application: Application, state: ListingState
) -> None:
    limit = {"minimum_seller_allowed_price": [{"schedule": [{"value_with_tax": 50.0}]}]}
    answer = await patch(application, state.sku, patch_body(state, offer(49.0, **limit)))
    assert answer.json()["status"] == "INVALID"
    assert answer.json()["issues"][0]["code"] == "18155"


async def test_unknown_attributes_and_product_types_are_invalid(
    application: Application, state: ListingState
) -> None:
    good = patch_body(state, offer(near(state)))
    strange = {"op": "replace", "path": "/attributes/fake_attribute", "value": [{"value": "x"}]}
    no_type = {"patches": good["patches"]}
    for body in (good | {"patches": [strange]}, good | {"productType": "SPACESHIP"}, no_type):
        answer = await patch(application, state.sku, body)
        assert answer.status_code == 200
        assert answer.json()["status"] == "INVALID"


@pytest.mark.parametrize(
    "change",
    [
        {"patches": []},
        {"patches": None},
        {"patches": [{"op": "test", "path": "/attributes/item_name", "value": []}]},
        {"patches": [{"op": "replace", "path": "/attributes/a/b", "value": [{}]}]},
        {"patches": [{"op": "replace", "path": "purchasable_offer", "value": [{}]}]},
        {"patches": [{"op": "replace", "path": "/attributes/item_name", "value": "x"}]},
        {"patches": [{"op": "replace", "path": "/attributes/item_name"}]},
        {"patches": [{"op": "merge", "path": "/attributes/x", "value": [{"audience": {}}]}]},
    ],
)
async def test_a_malformed_patch_is_400(
    application: Application, state: ListingState, change: dict[str, Any]
) -> None:
    body = patch_body(state, offer(near(state))) | change
    assert (await patch(application, state.sku, body)).status_code == 400


async def test_a_patch_of_an_unknown_sku_or_mode_is_400(
    application: Application, state: ListingState
) -> None:
    body = patch_body(state, offer(near(state)))
    assert (await patch(application, "nobody", body)).status_code == 400
    assert (await patch(application, state.sku, body, mode="DRY_RUN")).status_code == 400


async def test_a_merchant_quantity_can_be_set(
    application: Application, world: World, clock: FixedClock
) -> None:
    merchant = next(one for one in states(world, application) if one.channel == "FBM")
    value = {"fulfillment_channel_code": "DEFAULT", "quantity": 7}
    quantity = {"op": "merge", "path": "/attributes/fulfillment_availability", "value": [value]}
    body = {"productType": merchant.product_type, "patches": [quantity]}
    assert (await patch(application, merchant.sku, body)).json()["status"] == "ACCEPTED"
    clock.move(30)
    (channel,) = (await item(application, merchant.sku))["fulfillmentAvailability"]
    assert channel["quantity"] == 7
    value["quantity"] = -1
    assert (await patch(application, merchant.sku, body)).json()["status"] == "INVALID"


async def test_accepted_changes_survive_a_restart(
    world: World, clock: FixedClock, tmp_path: Path, http: httpx.AsyncClient
) -> None:
    seller = next(iter(world.sellers.values()))
    shown = []
    for _ in range(2):
        async with serving(create_app(world, clock, tmp_path)) as url:
            application = await logged_in(url, seller, http, clock)
            state = next(one for one in states(world, application) if one.buyable)
            shown.append(price(await item(application, state.sku)))
            if len(shown) == 1:
                await patch(application, state.sku, patch_body(state, offer(near(state))))
                clock.move(30)
    assert shown == [f"{state.price:.2f}", f"{near(state):.2f}"]


async def test_a_search_pages_through_every_listing_once(
    application: Application, world: World, clock: FixedClock
) -> None:
    seen: list[str] = []
    params = {"marketplaceIds": US, "pageSize": "7", "sortBy": "sku", "sortOrder": "ASC"}
    while True:
        clock.move(1)
        answer = (await application.get(base(application), **params)).json()
        seen += [one["sku"] for one in answer["items"]]
        if "nextToken" not in answer["pagination"]:
            break
        params["pageToken"] = answer["pagination"]["nextToken"]
    expected = sorted(one.sku for one in states(world, application))
    assert seen == expected
    assert answer["numberOfResults"] == len(expected)


async def test_a_search_narrows_by_identifier_and_status(
    application: Application, world: World
) -> None:
    wanted = states(world, application)[:3]
    asins = ",".join(one.asin for one in wanted)
    found = await application.get(
        base(application), marketplaceIds=US, identifiers=asins, identifiersType="ASIN"
    )
    skus = {one["sku"] for one in found.json()["items"]}
    assert {one.sku for one in wanted} <= skus
    hidden = await application.get(
        base(application), marketplaceIds=US, withoutStatus="BUYABLE", pageSize=20
    )
    expected = {one.sku for one in states(world, application) if not one.buyable}
    assert hidden.json()["numberOfResults"] == len(expected)
    assert {one["sku"] for one in hidden.json()["items"]} <= expected


async def test_the_listing_changed_last_comes_first(
    application: Application, state: ListingState, clock: FixedClock
) -> None:
    await patch(application, state.sku, patch_body(state, offer(near(state))))
    clock.move(30)
    found = await application.get(base(application), marketplaceIds=US)
    assert found.json()["items"][0]["sku"] == state.sku


@pytest.mark.parametrize(
    "params",
    [
        {"pageSize": "21"},
        {"pageSize": "none"},
        {"identifiers": "A"},
        {"identifiers": "A", "identifiersType": "NAME"},
        {"withStatus": "SOLD"},
        {"sortBy": "price"},
        {"createdAfter": "soon"},
        {"pageToken": "made-up"},
        {"marketplaceIds": MARKETPLACES["DE"].id},
        {"marketplaceIds": ""},
    ],
)
async def test_a_search_amazon_cannot_use_is_400(
    application: Application, params: dict[str, str]
) -> None:
    answer = await application.get(base(application), **{"marketplaceIds": US, **params})
    assert answer.status_code == 400
