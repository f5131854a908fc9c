"""Multi-channel orders one by one, and distribution centres page by page."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import pytest
from starlette.responses import JSONResponse, Response

from stockroom.core.errors import AmazonRefusedError, AmazonUnavailableError
from stockroom.core.log import configure

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from tests.amazon.conftest import Hostile

    from stockroom.amazon.ports import AmazonAnswer
    from stockroom.amazon.spapi import SpApi

SINCE, UNTIL = datetime(2026, 11, 1, tzinfo=UTC), datetime(2026, 11, 21, tzinfo=UTC)
ENDED = datetime(2026, 11, 15, tzinfo=UTC)
ORDERS = "/fba/outbound/2020-07-01/fulfillmentOrders"
STOCK = "/awd/2024-05-09/inventory"
SHIPMENTS = "/awd/2024-05-09/inboundShipments"


def order(name: str, changed: str) -> dict[str, Any]:
    return {"sellerFulfillmentOrderId": name, "statusUpdatedDate": changed}


def orders(*found: dict[str, Any], token: str | None = None) -> Response:
    payload: dict[str, Any] = {"fulfillmentOrders": list(found)}
    return JSONResponse({"payload": payload | ({"nextToken": token} if token else {})})


def shipment(name: str, status: str = "RECEIVING", day: int = 2) -> dict[str, Any]:
    return {
        "shipmentId": name,
        "shipmentStatus": status,
        "updatedAt": f"2026-11-{day:02}T08:00:00Z",
    }


async def bodies(answers: AsyncIterator[AmazonAnswer]) -> list[Any]:
    return [answer.body async for answer in answers]


async def test_orders_are_asked_for_whole_and_only_those_of_the_interval(
    hostile: Hostile, api: SpApi
) -> None:
    hostile.answers(
        ORDERS,
        orders(
            order("early", "2026-10-31T23:59:59Z"), order("A", "2026-11-01T00:00:00Z"), token="t"
        ),
        orders(order("B/1", "2026-11-20T23:59:59Z"), order("late", "2026-11-21T00:00:00Z")),
    )
    for name in ("A", "B%2F1", "B/1"):
        hostile.answers(f"{ORDERS}/{name}", JSONResponse({"payload": {"name": name}}))

    found = await bodies(api.mcf_orders(SINCE, UNTIL))

    assert [body["payload"]["name"][0] for body in found] == ["A", "B"]
    assert [call.query for call in hostile.calls(ORDERS)] == [
        {"queryStartDate": "2026-11-01T00:00:00Z"},
        {"nextToken": "t"},
    ]


@pytest.mark.parametrize("body", [{}, {"payload": {}}, {"payload": {"fulfillmentOrders": [1]}}])
async def test_a_list_of_orders_that_is_none_cannot_be_used(
    hostile: Hostile, api: SpApi, body: dict[str, Any]
) -> None:
    hostile.answers(ORDERS, JSONResponse(body))
    with pytest.raises(AmazonUnavailableError):
        await bodies(api.mcf_orders(SINCE, UNTIL))


async def test_stock_of_distribution_centres_comes_with_details(
    hostile: Hostile, api: SpApi
) -> None:
    first = {"inventory": [{"sku": "S1"}], "nextToken": "t1"}
    hostile.answers(STOCK, JSONResponse(first), JSONResponse({"inventory": []}))

    found = await bodies(api.awd_inventory())

    assert [body["inventory"] for body in found] == [[{"sku": "S1"}], []]
    wanted = {"details": "SHOW", "maxResults": "200"}
    assert [call.query for call in hostile.calls(STOCK)] == [wanted, {**wanted, "nextToken": "t1"}]


async def test_each_sku_of_a_shipment_is_a_row_and_a_shipment_without_one_stands_alone(
    hostile: Hostile, api: SpApi
) -> None:
    listed = {"shipments": [shipment("A"), shipment("B", "CLOSED", day=20)]}
    hostile.answers(SHIPMENTS, JSONResponse(listed))
    skus = [{"sku": "S1"}, {"sku": "S2"}]
    whole = {"shipmentId": "A", "shipmentSkuQuantities": skus}
    hostile.answers(f"{SHIPMENTS}/A", JSONResponse(whole))
    hostile.answers(f"{SHIPMENTS}/B", JSONResponse({"shipmentId": "B"}))

    (page,) = await bodies(api.awd_shipments(SINCE, ENDED))

    assert page["shipments"] == [
        *({"shipment": {"shipmentId": "A"}, "sku": sku} for sku in skus),
        {"shipment": {"shipmentId": "B"}},
    ]
    (call,) = hostile.calls(f"{SHIPMENTS}/A")
    assert call.query == {"skuQuantities": "SHOW"}


async def test_what_ended_long_ago_is_not_asked_for(hostile: Hostile, api: SpApi) -> None:
    old = [shipment("A", "CLOSED"), shipment("B", "CANCELLED"), shipment("C", "IN_TRANSIT")]
    hostile.answers(SHIPMENTS, JSONResponse({"shipments": old}))
    hostile.answers(f"{SHIPMENTS}/C", JSONResponse({"shipmentId": "C"}))

    (page,) = await bodies(api.awd_shipments(SINCE, ENDED))

    assert page["shipments"] == [{"shipment": {"shipmentId": "C"}}]


async def test_a_seller_without_shipments_gets_no_list(hostile: Hostile, api: SpApi) -> None:
    hostile.answers(SHIPMENTS, JSONResponse({}))
    assert await bodies(api.awd_shipments(SINCE, ENDED)) == [{"shipments": []}]


async def test_an_order_is_given_once_and_exactly_as_it_was_written(
    hostile: Hostile, api: SpApi
) -> None:
    body = {"sellerFulfillmentOrderId": "SR-1", "items": [{"sellerSku": "A"}]}
    hostile.answers(f"{ORDERS}/preview", JSONResponse({"payload": {"fulfillmentPreviews": []}}))
    hostile.answers(ORDERS, Response(b"<html>", 503))
    await api.mcf_preview(body)
    with pytest.raises(AmazonUnavailableError):
        await api.create_mcf_order(body)
    for path in (f"{ORDERS}/preview", ORDERS):
        (call,) = hostile.calls(path)
        assert json.loads(call.body) == body


@pytest.mark.requirement("recipients-forgotten")
@pytest.mark.parametrize(("code", "kept"), [("InvalidInput", ("InvalidInput",)), ("Quince", ())])
async def test_what_amazon_says_about_a_recipient_goes_nowhere(
    hostile: Hostile,
    api: SpApi,
    capsys: pytest.CaptureFixture[str],
    code: str,
    kept: tuple[str, ...],
) -> None:
    configure("DEBUG")
    said = {"errors": [{"code": code, "message": "No. 17 of Quince-Lane is unknown"}]}
    hostile.answers(ORDERS, JSONResponse(said, 400))
    with pytest.raises(AmazonRefusedError) as refused:
        await api.create_mcf_order({"items": []})
    assert refused.value.amazon_says == kept
    assert "Quince" not in str(refused.value) + refused.value.code
    logged = capsys.readouterr()
    assert "createFulfillmentOrder" in logged.err
    assert "Quince" not in logged.err + logged.out


async def test_an_order_is_cancelled_under_its_own_path(hostile: Hostile, api: SpApi) -> None:
    hostile.answers(f"{ORDERS}/SR-1/cancel", JSONResponse({}))
    await api.cancel_mcf_order("SR-1")
    (call,) = hostile.calls(f"{ORDERS}/SR-1/cancel")
    assert call.method == "PUT"
