"""The request log: what judges count."""

from __future__ import annotations

import json
from datetime import timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest
from tests.serving import serving
from tests.simulator.conftest import NOW, Application, logged_in

from stockroom.core.clock import FixedClock
from stockroom.core.errors import ConfigurationError
from stockroom.core.ids import digest
from stockroom.entrypoints.listening import listening
from stockroom.simulator.app import create_app
from stockroom.simulator.wire.journal import Journal
from stockroom.simulator.world import World

PARTICIPATIONS = "/sellers/v1/marketplaceParticipations"


async def log(application: Application, **params: str) -> list[dict[str, Any]]:
    answer = await application.http.get(f"{application.url}/_log", params=params)
    found = answer.json()
    assert isinstance(found, list)
    return found


async def test_every_request_is_logged_with_its_answer(
    application: Application,
) -> None:
    answer = await application.get(PARTICIPATIONS)
    await application.get("/nowhere")
    application.headers["x-amz-access-token"] = "Atza|made-up"
    await application.get(PARTICIPATIONS)
    login, read, nowhere, refused = await log(application)
    assert login["operation"] == "lwaToken"
    assert read["operation"] == "getMarketplaceParticipations"
    assert read["seller"] == login["seller"] == application.seller.seller_id
    assert read["request_id"] == answer.headers["x-amzn-requestid"]
    assert read["at"] == "2026-11-21T08:45:00.000Z"
    assert [one["status"] for one in (login, read, nowhere, refused)] == [200, 200, 404, 403]
    assert refused["seller"] == ""


async def test_the_log_is_narrowed_by_operation_seller_and_time(
    application: Application, european: Application, clock: FixedClock
) -> None:
    await european.get(PARTICIPATIONS)
    clock.move(60)
    await application.get(PARTICIPATIONS)
    read = await log(application, operation="getMarketplaceParticipations")
    assert len(read) == 2
    for name in (european.seller.seller_id, european.seller.slug):
        assert len(await log(application, seller=name)) == 2
    since = (NOW + timedelta(seconds=60)).isoformat()
    assert len(await log(application, since=since)) == 1
    wrong = await application.http.get(f"{application.url}/_log", params={"since": "today"})
    assert wrong.status_code == 400


async def test_a_preview_is_not_counted_as_a_write(application: Application, world: World) -> None:
    state = world.seller(application.seller.slug).listings_at(NOW)[0]
    path = f"/listings/2021-08-01/items/{application.seller.seller_id}/{state.sku}"
    body = {"productType": state.product_type, "patches": [{"op": "delete", "path": "x"}]}
    for mode in ({}, {"mode": "VALIDATION_PREVIEW"}):
        await application.call(
            "PATCH",
            path,
            params={"marketplaceIds": "ATVPDKIKX0DER", **mode},
            json=body,
        )
    (write,) = await log(application, operation="patchListingsItem")
    assert write["status"] == 400
    assert write["body"] == digest(body)  # what was sent, for whoever knows what should have been


async def test_what_carries_no_body_is_logged_without_one(application: Application) -> None:
    await application.get(PARTICIPATIONS)
    (read,) = await log(application, operation="getMarketplaceParticipations")
    assert read["body"] == ""


async def test_no_secret_gets_into_the_log(application: Application, tmp_path: Path) -> None:
    await application.get(PARTICIPATIONS)
    kept = (tmp_path / "simulator" / "requests.jsonl").read_text(encoding="utf-8")
    assert len(kept.splitlines()) == 2
    assert "Atz" not in kept
    assert application.headers["x-amz-access-token"] not in json.dumps(await log(application))


async def test_the_log_goes_on_after_a_restart(
    world: World, clock: FixedClock, tmp_path: Path, http: httpx.AsyncClient
) -> None:
    seller = next(iter(world.sellers.values()))
    for runs in (1, 2):
        async with serving(create_app(world, clock, tmp_path)) as url:
            application = await logged_in(url, seller, http, clock)
            assert len(await log(application)) == runs


async def test_health_says_the_simulators_time(application: Application) -> None:
    answer = await application.http.get(f"{application.url}/_health")
    assert answer.json()["status"] == "ok"
    assert answer.json()["now"] == "2026-11-21T08:45:00.000Z"
    assert application.seller.slug in answer.json()["accounts"]


def test_a_torn_record_is_left_out_and_never_glued_to_the_next(tmp_path: Path) -> None:
    path = tmp_path / "simulator" / "x.jsonl"
    first = Journal(path)
    first.append({"a": 1})
    with path.open("a", encoding="utf-8") as torn:
        torn.write('{"a": 2')
    second = Journal(path)
    second.append({"a": 3})
    assert list(second.read()) == [{"a": 1}, {"a": 3}]


async def test_a_port_in_use_is_named(world: World, clock: FixedClock, tmp_path: Path) -> None:
    async with serving(create_app(world, clock, tmp_path)) as url:
        port = int(url.rpartition(":")[2])
        with pytest.raises(ConfigurationError, match=str(port)), listening("127.0.0.1", port):
            pytest.fail("two servers on one port")
