"""A client that waits for a change it confirmed is told how it goes; one that does not is answered at once."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from dataclasses import dataclass, field, replace
from decimal import Decimal
from typing import Any
from uuid import UUID

import httpx2
import pytest
from tests.writes.at_the_server import LIMITS, Served, agreed, at_the_server, told
from tests.writes.conftest import Bench
from tests.writes.test_inbound_plans import Planner
from tests.writes.test_inbound_plans import planner as planner

from stockroom.core.config import Settings
from stockroom.core.scope import Scope
from stockroom.entrypoints.mcp_following import Patience
from stockroom.tools.write.create_inbound_plan import TOOL as CREATE
from stockroom.tools.write.set_price import TOOL as SET_PRICE
from stockroom.writes.asker import Asker
from stockroom.writes.shown import ChangeState
from stockroom.writes.watch import Sight

ERAS = ["legacy", "2026-07-28"]
PRICES = (Scope.LISTINGS_WRITE, Scope.CONFIRM)
PLANS = (Scope.INBOUND_WRITE, Scope.CONFIRM)


@dataclass
class Heard:
    """What a client was told, and a worker that goes on when the client has heard the last of it."""

    told: list[tuple[float, float | None, str | None]] = field(default_factory=list)
    more: asyncio.Event = field(default_factory=asyncio.Event)

    async def __call__(self, progress: float, total: float | None, message: str | None) -> None:
        self.told.append((progress, total, message))
        self.more.set()

    @property
    def steps(self) -> list[float]:
        return [progress for progress, _, _ in self.told]

    async def next(self) -> None:
        """Wait until there is more."""
        await self.more.wait()
        self.more.clear()


@pytest.fixture
async def prices(bench: Bench, settings: Settings) -> AsyncIterator[Served]:
    async with at_the_server(bench, settings, SET_PRICE) as served:
        yield served


async def carry_out(served: Served, change_id: UUID, heard: Heard) -> None:
    """The worker: each time the client has heard a step, it works until there is another."""
    bench, gate = served.bench, served.gate
    anybody = Asker(bench.account.id, None, "anybody")

    async def sight() -> Sight:
        return await gate.watch(anybody, ChangeState.of(await bench.row(change_id)))

    await heard.next()
    while not (reached := await sight()).over:
        while (await sight()).passed == reached.passed:
            row = await bench.row(change_id)
            if row.next_look_at is None:
                await gate.execute(bench.account.id, change_id)
            else:
                bench.clock.move((row.next_look_at - bench.clock.now()).total_seconds())
                await gate.verify(bench.account.id, change_id)
        await heard.next()


@pytest.mark.parametrize("era", ERAS)
async def test_a_plan_is_followed_step_by_step_to_its_offers(
    planner: Planner, settings: Settings, era: str
) -> None:
    heard = Heard()
    async with (
        at_the_server(planner.bench, settings, CREATE) as served,
        served.client(await served.key(*PLANS), era) as client,
    ):
        preview = await told(client, CREATE.name, planner.wanted())
        working = asyncio.create_task(carry_out(served, UUID(preview["id"]), heard))
        done = await told(client, "confirm_change", agreed(preview), progress_callback=heard)
        await working
    assert done["state"] == "verified"
    assert done["seen"]["placement_options"]
    assert heard.steps == sorted(set(heard.steps))
    assert heard.steps[0] == 1
    assert heard.steps[-1] == 7
    assert {total for _, total, _ in heard.told} == {7}
    said = [message for _, _, message in heard.told]
    assert "Packing is worked out; Amazon is working out placements and their fees." in said
    assert done["seen"]["plan"] not in str(said)


@pytest.mark.parametrize("era", ERAS)
async def test_what_amazon_shows_in_its_own_time_is_followed_until_amazon_has_it(
    prices: Served, era: str
) -> None:
    heard = Heard()
    async with prices.client(await prices.key(*PRICES), era) as client:
        preview = await told(client, SET_PRICE.name, prices.bench.wanted())
        working = asyncio.create_task(carry_out(prices, UUID(preview["id"]), heard))
        done = await told(client, "confirm_change", agreed(preview), progress_callback=heard)
        await working
        heard.told.clear()
        again = await told(client, "confirm_change", agreed(preview), progress_callback=heard)
    assert (done["state"], again["state"]) == ("sent", "sent")
    assert heard.told == [(3, 4, "Amazon accepted it and has not shown it yet.")]
    assert await prices.bench.sent() == 1


async def test_several_changes_are_followed_together_and_what_was_refused_stays_told(
    prices: Served,
) -> None:
    bench, heard = prices.bench, Heard()
    one, other = sorted(bench.listings[:2], key=lambda listing: listing.price)
    items = [{"sku": x.sku, "price": str(x.price + 1)} for x in (one, other)]
    async with prices.client(await prices.key(*PRICES), "2026-07-28") as client:
        shared = {"marketplace": one.marketplace, "currency": one.currency}
        preview = await told(client, SET_PRICE.name, {**shared, "items": items})
        cheap, dear = sorted(preview["items"], key=lambda item: Decimal(item["after"]["price"]))
        row = await bench.row(UUID(cheap["id"]))
        bench.asker = replace(bench.asker, key_id=row.key_id)
        ceiling = {"measure": "price", "currency": "USD", "max": cheap["after"]["price"]}
        await bench.set_key(limits={**LIMITS, "rules": [ceiling]})
        bench.clock.move(1)
        confirming = asyncio.create_task(
            told(client, "confirm_change", agreed(preview), progress_callback=heard)
        )
        await heard.next()
        await prices.gate.execute(bench.account.id, row.id)
        done = await confirming
    assert [step[:2] for step in heard.told] == [(1, 2), (2, 2)]
    ended = {item["id"]: item for item in done["items"]}
    assert ended[cheap["id"]]["state"] == "sent"
    assert ended[dear["id"]]["state"] == "proposed"
    assert ended[dear["id"]]["problem_kind"] == "guardrail"


@pytest.mark.parametrize("version", ["2025-11-25", "2026-07-28"])
async def test_a_client_that_does_not_wait_gets_one_body_at_once(
    prices: Served, version: str
) -> None:
    key = await prices.key(*PRICES)
    async with prices.client(key, "2026-07-28") as client:
        preview = await told(client, SET_PRICE.name, prices.bench.wanted())
    async with prices.http(key) as http:
        answer = await post(http, version, agreed(preview))
    assert answer.headers["content-type"] == "application/json"
    assert answer.json()["result"]["structuredContent"]["state"] == "confirmed"


@pytest.mark.parametrize("version", ["2025-11-25", "2026-07-28"])
async def test_a_token_from_a_client_that_takes_no_stream_changes_nothing(
    prices: Served, version: str
) -> None:
    key = await prices.key(*PRICES)
    async with prices.client(key, "2026-07-28") as client:
        preview = await told(client, SET_PRICE.name, prices.bench.wanted())
    async with prices.http(key) as http:
        http.headers["Accept"] = "application/json"
        answer = await post(http, version, agreed(preview), token="t")
    assert answer.headers["content-type"] == "application/json"
    assert answer.json()["result"]["structuredContent"]["state"] == "confirmed"


@pytest.mark.parametrize("version", ["2025-11-25", "2026-07-28"])
async def test_only_the_calls_that_wait_are_streams_and_a_client_that_left_ends_them(
    prices: Served, version: str
) -> None:
    key = await prices.key(*PRICES)
    async with prices.client(key, "2026-07-28") as client:
        preview = await told(client, SET_PRICE.name, prices.bench.wanted())
    async with prices.http(key) as http:
        listed = await http.post(
            "/mcp",
            json=request("tools/list", version, {}, token="t"),
            headers=spoken("tools/list", version),
        )
        assert listed.headers["content-type"] == "application/json"
        body = request(
            "tools/call",
            version,
            {"name": "confirm_change", "arguments": agreed(preview)},
            token="t",
        )
        headers = spoken("tools/call", version, "confirm_change")
        async with http.stream("POST", "/mcp", json=body, headers=headers) as answer:
            assert answer.headers["content-type"].startswith("text/event-stream")
            assert answer.headers["cache-control"] == "no-cache, no-transform"
            async for line in answer.aiter_lines():
                if line.startswith("data: {"):
                    notified = json.loads(line.removeprefix("data: "))
                    break
    assert notified["params"]["progressToken"] == "t"
    assert notified["params"]["message"] == "Confirmed; it is about to be sent."
    change_id = UUID(preview["id"])
    await prices.gate.execute(prices.bench.account.id, change_id)
    assert (await prices.bench.row(change_id)).state == "sent"


async def test_patience_ends_and_the_answer_is_how_it_stands(
    bench: Bench, settings: Settings
) -> None:
    heard = Heard()
    short = Patience(longest_s=0.05, look_every_s=0.01)
    async with (
        at_the_server(bench, settings, SET_PRICE, short) as served,
        served.client(await served.key(*PRICES), "2026-07-28") as client,
    ):
        preview = await told(client, SET_PRICE.name, bench.wanted())
        done = await told(client, "confirm_change", agreed(preview), progress_callback=heard)
    assert (done["state"], heard.steps) == ("confirmed", [1])


@pytest.mark.parametrize("era", ERAS)
async def test_a_server_that_ends_answers_first(bench: Bench, settings: Settings, era: str) -> None:
    heard, ending = Heard(), asyncio.Event()
    patient = Patience(look_every_s=60, ending=ending.wait)
    async with (
        at_the_server(bench, settings, SET_PRICE, patient) as served,
        served.client(await served.key(*PRICES), era) as client,
    ):
        preview = await told(client, SET_PRICE.name, bench.wanted())
        confirming = asyncio.create_task(
            told(client, "confirm_change", agreed(preview), progress_callback=heard)
        )
        await heard.next()
        ending.set()
        assert (await confirming)["state"] == "confirmed"


async def test_calls_that_are_followed_count_against_the_keys_requests(
    prices: Served,
) -> None:
    key = await prices.key(*PRICES, requests_per_minute=1)
    body = request("tools/call", "2026-07-28", {"name": "confirm_change", "arguments": {}}, token=1)
    headers = spoken("tools/call", "2026-07-28", "confirm_change")
    async with prices.http(key) as http:
        answers = [await http.post("/mcp", json=body, headers=headers) for _ in range(2)]
    assert [answer.status_code for answer in answers] == [200, 429]
    assert answers[0].headers["ratelimit-policy"]


# --- requests as clients write them ------------------------------------------------------------


def request(
    method: str, version: str, params: dict[str, Any], *, token: Any = None
) -> dict[str, Any]:
    meta: dict[str, Any] = {} if token is None else {"progressToken": token}
    if version == "2026-07-28":
        prefix = "io.modelcontextprotocol"
        meta |= {f"{prefix}/protocolVersion": version, f"{prefix}/clientCapabilities": {}}
    return {"jsonrpc": "2.0", "id": 7, "method": method, "params": {**params, "_meta": meta}}


def spoken(method: str, version: str, name: str | None = None) -> dict[str, str]:
    headers = {"MCP-Protocol-Version": version}
    if version == "2026-07-28":
        headers |= {"Mcp-Method": method} | ({} if name is None else {"Mcp-Name": name})
    return headers


async def post(
    http: httpx2.AsyncClient, version: str, arguments: dict[str, Any], *, token: Any = None
) -> httpx2.Response:
    body = request(
        "tools/call", version, {"name": "confirm_change", "arguments": arguments}, token=token
    )
    return await http.post(
        "/mcp", json=body, headers=spoken("tools/call", version, "confirm_change")
    )
