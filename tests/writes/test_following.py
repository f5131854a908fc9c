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
from mcp_types import ElicitResult
from tests.writes.at_the_server import LIMITS, Served, agreed, at_the_server, told
from tests.writes.conftest import Bench
from tests.writes.test_inbound_plans import Planner
from tests.writes.test_inbound_plans import planner as planner

from stockroom.core.config import Settings
from stockroom.core.scope import Scope
from stockroom.entrypoints.mcp_following import Follower, Patience
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
    assert heard.steps[-1] == 8
    assert {total for _, total, _ in heard.told} == {8}
    said = [message for _, _, message in heard.told]
    assert "Placements are worked out; Amazon is working out who can carry the shipments." in said
    assert done["seen"]["plan"] not in str(said)


async def test_what_amazon_shows_in_its_own_time_is_followed_until_amazon_has_it(
    prices: Served,
) -> None:
    heard = Heard()
    async with prices.client(await prices.key(*PRICES), "2026-07-28") as client:
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
    assert ended[dear["id"]]["problem_kind"] == "blocked_by_guardrail"


async def test_a_client_that_gives_no_token_or_takes_no_stream_gets_one_body_at_once(
    prices: Served,
) -> None:
    async with prices.http(await prices.key(*PRICES)) as http:
        change = await proposed(prices, http)
        for version in VERSIONS:
            for token, accepts in ((None, BOTH), ("t", "application/json")):
                answer = await post(http, version, change, token=token, accepts=accepts)
                assert answer.headers["content-type"] == "application/json"
                assert answer.json()["result"]["structuredContent"]["state"] == "confirmed"


async def test_only_calls_that_wait_are_streams_and_a_client_that_leaves_ends_them(
    bench: Bench, settings: Settings
) -> None:
    left = asyncio.Event()

    async def never() -> None:
        try:
            await asyncio.Event().wait()
        finally:
            left.set()

    patient = Patience(look_every_s=60, ending=never)
    async with (
        at_the_server(bench, settings, SET_PRICE, patient) as served,
        served.http(await served.key(*PRICES)) as http,
    ):
        change = await proposed(served, http)
        for version in VERSIONS:
            read = await post(http, version, {}, token="t", tool="accounts")
            assert read.headers["content-type"] == "application/json"
            left.clear()
            body = request("confirm_change", version, change, token="t")
            headers = spoken("confirm_change", version)
            async with http.stream("POST", "/mcp", json=body, headers=headers) as answer:
                assert answer.headers["content-type"].startswith("text/event-stream")
                assert answer.headers["cache-control"] == "no-cache, no-transform"
                lines = (line async for line in answer.aiter_lines() if line[:7] == "data: {")
                first = json.loads((await anext(lines)).removeprefix("data: "))["params"]
            assert first["progressToken"] == "t"
            assert first["message"] == "Confirmed; it is about to be sent."
            async with asyncio.timeout(20):
                await left.wait()
        await served.gate.execute(bench.account.id, UUID(change["id"]))
    assert (await bench.row(UUID(change["id"]))).state == "sent"


async def test_what_was_asked_first_is_followed_too_until_patience_ends(
    bench: Bench, settings: Settings
) -> None:
    heard, short = Heard(), Patience(longest_s=0.3, look_every_s=0.01)

    async def agrees(*_: Any) -> ElicitResult:
        return ElicitResult(action="accept", content={"agree": True})

    async with (
        at_the_server(bench, settings, SET_PRICE, short) as served,
        served.client(
            await served.key(Scope.LISTINGS_WRITE, Scope.ASK),
            "2026-07-28",
            elicitation_callback=agrees,
        ) as client,
    ):
        preview = await told(client, SET_PRICE.name, bench.wanted())
        done = await told(client, "confirm_change", agreed(preview), progress_callback=heard)
    assert (done["state"], heard.steps) == ("confirmed", [1])


async def test_what_took_long_to_confirm_is_answered_and_not_followed(
    bench: Bench, settings: Settings
) -> None:
    heard, late = Heard(), Patience(call_s=0)
    async with (
        at_the_server(bench, settings, SET_PRICE, late) as served,
        served.client(await served.key(*PRICES), "2026-07-28") as client,
    ):
        preview = await told(client, SET_PRICE.name, bench.wanted())
        done = await told(client, "confirm_change", agreed(preview), progress_callback=heard)
    assert (done["state"], heard.told) == ("confirmed", [])


async def test_one_key_is_followed_four_times_and_leaves_room_for_another(bench: Bench) -> None:
    gate, ending = bench.gate(), asyncio.Event()
    follower = Follower(gate, Patience(look_every_s=60, ending=ending.wait))
    change = ChangeState.of(await bench.row(await bench.confirmed()))
    now = asyncio.get_running_loop().time()

    async def follows(asker: Asker) -> asyncio.Task[Any]:
        heard = Heard()
        task = asyncio.create_task(follower.follow(asker, change, heard, now))
        while not task.done() and not heard.told:
            await asyncio.wait([task], timeout=0.01)
        return task

    mine = [await follows(bench.asker) for _ in range(5)]
    other = await follows(await bench.another_key())
    assert [task.done() for task in (*mine, other)] == [*[False] * 4, True, False]
    ending.set()
    await asyncio.gather(*mine, other)


async def test_a_server_that_ends_answers_first(bench: Bench, settings: Settings) -> None:
    ending = asyncio.Event()
    patient = Patience(look_every_s=60, ending=ending.wait)
    async with at_the_server(bench, settings, SET_PRICE, patient) as served:
        async with served.http(key := await served.key(*PRICES)) as http:
            change = await proposed(served, http)
        for era in ERAS:
            ending.clear()
            async with served.client(key, era) as client:
                heard = Heard()
                confirming = asyncio.create_task(
                    told(client, "confirm_change", change, progress_callback=heard)
                )
                await heard.next()
                ending.set()
                assert (await confirming)["state"] == "confirmed"


async def test_calls_that_are_followed_count_against_the_keys_requests(prices: Served) -> None:
    async with prices.http(await prices.key(*PRICES, requests_per_minute=1)) as http:
        answers = [await post(http, "2026-07-28", {}, token=1) for _ in range(2)]
    assert [answer.status_code for answer in answers] == [200, 429]
    assert answers[0].headers["ratelimit-policy"]


# --- requests as clients write them ------------------------------------------------------------

VERSIONS = ("2025-11-25", "2026-07-28")
BOTH = "application/json, text/event-stream"


def request(tool: str, version: str, arguments: Any, *, token: Any = None) -> dict[str, Any]:
    meta: dict[str, Any] = {} if token is None else {"progressToken": token}
    if version == "2026-07-28":
        prefix = "io.modelcontextprotocol"
        meta |= {f"{prefix}/protocolVersion": version, f"{prefix}/clientCapabilities": {}}
    params = {"name": tool, "arguments": arguments, "_meta": meta}
    return {"jsonrpc": "2.0", "id": 7, "method": "tools/call", "params": params}


def spoken(tool: str, version: str, accepts: str = BOTH) -> dict[str, str]:
    headers = {"MCP-Protocol-Version": version, "Accept": accepts}
    modern = {"Mcp-Method": "tools/call", "Mcp-Name": tool}
    return headers | (modern if version == "2026-07-28" else {})


async def post(
    http: httpx2.AsyncClient,
    version: str,
    arguments: dict[str, Any],
    *,
    token: Any = None,
    accepts: str = BOTH,
    tool: str = "confirm_change",
) -> httpx2.Response:
    body = request(tool, version, arguments, token=token)
    return await http.post("/mcp", json=body, headers=spoken(tool, version, accepts))


async def proposed(served: Served, http: httpx2.AsyncClient) -> dict[str, Any]:
    """What confirms a fresh preview."""
    answer = await post(http, "2026-07-28", served.bench.wanted(), tool=SET_PRICE.name)
    return agreed(answer.json()["result"]["structuredContent"])
